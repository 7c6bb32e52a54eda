// SPDX-License-Identifier: MIT
/*
 * A VMM of one vCPU that GDB can debug; docs/embedding.md goes through it.
 *
 *	gdb -ex 'target remote | ./embed'
 *	(gdb) watch *(short *) 0x2000
 *	(gdb) continue
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <gdbproto/session.h>
#include <kvmgdb/backend.h>
#include <linux/kvm.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_SIZE  0x10000u
#define CODE      0x1000u
#define EXIT_PORT 0xf4

/* 16-bit code; counts to three in the word at 2000h. */
static const uint8_t code[] = {
    /* clang-format off */
    0xb9, 0x03, 0x00,       /*       mov cx, 3         */
    0xff, 0x06, 0x00, 0x20, /* next: inc word [0x2000] */
    0xe2, 0xfa,             /*       loop next         */
    0xb0, 0x07,             /*       mov al, 7         */
    0xe6, EXIT_PORT,        /*       out EXIT_PORT, al */
    0xf4,                   /*       hlt               */
    /* clang-format on */
};

struct vmm {
	int vm_fd, vcpu_fd;
	struct kvm_run *run;
	struct kvmgdb_vm *gdb_vm;
	struct kvmgdb_vcpu *gdb_vcpu;
	int wake_fd;
};

/* Any thread: wake the loop in serve(). */
static void notify(void *ctx)
{
	const struct vmm *vmm = ctx;

	eventfd_write(vmm->wake_fd, 1);
}

/* `kill` in GDB. */
static void end_machine(void *ctx)
{
	const struct vmm *vmm = ctx;

	kvmgdb_vm_shutdown(vmm->gdb_vm);
}

static void print_warning(void *ctx, const char *line)
{
	(void)ctx;
	warnx("%s", line);
}

/* The memory is mapped twice: KVM's mapping is one that rights are taken from
 * when a watchpoint needs a page trap. */
static void make_ram(struct vmm *vmm)
{
	const int prot = PROT_READ | PROT_WRITE;
	int fd = memfd_create("guest", MFD_CLOEXEC);
	struct kvm_userspace_memory_region region = {.memory_size = RAM_SIZE};
	void *ours, *kvms;

	if (fd < 0 || ftruncate(fd, RAM_SIZE))
		err(1, "guest memory");
	ours = mmap(NULL, RAM_SIZE, prot, MAP_SHARED, fd, 0);
	kvms = mmap(NULL, RAM_SIZE, prot, MAP_SHARED, fd, 0);
	close(fd);
	if (ours == MAP_FAILED || kvms == MAP_FAILED)
		err(1, "guest memory");
	memcpy((uint8_t *)ours + CODE, code, sizeof(code));

	region.userspace_addr = (uintptr_t)kvms;
	if (ioctl(vmm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
	if (kvmgdb_vm_memory(vmm->gdb_vm, 0, 0, RAM_SIZE, ours, false) ||
	    kvmgdb_vm_trap_mapping(vmm->gdb_vm, 0, RAM_SIZE, kvms))
		errx(1, "kvmgdb: guest memory");
}

static void make_vcpu(struct vmm *vmm, int kvm_fd)
{
	int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_regs regs = {.rip = CODE, .rflags = 2};
	struct kvm_sregs sregs;

	vmm->vcpu_fd = ioctl(vmm->vm_fd, KVM_CREATE_VCPU, 0);
	if (vmm->vcpu_fd < 0)
		err(1, "KVM_CREATE_VCPU");
	vmm->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
			vmm->vcpu_fd, 0);
	if (vmm->run == MAP_FAILED ||
	    ioctl(vmm->vcpu_fd, KVM_GET_SREGS, &sregs))
		err(1, "vCPU");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vmm->vcpu_fd, KVM_SET_SREGS, &sregs) ||
	    ioctl(vmm->vcpu_fd, KVM_SET_REGS, &regs))
		err(1, "vCPU registers");
	errno = -kvmgdb_vcpu_add(vmm->gdb_vm, vmm->vcpu_fd, vmm->run,
				 &vmm->gdb_vcpu);
	if (errno)
		err(1, "kvmgdb_vcpu_add");
}

static void make_vm(struct vmm *vmm)
{
	struct kvmgdb_vm_config config = {.kick_signal = SIGRTMIN,
					  .notify = notify,
					  .kill = end_machine,
					  .warn = print_warning,
					  .ctx = vmm};
	struct kvmgdb_reason why = {""};
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm_fd < 0)
		err(1, "/dev/kvm");
	if (kvmgdb_probe(kvm_fd, &config.probe, &why))
		errx(1, "this KVM cannot be used: %s", why.text);
	vmm->vm_fd = config.vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	vmm->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vmm->vm_fd < 0 || vmm->wake_fd < 0)
		err(1, "KVM_CREATE_VM");
	if (ioctl(vmm->vm_fd, KVM_SET_TSS_ADDR, 0xfffbd000ul))
		err(1, "KVM_SET_TSS_ADDR");
	errno = -kvmgdb_vm_create(&config, &vmm->gdb_vm);
	if (errno)
		err(1, "kvmgdb_vm_create");
	make_ram(vmm);
	make_vcpu(vmm, kvm_fd);
	close(kvm_fd);
}

/* The vCPU's loop, as every VMM has one. */
static void *vcpu_main(void *arg)
{
	struct vmm *vmm = arg;
	int rc;

	for (;;) {
		rc = kvmgdb_vcpu_run(vmm->gdb_vcpu); /* was: ioctl(KVM_RUN) */
		if (rc == -EINTR || rc == -EAGAIN)
			continue;
		if (rc == -ECANCELED) /* kvmgdb_vm_shutdown() */
			return NULL;
		if (rc == 0 && vmm->run->exit_reason == KVM_EXIT_IO &&
		    vmm->run->io.port == EXIT_PORT) {
			rc = ((uint8_t *)vmm->run)[vmm->run->io.data_offset];
			break;
		}
		warnx("vCPU: exit %u, error %d", vmm->run->exit_reason, -rc);
		rc = 255;
		break;
	}
	kvmgdb_vm_exited(vmm->gdb_vm, rc);
	return NULL;
}

static bool send_output(struct gdb_session *session)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;

	while ((len = gdb_session_output(session, &data)) > 0) {
		n = write(STDOUT_FILENO, data, len);
		if (n < 0)
			return false;
		gdb_session_sent(session, (size_t)n);
	}
	return true;
}

/* GDB on stdin and stdout, until it goes. */
static void serve(struct vmm *vmm)
{
	struct gdb_session *session =
	    gdb_session_new(kvmgdb_kvm_ops(), vmm->gdb_vm, NULL);
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				{.fd = vmm->wake_fd, .events = POLLIN}};
	uint8_t bytes[4096];
	eventfd_t count;
	ssize_t n;

	while (session && send_output(session) &&
	       gdb_session_end(session) == GDB_SESSION_OPEN &&
	       (poll(fds, 2, -1) >= 0 || errno == EINTR)) {
		if (fds[1].revents && !eventfd_read(vmm->wake_fd, &count) &&
		    gdb_session_poll(session))
			break;
		if (!fds[0].revents)
			continue;
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n <= 0 || gdb_session_feed(session, bytes, (size_t)n))
			break;
	}
	gdb_session_free(session);
	/* nobody is there any more: no breakpoints, and the guest runs on */
	kvmgdb_kvm_ops()->bp_clear(vmm->gdb_vm);
	kvmgdb_vm_unpause(vmm->gdb_vm);
}

int main(void)
{
	struct vmm vmm = {0};
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	make_vm(&vmm);
	kvmgdb_vm_pause(vmm.gdb_vm); /* stop before the first instruction */
	errno = pthread_create(&thread, NULL, vcpu_main, &vmm);
	if (errno)
		err(1, "vCPU thread");
	serve(&vmm);
	pthread_join(thread, NULL);
	kvmgdb_vm_destroy(vmm.gdb_vm);
	return EXIT_SUCCESS;
}
