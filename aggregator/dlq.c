/*
 * dlq: reads dead letters. Owns the consumer while it reads. Never commits an offset, never writes.
 */
#include "aggregator/dlq.h"

#include <jansson.h>

#include "common/civil.h"
#include "common/loop.h"

#define FETCH_MAX 256
#define SLICE_MS  200

static bool copy_text(const json_t *object, const char *key, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL || strlen(text) >= cap)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool number(const json_t *object, const char *key, int64_t max, int64_t *ret)
{
	const json_t *n = json_object_get(object, key);

	*ret = json_integer_value(n);
	return json_is_integer(n) && *ret >= 0 && *ret <= max;
}

/* Fills *ret from the JSON; its box is borrowed from there. */
static bool read_letter(const json_t *object, struct dlq_letter *ret)
{
	char reason[40], sha256[2 * DIGEST_BYTES + 1];
	int64_t partition, bytes;

	if (!copy_text(object, "reason", reason, sizeof(reason)) ||
	    !copy_text(object, "topic", ret->topic, sizeof(ret->topic)) ||
	    !copy_text(object, "field", ret->field, sizeof(ret->field)) ||
	    !copy_text(object, "sha256", sha256, sizeof(sha256)) ||
	    !text_unhex(span_of(sha256), ret->sha256, DIGEST_BYTES) ||
	    !number(object, "partition", INT32_MAX, &partition) ||
	    !number(object, "offset", INT64_MAX, &ret->offset) ||
	    !number(object, "bytes", INT64_MAX, &bytes))
		return false;
	const json_t *box = json_object_get(object, "sealed");
	ret->sealed = (struct span){json_string_value(box), json_string_length(box)};
	ret->partition = (int32_t)partition;
	ret->bytes = (uint64_t)bytes;
	ret->reason = reason_by_name(span_of(reason));
	return ret->reason != REASON_NONE;
}

struct reading {
	int (*take)(void *self, const struct dlq_letter *letter, struct fault *f);
	void *self;
	int64_t next[ROUTE_PARTITIONS_MAX], end[ROUTE_PARTITIONS_MAX];
	int partitions;
};

static int take_record(struct reading *g, const struct kafka_record *r, struct fault *f)
{
	struct dlq_letter letter = {0};
	json_t *object = NULL;

	if (r->partition >= g->partitions || r->offset >= g->end[r->partition])
		return 0; /* came after the first look */
	g->next[r->partition] = r->offset + 1;
	if (r->value != NULL)
		object = json_loadb((const char *)r->value, r->value_len, 0, NULL);
	if (!read_letter(object, &letter))
		letter = (struct dlq_letter){0};
	letter.record = r;
	int kind = g->take(g->self, &letter, f);
	json_decref(object);
	return kind;
}

static bool is_done(const struct reading *g)
{
	for (int i = 0; i < g->partitions; i++)
		if (g->next[i] < g->end[i])
			return false;
	return true;
}

static int find_ends(struct kafka_in *in, struct reading *g, int timeout_ms, struct fault *f)
{
	int kind = kafka_in_partitions(in, timeout_ms, &g->partitions, f);

	if (kind == 0 && g->partitions > ROUTE_PARTITIONS_MAX)
		kind = fault_set(f, FAULT_STATE, "the dead-letter topic has %d partitions",
				 g->partitions);
	for (int i = 0; kind == 0 && i < g->partitions; i++)
		kind = kafka_in_watermarks(in, i, timeout_ms, &g->next[i], &g->end[i], f);
	return kind == 0 ? kafka_in_assign(in, g->next, g->partitions, f) : kind;
}

static int read_all(struct kafka_in *in, struct reading *g, int timeout_ms, struct fault *f)
{
	struct kafka_record record[FETCH_MAX];
	int64_t deadline = civil_monotonic_ms() + timeout_ms;

	while (!is_done(g)) {
		int got = kafka_in_batch(in, SLICE_MS, record, FETCH_MAX, f);
		for (int i = 0; i < got; i++) {
			int kind = take_record(g, &record[i], f);
			if (kind < 0)
				return kind;
		}
		if (got < 0)
			return got;
		if (got > 0)
			deadline = civil_monotonic_ms() + timeout_ms;
		if (loop_stopping() || civil_monotonic_ms() > deadline)
			return fault_set(f, FAULT_UNAVAILABLE,
					 "the dead letters are not read to their end");
	}
	return 0;
}

int dlq_each(const char *topic, const struct option_list *kafka, int timeout_ms,
	     int (*take)(void *self, const struct dlq_letter *letter, struct fault *f), void *self,
	     struct fault *f)
{
	struct reading g = {.take = take, .self = self};
	char dlq[ROUTE_TOPIC_MAX + 8];
	struct kafka_in *in = NULL;

	route_dlq(topic, dlq);
	int kind = kafka_in_new(dlq, kafka, &in, f);
	if (kind < 0)
		return kind;
	kind = find_ends(in, &g, timeout_ms, f);
	if (kind == 0)
		kind = read_all(in, &g, timeout_ms, f);
	kafka_in_free(in);
	return kind;
}

const char *dlq_original(const struct dlq_letter *letter, const struct seal *seal, struct buf *out)
{
	uint8_t sha256[DIGEST_BYTES];
	size_t before = out->len;

	if (letter->sealed.data == NULL)
		return "it is not sealed in the letter";
	if (!seal_open(seal, letter->sealed, out))
		return "it is sealed for another key, or was changed";
	digest_sha256(out->data + before, out->len - before, sha256);
	if (memcmp(sha256, letter->sha256, DIGEST_BYTES) != 0)
		return "it has another digest than the letter tells";
	return NULL;
}
