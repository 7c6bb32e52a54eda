/* SPDX-License-Identifier: MIT */
/* Functions to break in, step over, finish, and call from the debugger. */
#include "guest.h"

volatile int calls_made;
volatile int total;

static int add(int a, int b)
{
	calls_made = calls_made + 1;
	return a + b;
}

static int twice(int n)
{
	int sum = add(n, n);

	return sum;
}

static int factorial(int n)
{
	if (n <= 1)
		return 1;
	return n * factorial(n - 1);
}

static void loop(void)
{
	for (int i = 0; i < 10; i++)
		total = total + i; /* loop body */
	total = total + 1000;      /* after the loop */
}

static void done(void)
{
	guest_report("calls_made", (unsigned long)calls_made);
	guest_report("total", (unsigned long)total);
}

void guest_main(void)
{
	int a, b, f;

	guest_puts("calls: start\n");
	a = twice(3);     /* first call */
	b = twice(4);     /* second call */
	f = factorial(5); /* recursion */
	loop();           /* the loop */
	total = total + a + b + f;
	done();
}
