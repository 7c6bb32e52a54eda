/* SPDX-License-Identifier: MIT */
/* kvmgdb probe: what this KVM was seen doing. */
#include <errno.h>
#include <kvmgdb/backend.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "kvmdev.h"
#include "log.h"
#include "probetable.h"

static const char help[] =
    "Usage: kvmgdb probe [--json]\n"
    "Run a tiny guest on /dev/kvm and show which of KVM's means of guest\n"
    "debugging work there, as observed. kvmgdb run uses no others.\n"
    "\n"
    "Exit status: 0; 2 wrong usage; 4 there is no KVM that can be probed.\n";

static int probe(bool json)
{
	struct kvmgdb_reason why = {.text = ""};
	struct kvmgdb_probe result;
	struct utsname host;
	struct log log;
	int fd, rc;

	log_init(&log, STDERR_FILENO, LOG_WARN);
	fd = kvmdev_open(KVMDEV_PATH, &why);
	if (fd < 0) {
		log_msg(&log, LOG_ERROR, "%s", why.text);
		return STATUS_SETUP;
	}
	memset(&result, 0, sizeof(result));
	rc = kvmgdb_probe(fd, &result, &why);
	close(fd);
	if (rc < 0) {
		log_msg(&log, LOG_ERROR, "this KVM cannot be probed: %s",
			why.text[0] != '\0' ? why.text : strerror(-rc));
		return STATUS_SETUP;
	}
	if (uname(&host) < 0)
		host.release[0] = '\0';
	if (json)
		probetable_print_json(&result, host.release, stdout);
	else
		probetable_print(&result, stdout);
	if (fflush(stdout) != 0) {
		log_msg(&log, LOG_ERROR, "stdout: %s", strerror(errno));
		return STATUS_SETUP;
	}
	return STATUS_OK;
}

int cmd_probe(int argc, char **argv)
{
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return STATUS_OK;
		}
		if (strcmp(argv[i], "--json") != 0) {
			fprintf(stderr,
				"kvmgdb: error: unknown argument %s; see "
				"kvmgdb probe --help\n",
				argv[i]);
			return STATUS_USAGE;
		}
		json = true;
	}
	return probe(json);
}
