/* SPDX-License-Identifier: MIT */
/* Making and ending the objects; the VMM's side of the API. */
#include "vm.h"

#include "nonstop.h"
#include "pagewatch.h"
#include "resync.h"

#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static void ignore_kick(int sig)
{
	(void)sig;
}

/* KVM_RUN comes back with EINTR whatever the flags; with SA_RESTART the VMM's
 * own system calls do not. */
static int install_kick(int sig)
{
	struct sigaction sa = {.sa_handler = ignore_kick,
			       .sa_flags = SA_RESTART};

	sigemptyset(&sa.sa_mask);
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

/* KVM_CAP_SYNC_REGS (KVM API 5, "kvm_run"): all that we ask for, or nothing. */
static uint64_t sync_regs(const struct kvmgdb_vm *vm)
{
	const int wanted = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	int has =
	    ioctl(vm->config.vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);

	return has > 0 && (has & wanted) == wanted ? (uint64_t)wanted : 0;
}

static unsigned host_maxphyaddr(void)
{
	unsigned eax, ebx, ecx, edx;

	if (!__get_cpuid(0x80000008, &eax, &ebx, &ecx, &edx))
		return 0;
	return eax & 0xffu;
}

int kvmgdb_vm_create(const struct kvmgdb_vm_config *config,
		     struct kvmgdb_vm **out)
{
	struct kvmgdb_vm *vm;
	int err = install_kick(config->kick_signal);

	if (err)
		return err;
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;
	vm->config = *config;
	vm->cpus = handoff_cpus();
	vm->maxphyaddr = host_maxphyaddr();
	vm->sync_regs = sync_regs(vm);
	vm->run_loops = true;
	vm->gmem = gmem_new();
	vm->requests = requests_new();
	vm->pagetrap = pagetrap_new();
	vm->swbreak = vm->gmem ? swbreak_new(vm->gmem) : NULL;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_cond_init(&vm->changed, NULL);
	if (!vm->gmem || !vm->requests || !vm->swbreak || !vm->pagetrap) {
		kvmgdb_vm_destroy(vm);
		return -ENOMEM;
	}
	*out = vm;
	return 0;
}

void kvmgdb_vm_destroy(struct kvmgdb_vm *vm)
{
	unsigned i;

	if (!vm)
		return;
	for (i = 0; i < vm->count; i++) {
		resync_end(vm->vcpus[i]);
		counts_end(&vm->vcpus[i]->counts);
		regfile_free(vm->vcpus[i]->rf);
		free(vm->vcpus[i]);
	}
	free(vm->vcpus);
	swbreak_free(vm->swbreak);
	requests_free(vm->requests);
	pagetrap_free(vm->pagetrap);
	pageindex_end(&vm->pageindex);
	free(vm->text.data);
	gmem_free(vm->gmem);
	msr_list_free(&vm->msrs);
	pthread_cond_destroy(&vm->changed);
	pthread_mutex_destroy(&vm->lock);
	free(vm);
}

/* A patch must not leave with the slot's memory, nor be missing in the new. */
int kvmgdb_vm_memory(struct kvmgdb_vm *vm, uint32_t slot, uint64_t gpa,
		     uint64_t size, void *hva, bool readonly)
{
	uint64_t old_gpa, old_size;
	int err;

	pthread_mutex_lock(&vm->lock);
	if (gmem_slot_range(vm->gmem, slot, &old_gpa, &old_size))
		swbreak_withdraw(vm->swbreak, old_gpa, old_size);
	err = gmem_slot(vm->gmem, slot, gpa, size, hva, readonly);
	swbreak_replant(vm->swbreak);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

int kvmgdb_vm_trap_mapping(struct kvmgdb_vm *vm, uint64_t gpa, uint64_t size,
			   void *mapping)
{
	int err;

	pthread_mutex_lock(&vm->lock);
	err = pagetrap_region(vm->pagetrap, gpa, size, mapping);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

static size_t xsave_size(const struct kvmgdb_vm *vm)
{
	int size = ioctl(vm->config.vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2);

	return size > 0 ? (size_t)size : 0;
}

int kvmgdb_vcpu_add(struct kvmgdb_vm *vm, int vcpu_fd, struct kvm_run *run,
		    struct kvmgdb_vcpu **out)
{
	struct kvmgdb_vcpu **vcpus;
	struct kvmgdb_vcpu *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	*v = (struct kvmgdb_vcpu){
	    .vm = vm,
	    .fd = vcpu_fd,
	    .run = run,
	    .rf = regfile_new(vcpu_fd, xsave_size(vm)),
	    .go = true,
	    .reports = true,
	    .action = {.kind = KVMGDB_ACTION_CONTINUE},
	    .step = {.lifted = NO_GPA},
	    .plan = {.dr7 = DR7_RESET},
	};

	pthread_mutex_lock(&vm->lock);
	vcpus = realloc(vm->vcpus, (vm->count + 1) * sizeof(*vcpus));
	if (vcpus)
		vm->vcpus = vcpus;
	if (!vcpus || !v->rf) {
		pthread_mutex_unlock(&vm->lock);
		regfile_free(v->rf);
		free(v);
		return -ENOMEM;
	}
	/* paused before it came to be: it waits like the others */
	v->go = !vm->interrupt;
	v->index = vm->count;
	vm->vcpus[vm->count++] = v;
	pthread_mutex_unlock(&vm->lock);
	*out = v;
	return 0;
}

void kvmgdb_vm_pause(struct kvmgdb_vm *vm)
{
	pthread_mutex_lock(&vm->lock);
	nonstop_set(vm, false);
	vm->interrupt = true;
	vm_stop_all(vm);
	pthread_mutex_unlock(&vm->lock);
}

void kvmgdb_vm_unpause(struct kvmgdb_vm *vm)
{
	unsigned i;

	pthread_mutex_lock(&vm->lock);
	nonstop_set(vm, false);
	vm->interrupt = false;
	vm->attached = false;
	if (vm->pages_stale)
		pagewatch_update(vm);
	for (i = 0; i < vm->count; i++) {
		struct kvmgdb_vcpu *v = vm->vcpus[i];

		v->npending = 0;
		/* a step that is under way ends without a stop, see
		 * stepexit_complete() */
		v->action.kind = KVMGDB_ACTION_CONTINUE;
		v->go = true;
		v->reports = true;
		handoff_ring(&v->gate);
	}
	pthread_mutex_unlock(&vm->lock);
}

void kvmgdb_vm_set_reboot(struct kvmgdb_vm *vm, bool reboot, bool stop)
{
	pthread_mutex_lock(&vm->lock);
	vm->reboot = reboot;
	vm->stop_on_reset = stop;
	pthread_mutex_unlock(&vm->lock);
}

void kvmgdb_vm_exited(struct kvmgdb_vm *vm, int code)
{
	pthread_mutex_lock(&vm->lock);
	vm->exited = true;
	vm->exit_code = code & 0xff;
	vm_settle(vm);
	pthread_mutex_unlock(&vm->lock);
}

void kvmgdb_vm_shutdown(struct kvmgdb_vm *vm)
{
	unsigned i;

	pthread_mutex_lock(&vm->lock);
	vm->shutdown = true;
	for (i = 0; i < vm->count; i++) {
		vcpu_kick(vm->vcpus[i]);
		handoff_ring(&vm->vcpus[i]->gate);
	}
	pthread_mutex_unlock(&vm->lock);
}
