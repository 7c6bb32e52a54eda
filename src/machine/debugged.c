/* SPDX-License-Identifier: MIT */
/* The machine as the debugger has it: its memory and vCPUs, and what it asks
 * for. */
#include <errno.h>
#include <string.h>

#include "machine/machine_impl.h"
#include "machine/oserror.h"

static int fail(int rc, const char *what, struct kvmgdb_reason *why)
{
	errno = -rc;
	return oserror(why, what);
}

/* As after power-on, with the guest loaded; see struct kvmgdb_vm_config. */
static int reset(void *ctx)
{
	struct machine *m = ctx;
	struct kvmgdb_reason why;
	int rc = snapshot_restore(m->reset, &why);

	if (rc == 0) {
		ram_clear(m->ram);
		uart8250_reset(m->uart);
		acpipm_reset(&m->pm);
		rc = machine_boot(m, &why);
	}
	if (rc < 0) {
		log_msg(m->config.log, LOG_ERROR, "reset: %s", why.text);
		return rc;
	}
	pthread_mutex_lock(&m->end_lock);
	m->end.kind = MACHINE_RUNNING;
	pthread_mutex_unlock(&m->end_lock);
	return 0;
}

static void notify(void *ctx)
{
	struct machine *m = ctx;

	m->config.notify(m->config.ctx);
}

static void kill_machine(void *ctx)
{
	struct machine *m = ctx;

	m->config.kill(m->config.ctx);
}

static void warn(void *ctx, const char *line)
{
	struct machine *m = ctx;

	log_msg(m->config.log, LOG_WARN, "%s", line);
}

static int tell_memory(struct machine *m, struct kvmgdb_reason *why)
{
	uint64_t gpa, size;
	void *hva;
	int rc = 0;

	for (uint32_t i = 0;
	     rc == 0 && (hva = ram_part(m->ram, i, &gpa, &size)) != NULL; i++) {
		rc = kvmgdb_vm_memory(m->vm, i, gpa, size, hva, false);
		if (rc == 0)
			rc = kvmgdb_vm_trap_mapping(m->vm, gpa, size,
						    ram_kvm_part(m->ram, i));
	}
	hva = ram_rom(m->ram, &gpa, &size);
	if (rc == 0 && hva != NULL)
		rc = kvmgdb_vm_memory(m->vm, MACHINE_ROM_SLOT, gpa, size, hva,
				      true);
	return rc < 0 ? fail(rc, "kvmgdb_vm_memory", why) : 0;
}

static int tell_vcpus(struct machine *m, struct kvmgdb_reason *why)
{
	int rc = 0;

	for (unsigned i = 0; i < m->count && rc == 0; i++) {
		struct vcpu *v = &m->vcpus[i];

		rc = kvmgdb_vcpu_add(m->vm, v->fd, v->run, &v->gdb);
	}
	return rc < 0 ? fail(rc, "kvmgdb_vcpu_add", why) : 0;
}

int machine_make_debugged(struct machine *m, struct kvmgdb_reason *why)
{
	struct kvmgdb_vm_config config = {.vm_fd = m->vm_fd,
					  .kick_signal = m->config.kick_signal,
					  .notify = notify,
					  .kill = kill_machine,
					  .reset = reset,
					  .warn = warn,
					  .ctx = m};
	int rc = m->config.probe(m->config.ctx, &config.probe, why);

	if (rc < 0)
		return rc;
	rc = kvmgdb_vm_create(&config, &m->vm);
	if (rc < 0)
		return fail(rc, "kvmgdb_vm_create", why);
	rc = tell_memory(m, why);
	return rc == 0 ? tell_vcpus(m, why) : rc;
}
