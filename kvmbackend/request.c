/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* By address: GDB looks each one up at each stop. */
#define BUCKETS 256u

struct requests {
	struct request *bucket[BUCKETS];
	unsigned withdrawn;
	uint64_t version;
	struct request **list; /* pointers: a request stays where it is */
	unsigned count, room;
	struct dr_piece pieces[DR_MAX_PIECES];
	unsigned npieces;
	unsigned ticks;
	bool exact_writes;
};

/* GDB steps over one breakpoint (one resume without it) and goes on. */
#define KEEP_WITHDRAWN 2u

struct requests *requests_new(void)
{
	return calloc(1, sizeof(struct requests));
}

void requests_free(struct requests *rs)
{
	if (!rs)
		return;
	requests_clear(rs);
	free(rs->list);
	free(rs);
}

void requests_exact_writes(struct requests *rs, bool exact)
{
	rs->exact_writes = exact;
}

bool bp_is_exec(enum kvmgdb_bp_kind kind)
{
	return kind == KVMGDB_BP_SOFTWARE || kind == KVMGDB_BP_HARDWARE;
}

/* There is no read-only data breakpoint (R/W = 10 is I/O): reads are served
 * by R/W = 11, and hits that changed the bytes are dropped. */
enum dr_rw bp_rw(enum kvmgdb_bp_kind kind)
{
	if (bp_is_exec(kind))
		return DR_EXEC;
	return kind == KVMGDB_BP_WRITE ? DR_WRITE : DR_ACCESS;
}

/* Neighbours go to neighbouring ones. */
static struct request **bucket_of(struct requests *rs, uint64_t addr)
{
	return &rs->bucket[(addr ^ addr >> 8 ^ addr >> 16) % BUCKETS];
}

/* Behind those that are there, so that the oldest is found first. */
static void into_bucket(struct requests *rs, struct request *r)
{
	struct request **at = bucket_of(rs, r->addr);

	while (*at)
		at = &(*at)->next;
	*at = r;
}

static void out_of_bucket(struct requests *rs, const struct request *r)
{
	struct request **at = bucket_of(rs, r->addr);

	while (*at && *at != r)
		at = &(*at)->next;
	if (*at)
		*at = r->next;
}

static struct request *find(struct requests *rs, enum kvmgdb_bp_kind kind,
			    uint64_t addr, uint64_t len, bool withdrawn)
{
	struct request *r;

	for (r = *bucket_of(rs, addr); r; r = r->next)
		if (r->kind == kind && r->addr == addr &&
		    r->withdrawn == withdrawn &&
		    (r->len == len || bp_is_exec(kind)))
			return r;
	return NULL;
}

struct request *requests_find(struct requests *rs, enum kvmgdb_bp_kind kind,
			      uint64_t addr, uint64_t len)
{
	return find(rs, kind, addr, len, false);
}

struct request *requests_at(struct requests *rs, unsigned index)
{
	return index < rs->count ? rs->list[index] : NULL;
}

unsigned requests_count(const struct requests *rs)
{
	return rs->count;
}

struct request *const *requests_all(const struct requests *rs, unsigned *n)
{
	*n = rs->count;
	return rs->list;
}

uint64_t requests_version(const struct requests *rs)
{
	return rs->version;
}

void requests_changed(struct requests *rs)
{
	rs->version++;
}

static bool piece_equal(const struct dr_piece *a, const struct dr_piece *b)
{
	return a->addr == b->addr && a->len == b->len && a->rw == b->rw;
}

static void collect_pieces(struct requests *rs)
{
	unsigned i, k, j;

	rs->version++;
	rs->npieces = rs->withdrawn = 0;
	for (i = 0; i < rs->count; i++) {
		const struct request *r = rs->list[i];

		rs->withdrawn += r->withdrawn;
		for (k = 0; k < r->pieces && !r->withdrawn; k++) {
			for (j = 0; j < rs->npieces; j++)
				if (piece_equal(&r->piece[k], &rs->pieces[j]))
					break;
			if (j == rs->npieces && j < DR_MAX_PIECES)
				rs->pieces[rs->npieces++] = r->piece[k];
		}
	}
}

const struct dr_piece *requests_pieces(const struct requests *rs, unsigned *n)
{
	*n = rs->npieces;
	return rs->pieces;
}

/*
 * Writes may be covered wider than asked, since a changed byte tells whether
 * the range was meant; reads leave no trace, so their cover is exact.
 */
static bool cover(const struct requests *rs, struct request *r)
{
	enum dr_rw rw = bp_rw(r->kind);
	bool exact = rw != DR_WRITE || rs->exact_writes;
	unsigned i;

	r->wide = false;
	if (bp_is_exec(r->kind)) {
		r->piece[0] = (struct dr_piece){.addr = r->addr, .len = 1};
		r->pieces = 1;
		return true;
	}
	if (r->len > sizeof(r->old))
		return false;
	r->pieces = dr_split(r->addr, r->len, rw, exact, r->piece, DR_SLOTS);
	for (i = 0; i < r->pieces; i++) {
		const struct dr_piece *p = &r->piece[i];

		if (p->addr < r->addr ||
		    p->addr + (p->len - 1u) > r->addr + (r->len - 1))
			r->wide = true;
	}
	return r->pieces > 0;
}

void request_forget_pages(struct request *r)
{
	free(r->page);
	free(r->bytes);
	r->page = NULL;
	r->bytes = NULL;
	r->pages = 0;
}

struct request *requests_add(struct requests *rs, enum kvmgdb_bp_kind kind,
			     enum request_tier tier, uint64_t addr,
			     uint64_t len)
{
	struct request *r = find(rs, kind, addr, len, true);

	if (r) {
		/* to be placed anew: the page tables may have changed */
		request_forget_pages(r);
		r->tier = tier;
		r->pieces = 0;
		if (tier == TIER_SLOT && !cover(rs, r)) {
			errno = ENOSPC;
			return NULL;
		}
		r->withdrawn = false;
		collect_pieces(rs);
		return r;
	}
	if (rs->count == rs->room) {
		unsigned room = rs->room ? 2 * rs->room : 8;
		struct request **list = realloc(rs->list, room * sizeof(*list));

		if (!list)
			return NULL;
		rs->list = list;
		rs->room = room;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	*r = (struct request){
	    .kind = kind, .tier = tier, .addr = addr, .len = len};
	if (tier == TIER_SLOT && !cover(rs, r)) {
		free(r);
		errno = ENOSPC;
		return NULL;
	}
	rs->list[rs->count++] = r;
	into_bucket(rs, r);
	collect_pieces(rs);
	return r;
}

void requests_set_filter(struct request *r, struct kvmgdb_filter *filter)
{
	if (r->filter && r->filter != filter)
		r->filter->release(r->filter);
	r->filter = filter;
}

void requests_remove(struct requests *rs, struct request *r)
{
	unsigned i;

	for (i = 0; i < rs->count; i++)
		if (rs->list[i] == r)
			break;
	if (i == rs->count)
		return;
	memmove(&rs->list[i], &rs->list[i + 1],
		(rs->count - i - 1) * sizeof(rs->list[0]));
	rs->count--;
	out_of_bucket(rs, r);
	requests_set_filter(r, NULL);
	request_forget_pages(r);
	free(r);
	collect_pieces(rs);
}

void requests_move(struct requests *rs, struct request *r,
		   enum request_tier tier)
{
	r->tier = tier;
	r->pieces = 0;
	collect_pieces(rs);
}

bool requests_to_slots(struct requests *rs, struct request *r)
{
	if (!cover(rs, r)) {
		r->pieces = 0;
		return false;
	}
	r->tier = TIER_SLOT;
	collect_pieces(rs);
	return true;
}

void requests_withdraw(struct requests *rs, struct request *r)
{
	r->withdrawn = r->accepted = true;
	r->withdrawn_at = rs->ticks;
	requests_set_filter(r, NULL);
	collect_pieces(rs);
}

void requests_refuse(struct requests *rs, struct request *r)
{
	if (!r->accepted) {
		requests_remove(rs, r);
		return;
	}
	r->withdrawn = true;
	collect_pieces(rs);
}

void requests_tick(struct requests *rs)
{
	unsigned i = 0;

	rs->ticks++;
	while (rs->withdrawn && i < rs->count) {
		struct request *r = rs->list[i];

		if (r->withdrawn &&
		    rs->ticks - r->withdrawn_at > KEEP_WITHDRAWN)
			requests_remove(rs, r);
		else
			i++;
	}
}

void requests_clear(struct requests *rs)
{
	while (rs->count)
		requests_remove(rs, rs->list[rs->count - 1]);
}

bool request_serves(const struct request *r, const struct dr_piece *piece,
		    uint64_t *addr)
{
	unsigned i;

	for (i = 0; i < r->pieces && !r->withdrawn; i++) {
		if (!piece_equal(&r->piece[i], piece))
			continue;
		*addr = piece->addr > r->addr ? piece->addr : r->addr;
		return true;
	}
	return false;
}
