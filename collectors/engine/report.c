/*
 * report: tells what became of deliveries. Owns nothing. Never adds up anything itself.
 */
#include "collectors/engine/report.h"

#include "common/atomic_file.h"
#include "common/json.h"

static uint64_t sum_of(const uint64_t count[REASONS_END])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < REASONS_END; i++)
		sum += count[i];
	return sum;
}

/* "QUOTE 1, COLUMNS 2" */
static void text_counts(const uint64_t count[REASONS_END], struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < REASONS_END; i++) {
		if (count[i] == 0)
			continue;
		buf_addf(out, "%s%s %llu", between, reason_name((enum reason)i),
			 (unsigned long long)count[i]);
		between = ", ";
	}
}

static void text_complete(const struct delivery_report *r, struct buf *out)
{
	buf_addf(out, ", reading %u: read %llu, sent %llu, not contact %llu, rejected %llu",
		 r->reading, (unsigned long long)r->read, (unsigned long long)r->sent,
		 (unsigned long long)r->not_contact, (unsigned long long)sum_of(r->rejected));
	if (r->rejects != NULL) {
		buf_adds(out, " (");
		text_counts(r->rejected, out);
		buf_addf(out, "; see %s)", r->rejects);
	}
	if (r->unread > 0)
		buf_addf(out, "; %zu columns that the mapping does not read", r->unread);
}

static void text_quarantined(const struct delivery_report *r, struct buf *out)
{
	buf_addf(out, ", %s", reason_name(r->reason));
	if (r->line > 0)
		buf_addf(out, " at line %llu", (unsigned long long)r->line);
	if (r->where[0] != '\0')
		buf_addf(out, " (%s)", r->where);
	buf_addf(out, ": %s; %s", reason_text(r->reason),
		 r->sent == 0 ? "nothing of it is sent" : "what was sent of it before that stands");
}

void report_text(const struct delivery_report *r, struct buf *out)
{
	buf_addf(out, "%s: %s", r->file, delivery_outcome_name(r->outcome));
	switch (r->outcome) {
	case DELIVERY_COMPLETE: text_complete(r, out); break;
	case DELIVERY_QUARANTINED: text_quarantined(r, out); break;
	case DELIVERY_DUP_FILE: break;
	}
	if (sum_of(r->noted) > 0) {
		buf_adds(out, "; noted ");
		text_counts(r->noted, out);
	}
}

bool report_is_privacy_alarm(const struct delivery_report *r)
{
	return r->reason == REASON_PNR_LEAK || r->rejected[REASON_PNR_LEAK] > 0;
}

static void json_counts(struct json *j, const char *key, const uint64_t count[REASONS_END])
{
	json_key(j, key);
	json_object(j, true);
	for (size_t i = 0; i < REASONS_END; i++)
		if (count[i] > 0)
			json_key_u64(j, reason_name((enum reason)i), count[i]);
	json_close(j);
}

static void json_report(struct json *j, const struct delivery_report *r)
{
	json_object(j, true);
	json_key_text(j, "file", r->file);
	json_key_text(j, "outcome", delivery_outcome_name(r->outcome));
	json_key_text(j, "reason", reason_name(r->reason));
	json_key_u64(j, "reading", r->reading);
	json_key_u64(j, "read", r->read);
	json_key_u64(j, "sent", r->sent);
	json_key_u64(j, "not_contact", r->not_contact);
	json_counts(j, "rejected", r->rejected);
	json_counts(j, "notes", r->noted);
	json_close(j);
}

int report_write(const char *path, const struct delivery_report *report, size_t count,
		 struct fault *f)
{
	struct buf text = {0};
	struct json j;

	json_init(&j, &text);
	json_object(&j, false);
	json_key(&j, "files");
	json_array(&j, false);
	for (size_t i = 0; i < count; i++)
		json_report(&j, &report[i]);
	json_close(&j);
	json_close(&j);
	buf_addc(&text, '\n');
	int err = atomic_file_write(path, 0644, text.data, text.len, f);
	buf_release(&text);
	return err;
}
