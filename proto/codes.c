/*
 * codes: the code table. Nothing but data and look-ups in it.
 */
#include "proto/codes.h"

#define ROW(l, n, name_, sv_, en_, nat)               \
	{                                             \
		CODES_##l, n, name_, sv_, en_, nat, 0 \
	}
#define FORM(n, name_, sv_, en_, nat, k)                       \
	{                                                      \
		CODES_FORM, n, name_, sv_, en_, nat, KANAL_##k \
	}

/* clang-format off */
/* Rows of one list stand together. */
static const struct code table[] = {
	ROW(KANAL, 1, "telefon", "Telefon", "Telephone", NULL),
	ROW(KANAL, 2, "video", "Video", "Video", NULL),
	ROW(KANAL, 3, "skriftlig", "Skriftlig", "Written", NULL),
	ROW(KANAL, 4, "ej_specificerad", "Distans, ej specificerad", "Remote, unspecified", NULL),
	ROW(KANAL, 5, "fysisk", "Fysisk", "Physical", NULL),

	FORM(1, "telefon", "Telefon", "Telephone", "8", TELEFON),
	FORM(2, "video", "Video", "Video", "81", VIDEO),
	FORM(3, "ej_specificerad", "Distans, ej specificerad", "Remote, unspecified", "83", EJ_SPECIFICERAD),
	FORM(8, "skriftlig", "Skriftlig, form okänd", "Written, form unknown", NULL, SKRIFTLIG),
	FORM(9, "brev", "Brev", "Letter", "8", SKRIFTLIG),
	FORM(10, "epost", "E-post", "E-mail", "8", SKRIFTLIG),
	FORM(11, "meddelande", "Meddelande", "Message", "82", SKRIFTLIG),
	FORM(12, "chatt", "Chatt", "Chat", "82", SKRIFTLIG),
	FORM(13, "formular", "Formulär", "Form", "82", SKRIFTLIG),
	FORM(14, "sob", "Stöd och behandling", "Support and treatment platform", "82", SKRIFTLIG),
	FORM(16, "fysisk", "Fysisk, form okänd", "Physical, form unknown", NULL, FYSISK),
	FORM(17, "mottagning", "Mottagning, enskilt", "Clinic, single", "0", FYSISK),
	FORM(18, "mottagning_team", "Mottagning, team", "Clinic, team", "1", FYSISK),
	FORM(19, "grupp", "Mottagning, grupp", "Clinic, group", "2", FYSISK),
	FORM(20, "gruppteam", "Mottagning, gruppteam", "Clinic, group and team", "3", FYSISK),
	FORM(21, "hembesok", "Hembesök, enskild personal", "Home visit, single", "4", FYSISK),
	FORM(22, "hembesok_team", "Hembesök, team", "Home visit, team", "5", FYSISK),
	FORM(23, "annan_plats", "Annan plats, enskild personal", "Elsewhere, single", "6", FYSISK),
	FORM(24, "annan_plats_team", "Annan plats, team", "Elsewhere, team", "7", FYSISK),

	ROW(STATUS, 1, "tidbokad", "Tidbokad", "Planned", NULL),
	ROW(STATUS, 2, "vantelista", "Väntelista", "Waitlisted", NULL),
	ROW(STATUS, 3, "pagaende", "Pågående", "Ongoing", NULL),
	ROW(STATUS, 4, "avslutad", "Avslutad", "Completed", NULL),
	ROW(STATUS, 5, "avbruten", "Avbruten", "Interrupted", NULL),
	ROW(STATUS, 6, "installd", "Inställd", "Cancelled", NULL),
	ROW(STATUS, 7, "uteblivet", "Uteblivet", "No-show", NULL),
	ROW(STATUS, 8, "makulerad", "Makulerad", "Nullified", NULL),
	ROW(STATUS, 9, "permission", "Permission", "Leave", NULL),

	ROW(VARDFORM, 1, "oppen", "Öppen vård", "Outpatient care", NULL),
	ROW(VARDFORM, 2, "sluten", "Sluten vård", "Inpatient care", "91"),

	ROW(JUDGEMENT, 1, "ja", "Ja", "Yes", NULL),
	ROW(JUDGEMENT, 2, "nej", "Nej", "No", NULL),
	ROW(JUDGEMENT, 3, "antaget", "Antaget ja av mappningen", "Assumed yes by the mapping", NULL),
	ROW(JUDGEMENT, 4, "okant", "Okänt", "Unknown", NULL),

	ROW(YES_NO, 1, "ja", "Ja", "Yes", NULL),
	ROW(YES_NO, 2, "nej", "Nej", "No", NULL),

	ROW(KON, 1, "man", "Man", "Man", "1"),
	ROW(KON, 2, "kvinna", "Kvinna", "Woman", "2"),
	ROW(KON, 3, "okant", "Okänt", "Unknown", "3"),

	ROW(AGE_GROUP, 1, "0-17", "0–17 år", "0-17 years", NULL),
	ROW(AGE_GROUP, 2, "18-44", "18–44 år", "18-44 years", NULL),
	ROW(AGE_GROUP, 3, "45-64", "45–64 år", "45-64 years", NULL),
	ROW(AGE_GROUP, 4, "65-79", "65–79 år", "65-79 years", NULL),
	ROW(AGE_GROUP, 5, "80+", "80 år och äldre", "80 years and over", NULL),
	ROW(AGE_GROUP, 6, "okand", "Okänd ålder", "Age unknown", NULL),

	ROW(PROFESSION, 1, "arbetsterapeut", "Arbetsterapeut", "Occupational therapist", "XS910"),
	ROW(PROFESSION, 2, "audionom", "Audionom", "Audiologist", "XS911"),
	ROW(PROFESSION, 3, "dietist", "Dietist", "Dietitian", "XS912"),
	ROW(PROFESSION, 4, "kurator", "Kurator", "Counsellor", "XS913"),
	ROW(PROFESSION, 5, "logoped", "Logoped", "Speech therapist", "XS914"),
	ROW(PROFESSION, 6, "lakare", "Läkare", "Physician", "XS915"),
	ROW(PROFESSION, 7, "ortoptist", "Ortoptist", "Orthoptist", "XS916"),
	ROW(PROFESSION, 8, "psykolog", "Psykolog", "Psychologist", "XS917"),
	ROW(PROFESSION, 9, "fysioterapeut", "Fysioterapeut", "Physiotherapist", "XS918"),
	ROW(PROFESSION, 10, "sjukskoterska", "Sjuksköterska", "Nurse", "XS919"),
	ROW(PROFESSION, 11, "skotare", "Skötare", "Psychiatric nurse aide", "XS920"),
	ROW(PROFESSION, 12, "underskoterska", "Undersköterska", "Assistant nurse", "XS921"),
	ROW(PROFESSION, 13, "ovriga", "Övriga", "Other", "XS922"),
	ROW(PROFESSION, 14, "naprapat", "Naprapat", "Naprapath", "XS923"),
	ROW(PROFESSION, 15, "kiropraktor", "Kiropraktor", "Chiropractor", "XS924"),
	ROW(PROFESSION, 16, "barnmorska", "Barnmorska", "Midwife", "XS925"),
	ROW(PROFESSION, 17, "optiker", "Optiker", "Optician", "XS926"),

	ROW(BOOKING, 1, "sjalv", "Bokat själv", "Booked by the patient", "1"),
	ROW(BOOKING, 2, "overenskommen", "Bokad, överenskommen", "Booked, agreed", "2"),
	ROW(BOOKING, 3, "erbjuden", "Bokad, erbjuden", "Booked, offered", "3"),
	ROW(BOOKING, 4, "bokad", "Bokad", "Booked", "4"),
	ROW(BOOKING, 5, "obokad", "Obokad", "Not booked", "5"),

	ROW(CARE_EVENT, 1, "forsta", "Första kontakt", "First contact", "1"),
	ROW(CARE_EVENT, 2, "operation", "Operation eller åtgärd", "Operation or procedure", "2"),
	ROW(CARE_EVENT, 3, "undersokning", "Undersökning", "Examination", "3"),
	ROW(CARE_EVENT, 4, "aterbesok", "Återbesök", "Return visit", "4"),
	ROW(CARE_EVENT, 5, "akut", "Akut", "Emergency", "5"),

	ROW(GUARANTEE, 1, "ja", "Ja", "Yes", "1"),
	ROW(GUARANTEE, 2, "nej", "Nej", "No", "2"),

	ROW(DEVIATION, 1, "pvv", "Patientvald väntan", "Wait chosen by the patient", "1"),
	ROW(DEVIATION, 2, "mov", "Medicinskt orsakad väntan", "Wait for medical reasons", "2"),
	ROW(DEVIATION, 3, "sov", "Särskilt orsakad väntan", "Wait for special reasons", "3"),

	ROW(OWNERSHIP, 1, "region", "Region", "Region", "1"),
	ROW(OWNERSHIP, 2, "privat", "Privat", "Private", "2"),

	ROW(CARE_LEVEL, 1, "primarvard", "Primärvård", "Primary care", "1"),
	ROW(CARE_LEVEL, 2, "specialiserad", "Specialiserad vård", "Specialised care", "2"),

	ROW(INITIATOR, 1, "patient", "Patient", "Patient", NULL),
	ROW(INITIATOR, 2, "vard", "Vård", "Care provider", NULL),

	ROW(PLATFORM, 1, "1177", "1177", "1177", NULL),
	ROW(PLATFORM, 2, "clinic24", "Clinic24 eller Platform24", "Clinic24 or Platform24", NULL),
	ROW(PLATFORM, 3, "vas_video", "VAS video", "VAS video", NULL),
	ROW(PLATFORM, 4, "teleq", "TeleQ", "TeleQ", NULL),
	ROW(PLATFORM, 5, "telefon", "Telefon", "Telephone", NULL),
	ROW(PLATFORM, 6, "annan", "Annan", "Other", NULL),

	ROW(VERSION_KIND, 1, "field", "Ett fält i raden", "A field of the record", NULL),
	ROW(VERSION_KIND, 2, "filename", "Filens namn", "The name of the file", NULL),
	ROW(VERSION_KIND, 3, "mtime", "Filens ändringstid", "The time the file was changed", NULL),
	ROW(VERSION_KIND, 4, "constant", "Ett fast värde", "A constant", NULL),

	ROW(OP, 1, "upsert", "Kontakten är så här", "The contact is like this", NULL),
	ROW(OP, 2, "retract", "Kontakten är makulerad", "The contact is retracted", NULL),

	ROW(PHASE, 1, "opening", "Öppnad", "Opened", NULL),
	ROW(PHASE, 2, "closing", "Avslutad", "Closed", NULL),
	ROW(PHASE, 3, "quarantined", "I karantän", "Quarantined", NULL),
};
/* clang-format on */

/* SCB's municipality codes since 2007, sorted; the vector holds index + 1. Append-only after the last. */
static const uint16_t municipality[290] = {
	114,  115,  117,  120,  123,  125,  126,  127,  128,  136,  138,  139,  140,  160,  162,
	163,  180,  181,  182,  183,  184,  186,  187,  188,  191,  192,  305,  319,  330,  331,
	360,  380,  381,  382,  428,  461,  480,  481,  482,  483,  484,  486,  488,  509,  512,
	513,  560,  561,  562,  563,  580,  581,  582,  583,  584,  586,  604,  617,  642,  643,
	662,  665,  680,  682,  683,  684,  685,  686,  687,  760,  761,  763,  764,  765,  767,
	780,  781,  821,  834,  840,  860,  861,  862,  880,  881,  882,  883,  884,  885,  980,
	1060, 1080, 1081, 1082, 1083, 1214, 1230, 1231, 1233, 1256, 1257, 1260, 1261, 1262, 1263,
	1264, 1265, 1266, 1267, 1270, 1272, 1273, 1275, 1276, 1277, 1278, 1280, 1281, 1282, 1283,
	1284, 1285, 1286, 1287, 1290, 1291, 1292, 1293, 1315, 1380, 1381, 1382, 1383, 1384, 1401,
	1402, 1407, 1415, 1419, 1421, 1427, 1430, 1435, 1438, 1439, 1440, 1441, 1442, 1443, 1444,
	1445, 1446, 1447, 1452, 1460, 1461, 1462, 1463, 1465, 1466, 1470, 1471, 1472, 1473, 1480,
	1481, 1482, 1484, 1485, 1486, 1487, 1488, 1489, 1490, 1491, 1492, 1493, 1494, 1495, 1496,
	1497, 1498, 1499, 1715, 1730, 1737, 1760, 1761, 1762, 1763, 1764, 1765, 1766, 1780, 1781,
	1782, 1783, 1784, 1785, 1814, 1860, 1861, 1862, 1863, 1864, 1880, 1881, 1882, 1883, 1884,
	1885, 1904, 1907, 1960, 1961, 1962, 1980, 1981, 1982, 1983, 1984, 2021, 2023, 2026, 2029,
	2031, 2034, 2039, 2061, 2062, 2080, 2081, 2082, 2083, 2084, 2085, 2101, 2104, 2121, 2132,
	2161, 2180, 2181, 2182, 2183, 2184, 2260, 2262, 2280, 2281, 2282, 2283, 2284, 2303, 2305,
	2309, 2313, 2321, 2326, 2361, 2380, 2401, 2403, 2404, 2409, 2417, 2418, 2421, 2422, 2425,
	2460, 2462, 2463, 2480, 2481, 2482, 2505, 2506, 2510, 2513, 2514, 2518, 2521, 2523, 2560,
	2580, 2581, 2582, 2583, 2584,
};

static const struct {
	const char *name, *sv;
} lists[CODES_LISTS] = {
#define X(list, name, sv) {name, sv},
	CODES_LISTS_X(X)
#undef X
};

#define MUNICIPALITY_MAX 9999 /* four digits */

/* Where lists and numbers stand; made before main(), for codes are asked for in every event, by any thread. */
static struct {
	size_t first[CODES_LISTS], count[CODES_LISTS];
	const struct code *by_number[CODES_LISTS][CODES_NUMBER_MAX + 1];
	uint16_t municipality[MUNICIPALITY_MAX + 1]; /* index + 1 of the code; 0: there is none */
} places;

__attribute__((constructor)) static void find_places(void)
{
	for (size_t i = ARRAY_SIZE(table); i-- > 0;) {
		places.first[table[i].list] = i;
		places.count[table[i].list]++;
		places.by_number[table[i].list][table[i].number] = table + i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(municipality); i++) {
		assert(municipality[i] <= MUNICIPALITY_MAX);
		places.municipality[municipality[i]] = (uint16_t)(i + 1);
	}
}

const struct code *codes_rows(enum codes_list list, size_t *ret_count)
{
	*ret_count = places.count[list];
	return table + places.first[list];
}

const struct code *codes_by_name(enum codes_list list, struct span name)
{
	size_t count;
	const struct code *row = codes_rows(list, &count);

	for (size_t i = 0; i < count && name.len > 0; i++)
		if (row[i].name[0] == name.data[0] && span_is(name, row[i].name))
			return row + i;
	return NULL;
}

const struct code *codes_by_number(enum codes_list list, unsigned number)
{
	return number <= CODES_NUMBER_MAX ? places.by_number[list][number] : NULL;
}

const char *codes_name(enum codes_list list, unsigned number)
{
	if (number == 0)
		return "";
	const struct code *c = codes_by_number(list, number);
	if (!c)
		BUG("a code that is not in the table");
	return c->name;
}

const char *codes_list_name(enum codes_list list)
{
	assert(list < CODES_LISTS);
	return lists[list].name;
}

const char *codes_list_title(enum codes_list list)
{
	assert(list < CODES_LISTS);
	return lists[list].sv;
}

uint8_t codes_form_of_kanal(unsigned kanal)
{
	static const uint8_t form[] = {0, 1, 2, 8, 3, 16};
	return kanal < ARRAY_SIZE(form) ? form[kanal] : 0;
}

uint8_t codes_age_group(int age)
{
	static const int above[] = {17, 44, 64, 79};
	if (age < 0)
		return AGE_GROUP_UNKNOWN;
	uint8_t group = 1;
	while (group <= ARRAY_SIZE(above) && age > above[group - 1])
		group++;
	return group;
}

int codes_municipality_index(unsigned code)
{
	if (code == 0)
		return 0;
	const unsigned index = code <= MUNICIPALITY_MAX ? places.municipality[code] : 0;

	return index > 0 ? (int)index : -1;
}

unsigned codes_municipality(unsigned index)
{
	assert(index <= ARRAY_SIZE(municipality));
	return index ? municipality[index - 1] : 0;
}
