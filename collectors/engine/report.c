/*
 * report: tells what became of deliveries. Owns nothing. Never adds up anything itself.
 */
#include "collectors/engine/report.h"

#include "common/atomic_file.h"
#include "common/json.h"

static const char *const outcome_name[] = {
	[DELIVERY_COMPLETE] = "complete",
	[DELIVERY_QUARANTINED] = "quarantined",
	[DELIVERY_DUP_FILE] = "dup_file",
};

/* "QUOTE 1, COLUMNS 2", and `before` it when there is anything. */
static void add_counts(const char *before, const uint64_t count[REASONS_END], struct buf *out)
{
	const char *between = before;

	for (size_t i = 0; i < REASONS_END; i++) {
		if (count[i] == 0)
			continue;
		buf_addf(out, "%s%s %llu", between, reason_name((enum reason)i),
			 (unsigned long long)count[i]);
		between = ", ";
	}
}

static void add_complete(const struct delivery_report *r, struct buf *out)
{
	const struct leverans *l = &r->sums;

	buf_addf(out, ", reading %u: read %llu, sent %llu, not contact %llu", l->reading,
		 (unsigned long long)l->read, (unsigned long long)l->sent,
		 (unsigned long long)l->not_contact);
	if (r->rejects != NULL) {
		buf_addf(out, ", rejected %llu",
			 (unsigned long long)(l->read - l->sent - l->not_contact));
		add_counts(" (", l->rejected, out);
		buf_addf(out, "; see %s)", r->rejects);
	}
	if (r->survey.unread > 0)
		buf_addf(out, "; %zu columns that the mapping does not read", r->survey.unread);
}

static void add_quarantined(const struct delivery_report *r, struct buf *out)
{
	enum reason reason = (enum reason)r->sums.reason;

	buf_addf(out, ", %s", reason_name(reason));
	if (r->survey.line > 0)
		buf_addf(out, " at line %llu", (unsigned long long)r->survey.line);
	if (r->survey.where[0] != '\0')
		buf_addf(out, " (%s)", r->survey.where);
	buf_addf(out, ": %s; %llu events were sent of it", reason_text(reason),
		 (unsigned long long)r->sums.sent);
}

void report_text(const struct delivery_report *r, struct buf *out)
{
	buf_addf(out, "%s: %s", r->file, outcome_name[r->outcome]);
	if (r->outcome == DELIVERY_COMPLETE)
		add_complete(r, out);
	if (r->outcome == DELIVERY_QUARANTINED)
		add_quarantined(r, out);
	add_counts("; noted ", r->noted, out);
}

bool report_is_privacy_alarm(const struct delivery_report *r)
{
	return r->sums.reason == REASON_PNR_LEAK || r->sums.rejected[REASON_PNR_LEAK] > 0;
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
	char sha256[2 * DIGEST_BYTES + 1];

	text_hex(r->survey.sha256, DIGEST_BYTES, sha256);
	json_object(j, true);
	json_key_text(j, "file", r->file);
	json_key_text(j, "outcome", outcome_name[r->outcome]);
	json_key_text(j, "reason", reason_name((enum reason)r->sums.reason));
	json_key_u64(j, "reading", r->sums.reading);
	json_key_text(j, "sha256", sha256);
	json_key_u64(j, "read", r->sums.read);
	json_key_u64(j, "sent", r->sums.sent);
	json_key_u64(j, "not_contact", r->sums.not_contact);
	json_counts(j, "rejected", r->sums.rejected);
	json_counts(j, "notes", r->noted);
	json_close(j);
}

void report_json(const struct delivery_report *r, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_report(&j, r);
	buf_addc(out, '\n');
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
