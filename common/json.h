/*
 * json: writes JSON (RFC 8259) into a buf, one call per token; commas and indentation are its own.
 * Text must be valid UTF-8. Misuse (a value without a key inside an object, an unbalanced close)
 * is an assertion.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/base.h"
#include "common/buf.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct buf *out; /* borrowed */
	int depth;
	struct {
		char close;  /* ']' or '}' */
		bool filled; /* something was written at this depth */
		bool flat;   /* the whole container stands on one line */
	} level[JSON_DEPTH_MAX];
	bool after_key;
};

void json_init(struct json *j, struct buf *out);
/* Open a container. `flat`: written on one line, with all that is inside. */
void json_object(struct json *j, bool flat);
void json_array(struct json *j, bool flat);
void json_close(struct json *j);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text);
void json_text_n(struct json *j, const char *text, size_t len);
void json_u64(struct json *j, uint64_t n);
/* json_key() and the value in one. */
void json_key_text(struct json *j, const char *key, const char *text);
void json_key_u64(struct json *j, const char *key, uint64_t n);

#endif
