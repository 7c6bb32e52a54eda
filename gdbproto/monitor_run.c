// SPDX-License-Identifier: MIT
/* monitor reset, monitor exit */
#include "monitor_impl.h"

#include <errno.h>
#include <string.h>

bool monitor_reset(struct gdb_session *s, const char *args, struct buffer *text)
{
	unsigned current = s->current;
	int error;

	if (*args)
		return false;
	for (unsigned i = 0; s->non_stop && i < s->vcpus; i++) {
		if (s->threads[i].state == THREAD_STOPPED)
			continue;
		buffer_add_text(text, "All vCPUs must stand: say `interrupt "
				      "-a' first.\n");
		return true;
	}
	error = extended_restart(s);
	/* what Hg said still holds for the client */
	s->current = current;
	if (error)
		buffer_addf(text, "The machine could not be reset: %s\n",
			    error == -ENOTSUP ? "it cannot be started again"
					      : strerror(-error));
	else
		buffer_add_text(
		    text, "The machine is before its first instruction, with "
			  "the breakpoints that it had.\nGDB does not know "
			  "that registers have changed: say `maintenance flush "
			  "register-cache'.\n");
	return true;
}

/* The answer still goes out. */
bool monitor_exit(struct gdb_session *s, const char *args, struct buffer *text)
{
	(void)text;
	if (*args)
		return false;
	s->ops->kill(s->target);
	s->end = GDB_SESSION_KILLED;
	return true;
}
