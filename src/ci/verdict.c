/* SPDX-License-Identifier: MIT */
#include "ci/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "command.h"

static enum verdict say(enum verdict verdict, char text[VERDICT_TEXT],
			const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum verdict say(enum verdict verdict, char text[VERDICT_TEXT],
			const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(text, VERDICT_TEXT, format, ap);
	va_end(ap);
	return verdict;
}

/* Of the guest: VERDICT_PASSED if nothing is wrong with it. */
static enum verdict judge_guest(const struct facts *f, char text[VERDICT_TEXT])
{
	const int status = f->server_status;

	if (status == f->guest_status && status >= 0)
		return VERDICT_PASSED;
	if ((f->triple_fault || status == STATUS_TRIPLE_FAULT) &&
	    f->guest_status != STATUS_TRIPLE_FAULT)
		return say(VERDICT_GUEST, text, "a triple fault");
	if (f->kvm_error || status == STATUS_KVM_ERROR)
		return say(VERDICT_GUEST, text,
			   "KVM could not run the guest on%s%.180s",
			   f->error[0] != '\0' ? ": " : "", f->error);
	if (status == STATUS_RESET)
		return say(VERDICT_GUEST, text,
			   "it asked for a reset, which only --guest-status %d "
			   "allows",
			   STATUS_RESET);
	if (status > 1 && status <= 255 && status % 2 == 1)
		return say(VERDICT_GUEST, text,
			   "exit port, status %d (a success with "
			   "--guest-status %d)",
			   status, status);
	return VERDICT_PASSED;
}

/* Of the script. */
static enum verdict judge_script(const struct facts *f, char text[VERDICT_TEXT])
{
	if (f->failures > 0 || f->failure[0] != '\0')
		return say(VERDICT_SCRIPT, text, "%s", f->failure);
	if (f->gdb_status >= FACTS_SIGNAL)
		return say(VERDICT_SCRIPT, text, "GDB died by signal %d",
			   f->gdb_status - FACTS_SIGNAL);
	if (f->gdb_status != 0)
		return say(VERDICT_SCRIPT, text, "GDB's exit status is %d",
			   f->gdb_status);
	if (!f->reached_end)
		return say(VERDICT_SCRIPT, text,
			   "the script's end was not reached");
	if (f->resumes == 0)
		return say(VERDICT_SCRIPT, text,
			   "the script never let the guest run");
	return VERDICT_PASSED;
}

enum verdict verdict_judge(const struct facts *f, char text[VERDICT_TEXT])
{
	enum verdict verdict;

	text[0] = '\0';
	if (!f->listening && !f->late)
		return say(VERDICT_SETUP, text, "%s",
			   f->error[0] != '\0' ? f->error
					       : "the server did not start");
	if (f->late)
		return say(VERDICT_TIMEOUT, text,
			   "not done within %u s%s%.180s", f->timeout,
			   f->hint[0] != '\0' ? "; " : "", f->hint);
	/* the server listens before it knows whether there will be a machine */
	if (!f->connected && f->error[0] != '\0')
		return say(VERDICT_SETUP, text, "%s", f->error);
	if (!f->connected)
		return say(VERDICT_SETUP, text, "%s",
			   f->failure[0] != '\0'
			       ? f->failure
			       : "GDB did not connect to the guest");
	if (f->server_status >= FACTS_SIGNAL)
		return say(VERDICT_SETUP, text, "the server died by signal %d",
			   f->server_status - FACTS_SIGNAL);
	verdict = judge_guest(f, text);
	return verdict != VERDICT_PASSED ? verdict : judge_script(f, text);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
	    [VERDICT_PASSED] = "passed",
	    [VERDICT_SCRIPT] = "script failed",
	    [VERDICT_GUEST] = "guest failed",
	    [VERDICT_TIMEOUT] = "timeout",
	    [VERDICT_SETUP] = "set-up failed",
	};

	return names[verdict];
}
