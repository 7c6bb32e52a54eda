// SPDX-License-Identifier: MIT
#include "fake_impl.h"

#include <errno.h>
#include <stdio.h>

const struct fake_bp *fake_find(const struct fake_target *f,
				enum kvmgdb_bp_kind kind, uint64_t addr,
				uint64_t len)
{
	for (unsigned i = 0; i < FAKE_BPS; i++)
		if (f->bp[i].used && f->bp[i].kind == kind &&
		    f->bp[i].addr == addr && f->bp[i].len == len)
			return &f->bp[i];
	return NULL;
}

unsigned fake_bp_count(const struct fake_target *f)
{
	unsigned count = 0;

	for (unsigned i = 0; i < FAKE_BPS; i++)
		count += f->bp[i].used;
	return count;
}

static unsigned slots_used(const struct fake_target *f)
{
	unsigned count = 0;

	for (unsigned i = 0; i < FAKE_BPS; i++)
		count += f->bp[i].used && f->bp[i].kind != KVMGDB_BP_SOFTWARE;
	return count;
}

static int refuse(struct kvmgdb_reason *why, int error, const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s", text);
	return error;
}

static void set_filter(struct fake_bp *bp, struct kvmgdb_filter *filter)
{
	if (bp->filter)
		bp->filter->release(bp->filter);
	bp->filter = filter;
}

static int place(struct fake_target *f, enum kvmgdb_bp_kind kind, uint64_t gva,
		 uint64_t len, struct kvmgdb_reason *why)
{
	if (fake_find(f, kind, gva, len))
		return 0;
	if (kind == KVMGDB_BP_READ && f->no_read_watch)
		return refuse(why, -ENOTSUP, "no read-only watchpoints");
	if (kind == KVMGDB_BP_SOFTWARE && !fake_byte_at(f, gva))
		return refuse(why, -EFAULT, "not mapped");
	if (kind != KVMGDB_BP_SOFTWARE && slots_used(f) == FAKE_SLOTS)
		return refuse(why, -ENOSPC, "all 4 debug registers are in use");
	for (unsigned i = 0; i < FAKE_BPS; i++) {
		if (!f->bp[i].used) {
			f->bp[i] = (struct fake_bp){.used = true,
						    .kind = kind,
						    .addr = gva,
						    .len = len};
			return 0;
		}
	}
	return refuse(why, -ENOSPC, "too many");
}

int fake_bp_insert_filtered(void *target, unsigned vcpu,
			    enum kvmgdb_bp_kind kind, uint64_t gva,
			    uint64_t len, struct kvmgdb_filter *filter,
			    struct kvmgdb_reason *why)
{
	struct fake_target *f = target;
	int error = place(f, kind, gva, len, why);

	(void)vcpu;
	for (unsigned i = 0; !error && i < FAKE_BPS; i++) {
		if (&f->bp[i] != fake_find(f, kind, gva, len))
			continue;
		set_filter(&f->bp[i], filter);
		return 0;
	}
	if (filter)
		filter->release(filter);
	return error;
}

int fake_bp_insert(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
		   uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	return fake_bp_insert_filtered(target, vcpu, kind, gva, len, NULL, why);
}

int fake_bp_remove(void *target, enum kvmgdb_bp_kind kind, uint64_t gva,
		   uint64_t len)
{
	struct fake_target *f = target;

	for (unsigned i = 0; i < FAKE_BPS; i++) {
		if (&f->bp[i] == fake_find(f, kind, gva, len)) {
			set_filter(&f->bp[i], NULL);
			f->bp[i].used = false;
			return 0;
		}
	}
	return -ENOENT;
}

void fake_free(struct fake_target *f)
{
	for (unsigned i = 0; i < FAKE_BPS; i++) {
		set_filter(&f->bp[i], NULL);
		f->bp[i].used = false;
	}
}

void fake_bp_clear(void *target)
{
	struct fake_target *f = target;

	fake_free(f);
	f->stop_count = 0;
	f->text_len = 0;
	f->clears++;
}

/* A breakpoint at this address; SOFTWARE wins, as int3 is in memory. */
struct fake_bp *fake_bp_at(struct fake_target *f, uint64_t rip)
{
	for (unsigned kind = KVMGDB_BP_SOFTWARE; kind <= KVMGDB_BP_HARDWARE;
	     kind++)
		for (unsigned i = 0; i < FAKE_BPS; i++)
			if (f->bp[i].used && f->bp[i].kind == kind &&
			    f->bp[i].addr == rip)
				return &f->bp[i];
	return NULL;
}

struct fake_bp *fake_watch_on(struct fake_target *f, uint64_t addr,
			      uint64_t len, bool write)
{
	for (unsigned i = 0; i < FAKE_BPS; i++) {
		struct fake_bp *bp = &f->bp[i];

		if (bp->used && bp->kind >= KVMGDB_BP_WRITE &&
		    addr < bp->addr + bp->len && bp->addr < addr + len &&
		    bp->kind != (write ? KVMGDB_BP_READ : KVMGDB_BP_WRITE))
			return bp;
	}
	return NULL;
}

enum kvmgdb_stop_reason fake_reason_of(enum kvmgdb_bp_kind kind)
{
	static const enum kvmgdb_stop_reason reasons[] = {
	    [KVMGDB_BP_SOFTWARE] = KVMGDB_STOP_SWBREAK,
	    [KVMGDB_BP_HARDWARE] = KVMGDB_STOP_HWBREAK,
	    [KVMGDB_BP_WRITE] = KVMGDB_STOP_WRITE,
	    [KVMGDB_BP_READ] = KVMGDB_STOP_READ,
	    [KVMGDB_BP_ACCESS] = KVMGDB_STOP_ACCESS};

	return reasons[kind];
}
