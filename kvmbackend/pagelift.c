/* SPDX-License-Identifier: MIT */
#include "pagelift.h"

#include "pagebytes.h"
#include "pagenote.h"
#include "pagewatch.h"
#include "tier.h"

#include <string.h>

/* Give rights to the pages of [ADDR, ADDR + LEN); false: too many. */
static bool lift_range(struct kvmgdb_vcpu *v, uint64_t addr, uint64_t len)
{
	struct pagelift *lift = &v->step.pages;
	uint64_t page, gpa, last = addr + (len - 1);

	for (page = addr & ~PAGETRAP_MASK;; page += PAGETRAP_PAGE) {
		if (vcpu_gva_to_gpa(v, page, &gpa, NULL) &&
		    pagetrap_at(v->vm->pagetrap, gpa)) {
			if (lift->count == PAGELIFT_MAX)
				return false;
			pagetrap_lift(v->vm->pagetrap, gpa);
			lift->gpa[lift->count++] = gpa & ~PAGETRAP_MASK;
		}
		if ((page | PAGETRAP_MASK) >= last)
			return true;
	}
}

static int operands_here(struct kvmgdb_vcpu *v, struct operand op[OPERAND_MAX])
{
	uint8_t code[INSN_MAX];
	size_t n = vcpu_read(v, vcpu_linear_rip(v), code, sizeof(code));

	return vcpu_operands(v, code, n, op);
}

bool pagelift_touches(struct kvmgdb_vcpu *v)
{
	struct operand op[OPERAND_MAX];
	int n = operands_here(v, op), i;
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

/* Does the step see any of its bytes? */
static bool on_lifted(const struct request *r, const struct pagelift *lift)
{
	unsigned k;

	if (lift->all)
		return true;
	for (k = 0; k < lift->count; k++)
		if (pagebytes_on_page(r, lift->gpa[k]))
			return true;
	return false;
}

void pagelift_begin(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;
	struct pagelift *lift = &v->step.pages;
	struct operand op[OPERAND_MAX];
	/* an event reads nothing of the guest's data; what its frame changes
	 * is seen */
	bool event = v->step.event_frame || v->step.insn.cls == INSN_INT;
	bool known = !lift->active && !event;
	int n = event ? 0 : operands_here(v, op), i;
	struct request *const *all;
	unsigned k, count;

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
	all = requests_all(vm->requests, &count);
	for (k = 0; k < count; k++)
		if (on_lifted(all[k], lift) && pagebytes_watched(all[k]))
			pagebytes_remember(vm, all[k], lift);
}

void pagelift_give_up(struct kvmgdb_vcpu *v)
{
	struct pending_stop stop = {.stop = {.reason = KVMGDB_STOP_INTERRUPT}};
	struct requests *rs = v->vm->requests;
	unsigned i;

	for (i = 0; i < requests_count(rs); i++)
		if (pagebytes_watched(requests_at(rs, i)))
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
			    struct page_deed *deed, uint64_t *addr)
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
			struct page_touch t = {.len = PAGETRAP_PAGE -
						      (at & PAGETRAP_MASK)};

			if (t.len > lift->op[i].len - done)
				t.len = lift->op[i].len - done;
			done += t.len;
			if (!vcpu_gva_to_gpa(v, at, &gpa, NULL))
				continue;
			t.gpa = gpa;
			if (!pagebytes_touched(r, &t, addr))
				continue;
			deed->read |= lift->op[i].read;
			deed->written |= lift->op[i].write;
		}
	}
}

static void count_exit(struct kvmgdb_vm *vm, struct request *r,
		       const struct pagelift *lift)
{
	unsigned k;

	for (k = 0; k < r->pages && !r->withdrawn; k++)
		if (!lift->all && pagebytes_lifted(lift, r->page[k])) {
			r->exits++;
			tier_heated(vm, r);
			return;
		}
}

static void note_change(struct kvmgdb_vcpu *v, const struct request *r,
			const struct pagelift *lift, uint64_t at)
{
	struct hit_bytes seen;

	pagebytes_see(v->vm, r, lift, at, &seen);
	pagenote_add(v, r, at, &seen);
}

void pagelift_end(struct kvmgdb_vcpu *v, bool carried_out)
{
	struct kvmgdb_vm *vm = v->vm;
	struct pagelift *lift = &v->step.pages;
	struct request *const *all;
	unsigned i, n;

	if (!lift->active)
		return;
	lift->active = false;
	all = requests_all(vm->requests, &n);
	for (i = 0; carried_out && i < n; i++) {
		struct request *r = all[i];
		struct page_deed deed = {.read = false};
		uint64_t addr = r->addr;

		if (!on_lifted(r, lift))
			continue;
		count_exit(vm, r, lift);
		if (!pagebytes_watched(r))
			continue;
		if (r->kind != KVMGDB_BP_WRITE || vm->report_unchanged)
			operand_touches(v, r, &deed, &addr);
		deed.changed = pagebytes_changed(vm, r, lift, &addr);
		if (pagenote_fires(vm, r->kind, &deed))
			note_change(v, r, lift, addr);
	}
	lift->all = false;
	pagewatch_check_rights(vm, pagetrap_restore(vm->pagetrap));
	if (carried_out && !v->nnoted)
		tier_page_exit(v);
	vm_release_others(v);
	if (carried_out)
		pagenote_post(v);
}
