// SPDX-License-Identifier: MIT
/* Only its debug information and its addresses are used: GDB lays it over the
 * memory of the fake target (agent_gdb.py). */

struct part {
	int x;
	short y;
	unsigned char z;
	long w;
};

struct all {
	char c;
	signed char sc;
	unsigned char uc;
	short s;
	unsigned short us;
	int i;
	unsigned int u;
	long l;
	unsigned long ul;
	int arr[8];
	struct part part[4];
	struct part *pp;
	int *pi;
	unsigned int b1 : 3;
	int b2 : 5;
	unsigned int b3 : 17;
	int b4 : 1;
	char text[16];
	int matrix[3][3];
	_Bool flag;
};

struct all v = {.c = 1};
