/* SPDX-License-Identifier: MIT */
/* How hits are written.  All on the writer's thread. */
#ifndef WATCH_FORMAT_H
#define WATCH_FORMAT_H

#include "watch/output.h"
#include "watch/record.h"
#include "watch/symbols.h"
#include "watch/writers.h"

struct format_context {
	struct output *out;
	const struct symbols *symbols; /* NULL: none */
	const struct place *places;
	size_t place_count;
	const char *guest;
	unsigned vcpus;
	uint64_t shown;                /* by a format that has a limit */
	const struct writers *writers; /* complete at the end */
};

struct format_sums {
	uint64_t hits, dropped, passed;
	uint64_t ns; /* at the end */
};

struct format {
	const char *name;
	void (*begin)(struct format_context *c);
	void (*hit)(struct format_context *c, const struct record *r);
	void (*end)(struct format_context *c, const struct format_sums *sums);
};

extern const struct format format_text, format_jsonl, format_trace, format_html;

/* ---- for the formats ---- */

#define FORMAT_VALUE_SIZE (2 * KVMGDB_HIT_BYTES + 3)

const char *format_kind(enum kvmgdb_bp_kind kind);

/* "0x2a" of up to 8 bytes, else the bytes in the order of memory; "" of none.
 */
void format_value(const uint8_t *bytes, size_t size,
		  char text[FORMAT_VALUE_SIZE]);

/* Where the instruction that hit is: the one behind it is in RIP of data. */
void format_place(const struct format_context *c, const struct record *r,
		  struct symbols_place *place);

/* Of a return address: the call in front of it. */
void format_caller(const struct format_context *c, uint64_t address,
		   struct symbols_place *place);

#endif
