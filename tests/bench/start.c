/* SPDX-License-Identifier: MIT */
/*
 * Starts a server and says how long it takes until it listens, or until it
 * answers a question, how much memory it has then beside the guest's; or how
 * long it takes to its end.
 *
 * usage: bench-start listen PORT COMMAND...    prints "listen SECONDS RSS-KIB"
 *        bench-start answer PORT COMMAND...    prints "answer SECONDS RSS-KIB"
 *        bench-start end COMMAND...            prints "end SECONDS STATUS"
 */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Sizes here are small constants, and what is read is our own. */
/* NOLINTBEGIN(*) */

/* Mappings as large as this are the guest's memory. */
#define GUEST_KIB (100 * 1024)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t start(char **argv, int quiet)
{
	const pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (quiet && (!freopen("/dev/null", "w", stdout) ||
			      !freopen("/dev/null", "w", stderr)))
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static long rss_beside_guest(pid_t pid)
{
	char path[64], line[512];
	long size = 0, kib, total = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/smaps", (long)pid);
	f = fopen(path, "re");
	if (!f)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Size: %ld", &kib) == 1)
			size = kib;
		else if (sscanf(line, "Rss: %ld", &kib) == 1 &&
			 size < GUEST_KIB)
			total += kib;
	}
	fclose(f);
	return total;
}

/* To the first byte of the reply, after the acknowledgment. */
static void ask(int fd, const char *who)
{
	static const char question[] = "$?#3f";
	char c = 0;

	if (write(fd, question, sizeof(question) - 1) < 0)
		err(1, "%s", who);
	while (c != '$') {
		if (read(fd, &c, 1) != 1)
			errx(1, "%s does not answer", who);
	}
}

static void started(const char *until, const char *port, char **argv)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port))};
	const double begin = now();
	const pid_t pid = start(argv, 1);
	double seconds;
	int fd;

	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
			break;
		close(fd);
		if (waitpid(pid, NULL, WNOHANG) == pid || now() - begin > 60)
			errx(1, "%s does not listen", argv[0]);
		usleep(100);
	}
	if (strcmp(until, "answer") == 0)
		ask(fd, argv[0]);
	seconds = now() - begin;
	usleep(200 * 1000);
	printf("%s %.9f %ld\n", until, seconds, rss_beside_guest(pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void to_the_end(char **argv)
{
	const double begin = now();
	const pid_t pid = start(argv, 0);
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	printf("end %.9f %d\n", now() - begin,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

int main(int argc, char **argv)
{
	if (argc > 3 &&
	    (strcmp(argv[1], "listen") == 0 || strcmp(argv[1], "answer") == 0))
		started(argv[1], argv[2], argv + 3);
	else if (argc > 2 && strcmp(argv[1], "end") == 0)
		to_the_end(argv + 2);
	else
		errx(1,
		     "usage: listen|answer PORT COMMAND... | end COMMAND...");
	return 0;
}
/* NOLINTEND(*) */
