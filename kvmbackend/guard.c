/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include "fault.h"
#include "handler.h"
#include "slotplan.h"
#include "step.h"

#define RFLAGS_TF_BYTE 1u

/* What instructions run into, the most usual first (SDM vol. 3, table 6-1). */
static const uint8_t vectors[] = {14, 13, 6, 7, 12, 0, 16, 19, 17, 11, 10, 5};

static bool has_error_code(uint8_t vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static bool is_guarded(const struct guard *g, uint64_t at)
{
	unsigned i;

	for (i = 0; i < g->count; i++)
		if (g->at[i] == at)
			return true;
	return false;
}

static void add(struct kvmgdb_vcpu *v, uint8_t vector)
{
	struct guard *g = &v->step.guard;
	uint64_t at;

	/* one handler for many (stubs that jump there are not the same) cannot
	 * be told apart: the first one's frame counts */
	if (g->count == DR_SLOTS || !handler_gate(v, vector, &at) ||
	    is_guarded(g, at))
		return;
	g->at[g->count] = at;
	g->vector[g->count++] = vector;
}

void guard_begin(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n)
{
	const struct kvmgdb_probe *probe = &v->vm->config.probe;
	struct step *st = &v->step;
	struct guard *g = &st->guard;
	uint32_t likely;
	size_t i;

	*g = (struct guard){.count = 0};
	if (vcpu_code_bits(v) == 16 || !probe->exec[0] ||
	    !probe->data_access[0][2] || !probe->data_access[0][3])
		return;
	likely = fault_likely(v, code, n, st->op, st->operands);
	/* the guest's own trap comes before all, if one is owed */
	if (v->owes_db)
		add(v, 1);
	for (i = 0; i < sizeof(vectors); i++)
		if (likely >> vectors[i] & 1)
			add(v, vectors[i]);
	g->likely = g->count;
	for (i = 0; i < sizeof(vectors); i++)
		add(v, vectors[i]);
}

bool guard_entered(struct kvmgdb_vcpu *v)
{
	struct guard *g = &v->step.guard;
	uint64_t rip = vcpu_linear_rip(v);
	uint64_t word = vcpu_code_bits(v) / 8;
	unsigned i;
	uint64_t image;
	uint8_t byte;

	for (i = 0; i < g->count; i++)
		if (g->at[i] == rip)
			break;
	if (i == g->count || g->in_handler || rip == v->step.rip)
		return false;
	image =
	    vcpu_stack_top(v) + word * (has_error_code(g->vector[i]) ? 3u : 2u);
	if (vcpu_read(v, image + RFLAGS_TF_BYTE, &byte, 1) != 1)
		return false;
	byte = (uint8_t)((byte & ~1u) | v->step.guest_tf);
	vcpu_write(v, image + RFLAGS_TF_BYTE, &byte, 1);
	step_suspend(v);
	g->image = (struct dr_piece){
	    .addr = image, .len = (uint8_t)word, .rw = DR_ACCESS};
	g->in_handler = slotplan_has_room(v, &g->image);
	return true;
}

enum guard_return guard_returned(struct kvmgdb_vcpu *v, uint8_t host)
{
	struct guard *g = &v->step.guard;
	const struct kvm_regs *now = regfile_regs(v->rf);
	bool hit = false;
	unsigned i;

	if (!g->in_handler || !now)
		return GUARD_NOTHING;
	for (i = 0; i < DR_SLOTS; i++)
		hit |= (host >> i & 1) && v->plan.db[i] == g->image.addr &&
		       dr7_rw(v->plan.dr7, i) == DR_ACCESS;
	if (!hit)
		return GUARD_NOTHING;
	/* IRET, and nothing in the handler, leaves the stack as it was */
	if (now->rsp != v->step.before.rsp)
		return GUARD_INSIDE;
	g->in_handler = false;
	return vcpu_linear_rip(v) == v->step.rip ? GUARD_BACK : GUARD_ELSEWHERE;
}

unsigned guard_pieces(const struct kvmgdb_vcpu *v, bool likely,
		      struct dr_piece *out, unsigned room)
{
	const struct guard *g = &v->step.guard;
	unsigned i = likely ? 0 : g->likely, n = 0;
	unsigned end = likely ? g->likely : g->count;

	for (; i < end && n < room; i++)
		if (g->at[i] != v->step.rip &&
		    !(v->step.has_target && g->at[i] == v->step.target))
			out[n++] =
			    (struct dr_piece){.addr = g->at[i], .len = 1};
	return n;
}
