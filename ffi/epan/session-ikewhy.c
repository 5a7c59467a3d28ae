/* session-ikewhy.c
 * One capture, one session of the engine: when it begins and ends, what the user prefers, and what time it is in the capture.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <epan/prefs.h>

static IkewhySession *session;

/* By IkewhyPreferenceIndex; a preference uses one of the two. */
enum { MAX_PREFERENCES = 16 };
static flag switches[MAX_PREFERENCES];
static const char *texts[MAX_PREFERENCES];

/* Time of the newest frame that was nobody's, and how much of it the engine knows. Most frames are nobody's, so it is told only
 * when it is asked something. */
static gint64 newest, told;

static void
close_session(void)
{
    ikewhy_session_free(session);
    session = NULL;
}

static void
open_session(void)
{
    close_session();
    newest = told = G_MININT64;
    if (ikewhy_session_new(NULL, &session) == IKEWHY_STATUS_OK && *texts[IKEWHY_PREFERENCE_INDEX_PEER_FILES])
        ikewhy_session_peer_files(session, text_of(texts[IKEWHY_PREFERENCE_INDEX_PEER_FILES]));
}

IkewhySession *
current_session(void)
{
    if (session && newest > told) {
        told = newest;
        ikewhy_session_clock(session, newest);
    }
    return session;
}

bool
takes_packets(void)
{
    return session && switches[IKEWHY_PREFERENCE_INDEX_ENABLED];
}

gint64
capture_time(const packet_info *pinfo)
{
    const gint64 most = G_MAXINT64 / 1000000000 - 3; /* a file may say more than a second in `nsecs` */
    gint64 seconds = CLAMP((gint64)pinfo->abs_ts.secs, -most, most);
    return seconds * 1000000000 + pinfo->abs_ts.nsecs;
}

void
pass_by(const packet_info *pinfo)
{
    gint64 time = capture_time(pinfo);
    if (time > newest)
        newest = time;
}

bool
belongs(const packet_info *pinfo, IkewhyFrame *frame)
{
    return session && ikewhy_session_frame(session, pinfo->num, frame) == IKEWHY_STATUS_OK;
}

bool
fills_info_column(void)
{
    return switches[IKEWHY_PREFERENCE_INDEX_INFO_COLUMN];
}

bool
redacts_reports(void)
{
    return switches[IKEWHY_PREFERENCE_INDEX_REDACT];
}

static void
register_preferences(int protocol)
{
    module_t *module = prefs_register_protocol(protocol, NULL);
    for (size_t i = 0; i < ikewhy_preference_count() && i < MAX_PREFERENCES; i++) {
        IkewhyPreference preference = {.size = sizeof preference};
        ikewhy_preference(i, &preference);
        switches[i] = preference.on != 0;
        texts[i] = "";
        const char *name = kept(preference.name), *title = kept(preference.title), *description = kept(preference.description);
        if (preference.kind == IKEWHY_PREFERENCE_TYPE_SWITCH)
            prefs_register_bool_preference(module, name, title, description, &switches[i]);
        else
            prefs_register_string_preference(module, name, title, description, &texts[i]);
    }
}

void
register_session(int protocol)
{
    register_preferences(protocol);
    register_init_routine(open_session);
    register_cleanup_routine(close_session);
}
