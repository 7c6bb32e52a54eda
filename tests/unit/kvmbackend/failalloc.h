/* SPDX-License-Identifier: MIT */
/*
 * Make allocations fail.  A test program that uses it is linked with
 * failalloc_args of meson.build (ld --wrap), so it may hold one test's state
 * for the whole program.
 */
#ifndef TESTS_FAILALLOC_H
#define TESTS_FAILALLOC_H

/* The Nth malloc, calloc or realloc from now (from 0) returns NULL, and all
 * after it; -1: none. */
void failalloc_after(int n);

#endif
