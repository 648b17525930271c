/*
 * phrase: one walk over the text.
 */
#include "exporters/phrase.h"

#include "common/text.h"

/* From {one|more} the form that goes with `n`; returns where the text goes on, at the brace. */
static const char *add_form(struct buf *out, const char *text, uint64_t n)
{
	const char *more = strchr(text, '|'), *end = strchr(text, '}');
	const struct span form = n == 1 ? (struct span){text, (size_t)(more - text)}
					: (struct span){more + 1, (size_t)(end - more - 1)};

	buf_addf(out, "%.*s", (int)form.len, form.data);
	return end;
}

void phrase_add(struct buf *out, const char *text, const uint64_t *n, const char *list)
{
	const uint64_t *said = n;
	char number[32];
	for (; *text; text++) {
		if (*text == '#') {
			said = n++;
			text_grouped(*said, number);
			buf_adds(out, number);
		} else if (*text == '{') {
			text = add_form(out, text + 1, *said);
		} else if (*text == '@') {
			buf_adds(out, list);
		} else {
			buf_addc(out, *text);
		}
	}
}
