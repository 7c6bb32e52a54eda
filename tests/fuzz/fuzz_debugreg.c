/* SPDX-License-Identifier: MIT */
/* The model's dice are the fuzzer's bytes. */
#include "model_dr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_dr *m;

	if (!size) /* no bytes would mean random ones */
		return 0;
	m = model_dr_new(&model_real_arbiter, 0, data, size);
	if (!m)
		return 0;
	while (!model_dr_exhausted(m)) {
		if (model_dr_step(m))
			continue;
		model_dr_print(m);
		abort();
	}
	model_dr_free(m);
	return 0;
}
