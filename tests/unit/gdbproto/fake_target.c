// SPDX-License-Identifier: MIT
#include "fake_target.h"

#include "fake_impl.h"

#include <errno.h>
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

uint8_t *fake_byte_at(struct fake_target *f, uint64_t addr)
{
	if (addr - FAKE_RAM < FAKE_RAM_SIZE)
		return &f->ram[addr - FAKE_RAM];
	if (addr >= UINT64_MAX - 0xfff)
		return &f->top[addr & 0xfff];
	return NULL;
}

/* A range that the session should never have asked for. */
bool fake_goes_round(uint64_t gva, size_t len)
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

ssize_t fake_mem_read(void *target, unsigned vcpu, uint64_t gva, void *buf,
		      size_t len)
{
	struct fake_target *f = target;
	uint8_t *out = buf;
	size_t i;

	(void)vcpu;
	if (f->running)
		return -EBUSY;
	if (fake_goes_round(gva, len))
		return -EPERM;
	if (f->all_ram) {
		read_planted(f, gva, out, len);
		return (ssize_t)len;
	}
	for (i = 0; i < len; i++) {
		const uint8_t *byte = fake_byte_at(f, gva + i);

		if (!byte)
			break;
		out[i] = *byte;
	}
	return i || !len ? (ssize_t)i : -EFAULT;
}

int fake_mem_write(void *target, unsigned vcpu, uint64_t gva, const void *buf,
		   size_t len)
{
	struct fake_target *f = target;

	(void)vcpu;
	if (f->running)
		return -EBUSY;
	if (fake_goes_round(gva, len))
		return -EPERM;
	for (size_t i = 0; i < len; i++)
		if (!fake_byte_at(f, gva + i))
			return -EFAULT;
	for (size_t i = 0; i < len; i++)
		*fake_byte_at(f, gva + i) = ((const uint8_t *)buf)[i];
	f->writes++;
	return 0;
}

/* RAM begins at 0, physically. */
ssize_t fake_phys_read(void *target, uint64_t gpa, void *buf, size_t len)
{
	struct fake_target *f = target;
	size_t run = FAKE_RAM_SIZE;

	if (fake_goes_round(gpa, len))
		return -EPERM;
	if (!len)
		return 0;
	if (gpa >= FAKE_RAM_SIZE)
		return -EFAULT;
	run = len < FAKE_RAM_SIZE - gpa ? len : (size_t)(FAKE_RAM_SIZE - gpa);
	memcpy(buf, f->ram + gpa, run);
	return (ssize_t)run;
}

int fake_phys_write(void *target, uint64_t gpa, const void *buf, size_t len)
{
	struct fake_target *f = target;

	if (gpa >= FAKE_RAM_SIZE || len > FAKE_RAM_SIZE - gpa)
		return -EFAULT;
	memcpy(f->ram + gpa, buf, len);
	f->writes++;
	return 0;
}

/* AVX, unless a test takes it away; no AVX-512. */
bool fake_reg_present(void *target, enum kvmgdb_reg reg)
{
	const struct fake_target *f = target;

	if (reg >= KVMGDB_REG_YMM0H && reg <= KVMGDB_REG_YMM15H)
		return !f->no_avx;
	return reg < KVMGDB_REG_K0;
}

ssize_t fake_reg_read(void *target, unsigned vcpu, enum kvmgdb_reg reg,
		      void *buf)
{
	struct fake_target *f = target;
	size_t size = kvmgdb_reg_size(reg);

	if (f->running || f->vcpu[vcpu % FAKE_VCPUS].going)
		return -EBUSY;
	if (!size || vcpu >= FAKE_VCPUS)
		return -EINVAL;
	if (reg == f->missing || !fake_reg_present(f, reg))
		return -ENODATA;
	memcpy(buf, f->vcpu[vcpu].regs[reg], size);
	return (ssize_t)size;
}

static int read_block(void *target, unsigned vcpu, enum kvmgdb_reg first,
		      unsigned count, void *buf, bool *have)
{
	uint8_t *to = buf;

	for (unsigned i = 0; i < count; i++) {
		ssize_t size = fake_reg_read(target, vcpu, first + i, to);

		if (size < 0 && size != -ENODATA)
			return (int)size;
		have[i] = size > 0;
		to += kvmgdb_reg_size(first + i);
	}
	return 0;
}

int fake_reg_write(void *target, unsigned vcpu, enum kvmgdb_reg reg,
		   const void *buf, size_t size)
{
	struct fake_target *f = target;
	const uint8_t *bytes = buf;

	if (f->running)
		return -EBUSY;
	if (!size || size != kvmgdb_reg_size(reg) || vcpu >= FAKE_VCPUS)
		return -EINVAL;
	if (reg == f->missing || !fake_reg_present(f, reg))
		return -ENODATA;
	/* CR8 has four bits, as on a CPU. */
	if (reg == KVMGDB_REG_CR8 && bytes[0] > 15)
		return -EINVAL;
	memcpy(f->vcpu[vcpu].regs[reg], buf, size);
	return 0;
}

const struct kvmgdb_target_ops fake_ops = {
    .count_view = fake_count_view,
    .vcpu_count = fake_vcpu_count,
    .vcpu_state = fake_vcpu_state,
    .running = fake_running,
    .reg_read = fake_reg_read,
    .reg_write = fake_reg_write,
    .mem_read = fake_mem_read,
    .mem_write = fake_mem_write,
    .bp_insert = fake_bp_insert,
    .bp_remove = fake_bp_remove,
    .bp_clear = fake_bp_clear,
    .resume = fake_resume,
    .interrupt = fake_interrupt,
    .next_stop = fake_next_stop,
    .kill = fake_kill,
    .dr_view = fake_dr_view,
    .request_view = fake_request_view,
    .set_non_stop = fake_set_non_stop,
    .interrupt_vcpu = fake_interrupt_vcpu,
    .reset = fake_reset,
    .option_set = fake_option_set,
    .option_view = fake_option_view,
    .bp_insert_filtered = fake_bp_insert_filtered,
    .next_text = fake_next_text,
    .phys_read = fake_phys_read,
    .phys_write = fake_phys_write,
    .walk_view = fake_walk_view,
    .place_view = fake_place_view,
    .reg_present = fake_reg_present,
    .msr_list = fake_msr_list,
    .msr_read = fake_msr_read,
    .msr_write = fake_msr_write,
    .reg_read_block = read_block,
};
