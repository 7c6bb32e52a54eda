/* SPDX-License-Identifier: MIT */
#include "sessionhost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gdbproto/describe.h"
#include "hits.h"

static void session_log(void *ctx, enum gdb_log_direction direction,
			const void *data, size_t len)
{
	struct sessionhost *h = ctx;
	char what[DESCRIBE_MAX];

	if (h->log->level < LOG_PACKET)
		return;
	if (direction == GDB_LOG_IN) {
		h->asked_len = len < sizeof(h->asked) ? len : sizeof(h->asked);
		memcpy(h->asked, data, h->asked_len);
		describe_request(data, len, what, sizeof(what));
	} else {
		describe_answer(h->asked, h->asked_len, data, len, what,
				sizeof(what));
	}
	log_packet(h->log, direction == GDB_LOG_IN, data, len, what);
}

static void session_warn(void *ctx, const char *line)
{
	const struct sessionhost *h = ctx;

	log_msg(h->log, LOG_WARN, "%s", line);
}

/* "" or " LEVEL" */
static int monitor_log(struct sessionhost *h, struct gdb_session *session,
		       const char *args)
{
	enum log_level level;
	char text[64];

	if (*args != '\0' && !log_parse_level(args + 1, &level))
		return gdb_session_console(session,
					   "Usage: monitor log "
					   "[error|warn|info|debug|packet]\n");
	if (*args != '\0')
		log_set_level(h->log, level);
	snprintf(text, sizeof(text), "log level %s\n",
		 log_level_name(h->log->level));
	return gdb_session_console(session, text);
}

static int session_monitor(void *ctx, struct gdb_session *session,
			   const char *line)
{
	struct sessionhost *h = ctx;
	char text[HITS_TEXT_MAX];

	if (strncmp(line, "log", 3) == 0 && (line[3] == '\0' || line[3] == ' '))
		return monitor_log(h, session, line + 3);
	if (strcmp(line, "hits") != 0)
		return -ENOENT;
	hits_text(&h->counts, text);
	return gdb_session_console(session, text);
}

static uint64_t session_now(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sessionhost_config(struct sessionhost *host,
			struct gdb_session_config *config)
{
	config->log_packet = session_log;
	config->warn = session_warn;
	config->monitor = session_monitor;
	config->monitor_help = "log [LEVEL] - what the server tells on stderr: "
			       "error, warn, info, debug or packet\n"
			       "hits - what this debugger was told, counted\n";
	config->now_ms = session_now;
	config->ctx = host;
	config->counts = &host->counts;
}
