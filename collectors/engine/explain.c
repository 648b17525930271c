/*
 * explain: shows how a record becomes an event. Owns nothing between calls. Never shows an
 * identity: the trace leaves it out.
 */
#include "collectors/engine/explain.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/survey.h"
#include "common/civil.h"
#include "proto/organisation.h"

static int explain(const struct reader_item *item, enum reader_status status,
		   const struct explain_of *of, const struct mapping_context *context,
		   const char *path, FILE *out, struct fault *f)
{
	struct buf trace = {0};
	struct mapping_result result = {.reason = item->reason, .line = item->record.line};
	struct event e;

	if (status == READER_END)
		return fault_set(f, FAULT_INPUT, "%s has no such record", path);
	if (status == READER_BROKEN)
		return fault_set(f, FAULT_INPUT, "%s:%llu: %s: %s", path,
				 (unsigned long long)item->record.line, reason_name(item->reason),
				 reason_text(item->reason));
	enum mapping_outcome outcome = MAPPING_REJECTED;
	if (status == READER_RECORD)
		outcome = mapping_eval(of->mapping, &item->record, context, &trace, &e, &result);
	fprintf(out, "record %llu, line %llu of %s\n%s", (unsigned long long)item->record.number,
		(unsigned long long)item->record.line, path, buf_text(&trace));
	if (outcome == MAPPING_REJECTED)
		fprintf(out, "line %llu: %s: %s\n", (unsigned long long)result.line,
			reason_name(result.reason), reason_text(result.reason));
	if (outcome == MAPPING_EVENT && organisation_contradicts(of->organisation, &e.contact))
		fprintf(out, "noted: %s: %s\n", reason_name(REASON_FORVALTNING),
			reason_text(REASON_FORVALTNING));
	buf_release(&trace);
	return 0;
}

int explain_record(const struct explain_of *of, const char *path, uint64_t number, FILE *out,
		   struct fault *f)
{
	static const uint8_t zero_key[DIGEST_BYTES];
	enum reader_status status = READER_RECORD;
	struct reader_item item = {0};
	struct input *in;

	int err = input_open(path, &in, f);
	if (err < 0)
		return err;
	err = input_unpack(in, P_tmpdir, &item.reason, f);
	if (err == 0 && item.reason != REASON_NONE)
		err = fault_set(f, FAULT_INPUT, "%s: %s", in->path, reason_text(item.reason));
	if (err < 0) {
		input_close(in);
		return err;
	}
	struct mapping_context context = {
		.now_ms = civil_now_ms(),
		.file_name = in->raw_name,
		.file_mtime_ms = in->mtime_ms,
		.key = digest_mac_new(zero_key, sizeof(zero_key)),
	};
	void *self = of->reader->open(input_rewind(in), of->mapping);
	while (status <= READER_BAD && item.record.number != number)
		status = of->reader->next(self, &item);
	err = explain(&item, status, of, &context, in->path, out, f);
	of->reader->close(self);
	digest_mac_free(context.key);
	input_close(in);
	return err;
}
