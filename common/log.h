/*
 * log: one line to stderr per event of interest: "<program>: <level>: <text>". Only main
 * programs and loops log; everything else returns a fault. Never pass personal data or record
 * content: texts name files, lines, columns, codes and counts.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/base.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Name before each line (borrowed for ever) and the highest level that is written. */
void log_open(const char *program, enum log_level level);
void log_error(const char *format, ...) PRINTF(1, 2);
void log_warning(const char *format, ...) PRINTF(1, 2);
void log_info(const char *format, ...) PRINTF(1, 2);
void log_debug(const char *format, ...) PRINTF(1, 2);

#endif
