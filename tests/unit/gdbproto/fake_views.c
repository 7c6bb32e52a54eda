// SPDX-License-Identifier: MIT
#include "fake_impl.h"

#include <errno.h>
#include <string.h>

static bool fake_moves(const struct fake_target *f, unsigned vcpu)
{
	return f->running || f->vcpu[vcpu % FAKE_VCPUS].going;
}

/* One table, at 3000h. */
int fake_walk_view(void *target, unsigned vcpu, uint64_t gva,
		   struct kvmgdb_walk_view *view)
{
	struct fake_target *f = target;

	if (fake_moves(f, vcpu))
		return -EBUSY;
	if (vcpu >= FAKE_VCPUS)
		return -EINVAL;
	*view = (struct kvmgdb_walk_view){.paging = "4-level", .levels = 1};
	view->level[0].name = "PML4E";
	view->level[0].gpa = 0x3000 + (gva >> 12) * 8;
	if (gva - FAKE_RAM >= FAKE_RAM_SIZE) {
		view->why = "not present";
		return 0;
	}
	view->level[0].entry = (gva - FAKE_RAM) & ~UINT64_C(0xfff);
	view->level[0].entry |= UINT64_C(1) << 63 | 0x63;
	view->gpa = gva - FAKE_RAM;
	view->page_size = 0x1000;
	view->writable = true;
	view->memory = true;
	return 0;
}

int fake_place_view(void *target, unsigned vcpu, struct kvmgdb_place_view *view)
{
	struct fake_target *f = target;

	if (fake_moves(f, vcpu))
		return -EBUSY;
	if (vcpu >= FAKE_VCPUS)
		return -EINVAL;
	*view = (struct kvmgdb_place_view){
	    .mode = f->mode,
	    .cs = (uint16_t)fake_reg(f, vcpu, KVMGDB_REG_CS),
	    .rip = fake_reg(f, vcpu, KVMGDB_REG_RIP)};
	if (f->mode == KVMGDB_MODE_REAL)
		view->cs_base = (uint64_t)view->cs << 4;
	view->linear = view->cs_base + view->rip;
	return 0;
}

static const uint32_t msr_index[FAKE_MSRS] = {0xc0000080, 0x10, 0x12345};

int fake_msr_list(void *target, unsigned index, uint32_t *msr)
{
	(void)target;
	if (index >= FAKE_MSRS)
		return -ENOENT;
	*msr = msr_index[index];
	return 0;
}

static int msr_find(struct fake_target *f, unsigned vcpu, uint32_t msr,
		    uint64_t **value)
{
	if (fake_moves(f, vcpu))
		return -EBUSY;
	for (unsigned i = 0; i < FAKE_MSRS && vcpu < FAKE_VCPUS; i++) {
		if (msr_index[i] != msr)
			continue;
		*value = &f->vcpu[vcpu].msr[i];
		return 0;
	}
	return -ENODATA;
}

int fake_msr_read(void *target, unsigned vcpu, uint32_t msr, uint64_t *value)
{
	uint64_t *at;
	int error = msr_find(target, vcpu, msr, &at);

	if (!error)
		*value = *at;
	return error;
}

/* The time stamp counter of this CPU stands. */
int fake_msr_write(void *target, unsigned vcpu, uint32_t msr, uint64_t value)
{
	uint64_t *at;
	int error = msr_find(target, vcpu, msr, &at);

	if (error)
		return error == -ENODATA ? -EINVAL : error;
	if (msr == 0x10)
		return -EINVAL;
	*at = value;
	return 0;
}

int fake_dr_view(void *target, unsigned vcpu, struct kvmgdb_dr_view *view)
{
	struct fake_target *f = target;
	unsigned slot = 0;

	if (fake_moves(f, vcpu))
		return -EBUSY;
	*view = (struct kvmgdb_dr_view){
	    .guest_dr6 = fake_reg(f, vcpu, KVMGDB_REG_DR6),
	    .guest_dr7 = fake_reg(f, vcpu, KVMGDB_REG_DR7),
	    .effective_dr7 = 0x400};
	for (unsigned i = 0; i < FAKE_BPS; i++) {
		const struct fake_bp *bp = &f->bp[i];

		if (!bp->used || bp->kind == KVMGDB_BP_SOFTWARE)
			continue;
		view->slot[slot].owner = KVMGDB_OWNER_HOST;
		view->slot[slot].addr = bp->addr;
		view->slot[slot].len = (unsigned)bp->len;
		view->slot[slot].rw = bp->kind == KVMGDB_BP_HARDWARE ? 0
				      : bp->kind == KVMGDB_BP_WRITE  ? 1
								     : 3;
		view->slot[slot].hits = bp->hits;
		view->effective_dr7 |= 2u << 2 * slot;
		slot++;
	}
	return 0;
}

int fake_request_view(void *target, unsigned index,
		      struct kvmgdb_request_view *view)
{
	struct fake_target *f = target;

	for (unsigned i = 0; i < FAKE_BPS; i++) {
		const struct fake_bp *bp = &f->bp[i];

		if (!bp->used || index--)
			continue;
		*view = (struct kvmgdb_request_view){
		    bp->kind,
		    bp->addr,
		    bp->len,
		    bp->kind == KVMGDB_BP_SOFTWARE ? "int3" : "debug register",
		    bp->hits,
		    bp->filtered};
		return 0;
	}
	return -ENOENT;
}

int fake_option_set(void *target, const char *name, const char *value)
{
	struct fake_target *f = target;

	if (strcmp(name, "colour") != 0)
		return -ENOENT;
	if (strcmp(value, "red") != 0 && strcmp(value, "blue") != 0)
		return -EINVAL;
	f->blue = value[0] == 'b';
	return 0;
}

int fake_option_view(void *target, unsigned index,
		     struct kvmgdb_option_view *view)
{
	const struct fake_target *f = target;

	if (index)
		return -ENOENT;
	*view = (struct kvmgdb_option_view){"colour", f->blue ? "blue" : "red",
					    "of the bike shed"};
	return 0;
}

int fake_count_view(void *target, unsigned vcpu, unsigned index,
		    struct kvmgdb_count_view *view)
{
	if (fake_moves(target, vcpu))
		return -EBUSY;
	if (index > 1)
		return -ENOENT;
	*view = (struct kvmgdb_count_view){index ? "late" : "early",
					   10 * vcpu + index};
	return 0;
}
