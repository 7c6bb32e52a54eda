/* SPDX-License-Identifier: MIT */
#include "pageindex.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const struct page_entry *x = a, *y = b;

	if (x->page != y->page)
		return x->page < y->page ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool make(struct pageindex *x, const struct requests *rs)
{
	struct request *const *all;
	unsigned n, i, k, count = 0;

	all = requests_all(rs, &n);
	for (i = 0; i < n; i++)
		count += all[i]->pages;
	if (count > x->room) {
		struct page_entry *entry =
		    realloc(x->entry, count * sizeof(*entry));

		if (!entry)
			return false;
		x->entry = entry;
		x->room = count;
	}
	x->count = 0;
	for (i = 0; i < n; i++)
		for (k = 0; k < all[i]->pages; k++)
			x->entry[x->count++] =
			    (struct page_entry){all[i]->page[k], all[i], i};
	if (x->count)
		qsort(x->entry, x->count, sizeof(*x->entry), compare);
	x->made = requests_version(rs);
	return true;
}

/* The first entry of PAGE, or where it would be. */
static unsigned bisect(const struct pageindex *x, uint64_t page)
{
	unsigned low = 0, high = x->count;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (x->entry[mid].page < page)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool pageindex_find(struct pageindex *x, const struct requests *rs,
		    uint64_t page, const struct page_entry **first,
		    unsigned *count)
{
	const uint64_t version = requests_version(rs);
	const bool again = x->asked == version;
	unsigned at, end;

	x->asked = version;
	if (x->made != version && (!again || !make(x, rs)))
		return false;
	at = end = bisect(x, page);
	while (end < x->count && x->entry[end].page == page)
		end++;
	*first = x->entry + at;
	*count = end - at;
	return true;
}

void pageindex_end(struct pageindex *x)
{
	free(x->entry);
}
