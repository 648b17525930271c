/*
 * path: the grammar. Pure.
 */
#include "collectors/engine/path.h"

#include "common/text.h"

#define SPECIAL ".[]=\""

/* One word; NULL or what is wrong. */
static const char *read_word(const char **at, char **ret)
{
	const char *p = *at;
	bool quoted = *p == '"';
	struct buf word = {0};

	for (p += quoted; *p && (quoted || !strchr(SPECIAL, *p)); p++) {
		if (quoted && *p == '"') {
			if (p[1] != '"')
				break;
			p++;
		}
		buf_addc(&word, *p);
	}
	*at = p;
	size_t len = word.len;
	*ret = buf_detach(&word);
	if (quoted && *p != '"')
		return "a quote that is never closed";
	*at += quoted;
	return len == 0 ? "a name is missing" : NULL;
}

/* What stands in brackets, after the opening one. */
static const char *read_bracket(const char **at, struct path_part *part)
{
	uint64_t index = 0;
	const char *why = read_word(at, &part->name);

	if (!why && **at == '=') {
		(*at)++;
		part->pick = PATH_WHERE;
		why = read_word(at, &part->value);
	} else if (!why && strcmp(part->name, "*") == 0) {
		part->pick = PATH_ANY;
	} else if (!why) {
		part->pick = PATH_INDEX;
		if (!text_u64(span_of(part->name), UINT32_MAX, &index))
			why = "in brackets stands a number, * or key=value";
		part->index = (size_t)index;
	}
	if (!why && **at != ']')
		why = "a bracket that is never closed";
	*at += !why;
	return why;
}

static struct path_part *add(struct path *p)
{
	p->part = base_grow(p->part, &p->cap, p->count + 1, sizeof(*p->part));
	p->part[p->count] = (struct path_part){0};
	return &p->part[p->count++];
}

const char *path_parse(const char *text, struct path *ret, size_t *ret_at)
{
	const char *at = text;
	struct path p = {0};
	const char *why = read_word(&at, &add(&p)->name);

	while (!why && *at) {
		char c = *at++;
		if (c == '.')
			why = read_word(&at, &add(&p)->name);
		else if (c == '[')
			why = read_bracket(&at, add(&p));
		else
			why = "expected . or [";
	}
	*ret_at = (size_t)(at - text);
	if (why)
		path_release(&p);
	*ret = p;
	return why;
}

void path_release(struct path *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->part[i].name);
		free(p->part[i].value);
	}
	free(p->part);
	*p = (struct path){0};
}

void path_quote(const char *name, struct buf *out)
{
	if (*name && !strpbrk(name, SPECIAL)) {
		buf_adds(out, name);
		return;
	}
	buf_addc(out, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_addc(out, '"');
		buf_addc(out, *name);
	}
	buf_addc(out, '"');
}
