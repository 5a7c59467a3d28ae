/* plugin-ikewhy.c
 * The native Wireshark plugin: what Wireshark calls when it loads it, and who registers what.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

void proto_register_ikewhy(void);
void proto_reg_handoff_ikewhy(void);

static int protocol;

void
proto_register_ikewhy(void)
{
    protocol = proto_register_protocol("IPsec negotiation diagnosis (ikewhy)", "ikewhy", "ikewhy");
    register_session(protocol);
    register_dissection(protocol);
}

void
proto_reg_handoff_ikewhy(void)
{
    hand_off_dissection();
    register_statistics();
    register_table();
    register_flow(protocol);
    register_reports();
}

/* ---- What Wireshark looks for in the shared object. ---- */

extern const char plugin_version[];
extern const int plugin_want_major, plugin_want_minor;
void plugin_register(void);
guint32 plugin_describe(void);

const char plugin_version[] = IKEWHY_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void
plugin_register(void)
{
    static proto_plugin plugin = {proto_register_ikewhy, proto_reg_handoff_ikewhy};
    proto_register_plugin(&plugin);
}

/* From 4.4 on, for Wireshark's list of plugins: a dissector. */
guint32
plugin_describe(void)
{
    return 1;
}
