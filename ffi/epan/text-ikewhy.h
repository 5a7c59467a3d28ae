/* text-ikewhy.h
 * Text between Wireshark, which ends it with a zero, and the engine, which says how long it is.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TEXT_IKEWHY_H
#define TEXT_IKEWHY_H

#include <string.h>

#include "compat.h"
#include "ikewhy.h"

static inline IkewhyText
text_of(const char *string)
{
    IkewhyText text = {string, strlen(string)};
    return text;
}

/* Lives as long as the packet is looked at. */
static inline const char *
terminated(packet_info *pinfo, IkewhyText text)
{
    return text.data ? wmem_strndup(pinfo->pool, text.data, text.length) : "";
}

/* Lives as long as the process, as registrations do. */
static inline char *
kept(IkewhyText text)
{
    return g_strndup(text.data, text.length);
}

#endif
