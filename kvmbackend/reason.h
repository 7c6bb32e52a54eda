/* SPDX-License-Identifier: MIT */
/* Why something is refused, as text. */
#ifndef KVMBACKEND_REASON_H
#define KVMBACKEND_REASON_H

#include <kvmgdb/target.h>

/* Fill in WHY; returns ERR. */
int reason_give(struct kvmgdb_reason *why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
