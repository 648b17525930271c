/*
 * json: writes JSON tokens into a buffer that it borrows. Owns the commas, the indentation and the
 * escapes. Never checks a schema.
 */
#include "common/json.h"

#include "common/text.h"

#define INDENT "  "

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out};
}

/* A new line, or the space that stands for it in a flat container. */
static void next_line(struct json *j, bool flat)
{
	if (flat)
		return;
	buf_addc(j->out, '\n');
	for (int i = 0; i < j->depth; i++)
		buf_adds(j->out, INDENT);
}

/* What stands before a key, or before a value in a list: a comma after the one before it. */
static void separate(struct json *j)
{
	if (j->depth == 0)
		return;
	bool flat = j->level[j->depth - 1].flat;
	if (j->level[j->depth - 1].filled)
		buf_adds(j->out, flat ? ", " : ",");
	j->level[j->depth - 1].filled = true;
	next_line(j, flat);
}

static void before_value(struct json *j)
{
	bool in_object = j->depth > 0 && j->level[j->depth - 1].close == '}';

	assert(j->after_key == in_object);
	if (!j->after_key)
		separate(j);
	j->after_key = false;
}

static void open_container(struct json *j, char open, char close, bool flat)
{
	before_value(j);
	assert(j->depth < JSON_DEPTH_MAX);
	bool inherited = j->depth > 0 && j->level[j->depth - 1].flat;
	j->level[j->depth].close = close;
	j->level[j->depth].filled = false;
	j->level[j->depth].flat = flat || inherited;
	j->depth++;
	buf_addc(j->out, open);
}

void json_object(struct json *j, bool flat)
{
	open_container(j, '{', '}', flat);
}

void json_array(struct json *j, bool flat)
{
	open_container(j, '[', ']', flat);
}

void json_close(struct json *j)
{
	assert(j->depth > 0 && !j->after_key);
	j->depth--;
	if (j->level[j->depth].filled)
		next_line(j, j->level[j->depth].flat);
	buf_addc(j->out, j->level[j->depth].close);
}

static void add_quoted(struct buf *out, struct span s)
{
	static const char escape[128] = {
		['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
		['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
	};

	assert(text_utf8_valid(s));
	buf_addc(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.data[i];
		if (c < ARRAY_SIZE(escape) && escape[c] != 0)
			buf_addf(out, "\\%c", escape[c]);
		else if (c < ' ' || c == 0x7F)
			buf_addf(out, "\\u%04x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '"');
}

void json_key(struct json *j, const char *key)
{
	assert(j->depth > 0 && j->level[j->depth - 1].close == '}' && !j->after_key);
	separate(j);
	add_quoted(j->out, span_of(key));
	buf_adds(j->out, ": ");
	j->after_key = true;
}

void json_text(struct json *j, const char *text)
{
	json_text_n(j, text, strlen(text));
}

void json_text_n(struct json *j, const char *text, size_t len)
{
	before_value(j);
	add_quoted(j->out, (struct span){text, len});
}

void json_u64(struct json *j, uint64_t n)
{
	before_value(j);
	buf_addf(j->out, "%llu", (unsigned long long)n);
}

void json_key_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

void json_key_u64(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_u64(j, n);
}
