/*
 * json_scan: where values stand in JSON text, found by quotes and brackets alone, before anybody
 * reads them. It judges nothing: what it finds is parsed strictly afterwards (json_value.h). It
 * finds out what would cost too much to parse: depth and number of values. Constant memory.
 */
#ifndef COLLECTORS_ENGINE_JSON_SCAN_H
#define COLLECTORS_ENGINE_JSON_SCAN_H

#include "common/text.h"

#define JSON_BYTES_MAX  (8 << 20) /* of a line or a document */
#define JSON_LEVELS_MAX 32
#define JSON_VALUES_MAX 100000

struct json_scan {
	const char *data;
	size_t len, at;
};

struct json_extent {
	size_t at, len;
	size_t levels, values; /* how deep, how many */
};

/* Moves past white space. The byte that stands there, or 0 at the end. */
char json_scan_peek(struct json_scan *s);
/* Moves past white space and that byte; false, and not past it, when another one stands there. */
bool json_scan_skip(struct json_scan *s, char c);
/* Moves past one value; false when there is none or the text ends in it. */
bool json_scan_value(struct json_scan *s, struct json_extent *ret) MUST_CHECK;
/*
 * Where the value of a member of the object at s->at stands; s moves there. False when there is
 * none of that name, or no object. Names with escapes are not known.
 */
bool json_scan_member(struct json_scan *s, const char *name) MUST_CHECK;
/* True when it may be parsed. */
bool json_extent_is_small(const struct json_extent *e);

#endif
