// SPDX-License-Identifier: MIT
#include "tdesc.h"

/* Names and types are fixed by the GDB manual, "i386 Features". */

struct feature {
	const char *name;
	const char *types; /* XML, before the registers */
};

enum feature_id {
	CORE,
	SSE,
	SEGMENTS,
	SYSTEM,
	TABLES,
	AVX,
	AVX512,
	PKEYS,
	XSAVE,
	FEATURE_COUNT
};

/* Types are known in their own feature only. */
#define VEC128                                                      \
	"<vector id=\"xmm_f32\" type=\"ieee_single\" count=\"4\"/>" \
	"<vector id=\"xmm_f64\" type=\"ieee_double\" count=\"2\"/>" \
	"<vector id=\"xmm_i8\" type=\"int8\" count=\"16\"/>"        \
	"<vector id=\"xmm_i16\" type=\"int16\" count=\"8\"/>"       \
	"<vector id=\"xmm_i32\" type=\"int32\" count=\"4\"/>"       \
	"<vector id=\"xmm_i64\" type=\"int64\" count=\"2\"/>"       \
	"<union id=\"vec128\">"                                     \
	"<field name=\"v4_float\" type=\"xmm_f32\"/>"               \
	"<field name=\"v2_double\" type=\"xmm_f64\"/>"              \
	"<field name=\"v16_int8\" type=\"xmm_i8\"/>"                \
	"<field name=\"v8_int16\" type=\"xmm_i16\"/>"               \
	"<field name=\"v4_int32\" type=\"xmm_i32\"/>"               \
	"<field name=\"v2_int64\" type=\"xmm_i64\"/>"               \
	"<field name=\"uint128\" type=\"uint128\"/>"                \
	"</union>"

static const struct feature features[FEATURE_COUNT] = {
    [CORE] = {"org.gnu.gdb.i386.core",
	      "<flags id=\"eflags_bits\" size=\"4\">"
	      "<field name=\"CF\" start=\"0\" end=\"0\"/>"
	      "<field name=\"\" start=\"1\" end=\"1\"/>"
	      "<field name=\"PF\" start=\"2\" end=\"2\"/>"
	      "<field name=\"AF\" start=\"4\" end=\"4\"/>"
	      "<field name=\"ZF\" start=\"6\" end=\"6\"/>"
	      "<field name=\"SF\" start=\"7\" end=\"7\"/>"
	      "<field name=\"TF\" start=\"8\" end=\"8\"/>"
	      "<field name=\"IF\" start=\"9\" end=\"9\"/>"
	      "<field name=\"DF\" start=\"10\" end=\"10\"/>"
	      "<field name=\"OF\" start=\"11\" end=\"11\"/>"
	      "<field name=\"NT\" start=\"14\" end=\"14\"/>"
	      "<field name=\"RF\" start=\"16\" end=\"16\"/>"
	      "<field name=\"VM\" start=\"17\" end=\"17\"/>"
	      "<field name=\"AC\" start=\"18\" end=\"18\"/>"
	      "<field name=\"VIF\" start=\"19\" end=\"19\"/>"
	      "<field name=\"VIP\" start=\"20\" end=\"20\"/>"
	      "<field name=\"ID\" start=\"21\" end=\"21\"/>"
	      "</flags>"},
    [SSE] = {"org.gnu.gdb.i386.sse",
	     VEC128 "<flags id=\"mxcsr_bits\" size=\"4\">"
		    "<field name=\"IE\" start=\"0\" end=\"0\"/>"
		    "<field name=\"DE\" start=\"1\" end=\"1\"/>"
		    "<field name=\"ZE\" start=\"2\" end=\"2\"/>"
		    "<field name=\"OE\" start=\"3\" end=\"3\"/>"
		    "<field name=\"UE\" start=\"4\" end=\"4\"/>"
		    "<field name=\"PE\" start=\"5\" end=\"5\"/>"
		    "<field name=\"DAZ\" start=\"6\" end=\"6\"/>"
		    "<field name=\"IM\" start=\"7\" end=\"7\"/>"
		    "<field name=\"DM\" start=\"8\" end=\"8\"/>"
		    "<field name=\"ZM\" start=\"9\" end=\"9\"/>"
		    "<field name=\"OM\" start=\"10\" end=\"10\"/>"
		    "<field name=\"UM\" start=\"11\" end=\"11\"/>"
		    "<field name=\"PM\" start=\"12\" end=\"12\"/>"
		    "<field name=\"FZ\" start=\"15\" end=\"15\"/>"
		    "</flags>"},
    [SEGMENTS] = {"org.gnu.gdb.i386.segments", ""},
    [SYSTEM] = {"org.kvmgdb.system", ""},
    [AVX] = {"org.gnu.gdb.i386.avx", ""},
    [AVX512] = {"org.gnu.gdb.i386.avx512",
		VEC128 "<vector id=\"v2ui128\" type=\"uint128\" count=\"2\"/>"},
    [PKEYS] = {"org.gnu.gdb.i386.pkeys", ""},
    [TABLES] = {"org.kvmgdb.tables", ""},
    [XSAVE] = {"org.kvmgdb.xsave", ""},
};

/*
 * A row is one register, or several of one kind: a '#' in the name is replaced
 * by FIRST, FIRST + 1, ...  Rows are in the order of the wire, without gaps; a
 * description has only those that the guest's CPU has, under the same numbers.
 *
 * System registers are plain integers, not flags: GDB cannot assign an int to
 * an 8-byte flags type ("Invalid cast").
 */
struct row {
	enum feature_id feature;
	enum kvmgdb_reg reg;
	unsigned count;
	const char *name;
	const char *type;
	const char *group; /* NULL: by type */
	unsigned first;    /* in the name */
	unsigned bytes;    /* on the wire; 0: as at the seam */
};

static const struct row rows64[] = {
    {CORE, KVMGDB_REG_RAX, 1, "rax", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RBX, 1, "rbx", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RCX, 1, "rcx", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RDX, 1, "rdx", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RSI, 1, "rsi", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RDI, 1, "rdi", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RBP, 1, "rbp", "data_ptr", NULL, 0, 0},
    {CORE, KVMGDB_REG_RSP, 1, "rsp", "data_ptr", NULL, 0, 0},
    {CORE, KVMGDB_REG_R8, 1, "r8", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R9, 1, "r9", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R10, 1, "r10", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R11, 1, "r11", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R12, 1, "r12", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R13, 1, "r13", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R14, 1, "r14", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_R15, 1, "r15", "int64", NULL, 0, 0},
    {CORE, KVMGDB_REG_RIP, 1, "rip", "code_ptr", NULL, 0, 0},
    {CORE, KVMGDB_REG_EFLAGS, 1, "eflags", "eflags_bits", NULL, 0, 0},
    {CORE, KVMGDB_REG_CS, 1, "cs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_SS, 1, "ss", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_DS, 1, "ds", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_ES, 1, "es", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_FS, 1, "fs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_GS, 1, "gs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_ST0, 8, "st#", "i387_ext", NULL, 0, 0},
    {CORE, KVMGDB_REG_FCTRL, 1, "fctrl", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FSTAT, 1, "fstat", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FTAG, 1, "ftag", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FISEG, 1, "fiseg", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FIOFF, 1, "fioff", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOSEG, 1, "foseg", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOOFF, 1, "fooff", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOP, 1, "fop", "int", "float", 0, 0},
    {SSE, KVMGDB_REG_XMM0, 16, "xmm#", "vec128", NULL, 0, 0},
    {SSE, KVMGDB_REG_MXCSR, 1, "mxcsr", "mxcsr_bits", "vector", 0, 0},
    {SEGMENTS, KVMGDB_REG_FS_BASE, 1, "fs_base", "int", NULL, 0, 0},
    {SEGMENTS, KVMGDB_REG_GS_BASE, 1, "gs_base", "int", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_K_GS_BASE, 1, "k_gs_base", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR0, 1, "cr0", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR2, 1, "cr2", "data_ptr", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR3, 1, "cr3", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR4, 1, "cr4", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR8, 1, "cr8", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_EFER, 1, "efer", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR0, 1, "dr0", "data_ptr", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR1, 1, "dr1", "data_ptr", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR2, 1, "dr2", "data_ptr", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR3, 1, "dr3", "data_ptr", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR6, 1, "dr6", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR7, 1, "dr7", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_CS_BASE, 1, "cs_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_SS_BASE, 1, "ss_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_DS_BASE, 1, "ds_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_ES_BASE, 1, "es_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_GDTR_BASE, 1, "gdtr_base", "data_ptr", NULL, 0, 0},
    {TABLES, KVMGDB_REG_GDTR_LIMIT, 1, "gdtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_IDTR_BASE, 1, "idtr_base", "data_ptr", NULL, 0, 0},
    {TABLES, KVMGDB_REG_IDTR_LIMIT, 1, "idtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR, 1, "ldtr", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR_BASE, 1, "ldtr_base", "data_ptr", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR_LIMIT, 1, "ldtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR, 1, "tr", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR_BASE, 1, "tr_base", "data_ptr", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR_LIMIT, 1, "tr_limit", "uint64", NULL, 0, 0},
    {XSAVE, KVMGDB_REG_XCR0, 1, "xcr0", "uint64", NULL, 0, 0},
    {AVX512, KVMGDB_REG_K0, 8, "k#", "uint64", NULL, 0, 0},
    {AVX, KVMGDB_REG_YMM0H, 16, "ymm#h", "uint128", NULL, 0, 0},
    {AVX512, KVMGDB_REG_XMM16, 16, "xmm#", "vec128", NULL, 16, 0},
    {AVX512, KVMGDB_REG_YMM16H, 16, "ymm#h", "uint128", NULL, 16, 0},
    {AVX512, KVMGDB_REG_ZMM0H, 32, "zmm#h", "v2ui128", NULL, 0, 0},
    {PKEYS, KVMGDB_REG_PKRU, 1, "pkru", "uint32", NULL, 0, 0},
};

/* The same without what 64-bit mode adds; widths are those of 32-bit mode.  A
 * data_ptr has 32 bits here. */
static const struct row rows32[] = {
    {CORE, KVMGDB_REG_RAX, 1, "eax", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RCX, 1, "ecx", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RDX, 1, "edx", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RBX, 1, "ebx", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RSP, 1, "esp", "data_ptr", NULL, 0, 4},
    {CORE, KVMGDB_REG_RBP, 1, "ebp", "data_ptr", NULL, 0, 4},
    {CORE, KVMGDB_REG_RSI, 1, "esi", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RDI, 1, "edi", "int32", NULL, 0, 4},
    {CORE, KVMGDB_REG_RIP, 1, "eip", "code_ptr", NULL, 0, 4},
    {CORE, KVMGDB_REG_EFLAGS, 1, "eflags", "eflags_bits", NULL, 0, 0},
    {CORE, KVMGDB_REG_CS, 1, "cs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_SS, 1, "ss", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_DS, 1, "ds", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_ES, 1, "es", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_FS, 1, "fs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_GS, 1, "gs", "int32", NULL, 0, 0},
    {CORE, KVMGDB_REG_ST0, 8, "st#", "i387_ext", NULL, 0, 0},
    {CORE, KVMGDB_REG_FCTRL, 1, "fctrl", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FSTAT, 1, "fstat", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FTAG, 1, "ftag", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FISEG, 1, "fiseg", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FIOFF, 1, "fioff", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOSEG, 1, "foseg", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOOFF, 1, "fooff", "int", "float", 0, 0},
    {CORE, KVMGDB_REG_FOP, 1, "fop", "int", "float", 0, 0},
    {SSE, KVMGDB_REG_XMM0, 8, "xmm#", "vec128", NULL, 0, 0},
    {SSE, KVMGDB_REG_MXCSR, 1, "mxcsr", "mxcsr_bits", "vector", 0, 0},
    {SYSTEM, KVMGDB_REG_FS_BASE, 1, "fs_base", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_GS_BASE, 1, "gs_base", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_K_GS_BASE, 1, "k_gs_base", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR0, 1, "cr0", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR2, 1, "cr2", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR3, 1, "cr3", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR4, 1, "cr4", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_CR8, 1, "cr8", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_EFER, 1, "efer", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR0, 1, "dr0", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR1, 1, "dr1", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR2, 1, "dr2", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR3, 1, "dr3", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR6, 1, "dr6", "uint64", NULL, 0, 0},
    {SYSTEM, KVMGDB_REG_DR7, 1, "dr7", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_CS_BASE, 1, "cs_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_SS_BASE, 1, "ss_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_DS_BASE, 1, "ds_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_ES_BASE, 1, "es_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_GDTR_BASE, 1, "gdtr_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_GDTR_LIMIT, 1, "gdtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_IDTR_BASE, 1, "idtr_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_IDTR_LIMIT, 1, "idtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR, 1, "ldtr", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR_BASE, 1, "ldtr_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_LDTR_LIMIT, 1, "ldtr_limit", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR, 1, "tr", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR_BASE, 1, "tr_base", "uint64", NULL, 0, 0},
    {TABLES, KVMGDB_REG_TR_LIMIT, 1, "tr_limit", "uint64", NULL, 0, 0},
    {XSAVE, KVMGDB_REG_XCR0, 1, "xcr0", "uint64", NULL, 0, 0},
};

/* What the client takes the CPU for. */
struct layout {
	const char *name; /* BFD's, for <architecture> */
	const struct row *rows, *end;
	unsigned g_regs;
};

static const struct layout layouts[] = {
    [TDESC_X86_64] = {"i386:x86-64", rows64,
		      rows64 + sizeof(rows64) / sizeof(rows64[0]),
		      TDESC_G_REGS},
    [TDESC_I386] = {"i386", rows32, rows32 + sizeof(rows32) / sizeof(rows32[0]),
		    TDESC_G_REGS_32},
    [TDESC_I8086] = {"i8086", rows32,
		     rows32 + sizeof(rows32) / sizeof(rows32[0]),
		     TDESC_G_REGS_32}};

unsigned tdesc_g_regs(enum tdesc_arch arch)
{
	return layouts[arch].g_regs;
}

unsigned tdesc_count(enum tdesc_arch arch)
{
	unsigned count = 0;

	for (const struct row *row = layouts[arch].rows;
	     row < layouts[arch].end; row++)
		count += row->count;
	return count;
}

/* The row of a number, which becomes the place in the row. */
static const struct row *find(enum tdesc_arch arch, uint64_t *number)
{
	for (const struct row *row = layouts[arch].rows;
	     row < layouts[arch].end; row++) {
		if (*number < row->count)
			return row;
		*number -= row->count;
	}
	return NULL;
}

static size_t wire_size(const struct row *row)
{
	return row->bytes ? row->bytes : kvmgdb_reg_size(row->reg);
}

bool tdesc_lookup(enum tdesc_arch arch, uint64_t number,
		  struct tdesc_reg *found)
{
	const struct row *row = find(arch, &number);

	if (!row)
		return false;
	found->reg = row->reg + (unsigned)number;
	found->size = wire_size(row);
	return true;
}

unsigned tdesc_number(enum tdesc_arch arch, enum kvmgdb_reg reg)
{
	unsigned number = 0;

	/* asked at each stop, and the same there */
	if (arch == TDESC_X86_64)
		return reg;
	for (const struct row *row = layouts[arch].rows;
	     row < layouts[arch].end; row++) {
		if (reg >= row->reg && reg - row->reg < row->count)
			return number + (unsigned)(reg - row->reg);
		number += row->count;
	}
	return UINT32_MAX;
}

static void add_name(struct buffer *b, const char *name, unsigned index)
{
	for (; *name; name++) {
		if (*name == '#')
			buffer_add_decimal(b, index);
		else
			buffer_add_char(b, *name);
	}
}

void tdesc_add_name(struct buffer *b, enum tdesc_arch arch, uint64_t number)
{
	const struct row *row = find(arch, &number);

	if (row)
		add_name(b, row->name, row->first + (unsigned)number);
}

static void add_register(struct buffer *b, const struct row *row,
			 unsigned index, unsigned number)
{
	buffer_add_text(b, "<reg name=\"");
	add_name(b, row->name, row->first + index);
	buffer_add_text(b, "\" bitsize=\"");
	buffer_add_decimal(b, 8 * wire_size(row));
	buffer_add_text(b, "\" type=\"");
	buffer_add_text(b, row->type);
	buffer_add_text(b, "\" regnum=\"");
	buffer_add_decimal(b, number);
	if (row->group) {
		buffer_add_text(b, "\" group=\"");
		buffer_add_text(b, row->group);
	}
	buffer_add_text(b, "\"/>\n");
}

static bool present(const struct row *row, const struct kvmgdb_target_ops *ops,
		    void *target)
{
	return !ops || ops->reg_present(target, row->reg);
}

/* The rows of one feature, which need not stand together. */
static void add_feature(struct buffer *b, enum feature_id id,
			const struct layout *layout,
			const struct kvmgdb_target_ops *ops, void *target)
{
	unsigned number = 0;
	bool open = false;

	for (const struct row *row = layout->rows; row < layout->end;
	     number += row++->count) {
		if (row->feature != id || !present(row, ops, target))
			continue;
		if (!open)
			buffer_addf(b, "<feature name=\"%s\">\n%s\n",
				    features[id].name, features[id].types);
		open = true;
		for (unsigned i = 0; i < row->count; i++)
			add_register(b, row, i, number + i);
	}
	if (open)
		buffer_add_text(b, "</feature>\n");
}

void tdesc_add_xml(struct buffer *b, enum tdesc_arch arch,
		   const struct kvmgdb_target_ops *ops, void *target)
{
	/* Without osabi GDB would assume GNU/Linux and, for one, overwrite
	 * guest memory for displaced stepping. */
	buffer_add_text(b, "<?xml version=\"1.0\"?>\n"
			   "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
			   "<target version=\"1.0\">\n"
			   "<architecture>");
	buffer_add_text(b, layouts[arch].name);
	buffer_add_text(b, "</architecture>\n<osabi>none</osabi>\n");
	for (unsigned id = 0; id < FEATURE_COUNT; id++)
		add_feature(b, (enum feature_id)id, &layouts[arch], ops,
			    target);
	buffer_add_text(b, "</target>\n");
}
