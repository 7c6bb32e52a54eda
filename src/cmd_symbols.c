/* SPDX-License-Identifier: MIT */
/* kvmgdb symbols: an ELF file for GDB from a System.map. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "symfile.h"

static const char help[] =
    "Usage: kvmgdb symbols MAP OUT\n"
    "Make an ELF file that has nothing but symbols, for GDB, of a kernel "
    "whose\n"
    "vmlinux is not at hand.\n"
    "\n"
    "MAP is a System.map, or a copy of /proc/kallsyms that root has made (of\n"
    "the guest, or of any machine that runs the same kernel with nokaslr); -\n"
    "is standard input.\n";

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "kvmgdb: error: %s: %s\n", what, why);
	return STATUS_SETUP;
}

static int write_file(struct symfile *symbols, const char *path)
{
	struct kvmgdb_reason why = {.text = ""};
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int rc;

	if (fd < 0)
		return complain(path, strerror(errno));
	rc = symfile_write(symbols, fd, &why);
	if (close(fd) < 0 && rc == 0)
		return complain(path, strerror(errno));
	if (rc < 0)
		return complain(path, why.text);
	printf("%s: %zu symbols\n", path, symfile_count(symbols));
	return STATUS_OK;
}

static int convert(const char *map, const char *out)
{
	struct kvmgdb_reason why = {.text = ""};
	struct symfile *symbols;
	FILE *in = strcmp(map, "-") == 0 ? stdin : fopen(map, "re");
	int rc;

	if (in == NULL)
		return complain(map, strerror(errno));
	rc = symfile_read(in, &symbols, &why);
	if (in != stdin)
		fclose(in);
	if (rc < 0)
		return complain(map, why.text);
	rc = write_file(symbols, out);
	symfile_free(symbols);
	return rc;
}

int cmd_symbols(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return STATUS_OK;
	}
	if (argc != 3) {
		fputs(help, stderr);
		return STATUS_USAGE;
	}
	return convert(argv[1], argv[2]);
}
