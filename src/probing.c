/* SPDX-License-Identifier: MIT */
#include "probing.h"

#include <signal.h>

/* From here on nobody else writes to P. */
static void known(void *ctx)
{
	struct probing *p = ctx;

	sem_post(&p->known);
}

static void *probing_main(void *arg)
{
	struct probing *p = arg;
	const int rc =
	    kvmgdb_probe_early(p->kvm_fd, &p->probe, &p->why, known, p);

	if (rc < 0) {
		p->rc = rc;
		known(p);
	}
	return NULL;
}

void probing_start(struct probing *p, int kvm_fd)
{
	sigset_t all, old;

	*p = (struct probing){.started = true, .kvm_fd = kvm_fd};
	sem_init(&p->known, 0, 0);
	/* those for the process are the loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	p->running = pthread_create(&p->thread, NULL, probing_main, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!p->running)
		probing_main(p);
}

int probing_result(struct probing *p, struct kvmgdb_probe *probe,
		   struct kvmgdb_reason *why)
{
	while (sem_wait(&p->known) < 0)
		continue; /* a signal */
	*probe = p->probe;
	*why = p->why;
	return p->rc;
}

void probing_end(struct probing *p)
{
	if (p->running)
		pthread_join(p->thread, NULL);
	if (p->started)
		sem_destroy(&p->known);
	p->started = p->running = false;
}
