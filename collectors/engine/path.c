/*
 * path: the grammar. Pure.
 */
#include "collectors/engine/path.h"

#include "common/text.h"

/* One word, appended to *word; NULL or what is wrong. */
static const char *read_word(const char **at, struct buf *word)
{
	const char *p = *at;
	bool quoted = *p == '"';

	buf_reset(word);
	for (p += quoted; *p && (quoted || !strchr(".[]=\"", *p)); p++) {
		if (quoted && *p == '"') {
			if (p[1] != '"')
				break;
			p++;
		}
		buf_addc(word, *p);
	}
	*at = p;
	if (quoted && *p != '"')
		return "a quote that is never closed";
	*at += quoted;
	return word->len == 0 ? "a name is missing" : NULL;
}

/* What stands in brackets, after the opening one. */
static const char *read_bracket(const char **at, struct buf *word)
{
	uint64_t index;
	const char *why = read_word(at, word);

	if (!why && **at == '=') {
		(*at)++;
		why = read_word(at, word);
	} else if (!why && !text_u64(span_of(word->data), UINT32_MAX, &index) &&
		   strcmp(word->data, "*") != 0) {
		why = "in brackets stands a number, * or key=value";
	}
	if (!why && **at != ']')
		why = "a bracket that is never closed";
	*at += !why;
	return why;
}

const char *path_parse(const char *text, struct buf *word, bool *ret_column, size_t *ret_at)
{
	const char *at = text;
	struct buf other = {0};
	const char *why = read_word(&at, word);

	*ret_column = *at == '\0';
	while (!why && *at) {
		char c = *at++;
		if (c == '.')
			why = read_word(&at, &other);
		else if (c == '[')
			why = read_bracket(&at, &other);
		else
			why = "expected . or [";
	}
	*ret_at = (size_t)(at - text);
	buf_release(&other);
	return why;
}
