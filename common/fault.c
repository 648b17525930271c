/*
 * fault: fills and describes struct fault. Owns nothing, never logs, never ends the program.
 */
#include "common/fault.h"

#include <errno.h>
#include <stdarg.h>

struct kind {
	const char *name;
	int status;
};

/* clang-format off */
static const struct kind kinds[] = {
	[FAULT_ZERO] = {"OK", 0},
#define X(name, status, text) [FAULT_POSITIVE_##name] = {#name, status},
	FAULT_KINDS(X)
#undef X
};
/* clang-format on */

static const struct kind *kind_of(int kind)
{
	if (kind > 0 || kind <= -(int)ARRAY_SIZE(kinds))
		kind = FAULT_SOFTWARE;
	return &kinds[-kind];
}

/* One line, whatever a library put into its message, and no character cut in two at the end. */
static void tidy(char *text, size_t size)
{
	size_t len = strlen(text);

	if (len == size - 1) {
		while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
			len--;
		if (len > 0 && (unsigned char)text[len - 1] >= 0xC0)
			len--;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
			text[i] = ' ';
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
}

/*
 * Puts together "<formatted><between><after>". The result takes a detour because the arguments may
 * lie in f->text itself.
 */
static PRINTF(5, 0) int fill(struct fault *f, int kind, const char *between, const char *after,
			     const char *format, va_list ap)
{
	char text[sizeof(f->text)];

	int n = vsnprintf(text, sizeof(text), format, ap);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len < sizeof(text))
		(void)snprintf(text + len, sizeof(text) - len, "%s%s", between, after);
	tidy(text, sizeof(text));
	memcpy(f->text, text, sizeof(text));
	f->kind = kind;
	return kind;
}

int fault_set(struct fault *f, int kind, const char *format, ...)
{
	va_list ap;

	assert(kind < 0);
	va_start(ap, format);
	fill(f, kind, "", "", format, ap);
	va_end(ap);
	return kind;
}

int fault_errno(struct fault *f, int kind, const char *format, ...)
{
	char reason[128];
	va_list ap;

	assert(kind < 0);
	const char *text = strerror_r(errno, reason, sizeof(reason));
	va_start(ap, format);
	fill(f, kind, ": ", text, format, ap);
	va_end(ap);
	return kind;
}

int fault_prefix(struct fault *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(f, f->kind, ": ", f->text, format, ap);
	va_end(ap);
	return f->kind;
}

int fault_exit(int kind)
{
	return kind_of(kind)->status;
}

const char *fault_name(int kind)
{
	return kind_of(kind)->name;
}
