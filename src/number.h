/* SPDX-License-Identifier: MIT */
/* Numbers as people write them on a command line; all of TEXT is the number. */
#ifndef KVMGDB_NUMBER_H
#define KVMGDB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* "64M", "1G", "131072K", "67108864": bytes; K, M, G, T are powers of 1024. */
bool number_size(const char *text, uint64_t *size);

/* Decimal, MIN..MAX. */
bool number_uint(const char *text, unsigned min, unsigned max, unsigned *value);

/* Hexadecimal, with or without 0x. */
bool number_hex(const char *text, uint64_t *value);

#endif
