/* SPDX-License-Identifier: MIT */
#include "failalloc.h"
#include "kvmbackend/regfile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_new(void **state)
{
	struct regfile *rf = NULL;
	int n;

	(void)state;
	for (n = 0; !rf; n++) {
		failalloc_after(n);
		rf = regfile_new(-1, 8192);
		failalloc_after(-1);
	}
	assert_int_equal(n, 3); /* two allocations: two failures */
	regfile_free(rf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_new)};

	return cmocka_run_group_tests_name("regfile, no memory", tests, NULL,
					   NULL);
}
