/* SPDX-License-Identifier: MIT */
#include "probing.h"

#include <signal.h>

static void *probing_main(void *arg)
{
	struct probing *p = arg;

	p->rc = kvmgdb_probe(p->kvm_fd, &p->probe, &p->why);
	return NULL;
}

void probing_start(struct probing *p, int kvm_fd)
{
	sigset_t all, old;

	*p = (struct probing){.kvm_fd = kvm_fd};
	/* those for the process are the loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	p->running = pthread_create(&p->thread, NULL, probing_main, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!p->running)
		probing_main(p);
}

int probing_end(struct probing *p, struct kvmgdb_probe *probe,
		struct kvmgdb_reason *why)
{
	if (p->running)
		pthread_join(p->thread, NULL);
	p->running = false;
	*probe = p->probe;
	*why = p->why;
	return p->rc;
}
