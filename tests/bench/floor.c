/* SPDX-License-Identifier: MIT */
/*
 * The floor: KVM_RUN, the debug exit, one byte over loopback, and nothing
 * else.  No server of any kind can be faster on this machine.
 *
 * usage: bench-floor WORK COUNT GUEST.elf NAME=ADDRESS... [rf]
 *
 * A child is the client: it sends a byte, and waits for the byte that tells of
 * the stop.  Works "bare-..." have no client: what happens beside the vCPU.
 * "rf": this KVM leaves an execution breakpoint by RFLAGS.RF.  Prints
 * "work COUNT SECONDS 0 0", as bench-client does.
 */
#include <arpa/inet.h>
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

#define RAM_SIZE (UINT64_C(256) << 20)
#define TABLES   0x1000 /* guest physical: PML4, PDPT, PD */
#define STACK    0x90000
#define RF       UINT64_C(0x10000)
#define WRITE_8  0x9 /* DR7: R/W 01, LEN 10: 8 bytes */

/* As bench guest.c. */
enum mode { MODE_IDLE, MODE_STORE, MODE_SAME, MODE_CALL, MODE_DR = 5 };

#define EXIT_PORT 0xf4 /* of tests/guests/lib/guest.h */

struct floor {
	int vm, vcpu, client;
	struct kvm_run *run;
	uint8_t *ram;
	uint64_t entry, mode, word, hot, rounds;
	bool rf;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void load(struct floor *f, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const Elf64_Phdr *ph;
	const Elf64_Ehdr *eh;
	struct stat st;
	void *file;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		err(1, "%s", path);
	eh = file;
	ph = (const void *)((const uint8_t *)file + eh->e_phoff);
	for (unsigned i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD)
			memcpy(f->ram + ph[i].p_paddr,
			       (const uint8_t *)file + ph[i].p_offset,
			       ph[i].p_filesz);
	f->entry = eh->e_entry;
	close(fd);
}

/* Long mode, the first GiB identity-mapped by 2 MiB pages. */
static void set_up_cpu(struct floor *f)
{
	uint64_t *pml4 = (uint64_t *)(f->ram + TABLES);
	uint64_t *pdpt = pml4 + 512, *pd = pml4 + 1024;
	struct kvm_segment code = {.selector = 8,
				   .limit = UINT32_MAX,
				   .type = 11,
				   .present = 1,
				   .s = 1,
				   .l = 1,
				   .g = 1};
	struct kvm_segment data = code;
	struct kvm_regs regs = {.rip = f->entry, .rsp = STACK, .rflags = 2};
	struct kvm_sregs s;

	pml4[0] = (TABLES + 0x1000) | 3;
	pdpt[0] = (TABLES + 0x2000) | 3;
	for (uint64_t i = 0; i < 512; i++)
		pd[i] = i << 21 | 0x83;
	data.selector = 16;
	data.type = 3;
	data.l = 0;
	data.db = 1;
	if (ioctl(f->vcpu, KVM_GET_SREGS, &s))
		err(1, "KVM_GET_SREGS");
	s.cr3 = TABLES;
	s.cr4 |= 0x20;
	s.cr0 = 0x80000011;
	s.efer = 0x500;
	s.cs = code;
	s.ds = s.es = s.ss = s.fs = s.gs = data;
	if (ioctl(f->vcpu, KVM_SET_SREGS, &s) ||
	    ioctl(f->vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
}

/* What a CPU that KVM passes on says of itself: the same as in kvmgdb run. */
static void set_up_cpuid(int kvm, int vcpu)
{
	struct kvm_cpuid2 *c =
	    calloc(1, sizeof(*c) + 256 * sizeof(*c->entries));

	if (!c)
		err(1, "calloc");
	c->nent = 256;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c) ||
	    ioctl(vcpu, KVM_SET_CPUID2, c))
		err(1, "CPUID");
	free(c);
}

static void create(struct floor *f)
{
	const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_userspace_memory_region region = {.memory_size = RAM_SIZE};
	struct kvm_pit_config pit = {0};
	const int size = kvm < 0 ? -1 : ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (size < 0)
		err(1, "/dev/kvm");
	f->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	f->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->vm < 0 || f->ram == MAP_FAILED)
		err(1, "KVM_CREATE_VM");
	region.userspace_addr = (uintptr_t)f->ram;
	if (ioctl(f->vm, KVM_SET_TSS_ADDR, 0xfffbd000) ||
	    ioctl(f->vm, KVM_CREATE_IRQCHIP, 0) ||
	    ioctl(f->vm, KVM_CREATE_PIT2, &pit) ||
	    ioctl(f->vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
	f->vcpu = ioctl(f->vm, KVM_CREATE_VCPU, 0);
	if (f->vcpu < 0)
		err(1, "KVM_CREATE_VCPU");
	f->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      f->vcpu, 0);
	if (f->run == MAP_FAILED)
		err(1, "mmap of kvm_run");
	set_up_cpuid(kvm, f->vcpu);
}

/* DR0 on ADDR with the R/W and LEN fields of DR7; 0: none. */
static void set_debug(const struct floor *f, const struct kvm_guest_debug *d)
{
	if (ioctl(f->vcpu, KVM_SET_GUEST_DEBUG, d))
		err(1, "KVM_SET_GUEST_DEBUG");
}

static void arm(const struct floor *f, uint64_t addr, uint64_t fields,
		uint32_t more)
{
	struct kvm_guest_debug d = {.control = KVM_GUESTDBG_ENABLE | more};

	if (addr) {
		d.control |= KVM_GUESTDBG_USE_HW_BP;
		d.arch.debugreg[0] = addr;
		d.arch.debugreg[7] = 0x402 | fields << 16;
	}
	set_debug(f, &d);
}

/* To the next debug exit. */
static void run(const struct floor *f)
{
	do {
		if (ioctl(f->vcpu, KVM_RUN, 0))
			err(1, "KVM_RUN");
	} while (f->run->exit_reason == KVM_EXIT_IO);
	if (f->run->exit_reason != KVM_EXIT_DEBUG)
		errx(1, "exit %u", f->run->exit_reason);
}

static void tell(const struct floor *f)
{
	char byte = 'T';

	if (write(f->client, &byte, 1) != 1 || read(f->client, &byte, 1) != 1)
		errx(1, "the client is gone");
}

static void leave_by_rf(const struct floor *f)
{
	struct kvm_regs regs;

	if (ioctl(f->vcpu, KVM_GET_REGS, &regs))
		err(1, "KVM_GET_REGS");
	regs.rflags |= RF;
	if (ioctl(f->vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
}

static void leave_by_step(const struct floor *f)
{
	arm(f, 0, 0, KVM_GUESTDBG_SINGLESTEP);
	run(f);
	arm(f, f->hot, 0, 0);
}

static void leave(const struct floor *f)
{
	if (f->rf)
		leave_by_rf(f);
	else
		leave_by_step(f);
}

static void work_watch(const struct floor *f, long n)
{
	arm(f, f->word, WRITE_8, 0);
	while (n--) {
		run(f);
		tell(f);
	}
}

static void work_hbreak(const struct floor *f, long n)
{
	arm(f, f->hot, 0, 0);
	while (n--) {
		run(f);
		tell(f);
		leave(f);
	}
}

static void work_step(const struct floor *f, long n)
{
	while (n--) {
		arm(f, 0, 0, KVM_GUESTDBG_SINGLESTEP);
		run(f);
		tell(f);
	}
}

static void work_bare_step(const struct floor *f, long n)
{
	while (n--) {
		arm(f, 0, 0, KVM_GUESTDBG_SINGLESTEP);
		run(f);
	}
}

/* With the breakpoint that the client has beside the watch. */
static void work_bare_watch(const struct floor *f, long n)
{
	struct kvm_guest_debug d = {.control = KVM_GUESTDBG_ENABLE |
					       KVM_GUESTDBG_USE_HW_BP};

	d.arch.debugreg[0] = f->word;
	d.arch.debugreg[1] = f->hot;
	d.arch.debugreg[7] = 0x40a | WRITE_8 << 16;
	set_debug(f, &d);
	while (n--)
		run(f);
}

static void work_bare_hbreak(const struct floor *f, long n)
{
	arm(f, f->hot, 0, 0);
	while (n--) {
		run(f);
		leave(f);
	}
}

/* Work at full speed, to the end. */
static void work_run(const struct floor *f, long n)
{
	(void)n;
	do {
		if (ioctl(f->vcpu, KVM_RUN, 0))
			err(1, "KVM_RUN");
		if (f->run->exit_reason != KVM_EXIT_IO)
			errx(1, "exit %u", f->run->exit_reason);
	} while (f->run->io.port != EXIT_PORT);
}

static const struct work {
	const char *name;
	enum mode mode;
	void (*run)(const struct floor *f, long n);
} works[] = {
    {"watch", MODE_STORE, work_watch},
    {"hbreak", MODE_CALL, work_hbreak},
    {"step", MODE_STORE, work_step},
    {"bare-watch", MODE_SAME, work_bare_watch},
    {"bare-hbreak", MODE_CALL, work_bare_hbreak},
    {"bare-step", MODE_STORE, work_bare_step},
    {"run", MODE_IDLE, work_run},
    {"run-dr", MODE_DR, work_run},
};

/* The client: echoes.  Returns our end of a loopback connection. */
static int make_client(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	const int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd;
	char byte;

	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&in, sizeof(in)) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&in, &len))
		err(1, "listen");
	if (fork() == 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&in, sizeof(in)))
			err(1, "connect");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		while (read(fd, &byte, 1) == 1)
			if (write(fd, &byte, 1) != 1)
				break;
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(listener);
	return fd;
}

static void take(struct floor *f, const char *arg)
{
	if (strncmp(arg, "bench_mode=", 11) == 0)
		f->mode = strtoull(arg + 11, NULL, 16);
	else if (strncmp(arg, "bench_word=", 11) == 0)
		f->word = strtoull(arg + 11, NULL, 16);
	else if (strncmp(arg, "bench_hot=", 10) == 0)
		f->hot = strtoull(arg + 10, NULL, 16);
	else if (strncmp(arg, "bench_rounds=", 13) == 0)
		f->rounds = strtoull(arg + 13, NULL, 16);
	else if (strcmp(arg, "rf") == 0)
		f->rf = true;
}

int main(int argc, char **argv)
{
	struct floor f = {.client = -1};
	double start;

	if (argc < 5)
		errx(1, "usage: WORK COUNT GUEST.elf NAME=ADDRESS... [rf]");
	for (int i = 4; i < argc; i++)
		take(&f, argv[i]);
	create(&f);
	load(&f, argv[3]);
	set_up_cpu(&f);
	f.client = make_client();
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		const long count = atol(argv[2]);

		if (strcmp(works[i].name, argv[1]) != 0)
			continue;
		memcpy(f.ram + f.mode, &(uint64_t){works[i].mode}, 8);
		if (works[i].run == work_run) {
			memcpy(f.ram + f.rounds, &(uint64_t){(uint64_t)count},
			       8);
		} else if (works[i].mode == MODE_CALL) { /* past the start */
			arm(&f, f.hot, 0, 0);
			run(&f);
			leave(&f);
		} else {
			for (int k = 0; k < 200; k++) {
				arm(&f, 0, 0, KVM_GUESTDBG_SINGLESTEP);
				run(&f);
			}
			arm(&f, 0, 0, 0);
		}
		start = now();
		works[i].run(&f, count);
		printf("%s %ld %.9f 0 0\n", argv[1], count, now() - start);
		return 0;
	}
	errx(1, "no such work: %s", argv[1]);
}
/* NOLINTEND(*) */
