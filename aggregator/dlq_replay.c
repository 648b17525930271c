/*
 * dlq_replay: from a letter to a message. Owns the producer and what it has sent.
 */
#include "aggregator/dlq_replay.h"

#include <search.h>

#include "common/log.h"
#include "proto/event_codec.h"

/* A record, as far as a replay tells one from another. */
struct sent {
	uint8_t sha256[DIGEST_BYTES], key[EVENT_ID_BYTES];
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sent));
}

int dlq_replay_begin(struct dlq_replay *r, const struct option_list *kafka, int timeout_ms,
		     struct fault *f)
{
	const int kind = kafka_out_new(kafka, &r->out, f);

	return kind == 0 ? kafka_out_partitions(r->out, r->topic, timeout_ms, &r->partitions, f)
			 : kind;
}

/* Letters stay, so a record that could not be counted again has one for every time. */
static bool is_new(struct dlq_replay *r, const struct dlq_letter *letter)
{
	struct sent *one = base_zalloc(1, sizeof(*one));

	memcpy(one->sha256, letter->sha256, sizeof(one->sha256));
	memcpy(one->key, letter->record->key, sizeof(one->key));
	struct sent **found = tsearch(one, &r->sent, compare);

	if (found == NULL)
		BUG("out of memory");
	if (*found == one)
		return true;
	free(one);
	return false;
}

/* -1 when there is none. */
static int home(const struct dlq_replay *r, const struct dlq_letter *letter,
		const struct buf *original)
{
	const char *field;
	struct event e;

	if (letter->reason != REASON_WRONG_PARTITION)
		return letter->partition;
	if (event_decode(original->data, original->len, &e, &field) != REASON_NONE)
		return -1;
	return route_event(&e, r->partitions);
}

static int send(struct dlq_replay *r, const struct dlq_letter *letter, int partition,
		const struct buf *original, struct fault *f)
{
	char from[48];
	const int len = snprintf(from, sizeof(from), "%d:%lld", letter->record->partition,
				 (long long)letter->record->offset);
	const struct kafka_header header = {"replay-of", from, (size_t)len};
	const struct kafka_message m = {
		.topic = r->topic,
		.partition = partition,
		.key = letter->record->key,
		.key_len = letter->record->key_len,
		.value = original->data,
		.value_len = original->len,
		.header = &header,
		.headers = 1,
	};

	return kafka_out_send(r->out, &m, f);
}

/* Why it cannot be sent; NULL and the original when it can. */
static const char *refusal(const struct dlq_replay *r, const struct dlq_letter *letter,
			   struct buf *original)
{
	if (letter->reason == REASON_NONE)
		return "it is no dead letter of ours";
	if (strcmp(letter->topic, r->topic) != 0)
		return "it is of another topic";
	if (letter->record->key == NULL || letter->record->key_len != EVENT_ID_BYTES)
		return "its record had no key of ours";
	const char *why = dlq_original(letter, r->seal, original);

	if (why == NULL && home(r, letter, original) < 0)
		return "the topic has no partition where its event would be right";
	return why;
}

int dlq_replay_letter(struct dlq_replay *r, const struct dlq_letter *letter, struct fault *f)
{
	struct buf original = {0};
	const char *why = refusal(r, letter, &original);
	int kind = 0;

	if (why != NULL) {
		r->left++;
		log_warning("letter %d:%lld is left: %s", letter->record->partition,
			    (long long)letter->record->offset, why);
	} else if (is_new(r, letter)) {
		r->done++;
		kind = send(r, letter, home(r, letter, &original), &original, f);
	} else {
		r->same++;
	}
	buf_release(&original);
	return kind;
}

int dlq_replay_end(struct dlq_replay *r, int timeout_ms, struct fault *f)
{
	const int kind = kafka_out_flush(r->out, timeout_ms, f);

	if (kind < 0)
		return kind;
	log_info("%llu records sent again, %llu letters of the same records, %llu left",
		 (unsigned long long)r->done, (unsigned long long)r->same,
		 (unsigned long long)r->left);
	if (r->left > 0 || r->done == 0)
		return fault_set(f, FAULT_INPUT, "%llu letters could not be sent again, %llu were",
				 (unsigned long long)r->left, (unsigned long long)r->done);
	return 0;
}

void dlq_replay_release(struct dlq_replay *r)
{
	tdestroy(r->sent, free);
	kafka_out_free(r->out);
}
