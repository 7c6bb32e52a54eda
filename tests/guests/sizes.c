/* SPDX-License-Identifier: MIT */
/*
 * Objects of many sizes, and a hundred small ones far from each other.  Of each
 * the first, the middle and the last byte are written, and the bytes beside it.
 */
#include "guest.h"

#define OBJECTS   6
#define SCATTERED 100

struct object {
	volatile uint8_t *at;
	uint64_t size;
};

static volatile uint8_t area[0x1000 + 3 + 0x100 + 12 + 0x100 + 16 + 0x100 + 64 +
			     0x1000 + 0x1000 + 0x2000 + 0x100000 + 0x1000]
    __attribute__((aligned(4096)));

/* Odd addresses: none of them is aligned. */
const struct object objects[OBJECTS] = {
    {area + 0x001, 3},  {area + 0x101, 12},    {area + 0x201, 16},
    {area + 0x301, 64}, {area + 0x1801, 4096}, {area + 0x3001, 0x100000},
};

struct {
	volatile uint32_t before, watched, after;
	uint8_t rest[1024];
} scattered[SCATTERED];
const uint32_t scattered_size = sizeof(scattered[0]);

static void store(volatile uint8_t *at)
{
	*at = (uint8_t)(*at + 1);
}

static void write_object(const struct object *o)
{
	store(o->at - 1);
	store(o->at);
	store(o->at + o->size / 2);
	store(o->at + o->size - 1);
	store(o->at + o->size);
}

static void write_scattered(unsigned i)
{
	scattered[i].before = i;
	scattered[i].watched = i + 1;
	scattered[i].after = i;
}

void guest_main(void)
{
	guest_puts("sizes: start\n");
	for (unsigned i = 0; i < OBJECTS; i++)
		write_object(&objects[i]);
	for (unsigned i = 0; i < SCATTERED; i++)
		write_scattered(i);
	guest_puts("sizes: end\n");
}
