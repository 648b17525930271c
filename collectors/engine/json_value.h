/*
 * json_value: strict JSON (RFC 8259, by jansson) and the text that a path leads to in it. Names that
 * stand twice, lone surrogates, NUL and numbers beyond 64 bits are errors: parsers disagree on them.
 */
#ifndef COLLECTORS_ENGINE_JSON_VALUE_H
#define COLLECTORS_ENGINE_JSON_VALUE_H

#include <jansson.h>

#include "collectors/engine/path.h"
#include "common/text.h"
#include "proto/reasons.h"

/*
 * One object or list, and nothing after it. NULL and *ret_reason, and *ret_at says behind which byte
 * that shows; the text may be parsed (json_extent_is_small). The caller gives the value back with
 * json_decref().
 */
json_t *json_value_parse(struct span text, enum reason *ret_reason, size_t *ret_at) MUST_CHECK;

struct json_text {
	struct span text; /* blank: len 0; of the value, or in `number`; NUL-terminated */
	char number[24];
};

/*
 * What the path leads to, as text: a string, a whole number, true or false. What is not there is
 * blank. `null` is blank where that is allowed, SCHEMA otherwise, like every value of another shape;
 * FHIR_VERSION instead where a FHIR resource has a list in the place of an object or the reverse;
 * JSON_NUMBER for decimals, CONTROL_CHAR. *ret is written where it stands: it must not be moved.
 */
enum reason json_value_text(const json_t *record, const struct path *path, bool null_is_blank,
			    struct json_text *ret) MUST_CHECK;
/* The text of a member, "" where it is none. */
const char *json_value_member(const json_t *object, const char *name);

#endif
