/*
 * dead_letter: coordinates, size and digest of a record as JSON, sent to the dead-letter topic.
 * Never writes a byte of it in clear.
 */
#include "aggregator/dead_letter.h"

#include "common/digest.h"
#include "common/json.h"
#include "proto/route.h"

void dead_letter_text(struct buf *out, const char *topic, const struct kafka_record *r,
		      enum reason reason, const char *field, const struct seal *seal)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES + 1];
	struct buf box = {0};
	struct json j;

	digest_sha256(r->value, r->value_len, digest);
	text_hex(digest, sizeof(digest), hex);
	json_init(&j, out);
	json_object(&j, true);
	json_key_text(&j, "reason", reason_name(reason));
	json_key_text(&j, "topic", topic);
	json_key_u64(&j, "partition", (uint64_t)r->partition);
	json_key_u64(&j, "offset", (uint64_t)r->offset);
	json_key_u64(&j, "bytes", r->value_len);
	json_key_text(&j, "sha256", hex);
	json_key_text(&j, "field", field);
	if (seal != NULL && r->value_len > 0 && r->value_len <= DEAD_LETTER_SEALED_MAX) {
		seal_close(seal, (struct span){(const char *)r->value, r->value_len}, &box);
		json_key_text(&j, "sealed", box.data);
	}
	json_close(&j);
	buf_release(&box);
}

int dead_letter_send(struct kafka_out *out, const char *topic, const struct kafka_record *r,
		     enum reason reason, const char *field, const struct seal *seal,
		     struct fault *f)
{
	const bool identity = r->key_len == EVENT_ID_BYTES;
	char dlq[ROUTE_TOPIC_MAX + 8];
	struct buf text = {0};

	route_dlq(topic, dlq);
	dead_letter_text(&text, topic, r, reason, field, seal);
	const struct kafka_message m = {
		.topic = dlq,
		.partition = r->partition,
		.key = identity ? r->key : NULL,
		.key_len = identity ? r->key_len : 0,
		.value = text.data,
		.value_len = text.len,
	};
	const int kind = kafka_out_send(out, &m, f);

	buf_release(&text);
	return kind;
}
