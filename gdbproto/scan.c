// SPDX-License-Identifier: MIT
/* qSearch:memory, qCRC: long stretches of memory, looked at here. */
#include "session_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BLOCK ((size_t)64 << 10)
#define PAGE  UINT64_C(4096)

/* GDB takes what comes after some six seconds for the answer to its next
 * packet. */
#define SCAN_MS 1500u

/* Without a clock: reads. */
#define SCAN_READS 4096u

struct scan {
	struct gdb_session *s;
	uint64_t start_ms;
	unsigned reads;
};

static struct scan scan_begin(struct gdb_session *s)
{
	struct scan scan = {.s = s};

	if (s->config.now_ms)
		scan.start_ms = s->config.now_ms(s->config.ctx);
	return scan;
}

static bool scan_late(struct scan *scan)
{
	const struct gdb_session_config *config = &scan->s->config;

	if (!config->now_ms)
		return ++scan->reads > SCAN_READS;
	return config->now_ms(config->ctx) - scan->start_ms > SCAN_MS;
}

/* All LEN bytes, -EFAULT where one is missing, -ETIME. */
static int scan_read(struct scan *scan, uint64_t addr, void *buf, size_t len)
{
	ssize_t got;

	if (scan_late(scan))
		return -ETIME;
	got = memory_read(scan->s, addr, buf, len);
	if (got < 0)
		return (int)got;
	return (size_t)got == len ? 0 : -EFAULT;
}

static void scan_failed(struct gdb_session *s, int error, uint64_t at)
{
	if (error == -ETIME)
		rsp_refuse(s, error,
			   "given up after %u ms, at 0x%" PRIx64
			   ": take a smaller range",
			   SCAN_MS, at);
	else
		rsp_error(s, error);
}

static bool is_range(uint64_t addr, uint64_t len)
{
	return !len || len - 1 <= UINT64_MAX - addr;
}

/* ---- qSearch ---- */

struct search {
	struct hex_in pattern; /* not empty */
	uint64_t addr, len;    /* where it may lie */
};

/* What of [at, at + ROOM) can be read from the start, into BUF. */
static size_t search_read(struct gdb_session *s, uint64_t at, void *buf,
			  size_t room)
{
	ssize_t got = memory_read(s, at, buf, room);

	return got > 0 ? (size_t)got : 0;
}

/*
 * 1 and *FOUND, 0, or -errno.  What cannot be read has no match, and is passed
 * over: of an error GDB would say "Pattern not found".  BLOCK begins with the
 * last KEEP bytes before AT.
 */
static int search(struct scan *scan, const struct search *q, uint8_t *block,
		  uint64_t *found)
{
	const size_t size = hex_left(&q->pattern);
	uint64_t done = 0;
	bool any = false;
	size_t keep = 0;

	while (done < q->len) {
		const uint64_t at = q->addr + done;
		const uint64_t left = q->len - done;
		size_t have, room = left < BLOCK ? (size_t)left : BLOCK;
		const uint8_t *hit;

		if (scan_late(scan))
			return -ETIME;
		have = search_read(scan->s, at, block + keep, room);
		hit = memmem(block, keep + have, q->pattern.p, size);
		if (hit) {
			*found = at - keep + (uint64_t)(hit - block);
			return 1;
		}
		if (!have) { /* a hole, of whole pages */
			const uint64_t hole = PAGE - (at & (PAGE - 1));

			done += hole < left ? hole : left;
			keep = 0;
			continue;
		}
		any = true;
		done += have;
		have += keep;
		keep = have < size - 1 ? have : size - 1;
		memmove(block, block + have - keep, keep);
	}
	return any || !q->len ? 0 : -EFAULT;
}

/* `find`, "ADDR;LENGTH;PATTERN", the pattern in binary */
static void cmd_search(struct gdb_session *s, struct hex_in args)
{
	struct scan scan = scan_begin(s);
	struct search q;
	struct buffer block = {0};
	uint64_t found = 0;
	int ret;

	if (!hex_number(&args, &q.addr) || !hex_char(&args, ';') ||
	    !hex_number(&args, &q.len) || !hex_char(&args, ';') ||
	    !hex_left(&args) || !is_range(q.addr, q.len)) {
		rsp_error(s, -EINVAL);
		return;
	}
	q.pattern = args;
	if (!buffer_reserve(&block, BLOCK + hex_left(&args))) {
		s->out_of_memory = true;
		return;
	}
	ret = search(&scan, &q, block.data, &found);
	if (ret > 0)
		buffer_addf(&s->reply, "1,%" PRIx64, found);
	else if (ret == 0)
		buffer_add_char(&s->reply, '0');
	else
		scan_failed(s, ret, q.addr);
	buffer_free(&block);
}

/* ---- qCRC ---- */

/* The CRC-32 of GDB's `compare-sections`: polynomial 04c11db7h, high bit
 * first, starting with all ones, nothing added at the end. */
struct crc {
	uint32_t of_byte[256], value;
};

static void crc_init(struct crc *crc)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t value = byte << 24;

		for (unsigned bit = 0; bit < 8; bit++)
			value =
			    value >> 31 ? value << 1 ^ 0x04c11db7u : value << 1;
		crc->of_byte[byte] = value;
	}
	crc->value = 0xffffffff;
}

static void crc_add(struct crc *crc, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		crc->value = crc->value << 8 ^
			     crc->of_byte[(crc->value >> 24 ^ bytes[i]) & 0xff];
}

static int crc_memory(struct scan *scan, struct crc *crc, uint64_t addr,
		      uint64_t len, uint8_t *block)
{
	while (len) {
		size_t part = len < BLOCK ? (size_t)len : BLOCK;
		int error = scan_read(scan, addr, block, part);

		if (error)
			return error;
		crc_add(crc, block, part);
		addr += part;
		len -= part;
	}
	return 0;
}

/* `compare-sections`, "ADDR,LENGTH" */
static void cmd_crc(struct gdb_session *s, struct hex_in args)
{
	struct scan scan = scan_begin(s);
	struct buffer block = {0};
	uint64_t addr, len;
	struct crc crc;
	int error;

	if (!hex_range(&args, &addr, &len) || hex_left(&args) ||
	    !is_range(addr, len)) {
		rsp_error(s, -EINVAL);
		return;
	}
	if (!buffer_reserve(&block, BLOCK)) {
		s->out_of_memory = true;
		return;
	}
	crc_init(&crc);
	error = crc_memory(&scan, &crc, addr, len, block.data);
	if (error)
		scan_failed(s, error, addr);
	else
		buffer_addf(&s->reply, "C%08" PRIx32, crc.value);
	buffer_free(&block);
}

const struct session_command scan_commands[] = {
    {"qSearch:memory:", cmd_search, SESSION_STOPPED},
    {"qCRC:", cmd_crc, SESSION_STOPPED},
    {NULL, NULL, 0},
};
