/*
 * year_files: rows to text, by one table of columns per source. Pure. Never decides anything:
 * what a row says stands in it.
 */
#include "demo/year_files.h"

#include <inttypes.h>

#include "common/civil.h"
#include "demo/year_units.h"

#define DAY_MINUTES  1440
#define FUTURE_YEAR  2031
#define TOO_OLD_DAYS (130 * 366)

/* clang-format off */
enum column {
	COLUMN_ID, COLUMN_CHANGED, COLUMN_REVISION, COLUMN_UNIT, COLUMN_START, COLUMN_PERSON,
	COLUMN_KON, COLUMN_KIND, COLUMN_STATUS, COLUMN_CARE, COLUMN_DOCUMENTED, COLUMN_PROFESSION,
	COLUMN_BOOKING, COLUMN_PARTICIPANTS, COLUMN_END,
};
/* clang-format on */

#define COLUMNS_MAX 12
#define PROFESSIONS 8
#define BOOKINGS    4

/* Everything in which the files differ. */
struct dialect {
	const char *name, *id_prefix;
	char delimiter;
	bool quoted, cp1252, crlf;
	struct {
		const char *header;
		enum column column;
	} column[COLUMNS_MAX];
	unsigned columns;
	const char *kind[YEAR_KINDS]; /* NULL: the system has no such contacts */
	const char *status[YEAR_STATUSES];
	const char *kon[3]; /* blank, man, woman */
	const char *yes, *no;
	const char *profession[PROFESSIONS];
};

/* clang-format off */
static const struct dialect dialects[YEAR_SOURCES] = {
	[YEAR_TELEFON] = {
		.name = "telefon", .id_prefix = "T20-", .delimiter = ';', .cp1252 = true, .crlf = true,
		.column = {{"Kontaktnr", COLUMN_ID}, {"Ändrad", COLUMN_CHANGED}, {"Vårdenhet", COLUMN_UNIT},
			   {"Datum och tid", COLUMN_START}, {"Personnummer", COLUMN_PERSON}, {"Kön", COLUMN_KON},
			   {"Besökstyp", COLUMN_KIND}, {"Status", COLUMN_STATUS}, {"Vårdform", COLUMN_CARE},
			   {"Journalförd", COLUMN_DOCUMENTED}, {"Yrkesgrupp", COLUMN_PROFESSION},
			   {"Bokningssätt", COLUMN_BOOKING}},
		.columns = 12,
		.kind = {[YEAR_KIND_TELEFON] = "T1", [YEAR_KIND_ADMIN] = "T2", [YEAR_KIND_PROVSVAR] = "T3",
			 [YEAR_KIND_VIDEO] = "V1", [YEAR_KIND_BREV] = "K1", [YEAR_KIND_MOTTAGNING] = "B1",
			 [YEAR_KIND_HEMBESOK] = "B2", [YEAR_KIND_SAMTAL] = "S0"},
		.status = {"Avslutad", "Bokad", "Inställd", "Utebliven", "Avbruten", "Makulerad"},
		.kon = {"", "M", "K"}, .yes = "Ja", .no = "Nej",
		.profession = {"XS915", "XS919", "XS914", "XS918", "XS917", "XS910", "XS925", "XS913"},
	},
	[YEAR_VIDEO] = {
		.name = "video", .id_prefix = "v-2020-", .delimiter = ',', .quoted = true,
		.column = {{"contact_id", COLUMN_ID}, {"revision", COLUMN_REVISION}, {"unit", COLUMN_UNIT},
			   {"start", COLUMN_START}, {"patient", COLUMN_PERSON}, {"kind", COLUMN_KIND},
			   {"state", COLUMN_STATUS}, {"participants", COLUMN_PARTICIPANTS},
			   {"journalled", COLUMN_DOCUMENTED}, {"profession", COLUMN_PROFESSION}},
		.columns = 10,
		.kind = {[YEAR_KIND_TELEFON] = "phone", [YEAR_KIND_VIDEO] = "video",
			 [YEAR_KIND_VIDEO_GROUP] = "video group", [YEAR_KIND_MOTTAGNING] = "visit"},
		.status = {"finished", "planned", "cancelled", "no show", "interrupted", "void"},
		.kon = {"", "", ""}, .yes = "true", .no = "false",
		.profession = {"physician", "nurse", "speech therapist", "physiotherapist", "psychologist",
			       "occupational therapist", "midwife", "counsellor"},
	},
	[YEAR_SKRIFTLIG] = {
		.name = "skriftlig", .id_prefix = "A2020/", .delimiter = '\t',
		.column = {{"ärende", COLUMN_ID}, {"ändrad", COLUMN_CHANGED}, {"enhet", COLUMN_UNIT},
			   {"inkom", COLUMN_START}, {"personnummer", COLUMN_PERSON}, {"kön", COLUMN_KON},
			   {"ärendetyp", COLUMN_KIND}, {"läge", COLUMN_STATUS}, {"journalförd", COLUMN_DOCUMENTED},
			   {"yrke", COLUMN_PROFESSION}},
		.columns = 10,
		.kind = {[YEAR_KIND_TELEFON] = "telefonsamtal", [YEAR_KIND_CHATT] = "chatt",
			 [YEAR_KIND_MEDDELANDE] = "meddelande", [YEAR_KIND_FORMULAR] = "formulär",
			 [YEAR_KIND_SOB] = "stöd och behandling", [YEAR_KIND_BREV] = "brev",
			 [YEAR_KIND_MOTTAGNING] = "besök", [YEAR_KIND_FRAGA] = "fråga"},
		.status = {"5", "1", "2", "6", "4", "9"},
		.kon = {"", "1", "2"}, .yes = "j", .no = "n",
		.profession = {"läkare", "sjuksköterska", "logoped", "fysioterapeut", "psykolog",
			       "arbetsterapeut", "barnmorska", "kurator"},
	},
};
/* clang-format on */

const char *year_files_name(enum year_source s)
{
	return dialects[s].name;
}

/* Check digit of nine digits: modulus 10 with weights 2 and 1 (folkbokföringslagen 18 §). */
static unsigned check_digit(const char *nine)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 9; i++) {
		unsigned product = (unsigned)(nine[i] - '0') * (i % 2 == 0 ? 2 : 1);
		sum += product / 10 + product % 10;
	}
	return (10 - sum % 10) % 10;
}

/* `century`: eight digits of birth; otherwise six, and a plus for who is a hundred. */
static void add_person(struct buf *out, const struct year_row *r, bool century, const char *dash)
{
	int32_t birth_day = r->birth_day - (r->fault == YEAR_FAULT_AGE ? TOO_OLD_DAYS : 0);
	struct civil b = civil_from_day(birth_day);
	char text[32];

	if (r->birth_number == 0)
		return;
	(void)snprintf(text, sizeof(text), "%04d%02d%02d%03d", b.year, b.month, b.day,
		       r->birth_number);
	unsigned check = (check_digit(text + 2) + r->wrong_check) % 10;
	if (!century && b.year <= 1920)
		dash = "+";
	buf_add(out, text + (century ? 0 : 2), century ? 8 : 6);
	buf_addf(out, "%s%s%u", dash, text + 8, check);
}

static struct civil civil_at(uint32_t minutes)
{
	struct civil c = civil_from_day((int32_t)(minutes / DAY_MINUTES));

	c.hour = (int)(minutes / 60 % 24);
	c.minute = (int)(minutes % 60);
	return c;
}

static void add_date(struct buf *out, struct civil c, char separator)
{
	buf_addf(out, "%04d-%02d-%02d%c%02d:%02d:%02d", c.year, c.month, c.day, separator, c.hour,
		 c.minute, c.second);
}

/* Local time with its offset, or UTC, as a video server writes it. */
static void add_instant(struct buf *out, const struct year_row *r, struct civil c)
{
	int64_t ms = civil_to_instant(c);
	int64_t offset = (civil_to_instant_at(c, 0) - ms) / 60000;

	if (!r->utc) {
		add_date(out, c, 'T');
		buf_addf(out, "+%02d:00", (int)(offset / 60));
		return;
	}
	int64_t minutes = (int64_t)r->day * DAY_MINUTES + c.hour * 60 + c.minute - offset;
	add_date(out, civil_at((uint32_t)minutes), 'T');
	buf_addc(out, 'Z');
}

static void add_start(struct buf *out, const struct year_row *r, enum year_source s)
{
	struct civil c = civil_at((uint32_t)r->day * DAY_MINUTES + r->minute);
	bool right = false;

	if (r->fault == YEAR_FAULT_FUTURE) {
		c.year = FUTURE_YEAR;
		c.day = 1; /* that year has no 29 February */
	} else if (r->fault == YEAR_FAULT_DATE) {
		c.month = 13;
	} else if (r->fault == YEAR_FAULT_TIME ||
		   (r->fault == YEAR_FAULT_AGE && s == YEAR_SKRIFTLIG)) {
		c.hour = 25;
	} else {
		right = true;
	}
	if (s == YEAR_VIDEO && right) {
		add_instant(out, r, c);
	} else if (s == YEAR_VIDEO) {
		add_date(out, c, 'T');
		buf_adds(out, "+01:00");
	} else if (s == YEAR_TELEFON) {
		buf_addf(out, "%02d.%02d.%04d %02d:%02d", c.day, c.month, c.year, c.hour, c.minute);
	} else {
		add_date(out, c, ' ');
	}
}

static void add_id(struct buf *out, const struct year_row *r, const struct dialect *d)
{
	if (r->fault == YEAR_FAULT_NO_ID)
		return;
	buf_addf(out, "%s%06" PRIu32, d->id_prefix, r->number);
	if (r->fault == YEAR_FAULT_LONG_ID)
		for (int i = 0; i < 30; i++)
			buf_adds(out, "-test");
}

static void add_version(struct buf *out, const struct year_row *r, enum column column)
{
	if (r->fault == YEAR_FAULT_NO_VERSION)
		return;
	if (r->fault == YEAR_FAULT_VERSION)
		buf_adds(out, "idag");
	else if (column == COLUMN_REVISION)
		buf_addf(out, "%u", r->revision);
	else
		add_date(out, civil_at(r->changed), ' ');
}

static void add_unit(struct buf *out, const struct year_row *r)
{
	if (r->fault == YEAR_FAULT_LEAK)
		add_person(out, r, true, "-");
	else if (r->unit != YEAR_UNIT_BLANK)
		year_units_id(out, r->unit);
	if (r->fault == YEAR_FAULT_CONTROL)
		buf_addc(out, '\x01');
}

static void add_value(struct buf *out, const struct year_row *r, enum year_source s,
		      enum column column)
{
	static const char *const booking[BOOKINGS] = {"1", "2", "3", "5"};
	const struct dialect *d = &dialects[s];

	/* clang-format off */
	switch (column) {
	case COLUMN_ID: add_id(out, r, d); break;
	case COLUMN_CHANGED:
	case COLUMN_REVISION: add_version(out, r, column); break;
	case COLUMN_UNIT: add_unit(out, r); break;
	case COLUMN_START: add_start(out, r, s); break;
	case COLUMN_PERSON: add_person(out, r, s != YEAR_SKRIFTLIG, s == YEAR_VIDEO ? "" : "-"); break;
	case COLUMN_KON: buf_adds(out, d->kon[r->blank_kon ? 0 : 2 - r->birth_number % 2]); break;
	case COLUMN_KIND: buf_adds(out, r->fault == YEAR_FAULT_KIND ? "?" : d->kind[r->kind]); break;
	case COLUMN_STATUS: buf_adds(out, d->status[r->status]); break;
	case COLUMN_CARE: buf_adds(out, r->inpatient ? "Sluten" : "Öppen"); break;
	case COLUMN_DOCUMENTED: buf_adds(out, r->undocumented ? d->no : d->yes); break;
	case COLUMN_PROFESSION: buf_adds(out, d->profession[r->profession]); break;
	case COLUMN_BOOKING: buf_adds(out, booking[r->booking]); break;
	case COLUMN_PARTICIPANTS: buf_addf(out, "%u", r->participants); break;
	case COLUMN_END: break;
	}
	/* clang-format on */
	/* No UTF-8, and nothing in Windows-1252 either. */
	if (r->fault == YEAR_FAULT_ENCODING && column == COLUMN_PROFESSION)
		buf_addc(out, '\x81');
}

static void end_line(struct buf *out, const struct dialect *d)
{
	buf_adds(out, d->crlf ? "\r\n" : "\n");
}

static void add_row(struct buf *out, const struct year_row *r, enum year_source s)
{
	const struct dialect *d = &dialects[s];

	for (unsigned i = 0; i < d->columns; i++) {
		bool broken = r->fault == YEAR_FAULT_QUOTE &&
			      d->column[i].column == COLUMN_PROFESSION;
		bool quoted = d->quoted || broken;
		if (i > 0)
			buf_addc(out, d->delimiter);
		if (quoted)
			buf_addc(out, '"');
		add_value(out, r, s, d->column[i].column);
		if (quoted)
			buf_addc(out, '"');
		if (broken)
			buf_addc(out, '!');
	}
	if (r->fault == YEAR_FAULT_COLUMNS)
		buf_addc(out, d->delimiter);
	end_line(out, d);
}

/* In place: the only letters outside of ASCII that are written here are of Latin-1. */
static void to_cp1252(struct buf *b, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < b->len; i++) {
		if ((uint8_t)b->data[i] == 0xc3)
			b->data[to++] = (char)(uint8_t)((uint8_t)b->data[++i] + 0x40);
		else
			b->data[to++] = b->data[i];
	}
	b->len = to;
	b->data[to] = '\0';
}

void year_files_write(const struct year *y, enum year_source s, struct buf *out)
{
	const struct dialect *d = &dialects[s];
	size_t from = out->len;

	for (unsigned i = 0; i < d->columns; i++) {
		if (i > 0)
			buf_addc(out, d->delimiter);
		buf_adds(out, d->column[i].header);
	}
	end_line(out, d);
	for (size_t i = 0; i < y->rows; i++)
		if (y->row[i].source == s)
			add_row(out, &y->row[i], s);
	if (d->cp1252)
		to_cp1252(out, from);
}
