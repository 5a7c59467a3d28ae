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

/* Flow graphs. No package has their header (epan/sequence_analysis.h); this is what it says of them, the same in all these versions
 * but for the size of a `flag`. */
#include <epan/tap.h>
typedef struct {
    guint32 frame_number;
    address src_addr;
    guint16 port_src;
    address dst_addr;
    guint16 port_dst;
    char *frame_label, *time_str, *comment; /* freed by g_free */
    guint16 conv_num;
    guint fg_color, bg_color;
    flag has_color_filter, display;
    guint src_node, dst_node;
    guint16 line_style;
    guint info_type;
    void *info_ptr;
} flow_arrow;
typedef struct {
    const char *name;
    flag any_addr;
    int nconv;
    GQueue *items; /* flow_arrow */
    /* and more, which is Wireshark's alone */
} flow_graph;
WS_DLL_PUBLIC void register_seq_analysis(
    const char *name, const char *title, const int protocol, const char *tap, guint flags, tap_packet_cb add);
WS_DLL_PUBLIC flow_arrow *sequence_analysis_create_sai_with_addresses(packet_info *pinfo, flow_graph *graph);
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info *pinfo, flow_arrow *arrow);

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
