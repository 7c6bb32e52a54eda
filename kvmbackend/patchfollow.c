/* SPDX-License-Identifier: MIT */
#include "patchfollow.h"

#include <string.h>

void patch_follow(struct kvmgdb_vcpu *v, struct request *r)
{
	uint64_t gpa, old;
	int err;

	/* where nothing is mapped, nothing is executed */
	if (!vcpu_gva_to_gpa(v, r->addr, &gpa, NULL) ||
	    !swbreak_place(v->vm->swbreak, r->addr, &old) || gpa == old)
		return;
	err = swbreak_insert(v->vm->swbreak, r->addr, gpa);
	if (err && !r->told_moved)
		vm_warn(v->vm,
			"the guest has mapped other memory at %#llx, which "
			"cannot be patched (%s): the breakpoint there will "
			"not be hit",
			(unsigned long long)r->addr, strerror(-err));
	r->told_moved = err != 0;
}
