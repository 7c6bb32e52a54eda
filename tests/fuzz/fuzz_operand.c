/* SPDX-License-Identifier: MIT */
/* Any state and any code: what comes out is well-formed, and depends on the
 * instruction's own bytes only. */
#include "kvmbackend/operand.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const uint8_t **data, size_t *size, void *to, size_t n)
{
	size_t some = n < *size ? n : *size;

	memset(to, 0, n);
	if (some)
		memcpy(to, *data, some);
	*data += some;
	*size -= some;
}

static void check(const struct operand_state *state, int count,
		  const struct operand *out)
{
	uint64_t last = state->bits == 64 ? UINT64_MAX : UINT32_MAX;

	if (count < -1 || count > OPERAND_MAX)
		abort();
	for (int i = 0; i < count; i++)
		if (!out[i].len || out[i].addr > last ||
		    out[i].len - 1 > last - out[i].addr ||
		    (!out[i].read && !out[i].write))
			abort();
}

static bool same(int n, const struct operand *a, const struct operand *b)
{
	for (int i = 0; i < n; i++)
		if (a[i].addr != b[i].addr || a[i].len != b[i].len ||
		    a[i].read != b[i].read || a[i].write != b[i].write)
			return false;
	return true;
}

static int list(const uint8_t *code, size_t n,
		const struct operand_state *state,
		struct operand out[OPERAND_MAX])
{
	uint8_t *copy = malloc(n + 1);
	int count;

	if (!copy)
		abort();
	if (n)
		memcpy(copy + 1, code, n); /* up to the end of its memory */
	memset(out, 0, OPERAND_MAX * sizeof(*out));
	count = operand_list(copy + 1, n, state, out);
	free(copy);
	check(state, count, out);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned widths[] = {16, 32, 64, 64};
	struct operand a[OPERAND_MAX], b[OPERAND_MAX];
	struct operand_state state = {0};
	uint8_t code[20], choice;
	int count;

	take(&data, &size, &choice, 1);
	take(&data, &size, code, sizeof(code));
	take(&data, &size, state.gpr, sizeof(state.gpr));
	take(&data, &size, &state.rip, sizeof(state.rip));
	take(&data, &size, &state.rflags, sizeof(state.rflags));
	take(&data, &size, state.base, sizeof(state.base));
	state.bits = widths[choice & 3];
	state.stack_bits = state.bits == 64 ? 64 : widths[(choice >> 2) & 1];
	count = list(code, sizeof(code), &state, a);
	/* Fifteen bytes are as many as there can be. */
	if (list(code, 15, &state, b) != count || !same(count, a, b))
		abort();
	/* Fewer are enough or too few. */
	for (size_t n = 0; n < 15; n++) {
		int fewer = list(code, n, &state, b);

		if (fewer != -1 && (fewer != count || !same(count, a, b)))
			abort();
	}
	return 0;
}
