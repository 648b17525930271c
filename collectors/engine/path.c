/*
 * path: the grammar, by recursive descent without recursion. Pure.
 */
#include "collectors/engine/path.h"

#include "common/text.h"

struct parser {
	const char *text, *at;
	const char *why;	/* NULL while all is well */
};

static bool refuse(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return false;
}

/* A word: plain or in quotes. The caller frees *ret. */
static bool read_word(struct parser *p, char **ret)
{
	struct buf word = {0};
	bool quoted = *p->at == '"';

	p->at += quoted;
	while (*p->at && (quoted || !strchr(".[]=\"", *p->at))) {
		if (quoted && *p->at == '"') {
			if (p->at[1] != '"')
				break;
			p->at++;
		}
		buf_addc(&word, *p->at++);
	}
	if (quoted && *p->at != '"')
		refuse(p, "a quote that is never closed");
	else if (word.len == 0)
		refuse(p, "a name is missing");
	else if (text_has_control((struct span){word.data, word.len}))
		refuse(p, "a control character");
	p->at += quoted && !p->why;
	*ret = buf_detach(&word);
	return !p->why;
}

static bool read_bracket(struct parser *p, struct path_step *s)
{
	uint64_t index;

	if (*p->at == '*') {
		s->kind = PATH_ANY;
		p->at++;
	} else {
		char *word;
		bool read = read_word(p, &word);
		s->name = word;
		if (!read)
			return false;
		if (*p->at == '=') {
			s->kind = PATH_WHERE;
			p->at++;
			if (!read_word(p, &s->value))
				return false;
		} else if (text_u64(span_of(word), UINT32_MAX, &index)) {
			s->kind = PATH_INDEX;
			s->index = (uint32_t)index;
		} else {
			return refuse(p, "in brackets stands a number, * or key=value");
		}
	}
	if (*p->at != ']')
		return refuse(p, "a bracket that is never closed");
	p->at++;
	return true;
}

/* One step and what leads on to the next. */
static bool read_step(struct parser *p, struct path *path)
{
	if (path->steps == PATH_STEPS_MAX)
		return refuse(p, "the path is too long");
	struct path_step *s = &path->step[path->steps++];
	if (*p->at == '[' && path->steps > 1) {
		p->at++;
		return read_bracket(p, s);
	}
	if (path->steps > 1) {
		if (*p->at != '.')
			return refuse(p, "expected . or [");
		p->at++;
	}
	return read_word(p, &s->name);
}

const char *path_parse(const char *text, struct path *ret, size_t *ret_at)
{
	struct parser p = {.text = text, .at = text};

	*ret = (struct path){0};
	while (read_step(&p, ret) && *p.at)
		;
	*ret_at = (size_t)(p.at - p.text);
	if (p.why)
		path_release(ret);
	return p.why;
}

void path_release(struct path *p)
{
	for (size_t i = 0; i < p->steps; i++) {
		free(p->step[i].name);
		free(p->step[i].value);
	}
	*p = (struct path){0};
}

const char *path_column(const struct path *p)
{
	return p->steps == 1 ? p->step[0].name : NULL;
}
