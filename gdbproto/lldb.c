// SPDX-License-Identifier: MIT
/* What LLDB asks, and GDB does not. */
#include "session_impl.h"

/* Its threads are selected by Hg, as GDB's: not supported. */
static void cmd_thread_suffix(struct gdb_session *s, struct hex_in args)
{
	(void)args;
	s->lldb = true;
}

const struct session_command lldb_commands[] = {
    {"QThreadSuffixSupported", cmd_thread_suffix, SESSION_EXACT},
    {NULL, NULL, 0},
};
