/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvmdev.h"

static void missing(void **state)
{
	struct kvmgdb_reason why;

	(void)state;
	assert_int_equal(kvmdev_open("/nonexistent/kvm", &why), -ENOENT);
	assert_int_equal(
	    strncmp(why.text, "no KVM here: /nonexistent/kvm: ", 31), 0);
}

static void not_kvm(void **state)
{
	struct kvmgdb_reason why;

	(void)state;
	assert_int_equal(kvmdev_open("/dev/null", &why), -ENOTSUP);
	assert_int_equal(strncmp(why.text, "no KVM here: ", 13), 0);
}

/* As nobody, who may open nothing; in a child, since root may open all. */
static int open_as_nobody(const char *path, char *text, size_t size)
{
	struct kvmgdb_reason why = {.text = ""};
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int rc;

		if (geteuid() == 0 && (setgroups(0, NULL) < 0 ||
				       setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		rc = kvmdev_open(path, &why);
		if (write(fds[1], why.text, strlen(why.text)) < 0)
			_exit(98);
		_exit(rc < 0 ? -rc : 0);
	}
	close(fds[1]);
	n = read(fds[0], text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void no_permission(void **state)
{
	char path[] = "/tmp/kvmgdb-dev-XXXXXX", text[200], group[80];
	const int fd = mkstemp(path);
	const struct group *owner;

	(void)state;
	assert_true(fd >= 0);
	if (geteuid() != 0) { /* cannot make a file that we cannot open */
		close(fd);
		unlink(path);
		skip();
	}
	assert_int_equal(fchmod(fd, 0660), 0);
	assert_int_equal(open_as_nobody(path, text, sizeof(text)), EACCES);
	owner = getgrgid(getegid());
	assert_non_null(owner);
	snprintf(group, sizeof(group), "for the group %s; 'sudo usermod -aG %s",
		 owner->gr_name, owner->gr_name);
	if (strstr(text, group) == NULL)
		fail_msg("'%s' does not say '%s'", text, group);
	/* A group that may not either is not named. */
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(open_as_nobody(path, text, sizeof(text)), EACCES);
	assert_non_null(strstr(text, "its owner alone (mode 600)"));
	/* That it is the mode which refused: */
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(open_as_nobody(path, text, sizeof(text)), ENOTSUP);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(missing),
	    cmocka_unit_test(not_kvm),
	    cmocka_unit_test(no_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
