/* flow-ikewhy.c
 * Statistics > Flow Graph, flow type IPsec Negotiations, and tshark -z flow,ikewhy,network: an arrow for each message, with its step,
 * and where it is decided, the verdict.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <epan/tap.h>

static tap_packet_status
add_arrow(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *again, tap_flags_t flags _U_)
{
    flow_graph *flow = (flow_graph *)data;
    IkewhyArrow arrow = {.size = sizeof arrow};
    IkewhySession *session = current_session();
    guint32 pass = again ? IKEWHY_PASS_AGAIN : IKEWHY_PASS_FIRST;

    if (session == NULL || ikewhy_session_arrow(session, pinfo->num, pass, &arrow) != IKEWHY_STATUS_OK)
        return TAP_PACKET_DONT_REDRAW;
    flow_arrow *drawn = sequence_analysis_create_sai_with_addresses(pinfo, flow);
    if (drawn == NULL)
        return TAP_PACKET_DONT_REDRAW;
    drawn->frame_number = pinfo->num;
    drawn->port_src = (guint16)pinfo->srcport;
    drawn->port_dst = (guint16)pinfo->destport;
    drawn->frame_label = kept(arrow.label);
    drawn->comment = kept(arrow.comment);
    drawn->conv_num = (guint16)arrow.stream;
    drawn->line_style = 1;
    drawn->display = TRUE;
    sequence_analysis_use_color_filter(pinfo, drawn);
    g_queue_push_tail(flow->items, drawn);
    return TAP_PACKET_REDRAW;
}

void
register_flow(int protocol)
{
    register_seq_analysis("ikewhy", "IPsec Negotiations", protocol, NULL, TL_REQUIRES_NOTHING, add_arrow);
}
