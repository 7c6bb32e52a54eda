/* SPDX-License-Identifier: MIT */
#include "pagenote.h"

#include "hit.h"

#include <string.h>

bool pagenote_fires(const struct kvmgdb_vm *vm, enum kvmgdb_bp_kind kind,
		    const struct page_deed *deed)
{
	switch (kind) {
	case KVMGDB_BP_WRITE:
		return deed->changed || (deed->written && vm->report_unchanged);
	case KVMGDB_BP_READ:
		return deed->read && !deed->changed;
	default:
		return deed->changed || deed->read || deed->written;
	}
}

static bool same_request(const struct noted_hit *a, const struct noted_hit *b)
{
	return a->kind == b->kind && a->addr == b->addr && a->len == b->len;
}

/* One instruction that reads and writes, or writes in parts, hits once. */
static bool join(struct kvmgdb_vcpu *v, struct noted_hit *hit)
{
	unsigned i;

	for (i = 0; i < v->nnoted; i++) {
		struct noted_hit *other = &v->noted[i];

		if (!same_request(other, hit))
			continue;
		if (other->seen.start == hit->seen.start &&
		    other->seen.size == hit->seen.size)
			memcpy(hit->seen.before, other->seen.before,
			       sizeof(hit->seen.before));
		else if (other->at > hit->at)
			return true;
		if (other->at > hit->at)
			hit->at = other->at;
		v->nnoted--;
		memmove(other, other + 1, (v->nnoted - i) * sizeof(*other));
		return false;
	}
	return false;
}

/* The highest address first: it lies in the most objects, see hit.c. */
void pagenote_add(struct kvmgdb_vcpu *v, const struct request *r, uint64_t at,
		  const struct hit_bytes *seen)
{
	struct noted_hit hit = {.kind = r->kind,
				.addr = r->addr,
				.len = r->len,
				.at = at,
				.seen = *seen};
	unsigned i;

	if (join(v, &hit))
		return;
	i = v->nnoted < PENDING_MAX ? v->nnoted++ : PENDING_MAX - 1;
	for (; i > 0 && v->noted[i - 1].at < hit.at; i--)
		v->noted[i] = v->noted[i - 1];
	v->noted[i] = hit;
}

void pagenote_post(struct kvmgdb_vcpu *v)
{
	unsigned i;

	for (i = 0; i < v->nnoted; i++) {
		const struct noted_hit *hit = &v->noted[i];
		struct request *r = requests_find(v->vm->requests, hit->kind,
						  hit->addr, hit->len);

		if (!r)
			continue;
		r->seen = hit->seen;
		hit_watch(v, r, hit->at);
	}
	v->nnoted = 0;
}
