/* SPDX-License-Identifier: MIT */
#include "swbreak.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INT3 UINT8_C(0xcc)

/* Invariant: refs is the number of breakpoints with this gpa, and not 0. */
struct patch {
	uint64_t gpa;
	size_t refs;
	uint8_t original; /* what the guest's author wrote; valid if planted */
	bool planted;     /* we put an int3 here; the guest may have
			     overwritten it since (with an int3 of its own,
			     even: that cannot be told apart) */
	bool lifted;      /* between swbreak_lift and swbreak_restore; then
			     not planted */
};

struct breakpoint {
	uint64_t gva, gpa;
};

struct swbreak {
	struct gmem *gmem;
	struct breakpoint *bps;
	size_t bp_count, bp_room;
	struct patch *patches;
	size_t patch_count, patch_room;
};

struct swbreak *swbreak_new(struct gmem *gmem)
{
	struct swbreak *sb = calloc(1, sizeof(*sb));

	if (sb)
		sb->gmem = gmem;
	return sb;
}

void swbreak_free(struct swbreak *sb)
{
	if (!sb)
		return;
	free(sb->bps);
	free(sb->patches);
	free(sb);
}

static struct breakpoint *find_bp(const struct swbreak *sb, uint64_t gva)
{
	size_t i;

	for (i = 0; i < sb->bp_count; i++)
		if (sb->bps[i].gva == gva)
			return &sb->bps[i];
	return NULL;
}

static struct patch *find_patch(const struct swbreak *sb, uint64_t gpa)
{
	size_t i;

	for (i = 0; i < sb->patch_count; i++)
		if (sb->patches[i].gpa == gpa)
			return &sb->patches[i];
	return NULL;
}

/* Room for one more element of SIZE bytes; the new array, or NULL. */
static void *reserve(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 8;

	if (count < *room)
		return array;
	array = realloc(array, more * size);
	if (array)
		*room = more;
	return array;
}

static int reserve_both(struct swbreak *sb)
{
	struct breakpoint *bps;
	struct patch *patches;

	bps = reserve(sb->bps, sb->bp_count, &sb->bp_room, sizeof(*bps));
	if (!bps)
		return -ENOMEM;
	sb->bps = bps;
	patches = reserve(sb->patches, sb->patch_count, &sb->patch_room,
			  sizeof(*patches));
	if (!patches)
		return -ENOMEM;
	sb->patches = patches;
	return 0;
}

static bool is_int3(const struct swbreak *sb, uint64_t gpa)
{
	uint8_t byte;

	return gmem_read(sb->gmem, gpa, &byte, 1) == 1 && byte == INT3;
}

/* Idempotent.  Where our int3 is not, what is there now is the guest's. */
static int plant(struct swbreak *sb, struct patch *patch)
{
	const uint8_t int3 = INT3;
	uint8_t original;
	int ret;

	if (patch->lifted || (patch->planted && is_int3(sb, patch->gpa)))
		return 0;
	if (gmem_read(sb->gmem, patch->gpa, &original, 1) != 1)
		return -EFAULT;
	ret = gmem_write(sb->gmem, patch->gpa, &int3, 1);
	if (ret)
		return ret;
	patch->original = original;
	patch->planted = true;
	return 0;
}

/* The memory may be gone, or no longer ours: then there is nothing to do. */
static void unplant(struct swbreak *sb, struct patch *patch)
{
	if (patch->planted && is_int3(sb, patch->gpa))
		(void)gmem_write(sb->gmem, patch->gpa, &patch->original, 1);
	patch->planted = false;
}

/* Room must be reserved. */
static int acquire(struct swbreak *sb, uint64_t gpa)
{
	struct patch *patch = find_patch(sb, gpa);
	int ret;

	if (!patch) {
		patch = &sb->patches[sb->patch_count];
		*patch = (struct patch){.gpa = gpa};
	}
	ret = plant(sb, patch);
	if (ret)
		return ret;
	if (!patch->refs++)
		sb->patch_count++;
	return 0;
}

static void release(struct swbreak *sb, uint64_t gpa)
{
	struct patch *patch = find_patch(sb, gpa);

	if (--patch->refs)
		return;
	unplant(sb, patch);
	*patch = sb->patches[--sb->patch_count];
}

int swbreak_insert(struct swbreak *sb, uint64_t gva, uint64_t gpa)
{
	struct breakpoint *bp;
	int ret = reserve_both(sb);

	if (ret)
		return ret;
	bp = find_bp(sb, gva);
	if (bp && bp->gpa == gpa)
		return plant(sb, find_patch(sb, gpa));
	ret = acquire(sb, gpa);
	if (ret)
		return ret;
	if (bp) {
		release(sb, bp->gpa);
		bp->gpa = gpa;
	} else {
		sb->bps[sb->bp_count++] = (struct breakpoint){gva, gpa};
	}
	return 0;
}

int swbreak_remove(struct swbreak *sb, uint64_t gva)
{
	struct breakpoint *bp = find_bp(sb, gva);

	if (!bp)
		return -ENOENT;
	release(sb, bp->gpa);
	*bp = sb->bps[--sb->bp_count];
	return 0;
}

void swbreak_clear(struct swbreak *sb)
{
	size_t i;

	for (i = 0; i < sb->patch_count; i++)
		unplant(sb, &sb->patches[i]);
	sb->patch_count = 0;
	sb->bp_count = 0;
}

size_t swbreak_count(const struct swbreak *sb)
{
	return sb->bp_count;
}

bool swbreak_place(const struct swbreak *sb, uint64_t gva, uint64_t *gpa)
{
	const struct breakpoint *bp = find_bp(sb, gva);

	if (bp)
		*gpa = bp->gpa;
	return bp != NULL;
}

bool swbreak_at(const struct swbreak *sb, uint64_t gpa)
{
	const struct patch *patch = find_patch(sb, gpa);

	return patch && patch->planted && is_int3(sb, gpa);
}

int swbreak_lift(struct swbreak *sb, uint64_t gpa)
{
	struct patch *patch = find_patch(sb, gpa);

	if (!patch)
		return -ENOENT;
	unplant(sb, patch);
	patch->lifted = true;
	return 0;
}

void swbreak_restore(struct swbreak *sb, uint64_t gpa)
{
	struct patch *patch = find_patch(sb, gpa);

	if (!patch || !patch->lifted)
		return;
	patch->lifted = false;
	(void)plant(sb, patch); /* fails if the memory has gone: see replant */
}

static bool within(uint64_t gpa, uint64_t start, uint64_t size)
{
	return gpa - start < size; /* below START it wraps around */
}

void swbreak_withdraw(struct swbreak *sb, uint64_t gpa, uint64_t size)
{
	size_t i;

	for (i = 0; i < sb->patch_count; i++)
		if (within(sb->patches[i].gpa, gpa, size))
			unplant(sb, &sb->patches[i]);
}

void swbreak_replant(struct swbreak *sb)
{
	size_t i;

	for (i = 0; i < sb->patch_count; i++)
		if (!sb->patches[i].planted)
			(void)plant(sb, &sb->patches[i]);
}

void swbreak_hide(const struct swbreak *sb, uint64_t gpa, void *buf, size_t len)
{
	uint8_t *bytes = buf;
	size_t i;

	for (i = 0; i < sb->patch_count; i++) {
		const struct patch *patch = &sb->patches[i];
		uint64_t at = patch->gpa - gpa;

		if (patch->planted && within(patch->gpa, gpa, len) &&
		    bytes[at] == INT3)
			bytes[at] = patch->original;
	}
}

/* The int3s are out of memory for a moment: the vCPUs stand, as
 * kvmgdb_target_ops.mem_write wants them to. */
int swbreak_write(struct swbreak *sb, uint64_t gpa, const void *buf, size_t len)
{
	int ret = gmem_write(sb->gmem, gpa, buf, len);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < sb->patch_count; i++) {
		struct patch *patch = &sb->patches[i];

		if (!within(patch->gpa, gpa, len))
			continue;
		patch->planted = false;
		(void)plant(sb, patch); /* it was writable just now */
	}
	return 0;
}
