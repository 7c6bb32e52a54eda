// SPDX-License-Identifier: MIT
#include "threadid.h"

/* Either part: -1, or a number.  ALL is returned as all ones, which no real
 * id can be (there are never that many vCPUs). */
static bool parse_part(struct hex_in *in, uint64_t *value)
{
	if (hex_text(in, "-1")) {
		*value = UINT64_MAX;
		return true;
	}
	return hex_number(in, value);
}

static bool is_our_process(uint64_t pid)
{
	return pid == THREADID_PROCESS || pid == 0 || pid == UINT64_MAX;
}

bool threadid_parse_process(struct hex_in *in, bool *ours)
{
	uint64_t pid;

	if (!parse_part(in, &pid))
		return false;
	*ours = is_our_process(pid);
	return true;
}

bool threadid_parse(struct hex_in *in, unsigned vcpus, struct threadid *id)
{
	struct hex_in try = *in;
	uint64_t tid = UINT64_MAX;
	bool ours = true;

	if (hex_char(&try, 'p')) {
		if (!threadid_parse_process(&try, &ours))
			return false;
		if (hex_char(&try, '.') && !parse_part(&try, &tid))
			return false;
	} else if (!parse_part(&try, &tid)) {
		return false;
	}

	*id = (struct threadid){.kind = THREADID_NONE};
	if (!ours)
		id->kind = THREADID_NONE;
	else if (tid == UINT64_MAX)
		id->kind = THREADID_ALL;
	else if (tid == 0)
		id->kind = THREADID_ANY;
	else if (tid <= vcpus)
		*id = (struct threadid){THREADID_ONE, (unsigned)(tid - 1)};
	*in = try;
	return true;
}

void threadid_add(struct buffer *b, bool multiprocess, unsigned vcpu)
{
	if (multiprocess) {
		buffer_add_char(b, 'p');
		buffer_add_number(b, THREADID_PROCESS, 1);
		buffer_add_char(b, '.');
	}
	buffer_add_number(b, vcpu + 1, 1);
}
