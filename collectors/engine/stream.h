/*
 * stream: bytes that come once. It keeps those of the record that is being read, for its digest and
 * its sealed original, and hears a wish to stop while it waits: then it ends where it is.
 */
#ifndef COLLECTORS_ENGINE_STREAM_H
#define COLLECTORS_ENGINE_STREAM_H

#include "common/base.h"
#include "common/text.h"

/* Of a longer record only so many bytes at its end are kept. */
#define STREAM_KEPT_MAX (16 << 20)

struct stream;
/*
 * Reads from `fd`, which is borrowed. `idle` is called before each wait, and now and then while it
 * lasts; when it does not return 0 the stream stops.
 */
struct stream *stream_new(int fd, int (*idle)(void *), void *arg);
/* To be read from; belongs to the stream. */
FILE *stream_file(struct stream *s);
/* A stretch of what came, as far as it is kept. Borrowed until the next reading. */
struct span stream_at(const struct stream *s, uint64_t offset, uint64_t bytes);
/* Nothing before the offset is needed any more. */
void stream_forget(struct stream *s, uint64_t offset);
/* Bytes so far. */
uint64_t stream_bytes(const struct stream *s);
/* It has not come to its end: a stop was asked for, or `idle` wanted it. */
bool stream_is_stopped(const struct stream *s);
void stream_free(struct stream *s);

#endif
