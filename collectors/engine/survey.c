/*
 * survey: reads a file and judges it as a whole. Owns the reader while it reads. Never writes.
 */
#include "collectors/engine/survey.h"

#include "collectors/engine/identity.h"
#include "common/loop.h"

static void look_at_identity(const struct mapping *m, const struct record *record,
			     const struct mapping_context *context, struct survey_ids *ids)
{
	struct event event;
	struct mapping_result result;

	if (mapping_eval(m, record, context, NULL, &event, &result) != MAPPING_EVENT)
		return;
	ids->seen++;
	ids->like_pnr += result.id_like_pnr;
}

bool survey_ids_leak(const struct survey_ids *ids)
{
	uint64_t of = ids->seen > IDENTITY_ID_SAMPLE ? ids->seen : IDENTITY_ID_SAMPLE;

	return ids->like_pnr * 100 > of * IDENTITY_ID_PERCENT;
}

static void blame(struct survey *ret, enum reason reason, uint64_t line, const char *where)
{
	ret->reason = reason;
	ret->line = line;
	ret->where = where;
}

int survey_file(struct input *in, const struct reader *reader, const struct mapping *m,
		const struct mapping_context *context, struct survey *ret, struct fault *f)
{
	struct reader_item item = {0};
	struct survey_ids ids = {0};
	enum reader_status status = READER_RECORD;
	void *self = reader->open(input_rewind(in), m);

	*ret = (struct survey){.where = ""};
	while (status <= READER_BAD && !loop_stopping()) {
		status = reader->next(self, &item);
		if (status == READER_RECORD)
			look_at_identity(m, &item.record, context, &ids);
		ret->read += status <= READER_BAD;
	}
	reader->close(self);
	if (status <= READER_BAD)
		return fault_set(f, FAULT_UNAVAILABLE, "stopped: %s is not read yet", in->path);
	ret->truncated = item.truncated;
	ret->unread = item.unread;
	if (status == READER_BROKEN)
		blame(ret, item.reason, item.record.line, item.where);
	if (!input_end(in, ret->sha256))
		blame(ret, REASON_READ_ERROR, 0, "");
	if (in->name_leaks || (ret->reason == REASON_NONE && survey_ids_leak(&ids)))
		blame(ret, REASON_PNR_LEAK, 0, "");
	return 0;
}
