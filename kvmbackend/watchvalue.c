/* SPDX-License-Identifier: MIT */
#include "watchvalue.h"

#include <string.h>

_Static_assert(sizeof(((struct request *)0)->old) == KVMGDB_HIT_BYTES,
	       "a watch in slots is shown whole");

void watch_snapshot(struct kvmgdb_vcpu *v, struct request *r)
{
	uint8_t now[sizeof(r->old)];
	uint64_t gpa[2];
	bool same = r->old_valid;

	r->old_valid =
	    r->len <= sizeof(now) &&
	    vcpu_read_at(v, r->addr, now, (size_t)r->len, gpa) == r->len;
	if (!r->old_valid)
		return;
	if (same && !memcmp(gpa, r->old_gpa, sizeof(gpa)) &&
	    !memcmp(now, r->old, (size_t)r->len))
		return;
	memcpy(r->old, now, (size_t)r->len);
	memcpy(r->old_gpa, gpa, sizeof(gpa));
	r->old_seen = ++v->vm->seen;
}

void watch_forget(struct request *r)
{
	r->old_valid = false;
}

bool watch_changed(struct kvmgdb_vcpu *v, struct request *r)
{
	bool comparable = r->old_valid && r->old_seen <= v->entry_seen;
	const uint64_t gpa[2] = {r->old_gpa[0], r->old_gpa[1]};

	memcpy(r->seen.before, r->old, sizeof(r->old));
	watch_snapshot(v, r);
	r->seen.size = 0;
	if (!comparable || !r->old_valid ||
	    memcmp(gpa, r->old_gpa, sizeof(gpa)) != 0)
		return r->kind == KVMGDB_BP_WRITE;
	r->seen.start = r->addr;
	r->seen.size = (size_t)r->len;
	memcpy(r->seen.after, r->old, sizeof(r->old));
	return memcmp(r->seen.before, r->old, (size_t)r->len) != 0;
}

void watch_snapshot_all(struct kvmgdb_vcpu *v)
{
	struct requests *rs = v->vm->requests;
	unsigned i;

	for (i = 0; i < requests_count(rs); i++) {
		struct request *r = requests_at(rs, i);

		if (!r->withdrawn && r->tier == TIER_SLOT &&
		    !bp_is_exec(r->kind))
			watch_snapshot(v, r);
	}
}
