/* packet-ikewhy.h
 * What the sources of the native plugin share: packet-ikewhy.c dissects, tap-ikewhy.c counts, report-ikewhy.c reports.
 * One source for Wireshark 4.0 to 4.6: what is called differently there stands here.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PACKET_IKEWHY_H
#define PACKET_IKEWHY_H

#include <stdbool.h>
#include <string.h>

#include <epan/packet.h>
#include <ws_version.h>

#include "ikewhy.h"

#define VERSION_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* The type of a boolean preference. */
#if VERSION_AT_LEAST(4, 4)
typedef bool flag;
#else
typedef gboolean flag;
#endif

/* ---- packet-ikewhy.c ---- */

/* Of the capture that is open; NULL if there is none. */
IkewhySession *current_session(void);

/* Whether a frame belongs to a negotiation, and to which. */
bool belongs(const packet_info *pinfo, IkewhyFrame *frame);

/* What the user prefers. */
bool redacts_reports(void);

/* ---- tap-ikewhy.c, report-ikewhy.c ---- */

void register_statistics(void);
void register_reports(void);

/* ---- Text ---- */

static inline IkewhyText
text_of(const char *string)
{
    IkewhyText text = {string, strlen(string)};
    return text;
}

/* Lives as long as the packet is looked at. */
const char *terminated(packet_info *pinfo, IkewhyText text);

/* Lives as long as the process, as registrations do. */
static inline char *
kept(IkewhyText text)
{
    return g_strndup(text.data, text.length);
}

#endif
