/*
 * kontaktpuls-collect: files of one source to events in Kafka. The options and main; the run is in
 * collect.h.
 */
#include "collectors/engine/collect.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "proto/route.h"

/* clang-format off */
#define AT(member) .offset = offsetof(struct collect_options, member)
static const struct option_row rows[] = {
	{.name = "mapping", .letter = 'm', .type = OPTION_TEXT, AT(mapping), .argument = "FILE", .reads = true,
	 .required = true, .help = "What the records mean; see docs/mapping.md"},
	{.name = "key", .letter = 'k', .type = OPTION_TEXT, AT(key), .argument = "FILE", .reads = true,
	 .help = "Key of the source's identities: 64 hex digits, mode 0600"},
	{.name = "state", .letter = 's', .type = OPTION_TEXT, AT(state), .argument = "DIR",
	 .help = "Folder for progress and lists of rejected records; made when it is not there"},
	{.name = "with", .type = OPTION_MAP, AT(with), .argument = "NAME=PATH", .reads = true,
	 .help = "Where a file is that the mapping joins; otherwise beside the first FILE"},
	{.name = "kafka", .type = OPTION_TEXT, AT(kafka), .argument = "HOST:PORT",
	 .help = "Kafka to send to (bootstrap.servers)"},
	{.name = "kafka-property", .type = OPTION_MAP, AT(properties), .argument = "NAME=VALUE",
	 .help = "A property of librdkafka, by its own name"},
	{.name = "kafka-timeout", .type = OPTION_COUNT, AT(kafka_timeout), .argument = "MS",
	 .fallback = "30000", .min = 100, .max = 3600000,
	 .help = "How long to wait for Kafka to answer or to acknowledge"},
	{.name = "topic", .letter = 't', .type = OPTION_TEXT, AT(topic), .argument = "NAME",
	 .fallback = ROUTE_TOPIC, .form = &route_topic_form, .help = "Topic to send to"},
	{.name = "org", .type = OPTION_TEXT, AT(org), .argument = "FILE", .reads = true,
	 .help = "Dated organisation table: contacts whose förvaltning in the source is another are counted as noted"},
	{.name = "report", .type = OPTION_TEXT, AT(report), .argument = "FILE",
	 .help = "Write what became of each file as JSON"},
	{.name = "promise-sha256", .type = OPTION_SWITCH, AT(sha256),
	 .help = "The SHA-256 of each FILE stands in FILE.sha256; what differs is quarantined"},
	{.name = "promise-trailer", .type = OPTION_TEXT, AT(trailer), .argument = "REGEX",
	 .help = "The last line of each FILE matches, and its one group is the number of records"},
	{.name = "seal-key", .type = OPTION_TEXT, AT(seal_key), .argument = "FILE", .reads = true,
	 .help = "Public key that rejected records are sealed with, from `kontaktpuls dlq key`"},
	{.name = "explain", .letter = 'e', .type = OPTION_COUNT, AT(explain), .argument = "N",
	 .min = 1, .max = UINT64_MAX,
	 .help = "Show how record N of the first FILE becomes an event, and send nothing"},
	{.name = "clock", .type = OPTION_TEXT, AT(clock), .argument = "RFC3339",
	 .help = "Take this instant for now, for tests and samples: 2021-01-20T12:00:00Z"},
	{.name = "once", .type = OPTION_SWITCH, AT(once),
	 .help = "Of a FILE that is a folder take what is there now, instead of going on until SIGTERM; "
		 "of a stream do not wait for a full disk"},
	{.name = "spool", .type = OPTION_TEXT, AT(spool), .argument = "DIR",
	 .help = "Folder in which the records of stdin (FILE is -) are kept until Kafka has them; "
		 "without FILE what waits there is sent"},
	{.name = "spool-max", .type = OPTION_COUNT, AT(spool_max), .argument = "MIB",
	 .fallback = "1024", .min = 1, .max = 1048576,
	 .help = "How large the spool may grow before reading waits for Kafka"},
	{.name = "settle", .type = OPTION_COUNT, AT(settle), .argument = "MS", .fallback = "5000",
	 .max = 86400000,
	 .help = "How long a file in a folder stands still before it is finished; 0 when all who "
		 "write there rename into place"},
};
/* clang-format on */

static const struct options options = {
	.program = "kontaktpuls-collect",
	.arguments = "[FILE...]",
	.summary = "Reads the files of one source, those in a folder, or stdin, and sends its "
		   "contacts "
		   "to Kafka",
	.row = rows,
	.count = ARRAY_SIZE(rows),
	.arguments_max = SIZE_MAX,
};

int main(int argc, char **argv)
{
	struct collect_options o = {0};
	struct option_list files = {0};
	struct fault f = {0};

	loop_init();
	int check = options_read(&options, argc, argv, &o, &files, &f);
	if (check < 0) {
		log_error("%s", f.text);
		return fault_exit(check);
	}
	int err = civil_init(&f);
	if (err == 0)
		err = collect_run(&o, &files, check > 0, &f);
	if (err < 0)
		log_error("%s", f.text);
	options_release(&options, &o, &files);
	return fault_exit(err);
}
