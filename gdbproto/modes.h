/* SPDX-License-Identifier: MIT */
/*
 * Which CPU the client is told of, and what PC is.
 *
 * Told once, GDB keeps the description; it asks for it again only when a
 * program is executed.  So, where it is to follow the guest's mode, a stop in
 * another mode is told as that first (T05exec), and as what it was when the
 * client resumes.
 */
#ifndef GDBPROTO_MODES_H
#define GDBPROTO_MODES_H

#include "session_impl.h"

/* Before the description is given: what it is to be now. */
void modes_describe(struct gdb_session *s);

/* For a stop that is about to be told: true, and the reply is there, if the
 * client must learn of another description first. */
bool modes_report(struct gdb_session *s);

/*
 * PC as this client has it: as i8086, the linear address, since GDB knows
 * nothing of CS; else RIP.  VALUE is RIP; reading adds CS's base, writing takes
 * it away: false if RIP cannot be that.
 */
void modes_pc_read(struct gdb_session *s, unsigned vcpu, uint64_t *value);
bool modes_pc_write(struct gdb_session *s, unsigned vcpu, uint64_t *value);

/* Is PC, as the client has it, where breakpoints are? */
bool modes_pc_is_linear(struct gdb_session *s, unsigned vcpu);

/* `monitor arch` */
const char *modes_name(enum tdesc_arch arch);
bool modes_parse(const char *name, enum tdesc_arch *arch);

#endif
