/* SPDX-License-Identifier: MIT */
/* The guest as one vCPU sees it: its memory, its place in the code. */
#include "pagewalk.h"
#include "vm.h"
#include "walkview.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define PAGE   UINT64_C(4096)
#define CR0_WP UINT64_C(0x10000)

/* More (a repeated string instruction) is not looked at page by page. */
#define ACCESS_MAX UINT64_C(0x100000)

static bool read_entry(void *ctx, uint64_t gpa, void *buf, unsigned size)
{
	return gmem_entry(ctx, gpa, buf, size);
}

static struct pagewalk_mode paging_mode(const struct kvmgdb_vcpu *v,
					const struct kvm_sregs *s)
{
	return (struct pagewalk_mode){.cr0 = s->cr0,
				      .cr3 = s->cr3,
				      .cr4 = s->cr4,
				      .efer = s->efer,
				      .maxphyaddr = v->vm->maxphyaddr};
}

static bool walk(struct kvmgdb_vcpu *v, uint64_t gva,
		 struct pagewalk_result *result)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	struct gmem *gmem = v->vm->gmem;
	struct pagewalk_mode mode;
	int err;

	if (!s)
		return false;
	mode = paging_mode(v, s);
	gmem_lock(gmem);
	err = pagewalk(&mode, read_entry, gmem, gva, result);
	gmem_unlock(gmem);
	return !err;
}

bool vcpu_gva_to_gpa(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t *gpa,
		     bool *user)
{
	struct pagewalk_result result;

	if (!walk(v, gva, &result))
		return false;
	*gpa = result.gpa;
	if (user)
		*user = result.user;
	return true;
}

bool vcpu_walk_view(struct kvmgdb_vcpu *v, uint64_t gva,
		    struct kvmgdb_walk_view *view)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	struct pagewalk_mode mode;

	if (!s)
		return false;
	mode = paging_mode(v, s);
	gmem_lock(v->vm->gmem);
	walkview(&mode, read_entry, v->vm->gmem, gva, view);
	gmem_unlock(v->vm->gmem);
	return true;
}

/* By the rules of SDM vol. 3, 4.6, without protection keys and SMAP. */
static bool may_access_page(struct kvmgdb_vcpu *v, uint64_t gva, bool write)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	struct pagewalk_result page;
	bool ring3 = vcpu_cpl(v) == 3;

	if (!walk(v, gva, &page) || (ring3 && !page.user))
		return false;
	return !write || page.writable || (!ring3 && !(s->cr0 & CR0_WP));
}

bool vcpu_may_access(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t len,
		     bool write)
{
	uint64_t last = gva + (len ? len - 1 : 0);

	if (!regfile_sregs(v->rf) || last - gva >= ACCESS_MAX)
		return false;
	for (;; gva = (gva & ~(PAGE - 1)) + PAGE) {
		if (!may_access_page(v, gva, write))
			return false;
		if ((gva | (PAGE - 1)) >= last)
			return true;
	}
}

struct table_search {
	struct gmem *gmem;
	uint64_t page;
	bool found;
};

static bool read_and_compare(void *ctx, uint64_t gpa, void *buf, unsigned size)
{
	struct table_search *search = ctx;

	search->found |= (gpa & ~(PAGE - 1)) == search->page;
	return read_entry(search->gmem, gpa, buf, size);
}

bool vcpu_walks_through(struct kvmgdb_vcpu *v, uint64_t gva, uint64_t gpa)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);
	struct table_search search = {.gmem = v->vm->gmem,
				      .page = gpa & ~(PAGE - 1)};
	struct pagewalk_result result;
	struct pagewalk_mode mode;

	if (!s)
		return false;
	mode = paging_mode(v, s);
	gmem_lock(search.gmem);
	pagewalk(&mode, read_and_compare, &search, gva, &result);
	gmem_unlock(search.gmem);
	return search.found;
}

static size_t within_page(uint64_t gva, size_t len)
{
	size_t left = (size_t)(PAGE - (gva & (PAGE - 1)));

	return len < left ? len : left;
}

size_t vcpu_read_at(struct kvmgdb_vcpu *v, uint64_t gva, void *buf, size_t len,
		    uint64_t at[2])
{
	uint8_t *p = buf;
	size_t done = 0;

	at[0] = at[1] = NO_GPA;

	while (done < len) {
		size_t n = within_page(gva + done, len - done);
		uint64_t gpa;
		ssize_t got;

		if (!vcpu_gva_to_gpa(v, gva + done, &gpa, NULL))
			break;
		got = gmem_read(v->vm->gmem, gpa, p + done, n);
		if (got <= 0)
			break;
		swbreak_hide(v->vm->swbreak, gpa, p + done, (size_t)got);
		if (!done)
			at[0] = gpa;
		at[1] = gpa + (uint64_t)got - 1;
		done += (size_t)got;
		if ((size_t)got < n)
			break;
	}
	return done;
}

size_t vcpu_read(struct kvmgdb_vcpu *v, uint64_t gva, void *buf, size_t len)
{
	uint64_t at[2];

	return vcpu_read_at(v, gva, buf, len, at);
}

/* Both passes walk the tables: the second may not find what the first did not,
 * since no vCPU of this address space writes them meanwhile. */
int vcpu_write(struct kvmgdb_vcpu *v, uint64_t gva, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	size_t done, n;
	uint64_t gpa;
	int err;

	for (done = 0; done < len; done += n) {
		n = within_page(gva + done, len - done);
		if (!vcpu_gva_to_gpa(v, gva + done, &gpa, NULL) ||
		    gmem_check(v->vm->gmem, gpa, n))
			return -EFAULT;
	}
	for (done = 0; done < len; done += n) {
		n = within_page(gva + done, len - done);
		if (!vcpu_gva_to_gpa(v, gva + done, &gpa, NULL))
			return -EFAULT;
		err = swbreak_write(v->vm->swbreak, gpa, p + done, n);
		if (err)
			return err;
	}
	return 0;
}

unsigned vcpu_code_bits(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	if (!s)
		return 64;
	if ((s->efer & 0x400) && s->cs.l)
		return 64;
	return s->cs.db ? 32 : 16;
}

uint64_t vcpu_linear_rip(struct kvmgdb_vcpu *v)
{
	const struct kvm_regs *r = regfile_regs(v->rf);
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	if (!r || !s)
		return 0;
	if (vcpu_code_bits(v) == 64)
		return r->rip;
	return (uint32_t)(r->rip + s->cs.base);
}

unsigned vcpu_cpl(struct kvmgdb_vcpu *v)
{
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	if (!s || !(s->cr0 & 1))
		return 0;
	return s->ss.dpl & 3u;
}

uint64_t vcpu_stack_top(struct kvmgdb_vcpu *v)
{
	const struct kvm_regs *r = regfile_regs(v->rf);
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	if (!r || !s)
		return 0;
	if (vcpu_code_bits(v) == 64)
		return r->rsp;
	return (uint32_t)(s->ss.base +
			  (s->ss.db ? (uint32_t)r->rsp : (uint16_t)r->rsp));
}

static void operand_state(struct kvmgdb_vcpu *v, struct operand_state *out)
{
	const struct kvm_regs *r = regfile_regs(v->rf);
	const struct kvm_sregs *s = regfile_sregs(v->rf);

	*out = (struct operand_state){
	    .gpr = {r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi,
		    r->rdi, r->r8, r->r9, r->r10, r->r11, r->r12, r->r13,
		    r->r14, r->r15},
	    .rip = r->rip,
	    .rflags = r->rflags,
	    .bits = vcpu_code_bits(v),
	    .base = {s->es.base, s->cs.base, s->ss.base, s->ds.base, s->fs.base,
		     s->gs.base}};
	out->stack_bits = out->bits == 64 ? 64 : s->ss.db ? 32 : 16;
}

int vcpu_operands(struct kvmgdb_vcpu *v, const uint8_t *code, size_t n,
		  struct operand out[OPERAND_MAX])
{
	struct operand_state state;

	if (!regfile_regs(v->rf) || !regfile_sregs(v->rf))
		return -1;
	operand_state(v, &state);
	return operand_list(code, n, &state, out);
}

bool vcpu_queue_fault(struct kvmgdb_vcpu *v, uint8_t vector, bool has_error)
{
	struct kvm_vcpu_events events;

	if (ioctl(v->fd, KVM_GET_VCPU_EVENTS, &events))
		return false;
	events.exception.injected = 1;
	events.exception.nr = vector;
	events.exception.has_error_code = has_error;
	events.exception.error_code = 0;
	events.flags = 0;
	return !ioctl(v->fd, KVM_SET_VCPU_EVENTS, &events);
}
