/* SPDX-License-Identifier: MIT */
/* /dev/kvm, and in words why it cannot be used. */
#ifndef KVMGDB_KVMDEV_H
#define KVMGDB_KVMDEV_H

#include <kvmgdb/target.h>

/* Open the KVM device at PATH and check its API.  An fd, or -errno with WHY. */
int kvmdev_open(const char *path, struct kvmgdb_reason *why);

#define KVMDEV_PATH "/dev/kvm"

#endif
