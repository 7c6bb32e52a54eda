/* SPDX-License-Identifier: MIT */
/* Linked with one room's library, whole, and nothing else: proves that the
 * room needs no other.  See gdbproto/meson.build and kvmbackend/meson.build. */
int main(void)
{
	return 0;
}
