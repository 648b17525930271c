/*
 * skeleton: finds a file's columns and writes a mapping around them. Here alone something is guessed
 * (delimiter, encoding, the list of records), for a person to look at.
 */
#include "collectors/engine/skeleton.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/json_stream.h"

#define COLUMNS_MAX 500
#define RECORDS     100 /* that are looked at for their names */

struct skeleton {
	enum format format;
	struct csv_dialect dialect;
	bool is_list;        /* JSON: the document is a list */
	const char *records; /* JSON: the list of them in the document, or NULL */
	char **column;       /* as paths */
	size_t columns, cap;
	struct buf kept; /* the text of `records` */
};

static void add_column(struct skeleton *s, const char *path)
{
	for (size_t i = 0; i < s->columns; i++)
		if (strcmp(s->column[i], path) == 0)
			return;
	if (s->columns == COLUMNS_MAX)
		return;
	s->column = base_grow(s->column, &s->cap, s->columns + 1, sizeof(*s->column));
	s->column[s->columns++] = base_strdup(path);
}

/* The first line: its delimiter is the one that stands there most often. */
static void read_header(struct skeleton *s, FILE *file)
{
	static const char delimiters[] = ",;\t|";
	char line[CSV_LINE_MAX];
	size_t len = fread(line, 1, sizeof(line), file), most = 0;
	const char *stop = memchr(line, '\n', len);
	struct csv_row row;
	struct buf path = {0};

	len = stop ? (size_t)(stop - line) + 1 : len;
	s->dialect = (struct csv_dialect){.delimiter = ',', .quote = '"', .encoding = CSV_CP1252};
	if (text_utf8_valid((struct span){line, len}))
		s->dialect.encoding = CSV_UTF8;
	for (const char *d = delimiters; *d; d++) {
		size_t count = 0;
		for (size_t i = 0; i < len; i++)
			count += line[i] == *d;
		if (count > most)
			s->dialect.delimiter = *d;
		most = count > most ? count : most;
	}
	struct csv *csv = csv_new_memory(line, len, s->dialect);
	if (csv_next(csv, &row) != CSV_ROW)
		row.count = 0;
	for (size_t i = 0; i < row.count; i++) {
		char *name = base_strndup(row.field[i].value.data, row.field[i].value.len);
		buf_reset(&path);
		path_quote(name, &path);
		add_column(s, buf_text(&path));
		free(name);
	}
	csv_free(csv);
	buf_release(&path);
}

/* Every path that leads to a text; of lists the first element speaks for all. */
static void add_paths(struct skeleton *s, json_t *v, struct buf *path)
{
	size_t len = path->len;

	if (json_is_array(v)) {
		buf_adds(path, "[*]");
		add_paths(s, json_array_get(v, 0), path);
	}
	for (void *i = json_object_iter(v); i; i = json_object_iter_next(v, i)) {
		path->len = len;
		if (len > 0)
			buf_addc(path, '.');
		path_quote(json_object_iter_key(i), path);
		add_paths(s, json_object_iter_value(i), path);
	}
	path->len = len;
	if (path->data)
		path->data[len] = '\0';
	if (v && !json_is_array(v) && !json_is_object(v))
		add_column(s, buf_text(path));
}

/*
 * True when the document is what stands around the records: a Bundle, or an object with a list of
 * objects.
 */
static bool look_closer(struct skeleton *s, json_t *root)
{
	if (s->format != FORMAT_JSON || s->is_list || s->records)
		return false;
	if (strcmp(json_value_member(root, "resourceType"), "Bundle") == 0) {
		s->format = FORMAT_BUNDLE;
		return true;
	}
	for (void *i = json_object_iter(root); i && !s->records;
	     i = json_object_iter_next(root, i)) {
		if (!json_is_object(json_array_get(json_object_iter_value(i), 0)))
			continue;
		path_quote(json_object_iter_key(i), &s->kept);
		s->records = buf_text(&s->kept);
	}
	return s->records != NULL;
}

static void read_records(struct skeleton *s, FILE *file)
{
	struct json_shape shape = {.format = s->format};
	struct reader_item item;
	struct buf path = {0};
	json_t *root, *entry;
	size_t at;
	bool closer = false;

	if (s->records && path_parse(s->records, &shape.records, &at))
		BUG("a quoted name is no path");
	struct json_stream *stream = json_stream_new(file, &shape);
	for (size_t n = 0; n < RECORDS && !closer; n++) {
		enum reader_status status = json_stream_next(stream, &item, &root, &entry);
		if (status > READER_BAD)
			break;
		if (status == READER_BAD)
			continue;
		closer = look_closer(s, root);
		if (!closer)
			add_paths(s, root, &path);
	}
	json_stream_free(stream);
	path_release(&shape.records);
	buf_release(&path);
	if (closer) {
		rewind(file);
		read_records(s, file);
	}
}

/* A text as YAML wants it inside of { }. */
static void put_scalar(const char *text, struct buf *out)
{
	bool plain = *text != '\0' && *text != '-';

	for (const char *c = text; *c; c++)
		plain &= (uint8_t)*c > 0x7F || strchr("_.-", *c) || (*c >= '0' && *c <= '9') ||
			 (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z');
	if (!plain)
		buf_addc(out, '\'');
	for (; *text; text++)
		buf_adds(out, *text == '\'' && !plain ? "''" : (char[]){*text, '\0'});
	if (!plain)
		buf_addc(out, '\'');
}

static void put_field(const struct event_field *field, struct buf *out)
{
	const char *mark = field->must && strcmp(field->name, "kon") != 0 ? "" : "# ";
	size_t rows = 0;
	const struct code *code = field->type != EVENT_CODE
					  ? NULL
					  : codes_rows((enum codes_list)field->max, &rows);

	buf_addf(out, "  # %s\n", field->text);
	for (size_t i = 0; i < rows; i++)
		buf_addf(out, "%s%s", i == 0 ? "  #   codes: " : ", ", code[i].name);
	buf_addf(out, "%s  %s%s: ", rows > 0 ? "\n" : "", mark, field->name);
	if (code)
		buf_addf(out, "[{path: COLUMN}, {table: {CODE: \"%s\"}}]\n", code->name);
	else
		buf_adds(out, "{path: COLUMN}\n");
}

static void put_fields(bool must, struct buf *out)
{
	size_t count;
	const struct event_field *field = event_fields(&count);

	for (size_t i = 0; i < count; i++)
		if (!mapping_filled_by(field[i].name) && field[i].must == must)
			put_field(&field[i], out);
}

static void put_format(const struct skeleton *s, struct buf *out)
{
	static const char *const names[] = {
#define X(format, name) name,
		FORMATS_X(X)
#undef X
	};

	buf_addf(out, "format: %s\n", names[s->format]);
	if (s->format == FORMAT_CSV)
		buf_addf(out, "csv: {delimiter: %s, quote: '\"', encoding: %s}   # is that so?\n",
			 s->dialect.delimiter == '\t'  ? "tab"
			 : s->dialect.delimiter == ';' ? "\";\""
			 : s->dialect.delimiter == '|' ? "\"|\""
						       : "\",\"",
			 s->dialect.encoding == CSV_UTF8 ? "utf-8" : "cp1252");
	if (s->records) {
		buf_adds(out, "json: {records: ");
		put_scalar(s->records, out);
		buf_adds(out, "}   # is that the list of contacts?\n");
	}
}

static void put_source(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');

	buf_adds(out, "source: ");
	path = slash ? slash + 1 : path;
	for (size_t i = 0; path[i] && path[i] != '.' && i < EVENT_SOURCE_MAX; i++) {
		char lower = path[i] >= 'A' && path[i] <= 'Z' ? (char)(path[i] - 'A' + 'a')
							      : path[i];
		buf_addc(out, text_is_name((struct span){&lower, 1}, 1) ? lower : '-');
	}
	buf_adds(out, "   # for life: contacts are known by it\n");
}

static void put_all(const struct skeleton *s, const char *path, struct buf *out)
{
	buf_adds(
		out,
		"# A skeleton. Put in the source's own columns for COLUMN, its codes for CODE, and "
		"take\n"
		"# the # from the fields that it has. How to write a mapping: docs/mapping.md.\n#\n"
		"# What the file has:\n");
	for (size_t i = 0; i < s->columns; i++) {
		buf_adds(out, "#   {path: ");
		put_scalar(s->column[i], out);
		buf_adds(out, "}\n");
	}
	buf_addc(out, '\n');
	put_source(path, out);
	put_format(s, out);
	buf_adds(out, "\n# The source's own identity of the contact, the same each time it is "
		      "delivered.\n"
		      "id: {path: COLUMN}\n"
		      "# What grows when a contact changes; or {number: {path: COLUMN}}, or "
		      "{constant: 1}.\n"
		      "version: {time: [{path: COLUMN}, {date: \"YYYY-MM-DD HH:mm:SS\"}]}\n"
		      "# Only these records are contacts.\n"
		      "# only: {path: COLUMN, is: TEXT}\n"
		      "\nfields:\n"
		      "  # when it began; the date alone will do\n"
		      "  start: [{path: COLUMN}, {date: \"YYYY-MM-DD HH:mm\"}]\n");
	put_fields(true, out);
	buf_adds(out, "\n  # end, decision, booked and birth_date are dates too\n"
		      "  # end: [{path: COLUMN}, {date: \"YYYY-MM-DD HH:mm\"}]\n"
		      "  # birth_date: [{path: COLUMN}, {date: YYYY-MM-DD}]\n"
		      "  # gives sex and age where the source has nothing else, and is forgotten\n"
		      "  # personnummer: {path: COLUMN}\n");
	put_fields(false, out);
}

static int find_format(const char *path, const char *name, enum format *ret, struct fault *f)
{
	static const struct {
		const char *ending;
		enum format format;
	} endings[] = {
#define X(format, name) {name, FORMAT_##format},
		FORMATS_X(X)
#undef X
			{"txt", FORMAT_CSV},
		{"tsv", FORMAT_CSV},
		{"jsonl", FORMAT_NDJSON},
	};
	const char *dot = strrchr(path, '.');

	if (!name)
		name = dot ? dot + 1 : "";
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (strcmp(endings[i].ending, name) == 0) {
			*ret = endings[i].format;
			return 0;
		}
	}
	return fault_set(f, FAULT_USAGE, "%s: its name does not tell the format: give --format",
			 path);
}

static int check_columns(const struct skeleton *s, const char *path, struct fault *f)
{
	if (s->columns == 0)
		return fault_set(f, FAULT_INPUT, "%s: no columns were found in it", path);
	for (size_t i = 0; i < s->columns; i++)
		if (identity_resembles(span_of(s->column[i])))
			return fault_set(
				f, FAULT_INPUT,
				"%s: the name of column %zu looks like a personnummer: has "
				"the file a header?",
				path, i + 1);
	return 0;
}

int skeleton_write(const char *path, const char *format, struct buf *out, struct fault *f)
{
	struct skeleton s = {0};
	int rc = find_format(path, format, &s.format, f);

	if (rc < 0)
		return rc;
	FILE *file = fopen(path, "rbe");
	if (!file)
		return fault_errno(f, FAULT_NOINPUT, "%s", path);
	char first = '\0';
	s.is_list = fscanf(file, " %c", &first) == 1 && first == '[';
	rewind(file);
	if (s.format == FORMAT_CSV)
		read_header(&s, file);
	else
		read_records(&s, file);
	(void)fclose(file); /* nothing was written */
	rc = check_columns(&s, path, f);
	if (rc == 0)
		put_all(&s, path, out);
	for (size_t i = 0; i < s.columns; i++)
		free(s.column[i]);
	free(s.column);
	buf_release(&s.kept);
	return rc;
}
