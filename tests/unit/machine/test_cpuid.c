/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>

#include "machine/cpuid.h"

enum { LEAF1, LEAF4, LEAF_B0, LEAF_B1, LEAF_NONE, LEAVES };

static struct kvm_cpuid2 *make(void)
{
	static const struct kvm_cpuid_entry2 entries[LEAVES] = {
	    [LEAF1] = {.function = 1, .ebx = 0xaabbccdd, .edx = 1},
	    [LEAF4] = {.function = 4, .eax = 0xfc004121},
	    [LEAF_B0] = {.function = 0xb, .index = 0, .edx = 99},
	    [LEAF_B1] = {.function = 0xb, .index = 1, .edx = 99},
	    [LEAF_NONE] = {.function = 0x80000000, .eax = 5, .ebx = 6},
	};
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + sizeof(entries));

	assert_non_null(cpuid);
	cpuid->nent = LEAVES;
	for (unsigned i = 0; i < LEAVES; i++)
		cpuid->entries[i] = entries[i];
	return cpuid;
}

static void one_cpu(void **state)
{
	struct kvm_cpuid2 *c = make();

	(void)state;
	cpuid_fit(c, 0, 1);
	assert_int_equal(c->entries[LEAF1].ebx, 0x0001ccdd);
	assert_int_equal(c->entries[LEAF1].ecx >> 31, 1);
	assert_int_equal(c->entries[LEAF1].edx, 1);
	assert_int_equal(c->entries[LEAF4].eax, 0x121);
	assert_int_equal(c->entries[LEAF_B0].edx, 0);
	assert_int_equal(c->entries[LEAF_NONE].ebx, 6);
	free(c);
}

/* The same array serves one vCPU after the other. */
static void each_cpu(void **state)
{
	struct kvm_cpuid2 *c = make();

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cpuid_fit(c, i, 3);
		assert_int_equal(c->entries[LEAF1].ebx,
				 i << 24 | 3 << 16 | 0xccdd);
		assert_int_equal(c->entries[LEAF1].edx, 1 | 1u << 28);
		assert_int_equal(c->entries[LEAF4].eax, 0x121 | 3u << 26);
		assert_int_equal(c->entries[LEAF_B0].edx, i);
		assert_int_equal(c->entries[LEAF_B0].ebx, 1);
		assert_int_equal(c->entries[LEAF_B0].ecx, 1 << 8);
		assert_int_equal(c->entries[LEAF_B1].eax, 2);
		assert_int_equal(c->entries[LEAF_B1].ebx, 3);
		assert_int_equal(c->entries[LEAF_B1].ecx, 2 << 8 | 1);
	}
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_cpu),
	    cmocka_unit_test(each_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
