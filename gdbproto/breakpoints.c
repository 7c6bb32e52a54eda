// SPDX-License-Identifier: MIT
/* Z and z: break- and watchpoints. */
#include "agentfilter.h"
#include "session_impl.h"

#include <errno.h>
#include <inttypes.h>

struct request {
	enum kvmgdb_bp_kind kind;
	uint64_t addr, len;
	struct hex_in tail; /* conditions and commands, from the ';' on */
};

static const char *const kind_names[] = {
    [KVMGDB_BP_SOFTWARE] = "software breakpoint",
    [KVMGDB_BP_HARDWARE] = "hardware breakpoint",
    [KVMGDB_BP_WRITE] = "write watchpoint",
    [KVMGDB_BP_READ] = "read watchpoint",
    [KVMGDB_BP_ACCESS] = "access watchpoint"};

/* "TYPE,ADDR,KIND[;...]".  KIND is 1 for execution on x86, else the length. */
static bool parse(struct hex_in *args, struct request *r)
{
	uint64_t kind;

	if (!hex_number(args, &kind) || !hex_char(args, ',') ||
	    kind > KVMGDB_BP_ACCESS || !hex_range(args, &r->addr, &r->len))
		return false;
	r->kind = (enum kvmgdb_bp_kind)kind;
	r->tail = *args;
	if (hex_left(args) && !hex_char(args, ';'))
		return false;
	if (kind <= KVMGDB_BP_HARDWARE)
		return r->len == 1;
	/* A range does not go round the end of the address space. */
	return r->len && r->len - 1 <= UINT64_MAX - r->addr;
}

/* A type that does not exist is "not supported", not an error. */
static bool is_known_type(struct hex_in args)
{
	uint64_t kind;

	return !hex_number(&args, &kind) || kind <= KVMGDB_BP_ACCESS;
}

/*
 * The reason must reach the person.  GDB shows a text for Z1 only, whatever
 * was negotiated; of the others the operator is told.  Clients that announce
 * error-message+ get texts for all: theirs is the choice to show them.
 */
static void refuse(struct gdb_session *s, const struct request *r, int error,
		   const char *text)
{
	if (r->kind != KVMGDB_BP_HARDWARE)
		rsp_warn(s,
			 "%s at 0x%" PRIx64 ", %" PRIu64 " bytes refused: %s",
			 kind_names[r->kind], r->addr, r->len, text);
	if (r->kind <= KVMGDB_BP_HARDWARE || s->error_message)
		rsp_error_text(s, text);
	else
		rsp_error(s, error);
}

static int insert(struct gdb_session *s, const struct request *r,
		  struct kvmgdb_reason *why)
{
	struct kvmgdb_filter *filter = NULL;
	int error = 0;

	if (hex_left(&r->tail) && r->kind > KVMGDB_BP_HARDWARE)
		return -EINVAL;
	if (hex_left(&r->tail) && !s->vars) {
		s->vars = agent_vars_new();
		error = s->vars ? 0 : -ENOMEM;
	}
	if (!error)
		error =
		    agent_filter_parse(r->tail, s->arch, s->vars, &filter, why);
	if (error)
		return error;
	if (!filter)
		return s->ops->bp_insert(s->target, s->current, r->kind,
					 r->addr, r->len, why);
	return s->ops->bp_insert_filtered(s->target, s->current, r->kind,
					  r->addr, r->len, filter, why);
}

/* Before each resume, for all that the user has set. */
static void cmd_insert(struct gdb_session *s, struct hex_in args)
{
	struct kvmgdb_reason why = {""};
	struct request r;
	int error;

	if (!is_known_type(args))
		return;
	if (!parse(&args, &r)) {
		rsp_error(s, -EINVAL);
		return;
	}
	error = insert(s, &r, &why);
	why.text[sizeof(why.text) - 1] = '\0';
	if (!error)
		rsp_ok(s);
	else if (error == -ENOTSUP && r.kind == KVMGDB_BP_READ)
		return; /* GDB then tries an access watchpoint and filters */
	else
		refuse(s, &r, error, why.text[0] ? why.text : "refused");
}

/* After each stop that the user sees.  To remove what is not there is a
 * success: both packets are to be idempotent. */
static void cmd_remove(struct gdb_session *s, struct hex_in args)
{
	struct request r;
	int error;

	if (!is_known_type(args))
		return;
	if (!parse(&args, &r)) {
		rsp_error(s, -EINVAL);
		return;
	}
	error = s->ops->bp_remove(s->target, r.kind, r.addr, r.len);
	if (error && error != -ENOENT)
		rsp_error(s, error);
	else
		rsp_ok(s);
}

const struct session_command breakpoint_commands[] = {
    {"Z", cmd_insert, SESSION_STOPPED},
    {"z", cmd_remove, SESSION_STOPPED},
    {NULL, NULL, 0},
};
