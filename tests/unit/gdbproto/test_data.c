// SPDX-License-Identifier: MIT
/* Registers and memory. */
#include "test.h"

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig *rig;

static int setup(void **state)
{
	(void)state;
	rig = malloc(sizeof(*rig));
	if (!rig)
		return -1;
	rig_open(rig);
	rig_connect(rig, "multiprocess+");
	return rig->session ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rig_close(rig);
	free(rig);
	return 0;
}

/* Where register N starts in a `g` (in digits), summed up by hand:
 * 17 of 8 bytes, 7 of 4, 8 of 10, 8 of 4, 16 of 16, one of 4, 2 of 8. */
enum {
	G_RBX = 16,
	G_RIP = 16 * 16,
	G_EFLAGS = 17 * 16,
	G_FCTRL = 17 * 16 + 7 * 8 + 8 * 20,
	G_XMM1 = 17 * 16 + 7 * 8 + 8 * 20 + 8 * 8 + 32,
	G_MXCSR = 17 * 16 + 7 * 8 + 8 * 20 + 8 * 8 + 16 * 32,
	G_GS_BASE = G_MXCSR + 8 + 16,
	G_LEN = G_GS_BASE + 16 + 27 * 16 + 16 /* the system's, XCR0 */
};

static void test_read_all(void **state)
{
	(void)state;
	fake_set_reg(&rig->fake, 0, KVMGDB_REG_GS_BASE, 0x1122334455667788);
	assert_non_null(rig_send(rig, "g"));
	assert_int_equal(rig->reply_len, G_LEN);
	assert_int_equal(rig->reply_len, 2 * (768 + 8));
	assert_memory_equal(rig->reply + G_RBX, "0100000000000010", 16);
	assert_memory_equal(rig->reply + G_RIP, "0010000000000000", 16);
	assert_memory_equal(rig->reply + G_EFLAGS, "02020000", 8);
	assert_memory_equal(rig->reply + G_FCTRL, "7f030000", 8);
	assert_memory_equal(rig->reply + G_MXCSR, "801f0000", 8);
	assert_memory_equal(rig->reply + G_GS_BASE, "8877665544332211", 16);
}

static void test_read_all_unavailable(void **state)
{
	(void)state;
	rig->fake.missing = KVMGDB_REG_XMM0 + 1;
	assert_non_null(rig_send(rig, "g"));
	assert_int_equal(rig->reply_len, G_LEN);
	assert_memory_equal(rig->reply + G_XMM1 - 2,
			    "00xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx00", 36);
}

/* The same from a target that reads registers one by one. */
static void test_read_all_singly(void **state)
{
	struct kvmgdb_target_ops ops = fake_ops;
	char whole[G_LEN + 1];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		rig->fake.missing = (enum kvmgdb_reg[]){
		    KVMGDB_REG_COUNT, KVMGDB_REG_RAX, KVMGDB_REG_XCR0}[i];
		gdb_session_free(rig->session);
		ops.reg_read_block = fake_ops.reg_read_block;
		rig->session = gdb_session_new(&ops, &rig->fake, NULL);
		rig->noack = false;
		rig_send(rig, "Hg2");
		rig_send(rig, "g");
		assert_int_equal(rig->reply_len, G_LEN);
		memcpy(whole, rig->reply, sizeof(whole));
		assert_int_equal(whole[0] == 'x', i == 1);
		assert_int_equal(whole[G_LEN - 1] == 'x', i == 2);
		ops.reg_read_block = NULL;
		assert_answer(rig, "g", whole);
	}
}

static void test_write_all(void **state)
{
	char packet[G_LEN + 2] = "G";

	(void)state;
	rig_send(rig, "g");
	memcpy(packet + 1, rig->reply, G_LEN + 1);
	memcpy(packet + 1 + G_RBX, "8877665544332211", 16);
	memcpy(packet + 1 + G_RIP, "xxxxxxxxxxxxxxxx", 16);
	assert_answer(rig, packet, "OK");
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_RBX) ==
		    0x1122334455667788);
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_RIP) == FAKE_CODE);
	/* Wrong anywhere: nothing is written. */
	memcpy(packet + 1 + G_RBX, "0000000000000000", 16);
	packet[G_LEN] = 'q';
	assert_answer(rig, packet, "E22");
	packet[G_LEN] = '\0';
	assert_answer(rig, packet, "E22");
	assert_answer(rig, "G", "E22");
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_RBX) ==
		    0x1122334455667788);
}

static void test_read_one(void **state)
{
	(void)state;
	assert_answer(rig, "p10", "0010000000000000");
	assert_answer(rig, "p11", "02020000");
	assert_answer(rig, "p18", "00000000000000000000");
	assert_answer(rig, "p3c", "3300058000000000"); /* cr0 */
	assert_answer(rig, "p3e", "0030000000000000"); /* cr3 */
	rig_send(rig, "Hgp1.2");
	assert_answer(rig, "p3e", "0130000000000000");
	rig->fake.missing = KVMGDB_REG_CR3;
	assert_answer(rig, "p3e", "xxxxxxxxxxxxxxxx");
	assert_answer(rig, "p", "E22");
	assert_answer(rig, "p10,", "E22");
	assert_answer(rig, "pffff", "E22");
	assert_answer(rig, "pffffffffffffffffff", "E22");
}

static void test_write_one(void **state)
{
	(void)state;
	assert_answer(rig, "P10=3412000000000000", "OK");
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_RIP) == 0x1234);
	assert_answer(rig, "P3e=00a0", "E22");
	assert_answer(rig, "P3e=00a000000000000000", "E22");
	assert_answer(rig, "P3e", "E22");
	assert_answer(rig, "P3e=00a0000000000x00", "E22");
	assert_answer(rig, "P5f=0000000000000000", "E22");
	assert_answer(rig, "Pfff=00", "E22");
	/* A value that the CPU refuses. */
	assert_answer(rig, "P40=ff00000000000000", "E22");
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_CR8) == 0);
	assert_answer(rig, "P40=0f00000000000000", "OK");
	assert_true(fake_reg(&rig->fake, 0, KVMGDB_REG_CR8) == 15);
}

/* ---- memory ---- */

static void test_read_memory(void **state)
{
	(void)state;
	assert_answer(rig, "m1000,8", "ff04250020000090");
	assert_answer(rig, "m1000,0", "");
	/* Up to the first byte that is not there. */
	assert_answer(rig, "m4ffe,10", "0000");
	assert_answer(rig, "m5000,10", "E14");
	assert_answer(rig, "m0,40", "E14");
	rig->fake.top[0xfff] = 0xa5;
	assert_answer(rig, "mffffffffffffffff,1", "a5");
	assert_answer(rig, "mfffffffffffffffe,ffff", "00a5");
	assert_answer(rig, "m1000", "E22");
	assert_answer(rig, "m,1", "E22");
	assert_answer(rig, "m1000,1,", "E22");
	assert_answer(rig, "m11111111111111111,1", "E22");
	assert_answer(rig, "m1000,10000000000000000", "E22");
}

static void test_read_all_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < FAKE_RAM_SIZE; i++)
		rig->fake.ram[i] = (uint8_t)(i * 7 + i / 256);
	assert_non_null(rig_send(rig, "m1000,ffffffffffffffff"));
	assert_int_equal(rig->reply_len, 2 * FAKE_RAM_SIZE);
	for (size_t i = 0; i < FAKE_RAM_SIZE; i++) {
		char byte[3];

		snprintf(byte, sizeof(byte), "%02x", rig->fake.ram[i]);
		assert_memory_equal(rig->reply + 2 * i, byte, 2);
	}
}

static void test_write_hex(void **state)
{
	(void)state;
	assert_answer(rig, "M2000,3:a1B2c3", "OK");
	assert_memory_equal(rig->fake.ram + 0x1000, "\xa1\xb2\xc3\x00", 4);
	assert_answer(rig, "M2000,0:", "OK");
	assert_answer(rig, "M2000,2:a1", "E22");
	assert_answer(rig, "M2000,1:a1b2", "E22");
	assert_answer(rig, "M2000,1:a", "E22");
	assert_answer(rig, "M2000,1:zz", "E22");
	assert_answer(rig, "M2000,1", "E22");
	assert_answer(rig, "M2000:00", "E22");
	assert_answer(rig, "M4fff,2:0000", "E14");
	assert_answer(rig, "Mffffffffffffffff,2:0000", "E14");
	assert_int_equal(rig->fake.writes, 1);
}

static void test_write_binary(void **state)
{
	static const char probe[] = "X0,0:";
	static const char bytes[] = "X2000,7:#$}*\x03\x00\xff";
	static const char shorter[] = "X2000,8:#$}*\x03\x00\xff";

	(void)state;
	assert_answer(rig, probe, "OK");
	assert_int_equal(rig->fake.writes, 0);
	/* Its length counts bytes before escaping. */
	assert_non_null(rig_send_bytes(rig, bytes, sizeof(bytes) - 1));
	assert_string_equal(rig->reply, "OK");
	assert_memory_equal(rig->fake.ram + 0x1000, "#$}*\x03\x00\xff", 7);
	assert_non_null(rig_send_bytes(rig, shorter, sizeof(shorter) - 1));
	assert_string_equal(rig->reply, "E22");
	assert_answer(rig, "X2000,1:ab", "E22");
	assert_answer(rig, "X2000,1", "E22");
	assert_answer(rig, "X9000,1:a", "E14");
	assert_answer(rig, "Xffffffffffffffff,2:ab", "E14");
	assert_int_equal(rig->fake.writes, 1);
}

/* A search of 16 KiB looks at the clock a few times; with 1 s in between it
 * must not go on. */
static void test_scan_is_bounded(void **state)
{
	(void)state;
	rig->tick = 1;
	assert_answer(rig, "qSearch:memory:1000;4000;zzz", "0");
	rig->tick = 1000;
	assert_answer(rig, "qSearch:memory:1000;4000;zzz", "0");
	rig->tick = 1600;
	rig->warnings[0] = '\0';
	assert_answer(rig, "qSearch:memory:1000;4000;zzz", "E62");
	assert_non_null(strstr(rig->warnings, "given up after 1500 ms"));
	assert_answer(rig, "qCRC:1000,4000", "E62");
	/* Holes cost time too. */
	rig->tick = 1;
	assert_answer(rig, "qSearch:memory:5000;ffffffffffff0000;zzz", "E62");
	rig->tick = 0;
	assert_non_null(rig_send(rig, "qCRC:1000,4000"));
	assert_int_equal(rig->reply[0], 'C');
}

/* A pattern that lies across blocks of the search, at each of its places. */
static void test_search_across_blocks(void **state)
{
	static const char pattern[] = "abcab!";
	const size_t size = sizeof(pattern) - 1;
	char want[32];

	(void)state;
	rig->fake.all_ram = true;
	for (size_t before = 0; before <= size; before++) {
		uint64_t at = FAKE_RAM + 0x10000 - before;

		rig->fake.planted = pattern;
		rig->fake.planted_at = at;
		snprintf(want, sizeof(want), "1,%llx", (unsigned long long)at);
		assert_answer(rig, "qSearch:memory:1000;30000;abcab!", want);
		rig->fake.planted = NULL;
		assert_answer(rig, "qSearch:memory:1000;30000;abcab!", "0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_read_all),        CASE(test_read_all_unavailable),
	    CASE(test_read_all_singly), CASE(test_write_all),
	    CASE(test_read_one),        CASE(test_write_one),
	    CASE(test_read_memory),     CASE(test_read_all_memory),
	    CASE(test_write_hex),       CASE(test_write_binary),
	    CASE(test_scan_is_bounded), CASE(test_search_across_blocks),
	};

	return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
