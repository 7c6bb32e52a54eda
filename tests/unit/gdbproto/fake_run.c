// SPDX-License-Identifier: MIT
#include "fake_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned fake_vcpu_count(void *target)
{
	(void)target;
	return FAKE_VCPUS;
}

enum kvmgdb_vcpu_state fake_vcpu_state(void *target, unsigned vcpu)
{
	const struct fake_target *f = target;

	if (f->non_stop)
		return f->vcpu[vcpu].going ? KVMGDB_VCPU_RUNNING
					   : f->vcpu[vcpu].state;
	if (f->running && f->vcpu[vcpu].action.kind != KVMGDB_ACTION_STAY)
		return KVMGDB_VCPU_RUNNING;
	return f->vcpu[vcpu].state;
}

bool fake_running(void *target)
{
	const struct fake_target *f = target;

	return f->running;
}

static void tell(struct fake_target *f, struct kvmgdb_stop stop)
{
	if (f->stop_count < sizeof(f->stops) / sizeof(f->stops[0]))
		f->stops[f->stop_count++] = stop;
}

static int resume_each(struct fake_target *f,
		       const struct kvmgdb_action *actions)
{
	for (unsigned i = 0; i < FAKE_VCPUS; i++) {
		if (actions[i].kind == KVMGDB_ACTION_STAY || f->vcpu[i].going)
			continue;
		f->vcpu[i].action = actions[i];
		f->vcpu[i].fresh = f->vcpu[i].going = true;
		f->resumes++;
	}
	return 0;
}

int fake_set_non_stop(void *target, bool on)
{
	struct fake_target *f = target;

	for (unsigned i = 0; i < FAKE_VCPUS; i++) {
		struct fake_vcpu *v = &f->vcpu[i];

		if (on && !f->non_stop)
			v->going = f->running;
		else if (!on && f->non_stop)
			f->running |= v->going;
		if (!on)
			v->going = false;
	}
	if (on)
		f->running = false;
	f->non_stop = on;
	return 0;
}

/* As it was, but for requests and what tests have arranged. */
int fake_reset(void *target)
{
	struct fake_target *f = target;
	struct fake_target *fresh;

	if (f->no_reset)
		return -ENOTSUP;
	fresh = malloc(sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	fake_init(fresh);
	memcpy(f->vcpu, fresh->vcpu, sizeof(f->vcpu));
	memcpy(f->ram, fresh->ram, sizeof(f->ram));
	free(fresh);
	f->running = f->interrupted = f->exited = false;
	f->stop_count = 0;
	f->resets++;
	return 0;
}

int fake_interrupt_vcpu(void *target, unsigned vcpu)
{
	struct fake_target *f = target;

	f->interrupts++;
	if (!f->vcpu[vcpu].going)
		return -EALREADY;
	f->vcpu[vcpu].interrupted = true;
	return 0;
}

int fake_resume(void *target, const struct kvmgdb_action *actions)
{
	struct fake_target *f = target;
	int error = f->resume_error;

	f->resume_error = 0;
	if (error)
		return error;
	if (f->exited)
		return -ENODEV;
	if (f->non_stop)
		return resume_each(f, actions);
	if (f->running)
		return -EBUSY;
	f->running = true;
	f->resumes++;
	for (unsigned i = 0; i < FAKE_VCPUS; i++) {
		f->vcpu[i].action = actions[i];
		f->vcpu[i].fresh = true;
	}
	return 0;
}

int fake_interrupt(void *target)
{
	struct fake_target *f = target;

	f->interrupts++;
	if (f->non_stop) {
		for (unsigned i = 0; i < FAKE_VCPUS; i++)
			f->vcpu[i].interrupted = f->vcpu[i].going;
		return 0;
	}
	if (!f->running)
		return -EALREADY;
	f->interrupted = true;
	return 0;
}

int fake_next_stop(void *target, struct kvmgdb_stop *stop)
{
	struct fake_target *f = target;

	if (f->running || !f->stop_count)
		return 0;
	*stop = f->stops[0];
	f->stop_count--;
	memmove(f->stops, f->stops + 1, sizeof(f->stops) - sizeof(f->stops[0]));
	return 1;
}

void fake_kill(void *target)
{
	struct fake_target *f = target;

	f->kills++;
}

void fake_stop(struct fake_target *f, struct kvmgdb_stop stop)
{
	f->running = f->interrupted = false;
	/* some tests tell of a vCPU that there is not */
	if (stop.vcpu < sizeof(f->vcpu) / sizeof(f->vcpu[0]))
		f->vcpu[stop.vcpu].going = f->vcpu[stop.vcpu].interrupted =
		    false;
	f->exited = f->exited || stop.reason == KVMGDB_STOP_EXITED;
	tell(f, stop);
}

struct asker {
	struct fake_target *f;
	unsigned vcpu;
};

static ssize_t filter_reg_read(void *self, enum kvmgdb_reg reg, void *buf)
{
	const struct asker *a = self;

	if (reg == a->f->missing)
		return -ENODATA;
	memcpy(buf, a->f->vcpu[a->vcpu].regs[reg], kvmgdb_reg_size(reg));
	return (ssize_t)kvmgdb_reg_size(reg);
}

static ssize_t filter_mem_read(void *self, uint64_t gva, void *buf, size_t len)
{
	const struct asker *a = self;
	uint8_t *out = buf;
	size_t i;

	for (i = 0; i < len && fake_byte_at(a->f, gva + i); i++)
		out[i] = *fake_byte_at(a->f, gva + i);
	return i || !len ? (ssize_t)i : -EFAULT;
}

static void filter_print(void *self, const char *text, size_t len)
{
	const struct asker *a = self;
	struct fake_target *f = a->f;

	if (len > sizeof(f->text) - f->text_len)
		len = sizeof(f->text) - f->text_len;
	memcpy(f->text + f->text_len, text, len);
	f->text_len += len;
}

size_t fake_next_text(void *target, char *buf, size_t size)
{
	struct fake_target *f = target;
	size_t n = size < f->text_len ? size : f->text_len;

	memcpy(buf, f->text, n);
	f->text_len -= n;
	memmove(f->text, f->text + n, f->text_len);
	return n;
}

/* False: a filter let it pass. */
static bool hit(struct fake_target *f, unsigned vcpu, struct fake_bp *bp)
{
	struct asker asker = {f, vcpu};
	struct kvmgdb_filter_ctx ctx = {&asker, filter_reg_read,
					filter_mem_read, filter_print};
	struct kvmgdb_hit about = {.vcpu = vcpu,
				   .kind = bp->kind,
				   .addr = bp->addr,
				   .len = bp->len,
				   .at = bp->addr};

	if (bp->filter && bp->filter->decide(bp->filter, &ctx, &about) ==
			      KVMGDB_VERDICT_RUN_ON) {
		bp->filtered++;
		return false;
	}
	bp->hits++;
	fake_stop(f, (struct kvmgdb_stop){.vcpu = vcpu,
					  .reason = fake_reason_of(bp->kind),
					  .addr = bp->addr});
	return true;
}

/* One instruction; true: it stopped the machine. */
static bool execute(struct fake_target *f, unsigned vcpu)
{
	uint64_t rip = fake_reg(f, vcpu, KVMGDB_REG_RIP);
	const uint8_t *code = fake_byte_at(f, rip);
	bool write = code && code[0] == 0xff;
	struct fake_bp *bp = NULL;

	switch (code ? code[0] : 0x0f) {
	case 0xff: /* incl FAKE_COUNTER */
	case 0x8b: /* mov FAKE_COUNTER,%eax */
		if (write)
			++*fake_byte_at(f, FAKE_COUNTER);
		else
			fake_set_reg(f, vcpu, KVMGDB_REG_RAX,
				     *fake_byte_at(f, FAKE_COUNTER));
		bp = fake_watch_on(f, FAKE_COUNTER, 4, write);
		rip += 7;
		break;
	case 0xeb:
		rip += 2 + (uint64_t)(int64_t)(int8_t)code[1];
		break;
	case 0xf4:
		f->vcpu[vcpu].state = KVMGDB_VCPU_HALTED;
		return false;
	case 0x0f:
		fake_stop(f, (struct kvmgdb_stop){
				 .vcpu = vcpu, .reason = KVMGDB_STOP_SHUTDOWN});
		return true;
	default:
		rip++;
		break;
	}
	fake_set_reg(f, vcpu, KVMGDB_REG_RIP, rip);
	return bp && hit(f, vcpu, bp);
}

/* What a step would do, and whether it is over. */
static bool run_one(struct fake_target *f, unsigned i)
{
	struct fake_vcpu *v = &f->vcpu[i];
	struct kvmgdb_stop done = {.vcpu = i, .reason = KVMGDB_STOP_STEP};
	struct fake_bp *bp = fake_bp_at(f, fake_reg(f, i, KVMGDB_REG_RIP));
	uint64_t rip;

	if (v->action.kind == KVMGDB_ACTION_STAY)
		return false;
	if (bp && !v->fresh && hit(f, i, bp))
		return true;
	v->fresh = false;
	if (execute(f, i))
		return true;
	rip = fake_reg(f, i, KVMGDB_REG_RIP);
	if (v->action.kind == KVMGDB_ACTION_STEP ||
	    (v->action.kind == KVMGDB_ACTION_RANGE &&
	     (rip < v->action.start || rip >= v->action.end))) {
		fake_stop(f, done);
		return true;
	}
	return false;
}

/* Each for itself. */
static bool run_each(struct fake_target *f, unsigned steps)
{
	bool any = f->stop_count > 0;

	for (unsigned i = 0; i < FAKE_VCPUS; i++) {
		struct fake_vcpu *v = &f->vcpu[i];

		if (v->going && v->interrupted) {
			fake_stop(
			    f, (struct kvmgdb_stop){
				   .vcpu = i, .reason = KVMGDB_STOP_INTERRUPT});
			any = true;
		}
		for (unsigned n = 0; v->going && n < steps; n++)
			any |= run_one(f, i);
	}
	return any;
}

bool fake_run(struct fake_target *f, unsigned steps)
{
	if (f->non_stop)
		return run_each(f, steps);
	if (f->running && f->stop_count) {
		f->running = false;
		return true;
	}
	if (f->running && f->interrupted) {
		fake_stop(
		    f, (struct kvmgdb_stop){.reason = KVMGDB_STOP_INTERRUPT});
		return true;
	}
	for (; f->running && steps; steps--)
		for (unsigned i = 0; i < FAKE_VCPUS; i++)
			if (run_one(f, i))
				return true;
	return false;
}
