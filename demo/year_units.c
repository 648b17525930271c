/*
 * year_units: the table of units. Nothing but data and look-ups in it. Names are made of what
 * such units are called and of places in Halland; no unit is meant.
 */
#include "demo/year_units.h"

#define HSA_PREFIX  "SE2321000115-D"
#define REORGANISED "2020-07-01"

static const char *const towns[] = {"Halmstad",   "Varberg", "Kungsbacka",
				    "Falkenberg", "Laholm",  NULL};
static const char *const hospitals[] = {"Halmstad", "Varberg", "Kungsbacka", NULL};
static const char *const centres[] = {
	"Andersberg", "Bäckagård", "Gullbrandstorp", "Nyhem",   "Oskarström", "Getinge",
	"Håsten",     "Lindberg",  "Tvååker",        "Veddige", "Åsa",        "Onsala",
	"Särö",       "Fjärås",    "Skrea",          "Ullared", "Slöinge",    "Våxtorp",
	"Knäred",     "Hyltebruk", "Torup",          "Unnaryd", NULL,
};
static const char *const private[] = {
	"Havsbrisen", "Tallhöjden", "Ankaret",    "Strandhuset", "Västanvind", "Laxen", "Kastellet",
	"Ekdungen",   "Solgläntan", "Fyren",      "Lyngen",      "Nissan",     "Ätran", "Viskan",
	"Kattegatt",  "Sandhamn",   "Björkliden", "Klitterbyn",  NULL,
};
static const char *const no_place[] = {"", NULL};

/* `name` at every place. */
struct group {
	const char *forvaltning, *agarform, *vardniva, *name;
	const char *const *place;
	const char *moves_to;  /* förvaltning from the reorganisation on, or NULL */
	uint8_t calls, visits; /* how often it is drawn, against the others */
};

/* clang-format off */
static const struct group groups[] = {
	{"HS", "region", "specialiserad", "Medicinmottagningen ", hospitals, NULL, 22, 26},
	{"HS", "region", "specialiserad", "Kirurgmottagningen ", hospitals, NULL, 12, 20},
	{"HS", "region", "specialiserad", "Ortopedmottagningen ", hospitals, NULL, 10, 22},
	{"HS", "region", "specialiserad", "Ögonmottagningen ", hospitals, NULL, 4, 22},
	{"HS", "region", "specialiserad", "Öron-, näs- och halsmottagningen ", hospitals, NULL, 5, 14},
	{"HS", "region", "specialiserad", "Kvinnokliniken ", hospitals, NULL, 12, 14},
	{"HS", "region", "specialiserad", "Barn- och ungdomsmottagningen ", hospitals, NULL, 14, 12},
	{"HS", "region", "specialiserad", "Hudmottagningen ", hospitals, NULL, 6, 10},
	{"HS", "region", "specialiserad", "Neurologmottagningen ", hospitals, NULL, 8, 6},
	{"HS", "region", "specialiserad", "Onkologmottagningen ", hospitals, NULL, 10, 6},
	{"HS", "region", "specialiserad", "Urologmottagningen ", hospitals, NULL, 5, 8},
	{"NSV", "region", "primarvard", "Vårdcentralen ", centres, NULL, 22, 20},
	{"NSV", "region", "primarvard", "Barnmorskemottagningen ", towns, NULL, 6, 10},
	{"NSV", "region", "primarvard", "Ungdomsmottagningen ", towns, "PSY", 8, 4},
	{"NSV", "region", "primarvard", "Rehabenheten ", towns, "HS", 8, 10},
	{"PSY", "region", "specialiserad", "Vuxenpsykiatriska mottagningen ", towns, NULL, 18, 8},
	{"PSY", "region", "specialiserad", "Barn- och ungdomspsykiatrin ", towns, NULL, 16, 6},
	{"PSY", "region", "specialiserad", "Beroendemottagningen ", hospitals, NULL, 8, 4},
	{"ADH", "region", "specialiserad", "Hörselmottagningen ", hospitals, NULL, 3, 8},
	{"ADH", "region", "specialiserad", "Röntgenmottagningen ", hospitals, NULL, 1, 14},
	{"ADH", "region", "specialiserad", "Klinisk fysiologi ", hospitals, NULL, 1, 8},
	{"ADH", "region", "specialiserad", "Syncentralen", no_place, NULL, 3, 3},
	{"RK", "region", "primarvard", "Sjukvårdsrådgivningen", no_place, NULL, 30, 0},
	{"RK", "region", "specialiserad", "Smittskydd Halland", no_place, NULL, 8, 1},
	{"RK", "region", "primarvard", "Vårdgarantiservice", no_place, NULL, 6, 0},
	{"PRIV", "privat", "primarvard", "Vårdcentralen ", private, NULL, 20, 18},
	{"PRIV", "privat", "specialiserad", "Specialistläkarna ", hospitals, NULL, 6, 10},
	{"PRIV", "privat", "primarvard", "Fysioterapin ", hospitals, NULL, 3, 12},
};
/* clang-format on */

static unsigned places(const struct group *g)
{
	unsigned n = 0;

	while (g->place[n])
		n++;
	return n;
}

unsigned year_units_count(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		n += places(&groups[i]);
	return n;
}

uint16_t year_units_draw(bool visits, unsigned chance)
{
	unsigned sum = 0, first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		sum += places(&groups[i]) * (visits ? groups[i].visits : groups[i].calls);
	chance %= sum;
	for (size_t i = 0;; i++) {
		unsigned weight = visits ? groups[i].visits : groups[i].calls;
		unsigned n = places(&groups[i]);
		if (chance < n * weight)
			return (uint16_t)(first + chance / weight);
		chance -= n * weight;
		first += n;
	}
}

uint16_t year_units_unlisted(void)
{
	return 998;
}

void year_units_id(struct buf *out, uint16_t unit)
{
	buf_addf(out, HSA_PREFIX "%03d", unit + 1);
}

static void table_row(struct buf *out, uint16_t unit, const struct group *g, const char *place,
		      const char *forvaltning, const char *from, const char *to)
{
	year_units_id(out, unit);
	buf_addf(out, ";%s%s;%s;%s;%s;%s;%s\n", g->name, place, forvaltning, g->agarform,
		 g->vardniva, from, to);
}

void year_units_table(struct buf *out)
{
	uint16_t unit = 0;

	buf_adds(out, "enhet;namn;forvaltning;agarform;vardniva;fran;till\n");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const struct group *g = &groups[i];
		for (const char *const *place = g->place; *place; place++, unit++) {
			table_row(out, unit, g, *place, g->forvaltning, "2010-01-01",
				  g->moves_to ? REORGANISED : "");
			if (g->moves_to)
				table_row(out, unit, g, *place, g->moves_to, REORGANISED, "");
		}
	}
}
