/*
 * survey: reads a file and judges it as a whole. Owns the reader while it reads. Never writes.
 */
#include "collectors/engine/survey.h"

#include "collectors/engine/identity.h"
#include "common/loop.h"

/* `counted`: only of records that would be sent; otherwise there may be fewer, and `seen` is not known. */
static void look_at_identity(const struct mapping *m, const struct record *record,
			     const struct mapping_context *context, bool counted,
			     struct survey_ids *ids)
{
	struct event event;
	struct mapping_result result;

	if (!counted) {
		ids->like_pnr += mapping_id_like_pnr(m, record);
		return;
	}
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

/* One reading from the first record to the last. */
static int read_through(struct input *in, const struct reader *reader, const struct mapping *m,
			const struct mapping_context *context, bool counted, struct survey_ids *ids,
			struct survey *ret, struct fault *f)
{
	struct reader_item item = {0};
	enum reader_status status = READER_RECORD;
	const size_t id = mapping_id_column(m);
	const bool skims = reader->skim != NULL && !counted && id != SIZE_MAX;
	void *self = reader->open(input_rewind(in), m);

	*ids = (struct survey_ids){0};
	*ret = (struct survey){.where = ""};
	while (status <= READER_BAD && !loop_stopping()) {
		status = skims ? reader->skim(self, id, &item) : reader->next(self, &item);
		if (status == READER_RECORD)
			look_at_identity(m, &item.record, context, counted, ids);
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
	return 0;
}

/*
 * As a rule no identity looks like a personnummer, or one or two do by chance. Only when it is more
 * than that in the most suspicious case is it worth knowing which of the records would be sent.
 */
int survey_file(struct input *in, const struct reader *reader, const struct mapping *m,
		const struct mapping_context *context, struct survey *ret, struct fault *f)
{
	struct survey_ids ids;
	int err = read_through(in, reader, m, context, false, &ids, ret, f);

	if (err == 0 && ret->reason == REASON_NONE && survey_ids_leak(&ids))
		err = read_through(in, reader, m, context, true, &ids, ret, f);
	if (err == 0 && (in->name_leaks || (ret->reason == REASON_NONE && survey_ids_leak(&ids))))
		blame(ret, REASON_PNR_LEAK, 0, "");
	return err;
}
