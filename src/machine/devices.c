/* SPDX-License-Identifier: MIT */
/* The devices of machine.h's PC, and what they are connected to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "machine/machine_impl.h"

static void com1_irq(void *ctx, bool level)
{
	struct machine *m = ctx;
	struct kvm_irq_level irq = {.irq = UART8250_COM1_IRQ, .level = level};

	if (ioctl(m->vm_fd, KVM_IRQ_LINE, &irq) < 0)
		log_msg(m->config.log, LOG_DEBUG, "KVM_IRQ_LINE: %s",
			strerror(errno));
}

static void com1_output(void *ctx, const void *data, size_t len)
{
	struct machine *m = ctx;

	m->config.console_output(m->config.ctx, data, len);
}

static void com1_room(void *ctx)
{
	struct machine *m = ctx;

	m->config.console_room(m->config.ctx);
}

static void port_exited(void *ctx, int status)
{
	machine_set_end(ctx, MACHINE_EXIT_PORT, status,
			"the guest wrote to the exit port: status %d", status);
}

static void port_reset(void *ctx)
{
	machine_set_end(ctx, MACHINE_RESET, 0, "the guest asked for a reset");
}

static void port_poweroff(void *ctx)
{
	machine_set_end(ctx, MACHINE_POWEROFF, 0, "the guest powered off");
}

static time_t wall_clock(void *ctx)
{
	(void)ctx;
	return time(NULL);
}

int machine_make_devices(struct machine *m, struct kvmgdb_reason *why)
{
	const struct uart8250_config uart = {.irq = com1_irq,
					     .output = com1_output,
					     .room = com1_room,
					     .ctx = m};
	int rc;

	m->exitport = (struct exitport_config){.test_port = m->config.exit_port,
					       .exited = port_exited,
					       .reset = port_reset,
					       .ctx = m};
	rc = uart8250_new(&uart, &m->uart);
	if (rc == 0)
		rc = uart8250_attach(m->uart, UART8250_COM1_PORT, &m->bus);
	if (rc == 0)
		rc = exitport_attach(&m->exitport, &m->bus);
	m->pm = (struct acpipm){.poweroff = port_poweroff, .ctx = m};
	if (rc == 0)
		rc = acpipm_attach(&m->pm, &m->bus);
	m->rtc = (struct rtc){.now = wall_clock};
	if (rc == 0)
		rc = rtc_attach(&m->rtc, &m->bus);
	if (rc < 0)
		snprintf(why->text, sizeof(why->text), "devices: %s",
			 strerror(-rc));
	return rc;
}
