/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include "clearsrf.h"
#include "tier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RFLAGS_RF UINT64_C(0x10000)

/* Text of this size waits to be fetched: who prints more waits too. */
#define TEXT_HIGH ((size_t)64 << 10)

static ssize_t ctx_reg_read(void *self, enum kvmgdb_reg reg, void *buf)
{
	struct kvmgdb_vcpu *v = self;

	return regfile_read(v->rf, reg, buf);
}

static ssize_t ctx_mem_read(void *self, uint64_t gva, void *buf, size_t len)
{
	ssize_t ret = (ssize_t)vcpu_read(self, gva, buf, len);

	return ret || !len ? ret : -EFAULT;
}

static void ctx_print(void *self, const char *text, size_t len)
{
	struct kvmgdb_vcpu *v = self;
	struct text_queue *q = &v->vm->text;

	if (q->room - q->len < len) {
		size_t room = 2 * (q->len + len);
		char *data = realloc(q->data, room);

		if (!data) {
			vm_warn(v->vm, "no memory for what vCPU %u prints",
				v->index);
			return;
		}
		q->data = data;
		q->room = room;
	}
	memcpy(q->data + q->len, text, len);
	q->len += len;
	v->text_full = q->len > TEXT_HIGH;
	v->vm->config.notify(v->vm->config.ctx);
}

size_t filter_take_text(struct kvmgdb_vm *vm, char *buf, size_t size)
{
	struct text_queue *q = &vm->text;
	size_t n = size < q->len ? size : q->len;

	if (!n)
		return 0;
	memcpy(buf, q->data, n);
	q->len -= n;
	memmove(q->data, q->data + n, q->len);
	if (q->len)
		vm->config.notify(vm->config.ctx);
	else
		filter_forget_text(vm);
	return n;
}

void filter_forget_text(struct kvmgdb_vm *vm)
{
	unsigned i;

	vm->text.len = 0;
	for (i = 0; i < vm->count; i++) {
		if (!vm->vcpus[i]->text_full)
			continue;
		vm->vcpus[i]->text_full = false;
		handoff_ring(&vm->vcpus[i]->gate);
	}
}

bool filter_lets_pass(struct kvmgdb_vcpu *v, struct request *r, uint64_t at)
{
	const struct kvmgdb_filter_ctx ctx = {.self = v,
					      .reg_read = ctx_reg_read,
					      .mem_read = ctx_mem_read,
					      .print = ctx_print};
	struct kvmgdb_hit hit = {.vcpu = v->index,
				 .kind = r->kind,
				 .addr = r->addr,
				 .len = r->len,
				 .at = at};

	if (!r->filter)
		return false;
	if (!bp_is_exec(r->kind)) {
		hit.start = r->seen.start;
		hit.size = r->seen.size;
		hit.before = r->seen.before;
		hit.after = r->seen.after;
	}
	if (r->filter->decide(r->filter, &ctx, &hit) != KVMGDB_VERDICT_RUN_ON)
		return false;
	r->filtered++;
	tier_heated(v->vm, r);
	return true;
}

bool filter_pass_by_rf(struct kvmgdb_vcpu *v)
{
	uint8_t code[INSN_MAX];
	struct kvm_regs *regs;
	uint64_t gpa[2];
	size_t n;

	if (!v->vm->config.probe.exec_rf || v->owes_db)
		return false;
	n = vcpu_read_at(v, vcpu_linear_rip(v), code, sizeof(code), gpa);
	if (!n || swbreak_at(v->vm->swbreak, gpa[0]) ||
	    pagetrap_at(v->vm->pagetrap, gpa[0]))
		return false;
	if (!insn_clears_rf(code, n, vcpu_code_bits(v)))
		return false;
	regs = regfile_dirty_regs(v->rf);
	if (!regs)
		return false;
	regs->rflags |= RFLAGS_RF;
	return true;
}
