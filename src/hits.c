/* SPDX-License-Identifier: MIT */
#include "hits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_name(enum kvmgdb_stop_reason reason)
{
	switch (reason) {
	case KVMGDB_STOP_SWBREAK:
	case KVMGDB_STOP_HWBREAK:
		return "break";
	case KVMGDB_STOP_WRITE:
	case KVMGDB_STOP_READ:
	case KVMGDB_STOP_ACCESS:
		return "watch";
	case KVMGDB_STOP_STEP:
		return "step";
	case KVMGDB_STOP_INTERRUPT:
		return "interrupt";
	case KVMGDB_STOP_RESET:
		return "reset";
	case KVMGDB_STOP_SHUTDOWN:
		return "shutdown";
	case KVMGDB_STOP_ERROR:
		return "error";
	case KVMGDB_STOP_EXITED:
		return "exit";
	}
	return "none";
}

size_t hits_text(const struct gdb_counts *counts, char text[HITS_TEXT_MAX])
{
	const uint64_t *n = counts->stops;
	uint64_t all = 0;
	int len;

	for (int i = 0; i <= KVMGDB_STOP_EXITED; i++)
		all += n[i];
	len = snprintf(
	    text, HITS_TEXT_MAX,
	    "resumes %" PRIu64 "\nbreak %" PRIu64 "\nwatch %" PRIu64
	    "\nstep %" PRIu64 "\ninterrupt %" PRIu64 "\nlast %s\n",
	    counts->resumes, n[KVMGDB_STOP_SWBREAK] + n[KVMGDB_STOP_HWBREAK],
	    n[KVMGDB_STOP_WRITE] + n[KVMGDB_STOP_READ] + n[KVMGDB_STOP_ACCESS],
	    n[KVMGDB_STOP_STEP], n[KVMGDB_STOP_INTERRUPT],
	    all > 0 ? kind_name(counts->last) : "none");
	return (size_t)len;
}

/* Closes FD.  0, -errno */
static int write_text(int fd, const char *text, size_t len)
{
	int error = 0;

	errno = EIO;
	if (write(fd, text, len) != (ssize_t)len)
		error = -errno;
	if (close(fd) < 0 && error == 0)
		error = -errno;
	return error;
}

static bool is_regular_or_absent(const char *path)
{
	struct stat there;

	return lstat(path, &there) < 0 || S_ISREG(there.st_mode);
}

/* The name of the file that will take the place of PATH; 0, -ENAMETOOLONG. */
static int temporary_of(const char *path, char temporary[PATH_MAX])
{
	return snprintf(temporary, PATH_MAX, "%s.new", path) >= PATH_MAX
		   ? -ENAMETOOLONG
		   : 0;
}

int hits_check(const char *path)
{
	char temporary[PATH_MAX];
	struct stat there;
	int fd, error;

	if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
		return -EISDIR;
	if (!is_regular_or_absent(path))
		/* a link to a file that will be made is right */
		return access(path, W_OK) == 0 || errno == ENOENT ? 0 : -errno;
	error = temporary_of(path, temporary);
	if (error < 0)
		return error;
	fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	close(fd);
	unlink(temporary);
	return 0;
}

int hits_write(const struct gdb_counts *counts, const char *path)
{
	char text[HITS_TEXT_MAX], temporary[PATH_MAX];
	const size_t len = hits_text(counts, text);
	int fd, error;

	/* A device, a FIFO or a link stays what it is. */
	if (!is_regular_or_absent(path)) {
		/* Non-blocking: a FIFO without a reader must not hang us. */
		fd = open(path,
			  O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY |
			      O_CLOEXEC,
			  0666);
		return fd < 0 ? -errno : write_text(fd, text, len);
	}
	error = temporary_of(path, temporary);
	if (error < 0)
		return error;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	error = write_text(fd, text, len);
	if (error == 0 && rename(temporary, path) < 0)
		error = -errno;
	if (error < 0)
		unlink(temporary);
	return error;
}
