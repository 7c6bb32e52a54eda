/* SPDX-License-Identifier: MIT */
/*
 * Reading what a client sent.  A struct hex_in is what is left of a packet;
 * each function takes its item from the front and returns true, or returns
 * false and takes nothing.  No function reads past the end, skips blanks,
 * takes a sign or a prefix, or wraps a number that is too large.
 */
#ifndef GDBPROTO_HEX_H
#define GDBPROTO_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hex_in {
	const uint8_t *p, *end;
};

static inline size_t hex_left(const struct hex_in *in)
{
	return (size_t)(in->end - in->p);
}

/* 0..15, or -1. */
int hex_digit(uint8_t c);

/* One or more digits, any case, that fit 64 bits. */
bool hex_number(struct hex_in *in, uint64_t *value);

/* Exactly this character. */
bool hex_char(struct hex_in *in, char c);

/* Exactly this text. */
bool hex_text(struct hex_in *in, const char *text);

/* 2 * LEN digits; all or nothing of OUT is valid.  OUT may be in->p: each
 * byte is written behind the digits it came from. */
bool hex_bytes(struct hex_in *in, void *out, size_t len);

/* "ADDR,LEN" */
bool hex_range(struct hex_in *in, uint64_t *addr, uint64_t *len);

/* All up to C or the end becomes *PART; C itself is taken from IN, too. */
void hex_split(struct hex_in *in, char c, struct hex_in *part);

#endif
