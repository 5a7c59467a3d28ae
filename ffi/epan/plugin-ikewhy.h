/* plugin-ikewhy.h
 * What the sources of the native plugin give each other. Calls go down only: plugin- registers the five below it, which ask
 * session- for the engine; ikewhy.h, the engine itself, calls nobody back.
 *
 *                              plugin-ikewhy.c
 *     packet-ikewhy.c  tap-ikewhy.c  table-ikewhy.c  flow-ikewhy.c  report-ikewhy.c
 *                              session-ikewhy.c
 *                        text-ikewhy.h, compat.h, ikewhy.h
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PLUGIN_IKEWHY_H
#define PLUGIN_IKEWHY_H

#include "compat.h"
#include "ikewhy.h"
#include "text-ikewhy.h"

/* ---- packet-, tap-, table-, flow- and report-ikewhy.c: what plugin-ikewhy.c calls of them ---- */

void register_dissection(int protocol); /* at first: fields and expert items */
void hand_off_dissection(void);         /* once all protocols are known */
void register_statistics(void);
void register_table(void);
void register_flow(int protocol);
void register_reports(void);

/* ---- session-ikewhy.c: the session of the capture that is open, and what the user prefers ---- */

/* NULL if there is none. What it is asked, it answers as of the newest frame. */
IkewhySession *current_session(void);

/* Whether there is a session for packets. Costs nothing: it is asked of each. */
bool takes_packets(void);

/* A frame that is nobody's goes by. Costs next to nothing, too. */
void pass_by(const packet_info *pinfo);

/* Nanoseconds since 1970. */
gint64 capture_time(const packet_info *pinfo);

/* Whether a frame belongs to a negotiation, and to which. */
bool belongs(const packet_info *pinfo, IkewhyFrame *frame);

bool fills_info_column(void);
bool redacts_reports(void);

void register_session(int protocol);

#endif
