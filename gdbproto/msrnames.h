/* SPDX-License-Identifier: MIT */
/* Names of model-specific registers: those of the SDM (vol. 4) and of AMD's
 * manual (vol. 2, appendix A), of KVM's own
 * (Documentation/virt/kvm/x86/msr.rst) and of Hyper-V's that KVM offers. */
#ifndef GDBPROTO_MSRNAMES_H
#define GDBPROTO_MSRNAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSRNAMES_MAX 40u /* room for each name */

/* Into NAME, which holds SIZE bytes; false: it has none here. */
bool msrnames_name(uint32_t index, char *name, size_t size);

/* By name, whatever the case, with or without "MSR_" or "IA32_" before it. */
bool msrnames_find(const char *name, uint32_t *index);

/* The name whose spelling is next to that of NAME; false: none is near. */
bool msrnames_nearest(const char *name, char *nearest, size_t size);

#endif
