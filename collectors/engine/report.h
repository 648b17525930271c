/*
 * report: what became of the files of a run, for people (one line each) and for programs (JSON):
 *
 *	{"files": [{"file": "k.csv", "outcome": "complete", "reason": "", "reading": 1,
 *	  "sha256": "9f86d0..", "read": 10, "sent": 8, "not_contact": 1,
 *	  "rejected": {"QUOTE": 1}, "notes": {}}]}
 */
#ifndef COLLECTORS_ENGINE_REPORT_H
#define COLLECTORS_ENGINE_REPORT_H

#include "collectors/engine/delivery.h"

/* "k.csv: complete, reading 1: read 10, sent 8, not contact 1, rejected 1 (QUOTE 1; see FILE)" */
void report_text(const struct delivery_report *r, struct buf *out);
/* True when a personnummer stood where none may be: somebody must be told. */
bool report_is_privacy_alarm(const struct delivery_report *r);
/* What stands of one file in the JSON, on a line of its own: its receipt. */
void report_json(const struct delivery_report *r, struct buf *out);
/* Writes the file whole or not at all. FAULT_IO. */
int report_write(const char *path, const struct delivery_report *report, size_t count,
		 struct fault *f) MUST_CHECK;

#endif
