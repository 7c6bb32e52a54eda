/* SPDX-License-Identifier: MIT */
#ifndef LAB_MUX_H
#define LAB_MUX_H

#include "outbuf.h"
#include "wire.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The lab's channels: TCP connections, processes and files (see wire.h). */

#define MUX_CHANNELS 128

enum kind { KIND_FREE, KIND_TCP, KIND_PROCESS, KIND_FILE };

struct channel {
	enum kind kind;
	uint16_t id;
	uint16_t port;
	int fd; /* -1: none at the moment (TCP: to be tried again) */
	bool connecting;
	bool host_ended; /* the host sent END */
	bool we_ended;   /* we sent END */
	unsigned int retries;
	pid_t pid;
	struct outbuf out; /* to fd */
};

struct mux {
	struct outbuf to_host; /* frames; the caller writes them to the line */
	struct channel channels[MUX_CHANNELS];
};

void mux_init(struct mux *m);

/* Queue a frame for the host. */
void mux_send(struct mux *m, enum wire_type type, uint16_t channel,
	      const void *payload, size_t length);

/* A frame from the host that concerns a channel. May write to PAYLOAD. */
void mux_frame(struct mux *m, const struct wire_header *h,
	       unsigned char *payload);

/*
 * What to poll for: fills FDS and INDEX (MUX_CHANNELS each) and returns how
 * many. mux_ready() is told INDEX and the events that came.
 */
size_t mux_poll(const struct mux *m, struct pollfd *fds, size_t *index);
void mux_ready(struct mux *m, size_t index, short events);

/* Connections that were refused are tried again, by mux_retry(). */
bool mux_must_retry(const struct mux *m);
void mux_retry(struct mux *m);

/* A child was reaped with STATUS of wait(). */
void mux_exited(struct mux *m, pid_t pid, int status);

#endif
