// SPDX-License-Identifier: MIT
#include "agentprintf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of a width or a precision. */
#define FIELD_MAX 999

/* One conversion: "%-08.3llx" and its like. */
struct conversion {
	char spec[24];  /* for snprintf, with "ll" for integers */
	int precision;  /* -1: none */
	unsigned bytes; /* of the argument: 1, 2, 4, 8 */
	char type;
};

static size_t digits(const char *p, int *value)
{
	size_t n = 0;

	*value = 0;
	for (; p[n] >= '0' && p[n] <= '9'; n++)
		if (*value <= FIELD_MAX)
			*value = 10 * *value + (p[n] - '0');
	return n;
}

static size_t read_size(const char *p, unsigned *bytes)
{
	*bytes = 4;
	if (p[0] == 'h') {
		*bytes = p[1] == 'h' ? 1 : 2;
		return p[1] == 'h' ? 2 : 1;
	}
	if (p[0] == 'l') {
		*bytes = 8;
		return p[1] == 'l' ? 2 : 1;
	}
	if (p[0] && strchr("jzt", p[0])) {
		*bytes = 8;
		return 1;
	}
	return 0;
}

/* What follows the '%'.  Returns how many bytes it has, 0 if it is none. */
static size_t read_conversion(const char *p, struct conversion *c)
{
	size_t n = strspn(p, "-+ #0"), sized;
	int width;

	*c = (struct conversion){.precision = -1, .bytes = 4};
	if (n > 5)
		return 0;
	n += digits(p + n, &width);
	if (p[n] == '.') {
		n++;
		n += digits(p + n, &c->precision);
	}
	if (width > FIELD_MAX || c->precision > FIELD_MAX || n > 12)
		return 0;
	sized = read_size(p + n, &c->bytes);
	c->type = p[n + sized];
	if (!c->type || !strchr("diouxXcsp", c->type))
		return 0;
	if (sized && strchr("csp", c->type))
		return 0;
	if (c->type == 'p')
		c->bytes = 8;
	snprintf(c->spec, sizeof(c->spec), "%%%.*s%s%c", (int)n, p,
		 strchr("csp", c->type) ? "" : "ll",
		 c->type == 'p' ? 's' : c->type);
	return n + sized + 1;
}

/* What follows the backslash, as C has it, and \e.  0: none. */
static size_t read_escape(const char *p, char *out)
{
	static const char names[] = "abefnrtv\\\"'?";
	static const char values[] = "\a\b\033\f\n\r\t\v\\\"'?";
	const char *name = p[0] ? strchr(names, p[0]) : NULL;
	unsigned value = 0;
	size_t n = 0;

	if (name) {
		*out = values[name - names];
		return 1;
	}
	for (; n < 3 && p[n] >= '0' && p[n] <= '7'; n++)
		value = 8 * value + (unsigned)(p[n] - '0');
	*out = (char)value;
	return value <= 0xff ? n : 0;
}

const char *agent_printf_check(const char *format, size_t len, unsigned args)
{
	unsigned used = 0;
	size_t n;

	if (!len || memchr(format, '\0', len) != format + len - 1)
		return "it is no string";
	for (const char *p = format; *p; p += n) {
		struct conversion c;
		char out;

		n = 1;
		if (*p == '\\') {
			n += read_escape(p + 1, &out);
			if (n == 1)
				return "an escape that there is not";
		} else if (*p == '%' && p[1] == '%') {
			n = 2;
		} else if (*p == '%') {
			n += read_conversion(p + 1, &c);
			if (n == 1)
				return "a conversion that is not supported";
			used++;
		}
	}
	return used == args ? NULL : "another number of arguments";
}

struct text {
	char data[AGENT_PRINTF_MAX];
	size_t len;
};

/* What is too long is cut; no console shows a NUL. */
static void add(struct text *t, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && t->len < sizeof(t->data); i++)
		if (bytes[i])
			t->data[t->len++] = bytes[i];
}

/* Up to the NUL; false: the first byte cannot be read. */
static bool read_string(const struct kvmgdb_filter_ctx *ctx, uint64_t addr,
			size_t max, char *out)
{
	ssize_t got;

	*out = '\0';
	if (!max)
		return true;
	got = ctx->mem_read(ctx->self, addr, out, max);
	if (got <= 0)
		return false;
	out[got] = '\0';
	return true;
}

static uint64_t narrow(uint64_t value, unsigned bytes, bool is_signed)
{
	uint64_t sign = UINT64_C(1) << (8 * bytes - 1);

	value &= UINT64_MAX >> (64 - 8 * bytes);
	return is_signed ? (value ^ sign) - sign : value;
}

/* SPEC is one of read_conversion()'s: flags, width and precision of which were
 * looked at, and one type. */
static void convert(const struct kvmgdb_filter_ctx *ctx,
		    const struct conversion *c, uint64_t value, struct text *t)
{
	char string[AGENT_STRING_MAX + 1], out[2 * FIELD_MAX];
	size_t max = AGENT_STRING_MAX;
	bool is_signed = c->type == 'd' || c->type == 'i';
	int len;

	if (c->type == 's' && c->precision >= 0 && (size_t)c->precision < max)
		max = (size_t)c->precision;
	if (c->type == 's' && !read_string(ctx, value, max, string)) {
		len =
		    snprintf(out, sizeof(out),
			     "<memory at 0x%" PRIx64 " cannot be read>", value);
		add(t, out, (size_t)len);
		return;
	}
	if (c->type == 'p' && value)
		snprintf(string, sizeof(string), "0x%" PRIx64, value);
	else if (c->type == 'p')
		snprintf(string, sizeof(string), "(nil)");
	if (c->type == 's' || c->type == 'p')
		len = snprintf(out, sizeof(out), c->spec, string);
	else if (c->type == 'c')
		len = snprintf(out, sizeof(out), c->spec, (int)(value & 0xff));
	else
		len = snprintf(
		    out, sizeof(out), c->spec,
		    (unsigned long long)narrow(value, c->bytes, is_signed));
	if (len > 0)
		add(t, out, (size_t)len);
}

void agent_printf(const struct kvmgdb_filter_ctx *ctx, const char *format,
		  const uint64_t *args)
{
	struct text t = {.len = 0};
	size_t n;

	for (const char *p = format; *p; p += n) {
		struct conversion c;
		char out = *p;

		n = 1;
		if (*p == '%' && p[1] == '%') {
			n = 2;
		} else if (*p == '%') {
			n += read_conversion(p + 1, &c);
			convert(ctx, &c, *args++, &t);
			continue;
		} else if (*p == '\\') {
			n += read_escape(p + 1, &out);
		}
		add(&t, &out, 1);
	}
	ctx->print(ctx->self, t.data, t.len);
}
