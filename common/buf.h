/*
 * buf: a growing byte buffer that can also be used as a string.
 * Invariant: data[len] is NUL whenever data is not NULL; len < cap or both are 0.
 * `struct buf b = {0}` is an empty buffer. Never fails (base_alloc aborts).
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/base.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *text);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) PRINTF(2, 3);
/*
 * Makes room for `more` bytes (and a NUL) after len and returns a pointer to them. Who writes
 * there moves len and sets data[len] to NUL.
 */
char *buf_room(struct buf *b, size_t more);
/* Empties the buffer and keeps its storage. */
void buf_reset(struct buf *b);
/* The text, "" when nothing was ever added; belongs to the buffer, valid until the next change. */
const char *buf_text(const struct buf *b);
/* Hands the storage to the caller (who frees it) and leaves an empty buffer; never NULL. */
char *buf_detach(struct buf *b);
void buf_release(struct buf *b);
struct fault;
/*
 * Appends the whole of a file, at most `max` bytes; appends nothing when it fails. FAULT_NOINPUT;
 * FAULT_INPUT when it is larger.
 */
int buf_read_file(struct buf *b, const char *path, size_t max, struct fault *f) MUST_CHECK;

#endif
