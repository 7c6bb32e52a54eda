/* SPDX-License-Identifier: MIT */
#include "pagewatch.h"

#include "debugexit.h"
#include "operand.h"
#include "tier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MASK (PAGETRAP_PAGE - 1)

/* A stretch of guest-physical memory that one instruction touches. */
struct touch {
	uint64_t gpa, len;
	bool read, write;
};

/*
 * A page table in use: KVM's own walk of it fails when it has no rights (or, to
 * set an accessed bit, no right to write), and the guest gets a #PF.
 */
static bool is_table(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t gpa)
{
	struct kvmgdb_vm *vm = v->vm;
	unsigned i;

	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *u = vm->vcpus[i];
		const struct kvm_sregs *s;

		if (u != v && !vcpu_standing(u))
			continue;
		s = regfile_sregs(u->rf);
		if (s && (vcpu_walks_through(u, gva, gpa) ||
			  vcpu_walks_through(u, vcpu_linear_rip(u), gpa) ||
			  vcpu_walks_through(u, vcpu_stack_top(u), gpa) ||
			  vcpu_walks_through(u, s->idt.base, gpa)))
			return true;
	}
	return false;
}

static uint64_t page_tables(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	return s ? s->cr3 & ~PAGE_MASK : 0;
}

int pagewatch_place(struct kvmgdb_vcpu *v, struct request *r)
{
	uint64_t first = r->addr & ~PAGE_MASK;
	uint64_t pages = ((r->addr + (r->len - 1) - first) >> 12) + 1;
	uint64_t i;

	if (pages > REQUEST_MAX_PAGES)
		return -E2BIG;
	request_forget_pages(r);
	r->cr3 = page_tables(v);
	r->page = calloc((size_t)pages, sizeof(*r->page));
	r->bytes = malloc((size_t)r->len);
	if (!r->page || !r->bytes)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		if (!vcpu_gva_to_gpa(v, first + i * PAGETRAP_PAGE, &r->page[i],
				     NULL) ||
		    !pagetrap_covers(v->vm->pagetrap, r->page[i]))
			return -EFAULT;
		if (is_table(v, first + i * PAGETRAP_PAGE, r->page[i]))
			return -EBUSY;
	}
	r->pages = (unsigned)pages;
	return 0;
}

int pagewatch_place_exec(struct kvmgdb_vcpu *v, struct request *r)
{
	request_forget_pages(r);
	r->cr3 = page_tables(v);
	r->page = calloc(1, sizeof(*r->page));
	if (!r->page)
		return -ENOMEM;
	if (!vcpu_gva_to_gpa(v, r->addr, r->page, NULL) ||
	    !pagetrap_covers(v->vm->pagetrap, r->page[0]))
		return -EFAULT;
	if (is_table(v, r->addr, r->page[0]))
		return -EBUSY;
	r->pages = 1;
	return 0;
}

static bool active(const struct request *r)
{
	return r->tier == TIER_PAGE && !r->withdrawn;
}

/* Pages that stay open would miss in silence. */
static void check_rights(struct kvmgdb_vm *vm, int err)
{
	if (err)
		vm_warn(vm,
			"cannot take access rights from guest pages: %s (%s): "
			"watchpoints there may miss",
			strerror(-err),
			err == -ENOMEM ? "vm.max_map_count" : "mprotect");
}

static enum pagetrap_right right_for(const struct request *r)
{
	return r->kind == KVMGDB_BP_WRITE ? PAGETRAP_READ : PAGETRAP_NOTHING;
}

int pagewatch_take(struct kvmgdb_vm *vm, const struct request *r)
{
	unsigned k;
	int err = 0;

	for (k = 0; !err && k < r->pages; k++)
		err = pagetrap_want(vm->pagetrap, r->page[k], right_for(r));
	return err ? err : pagetrap_tighten(vm->pagetrap);
}

void pagewatch_update(struct kvmgdb_vm *vm)
{
	unsigned i, k;

	pagetrap_begin(vm->pagetrap);
	for (i = 0; i < requests_count(vm->requests); i++) {
		const struct request *r = requests_at(vm->requests, i);

		if (r->withdrawn ||
		    (r->tier != TIER_PAGE && r->tier != TIER_EXEC_PAGE))
			continue;
		for (k = 0; k < r->pages; k++)
			if (pagetrap_want(vm->pagetrap, r->page[k],
					  right_for(r)))
				vm_warn(vm,
					"no memory to watch the page at %#llx",
					(unsigned long long)r->page[k]);
	}
	check_rights(vm, pagetrap_apply(vm->pagetrap));
	vm->pages_stale = false;
}

/* The part of page K that R watches: its offset in R's bytes, and its length;
 * GPA is where it begins. */
static size_t part_of(const struct request *r, unsigned k, uint64_t *gpa,
		      size_t *offset)
{
	uint64_t page = (r->addr & ~PAGE_MASK) + k * PAGETRAP_PAGE;
	uint64_t start = k ? page : r->addr;
	uint64_t last = r->addr + (r->len - 1);

	if (last - page >= PAGETRAP_PAGE)
		last = page + PAGE_MASK;
	*offset = (size_t)(start - r->addr);
	*gpa = r->page[k] + (start - page);
	return (size_t)(last - start + 1);
}

static bool overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen,
		    uint64_t *at)
{
	if (a - b < blen)
		*at = a;
	else if (b - a < alen)
		*at = b;
	else
		return false;
	return true;
}

/* Was the page of GPA given rights for this step? */
static bool was_lifted(const struct pagelift *lift, uint64_t gpa)
{
	unsigned i;

	if (lift->all)
		return true;
	for (i = 0; i < lift->count; i++)
		if (lift->gpa[i] == (gpa & ~PAGE_MASK))
			return true;
	return false;
}

static void remember(struct kvmgdb_vm *vm, struct request *r,
		     const struct pagelift *lift)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa;
		size_t offset, n = part_of(r, k, &gpa, &offset);

		if (was_lifted(lift, gpa))
			gmem_read(vm->gmem, gpa, r->bytes + offset, n);
	}
}

/* The first byte of the lifted pages that the instruction changed. */
static bool changed(struct kvmgdb_vm *vm, const struct request *r,
		    const struct pagelift *lift, uint64_t *addr)
{
	uint8_t now[PAGETRAP_PAGE];
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa;
		size_t offset, i, n = part_of(r, k, &gpa, &offset);

		if (!was_lifted(lift, gpa) ||
		    gmem_read(vm->gmem, gpa, now, n) != (ssize_t)n ||
		    !memcmp(now, r->bytes + offset, n))
			continue;
		for (i = 0; now[i] == r->bytes[offset + i];)
			i++;
		*addr = r->addr + offset + i;
		return true;
	}
	return false;
}

static bool touched(const struct request *r, const struct touch *t,
		    uint64_t *addr)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa, at;
		size_t offset, n = part_of(r, k, &gpa, &offset);

		if (overlap(gpa, n, t->gpa, t->len, &at)) {
			*addr = r->addr + offset + (at - gpa);
			return true;
		}
	}
	return false;
}

/* What was done to the bytes of a request. */
struct deed {
	bool changed, read, written;
};

static bool fires(const struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		  const struct deed *deed)
{
	switch (kind) {
	case KVMGDB_BP_WRITE:
		return deed->changed || (deed->written && vm->report_unchanged);
	case KVMGDB_BP_READ:
		return deed->read && !deed->changed;
	default:
		return deed->changed || deed->read || deed->written;
	}
}

static bool same_request(const struct noted_hit *a, const struct noted_hit *b)
{
	return a->kind == b->kind && a->addr == b->addr && a->len == b->len;
}

/* One instruction that reads and writes, or writes in parts, hits once. */
static bool join(struct kvmgdb_vcpu *v, struct noted_hit *hit)
{
	unsigned i;

	for (i = 0; i < v->nnoted; i++) {
		struct noted_hit *other = &v->noted[i];

		if (!same_request(other, hit))
			continue;
		if (other->seen.start == hit->seen.start &&
		    other->seen.size == hit->seen.size)
			memcpy(hit->seen.before, other->seen.before,
			       sizeof(hit->seen.before));
		else if (other->at > hit->at)
			return true;
		if (other->at > hit->at)
			hit->at = other->at;
		v->nnoted--;
		memmove(other, other + 1, (v->nnoted - i) * sizeof(*other));
		return false;
	}
	return false;
}

/* Kept by name: the lock is dropped before they are posted.  The highest
 * address first: it lies in the most objects, see debugexit.c. */
static void note(struct kvmgdb_vcpu *v, const struct request *r, uint64_t at,
		 const struct hit_bytes *seen)
{
	struct noted_hit hit = {.kind = r->kind,
				.addr = r->addr,
				.len = r->len,
				.at = at,
				.seen = *seen};
	unsigned i;

	if (join(v, &hit))
		return;
	i = v->nnoted < PENDING_MAX ? v->nnoted++ : PENDING_MAX - 1;
	for (; i > 0 && v->noted[i - 1].at < hit.at; i--)
		v->noted[i] = v->noted[i - 1];
	v->noted[i] = hit;
}

/* The bytes that a hit at AT shows: the whole of a small range, else what is
 * aligned like a register around AT. */
static void window(const struct request *r, uint64_t at, struct hit_bytes *seen)
{
	uint64_t last = r->addr + (r->len - 1);

	*seen = (struct hit_bytes){.start = r->addr, .size = (size_t)r->len};
	if (r->len <= KVMGDB_HIT_BYTES)
		return;
	seen->start = at & ~UINT64_C(7);
	if (seen->start < r->addr)
		seen->start = r->addr;
	if ((at | 7) < last)
		last = at | 7;
	seen->size = (size_t)(last - seen->start + 1);
}

/* The bytes of the window as they are now; BEFORE those that R remembers from
 * before the instruction, where the page was LIFTed for it. */
static void fill_window(struct kvmgdb_vm *vm, const struct request *r,
			const struct pagelift *lift, struct hit_bytes *seen)
{
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		uint64_t gpa, start, from, to;
		size_t offset, n = part_of(r, k, &gpa, &offset);

		start = r->addr + offset;
		from = seen->start > start ? seen->start : start;
		to = seen->start + seen->size;
		if (to > start + n)
			to = start + n;
		if (from >= to)
			continue;
		n = (size_t)(to - from);
		gmem_read(vm->gmem, gpa + (from - start),
			  seen->after + (from - seen->start), n);
		memcpy(seen->before + (from - seen->start),
		       lift && was_lifted(lift, gpa)
			   ? r->bytes + (from - r->addr)
			   : seen->after + (from - seen->start),
		       n);
	}
}

static void note_change(struct kvmgdb_vcpu *v, const struct request *r,
			const struct pagelift *lift, uint64_t at)
{
	struct hit_bytes seen;

	window(r, at, &seen);
	fill_window(v->vm, r, lift, &seen);
	note(v, r, at, &seen);
}

static void post_noted(struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; i < v->nnoted; i++) {
		const struct noted_hit *hit = &v->noted[i];
		struct request *r = requests_find(v->vm->requests, hit->kind,
						  hit->addr, hit->len);

		if (!r)
			continue;
		r->seen = hit->seen;
		debug_post_watch(v, r, hit->at);
	}
	v->nnoted = 0;
}

/* Give rights to the pages of [ADDR, ADDR + LEN); false: too many. */
static bool lift_range(struct kvmgdb_vcpu *v, uint64_t addr, uint64_t len)
{
	struct pagelift *lift = &v->step.pages;
	uint64_t page, gpa, last = addr + (len - 1);

	for (page = addr & ~PAGE_MASK;; page += PAGETRAP_PAGE) {
		if (vcpu_gva_to_gpa(v, page, &gpa, NULL) &&
		    pagetrap_at(v->vm->pagetrap, gpa)) {
			if (lift->count == PAGELIFT_MAX)
				return false;
			pagetrap_lift(v->vm->pagetrap, gpa);
			lift->gpa[lift->count++] = gpa & ~PAGE_MASK;
		}
		if ((page | PAGE_MASK) >= last)
			return true;
	}
}

bool pagewatch_touches(struct kvmgdb_vcpu *v)
{
	struct operand op[OPERAND_MAX];
	int n = vcpu_operands(v, op), i;
	uint64_t gpa;

	for (i = 0; i < n; i++)
		if ((vcpu_gva_to_gpa(v, op[i].addr, &gpa, NULL) &&
		     pagetrap_at(v->vm->pagetrap, gpa)) ||
		    (vcpu_gva_to_gpa(v, op[i].addr + (op[i].len - 1), &gpa,
				     NULL) &&
		     pagetrap_at(v->vm->pagetrap, gpa)))
			return true;
	return false;
}

void pagewatch_lift(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	struct pagelift *lift = &v->step.pages;
	struct operand op[OPERAND_MAX];
	/* an event reads nothing of the guest's data; what its frame changes
	 * is seen */
	bool event = v->step.event_frame || v->step.insn.cls == INSN_INT;
	bool known = !lift->active && !event;
	int n = event ? 0 : vcpu_operands(v, op), i;
	unsigned k;

	/* a second fault of one instruction: there is more than we know of
	 * (page tables, descriptors, an event's frame) */
	lift->active = true;
	lift->operands = n;
	memcpy(lift->op, op, sizeof(op));
	lift->count = 0;
	known = known && n >= 0 && lift_range(v, v->step.rip, INSN_MAX);
	for (i = 0; known && i < n; i++)
		known = lift_range(v, op[i].addr, op[i].len);
	if (!known || !lift->count) {
		lift->all = true;
		pagetrap_lift_all(vm->pagetrap);
	}
	for (k = 0; k < requests_count(vm->requests); k++)
		if (active(requests_at(vm->requests, k)))
			remember(vm, requests_at(vm->requests, k), lift);
}

void pagewatch_give_up(struct kvmgdb_vcpu *v)
{
	struct pending_stop stop = {.stop = {.reason = KVMGDB_STOP_INTERRUPT}};
	struct requests *rs = v->vm->requests;
	unsigned i;

	for (i = 0; i < requests_count(rs); i++)
		if (active(requests_at(rs, i)))
			requests_withdraw(rs, requests_at(rs, i));
	pagewatch_update(v->vm);
	vm_warn(v->vm,
		"vCPU %u: ring 3 is about to touch a watched page, and this "
		"KVM cannot step there: the page watches are taken back",
		v->index);
	vm_post_stop(v, &stop);
}

/* Which of the operands touch R?  An unknown operand may be any. */
static void operand_touches(struct kvmgdb_vcpu *v, const struct request *r,
			    struct deed *deed, uint64_t *addr)
{
	const struct pagelift *lift = &v->step.pages;
	int i;

	if (lift->operands < 0) {
		deed->read = deed->written = true;
		*addr = r->addr;
		return;
	}
	for (i = 0; i < lift->operands; i++) {
		uint64_t done = 0, gpa;

		while (done < lift->op[i].len) {
			uint64_t at = lift->op[i].addr + done;
			struct touch t = {.len =
					      PAGETRAP_PAGE - (at & PAGE_MASK)};

			if (t.len > lift->op[i].len - done)
				t.len = lift->op[i].len - done;
			done += t.len;
			if (!vcpu_gva_to_gpa(v, at, &gpa, NULL))
				continue;
			t.gpa = gpa;
			if (!touched(r, &t, addr))
				continue;
			deed->read |= lift->op[i].read;
			deed->written |= lift->op[i].write;
		}
	}
}

static void count_exit(struct request *r, const struct pagelift *lift)
{
	unsigned k;

	for (k = 0; k < r->pages && !r->withdrawn; k++)
		if (!lift->all && was_lifted(lift, r->page[k])) {
			r->exits++;
			return;
		}
}

void pagewatch_done(struct kvmgdb_vcpu *v, bool carried_out)
{
	struct kvmgdb_vm *vm = v->vm;
	struct pagelift *lift = &v->step.pages;
	unsigned i;

	if (!lift->active)
		return;
	lift->active = false;
	for (i = 0; carried_out && i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);
		struct deed deed = {.read = false};
		uint64_t addr = r->addr;

		count_exit(r, lift);
		if (!active(r))
			continue;
		if (r->kind != KVMGDB_BP_WRITE || vm->report_unchanged)
			operand_touches(v, r, &deed, &addr);
		deed.changed = changed(vm, r, lift, &addr);
		if (fires(vm, r->kind, &deed))
			note_change(v, r, lift, addr);
	}
	lift->all = false;
	check_rights(vm, pagetrap_restore(vm->pagetrap));
	if (carried_out && !v->nnoted)
		tier_page_exit(v);
	vm_release_others(v);
	if (carried_out)
		post_noted(v);
}

/* The DATA that is about to be written over the window. */
static void overlay(const struct request *r, const struct touch *t,
		    const uint8_t *data, struct hit_bytes *seen)
{
	uint64_t i, addr;

	for (i = 0; t->write && i < t->len; i++) {
		struct touch byte = {.gpa = t->gpa + i, .len = 1};

		if (touched(r, &byte, &addr) && addr - seen->start < seen->size)
			seen->after[addr - seen->start] = data[i];
	}
}

static void note_access(struct kvmgdb_vcpu *v, const struct touch *t,
			const uint8_t *data)
{
	struct kvmgdb_vm *vm = v->vm;
	uint8_t before[8] = {0};
	unsigned i;

	gmem_read(vm->gmem, t->gpa, before, (size_t)t->len);
	for (i = 0; i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);
		struct deed deed = {.read = t->read, .written = t->write};
		struct hit_bytes seen;
		uint64_t addr, offset;

		if (!active(r) || !touched(r, t, &addr))
			continue;
		for (offset = 0; t->write && offset < t->len; offset++) {
			struct touch byte = {.gpa = t->gpa + offset, .len = 1};

			if (deed.changed || data[offset] == before[offset])
				continue;
			deed.changed = touched(r, &byte, &addr);
		}
		if (!fires(vm, r->kind, &deed))
			continue;
		window(r, addr, &seen);
		fill_window(vm, r, NULL, &seen);
		overlay(r, t, data, &seen);
		note(v, r, addr, &seen);
	}
}

bool pagewatch_mmio(struct kvmgdb_vcpu *v)
{
	struct kvm_run *run = v->run;
	struct touch t = {.gpa = run->mmio.phys_addr,
			  .len = run->mmio.len,
			  .read = !run->mmio.is_write,
			  .write = run->mmio.is_write};

	if (!pagetrap_active(v->vm->pagetrap) || t.len > 8 ||
	    !pagetrap_at(v->vm->pagetrap, t.gpa))
		return false;
	note_access(v, &t, run->mmio.data);
	if (!t.write) {
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		gmem_read(v->vm->gmem, t.gpa, run->mmio.data, (size_t)t.len);
		swbreak_hide(v->vm->swbreak, t.gpa, run->mmio.data,
			     (size_t)t.len);
	} else {
		swbreak_write(v->vm->swbreak, t.gpa, run->mmio.data,
			      (size_t)t.len);
	}
	return true;
}

void pagewatch_mmio_done(struct kvmgdb_vcpu *v)
{
	post_noted(v);
}

/* The upper half is the kernel's, and the same in all its address spaces; where
 * it is not mapped, nothing is done. */
static bool is_its_space(const struct request *r, uint64_t cr3)
{
	return r->cr3 == cr3 || (int64_t)r->addr < 0;
}

/* Page K is elsewhere now, at TO.  What was stored there before we knew is told
 * late, if it shows. */
static void move_page(struct kvmgdb_vcpu *v, struct request *r, unsigned k,
		      uint64_t to)
{
	struct kvmgdb_vm *vm = v->vm;
	uint8_t before[PAGETRAP_PAGE], after[PAGETRAP_PAGE];
	struct hit_bytes seen;
	uint64_t from, gpa, at;
	size_t offset, i, n;

	if (!active(r)) {
		r->page[k] = to;
		return;
	}
	part_of(r, k, &from, &offset);
	r->page[k] = to;
	n = part_of(r, k, &gpa, &offset);
	if (r->kind == KVMGDB_BP_READ ||
	    gmem_read(vm->gmem, from, before, n) != (ssize_t)n ||
	    gmem_read(vm->gmem, gpa, after, n) != (ssize_t)n ||
	    !memcmp(before, after, n))
		return;
	for (i = 0; before[i] == after[i];)
		i++;
	at = r->addr + offset + i;
	vm_warn(vm,
		"the guest has mapped other memory at %#llx, and its bytes are "
		"others: told late",
		(unsigned long long)at);
	window(r, at, &seen);
	fill_window(vm, r, NULL, &seen);
	for (i = 0; i < n; i++)
		if (r->addr + offset + i - seen.start < seen.size)
			seen.before[r->addr + offset + i - seen.start] =
			    before[i];
	note(v, r, at, &seen);
}

static bool follow(struct kvmgdb_vcpu *v, struct request *r)
{
	uint64_t first = r->addr & ~PAGE_MASK, gpa;
	bool moved = false;
	unsigned k;

	for (k = 0; k < r->pages; k++) {
		if (!vcpu_gva_to_gpa(v, first + k * PAGETRAP_PAGE, &gpa,
				     NULL) ||
		    gpa == r->page[k] ||
		    !pagetrap_covers(v->vm->pagetrap, gpa) ||
		    is_table(v, first + k * PAGETRAP_PAGE, gpa))
			continue;
		move_page(v, r, k, gpa);
		moved = true;
	}
	return moved;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* At most every millisecond, and a sixteenth of the time: thousands of pages
 * take a while. */
#define FOLLOW_NS    1000000u
#define FOLLOW_SHARE 16u

void pagewatch_follow(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	uint64_t start, cr3, cost;
	bool moved = false;
	unsigned i;

	if (!pagetrap_active(vm->pagetrap) || v->step.kind != STEP_NONE)
		return;
	start = now_ns();
	if (start < v->follow_at_ns)
		return;
	cr3 = page_tables(v);
	for (i = 0; i < requests_count(vm->requests); i++) {
		struct request *r = requests_at(vm->requests, i);

		if (!r->withdrawn && r->pages && is_its_space(r, cr3))
			moved |= follow(v, r);
	}
	if (moved)
		pagewatch_update(vm);
	cost = FOLLOW_SHARE * (now_ns() - start);
	v->follow_at_ns = start + (cost > FOLLOW_NS ? cost : FOLLOW_NS);
	post_noted(v);
}
