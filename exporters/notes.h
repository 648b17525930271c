/*
 * notes: what a reader must know who is about to use the figures. One row of a table each. Pure.
 */
#ifndef EXPORTERS_NOTES_H
#define EXPORTERS_NOTES_H

#include "exporters/report.h"

/* Fills note[] of a report whose other parts are made. */
void notes_make(struct report *r);

#endif
