/*
 * export: options, Redis, report, format, file. Everything between the snapshot and the bytes is pure;
 * nothing reaches stdout or the file unless all of it could be made.
 */
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/options.h"
#include "exporters/format.h"

enum { REDIS_TIMEOUT_MS = 15000 };

struct settings {
	const char *redis, *secret, *namespace, *rule, *by, *format, *org, *kallor, *forvaltning,
		*out;
	bool why, english;
};

#define AT(member) offsetof(struct settings, member)
/* clang-format off */
static const struct option_row rows[] = {
	{.name = "redis", .offset = AT(redis), .argument = "ADDRESS", .required = true,
	 .help = "Redis to read: unix:/path, host:port or sentinel:NAME@host:port,.."},
	{.name = "redis-secret", .offset = AT(secret), .argument = "FILE", .reads = true,
	 .help = "File with the password of Redis, or with user and password; mode 0600."},
	{.name = "namespace", .offset = AT(namespace), .fallback = "kp", .argument = "NAME", .form = &keys_namespace_form,
	 .help = "Namespace to read"},
	{.name = "rule", .letter = 'r', .offset = AT(rule), .fallback = "distanskontakt/1", .argument = "RULE",
	 .form = &rules_form, .help = "Counting rule"},
	{.name = "by", .letter = 'b', .offset = AT(by), .argument = "DIMENSIONS",
	 .help = "What to divide by, with commas, out of period, dag, forvaltning, enhet, agarform, "
		 "vardniva, kalla, kanal, form, vardform, kon, alder and roll; a share not by kanal or form. "
		 "Without it: " FIGURES_BY " (of a share " FIGURES_BY_SHARE "), and the text of a month is its overview."},
	{.name = "format", .letter = 'F', .offset = AT(format), .fallback = "text", .argument = "FORMAT",
	 .form = &formats_form, .help = "Format of the output"},
	{.name = "org", .offset = AT(org), .argument = "FILE", .reads = true,
	 .help = "Dated organisation table, CSV; without it every unit is counted under OKAND."},
	{.name = "kallor", .offset = AT(kallor), .argument = "FILE", .reads = true,
	 .help = "Source registry, CSV: which source counts where and when; without it all do."},
	{.name = "forvaltning", .offset = AT(forvaltning), .argument = "NAME",
	 .help = "Only the units that the organisation table gives this one, in the month of the contact; the balance is of all."},
	{.name = "out", .letter = 'o', .offset = AT(out), .argument = "FILE",
	 .help = "File to write, whole or not at all; otherwise stdout."},
	{.name = "why", .type = OPTION_SWITCH, .offset = AT(why),
	 .help = "Also show how many contacts fall at each step to the rule (text and json)."},
	{.name = "english", .type = OPTION_SWITCH, .offset = AT(english),
	 .help = "Labels and notes in English."},
};
/* clang-format on */
#undef AT

static const struct options options = {
	.program = "kontaktpuls-export",
	.arguments = "manad YYYY-MM | halvar YYYY-1 | ar YYYY | alla",
	.summary = "Prints the figures of a period, exact, from the counts in Redis.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
	.arguments_min = 1,
	.arguments_max = 2,
};

static int make_query(const struct settings *s, const struct option_list *period,
		      struct figures_query *q, struct fault *f)
{
	int rc = period_parse(period->item[0], period->count > 1 ? period->item[1] : NULL,
			      &q->period, f);
	q->rule = rules_find(s->rule);
	return rc == 0 ? figures_by(s->by, q, f) : rc;
}

/* Everything that an export needs before it asks Redis: what -n checks. */
struct job {
	const struct format *format;
	struct figures_query query;
	struct dated *org, *kallor;
};

/* One that is in no row would be a page of nothing. */
static int check_forvaltning(const struct figures_query *q, struct fault *f)
{
	bool there = figures_asks(q, NULL);
	for (size_t i = 0; q->org && !there && i < q->org->count; i++)
		there = figures_asks(q, q->org->row + i);
	if (there)
		return 0;
	return fault_set(f, FAULT_USAGE, "--forvaltning: %s",
			 q->org ? "none of that name is in the organisation table"
				: "which units it has is in an organisation table; see --org");
}

static int prepare(const struct settings *s, const struct option_list *period, struct job *j,
		   struct fault *f)
{
	int rc = make_query(s, period, &j->query, f);
	j->format = formats_find(s->format);
	if (rc == 0 && s->why && !j->format->whole)
		rc = fault_set(f, FAULT_USAGE, "--why: the format %s holds the cells only",
			       j->format->name);
	if (rc == 0 && s->org)
		rc = dated_load(s->org, &organisation_shape, &j->org, f);
	if (rc == 0 && s->kallor)
		rc = dated_load(s->kallor, &registry_shape, &j->kallor, f);
	j->query.org = j->org;
	j->query.registry = j->kallor;
	j->query.forvaltning = s->forvaltning;
	return rc == 0 ? check_forvaltning(&j->query, f) : rc;
}

static int read_redis(const struct settings *s, struct snapshot *ret, struct fault *f)
{
	struct redis *redis = NULL;
	int rc = redis_connect(s->redis, s->secret, REDIS_TIMEOUT_MS, &redis, f);
	if (rc == 0)
		rc = snapshot_read(redis, s->namespace, ret, f);
	redis_free(redis);
	return rc;
}

static int put(const char *path, const struct buf *out, struct fault *f)
{
	if (path)
		return atomic_file_write(path, 0644, out->data, out->len, f);
	if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout) != 0)
		return fault_errno(f, FAULT_IO, "cannot write to stdout");
	return 0;
}

/* A format that holds the cells only says the rest where people look. */
static void tell(const struct report *r)
{
	struct buf id = {0};
	snapshot_id(r->snapshot, &id);
	log_info("period %s, rule %s, revision " REPORT_REVISION ", snapshot %s",
		 r->query->period.text, r->query->rule->id, buf_text(&id));
	for (size_t i = 0; i < r->notes; i++)
		log_info("%s", r->note[i]);
	buf_release(&id);
}

static int export(const struct settings *s, const struct job *j, struct fault *f)
{
	struct snapshot snapshot = {0};
	struct report report = {
		.snapshot = &snapshot, .query = &j->query, .english = s->english, .why = s->why};
	struct buf out = {0};
	int rc = read_redis(s, &snapshot, f);
	if (rc == 0)
		rc = report_make(&report, f);
	if (rc < 0)
		goto out;
	j->format->write(&report, &out);
	rc = put(s->out, &out, f);
	if (rc == 0 && !j->format->whole)
		tell(&report);
out:
	buf_release(&out);
	report_release(&report);
	snapshot_release(&snapshot);
	return rc;
}

int main(int argc, char **argv)
{
	struct settings settings = {0};
	struct option_list period = {0};
	struct job job = {0};
	struct fault fault = {0};
	loop_init();
	int check = options_read(&options, argc, argv, &settings, &period, &fault);
	int rc = check < 0 ? check : prepare(&settings, &period, &job, &fault);
	if (rc == 0 && check > 0)
		log_info("OK: %s of %s, the options and the tables", job.query.rule->id,
			 job.query.period.text);
	else if (rc == 0)
		rc = export(&settings, &job, &fault);
	if (rc < 0)
		log_error("%s", fault.text);
	dated_free(job.org);
	dated_free(job.kallor);
	options_release(&options, &settings, &period);
	return rc < 0 ? fault_exit(rc) : 0;
}
