/*
 * year: designs the contacts and derives the rows. Pure but for memory. Owns the rows. Never
 * draws a number that decides a total: those are fixed before the first draw.
 */
#include "demo/year.h"

#include "common/civil.h"
#include "demo/year_units.h"

#define DAY_MINUTES       1440
#define NUMBERS           999983 /* a prime, more than there are contacts */
#define WORKING_DAY_START (7 * 60 + 30)

/* splitmix64 (Steele, Lea, Flood 2014): the whole sequence follows from the seed. */
struct dice {
	uint64_t state;
};

static uint64_t roll(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned below(struct dice *d, unsigned n)
{
	return (unsigned)((roll(d) >> 32) * n >> 32);
}

static bool one_in(struct dice *d, unsigned n)
{
	return below(d, n) == 0;
}

/* Index of a weight, by chance. */
static unsigned pick(struct dice *d, const uint16_t *weight, unsigned n)
{
	unsigned sum = 0, i = 0;

	for (unsigned k = 0; k < n; k++)
		sum += weight[k];
	unsigned at = below(d, sum);
	while (at >= weight[i])
		at -= weight[i++];
	return i;
}

/*
 * The design. A plan is a number of contacts that end alike: what they are (a kanal, whose kinds
 * and sources follow by chance), their final status, and when they take place.
 */
enum plan_kanal { TELEFON, VIDEO, SKRIFTLIG, FYSISK, KANALS };
enum plan_when { IN_2020, LATE_2019, EARLY_2021 };

struct plan {
	unsigned count; /* at scale 1 */
	uint8_t kanal, status, when;
	uint8_t kind; /* a kind of its own instead of the kanal's, or YEAR_KINDS */
	bool inpatient, undocumented;
};

#define ANY YEAR_KINDS
static const struct plan plans[] = {
	{102318, TELEFON, YEAR_STATUS_DONE, IN_2020, ANY, false, false},
	{39911, VIDEO, YEAR_STATUS_DONE, IN_2020, ANY, false, false},
	{13104, SKRIFTLIG, YEAR_STATUS_DONE, IN_2020, ANY, false, false},
	{110000, FYSISK, YEAR_STATUS_DONE, IN_2020, ANY, false, false},
	/* None of these counts as a distanskontakt or a visit of 2020. */
	{1900, TELEFON, YEAR_STATUS_DONE, IN_2020, YEAR_KIND_ADMIN, false, false},
	{700, TELEFON, YEAR_STATUS_DONE, IN_2020, YEAR_KIND_PROVSVAR, false, false},
	{600, SKRIFTLIG, YEAR_STATUS_DONE, IN_2020, YEAR_KIND_FRAGA, false, false},
	{500, TELEFON, YEAR_STATUS_DONE, IN_2020, YEAR_KIND_SAMTAL, false, false},
	{220, TELEFON, YEAR_STATUS_DONE, IN_2020, ANY, false, true},
	{80, VIDEO, YEAR_STATUS_DONE, IN_2020, ANY, false, true},
	{350, FYSISK, YEAR_STATUS_DONE, IN_2020, YEAR_KIND_MOTTAGNING, true, false},
	{800, VIDEO, YEAR_STATUS_NO_SHOW, IN_2020, ANY, false, false},
	{2300, FYSISK, YEAR_STATUS_NO_SHOW, IN_2020, ANY, false, false},
	{1100, TELEFON, YEAR_STATUS_CANCELLED, IN_2020, ANY, false, false},
	{1500, FYSISK, YEAR_STATUS_CANCELLED, IN_2020, ANY, false, false},
	{250, VIDEO, YEAR_STATUS_BROKEN_OFF, IN_2020, ANY, false, false},
	{400, TELEFON, YEAR_STATUS_PLANNED, EARLY_2021, ANY, false, false},
	{500, FYSISK, YEAR_STATUS_PLANNED, EARLY_2021, ANY, false, false},
	{700, TELEFON, YEAR_STATUS_VOID, IN_2020, ANY, false, false},
	{350, VIDEO, YEAR_STATUS_VOID, IN_2020, ANY, false, false},
	{250, SKRIFTLIG, YEAR_STATUS_VOID, IN_2020, ANY, false, false},
	{260, TELEFON, YEAR_STATUS_DONE, LATE_2019, ANY, false, false},
	{160, FYSISK, YEAR_STATUS_DONE, LATE_2019, ANY, false, false},
	{150, VIDEO, YEAR_STATUS_DONE, EARLY_2021, ANY, false, false},
	{250, FYSISK, YEAR_STATUS_DONE, EARLY_2021, ANY, false, false},
};
#undef ANY

/* Months of 2020: the spring that moved care to the phone and the screen. */
static const uint16_t month_weight[KANALS][12] = {
	[TELEFON] = {62, 62, 88, 104, 92, 84, 66, 72, 88, 92, 96, 94},
	[VIDEO] = {12, 13, 62, 110, 112, 104, 72, 84, 106, 118, 126, 130},
	[SKRIFTLIG] = {40, 42, 78, 96, 88, 84, 60, 72, 92, 98, 104, 102},
	[FYSISK] = {124, 116, 96, 62, 70, 78, 66, 88, 104, 102, 90, 82},
};

/* Which system knows a contact .. */
static const uint16_t source_weight[KANALS][YEAR_SOURCES] = {
	[TELEFON] = {97, 2, 1},
	[VIDEO] = {4, 96, 0},
	[SKRIFTLIG] = {4, 0, 96},
	[FYSISK] = {72, 14, 14},
};

/* .. and what it calls it. The phone system has no chat, the video system no letters. */
static const uint16_t kind_weight[KANALS][YEAR_SOURCES][YEAR_KIND_ADMIN] = {
	[TELEFON] = {[YEAR_TELEFON] = {[YEAR_KIND_TELEFON] = 1},
		     [YEAR_VIDEO] = {[YEAR_KIND_TELEFON] = 1},
		     [YEAR_SKRIFTLIG] = {[YEAR_KIND_TELEFON] = 1}},
	[VIDEO] = {[YEAR_TELEFON] = {[YEAR_KIND_VIDEO] = 1},
		   [YEAR_VIDEO] = {[YEAR_KIND_VIDEO] = 48, [YEAR_KIND_VIDEO_GROUP] = 2}},
	[SKRIFTLIG] = {[YEAR_TELEFON] = {[YEAR_KIND_BREV] = 1},
		       [YEAR_SKRIFTLIG] = {[YEAR_KIND_CHATT] = 45,
					   [YEAR_KIND_MEDDELANDE] = 30,
					   [YEAR_KIND_FORMULAR] = 12,
					   [YEAR_KIND_SOB] = 10,
					   [YEAR_KIND_BREV] = 3}},
	[FYSISK] = {[YEAR_TELEFON] = {[YEAR_KIND_MOTTAGNING] = 93, [YEAR_KIND_HEMBESOK] = 7},
		    [YEAR_VIDEO] = {[YEAR_KIND_MOTTAGNING] = 1},
		    [YEAR_SKRIFTLIG] = {[YEAR_KIND_MOTTAGNING] = 1}},
};

static enum year_source home_of(enum year_kind kind)
{
	return kind == YEAR_KIND_FRAGA ? YEAR_SKRIFTLIG : YEAR_TELEFON;
}

static int32_t day_2020(void)
{
	return civil_to_day(2020, 1, 1);
}

static uint16_t draw_day(struct dice *d, const struct plan *p)
{
	if (p->when == LATE_2019)
		return (uint16_t)(civil_to_day(2019, 12, 1) + (int32_t)below(d, 31));
	if (p->when == EARLY_2021)
		return (uint16_t)(civil_to_day(2021, 1, 1) + (int32_t)below(d, 12));
	for (;;) {
		int month = (int)pick(d, month_weight[p->kanal], 12) + 1;
		int32_t first = civil_to_day(2020, month, 1);
		int32_t day = first + (int32_t)below(d, 31);
		if (civil_from_day(day).month != month)
			continue;
		/* Day 0 was a Monday. Few work on Saturdays and Sundays. */
		if (day % 7 < 5 || one_in(d, 12))
			return (uint16_t)day;
	}
}

static void draw_person(struct dice *d, struct year_row *r)
{
	static const uint16_t age_weight[] = {14, 12, 13, 22, 24, 15};
	static const uint16_t age_from[] = {1, 18, 30, 45, 65, 80, 97};
	unsigned band = pick(d, age_weight, ARRAY_SIZE(age_weight));
	unsigned years = age_from[band] + below(d, age_from[band + 1] - age_from[band]);

	/* A few are over a hundred, whose short personnummer has a plus. */
	if (one_in(d, 2500))
		years = 102;
	r->birth_day = r->day - (int32_t)(years * 365 + years / 4 + below(d, 365));
	r->birth_number = one_in(d, 200) ? 0 : (uint16_t)(1 + below(d, 999));
	r->wrong_check = one_in(d, 300);
	r->blank_kon = one_in(d, 150);
}

/* What a plan leaves to chance. */
static struct year_row draw_contact(struct dice *d, const struct plan *p, uint32_t sequence)
{
	static const uint16_t profession_weight[] = {30, 34, 8, 8, 10, 4, 4, 2};
	static const uint16_t booking_weight[] = {2, 5, 2, 1};
	struct year_row r = {
		.number = (uint32_t)((uint64_t)(sequence + 1) * 611953 % NUMBERS),
		.kind = p->kind,
		.status = p->status,
		.revision = 1,
		.day = draw_day(d, p),
		.minute = (uint16_t)(WORKING_DAY_START + below(d, 9 * 60)),
		.unit = year_units_draw(p->kanal == FYSISK, (unsigned)roll(d)),
		.inpatient = p->inpatient,
		.undocumented = p->undocumented,
		.participants = 1,
	};

	r.source = (uint8_t)pick(d, source_weight[p->kanal], YEAR_SOURCES);
	if (p->kind != YEAR_KINDS)
		r.source = (uint8_t)home_of(p->kind);
	else
		r.kind = (uint8_t)pick(d, kind_weight[p->kanal][r.source], YEAR_KIND_ADMIN);
	if (r.inpatient)
		r.source = YEAR_TELEFON;
	if (r.kind == YEAR_KIND_VIDEO_GROUP)
		r.participants = (uint8_t)(2 + below(d, 6));
	/* The night before the first of a month is where a clock in UTC and a Swedish one part. */
	if (one_in(d, 400) && civil_from_day(r.day).day == 1)
		r.minute = (uint16_t)below(d, 60);
	r.utc = r.minute < 60 || one_in(d, 30);
	r.profession = (uint8_t)pick(d, profession_weight, ARRAY_SIZE(profession_weight));
	r.booking = (uint8_t)pick(d, booking_weight, ARRAY_SIZE(booking_weight));
	draw_person(d, &r);
	r.changed = (uint32_t)r.day * DAY_MINUTES + r.minute + 30 + below(d, 90);
	if (p->status == YEAR_STATUS_PLANNED || p->status == YEAR_STATUS_CANCELLED)
		r.changed -= 20 * DAY_MINUTES;
	r.arrival = r.changed;
	return r;
}

static void add(struct year *y, struct year_row r)
{
	y->row = base_grow(y->row, &y->cap, y->rows + 1, sizeof(*y->row));
	y->row[y->rows++] = r;
}

/* The contact as it was believed to be before it was corrected. */
static struct year_row before_correction(struct dice *d, struct year_row r)
{
	switch (below(d, 4)) {
	case 0: /* another month, to either side and perhaps of another year */
		r.day = (uint16_t)(one_in(d, 2)               ? r.day - 31
				   : r.day > day_2020() + 300 ? r.day - 62
							      : r.day + 31);
		break;
	case 1: r.unit = year_units_draw(false, (unsigned)roll(d)); break;
	case 2: /* another kanal: all three systems know visits and phone calls */
		r.kind = r.kind == YEAR_KIND_TELEFON ? YEAR_KIND_MOTTAGNING : YEAR_KIND_TELEFON;
		break;
	case 3:
		r.status = r.status == YEAR_STATUS_DONE ? YEAR_STATUS_PLANNED : YEAR_STATUS_DONE;
		break;
	}
	return r;
}

/*
 * The rows of a contact whose final state is `r`: mostly one; earlier revisions before it, or,
 * where systems deliver out of order, after it; and copies.
 */
static void add_rows(struct year *y, struct dice *d, struct year_row r)
{
	bool is_void = r.status == YEAR_STATUS_VOID;
	unsigned earlier = is_void || one_in(d, 50) ? 1u + one_in(d, 8) : 0;

	/* What is no contact corrects none: an earlier row would stand. */
	if (r.kind == YEAR_KIND_SAMTAL)
		earlier = 0;

	r.revision = (uint8_t)(1 + earlier);
	for (unsigned i = 0; i < earlier; i++) {
		struct year_row old = before_correction(d, r);
		if (is_void)
			old.status = YEAR_STATUS_DONE;
		old.revision = (uint8_t)(1 + i);
		old.arrival = old.changed;
		r.changed += (1 + below(d, 12)) * DAY_MINUTES;
		r.arrival = r.changed;
		if (one_in(d, 7))
			old.arrival = r.arrival + below(d, 9 * DAY_MINUTES);
		add(y, old);
	}
	add(y, r);
	if (one_in(d, 100)) {
		r.arrival += below(d, 30 * DAY_MINUTES);
		add(y, r);
	}
}

/* Rows that no collector can take: contacts of their own, so that no total rests on them. */
static void add_faults(struct year *y, struct dice *d, unsigned count, uint32_t sequence)
{
	for (unsigned i = 0; i < count; i++) {
		struct year_row r = draw_contact(d, &plans[i % KANALS], sequence + i);
		r.fault = (uint8_t)(1 + i % (YEAR_FAULTS - 1));
		r.birth_day = r.day - 40 * 365;
		r.birth_number = 1;
		r.wrong_check = false;
		add(y, r);
	}
}

static int compare(const void *a, const void *b)
{
	const struct year_row *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->arrival != y->arrival)
		return x->arrival < y->arrival ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->revision - y->revision;
}

void year_make(uint64_t seed, double scale, struct year *ret)
{
	struct dice d = {seed};
	uint32_t sequence = 0;

	assert(scale > 0 && scale <= 1);
	*ret = (struct year){0};
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		unsigned count = (unsigned)(plans[i].count * scale + 0.5);
		/* The first few of the phone are of a unit that no table knows, or of none. */
		for (unsigned k = 0; k < count; k++) {
			struct year_row r = draw_contact(&d, &plans[i], sequence++);
			if (i == 0 && k < 9)
				r.unit = k < 7 ? year_units_unlisted() : YEAR_UNIT_BLANK;
			add_rows(ret, &d, r);
		}
	}
	unsigned faults = (unsigned)(ret->rows / 1000);
	add_faults(ret, &d, faults < YEAR_FAULTS - 1 ? YEAR_FAULTS - 1 : faults, sequence);
	qsort(ret->row, ret->rows, sizeof(*ret->row), compare);
}

void year_release(struct year *y)
{
	free(y->row);
	*y = (struct year){0};
}
