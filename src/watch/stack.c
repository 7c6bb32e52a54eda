/* SPDX-License-Identifier: MIT */
#include "watch/stack.h"

#include <stdbool.h>
#include <string.h>

#include "watch/regvalue.h"

#define EFER_LMA UINT64_C(0x400)
/* Bytes of the longest near CALL without prefixes. */
#define CALL_MAX 7

/* The length of FF /2 (CALL near, indirect) with this ModRM and SIB; 0: it is
 * another instruction.  SDM vol. 2, 2.1.5. */
static size_t indirect_call_len(uint8_t modrm, uint8_t sib)
{
	const unsigned mod = modrm >> 6, rm = modrm & 7;
	const size_t sib_len = mod != 3 && rm == 4;

	if ((modrm >> 3 & 7) != 2)
		return 0;
	if (mod == 1)
		return 3 + sib_len;
	if (mod == 2 || (mod == 0 && (rm == 5 || (sib_len && (sib & 7) == 5))))
		return 6 + sib_len;
	return 2 + sib_len;
}

/* Is there a CALL right before BACK? */
static bool behind_call(const struct kvmgdb_filter_ctx *ctx, uint64_t back)
{
	uint8_t code[CALL_MAX + 1] = {0};

	if (ctx->mem_read(ctx->self, back - CALL_MAX, code, CALL_MAX) !=
	    CALL_MAX)
		return false;
	if (code[CALL_MAX - 5] == 0xe8)
		return true;
	for (size_t len = 2; len <= CALL_MAX; len++) {
		const uint8_t *call = code + CALL_MAX - len;

		if (call[0] == 0xff &&
		    indirect_call_len(call[1], call[2]) == len)
			return true;
	}
	return false;
}

unsigned stack_walk(const struct kvmgdb_filter_ctx *ctx, uint64_t *stack,
		    unsigned max)
{
	const size_t word =
	    (regvalue(ctx, KVMGDB_REG_EFER) & EFER_LMA) != 0 ? 8 : 4;
	uint64_t frame = regvalue(ctx, KVMGDB_REG_RBP);
	unsigned n = 0;

	while (n < max && frame != 0) {
		uint8_t bytes[16];
		uint64_t next = 0, back = 0;

		if (ctx->mem_read(ctx->self, frame, bytes, 2 * word) !=
		    (ssize_t)(2 * word))
			break;
		memcpy(&next, bytes, word);
		memcpy(&back, bytes + word, word);
		if (back < CALL_MAX || !behind_call(ctx, back))
			break;
		stack[n++] = back;
		/* A stack grows down: an older frame is above. */
		if (next <= frame)
			break;
		frame = next;
	}
	return n;
}
