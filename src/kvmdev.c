/* SPDX-License-Identifier: MIT */
#include "kvmdev.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who may open it, and how to become one of them. */
static void explain_permission(const char *path, struct kvmgdb_reason *why)
{
	const struct group *group = NULL;
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & 0060) == 0060)
		group = getgrgid(st.st_gid);
	if (group != NULL)
		snprintf(why->text, sizeof(why->text),
			 "no permission to open %s: it is for the group %.32s; "
			 "'sudo usermod -aG %.32s $USER', then log in again",
			 path, group->gr_name, group->gr_name);
	else
		snprintf(why->text, sizeof(why->text),
			 "no permission to open %s: it is for its owner alone "
			 "(mode %03o); run as root or change it",
			 path, (unsigned)(st.st_mode & 0777));
}

static void explain(const char *path, int error, struct kvmgdb_reason *why)
{
	switch (error) {
	case EACCES:
		explain_permission(path, why);
		break;
	case ENOENT:
	case ENXIO:
	case ENODEV:
		snprintf(why->text, sizeof(why->text),
			 "no KVM here: %s: %s; load kvm_intel or kvm_amd, turn "
			 "on virtualization in the firmware or the outer VM",
			 path, strerror(error));
		break;
	case EPERM:
		snprintf(
		    why->text, sizeof(why->text),
		    "no permission to open %s, even as its owner; does the "
		    "container let the device through?",
		    path);
		break;
	default:
		snprintf(why->text, sizeof(why->text), "%s: %s", path,
			 strerror(error));
		break;
	}
}

int kvmdev_open(const char *path, struct kvmgdb_reason *why)
{
	int fd, version;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		const int error = errno;

		explain(path, error, why);
		return -error;
	}
	version = ioctl(fd, KVM_GET_API_VERSION, 0ul);
	if (version != KVM_API_VERSION) {
		snprintf(why->text, sizeof(why->text),
			 "no KVM here: %s does not speak KVM's API %d", path,
			 KVM_API_VERSION);
		close(fd);
		return -ENOTSUP;
	}
	return fd;
}
