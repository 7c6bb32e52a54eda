/* SPDX-License-Identifier: MIT */
#include "vecoperand.h"

/* Sizes: a number of bytes up to 32 is itself. */
enum {
	FULL = 0x40,    /* a vector; may be a broadcast */
	FULL_HALF_PREC, /* broadcast of two bytes, whatever W is */
	HALF,           /* of a vector */
	HALF_W0,        /* EVEX.W1 makes it a whole one */
	QUARTER,
	EIGHTH,
	DUP,       /* MOVDDUP: a vector, but half of the shortest */
	ELEMENT,   /* W: 8, otherwise 4 */
	GENERAL,   /* the same for general registers: 4 outside 64-bit mode */
	PACKED,    /* NP, 66: FULL; F3: 4; F2: 8 */
	SPARSE,    /* FULL, with disp8 in elements of 4 or 8 */
	SPARSE_BW, /* of 1 or 2 */
};

enum { R = 1, W = 2, RW = R | W };

/* Prefixes and encodings, as masks. */
enum { NP = 1, P66 = 2, F3 = 4, F2 = 8, ANYP = 15 };
enum { L = MODRM_LEGACY, V = MODRM_VEX, E = MODRM_EVEX };

struct row {
	uint8_t map, first, last, pp, encodings, size, access;
};

/* The first row that matches counts.  What differs in nothing but an illegal
 * EVEX.b is one row. */
static const struct row rows[] = {
    /* 0F */
    {1, 0x10, 0x10, ANYP, L | V | E, PACKED, R},
    {1, 0x11, 0x11, ANYP, L | V | E, PACKED, W},
    {1, 0x12, 0x12, NP | P66, L | V | E, 8, R},
    {1, 0x12, 0x12, F3, L | V | E, FULL, R},
    {1, 0x12, 0x12, F2, L | V | E, DUP, R},
    {1, 0x13, 0x13, NP | P66, L | V | E, 8, W},
    {1, 0x14, 0x15, NP | P66, L | V | E, FULL, R},
    {1, 0x16, 0x16, NP | P66, L | V | E, 8, R},
    {1, 0x16, 0x16, F3, L | V | E, FULL, R},
    {1, 0x17, 0x17, NP | P66, L | V | E, 8, W},
    {1, 0x28, 0x28, NP | P66, L | V | E, FULL, R},
    {1, 0x29, 0x29, NP | P66, L | V | E, FULL, W},
    {1, 0x2a, 0x2a, NP | P66, L, 8, R},
    {1, 0x2a, 0x2a, F3 | F2, L | V | E, GENERAL, R},
    {1, 0x2b, 0x2b, NP | P66, L | V | E, FULL, W},
    {1, 0x2b, 0x2b, F3, L, 4, W},
    {1, 0x2b, 0x2b, F2, L, 8, W},
    {1, 0x2c, 0x2d, NP, L, 8, R},
    {1, 0x2c, 0x2d, P66, L, 16, R},
    {1, 0x2c, 0x2d, F3, L | V | E, 4, R},
    {1, 0x2c, 0x2d, F2, L | V | E, 8, R},
    {1, 0x2e, 0x2f, NP, L | V | E, 4, R},
    {1, 0x2e, 0x2f, P66, L | V | E, 8, R},
    {1, 0x51, 0x51, ANYP, L | V | E, PACKED, R},
    {1, 0x52, 0x53, NP | F3, L | V, PACKED, R},
    {1, 0x54, 0x57, NP | P66, L | V | E, FULL, R},
    {1, 0x58, 0x59, ANYP, L | V | E, PACKED, R},
    {1, 0x5a, 0x5a, NP, L | V | E, HALF, R},
    {1, 0x5a, 0x5a, P66 | F3 | F2, L | V | E, PACKED, R},
    {1, 0x5b, 0x5b, NP | P66 | F3, L | V | E, FULL, R},
    {1, 0x5c, 0x5f, ANYP, L | V | E, PACKED, R},
    {1, 0x60, 0x62, NP, L, 4, R},
    {1, 0x63, 0x6b, NP, L, 8, R},
    {1, 0x60, 0x6d, P66, L | V | E, FULL, R},
    {1, 0x6e, 0x6e, NP, L, GENERAL, R},
    {1, 0x6e, 0x6e, P66, L | V | E, GENERAL, R},
    {1, 0x6f, 0x6f, NP, L, 8, R},
    {1, 0x6f, 0x6f, P66 | F3, L | V | E, FULL, R},
    {1, 0x6f, 0x6f, F2, E, FULL, R},
    {1, 0x70, 0x70, NP, L, 8, R},
    {1, 0x70, 0x70, P66 | F3 | F2, L | V | E, FULL, R},
    {1, 0x71, 0x73, P66, E, FULL, R},
    {1, 0x74, 0x76, NP, L, 8, R},
    {1, 0x74, 0x76, P66, L | V | E, FULL, R},
    {1, 0x78, 0x79, NP, E, FULL, R},
    {1, 0x78, 0x79, P66, E, HALF_W0, R},
    {1, 0x78, 0x79, F3, E, 4, R},
    {1, 0x78, 0x79, F2, E, 8, R},
    {1, 0x7a, 0x7a, P66 | F3, E, HALF_W0, R},
    {1, 0x7a, 0x7a, F2, E, FULL, R},
    {1, 0x7b, 0x7b, P66, E, HALF_W0, R},
    {1, 0x7b, 0x7b, F3 | F2, E, GENERAL, R},
    {1, 0x7c, 0x7d, P66 | F2, L | V, FULL, R},
    {1, 0x7e, 0x7e, NP, L, GENERAL, W},
    {1, 0x7e, 0x7e, P66, L | V | E, GENERAL, W},
    {1, 0x7e, 0x7e, F3, L | V | E, 8, R},
    {1, 0x7f, 0x7f, NP, L, 8, W},
    {1, 0x7f, 0x7f, P66 | F3, L | V | E, FULL, W},
    {1, 0x7f, 0x7f, F2, E, FULL, W},
    {1, 0xc2, 0xc2, ANYP, L | V | E, PACKED, R},
    {1, 0xc4, 0xc4, NP, L, 2, R},
    {1, 0xc4, 0xc4, P66, L | V | E, 2, R},
    {1, 0xc6, 0xc6, NP | P66, L | V | E, FULL, R},
    {1, 0xd0, 0xd0, P66 | F2, L | V, FULL, R},
    {1, 0xd6, 0xd6, P66, L | V | E, 8, W},
    {1, 0xd6, 0xd7, ANYP, L | V | E, 0, 0}, /* registers only */
    {1, 0xe6, 0xe6, P66 | F2, L | V | E, FULL, R},
    {1, 0xe6, 0xe6, F3, L | V | E, HALF_W0, R},
    {1, 0xe7, 0xe7, NP, L, 8, W},
    {1, 0xe7, 0xe7, P66, L | V | E, FULL, W},
    {1, 0xf0, 0xf0, F2, L | V, FULL, R},
    {1, 0xf0, 0xf0, ANYP, L | V | E, 0, 0},
    {1, 0xf7, 0xf7, ANYP, L | V | E, 0, 0},
    {1, 0xd1, 0xfe, NP, L, 8, R},
    /* Shifts: the count is always of 16 bytes. */
    {1, 0xd1, 0xd3, P66, L | V | E, 16, R},
    {1, 0xe1, 0xe2, P66, L | V | E, 16, R},
    {1, 0xf1, 0xf3, P66, L | V | E, 16, R},
    {1, 0xd4, 0xfe, P66, L | V | E, FULL, R},

    /* 0F38 */
    {2, 0x00, 0x0b, NP, L, 8, R},
    {2, 0x1c, 0x1e, NP, L, 8, R},
    {2, 0x00, 0x0b, P66, L | V | E, FULL, R},
    {2, 0x0c, 0x0f, P66, V | E, FULL, R},
    {2, 0x10, 0x10, P66, L | E, FULL, R},
    {2, 0x11, 0x12, P66, E, FULL, R},
    {2, 0x13, 0x13, P66, V | E, HALF, R},
    {2, 0x14, 0x15, P66, L | E, FULL, R},
    {2, 0x16, 0x16, P66, V | E, FULL, R},
    {2, 0x17, 0x17, P66, L | V, FULL, R},
    {2, 0x18, 0x18, P66, V | E, 4, R},
    {2, 0x19, 0x19, P66, V | E, 8, R},
    {2, 0x1a, 0x1a, P66, V | E, 16, R},
    {2, 0x1b, 0x1b, P66, E, 32, R},
    {2, 0x1c, 0x1e, P66, L | V | E, FULL, R},
    {2, 0x1f, 0x1f, P66, E, FULL, R},
    {2, 0x20, 0x20, P66, L | V | E, HALF, R},
    {2, 0x21, 0x21, P66, L | V | E, QUARTER, R},
    {2, 0x22, 0x22, P66, L | V | E, EIGHTH, R},
    {2, 0x23, 0x23, P66, L | V | E, HALF, R},
    {2, 0x24, 0x24, P66, L | V | E, QUARTER, R},
    {2, 0x25, 0x25, P66, L | V | E, HALF, R},
    {2, 0x26, 0x27, P66 | F3, E, FULL, R},
    {2, 0x28, 0x2b, P66, L | V | E, FULL, R},
    {2, 0x2c, 0x2c, P66, V | E, FULL, R},
    {2, 0x2d, 0x2d, P66, V, FULL, R},
    {2, 0x2d, 0x2d, P66, E, ELEMENT, R},
    {2, 0x2e, 0x2f, P66, V, FULL, W},
    {2, 0x30, 0x30, P66, L | V | E, HALF, R},
    {2, 0x31, 0x31, P66, L | V | E, QUARTER, R},
    {2, 0x32, 0x32, P66, L | V | E, EIGHTH, R},
    {2, 0x33, 0x33, P66, L | V | E, HALF, R},
    {2, 0x34, 0x34, P66, L | V | E, QUARTER, R},
    {2, 0x35, 0x35, P66, L | V | E, HALF, R},
    {2, 0x36, 0x36, P66, V | E, FULL, R},
    {2, 0x37, 0x40, P66, L | V | E, FULL, R},
    {2, 0x41, 0x41, P66, L | V, 16, R},
    {2, 0x42, 0x42, P66, E, FULL, R},
    {2, 0x43, 0x43, P66, E, ELEMENT, R},
    {2, 0x44, 0x44, P66, E, FULL, R},
    {2, 0x45, 0x47, P66, V | E, FULL, R},
    {2, 0x4c, 0x4c, P66, E, FULL, R},
    {2, 0x4d, 0x4d, P66, E, ELEMENT, R},
    {2, 0x4e, 0x4e, P66, E, FULL, R},
    {2, 0x4f, 0x4f, P66, E, ELEMENT, R},
    /* Down conversions to memory. */
    {2, 0x10, 0x10, F3, E, HALF, W},
    {2, 0x11, 0x11, F3, E, QUARTER, W},
    {2, 0x12, 0x12, F3, E, EIGHTH, W},
    {2, 0x13, 0x13, F3, E, HALF, W},
    {2, 0x14, 0x14, F3, E, QUARTER, W},
    {2, 0x15, 0x15, F3, E, HALF, W},
    {2, 0x20, 0x20, F3, E, HALF, W},
    {2, 0x21, 0x21, F3, E, QUARTER, W},
    {2, 0x22, 0x22, F3, E, EIGHTH, W},
    {2, 0x23, 0x23, F3, E, HALF, W},
    {2, 0x24, 0x24, F3, E, QUARTER, W},
    {2, 0x25, 0x25, F3, E, HALF, W},
    {2, 0x30, 0x30, F3, E, HALF, W},
    {2, 0x31, 0x31, F3, E, QUARTER, W},
    {2, 0x32, 0x32, F3, E, EIGHTH, W},
    {2, 0x33, 0x33, F3, E, HALF, W},
    {2, 0x34, 0x34, F3, E, QUARTER, W},
    {2, 0x35, 0x35, F3, E, HALF, W},
    {2, 0x50, 0x51, ANYP, V, FULL, R},
    {2, 0x50, 0x53, P66, V | E, FULL, R},
    {2, 0x52, 0x52, F3, E, FULL, R},
    {2, 0x52, 0x53, F2, E, 16, R},
    {2, 0x54, 0x55, P66, E, FULL, R},
    {2, 0x58, 0x58, P66, V | E, 4, R},
    {2, 0x59, 0x59, P66, V | E, 8, R},
    {2, 0x5a, 0x5a, P66, V | E, 16, R},
    {2, 0x5b, 0x5b, P66, E, 32, R},
    {2, 0x62, 0x62, P66, E, SPARSE_BW, R},
    {2, 0x63, 0x63, P66, E, SPARSE_BW, W},
    {2, 0x64, 0x66, P66, E, FULL, R},
    {2, 0x68, 0x68, F2, E, FULL, R},
    {2, 0x70, 0x73, P66, E, FULL, R},
    {2, 0x72, 0x72, F3, V | E, FULL, R},
    {2, 0x72, 0x72, F2, E, FULL, R},
    {2, 0x75, 0x77, P66, E, FULL, R},
    {2, 0x78, 0x78, P66, V | E, 1, R},
    {2, 0x79, 0x79, P66, V | E, 2, R},
    {2, 0x7d, 0x7f, P66, E, FULL, R},
    {2, 0x80, 0x82, P66, L, 16, R}, /* INVEPT, INVVPID, INVPCID */
    {2, 0x83, 0x83, P66, E, FULL, R},
    {2, 0x88, 0x89, P66, E, SPARSE, R},
    {2, 0x8a, 0x8b, P66, E, SPARSE, W},
    {2, 0x8c, 0x8c, P66, V, FULL, R},
    {2, 0x8d, 0x8d, P66, E, FULL, R},
    {2, 0x8e, 0x8e, P66, V, FULL, W},
    {2, 0x8f, 0x8f, P66, E, FULL, R},
    {2, 0x9a, 0x9b, F2, E, 16, R},
    {2, 0xaa, 0xab, F2, E, 16, R},
    {2, 0x96, 0x98, P66, V | E, FULL, R},
    {2, 0x99, 0x99, P66, V | E, ELEMENT, R},
    {2, 0x9a, 0x9a, P66, V | E, FULL, R},
    {2, 0x9b, 0x9b, P66, V | E, ELEMENT, R},
    {2, 0x9c, 0x9c, P66, V | E, FULL, R},
    {2, 0x9d, 0x9d, P66, V | E, ELEMENT, R},
    {2, 0x9e, 0x9e, P66, V | E, FULL, R},
    {2, 0x9f, 0x9f, P66, V | E, ELEMENT, R},
    {2, 0xa6, 0xa8, P66, V | E, FULL, R},
    {2, 0xa9, 0xa9, P66, V | E, ELEMENT, R},
    {2, 0xaa, 0xaa, P66, V | E, FULL, R},
    {2, 0xab, 0xab, P66, V | E, ELEMENT, R},
    {2, 0xac, 0xac, P66, V | E, FULL, R},
    {2, 0xad, 0xad, P66, V | E, ELEMENT, R},
    {2, 0xae, 0xae, P66, V | E, FULL, R},
    {2, 0xaf, 0xaf, P66, V | E, ELEMENT, R},
    {2, 0xb0, 0xb0, ANYP, V, FULL, R},
    {2, 0xb1, 0xb1, P66 | F3, V, 2, R},
    {2, 0xb4, 0xb8, P66, V | E, FULL, R},
    {2, 0xb9, 0xb9, P66, V | E, ELEMENT, R},
    {2, 0xba, 0xba, P66, V | E, FULL, R},
    {2, 0xbb, 0xbb, P66, V | E, ELEMENT, R},
    {2, 0xbc, 0xbc, P66, V | E, FULL, R},
    {2, 0xbd, 0xbd, P66, V | E, ELEMENT, R},
    {2, 0xbe, 0xbe, P66, V | E, FULL, R},
    {2, 0xbf, 0xbf, P66, V | E, ELEMENT, R},
    {2, 0xc4, 0xc4, P66, E, FULL, R},
    {2, 0xc8, 0xcd, NP, L, 16, R}, /* SHA */
    {2, 0xc8, 0xc8, P66, E, FULL, R},
    {2, 0xca, 0xca, P66, E, FULL, R},
    {2, 0xcb, 0xcb, P66, E, ELEMENT, R},
    {2, 0xcc, 0xcc, P66, E, FULL, R},
    {2, 0xcd, 0xcd, P66, E, ELEMENT, R},
    {2, 0xcf, 0xcf, P66, L | V | E, FULL, R},
    {2, 0xdb, 0xdb, P66, L | V, 16, R},
    {2, 0xdc, 0xdf, P66, L | V | E, FULL, R},
    {2, 0xe0, 0xef, P66, V, GENERAL, RW}, /* CMPccXADD */
    {2, 0xf2, 0xf2, NP, V, GENERAL, R},
    {2, 0xf3, 0xf3, NP, V, GENERAL, R},
    {2, 0xf5, 0xf5, NP | F3 | F2, V, GENERAL, R},
    {2, 0xf6, 0xf6, F2, V, GENERAL, R},
    {2, 0xf6, 0xf6, P66 | F3, L, GENERAL, R}, /* ADCX, ADOX */
    {2, 0xf7, 0xf7, ANYP, V, GENERAL, R},
    {2, 0xf9, 0xf9, NP, L, GENERAL, W},    /* MOVDIRI */
    {2, 0xfc, 0xfc, ANYP, L, GENERAL, RW}, /* AADD and so on */

    /* 0F3A */
    {3, 0x00, 0x01, P66, V | E, FULL, R},
    {3, 0x02, 0x02, P66, V, FULL, R},
    {3, 0x03, 0x03, P66, E, FULL, R},
    {3, 0x04, 0x05, P66, V | E, FULL, R},
    {3, 0x06, 0x06, P66, V, FULL, R},
    {3, 0x08, 0x08, NP, E, FULL_HALF_PREC, R},
    {3, 0x08, 0x09, P66, L | V | E, FULL, R},
    {3, 0x0a, 0x0a, NP, E, 2, R},
    {3, 0x0a, 0x0a, P66, L | V | E, 4, R},
    {3, 0x0b, 0x0b, P66, L | V | E, 8, R},
    {3, 0x0c, 0x0e, P66, L | V, FULL, R},
    {3, 0x0f, 0x0f, NP, L, 8, R},
    {3, 0x0f, 0x0f, P66, L | V | E, FULL, R},
    {3, 0x14, 0x14, P66, L | V | E, 1, W},
    {3, 0x15, 0x15, P66, L | V | E, 2, W},
    {3, 0x16, 0x16, P66, L | V | E, GENERAL, W},
    {3, 0x17, 0x17, P66, L | V | E, 4, W},
    {3, 0x18, 0x18, P66, V | E, 16, R},
    {3, 0x19, 0x19, P66, V | E, 16, W},
    {3, 0x1a, 0x1a, P66, E, 32, R},
    {3, 0x1b, 0x1b, P66, E, 32, W},
    {3, 0x1d, 0x1d, P66, V | E, HALF, W},
    {3, 0x1e, 0x1f, P66, E, FULL, R},
    {3, 0x20, 0x20, P66, L | V | E, 1, R},
    {3, 0x21, 0x21, P66, L | V | E, 4, R},
    {3, 0x22, 0x22, P66, L | V | E, GENERAL, R},
    {3, 0x23, 0x23, P66, E, FULL, R},
    {3, 0x25, 0x25, P66, E, FULL, R},
    {3, 0x26, 0x26, NP, E, FULL_HALF_PREC, R},
    {3, 0x26, 0x26, P66, E, FULL, R},
    {3, 0x27, 0x27, NP, E, 2, R},
    {3, 0x27, 0x27, P66, E, ELEMENT, R},
    {3, 0x38, 0x38, P66, V | E, 16, R},
    {3, 0x39, 0x39, P66, V | E, 16, W},
    {3, 0x3a, 0x3a, P66, E, 32, R},
    {3, 0x3b, 0x3b, P66, E, 32, W},
    {3, 0x3e, 0x3f, P66, E, FULL, R},
    {3, 0x40, 0x41, P66, L | V, FULL, R},
    {3, 0x42, 0x42, P66, L | V | E, FULL, R},
    {3, 0x43, 0x43, P66, E, FULL, R},
    {3, 0x44, 0x44, P66, L | V | E, FULL, R},
    {3, 0x46, 0x46, P66, V, FULL, R},
    {3, 0x4a, 0x4c, P66, V, FULL, R},
    {3, 0x50, 0x50, P66, E, FULL, R},
    {3, 0x51, 0x51, P66, E, ELEMENT, R},
    {3, 0x54, 0x54, P66, E, FULL, R},
    {3, 0x55, 0x55, P66, E, ELEMENT, R},
    {3, 0x56, 0x56, NP, E, FULL_HALF_PREC, R},
    {3, 0x56, 0x56, P66, E, FULL, R},
    {3, 0x57, 0x57, NP, E, 2, R},
    {3, 0x57, 0x57, P66, E, ELEMENT, R},
    {3, 0x60, 0x63, P66, L | V, 16, R},
    {3, 0x66, 0x66, NP, E, FULL_HALF_PREC, R},
    {3, 0x66, 0x66, P66, E, FULL, R},
    {3, 0x67, 0x67, NP, E, 2, R},
    {3, 0x67, 0x67, P66, E, ELEMENT, R},
    {3, 0x70, 0x73, P66, E, FULL, R},
    {3, 0xc2, 0xc2, NP, E, FULL_HALF_PREC, R},
    {3, 0xc2, 0xc2, F3, E, 2, R},
    {3, 0xcc, 0xcc, NP, L, 16, R},
    {3, 0xce, 0xcf, P66, L | V | E, FULL, R},
    {3, 0xdf, 0xdf, P66, L | V, 16, R},
    {3, 0xf0, 0xf0, F2, V, GENERAL, R},

    /* EVEX map 5: half precision */
    {5, 0x10, 0x10, F3, E, 2, R},
    {5, 0x11, 0x11, F3, E, 2, W},
    {5, 0x1d, 0x1d, NP, E, 4, R},
    {5, 0x1d, 0x1d, P66, E, FULL, R},
    {5, 0x2a, 0x2a, F3, E, GENERAL, R},
    {5, 0x2c, 0x2d, F3, E, 2, R},
    {5, 0x2e, 0x2f, NP, E, 2, R},
    {5, 0x51, 0x51, NP, E, FULL_HALF_PREC, R},
    {5, 0x51, 0x51, F3, E, 2, R},
    {5, 0x58, 0x59, NP, E, FULL_HALF_PREC, R},
    {5, 0x58, 0x59, F3, E, 2, R},
    {5, 0x5a, 0x5a, NP, E, QUARTER, R},
    {5, 0x5a, 0x5a, P66, E, FULL, R},
    {5, 0x5a, 0x5a, F3, E, 2, R},
    {5, 0x5a, 0x5a, F2, E, 8, R},
    {5, 0x5b, 0x5b, NP, E, FULL, R},
    {5, 0x5b, 0x5b, P66 | F3, E, HALF, R},
    {5, 0x5c, 0x5f, NP, E, FULL_HALF_PREC, R},
    {5, 0x5c, 0x5f, F3, E, 2, R},
    {5, 0x6e, 0x6e, P66, E, 2, R},
    {5, 0x78, 0x79, NP, E, HALF, R},
    {5, 0x78, 0x79, P66, E, QUARTER, R},
    {5, 0x78, 0x79, F3, E, 2, R},
    {5, 0x7a, 0x7b, P66, E, QUARTER, R},
    {5, 0x7a, 0x7a, F2, E, FULL, R},
    {5, 0x7b, 0x7b, F3, E, GENERAL, R},
    {5, 0x7c, 0x7c, NP | P66, E, FULL_HALF_PREC, R},
    {5, 0x7d, 0x7d, ANYP, E, FULL_HALF_PREC, R},
    {5, 0x7e, 0x7e, P66, E, 2, W},

    /* EVEX map 6 */
    {6, 0x13, 0x13, NP, E, 2, R},
    {6, 0x13, 0x13, P66, E, HALF, R},
    {6, 0x2c, 0x2c, P66, E, FULL_HALF_PREC, R},
    {6, 0x2d, 0x2d, P66, E, 2, R},
    {6, 0x42, 0x42, P66, E, FULL_HALF_PREC, R},
    {6, 0x43, 0x43, P66, E, 2, R},
    {6, 0x4c, 0x4c, P66, E, FULL_HALF_PREC, R},
    {6, 0x4d, 0x4d, P66, E, 2, R},
    {6, 0x4e, 0x4e, P66, E, FULL_HALF_PREC, R},
    {6, 0x4f, 0x4f, P66, E, 2, R},
    {6, 0x56, 0x56, F3 | F2, E, FULL, R},
    {6, 0x57, 0x57, F3 | F2, E, 4, R},
    {6, 0xd6, 0xd6, F3 | F2, E, FULL, R},
    {6, 0xd7, 0xd7, F3 | F2, E, 4, R},
    {6, 0x96, 0x98, P66, E, FULL_HALF_PREC, R},
    {6, 0x99, 0x99, P66, E, 2, R},
    {6, 0x9a, 0x9a, P66, E, FULL_HALF_PREC, R},
    {6, 0x9b, 0x9b, P66, E, 2, R},
    {6, 0x9c, 0x9c, P66, E, FULL_HALF_PREC, R},
    {6, 0x9d, 0x9d, P66, E, 2, R},
    {6, 0x9e, 0x9e, P66, E, FULL_HALF_PREC, R},
    {6, 0x9f, 0x9f, P66, E, 2, R},
    {6, 0xa6, 0xa8, P66, E, FULL_HALF_PREC, R},
    {6, 0xa9, 0xa9, P66, E, 2, R},
    {6, 0xaa, 0xaa, P66, E, FULL_HALF_PREC, R},
    {6, 0xab, 0xab, P66, E, 2, R},
    {6, 0xac, 0xac, P66, E, FULL_HALF_PREC, R},
    {6, 0xad, 0xad, P66, E, 2, R},
    {6, 0xae, 0xae, P66, E, FULL_HALF_PREC, R},
    {6, 0xaf, 0xaf, P66, E, 2, R},
    {6, 0xb6, 0xb8, P66, E, FULL_HALF_PREC, R},
    {6, 0xb9, 0xb9, P66, E, 2, R},
    {6, 0xba, 0xba, P66, E, FULL_HALF_PREC, R},
    {6, 0xbb, 0xbb, P66, E, 2, R},
    {6, 0xbc, 0xbc, P66, E, FULL_HALF_PREC, R},
    {6, 0xbd, 0xbd, P66, E, 2, R},
    {6, 0xbe, 0xbe, P66, E, FULL_HALF_PREC, R},
    {6, 0xbf, 0xbf, P66, E, 2, R},
};

static const struct row *find_row(const struct modrm *m)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		if (r->map == m->map && r->first <= m->opcode &&
		    m->opcode <= r->last && (r->pp & (1u << m->pp)) &&
		    (r->encodings & m->encoding))
			return r->access ? r : NULL;
	}
	return NULL;
}

static unsigned packed(const struct modrm *m)
{
	return m->pp == MODRM_F3 ? 4 : m->pp == MODRM_F2 ? 8 : FULL;
}

/* Which part of a vector; 0: it is not a part of one. */
static unsigned divisor(unsigned size, const struct modrm *m)
{
	switch (size) {
	case FULL:
	case FULL_HALF_PREC:
		return 1;
	case DUP:
		return m->vl == 16 ? 2 : 1;
	case HALF_W0:
		return m->encoding == MODRM_EVEX && m->w ? 1 : 2;
	case HALF:
		return 2;
	case QUARTER:
		return 4;
	case EIGHTH:
		return 8;
	default:
		return 0;
	}
}

/* With EVEX.b. */
static unsigned broadcast_element(unsigned size, const struct modrm *m)
{
	if (size == FULL_HALF_PREC || (m->map >= 5 && size != FULL))
		return 2;
	return m->w ? 8 : 4;
}

static void set_size(unsigned size, const struct modrm *m, struct vecoperand *v)
{
	unsigned part = divisor(size, m);

	if (part) {
		v->len = m->b ? broadcast_element(size, m) : m->vl / part;
		v->disp8_scale = v->len;
		return;
	}
	switch (size) {
	case ELEMENT:
		v->len = m->w ? 8 : 4;
		break;
	case GENERAL:
		v->len = m->w && m->bits == 64 ? 8 : 4;
		break;
	case SPARSE:
	case SPARSE_BW:
		v->len = m->vl;
		v->disp8_scale = (m->w ? 2u : 1u) * (size == SPARSE ? 4 : 1);
		return;
	default:
		v->len = size;
		break;
	}
	v->disp8_scale = v->len;
}

bool vecoperand_find(const struct modrm *m, struct vecoperand *v)
{
	const struct row *row = find_row(m);

	if (!row)
		return false;
	set_size(row->size == PACKED ? packed(m) : row->size, m, v);
	if (m->encoding != MODRM_EVEX)
		v->disp8_scale = 1;
	v->read = row->access & R;
	v->write = row->access & W;
	return true;
}
