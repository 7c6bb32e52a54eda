// SPDX-License-Identifier: MIT
#include "fake_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t program0[] = {
    0xff, 0x04, 0x25, 0x00, 0x20, 0x00, 0x00, /* incl 0x2000 */
    0x90,                                     /* nop */
    0x8b, 0x04, 0x25, 0x00, 0x20, 0x00, 0x00, /* mov 0x2000,%eax */
    0x90,                                     /* nop */
    0xeb, 0xee,                               /* jmp 0x1000 */
    0xf4,                                     /* hlt */
    0x0f, 0x0b};                              /* ud2 */
static const uint8_t program1[] = {0x90, 0x90, 0xeb, 0xfc};

uint64_t fake_reg(const struct fake_target *f, unsigned vcpu,
		  enum kvmgdb_reg reg)
{
	const uint8_t *bytes = f->vcpu[vcpu].regs[reg];
	uint64_t value = 0;

	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

void fake_set_reg(struct fake_target *f, unsigned vcpu, enum kvmgdb_reg reg,
		  uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		f->vcpu[vcpu].regs[reg][i] = (uint8_t)(value >> 8 * i);
}

void fake_init(struct fake_target *f)
{
	memset(f, 0, sizeof(*f));
	f->missing = KVMGDB_REG_COUNT;
	f->mode = KVMGDB_MODE_LONG64;
	memcpy(f->ram, program0, sizeof(program0));
	memcpy(f->ram + FAKE_CODE1 - FAKE_RAM, program1, sizeof(program1));
	for (unsigned i = 0; i < FAKE_VCPUS; i++) {
		/* RAX 0x1000000000000000, RBX ..01, ..., of vCPU 1: 0x2... */
		for (unsigned r = 0; r <= KVMGDB_REG_R15; r++)
			fake_set_reg(f, i, r, (uint64_t)(i + 1) << 60 | r);
		fake_set_reg(f, i, KVMGDB_REG_RSP, 0x4000 - 0x100 * i);
		fake_set_reg(f, i, KVMGDB_REG_RBP, 0x4000 - 0x100 * i);
		fake_set_reg(f, i, KVMGDB_REG_RIP, i ? FAKE_CODE1 : FAKE_CODE);
		fake_set_reg(f, i, KVMGDB_REG_EFLAGS, 0x202);
		fake_set_reg(f, i, KVMGDB_REG_CS, 8);
		fake_set_reg(f, i, KVMGDB_REG_SS, 0x10);
		fake_set_reg(f, i, KVMGDB_REG_FCTRL, 0x37f);
		fake_set_reg(f, i, KVMGDB_REG_FTAG, 0xffff);
		fake_set_reg(f, i, KVMGDB_REG_MXCSR, 0x1f80);
		fake_set_reg(f, i, KVMGDB_REG_CR0, 0x80050033);
		fake_set_reg(f, i, KVMGDB_REG_CR3, 0x3000 + i);
		fake_set_reg(f, i, KVMGDB_REG_CR4, 0x6f0);
		fake_set_reg(f, i, KVMGDB_REG_EFER, 0xd01);
		fake_set_reg(f, i, KVMGDB_REG_DR6, 0xffff0ff0);
		fake_set_reg(f, i, KVMGDB_REG_DR7, 0x400);
	}
}

/* ---- memory ---- */

static uint8_t *byte_at(struct fake_target *f, uint64_t addr)
{
	if (addr - FAKE_RAM < FAKE_RAM_SIZE)
		return &f->ram[addr - FAKE_RAM];
	if (addr >= UINT64_MAX - 0xfff)
		return &f->top[addr & 0xfff];
	return NULL;
}

/* A range that the session should never have asked for. */
static bool goes_round(uint64_t gva, size_t len)
{
	return len && len - 1 > UINT64_MAX - gva;
}

/* Zeroes, and what a test has planted. */
static void read_planted(const struct fake_target *f, uint64_t gva,
			 uint8_t *out, size_t len)
{
	memset(out, 0, len);
	for (size_t i = 0; f->planted && f->planted[i]; i++)
		if (f->planted_at + i - gva < len)
			out[f->planted_at + i - gva] = (uint8_t)f->planted[i];
}

static ssize_t mem_read(void *target, unsigned vcpu, uint64_t gva, void *buf,
			size_t len)
{
	struct fake_target *f = target;
	uint8_t *out = buf;
	size_t i;

	(void)vcpu;
	if (f->running)
		return -EBUSY;
	if (goes_round(gva, len))
		return -EPERM;
	if (f->all_ram) {
		read_planted(f, gva, out, len);
		return (ssize_t)len;
	}
	for (i = 0; i < len; i++) {
		const uint8_t *byte = byte_at(f, gva + i);

		if (!byte)
			break;
		out[i] = *byte;
	}
	return i || !len ? (ssize_t)i : -EFAULT;
}

static int mem_write(void *target, unsigned vcpu, uint64_t gva, const void *buf,
		     size_t len)
{
	struct fake_target *f = target;

	(void)vcpu;
	if (f->running)
		return -EBUSY;
	if (goes_round(gva, len))
		return -EPERM;
	for (size_t i = 0; i < len; i++)
		if (!byte_at(f, gva + i))
			return -EFAULT;
	for (size_t i = 0; i < len; i++)
		*byte_at(f, gva + i) = ((const uint8_t *)buf)[i];
	f->writes++;
	return 0;
}

/* ---- registers ---- */

static bool reg_present(void *target, enum kvmgdb_reg reg);

static ssize_t reg_read(void *target, unsigned vcpu, enum kvmgdb_reg reg,
			void *buf)
{
	struct fake_target *f = target;
	size_t size = kvmgdb_reg_size(reg);

	if (f->running || f->vcpu[vcpu % FAKE_VCPUS].going)
		return -EBUSY;
	if (!size || vcpu >= FAKE_VCPUS)
		return -EINVAL;
	if (reg == f->missing || !reg_present(f, reg))
		return -ENODATA;
	memcpy(buf, f->vcpu[vcpu].regs[reg], size);
	return (ssize_t)size;
}

static int reg_write(void *target, unsigned vcpu, enum kvmgdb_reg reg,
		     const void *buf, size_t size)
{
	struct fake_target *f = target;
	const uint8_t *bytes = buf;

	if (f->running)
		return -EBUSY;
	if (!size || size != kvmgdb_reg_size(reg) || vcpu >= FAKE_VCPUS)
		return -EINVAL;
	if (reg == f->missing || !reg_present(f, reg))
		return -ENODATA;
	/* CR8 has four bits, as on a CPU. */
	if (reg == KVMGDB_REG_CR8 && bytes[0] > 15)
		return -EINVAL;
	memcpy(f->vcpu[vcpu].regs[reg], buf, size);
	return 0;
}

/* ---- breakpoints ---- */

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
	if (kind == KVMGDB_BP_SOFTWARE && !byte_at(f, gva))
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

static int bp_insert_filtered(void *target, unsigned vcpu,
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

static int bp_insert(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
		     uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	return bp_insert_filtered(target, vcpu, kind, gva, len, NULL, why);
}

static int bp_remove(void *target, enum kvmgdb_bp_kind kind, uint64_t gva,
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

static void bp_clear(void *target)
{
	struct fake_target *f = target;

	fake_free(f);
	f->stop_count = 0;
	f->text_len = 0;
	f->clears++;
}

/* ---- running ---- */

static unsigned vcpu_count(void *target)
{
	(void)target;
	return FAKE_VCPUS;
}

static enum kvmgdb_vcpu_state vcpu_state(void *target, unsigned vcpu)
{
	const struct fake_target *f = target;

	if (f->non_stop)
		return f->vcpu[vcpu].going ? KVMGDB_VCPU_RUNNING
					   : f->vcpu[vcpu].state;
	if (f->running && f->vcpu[vcpu].action.kind != KVMGDB_ACTION_STAY)
		return KVMGDB_VCPU_RUNNING;
	return f->vcpu[vcpu].state;
}

static bool running(void *target)
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

static int set_non_stop(void *target, bool on)
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
static int reset(void *target)
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

static int interrupt_vcpu(void *target, unsigned vcpu)
{
	struct fake_target *f = target;

	f->interrupts++;
	if (!f->vcpu[vcpu].going)
		return -EALREADY;
	f->vcpu[vcpu].interrupted = true;
	return 0;
}

static int resume(void *target, const struct kvmgdb_action *actions)
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

static int interrupt(void *target)
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

static int next_stop(void *target, struct kvmgdb_stop *stop)
{
	struct fake_target *f = target;

	if (f->running || !f->stop_count)
		return 0;
	*stop = f->stops[0];
	f->stop_count--;
	memmove(f->stops, f->stops + 1, sizeof(f->stops) - sizeof(f->stops[0]));
	return 1;
}

static void kill_machine(void *target)
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

/* A breakpoint at this address; SOFTWARE wins, as int3 is in memory. */
static struct fake_bp *bp_at(struct fake_target *f, uint64_t rip)
{
	for (unsigned kind = KVMGDB_BP_SOFTWARE; kind <= KVMGDB_BP_HARDWARE;
	     kind++)
		for (unsigned i = 0; i < FAKE_BPS; i++)
			if (f->bp[i].used && f->bp[i].kind == kind &&
			    f->bp[i].addr == rip)
				return &f->bp[i];
	return NULL;
}

static struct fake_bp *watch_on(struct fake_target *f, uint64_t addr,
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

static enum kvmgdb_stop_reason reason_of(enum kvmgdb_bp_kind kind)
{
	static const enum kvmgdb_stop_reason reasons[] = {
	    [KVMGDB_BP_SOFTWARE] = KVMGDB_STOP_SWBREAK,
	    [KVMGDB_BP_HARDWARE] = KVMGDB_STOP_HWBREAK,
	    [KVMGDB_BP_WRITE] = KVMGDB_STOP_WRITE,
	    [KVMGDB_BP_READ] = KVMGDB_STOP_READ,
	    [KVMGDB_BP_ACCESS] = KVMGDB_STOP_ACCESS};

	return reasons[kind];
}

/* ---- filters ---- */

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

	for (i = 0; i < len && byte_at(a->f, gva + i); i++)
		out[i] = *byte_at(a->f, gva + i);
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

static size_t next_text(void *target, char *buf, size_t size)
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
					  .reason = reason_of(bp->kind),
					  .addr = bp->addr});
	return true;
}

/* One instruction; true: it stopped the machine. */
static bool execute(struct fake_target *f, unsigned vcpu)
{
	uint64_t rip = fake_reg(f, vcpu, KVMGDB_REG_RIP);
	const uint8_t *code = byte_at(f, rip);
	bool write = code && code[0] == 0xff;
	struct fake_bp *bp = NULL;

	switch (code ? code[0] : 0x0f) {
	case 0xff: /* incl FAKE_COUNTER */
	case 0x8b: /* mov FAKE_COUNTER,%eax */
		if (write)
			++*byte_at(f, FAKE_COUNTER);
		else
			fake_set_reg(f, vcpu, KVMGDB_REG_RAX,
				     *byte_at(f, FAKE_COUNTER));
		bp = watch_on(f, FAKE_COUNTER, 4, write);
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
	struct fake_bp *bp = bp_at(f, fake_reg(f, i, KVMGDB_REG_RIP));
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

/* ---- what is only looked at ---- */

/* RAM begins at 0, physically. */
static ssize_t phys_read(void *target, uint64_t gpa, void *buf, size_t len)
{
	struct fake_target *f = target;
	size_t run = FAKE_RAM_SIZE;

	if (goes_round(gpa, len))
		return -EPERM;
	if (!len)
		return 0;
	if (gpa >= FAKE_RAM_SIZE)
		return -EFAULT;
	run = len < FAKE_RAM_SIZE - gpa ? len : (size_t)(FAKE_RAM_SIZE - gpa);
	memcpy(buf, f->ram + gpa, run);
	return (ssize_t)run;
}

static int phys_write(void *target, uint64_t gpa, const void *buf, size_t len)
{
	struct fake_target *f = target;

	if (gpa >= FAKE_RAM_SIZE || len > FAKE_RAM_SIZE - gpa)
		return -EFAULT;
	memcpy(f->ram + gpa, buf, len);
	f->writes++;
	return 0;
}

static bool fake_moves(const struct fake_target *f, unsigned vcpu)
{
	return f->running || f->vcpu[vcpu % FAKE_VCPUS].going;
}

/* One table, at 3000h. */
static int walk_view(void *target, unsigned vcpu, uint64_t gva,
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

static int place_view(void *target, unsigned vcpu,
		      struct kvmgdb_place_view *view)
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

/* AVX, unless a test takes it away; no AVX-512. */
static bool reg_present(void *target, enum kvmgdb_reg reg)
{
	const struct fake_target *f = target;

	if (reg >= KVMGDB_REG_YMM0H && reg <= KVMGDB_REG_YMM15H)
		return !f->no_avx;
	return reg < KVMGDB_REG_XMM16 || reg > KVMGDB_REG_PKRU;
}

static const uint32_t msr_index[FAKE_MSRS] = {0xc0000080, 0x10, 0x12345};

static int msr_list(void *target, unsigned index, uint32_t *msr)
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

static int msr_read(void *target, unsigned vcpu, uint32_t msr, uint64_t *value)
{
	uint64_t *at;
	int error = msr_find(target, vcpu, msr, &at);

	if (!error)
		*value = *at;
	return error;
}

/* The time stamp counter of this CPU stands. */
static int msr_write(void *target, unsigned vcpu, uint32_t msr, uint64_t value)
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

/* ---- for `monitor dr` ---- */

static int dr_view(void *target, unsigned vcpu, struct kvmgdb_dr_view *view)
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

static int request_view(void *target, unsigned index,
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

/* ---- for `monitor set` ---- */

static int option_set(void *target, const char *name, const char *value)
{
	struct fake_target *f = target;

	if (strcmp(name, "colour") != 0)
		return -ENOENT;
	if (strcmp(value, "red") != 0 && strcmp(value, "blue") != 0)
		return -EINVAL;
	f->blue = value[0] == 'b';
	return 0;
}

static int option_view(void *target, unsigned index,
		       struct kvmgdb_option_view *view)
{
	const struct fake_target *f = target;

	if (index)
		return -ENOENT;
	*view = (struct kvmgdb_option_view){"colour", f->blue ? "blue" : "red",
					    "of the bike shed"};
	return 0;
}

static int count_view(void *target, unsigned vcpu, unsigned index,
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

const struct kvmgdb_target_ops fake_ops = {
    .count_view = count_view,
    .vcpu_count = vcpu_count,
    .vcpu_state = vcpu_state,
    .running = running,
    .reg_read = reg_read,
    .reg_write = reg_write,
    .mem_read = mem_read,
    .mem_write = mem_write,
    .bp_insert = bp_insert,
    .bp_remove = bp_remove,
    .bp_clear = bp_clear,
    .resume = resume,
    .interrupt = interrupt,
    .next_stop = next_stop,
    .kill = kill_machine,
    .dr_view = dr_view,
    .request_view = request_view,
    .set_non_stop = set_non_stop,
    .interrupt_vcpu = interrupt_vcpu,
    .reset = reset,
    .option_set = option_set,
    .option_view = option_view,
    .bp_insert_filtered = bp_insert_filtered,
    .next_text = next_text,
    .phys_read = phys_read,
    .phys_write = phys_write,
    .walk_view = walk_view,
    .place_view = place_view,
    .reg_present = reg_present,
    .msr_list = msr_list,
    .msr_read = msr_read,
    .msr_write = msr_write,
};
