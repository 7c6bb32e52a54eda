/* SPDX-License-Identifier: MIT */
#include "watch/expr.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/exprtree.h"

/* Parentheses, brackets and unary operators inside of each other. */
#define MAX_DEPTH 64u
#define NAME_SIZE 128

struct parser {
	const char *text, *p;
	expr_symbol *symbol;
	void *ctx;
	struct kvmgdb_reason *why;
	unsigned depth;
};

static const struct {
	const char *name;
	enum kvmgdb_reg reg;
} registers[] = {
    {"rax", KVMGDB_REG_RAX},
    {"rbx", KVMGDB_REG_RBX},
    {"rcx", KVMGDB_REG_RCX},
    {"rdx", KVMGDB_REG_RDX},
    {"rsi", KVMGDB_REG_RSI},
    {"rdi", KVMGDB_REG_RDI},
    {"rbp", KVMGDB_REG_RBP},
    {"rsp", KVMGDB_REG_RSP},
    {"r8", KVMGDB_REG_R8},
    {"r9", KVMGDB_REG_R9},
    {"r10", KVMGDB_REG_R10},
    {"r11", KVMGDB_REG_R11},
    {"r12", KVMGDB_REG_R12},
    {"r13", KVMGDB_REG_R13},
    {"r14", KVMGDB_REG_R14},
    {"r15", KVMGDB_REG_R15},
    {"rip", KVMGDB_REG_RIP},
    {"pc", KVMGDB_REG_RIP},
    {"sp", KVMGDB_REG_RSP},
    {"eflags", KVMGDB_REG_EFLAGS},
    {"cs", KVMGDB_REG_CS},
    {"ss", KVMGDB_REG_SS},
    {"ds", KVMGDB_REG_DS},
    {"es", KVMGDB_REG_ES},
    {"fs", KVMGDB_REG_FS},
    {"gs", KVMGDB_REG_GS},
    {"fs_base", KVMGDB_REG_FS_BASE},
    {"gs_base", KVMGDB_REG_GS_BASE},
    {"k_gs_base", KVMGDB_REG_K_GS_BASE},
    {"cr0", KVMGDB_REG_CR0},
    {"cr2", KVMGDB_REG_CR2},
    {"cr3", KVMGDB_REG_CR3},
    {"cr4", KVMGDB_REG_CR4},
    {"cr8", KVMGDB_REG_CR8},
    {"efer", KVMGDB_REG_EFER},
};

static struct expr *fail(struct parser *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct expr *fail(struct parser *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(p->why->text, sizeof(p->why->text), format, ap);
	va_end(ap);
	return NULL;
}

/* Takes over LEFT and RIGHT; NULL if one that is needed is NULL. */
static struct expr *make(struct parser *p, enum op op, int64_t value,
			 struct expr *left, struct expr *right)
{
	struct expr *e = malloc(sizeof(*e));

	if (e == NULL) {
		expr_free(left);
		expr_free(right);
		return fail(p, "no memory");
	}
	*e = (struct expr){
	    .op = op, .value = value, .left = left, .right = right};
	return e;
}

static void blanks(struct parser *p)
{
	while (isspace((unsigned char)*p->p))
		p->p++;
}

static bool take(struct parser *p, const char *token)
{
	blanks(p);
	if (strncmp(p->p, token, strlen(token)) != 0)
		return false;
	p->p += strlen(token);
	return true;
}

static bool take_name(struct parser *p, char name[NAME_SIZE])
{
	size_t n = 0;

	while (isalnum((unsigned char)p->p[n]) || p->p[n] == '_' ||
	       (n > 0 && p->p[n] == '.'))
		n++;
	if (n == 0 || n >= NAME_SIZE)
		return false;
	memcpy(name, p->p, n);
	name[n] = '\0';
	p->p += n;
	return true;
}

static struct expr *parse_number(struct parser *p)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(p->p, &end, 0);
	if (errno != 0 || isalnum((unsigned char)*end) || *end == '_')
		return fail(p, "not a number: %.40s", p->p);
	p->p = end;
	return make(p, OP_NUMBER, (int64_t)value, NULL, NULL);
}

static struct expr *parse_register(struct parser *p)
{
	char name[NAME_SIZE];

	if (!take_name(p, name))
		return fail(p, "a register's name must follow $");
	if (strcmp(name, "cpl") == 0)
		return make(p, OP_CPL, 0, NULL, NULL);
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (strcmp(name, registers[i].name) == 0)
			return make(p, OP_REG, (int64_t)registers[i].reg, NULL,
				    NULL);
	}
	return fail(p, "there is no register $%.40s", name);
}

static struct expr *parse_level(struct parser *p, unsigned level);

/* u8[, s16[, ...: the size, or 0. */
static int64_t memory_size(const char *name)
{
	static const char *const sizes[] = {"8", "16", "32", "64"};

	for (unsigned i = 0; i < 4; i++) {
		if ((name[0] == 'u' || name[0] == 's') &&
		    strcmp(name + 1, sizes[i]) == 0)
			return name[0] == 'u' ? 1 << i : -(1 << i);
	}
	return 0;
}

static struct expr *parse_word(struct parser *p)
{
	static const struct {
		const char *name;
		enum op op;
	} words[] = {{"new", OP_NEW},
		     {"old", OP_OLD},
		     {"addr", OP_ADDR},
		     {"vcpu", OP_VCPU}};
	char name[NAME_SIZE];
	struct expr *inner;
	uint64_t address;
	int64_t size;

	if (!take_name(p, name))
		return fail(p, "a name is too long: %.40s", p->p);
	size = memory_size(name);
	if (size != 0 && take(p, "[")) {
		inner = parse_level(p, 0);
		if (inner != NULL && !take(p, "]")) {
			expr_free(inner);
			return fail(p, "no ] at `%.40s'", p->p);
		}
		return inner != NULL ? make(p, OP_MEM, size, inner, NULL)
				     : NULL;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(name, words[i].name) == 0)
			return make(p, words[i].op, 0, NULL, NULL);
	}
	if (p->symbol == NULL || !p->symbol(p->ctx, name, &address))
		return fail(p, "there is no symbol %.60s", name);
	return make(p, OP_NUMBER, (int64_t)address, NULL, NULL);
}

static struct expr *parse_unary(struct parser *p)
{
	static const struct {
		char sign;
		enum op op;
	} unary[] = {{'-', OP_NEG}, {'!', OP_NOT}, {'~', OP_INVERT}};
	struct expr *e;

	blanks(p);
	for (size_t i = 0; i < 3; i++) {
		if (*p->p != unary[i].sign)
			continue;
		p->p++;
		if (++p->depth > MAX_DEPTH)
			return fail(p, "too deep");
		e = parse_unary(p);
		p->depth--;
		return e != NULL ? make(p, unary[i].op, 0, e, NULL) : NULL;
	}
	if (isdigit((unsigned char)*p->p))
		return parse_number(p);
	if (take(p, "$"))
		return parse_register(p);
	if (take(p, "(")) {
		e = parse_level(p, 0);
		if (e != NULL && !take(p, ")")) {
			expr_free(e);
			return fail(p, "no ) at `%.40s'", p->p);
		}
		return e;
	}
	if (isalpha((unsigned char)*p->p) || *p->p == '_')
		return parse_word(p);
	if (*p->p == '\0')
		return fail(p, "it ends too early");
	return fail(p, "not understood: `%.40s'", p->p);
}

struct token {
	const char *text;
	enum op op;
};

/* Loosest first; in a level, longer tokens first. */
static const struct token levels[][5] = {
    {{"||", OP_OR}},
    {{"&&", OP_AND}},
    {{"|", OP_BITOR}},
    {{"^", OP_BITXOR}},
    {{"&", OP_BITAND}},
    {{"==", OP_EQ}, {"!=", OP_NE}},
    {{"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT}, {">", OP_GT}},
    {{"<<", OP_SHL}, {">>", OP_SHR}},
    {{"+", OP_ADD}, {"-", OP_SUB}},
    {{"*", OP_MUL}, {"/", OP_DIV}, {"%", OP_MOD}},
};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

/* The operator of this level at P, and not the beginning of a longer one. */
static const struct token *take_operator(struct parser *p, unsigned level)
{
	blanks(p);
	for (const struct token *t = levels[level]; t->text != NULL; t++) {
		const size_t len = strlen(t->text);

		if (strncmp(p->p, t->text, len) != 0)
			continue;
		if (len == 1 && strchr("|&<>", t->text[0]) != NULL &&
		    p->p[1] == t->text[0])
			return NULL;
		p->p += len;
		return t;
	}
	return NULL;
}

static struct expr *parse_level(struct parser *p, unsigned level)
{
	const struct token *t;
	struct expr *left, *right;

	if (level == LEVELS)
		return parse_unary(p);
	if (level == 0 && ++p->depth > MAX_DEPTH)
		return fail(p, "too deep");
	left = parse_level(p, level + 1);
	while (left != NULL && (t = take_operator(p, level)) != NULL) {
		right = parse_level(p, level + 1);
		if (right == NULL) {
			expr_free(left);
			return NULL;
		}
		left = make(p, t->op, 0, left, right);
	}
	if (level == 0)
		p->depth--;
	return left;
}

struct expr *expr_parse(const char *text, expr_symbol *symbol, void *ctx,
			struct kvmgdb_reason *why)
{
	struct parser p = {
	    .text = text, .p = text, .symbol = symbol, .ctx = ctx, .why = why};
	struct expr *e = parse_level(&p, 0);

	blanks(&p);
	if (e != NULL && *p.p != '\0') {
		expr_free(e);
		return fail(&p, "not understood: `%.40s'", p.p);
	}
	return e;
}
