/*
 * sample: events that several tests of proto start from.
 */
#ifndef TESTS_UNIT_PROTO_SAMPLE_H
#define TESTS_UNIT_PROTO_SAMPLE_H

#include "common/civil.h"
#include "proto/event.h"

/* A video contact on 3 November 2020 at 09:00 Swedish time, after a decision the day before. */
static inline struct event sample_contact(void)
{
	struct event e;
	event_init(&e);
	memcpy(e.source, "vas", 4);
	memcpy(e.fingerprint, "\x0a\x1b\x2c\x3d", 4);
	for (int i = 0; i < EVENT_ID_BYTES; i++)
		e.id[i] = (uint8_t)(i + 1);
	e.version = 1604391910000;
	e.version_kind = VERSION_KIND_FIELD;
	e.op = OP_UPSERT;
	e.produced_ms = 1604391910123;
	e.leverans_id[0] = 0xaa;
	e.body = EVENT_CONTACT;
	struct contact *c = &e.contact;
	c->kanal = KANAL_VIDEO;
	c->form = 2;
	c->status = STATUS_COMPLETED;
	c->vardform = VARDFORM_OPPEN;
	c->qualified = c->replaces_visit = JUDGEMENT_JA;
	c->documented = JUDGEMENT_ANTAGET;
	c->test = YES_NO_NEJ;
	c->day = civil_to_day(2020, 11, 3);
	c->hour = 9;
	c->minute = 0;
	c->started_ms = 1604390400000;
	c->ended_ms = 1604391480000;
	c->decision_day = c->day - 1;
	memcpy(c->unit, "SE2321000115-O42956", 20);
	memcpy(c->kva, "ZV051 XS915", 12);
	c->booking = 1;
	c->guarantee = 1;
	c->profession = 6;
	c->kon = KON_KVINNA;
	c->birth_year = 1984;
	c->age = 36;
	c->municipality = 1384;
	return e;
}

static inline struct event sample_closing(void)
{
	struct event e = sample_contact();
	e.version = 0;
	e.body = EVENT_LEVERANS;
	e.leverans.phase = PHASE_CLOSING;
	e.leverans.reading = 2;
	memset(e.leverans.sha256, 0x5a, sizeof(e.leverans.sha256));
	memcpy(e.leverans.name, "a;b=c%.csv", 11);
	e.leverans.read = 10;
	e.leverans.sent = 6;
	e.leverans.not_contact = 1;
	e.leverans.rejected[REASON_QUOTE] = 2;
	e.leverans.rejected[REASON_UNKNOWN_CODE] = 1;
	return e;
}

#endif
