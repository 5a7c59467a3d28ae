/* compat.h
 * One source for Wireshark 4.0 to 4.6: every difference between them stands here, and nowhere else.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef COMPAT_H
#define COMPAT_H

#include <stdbool.h>

#include <epan/packet.h>
#include <ws_version.h>

#define VERSION_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* The type of a boolean preference, and of what callbacks answer. */
#if VERSION_AT_LEAST(4, 4)
typedef bool flag;
#else
typedef gboolean flag;
#endif

/* What the start of a -z command answers: from 4.6 on, whether it could. */
#if VERSION_AT_LEAST(4, 6)
typedef bool started;
#define STARTED true
#else
typedef void started;
#define STARTED
#endif

/* The name of a data source, to be freed by wmem_free(NULL, ...). */
#if VERSION_AT_LEAST(4, 6)
#define data_source_name(source) get_data_source_description(source)
#else
#define data_source_name(source) get_data_source_name(source)
#endif

/* What a conversation filter's functions are called with. */
#if VERSION_AT_LEAST(4, 2)
#define FILTER_ARGUMENTS packet_info *pinfo, void *unused _U_
#define FILTER_DATA , NULL
#else
#define FILTER_ARGUMENTS packet_info *pinfo
#define FILTER_DATA
#endif

/* The frame that is selected. The 4.2 packages lack a header (dfilter-loc.h) that plugin_if.h includes there. */
#if VERSION_AT_LEAST(4, 2) && !VERSION_AT_LEAST(4, 4)
#include <epan/frame_data.h>
WS_DLL_PUBLIC void *plugin_if_get_frame_data(void *(*extract)(frame_data *, void *), void *data);
#else
#include <epan/plugin_if.h>
#endif

#endif
