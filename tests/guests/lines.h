/* SPDX-License-Identifier: MIT */
#ifndef LINES_H
#define LINES_H

#include <stdint.h>

extern volatile uint32_t ticks;

/* VALUE + 1, after an interrupt of the timer. */
uint32_t lines_wait(uint32_t value);

/* A + B, by a recursion as deep as B. */
uint32_t lines_add(uint32_t a, uint32_t b);

#endif
