/*
 * path: where a value stands in a record. One grammar for flat and nested records:
 *	path = name { "." name }
 *	name = word { "[" ( number | "*" | word "=" word ) "]" }
 *	word = characters other than . [ ] = " or any text in "..", where "" is a quote
 * In a flat record (CSV) a path is one word: the column's name. A reader of nested records will
 * bring the evaluation of the rest.
 */
#ifndef COLLECTORS_ENGINE_PATH_H
#define COLLECTORS_ENGINE_PATH_H

#include "common/buf.h"

/*
 * NULL when the text is a path, and then its first word is in *word and *ret_column says whether
 * that is all. Otherwise what is wrong, and *ret_at is the byte where, from 0.
 */
const char *path_parse(const char *text, struct buf *word, bool *ret_column,
		       size_t *ret_at) MUST_CHECK;

#endif
