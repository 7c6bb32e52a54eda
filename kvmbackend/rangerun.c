/* SPDX-License-Identifier: MIT */
#include "rangerun.h"

#include "hit.h"
#include "slotplan.h"
#include "stepexit.h"

#define RFLAGS_TF  UINT64_C(0x100)
#define CR3_TABLES (~UINT64_C(0xfff)) /* without PCID */

/* The same place in the code may be reached by a handler, or by another thread:
 * nothing in the range changes RSP (flow.h), and theirs is another.  Threads of
 * ring 3 have the same in other address spaces. */
static bool same_thread(struct kvmgdb_vcpu *v)
{
	const struct range_run *run = &v->range;

	return regfile_regs(v->rf)->rsp == run->rsp &&
	       (vcpu_cpl(v) == 3) == run->ring3 &&
	       (!run->ring3 ||
		!((regfile_sregs(v->rf)->cr3 ^ run->cr3) & CR3_TABLES));
}

/* In ring 3 a guest's scheduler may move the thread to another vCPU, where
 * nothing would stop it. */
static bool is_possible(struct kvmgdb_vcpu *v, bool ring3)
{
	unsigned bits = vcpu_code_bits(v);

	return v->vm->run_loops && v->vm->config.probe.exec[ring3] &&
	       (!ring3 || v->vm->count == 1) &&
	       (bits == 64 || (bits == 32 && !regfile_sregs(v->rf)->cs.base)) &&
	       !(regfile_regs(v->rf)->rflags & RFLAGS_TF);
}

static bool find_exits(struct kvmgdb_vcpu *v)
{
	uint8_t code[FLOW_SIZE_MAX + INSN_MAX];
	uint64_t start = v->action.start, size = v->action.end - start;
	size_t n;

	if (size > FLOW_SIZE_MAX)
		return false;
	n = vcpu_read(v, start, code, (size_t)size + INSN_MAX);
	return flow_exits(code, n, start, size, vcpu_linear_rip(v),
			  vcpu_code_bits(v), &v->range.exits);
}

static bool is_exit(const struct range_run *run, uint64_t addr)
{
	unsigned i;

	for (i = 0; i < run->exits.count; i++)
		if (run->exits.at[i] == addr)
			return true;
	return false;
}

static bool has_room(struct kvmgdb_vcpu *v)
{
	struct dr_piece pieces[DR_MAX_PIECES];
	struct slot_choice c = slotplan_choose(v, pieces);

	return !slotplan_read_guest(v) && slotplan_would_fit(v, pieces, c.n);
}

void rangerun_begin(struct kvmgdb_vcpu *v)
{
	struct range_run *run = &v->range;
	bool ring3 = vcpu_cpl(v) == 3;

	if (run->refused || !regfile_regs(v->rf) || !regfile_sregs(v->rf))
		return;
	run->refused = !is_possible(v, ring3) || !find_exits(v);
	if (run->refused || is_exit(run, vcpu_linear_rip(v)))
		return;
	run->rsp = regfile_regs(v->rf)->rsp;
	run->cr3 = regfile_sregs(v->rf)->cr3;
	run->ring3 = ring3;
	run->on = true;
}

bool rangerun_goes(struct kvmgdb_vcpu *v)
{
	struct range_run *run = &v->range;

	if (!run->on)
		return false;
	run->on = has_room(v);
	/* not to be tried at each turn of the loop */
	run->refused = !run->on;
	return run->on;
}

unsigned rangerun_pieces(const struct kvmgdb_vcpu *v, struct dr_piece *out,
			 unsigned room)
{
	const struct range_run *run = &v->range;
	unsigned i;

	if (!run->on || v->action.kind != KVMGDB_ACTION_RANGE)
		return 0;
	for (i = 0; i < run->exits.count && i < room; i++)
		out[i] = (struct dr_piece){.addr = run->exits.at[i], .len = 1};
	return i;
}

bool rangerun_hit(struct kvmgdb_vcpu *v)
{
	struct range_run *run = &v->range;
	uint64_t rip = vcpu_linear_rip(v);

	if (!run->on || v->action.kind != KVMGDB_ACTION_RANGE ||
	    !is_exit(run, rip))
		return false;
	if (!same_thread(v)) {
		if (!hit_exec(v)) {
			v->at_stop = v->passing = true;
			v->stop_rip = rip;
		}
		return true;
	}
	run->on = false;
	v->counts.n[COUNT_RANGE_RUN]++;
	if (rip >= v->action.start && rip < v->action.end) {
		hit_exec(v);
		return true;
	}
	hit_step_end(v, rip);
	stepexit_post(v);
	return true;
}
