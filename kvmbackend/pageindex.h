/* SPDX-License-Identifier: MIT */
/*
 * Which requests have bytes in a page: so that a trapped access costs the same
 * among a thousand as alone.  Made when a page is asked for a second time and
 * the requests are still the same, since a GDB changes all of them at each stop
 * and then a look at each is cheaper.  Lock.
 */
#ifndef KVMBACKEND_PAGEINDEX_H
#define KVMBACKEND_PAGEINDEX_H

#include "request.h"

struct page_entry {
	uint64_t page;
	struct request *r;
	unsigned at; /* among requests_all() */
};

struct pageindex {
	struct page_entry *entry;
	unsigned count, room;
	uint64_t made, asked; /* requests_version() */
};

/*
 * The entries of PAGE, in the order of requests_all().  False: there is no
 * index now, look at all.
 */
bool pageindex_find(struct pageindex *x, const struct requests *rs,
		    uint64_t page, const struct page_entry **first,
		    unsigned *count);

void pageindex_end(struct pageindex *x);

#endif
