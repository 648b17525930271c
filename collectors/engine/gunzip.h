/*
 * gunzip: a gzip file (RFC 1952, of any number of members) unpacked into another file, within
 * limits: a small file must not be able to fill the disk.
 */
#ifndef COLLECTORS_ENGINE_GUNZIP_H
#define COLLECTORS_ENGINE_GUNZIP_H

#include "common/base.h"
#include "common/digest.h"

#define GUNZIP_RATIO_MAX 100                 /* unpacked to packed .. */
#define GUNZIP_FREE      (UINT64_C(1) << 20) /* .. beyond so many bytes unpacked */
#define GUNZIP_SIZE_MAX  (UINT64_C(16) << 30)

/* What a file is by its first bytes and its name. */
enum gunzip_kind {
	GUNZIP_PLAIN,
	GUNZIP_GZIP,  /* both say so */
	GUNZIP_OTHER, /* they contradict each other, or it is packed in another way */
};

enum gunzip_kind gunzip_look(int fd, const char *name);

enum gunzip_status {
	GUNZIP_DONE,
	GUNZIP_BAD,   /* damaged, ends too early, or has something after it */
	GUNZIP_LARGE, /* beyond a limit */
	GUNZIP_READ,  /* errno tells */
	GUNZIP_WRITE, /* errno tells */
	GUNZIP_STOPPED,
};

/* Reads `from` to its end and writes `to`, both from where they stand; adds what it reads to `d`. */
enum gunzip_status gunzip(int from, int to, uint64_t size_max, struct digest *d) MUST_CHECK;

#endif
