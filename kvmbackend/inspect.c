/* SPDX-License-Identifier: MIT */
#include "inspect.h"

#include "walkview.h"

#include <errno.h>

#define CR0_PE    UINT64_C(1)
#define EFER_LMA  (UINT64_C(1) << 10)
#define RFLAGS_VM (UINT64_C(1) << 17)

ssize_t inspect_phys_read(void *target, uint64_t gpa, void *buf, size_t len)
{
	struct kvmgdb_vm *vm = target;
	ssize_t got;

	pthread_mutex_lock(&vm->lock);
	got = gmem_read(vm->gmem, gpa, buf, len);
	if (got > 0)
		swbreak_hide(vm->swbreak, gpa, buf, (size_t)got);
	pthread_mutex_unlock(&vm->lock);
	return got;
}

int inspect_phys_write(void *target, uint64_t gpa, const void *buf, size_t len)
{
	struct kvmgdb_vm *vm = target;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = gmem_check(vm->gmem, gpa, len);
	if (!err)
		err = swbreak_write(vm->swbreak, gpa, buf, len);
	pthread_mutex_unlock(&vm->lock);
	return err ? -EFAULT : 0;
}

int inspect_walk(void *target, unsigned vcpu, uint64_t gva,
		 struct kvmgdb_walk_view *view)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	uint8_t byte;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	if (!vcpu_walk_view(v, gva, view))
		err = -ENODATA;
	else if (!view->why)
		view->memory = gmem_read(vm->gmem, view->gpa, &byte, 1) == 1;
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static enum kvmgdb_cpu_mode mode_of(const struct kvm_regs *r,
				    const struct kvm_sregs *s)
{
	if (!(s->cr0 & CR0_PE))
		return KVMGDB_MODE_REAL;
	if (s->efer & EFER_LMA) {
		if (s->cs.l)
			return KVMGDB_MODE_LONG64;
		return s->cs.db ? KVMGDB_MODE_COMPAT32 : KVMGDB_MODE_COMPAT16;
	}
	if (r->rflags & RFLAGS_VM)
		return KVMGDB_MODE_VM86;
	return s->cs.db ? KVMGDB_MODE_PROT32 : KVMGDB_MODE_PROT16;
}

int inspect_place(void *target, unsigned vcpu, struct kvmgdb_place_view *view)
{
	struct kvmgdb_vm *vm = target;
	const struct kvm_sregs *s;
	const struct kvm_regs *r;
	struct kvmgdb_vcpu *v;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	r = regfile_regs(v->rf);
	s = regfile_sregs(v->rf);
	if (r && s)
		*view = (struct kvmgdb_place_view){.mode = mode_of(r, s),
						   .cs = s->cs.selector,
						   .cs_base = s->cs.base,
						   .rip = r->rip,
						   .linear = vcpu_linear_rip(v),
						   .cpl = vcpu_cpl(v)};
	else
		err = -ENODATA;
	pthread_mutex_unlock(&vm->lock);
	return err;
}

/* What the guest's CPUID has. */
void inspect_learn(struct kvmgdb_vcpu *v)
{
	struct kvmgdb_vm *vm = v->vm;

	for (enum kvmgdb_reg reg = 0; reg < KVMGDB_REG_COUNT; reg++)
		vm->present[reg] = regfile_present(v->rf, reg);
	vm->present_known = true;
}

bool inspect_present(void *target, enum kvmgdb_reg reg)
{
	struct kvmgdb_vm *vm = target;
	bool present;

	if (reg >= KVMGDB_REG_COUNT)
		return false;
	pthread_mutex_lock(&vm->lock);
	for (unsigned i = 0; !vm->present_known && i < vm->count; i++)
		if (vcpu_standing(vm->vcpus[i]))
			inspect_learn(vm->vcpus[i]);
	present = vm->present_known ? vm->present[reg] : reg < KVMGDB_REG_XCR0;
	pthread_mutex_unlock(&vm->lock);
	return present;
}

int inspect_msr_list(void *target, unsigned index, uint32_t *msr)
{
	struct kvmgdb_vm *vm = target;
	int err = -ENOENT;

	pthread_mutex_lock(&vm->lock);
	if (!vm->msrs_asked) {
		vm->msrs_asked = true;
		msr_list_get(&vm->msrs);
	}
	if (index < vm->msrs.count) {
		*msr = vm->msrs.index[index];
		err = 0;
	}
	pthread_mutex_unlock(&vm->lock);
	return err;
}

/* With the lock, and what was changed in the cache handed to KVM: some of them
 * are registers too. */
static int lock_for_msr(struct kvmgdb_vm *vm, unsigned vcpu,
			struct kvmgdb_vcpu **v)
{
	int err = vm_lock_vcpu(vm, vcpu, v);

	if (err)
		return err;
	err = regfile_flush((*v)->rf);
	if (err)
		pthread_mutex_unlock(&vm->lock);
	return err;
}

int inspect_msr_read(void *target, unsigned vcpu, uint32_t msr, uint64_t *value)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	int err = lock_for_msr(vm, vcpu, &v);

	if (err)
		return err;
	err = msr_get(v->fd, msr, value);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

int inspect_msr_write(void *target, unsigned vcpu, uint32_t msr, uint64_t value)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	int err = lock_for_msr(vm, vcpu, &v);

	if (err)
		return err;
	err = msr_set(v->fd, msr, value);
	if (!err)
		regfile_invalidate(v->rf);
	pthread_mutex_unlock(&vm->lock);
	return err;
}
