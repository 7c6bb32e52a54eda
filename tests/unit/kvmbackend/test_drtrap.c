/* SPDX-License-Identifier: MIT */
/*
 * A guest's MOV DR, carried out on registers that this test holds: what
 * drtrap.c asks of its neighbours is answered here (see the --wrap of
 * meson.build), and the rules are those of SDM vol. 2, MOV DR, and vol.
 * 3, 18.2.
 */
#include "kvmbackend/drtrap.h"

#include "kvmbackend/stepexit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RFLAGS_TF UINT64_C(0x100)
#define RFLAGS_RF UINT64_C(0x10000)
#define CR4_DE    UINT64_C(8)
#define NONE      (-1)
#define RIP       UINT64_C(0xfffffff0)

static struct {
	uint8_t code[2 * INSN_MAX]; /* RIP is in the middle */
	unsigned bits;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_debugregs debug;
	int vector; /* of the exception that was queued, or NONE */
	bool has_error;
	unsigned completed; /* steps */
} cpu;

/* the names are ld's */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
size_t __wrap_vcpu_read(struct kvmgdb_vcpu *v, uint64_t gva, void *buf,
			size_t len);
uint64_t __wrap_vcpu_linear_rip(struct kvmgdb_vcpu *v);
unsigned __wrap_vcpu_code_bits(struct kvmgdb_vcpu *v);
const struct kvm_regs *__wrap_regfile_regs(struct regfile *rf);
struct kvm_regs *__wrap_regfile_dirty_regs(struct regfile *rf);
const struct kvm_sregs *__wrap_regfile_sregs(struct regfile *rf);
const struct kvm_debugregs *__wrap_regfile_debugregs(struct regfile *rf);
struct kvm_debugregs *__wrap_regfile_dirty_debugregs(struct regfile *rf);
void __wrap_stepexit_complete(struct kvmgdb_vcpu *v);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

size_t __wrap_vcpu_read(struct kvmgdb_vcpu *v, uint64_t gva, void *buf,
			size_t len)
{
	(void)v;
	gva -= RIP - INSN_MAX;
	assert_true(gva <= sizeof(cpu.code) && len <= sizeof(cpu.code) - gva);
	memcpy(buf, cpu.code + gva, len);
	return len;
}

uint64_t __wrap_vcpu_linear_rip(struct kvmgdb_vcpu *v)
{
	(void)v;
	return cpu.regs.rip;
}

unsigned __wrap_vcpu_code_bits(struct kvmgdb_vcpu *v)
{
	(void)v;
	return cpu.bits;
}

const struct kvm_regs *__wrap_regfile_regs(struct regfile *rf)
{
	(void)rf;
	return &cpu.regs;
}

struct kvm_regs *__wrap_regfile_dirty_regs(struct regfile *rf)
{
	(void)rf;
	return &cpu.regs;
}

const struct kvm_sregs *__wrap_regfile_sregs(struct regfile *rf)
{
	(void)rf;
	return &cpu.sregs;
}

const struct kvm_debugregs *__wrap_regfile_debugregs(struct regfile *rf)
{
	(void)rf;
	return &cpu.debug;
}

struct kvm_debugregs *__wrap_regfile_dirty_debugregs(struct regfile *rf)
{
	(void)rf;
	return &cpu.debug;
}

void __wrap_stepexit_complete(struct kvmgdb_vcpu *v)
{
	(void)v;
	cpu.completed++;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	const struct kvm_vcpu_events *events = arg;

	(void)fd;
	if (request == KVM_GET_VCPU_EVENTS) {
		memset(arg, 0, sizeof(*events));
	} else {
		assert_int_equal(request, KVM_SET_VCPU_EVENTS);
		assert_int_equal(events->exception.injected, 1);
		cpu.vector = events->exception.nr;
		cpu.has_error = events->exception.has_error_code;
		assert_int_equal(events->exception.error_code, 0);
	}
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */

static struct kvmgdb_vm vm = {.config.probe.dr_access = true};

/* A vCPU at CODE whose MOV DR are trapped. */
static struct kvmgdb_vcpu at(const char *code, size_t len)
{
	struct kvmgdb_vcpu v = {.vm = &vm,
				.dr6_fixed = DR6_RESET,
				.plan = {.dr7 = DR7_RESET | DR7_GD}};

	memset(&cpu, 0, sizeof(cpu));
	memset(cpu.code, 0x90, sizeof(cpu.code));
	memcpy(cpu.code + INSN_MAX, code, len);
	cpu.bits = 64;
	cpu.regs.rip = RIP;
	cpu.regs.rflags = 2;
	cpu.debug.db[0] = UINT64_C(0x1111222233334444);
	cpu.debug.dr6 = DR6_RESET;
	cpu.debug.dr7 = DR7_RESET;
	cpu.vector = NONE;
	return v;
}

#define AT(code) at(code, sizeof(code) - 1)

static bool exits(struct kvmgdb_vcpu *v)
{
	const struct dr_hits hits = {.bd = true};

	return drtrap_exit(v, &hits);
}

static void refused_with(struct kvmgdb_vcpu *v, int vector, bool has_error)
{
	const struct kvm_debugregs before = cpu.debug;
	const uint64_t rax = cpu.regs.rax;

	assert_true(exits(v));
	assert_int_equal(cpu.vector, vector);
	assert_int_equal(cpu.has_error, has_error);
	assert_int_equal(cpu.regs.rip, RIP);
	assert_int_equal(cpu.regs.rax, rax);
	assert_true(cpu.regs.rflags & RFLAGS_RF); /* a fault pushes it */
	assert_memory_equal(&cpu.debug, &before, sizeof(before));
	assert_false(v->owes_db);
}

static void test_read(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xc0"); /* mov rax, dr0 */

	(void)state;
	cpu.regs.rflags |= RFLAGS_RF;
	assert_true(exits(&v));
	assert_int_equal(cpu.regs.rax, cpu.debug.db[0]);
	assert_int_equal(cpu.regs.rip, RIP + 3);
	assert_int_equal(cpu.regs.rflags, 2); /* RF is used up */
	assert_int_equal(cpu.vector, NONE);
	assert_false(v.owes_db);
	assert_int_equal(v.counts.n[COUNT_MOV_DR], 1);
}

static void test_write(void **state)
{
	struct kvmgdb_vcpu v = AT("\x41\x0f\x23\xda"); /* mov dr3, r10 */

	(void)state;
	cpu.regs.r10 = UINT64_C(0x8000000000000001); /* any address */
	assert_true(exits(&v));
	assert_int_equal(cpu.debug.db[3], cpu.regs.r10);
	assert_int_equal(cpu.regs.rip, RIP + 4);
}

static void test_32_bits(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xc0");

	(void)state;
	cpu.bits = 32;
	cpu.regs.rip = UINT32_C(0xfffffff0);
	assert_true(exits(&v));
	assert_int_equal(cpu.regs.rax, 0x33334444);
	v = AT("\x0f\x23\xf8"); /* mov dr7, eax: the upper half is not there */
	cpu.bits = 32;
	cpu.regs.rax = UINT64_C(0x100000402);
	assert_true(exits(&v));
	assert_int_equal(cpu.vector, NONE);
	assert_int_equal(cpu.debug.dr7, 0x402);
}

static void test_no_such_register(void **state)
{
	struct kvmgdb_vcpu v = AT("\x44\x0f\x21\xc0"); /* mov rax, dr8 */

	(void)state;
	refused_with(&v, 6, false);
	v = AT("\x44\x0f\x23\xf8"); /* mov dr15, rax */
	refused_with(&v, 6, false);
}

static void test_lock(void **state)
{
	struct kvmgdb_vcpu v = AT("\xf0\x0f\x21\xc0");

	(void)state;
	refused_with(&v, 6, false);
	v = AT("\xf0\x0f\x23\xc0");
	refused_with(&v, 6, false);
}

static void test_aliases(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xe8"); /* mov rax, dr5 */

	(void)state;
	assert_true(exits(&v));
	assert_int_equal(cpu.regs.rax, DR7_RESET);
	v = AT("\x0f\x21\xe0"); /* mov rax, dr4 */
	assert_true(exits(&v));
	assert_int_equal(cpu.regs.rax, DR6_RESET);
	v = AT("\x0f\x21\xe0");
	cpu.sregs.cr4 = CR4_DE;
	refused_with(&v, 6, false);
	v = AT("\x0f\x23\xe8"); /* mov dr5, rax */
	cpu.sregs.cr4 = CR4_DE;
	refused_with(&v, 6, false);
}

static void test_upper_half(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x23\xf0"); /* mov dr6, rax */

	(void)state;
	cpu.regs.rax = UINT64_C(1) << 32;
	refused_with(&v, 13, true);
	v = AT("\x0f\x23\xf8");
	cpu.regs.rax = UINT64_C(1) << 63 | DR7_RESET;
	refused_with(&v, 13, true);
}

static void test_fixed_bits(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x23\xf0");

	(void)state;
	cpu.regs.rax = 0xffffffff;
	assert_true(exits(&v));
	assert_int_equal(cpu.debug.dr6, 0xffffefff);
	v = AT("\x0f\x23\xf8");
	assert_true(exits(&v));
	assert_int_equal(cpu.debug.dr7, DR7_RESET);
}

/* The guest steps: its trap is due behind the instruction, and TF stays. */
static void test_tf(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xc0");

	(void)state;
	cpu.regs.rflags |= RFLAGS_TF | RFLAGS_RF;
	assert_true(exits(&v));
	assert_true(v.owes_db);
	assert_int_equal(v.db_payload, DR6_BS);
	assert_int_equal(cpu.regs.rflags, 2 | RFLAGS_TF);
	assert_int_equal(cpu.completed, 0);
	/* no trap behind an instruction that was not carried out */
	v = AT("\xf0\x0f\x21\xc0");
	cpu.regs.rflags |= RFLAGS_TF;
	refused_with(&v, 6, false);
	assert_true(cpu.regs.rflags & RFLAGS_TF);
}

/* The debugger's step: over, and no trap for the guest. */
static void test_step(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xc0");

	(void)state;
	v.step.kind = STEP_USER;
	cpu.regs.rflags |= RFLAGS_TF;
	assert_true(exits(&v));
	assert_int_equal(cpu.completed, 1);
	assert_false(v.owes_db);
	v = AT("\x44\x0f\x21\xc0");
	v.step.kind = STEP_USER;
	refused_with(&v, 6, false);
	assert_int_equal(cpu.completed, 0);
}

static void test_guests_gd(void **state)
{
	struct kvmgdb_vcpu v = AT("\x0f\x21\xc0");

	(void)state;
	cpu.debug.dr7 |= DR7_GD;
	assert_true(exits(&v));
	assert_true(v.owes_db);
	assert_int_equal(v.db_payload, DR6_BD);
	assert_int_equal(cpu.regs.rip, RIP);
	assert_int_equal(cpu.regs.rax, 0);
}

static void test_icebp(void **state)
{
	struct kvmgdb_vcpu v = AT("\xf1");
	const struct dr_hits none = {.host = 0}, hit = {.guest = 1};

	(void)state;
	assert_false(drtrap_exit(&v, &hit)); /* of a breakpoint there */
	assert_false(exits(&v));             /* not an INT1's exit */
	assert_int_equal(cpu.regs.rip, RIP);
	assert_true(drtrap_exit(&v, &none));
	assert_int_equal(cpu.regs.rip, RIP + 1);
	assert_true(v.owes_db);
	assert_int_equal(v.db_payload, 0);
}

static void behind(const char *code, size_t len)
{
	memcpy(cpu.code + INSN_MAX - len, code, len);
}

#define BEHIND(code) behind(code, sizeof(code) - 1)

/* The guest steps: is BS of the instruction before, or the ICEBP's own? */
static void test_icebp_stepped(void **state)
{
	const struct dr_hits stepped = {.bs = true};
	struct kvmgdb_vcpu v = AT("\xf1");

	(void)state;
	cpu.regs.rflags |= RFLAGS_TF;
	assert_false(drtrap_exit(&v, &stepped)); /* behind a NOP */
	v.gave_back = true;
	v.given_rip = RIP - 1;
	assert_false(drtrap_exit(&v, &stepped));
	v.given_rip = RIP; /* that trap is over */
	assert_true(drtrap_exit(&v, &stepped));
	assert_int_equal(cpu.regs.rip, RIP + 1);
	assert_int_equal(v.db_payload, DR6_BS);

	v = AT("\xf1");
	BEHIND("\x66\x8e\xd0"); /* mov ss, ax: no trap between the two */
	cpu.regs.rflags |= RFLAGS_TF;
	assert_true(drtrap_exit(&v, &stepped));
	assert_int_equal(cpu.regs.rip, RIP + 1);

	v = AT("\xf1");
	BEHIND("\x9d"); /* popf, which has set TF */
	cpu.regs.rflags |= RFLAGS_TF;
	assert_true(drtrap_exit(&v, &stepped));

	v = AT("\xf1");
	BEHIND("\x9d"); /* popf that was stepped itself */
	cpu.regs.rflags |= RFLAGS_TF;
	v.gave_back = true;
	v.given_rip = RIP - 1;
	assert_false(drtrap_exit(&v, &stepped));
	assert_int_equal(cpu.regs.rip, RIP);
}

/* A watch that MOV SS hits, and ICEBP behind it: one #DB for both. */
static void test_icebp_joined(void **state)
{
	struct kvmgdb_vcpu v = AT("\xf1");

	(void)state;
	BEHIND("\x66\x8e\x14\x25\x00\x10\x00\x00"); /* mov ss, [1000] */
	drtrap_join_icebp(&v);
	assert_int_equal(cpu.regs.rip, RIP + 1);
	assert_true(v.owes_db);
	assert_int_equal(v.db_payload, 0);

	v = AT("\xf1"); /* behind a NOP: the trap alone */
	drtrap_join_icebp(&v);
	assert_int_equal(cpu.regs.rip, RIP);
	assert_false(v.owes_db);

	v = AT("\xf1"); /* on a CPU where MOV SS holds nothing back */
	BEHIND("\x8e\xd0");
	vm.config.probe.dr_access = false;
	drtrap_join_icebp(&v);
	vm.config.probe.dr_access = true;
	assert_int_equal(cpu.regs.rip, RIP);

	v = AT("\x90");
	BEHIND("\x8e\xd0");
	drtrap_join_icebp(&v);
	assert_int_equal(cpu.regs.rip, RIP);
	assert_false(v.owes_db);
}

/* The debugger steps: its BS is not told, the guest's own is. */
static void test_icebp_in_a_step(void **state)
{
	const struct dr_hits stepped = {.bs = true};
	struct kvmgdb_vcpu v = AT("\xf1");

	(void)state;
	v.step.kind = STEP_USER;
	v.step.rip = RIP;
	v.step.insn.cls = INSN_ICEBP;
	assert_true(drtrap_exit(&v, &stepped));
	assert_int_equal(v.db_payload, 0);
	v.owes_db = false;
	cpu.regs.rip = RIP;
	v.step.guest_tf = true;
	assert_true(drtrap_exit(&v, &stepped));
	assert_int_equal(v.db_payload, DR6_BS);
	cpu.regs.rip = RIP;
	v.step.rip = RIP - 1; /* it has just come here */
	assert_false(drtrap_exit(&v, &stepped));
}

/* A debug exit at another instruction, or one that nobody asked for. */
static void test_others(void **state)
{
	struct kvmgdb_vcpu v = AT("\x90");
	const struct dr_hits hit = {.host = 1}, stepped = {.bs = true};

	(void)state;
	assert_false(exits(&v));
	v = AT("\x0f\x21\xc0");
	assert_false(drtrap_exit(&v, &hit));
	assert_false(drtrap_exit(&v, &stepped));
	v.plan.dr7 = DR7_RESET;
	assert_false(exits(&v));
	assert_int_equal(cpu.regs.rip, RIP);
	assert_int_equal(cpu.regs.rax, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_write),
	    cmocka_unit_test(test_32_bits),
	    cmocka_unit_test(test_no_such_register),
	    cmocka_unit_test(test_lock),
	    cmocka_unit_test(test_aliases),
	    cmocka_unit_test(test_upper_half),
	    cmocka_unit_test(test_fixed_bits),
	    cmocka_unit_test(test_tf),
	    cmocka_unit_test(test_step),
	    cmocka_unit_test(test_guests_gd),
	    cmocka_unit_test(test_icebp),
	    cmocka_unit_test(test_icebp_stepped),
	    cmocka_unit_test(test_icebp_joined),
	    cmocka_unit_test(test_icebp_in_a_step),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
