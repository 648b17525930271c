/*
 * survey: reads a file and judges it as a whole. Owns the reader while it reads. Never sends or
 * writes.
 */
#include "collectors/engine/survey.h"

#include "collectors/engine/identity.h"
#include "common/loop.h"

/* Identities that would be sent, and those of them that hold a personnummer. */
struct identities {
	uint64_t seen, like_pnr;
};

static void look_at_identity(const struct mapping *m, const struct record *record,
			     const struct mapping_context *context, struct identities *ids)
{
	struct event event;
	struct mapping_result result;

	if (mapping_eval(m, record, context, NULL, &event, &result) != MAPPING_EVENT)
		return;
	ids->seen++;
	if (result.id_like_pnr)
		ids->like_pnr++;
}

/*
 * Of a handful of identities one may look like a personnummer by chance: a handful is taken as
 * more.
 */
static bool are_personnummer(const struct identities *ids)
{
	uint64_t of = ids->seen > IDENTITY_ID_SAMPLE ? ids->seen : IDENTITY_ID_SAMPLE;

	return ids->like_pnr * 100 > of * IDENTITY_ID_PERCENT;
}

static void conclude(enum reader_status status, const struct reader_item *last, struct survey *ret)
{
	if (status == READER_BROKEN) {
		ret->reason = last->reason;
		ret->line = last->record.line;
	}
	ret->where = base_strdup(last->where);
	ret->truncated = last->truncated;
	ret->unread = last->unread;
}

/* For what stands in no line. */
static void blame_file(struct survey *ret, enum reason reason)
{
	ret->reason = reason;
	ret->line = 0;
	ret->where[0] = '\0';
}

int survey_file(struct input *in, const struct reader *reader, const struct mapping *m,
		const struct mapping_context *context, struct survey *ret, struct fault *f)
{
	struct reader_item item;
	struct identities ids = {0};
	enum reader_status status = READER_RECORD;
	void *self = reader->open(input_rewind(in), m);

	*ret = (struct survey){0};
	while ((status == READER_RECORD || status == READER_BAD) && !loop_stopping()) {
		status = reader->next(self, &item);
		if (status == READER_RECORD)
			look_at_identity(m, &item.record, context, &ids);
		if (status == READER_RECORD || status == READER_BAD)
			ret->read++;
	}
	bool stopped = status == READER_RECORD || status == READER_BAD;
	if (!stopped)
		conclude(status, &item, ret);
	reader->close(self);
	if (stopped)
		return fault_set(f, FAULT_UNAVAILABLE, "stopped: %s is not read yet", in->path);
	if (!input_end(in, ret->sha256))
		blame_file(ret, REASON_READ_ERROR);
	if (in->name_leaks || (ret->reason == REASON_NONE && are_personnummer(&ids)))
		blame_file(ret, REASON_PNR_LEAK);
	return 0;
}
