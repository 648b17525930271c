/*
 * promise: compares a file with what was said of it. Owns the pattern of the trailer. Never reads
 * a record.
 */
#include "collectors/engine/promise.h"

#include <regex.h>

#include "common/buf.h"

#define TRAILER_MAX  4096
#define SHA_FILE_MAX 4096

struct promise {
	bool sha256, trailer;
	regex_t re;
};

int promise_new(bool sha256, const char *trailer, struct promise **ret, struct fault *f)
{
	struct promise *p = base_zalloc(1, sizeof(*p));
	struct buf whole = {0};

	p->sha256 = sha256;
	buf_addf(&whole, "^(%s)$", trailer == NULL ? "" : trailer);
	if (trailer != NULL)
		p->trailer = regcomp(&p->re, whole.data, REG_EXTENDED) == 0;
	buf_release(&whole);
	if (trailer != NULL && (!p->trailer || p->re.re_nsub != 2)) {
		promise_free(p);
		return fault_set(f, FAULT_CONFIG,
				 "the pattern of the trailer is not an extended regular "
				 "expression with one group, the number");
	}
	*ret = p;
	return 0;
}

void promise_free(struct promise *p)
{
	if (p == NULL)
		return;
	if (p->trailer)
		regfree(&p->re);
	free(p);
}

struct promised promise_begin(const struct promise *p, struct input *in)
{
	struct promised said = {0};
	char line[TRAILER_MAX];
	regmatch_t at[3];
	uint64_t offset;

	if (p == NULL || !p->trailer || !input_last_line(in, line, sizeof(line), &offset) ||
	    regexec(&p->re, line, ARRAY_SIZE(at), at, 0) != 0 || at[2].rm_so < 0)
		return said;
	const struct span number = {line + at[2].rm_so, (size_t)(at[2].rm_eo - at[2].rm_so)};
	said.said = text_u64(number, UINT64_MAX, &said.records);
	input_hold_back(in, offset);
	return said;
}

/* The digest that the sha file tells, the first word of it. */
static bool read_sha_file(const struct input *in, uint8_t ret[DIGEST_BYTES])
{
	struct buf path = {0}, text = {0};
	struct fault unused; /* no file, no digest: that is all there is to say */

	buf_addf(&path, "%s.sha256", in->raw_path);
	bool right = buf_read_file(&text, path.data, SHA_FILE_MAX, &unused) == 0;
	const struct span word = {buf_text(&text), strcspn(buf_text(&text), " \t\r\n")};
	right = right && text_unhex(word, ret, DIGEST_BYTES);
	buf_release(&path);
	buf_release(&text);
	return right;
}

void promise_judge(const struct promise *p, const struct input *in, struct promised said,
		   struct survey *s)
{
	const uint8_t *own = in->packed ? in->packed_sha256 : s->sha256;
	uint8_t told[DIGEST_BYTES];

	if (p == NULL || s->reason != REASON_NONE)
		return;
	if (p->sha256 && (!read_sha_file(in, told) || memcmp(told, own, DIGEST_BYTES) != 0))
		s->where = "the sha256 file";
	else if (p->trailer && (!said.said || said.records != s->read))
		s->where = "the trailer";
	else
		return;
	s->reason = REASON_CONTROL_TOTAL;
}
