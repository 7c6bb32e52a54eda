/* SPDX-License-Identifier: MIT */
/* --hits FILE: files are replaced, and what is no file is not. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hits.h"

static const struct gdb_counts counts = {.resumes = 3,
					 .stops = {[KVMGDB_STOP_WRITE] = 2},
					 .last = KVMGDB_STOP_WRITE};
static const char wanted[] = "resumes 3\nbreak 0\nwatch 2\nstep 0\n"
			     "interrupt 0\nlast watch\n";
static char dir[] = "/tmp/kvmgdb-hits-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

static int leave(void **state)
{
	static const char *const names[] = {"file", "link", "fifo", "dangling"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	return chdir("/") < 0 || rmdir(dir) < 0 ? -1 : 0;
}

static void assert_text(int fd)
{
	char text[HITS_TEXT_MAX + 1] = "";

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(wanted));
	assert_string_equal(text, wanted);
	close(fd);
}

static mode_t kind_of(const char *path)
{
	struct stat there;

	assert_int_equal(lstat(path, &there), 0);
	return there.st_mode & S_IFMT;
}

static void file(void **state)
{
	(void)state;
	assert_int_equal(hits_write(&counts, "file"), 0);
	assert_int_equal(hits_write(&counts, "file"), 0);
	assert_text(open("file", O_RDONLY));
	assert_int_equal(access("file.new", F_OK), -1);
	assert_int_equal(hits_write(&counts, "absent/file"), -ENOENT);
}

static void linked(void **state)
{
	(void)state;
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(hits_write(&counts, "link"), 0);
	assert_int_equal(kind_of("link"), S_IFLNK);
	assert_text(open("link", O_RDONLY));
}

static void fifo(void **state)
{
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(hits_write(&counts, "fifo"), -ENXIO);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_int_equal(hits_write(&counts, "fifo"), 0);
	assert_int_equal(kind_of("fifo"), S_IFIFO);
	assert_text(reader);
}

/* At the start, before there is anything to write: nothing is left there. */
static void check(void **state)
{
	(void)state;
	assert_int_equal(hits_check("checked"), 0);
	assert_int_equal(access("checked", F_OK), -1);
	assert_int_equal(access("checked.new", F_OK), -1);
	assert_int_equal(hits_check("file"), 0);
	assert_text(open("file", O_RDONLY));
	assert_int_equal(hits_check("absent/file"), -ENOENT);
	assert_int_equal(hits_check("."), -EISDIR);
	assert_int_equal(hits_check("file/below"), -ENOTDIR);
	assert_int_equal(hits_check("fifo"), 0);
	assert_int_equal(hits_check("link"), 0);
	assert_int_equal(symlink("later", "dangling"), 0);
	assert_int_equal(hits_check("dangling"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(file),
	    cmocka_unit_test(linked),
	    cmocka_unit_test(fifo),
	    cmocka_unit_test(check),
	};

	return cmocka_run_group_tests_name("hits", tests, enter, leave);
}
