/*
 * skeleton: the beginning of a mapping, made from the columns of a file: every key with what it is
 * for, every code that a field can have, COLUMN and CODE where somebody must know the source. It
 * loads, and reads nothing before it is filled in. Only names of columns leave the file.
 */
#ifndef COLLECTORS_ENGINE_SKELETON_H
#define COLLECTORS_ENGINE_SKELETON_H

#include "common/buf.h"
#include "common/fault.h"

/*
 * `format` is one of the formats of a mapping, or NULL: what the file's name ends in says it.
 * FAULT_NOINPUT; FAULT_USAGE when the name does not tell; FAULT_INPUT when there are no columns, or
 * one of them is a personnummer: then the file has no header.
 */
int skeleton_write(const char *path, const char *format, struct buf *out,
		   struct fault *f) MUST_CHECK;

#endif
