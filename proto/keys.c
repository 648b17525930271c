/*
 * keys: builds and parses the keys in Redis. Pure.
 */
#include "proto/keys.h"

#include "common/buf.h"

const char *keys_stat_name(enum keys_stat s)
{
	static const char *const name[KEYS_STATS_END] = {
#define X(upper, lower, text) #lower,
		KEYS_STATS(X)
#undef X
	};
	assert(s < KEYS_STATS_END);
	return name[s];
}

bool keys_namespace_valid(struct span ns)
{
	return text_is_name(ns, KEYS_NAMESPACE_MAX);
}

static bool namespace_valid(const char *ns)
{
	return keys_namespace_valid(span_of(ns));
}

static void say_namespace(struct buf *out)
{
	buf_addf(out, "1 to %d of a-z, 0-9, _ and -", KEYS_NAMESPACE_MAX);
}

const struct text_form keys_namespace_form = {namespace_valid, say_namespace};

void keys_part(char out[KEYS_MAX], const char *ns, int partition, enum keys_part part)
{
	(void)snprintf(out, KEYS_MAX, "kp:{%s.%d}:%c", ns, partition, (char)part);
}

void keys_segment(char out[KEYS_MAX], const char *ns, int partition, unsigned segment)
{
	(void)snprintf(out, KEYS_MAX, "kp:{%s.%d}:t:%u", ns, partition, segment);
}

void keys_cells(char out[KEYS_MAX], const char *ns, int partition, const char *cube,
		unsigned yyyymm, unsigned unit)
{
	(void)snprintf(out, KEYS_MAX, "kp:{%s.%d}:c:%s:%06u:%u", ns, partition, cube, yyyymm, unit);
}

void keys_pair(char out[16], unsigned yyyymm, unsigned unit)
{
	assert(yyyymm <= 999912 && unit < KEYS_UNITS_MAX);
	(void)snprintf(out, 16, "%06u:%u", yyyymm, unit);
}

/* Takes what stands before the next `end` off the front of *s; all of it when end is 0. */
static struct span take(struct span *s, char end)
{
	const char *stop = end ? memchr(s->data, end, s->len) : NULL;
	struct span taken = {s->data, stop ? (size_t)(stop - s->data) : s->len};
	size_t skip = taken.len + (stop ? 1 : 0);
	s->data += skip;
	s->len -= skip;
	return taken;
}

/* A number as we write it: no leading zero. */
static bool take_number(struct span s, uint64_t max, unsigned *ret)
{
	uint64_t n;
	if (!text_u64(s, max, &n) || (s.len > 1 && s.data[0] == '0'))
		return false;
	*ret = (unsigned)n;
	return true;
}

static bool take_month(struct span s, unsigned *ret)
{
	uint64_t n;
	if (s.len != 6 || !text_u64(s, 999912, &n) || n % 100 < 1 || n % 100 > 12)
		return false;
	*ret = (unsigned)n;
	return true;
}

bool keys_pair_parse(struct span text, unsigned *ret_yyyymm, unsigned *ret_unit)
{
	struct span month = take(&text, ':');
	return take_month(month, ret_yyyymm) && take_number(text, KEYS_UNITS_MAX - 1, ret_unit);
}

static bool parse_tail(struct span s, struct keys_parsed *p)
{
	struct span part = take(&s, ':');
	if (part.len != 1)
		return false;
	p->part = part.data[0];
	switch (p->part) {
	case 'm':
	case 'u':
	case 'k':
	case 'p':
	case 'd': return s.len == 0 && s.data == part.data + 1;
	case 't': return take_number(s, UINT32_MAX / KEYS_SEGMENT_SLOTS, &p->segment);
	case 'c':
		p->cube = take(&s, ':');
		return text_is_name(p->cube, 16) && take_month(take(&s, ':'), &p->yyyymm) &&
		       take_number(s, KEYS_UNITS_MAX - 1, &p->unit);
	default: return false;
	}
}

bool keys_parse(struct span key, struct keys_parsed *ret)
{
	struct keys_parsed p = {0};
	unsigned partition;
	if (key.len < 4 || memcmp(key.data, "kp:{", 4) != 0)
		return false;
	struct span rest = {key.data + 4, key.len - 4};
	p.ns = take(&rest, '.');
	if (!keys_namespace_valid(p.ns) || !take_number(take(&rest, '}'), 65535, &partition))
		return false;
	p.partition = (int)partition;
	if (rest.len < 2 || rest.data[0] != ':')
		return false;
	rest.data++;
	rest.len--;
	if (!parse_tail(rest, &p))
		return false;
	*ret = p;
	return true;
}
