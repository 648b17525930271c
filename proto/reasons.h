/*
 * reasons: why a record, a file or an event was not taken, and what was noted on the way. One
 * row each; names are printed in reports and counted in Redis, so they are for life, and so are
 * the numbers, which go over the wire in a delivery's totals.
 */
#ifndef PROTO_REASONS_H
#define PROTO_REASONS_H

#include "common/base.h"
#include "common/text.h"

/* Where a reason applies; a reason may apply at several places. */
enum reason_use {
	REASON_ROW = 1 << 0,   /* the collector rejects one record */
	REASON_FILE = 1 << 1,  /* the collector quarantines a whole file */
	REASON_EVENT = 1 << 2, /* the aggregator puts an event on the dead-letter topic */
	REASON_NOTE = 1 << 3,  /* counted and said; the record, file or event is taken */
};

/* clang-format off */
/*   number name             use                    what it means */
#define REASONS_X(X)                                                                               \
	X(1, ENCODING, REASON_ROW | REASON_FILE | REASON_EVENT, "bytes that are not of the declared encoding") \
	X(2, LINE_END, REASON_ROW, "a carriage return that ends no line")                           \
	X(3, QUOTE, REASON_ROW, "a quote inside an unquoted field, or text after a closing quote")  \
	X(4, COLUMNS, REASON_ROW, "too few or too many columns")                                    \
	X(5, CONTROL_CHAR, REASON_ROW, "a NUL or another control character")                        \
	X(6, LINE_TOO_LONG, REASON_ROW, "a row of more than 64 KiB")                                \
	X(7, ID_MISSING, REASON_ROW, "the source's identity of the contact is blank")               \
	X(8, ID_INVALID, REASON_ROW, "the source's identity is too long or otherwise not one")      \
	X(9, VERSION_MISSING, REASON_ROW, "the version that the mapping declares is not in the row") \
	X(10, VERSION_INVALID, REASON_ROW, "the version is not a whole number or a time")           \
	X(11, VERSION_FUTURE, REASON_ROW, "the version is above 48 bits or more than 48 hours ahead") \
	X(12, DATE_INVALID, REASON_ROW | REASON_EVENT, "not a date in the declared format, or outside 1900-01-01 to 2079-06-06") \
	X(13, DATE_FUTURE, REASON_ROW, "a contact that has taken place, dated in the future")       \
	X(14, TIME_INVALID, REASON_ROW, "not a time of day, or an end before the start")            \
	X(15, AGE_INVALID, REASON_ROW, "born after the contact, or more than 125 years before it")  \
	X(16, UNKNOWN_CODE, REASON_ROW | REASON_EVENT, "a code that the code table does not have")  \
	X(17, FIELD_MISSING, REASON_ROW | REASON_EVENT, "a field that must be there is blank")      \
	X(18, FIELD_INVALID, REASON_ROW | REASON_EVENT, "a field is too long, out of range or contradicts another") \
	X(19, PNR_LEAK, REASON_ROW | REASON_FILE, "a personnummer where none may be")               \
	X(20, HEADER_MISSING, REASON_FILE, "a column that the mapping reads is not in the header")  \
	X(21, HEADER_DUPLICATE, REASON_FILE, "a column stands twice in the header")                 \
	X(22, DELIMITER, REASON_FILE, "the header is one column and holds another delimiter")       \
	X(23, QUOTE_EOF, REASON_FILE, "a quote that is never closed, or not where its field can end") \
	X(24, READ_ERROR, REASON_FILE, "the file cannot be read to its end, or changed meanwhile")  \
	X(25, EMPTY_BATCH, REASON_NOTE, "a file without records")                                   \
	X(26, TRUNCATED, REASON_NOTE, "the last line has no line end")                              \
	X(27, DUP_FILE, REASON_NOTE, "the same file with the same content was taken before")        \
	X(28, PNR_INVALID, REASON_NOTE, "a personnummer with a wrong check digit; counted without sex and age") \
	X(29, NULL_VALUE, REASON_EVENT, "a null value, which is not a retraction")                  \
	X(30, EMPTY_VALUE, REASON_EVENT, "an empty value")                                          \
	X(31, KEY, REASON_EVENT, "the key is not the 12 bytes of the identity in the value")        \
	X(32, WRONG_PARTITION, REASON_EVENT, "the right key in the wrong partition")                \
	X(33, LIMIT, REASON_ROW | REASON_FILE | REASON_EVENT, "JSON of more than 8 MiB, 32 levels or 100 000 values; an event of more than 16 KiB or 32 unknown fields") \
	X(34, SCHEMA_VERSION, REASON_EVENT, "not our event, or of another version")                 \
	X(35, KEY_EPOCH, REASON_EVENT, "made with another key than the one pinned for the source")  \
	X(36, VERSION_KIND, REASON_EVENT, "another kind of version than the one pinned for the source") \
	X(37, PB_SYNTAX, REASON_EVENT, "not well-formed protobuf")                                  \
	X(38, PB_RANGE, REASON_EVENT, "a number that overflows its type")                           \
	X(39, PB_NONCANON, REASON_EVENT, "a field twice, or two bodies")                            \
	X(40, FORGED_CONTROL, REASON_EVENT, "a control record, which nobody may send yet")          \
	X(41, DICT_FULL, REASON_EVENT, "the dictionary of units or classes is full")                \
	X(42, VERSION_CONFLICT, REASON_EVENT, "the same version with other content; the first stands") \
	X(43, CONTROL_TOTAL, REASON_FILE, "what the source promised about the file (digest, number of records) is not so or not there") \
	X(44, COMPRESS, REASON_FILE, "compressed in another way than gzip under a .gz name, damaged, or suspiciously large when unpacked") \
	X(45, JSON_SYNTAX, REASON_ROW | REASON_FILE, "not JSON: cut off, or something after the end") \
	X(46, JSON_DUPKEY, REASON_ROW | REASON_FILE, "a JSON object has a name twice, which readers understand differently") \
	X(47, JSON_NUMBER, REASON_ROW | REASON_FILE, "a JSON number that is none, or one with decimals or of more than 63 bits where a text is read") \
	X(48, SCHEMA, REASON_ROW | REASON_FILE, "not of the shape that the mapping's path expects: an object, a list or null in place of a text, or the reverse") \
	X(49, FHIR_BUNDLE, REASON_ROW | REASON_FILE, "no Bundle, a Bundle of another type than those that hold records, or an entry without a resource") \
	X(50, INCOMPLETE, REASON_FILE, "one page of several: the Bundle has a next page") \
	X(51, FHIR_VERSION, REASON_ROW, "a list where this version of FHIR has one element, or the reverse: another version") \
	X(52, SPOOL_SEQ, REASON_FILE, "a record of the spool is whole and has a number that cannot be: the segment is set aside") \
	X(53, HEADERS, REASON_EVENT, "record headers: more than 32, above 4 KiB, or a name that stands twice or is not UTF-8") \
	X(54, FORVALTNING, REASON_NOTE, "the source states another förvaltning than the organisation table, which decides") \
	X(55, RETRACT_UNSEEN, REASON_NOTE, "a retraction of a contact that was not seen before; it stands, and what is older does not count")
/* clang-format on */

enum reason {
	REASON_NONE = 0,
#define X(number, name, use, text) REASON_##name = number,
	REASONS_X(X)
#undef X
		REASONS_END, /* numbers are below this */
};

/* "UNKNOWN_CODE"; "" for REASON_NONE. */
const char *reason_name(enum reason r);
/* One sentence, English. */
const char *reason_text(enum reason r);
unsigned reason_uses(enum reason r);
/* REASON_NONE when there is no such name. */
enum reason reason_by_name(struct span name);
/* True when a number from outside is one of the rows. */
bool reason_known(uint64_t number);

#endif
