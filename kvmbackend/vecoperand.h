/* SPDX-License-Identifier: MIT */
/*
 * The size of the operand in memory of MMX, SSE, AVX and AVX-512 instructions,
 * and of the integer ones in their maps.  SDM vol. 2, chapters 3 to 5; the
 * tuple types of table 2-34.  Pure.
 */
#ifndef KVMBACKEND_VECOPERAND_H
#define KVMBACKEND_VECOPERAND_H

#include "modrm.h"

struct vecoperand {
	unsigned len;
	unsigned disp8_scale;
	bool read, write;
};

/* False: not known. */
bool vecoperand_find(const struct modrm *m, struct vecoperand *v);

#endif
