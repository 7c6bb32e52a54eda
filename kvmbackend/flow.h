/* SPDX-License-Identifier: MIT */
/*
 * Where code can leave a range of addresses: a walk along its control flow.
 * SDM vol. 2, appendix A.  Pure.
 */
#ifndef KVMBACKEND_FLOW_H
#define KVMBACKEND_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_SIZE_MAX  1024u /* bytes in a range that is looked at */
#define FLOW_EXITS_MAX 4u

/*
 * Code that runs from RIP on stays in the range, and leaves RSP as it is, until
 * it comes to one of these addresses.  They lie behind the range's ways out; or
 * in it, where an instruction is not known to be so harmless (a call, a return,
 * a push, an indirect jump, what enters a handler).
 */
struct flow_exits {
	uint64_t at[FLOW_EXITS_MAX];
	unsigned count;
};

/*
 * CODE: N bytes from START on, the range's SIZE and what follows.  BITS: 32 or
 * 64, the code size.  False: too many ways out, or too large.
 */
bool flow_exits(const uint8_t *code, size_t n, uint64_t start, uint64_t size,
		uint64_t rip, unsigned bits, struct flow_exits *out);

#endif
