/*
 * log: lines to stderr. Owns the program's name and level; each line is one write, so that lines of
 * several processes do not mix.
 */
#include "common/log.h"

#include <stdarg.h>

#include "common/buf.h"

static const char *log_program = "kontaktpuls";
static enum log_level log_highest = LOG_LEVEL_INFO;

void log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_highest = level;
}

static PRINTF(2, 0) void write_line(enum log_level level, const char *format, va_list ap)
{
	static const char *const name[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};
	char text[2048];
	struct buf line = {0};

	if (level > log_highest)
		return;
	(void)vsnprintf(text, sizeof(text), format, ap);
	buf_addf(&line, "%s: %s: %s\n", log_program, name[level], text);
	/* Where the log cannot be written there is nobody left to tell. */
	(void)fwrite(line.data, 1, line.len, stderr);
	buf_release(&line);
}

void log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_ERROR, format, ap);
	va_end(ap);
}

void log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_WARNING, format, ap);
	va_end(ap);
}

void log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_INFO, format, ap);
	va_end(ap);
}

void log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_DEBUG, format, ap);
	va_end(ap);
}
