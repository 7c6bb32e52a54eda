// SPDX-License-Identifier: MIT
/* The inside of fake_target.h: the operations of fake_ops, and what its files
 * share. */
#ifndef TESTS_FAKE_IMPL_H
#define TESTS_FAKE_IMPL_H

#include "fake_target.h"

/* fake_target.c: memory and registers. */
uint8_t *fake_byte_at(struct fake_target *f, uint64_t addr);
bool fake_goes_round(uint64_t gva, size_t len);
ssize_t fake_mem_read(void *target, unsigned vcpu, uint64_t gva, void *buf,
		      size_t len);
int fake_mem_write(void *target, unsigned vcpu, uint64_t gva, const void *buf,
		   size_t len);
ssize_t fake_phys_read(void *target, uint64_t gpa, void *buf, size_t len);
int fake_phys_write(void *target, uint64_t gpa, const void *buf, size_t len);
bool fake_reg_present(void *target, enum kvmgdb_reg reg);
ssize_t fake_reg_read(void *target, unsigned vcpu, enum kvmgdb_reg reg,
		      void *buf);
int fake_reg_write(void *target, unsigned vcpu, enum kvmgdb_reg reg,
		   const void *buf, size_t size);

/* fake_bps.c: breakpoints. */
int fake_bp_insert_filtered(void *target, unsigned vcpu,
			    enum kvmgdb_bp_kind kind, uint64_t gva,
			    uint64_t len, struct kvmgdb_filter *filter,
			    struct kvmgdb_reason *why);
int fake_bp_insert(void *target, unsigned vcpu, enum kvmgdb_bp_kind kind,
		   uint64_t gva, uint64_t len, struct kvmgdb_reason *why);
int fake_bp_remove(void *target, enum kvmgdb_bp_kind kind, uint64_t gva,
		   uint64_t len);
void fake_bp_clear(void *target);
struct fake_bp *fake_bp_at(struct fake_target *f, uint64_t rip);
struct fake_bp *fake_watch_on(struct fake_target *f, uint64_t addr,
			      uint64_t len, bool write);
enum kvmgdb_stop_reason fake_reason_of(enum kvmgdb_bp_kind kind);

/* fake_run.c: running, filters, stops. */
unsigned fake_vcpu_count(void *target);
enum kvmgdb_vcpu_state fake_vcpu_state(void *target, unsigned vcpu);
bool fake_running(void *target);
int fake_set_non_stop(void *target, bool on);
int fake_reset(void *target);
int fake_interrupt_vcpu(void *target, unsigned vcpu);
int fake_resume(void *target, const struct kvmgdb_action *actions);
int fake_interrupt(void *target);
int fake_next_stop(void *target, struct kvmgdb_stop *stop);
void fake_kill(void *target);
size_t fake_next_text(void *target, char *buf, size_t size);

/* fake_views.c: what is only looked at, and options. */
int fake_walk_view(void *target, unsigned vcpu, uint64_t gva,
		   struct kvmgdb_walk_view *view);
int fake_place_view(void *target, unsigned vcpu,
		    struct kvmgdb_place_view *view);
int fake_msr_list(void *target, unsigned index, uint32_t *msr);
int fake_msr_read(void *target, unsigned vcpu, uint32_t msr, uint64_t *value);
int fake_msr_write(void *target, unsigned vcpu, uint32_t msr, uint64_t value);
int fake_dr_view(void *target, unsigned vcpu, struct kvmgdb_dr_view *view);
int fake_request_view(void *target, unsigned index,
		      struct kvmgdb_request_view *view);
int fake_option_set(void *target, const char *name, const char *value);
int fake_option_view(void *target, unsigned index,
		     struct kvmgdb_option_view *view);
int fake_count_view(void *target, unsigned vcpu, unsigned index,
		    struct kvmgdb_count_view *view);

#endif
