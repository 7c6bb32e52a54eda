/* SPDX-License-Identifier: MIT */
#include "ci/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What goes through the pipe first; the texts follow. */
struct head {
	enum verdict verdict;
	char reason[VERDICT_TEXT];
	unsigned checks, ms;
	size_t len[ATTEMPT_TEXTS];
};

static bool send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool result_send(int fd, const struct attempt_result *result)
{
	struct head head = {.verdict = result->verdict,
			    .checks = result->checks,
			    .ms = result->ms};

	memcpy(head.reason, result->reason, sizeof(head.reason));
	for (int i = 0; i < ATTEMPT_TEXTS; i++)
		head.len[i] = result->text[i] != NULL ? result->len[i] : 0;
	if (!send_all(fd, &head, sizeof(head)))
		return false;
	for (int i = 0; i < ATTEMPT_TEXTS; i++) {
		if (!send_all(fd, result->text[i], head.len[i]))
			return false;
	}
	return true;
}

bool result_take(const void *data, size_t len, struct attempt_result *result)
{
	const char *p = data;
	struct head head;
	size_t sum = 0;

	memset(result, 0, sizeof(*result));
	if (len < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	p += sizeof(head);
	for (int i = 0; i < ATTEMPT_TEXTS; i++)
		sum += head.len[i];
	if (sum != len - sizeof(head))
		return false;
	result->verdict = head.verdict;
	memcpy(result->reason, head.reason, sizeof(result->reason));
	result->checks = head.checks;
	result->ms = head.ms;
	for (int i = 0; i < ATTEMPT_TEXTS; i++) {
		result->text[i] = malloc(head.len[i] + 1);
		if (result->text[i] != NULL) {
			memcpy(result->text[i], p, head.len[i]);
			result->text[i][head.len[i]] = '\0';
			result->len[i] = head.len[i];
		}
		p += head.len[i];
	}
	return true;
}

void result_free(struct attempt_result *result)
{
	for (int i = 0; i < ATTEMPT_TEXTS; i++) {
		free(result->text[i]);
		result->text[i] = NULL;
	}
}
