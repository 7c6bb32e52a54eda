/* SPDX-License-Identifier: MIT */
/* A vCPU's thread: run, handle the exit, run. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "machine/machine_impl.h"

/* A guest that ends so waits for its end, and nothing else says why it does
 * not come. */
static void tell_exit_port(struct machine *m, uint32_t value)
{
	if (atomic_exchange(&m->exit_port_told, true))
		return;
	log_msg(m->config.log, LOG_WARN,
		"the guest wrote %u to port 0x%x, where no device is: with "
		"--exit-port that ends it with status %d",
		value, EXITPORT_TEST, exitport_status(value));
}

static void no_device(struct vcpu *v, bool write, const uint8_t *data)
{
	const struct kvm_run *run = v->run;
	uint32_t value = 0;

	for (unsigned i = 0; i < run->io.size; i++)
		value |= (uint32_t)data[i] << (8 * i);
	if (write && run->io.port == EXITPORT_TEST)
		tell_exit_port(v->machine, value);
	log_msg(v->machine->config.log, LOG_DEBUG,
		"vCPU %u: %s at port 0x%x: no device", v->index,
		write ? "out" : "in", run->io.port);
}

static void handle_io(struct vcpu *v)
{
	struct kvm_run *run = v->run;
	const bool write = run->io.direction == KVM_EXIT_IO_OUT;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;

	if (!bus_io(&v->machine->bus, write, run->io.port, run->io.size,
		    run->io.count, data))
		no_device(v, write, data);
}

/* Nothing is there: reads give ones, writes are lost. */
static void handle_mmio(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	if (!run->mmio.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
	log_msg(v->machine->config.log, LOG_DEBUG,
		"vCPU %u: %s of %u bytes at 0x%llx: no device", v->index,
		run->mmio.is_write ? "write" : "read", run->mmio.len,
		(unsigned long long)run->mmio.phys_addr);
}

static uint64_t rip_of(const struct vcpu *v)
{
	struct kvm_regs regs;

	if (ioctl(v->fd, KVM_GET_REGS, &regs) < 0)
		return 0;
	return regs.rip;
}

/* "instruction bytes 0f 01 ..." of an emulation failure (KVM API 5,
 * kvm_run.emulation_failure), or nothing. */
static void insn_text(const struct vcpu *v, char *text, size_t size)
{
	const struct kvm_run *run = v->run;
	size_t used;

	text[0] = '\0';
	if (run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION ||
	    run->emulation_failure.ndata < 3 ||
	    (run->emulation_failure.flags &
	     KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) == 0)
		return;
	used = (size_t)snprintf(text, size, ", instruction bytes");
	for (unsigned i = 0;
	     i < run->emulation_failure.insn_size && i < 15 && used + 4 < size;
	     i++)
		used += (size_t)snprintf(text + used, size - used, " %02x",
					 run->emulation_failure.insn_bytes[i]);
}

static void internal_error(struct vcpu *v)
{
	const uint32_t error = v->run->internal.suberror;
	const bool emulation = error == KVM_INTERNAL_ERROR_EMULATION;
	char insn[80];

	insn_text(v, insn, sizeof(insn));
	machine_set_end(
	    v->machine, emulation ? MACHINE_NOT_EMULATED : MACHINE_ERROR, 0,
	    "vCPU %u: KVM could not go on at RIP 0x%" PRIx64
	    ": internal error %u%s%s",
	    v->index, rip_of(v), error,
	    emulation ? " (an instruction that it cannot emulate)" : "", insn);
}

static void system_event(struct vcpu *v)
{
	const uint32_t type = v->run->system_event.type;

	if (type == KVM_SYSTEM_EVENT_SHUTDOWN)
		machine_set_end(v->machine, MACHINE_POWEROFF, 0,
				"the guest powered off");
	else if (type == KVM_SYSTEM_EVENT_RESET)
		machine_set_end(v->machine, MACHINE_RESET, 0,
				"the guest asked for a reset");
	else
		machine_set_end(v->machine, MACHINE_ERROR, 0,
				"vCPU %u: system event %u", v->index, type);
}

static void handle_exit(struct vcpu *v)
{
	switch (v->run->exit_reason) {
	case KVM_EXIT_IO:
		handle_io(v);
		break;
	case KVM_EXIT_MMIO:
		handle_mmio(v);
		break;
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		break;
	case KVM_EXIT_SHUTDOWN:
		machine_set_end(v->machine, MACHINE_TRIPLE_FAULT, 0,
				"vCPU %u: triple fault", v->index);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		system_event(v);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		internal_error(v);
		break;
	case KVM_EXIT_FAIL_ENTRY:
		machine_set_end(
		    v->machine, MACHINE_ERROR, 0,
		    "vCPU %u: the CPU refused to enter the guest (0x%llx)",
		    v->index,
		    (unsigned long long)
			v->run->fail_entry.hardware_entry_failure_reason);
		break;
	default:
		machine_set_end(v->machine, MACHINE_ERROR, 0,
				"vCPU %u: unexpected KVM exit %u at RIP "
				"0x%" PRIx64,
				v->index, v->run->exit_reason, rip_of(v));
		break;
	}
}

void *vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", v->index);
	pthread_setname_np(pthread_self(), name);
	/* after the machine's end the call waits: for a reset, or the shutdown
	 */
	for (;;) {
		const int rc = kvmgdb_vcpu_run(v->gdb);

		/* EAGAIN: KVM_RUN of an AP that an INIT has reached (KVM API
		 * 4.38). */
		if (rc == -EINTR || rc == -EAGAIN)
			continue;
		if (rc == -ECANCELED)
			break;
		if (rc < 0)
			machine_set_end(v->machine, MACHINE_ERROR, 0,
					"vCPU %u: KVM_RUN: %s", v->index,
					strerror(-rc));
		else
			handle_exit(v);
	}
	return NULL;
}
