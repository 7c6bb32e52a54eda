/* SPDX-License-Identifier: MIT */
#include "gmem.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_ALIGN  UINT64_C(4096) /* KVM refuses anything finer */
#define AS_SHIFT    16             /* KVM_CAP_MULTI_ADDRESS_SPACE */
#define MAX_PHYSMEM (UINT64_C(1) << 52)

struct slot {
	uint64_t gpa, size;
	uint8_t *hva;
	uint32_t id;
	bool readonly;
};

struct gmem {
	pthread_mutex_t lock; /* everything below, and the memory behind it:
				 once a slot's deletion has returned, nobody
				 touches its HVA any more */
	struct slot *slots;   /* by gpa, disjoint */
	size_t count, room;
};

struct gmem *gmem_new(void)
{
	struct gmem *gmem = calloc(1, sizeof(*gmem));

	if (!gmem)
		return NULL;
	if (pthread_mutex_init(&gmem->lock, NULL)) {
		free(gmem);
		return NULL;
	}
	return gmem;
}

void gmem_free(struct gmem *gmem)
{
	if (!gmem)
		return;
	pthread_mutex_destroy(&gmem->lock);
	free(gmem->slots);
	free(gmem);
}

static size_t index_of_id(const struct gmem *gmem, uint32_t id)
{
	size_t i = 0;

	while (i < gmem->count && gmem->slots[i].id != id)
		i++;
	return i;
}

/* The first slot that ends after GPA: the one that holds it, or the next. */
static size_t index_of_gpa(const struct gmem *gmem, uint64_t gpa)
{
	size_t low = 0, high = gmem->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct slot *slot = &gmem->slots[mid];

		if (slot->gpa + slot->size <= gpa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void delete_at(struct gmem *gmem, size_t i)
{
	gmem->count--;
	memmove(&gmem->slots[i], &gmem->slots[i + 1],
		(gmem->count - i) * sizeof(*gmem->slots));
}

static int reserve(struct gmem *gmem)
{
	size_t room = gmem->room ? gmem->room * 2 : 8;
	struct slot *slots;

	if (gmem->count < gmem->room)
		return 0;
	slots = realloc(gmem->slots, room * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	gmem->slots = slots;
	gmem->room = room;
	return 0;
}

static bool overlaps_another(const struct gmem *gmem, const struct slot *new)
{
	size_t i;

	for (i = 0; i < gmem->count; i++) {
		const struct slot *old = &gmem->slots[i];

		if (old->id != new->id && old->gpa <
					      new->gpa + new->size &&new->gpa <
					      old->gpa + old->size)
			return true;
	}
	return false;
}

/* A slot that is there is replaced: KVM lets it move and change its flags. */
static int put(struct gmem *gmem, const struct slot *new)
{
	size_t i;
	int ret;

	if (overlaps_another(gmem, new))
		return -EINVAL;
	i = index_of_id(gmem, new->id);
	if (i < gmem->count) {
		delete_at(gmem, i);
	} else {
		ret = reserve(gmem);
		if (ret)
			return ret;
	}
	i = index_of_gpa(gmem, new->gpa);
	memmove(&gmem->slots[i + 1], &gmem->slots[i],
		(gmem->count - i) * sizeof(*gmem->slots));
	gmem->slots[i] = *new;
	gmem->count++;
	return 0;
}

static int delete_id(struct gmem *gmem, uint32_t id)
{
	size_t i = index_of_id(gmem, id);

	if (i == gmem->count)
		return -EINVAL; /* as KVM */
	delete_at(gmem, i);
	return 0;
}

int gmem_slot(struct gmem *gmem, uint32_t slot, uint64_t gpa, uint64_t size,
	      void *hva, bool readonly)
{
	const struct slot new = {gpa, size, hva, slot, readonly};
	int ret;

	/* Address space 1 is what the guest sees in system management mode;
	 * its slots overlap those of address space 0 by design. */
	if (slot >> AS_SHIFT)
		return 0;
	if (size && (!hva || gpa % SLOT_ALIGN || size % SLOT_ALIGN ||
		     gpa >= MAX_PHYSMEM || size > MAX_PHYSMEM - gpa))
		return -EINVAL;

	pthread_mutex_lock(&gmem->lock);
	ret = size ? put(gmem, &new) : delete_id(gmem, slot);
	pthread_mutex_unlock(&gmem->lock);
	return ret;
}

bool gmem_slot_range(struct gmem *gmem, uint32_t slot, uint64_t *gpa,
		     uint64_t *size)
{
	bool there;
	size_t i;

	pthread_mutex_lock(&gmem->lock);
	i = index_of_id(gmem, slot);
	there = i < gmem->count;
	if (there) {
		*gpa = gmem->slots[i].gpa;
		*size = gmem->slots[i].size;
	}
	pthread_mutex_unlock(&gmem->lock);
	return there;
}

/*
 * The host's memory behind GPA; RUN gets the bytes until the slot ends, at
 * most LEN.  NULL: no memory.
 */
static const struct slot *find(const struct gmem *gmem, uint64_t gpa,
			       size_t len, size_t *run)
{
	size_t i = index_of_gpa(gmem, gpa);
	const struct slot *slot;
	uint64_t left;

	if (i == gmem->count || gpa < gmem->slots[i].gpa)
		return NULL;
	slot = &gmem->slots[i];
	left = slot->gpa + slot->size - gpa;
	*run = left < len ? (size_t)left : len;
	return slot;
}

ssize_t gmem_read(struct gmem *gmem, uint64_t gpa, void *buf, size_t len)
{
	uint8_t *to = buf;
	size_t done = 0, run;

	if (len > SSIZE_MAX)
		return -EINVAL;
	pthread_mutex_lock(&gmem->lock);
	while (done < len) {
		const struct slot *slot =
		    find(gmem, gpa + done, len - done, &run);

		if (!slot)
			break;
		memcpy(to + done, slot->hva + (gpa + done - slot->gpa), run);
		done += run;
	}
	pthread_mutex_unlock(&gmem->lock);
	return done || !len ? (ssize_t)done : -EFAULT;
}

void gmem_lock(struct gmem *gmem)
{
	pthread_mutex_lock(&gmem->lock);
}

void gmem_unlock(struct gmem *gmem)
{
	pthread_mutex_unlock(&gmem->lock);
}

bool gmem_entry(struct gmem *gmem, uint64_t gpa, void *entry, unsigned size)
{
	size_t run;
	const struct slot *slot = find(gmem, gpa, size, &run);

	if (!slot || run < size)
		return false;
	memcpy(entry, slot->hva + (gpa - slot->gpa), size);
	return true;
}

static int check_writable(const struct gmem *gmem, uint64_t gpa, size_t len)
{
	size_t done, run;

	for (done = 0; done < len; done += run) {
		const struct slot *slot =
		    find(gmem, gpa + done, len - done, &run);

		if (!slot)
			return -EFAULT;
		if (slot->readonly)
			return -EROFS;
	}
	return 0;
}

int gmem_write(struct gmem *gmem, uint64_t gpa, const void *buf, size_t len)
{
	const uint8_t *from = buf;
	size_t done, run;
	int ret;

	pthread_mutex_lock(&gmem->lock);
	ret = check_writable(gmem, gpa, len);
	for (done = 0; !ret && done < len; done += run) {
		const struct slot *slot =
		    find(gmem, gpa + done, len - done, &run);

		memcpy(slot->hva + (gpa + done - slot->gpa), from + done, run);
	}
	pthread_mutex_unlock(&gmem->lock);
	return ret;
}

int gmem_check(struct gmem *gmem, uint64_t gpa, size_t len)
{
	int ret;

	pthread_mutex_lock(&gmem->lock);
	ret = check_writable(gmem, gpa, len);
	pthread_mutex_unlock(&gmem->lock);
	return ret;
}
