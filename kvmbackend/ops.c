/* SPDX-License-Identifier: MIT */
/* The target operations on KVM: checks who may, takes the lock, delegates. */
#include "breakpoints.h"
#include "filter.h"
#include "inspect.h"
#include "nonstop.h"
#include "option.h"
#include "pagewatch.h"
#include "reset.h"
#include "resume.h"
#include "view.h"
#include "vm.h"
#include "watchvalue.h"

#include <errno.h>
#include <sys/ioctl.h>

int vm_lock_vcpu(struct kvmgdb_vm *vm, unsigned vcpu, struct kvmgdb_vcpu **v)
{
	int err = 0;

	pthread_mutex_lock(&vm->lock);
	if (vcpu >= vm->count)
		err = -EINVAL;
	else if (!vcpu_standing(vm->vcpus[vcpu]))
		err = -EBUSY;
	if (err) {
		pthread_mutex_unlock(&vm->lock);
		return err;
	}
	*v = vm->vcpus[vcpu];
	return 0;
}

/* The same for memory, as that vCPU sees it: in non-stop it may run, and is
 * visited.  After use: unlock_view(). */
static int lock_view(struct kvmgdb_vm *vm, unsigned vcpu,
		     struct kvmgdb_vcpu **v)
{
	int err = 0;

	pthread_mutex_lock(&vm->lock);
	if (vcpu >= vm->count)
		err = -EINVAL;
	else if (vcpu_standing(vm->vcpus[vcpu]))
		*v = vm->vcpus[vcpu];
	else if (!vm->non_stop)
		err = -EBUSY;
	else
		visit_vcpu(*v = vm->vcpus[vcpu]);
	if (err)
		pthread_mutex_unlock(&vm->lock);
	return err;
}

static void unlock_view(struct kvmgdb_vm *vm)
{
	visit_end(vm);
	pthread_mutex_unlock(&vm->lock);
}

/* Requests concern all vCPUs: in non-stop all are visited. */
static void lock_requests(struct kvmgdb_vm *vm)
{
	pthread_mutex_lock(&vm->lock);
	if (vm->non_stop)
		visit_all(vm);
}

static void unlock_requests(struct kvmgdb_vm *vm)
{
	if (vm->non_stop && vm->pages_stale)
		pagewatch_update(vm);
	unlock_view(vm);
}

static unsigned op_vcpu_count(void *target)
{
	return ((struct kvmgdb_vm *)target)->count;
}

static enum kvmgdb_vcpu_state op_vcpu_state(void *target, unsigned vcpu)
{
	struct kvm_mp_state mp = {.mp_state = KVM_MP_STATE_RUNNABLE};
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;

	if (vm_lock_vcpu(vm, vcpu, &v))
		return KVMGDB_VCPU_RUNNING;
	if (v->go && !vm->exited) {
		/* held for a moment only */
		pthread_mutex_unlock(&vm->lock);
		return KVMGDB_VCPU_RUNNING;
	}
	/* without an in-kernel APIC there is no such state: always runnable */
	if (ioctl(v->fd, KVM_GET_MP_STATE, &mp))
		mp.mp_state = KVM_MP_STATE_RUNNABLE;
	pthread_mutex_unlock(&vm->lock);
	switch (mp.mp_state) {
	case KVM_MP_STATE_HALTED:
		return KVMGDB_VCPU_HALTED;
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
		return KVMGDB_VCPU_WAIT_SIPI;
	default:
		return KVMGDB_VCPU_RUNNABLE;
	}
}

static bool op_running(void *target)
{
	struct kvmgdb_vm *vm = target;
	bool running;

	pthread_mutex_lock(&vm->lock);
	running = !vm->exited && !vm_standing(vm);
	pthread_mutex_unlock(&vm->lock);
	return running;
}

static ssize_t op_reg_read(void *target, unsigned vcpu, enum kvmgdb_reg reg,
			   void *buf)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	ssize_t ret = vm_lock_vcpu(vm, vcpu, &v);

	if (ret)
		return ret;
	ret = regfile_read(v->rf, reg, buf);
	pthread_mutex_unlock(&vm->lock);
	return ret;
}

static int op_reg_read_block(void *target, unsigned vcpu, enum kvmgdb_reg first,
			     unsigned count, void *buf, bool *have)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	uint8_t *to = buf;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	for (unsigned i = 0; i < count; i++) {
		have[i] = regfile_read(v->rf, first + i, to) > 0;
		to += kvmgdb_reg_size(first + i);
	}
	pthread_mutex_unlock(&vm->lock);
	return 0;
}

static int op_reg_write(void *target, unsigned vcpu, enum kvmgdb_reg reg,
			const void *buf, size_t size)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	int err = vm_lock_vcpu(vm, vcpu, &v);

	if (err)
		return err;
	err = regfile_write(v->rf, reg, buf, size);
	/* without an in-kernel APIC, KVM_RUN takes CR8 from there */
	if (!err && reg == KVMGDB_REG_CR8)
		v->run->cr8 = *(const uint8_t *)buf;
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static ssize_t op_mem_read(void *target, unsigned vcpu, uint64_t gva, void *buf,
			   size_t len)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	ssize_t ret = lock_view(vm, vcpu, &v);

	if (ret)
		return ret;
	ret = (ssize_t)vcpu_read(v, gva, buf, len);
	unlock_view(vm);
	return ret || !len ? ret : -EFAULT;
}

static int op_mem_write(void *target, unsigned vcpu, uint64_t gva,
			const void *buf, size_t len)
{
	struct kvmgdb_vm *vm = target;
	struct kvmgdb_vcpu *v;
	int err = lock_view(vm, vcpu, &v);

	if (err)
		return err;
	err = vcpu_write(v, gva, buf, len);
	watch_snapshot_all(v);
	unlock_view(vm);
	return err;
}

static int op_bp_insert_filtered(void *target, unsigned vcpu,
				 enum kvmgdb_bp_kind kind, uint64_t gva,
				 uint64_t len, struct kvmgdb_filter *filter,
				 struct kvmgdb_reason *why)
{
	struct kvmgdb_vm *vm = target;
	int err = -EINVAL;

	why->text[0] = '\0';
	lock_requests(vm);
	if (vcpu < vm->count && (unsigned)kind <= KVMGDB_BP_ACCESS)
		err = breakpoint_insert(vm->vcpus[vcpu], kind, gva, len, filter,
					why);
	else if (filter)
		filter->release(filter);
	unlock_requests(vm);
	return err;
}

static int op_bp_insert(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
			uint64_t gva, uint64_t len, struct kvmgdb_reason *why)
{
	return op_bp_insert_filtered(target, vcpu, kind, gva, len, NULL, why);
}

static size_t op_next_text(void *target, char *buf, size_t size)
{
	struct kvmgdb_vm *vm = target;
	size_t n;

	pthread_mutex_lock(&vm->lock);
	n = filter_take_text(vm, buf, size);
	pthread_mutex_unlock(&vm->lock);
	return n;
}

static int op_bp_remove(void *target, enum kvmgdb_bp_kind kind, uint64_t gva,
			uint64_t len)
{
	struct kvmgdb_vm *vm = target;
	int err;

	lock_requests(vm);
	err = breakpoint_remove(vm, kind, gva, bp_is_exec(kind) ? 1 : len);
	unlock_requests(vm);
	return err;
}

static void op_bp_clear(void *target)
{
	struct kvmgdb_vm *vm = target;

	lock_requests(vm);
	breakpoint_clear(vm);
	vm->attached = false;
	unlock_requests(vm);
}

static int op_resume(void *target, const struct kvmgdb_action *actions)
{
	struct kvmgdb_vm *vm = target;
	unsigned i;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = resume_vcpus(vm, actions);
	pthread_mutex_unlock(&vm->lock);
	/* not under the lock: they want it first */
	for (i = 0; !err && i < vm->count; i++)
		handoff_ring(&vm->vcpus[i]->gate);
	return err;
}

static int op_interrupt(void *target)
{
	struct kvmgdb_vm *vm = target;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = resume_interrupt(vm);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static int op_next_stop(void *target, struct kvmgdb_stop *stop)
{
	struct kvmgdb_vm *vm = target;
	bool have;

	pthread_mutex_lock(&vm->lock);
	have = resume_next_stop(vm, stop);
	pthread_mutex_unlock(&vm->lock);
	return have;
}

static bool op_poll_stop(void *target)
{
	struct kvmgdb_vm *vm = target;
	bool have;

	pthread_mutex_lock(&vm->lock);
	have = vm_poll_stop(vm);
	pthread_mutex_unlock(&vm->lock);
	return have;
}

static int op_set_non_stop(void *target, bool on)
{
	struct kvmgdb_vm *vm = target;

	pthread_mutex_lock(&vm->lock);
	nonstop_set(vm, on);
	pthread_mutex_unlock(&vm->lock);
	return 0;
}

static int op_reset(void *target)
{
	struct kvmgdb_vm *vm = target;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = reset_by_debugger(vm);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static int op_interrupt_vcpu(void *target, unsigned vcpu)
{
	struct kvmgdb_vm *vm = target;
	int err = -EINVAL;

	pthread_mutex_lock(&vm->lock);
	if (vm->non_stop && vcpu < vm->count)
		err = nonstop_stop_vcpu(vm->vcpus[vcpu]);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static void op_kill(void *target)
{
	struct kvmgdb_vm *vm = target;

	vm->config.kill(vm->config.ctx);
}

static int op_option_set(void *target, const char *name, const char *value)
{
	struct kvmgdb_vm *vm = target;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = option_set(vm, name, value);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static int op_option_view(void *target, unsigned index,
			  struct kvmgdb_option_view *view)
{
	struct kvmgdb_vm *vm = target;
	int err;

	pthread_mutex_lock(&vm->lock);
	err = option_view(vm, index, view);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

const struct kvmgdb_target_ops *kvmgdb_kvm_ops(void)
{
	static const struct kvmgdb_target_ops ops = {
	    .vcpu_count = op_vcpu_count,
	    .vcpu_state = op_vcpu_state,
	    .running = op_running,
	    .reg_read = op_reg_read,
	    .reg_write = op_reg_write,
	    .mem_read = op_mem_read,
	    .mem_write = op_mem_write,
	    .bp_insert = op_bp_insert,
	    .bp_remove = op_bp_remove,
	    .bp_clear = op_bp_clear,
	    .resume = op_resume,
	    .interrupt = op_interrupt,
	    .next_stop = op_next_stop,
	    .kill = op_kill,
	    .dr_view = view_dr,
	    .request_view = view_request,
	    .option_set = op_option_set,
	    .option_view = op_option_view,
	    .bp_insert_filtered = op_bp_insert_filtered,
	    .next_text = op_next_text,
	    .phys_read = inspect_phys_read,
	    .phys_write = inspect_phys_write,
	    .walk_view = inspect_walk,
	    .place_view = inspect_place,
	    .reg_present = inspect_present,
	    .msr_list = inspect_msr_list,
	    .msr_read = inspect_msr_read,
	    .msr_write = inspect_msr_write,
	    .set_non_stop = op_set_non_stop,
	    .interrupt_vcpu = op_interrupt_vcpu,
	    .count_view = view_count,
	    .reset = op_reset,
	    .poll_stop = op_poll_stop,
	    .reg_read_block = op_reg_read_block,
	};

	return &ops;
}
