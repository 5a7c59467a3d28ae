/* packet-ikewhy.c
 * The native Wireshark plugin: collects the bytes of frames that may matter, hands them to ikewhy, copies its answer
 * into the tree. It knows nothing about IKE; its fields and expert items come from ikewhy's registry.
 *
 * Frames are handed over on their first visit, and drawn on every visit from what ikewhy keeps. ikewhy never calls
 * back, so no Wireshark exception (a longjmp) can cross it. One source for Wireshark 4.0 to 4.6.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <epan/epan.h>
#include <epan/expert.h>
#include <epan/funnel.h>
#include <epan/packet.h>
#include <epan/conversation_filter.h> /* needs what packet.h includes */
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <ws_version.h>

#include "ikewhy.h"

#define VERSION_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

#if VERSION_AT_LEAST(4, 6)
#define data_source_name(source) get_data_source_description(source)
#else
#define data_source_name(source) get_data_source_name(source)
#endif

/* The type of a boolean preference. */
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

/* What a conversation filter's functions are called with. */
#if VERSION_AT_LEAST(4, 2)
#define FILTER_ARGUMENTS packet_info *pinfo, void *unused _U_
#define FILTER_DATA , NULL
#else
#define FILTER_ARGUMENTS packet_info *pinfo
#define FILTER_DATA
#endif

enum {
    MAX_DEPTH = 16,   /* deeper items are drawn at this depth */
    MAX_SOURCES = 16, /* a frame with more data sources than this is handed over without them */
    MAX_ENCAP = 512,  /* wiretap's encapsulations, of which there are about 220 */
    MAX_LINK_TYPE = 400,
    MAX_TALLIED = 2000, /* rows of the statistics; what would stand in further ones is put together */
};

static int proto_ikewhy = -1;
static int tap_ikewhy = -1;

/* One of each for every field, and for every rule, of the registry. */
static int *fields;
static guint32 *field_types;
static int *subtrees;
static expert_field *experts;
static size_t field_count, rule_count;

/* Protocols whose presence makes a frame worth a look. */
static const char *const wanted_protocols[] = {"isakmp", "udpencap", "esp", "ah", "l2tp", "icmp", "icmpv6"};
static int wanted_ids[G_N_ELEMENTS(wanted_protocols)];
static int id_isakmp = -1, id_icmp = -1, id_icmpv6 = -1, id_ip = -1, id_ipv6 = -1;

/* LINKTYPE_ value of each wiretap encapsulation, or -1. */
static gint32 link_types[MAX_ENCAP];

static flag pref_enabled = TRUE;
static flag pref_info_column = TRUE;
static flag pref_redact = FALSE;
static const char *pref_peer_files = "";

static IkewhySession *session;

void proto_register_ikewhy(void);
void proto_reg_handoff_ikewhy(void);

/* ---- The first visit: is it worth a look, and what do we know of it? ---- */

/* Wireshark found ISAKMP, and not just a piece of it that an ICMP error quotes. */
static gboolean
holds_isakmp(const packet_info *pinfo)
{
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer)) {
        int id = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (id == id_isakmp)
            return TRUE;
        if (id == id_icmp || id == id_icmpv6)
            return FALSE;
    }
    return FALSE;
}

static gboolean
is_wanted_port(guint32 port)
{
    return port == 500 || port == 4500 || port == 1701;
}

/* Cheap, for most frames of most captures end here. */
static gboolean
worth_a_look(const packet_info *pinfo)
{
    if (pinfo->ptype == PT_UDP && (is_wanted_port(pinfo->srcport) || is_wanted_port(pinfo->destport)))
        return TRUE;
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer)) {
        int id = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        for (size_t i = 0; i < G_N_ELEMENTS(wanted_ids); i++) {
            if (id == wanted_ids[i])
                return TRUE;
        }
        /* IP without ports: perhaps a fragment. */
        if (pinfo->ptype == PT_NONE && (id == id_ip || id == id_ipv6))
            return TRUE;
    }
    return FALSE;
}

/* The IP dissectors let the source address point into the frame; that tells where the innermost header begins. */
static guint32
ip_offset(const packet_info *pinfo, const guint8 *data, guint length)
{
    gsize before; /* octets of the header before the source address */
    guint8 version;

    if (pinfo->net_src.type == AT_IPv4) {
        before = 12;
        version = 4;
    } else if (pinfo->net_src.type == AT_IPv6) {
        before = 8;
        version = 6;
    } else {
        return IKEWHY_NO_OFFSET;
    }
    gsize address = (gsize)pinfo->net_src.data, start = (gsize)data;
    if (data == NULL || address < start + before || address >= start + length)
        return IKEWHY_NO_OFFSET;
    gsize offset = address - start - before;
    return data[offset] >> 4 == version ? (guint32)offset : IKEWHY_NO_OFFSET;
}

static gint32
link_type(const wtap_rec *rec)
{
    if (rec == NULL || rec->rec_type != REC_TYPE_PACKET)
        return -1;
    int encap = rec->rec_header.packet_header.pkt_encap;
    return encap >= 0 && encap < MAX_ENCAP ? link_types[encap] : -1;
}

static gint64
nanoseconds(const nstime_t *time)
{
    const gint64 most = G_MAXINT64 / 1000000000 - 1;
    gint64 seconds = CLAMP((gint64)time->secs, -most, most);
    return seconds * 1000000000 + time->nsecs;
}

/* Whole contents of a tvb, without a way to throw; NULL if there are none. */
static const guint8 *
contents(tvbuff_t *tvb, guint *length)
{
    *length = tvb ? tvb_captured_length(tvb) : 0;
    return *length > 0 ? tvb_get_ptr(tvb, 0, *length) : NULL;
}

static gboolean
hand_over(packet_info *pinfo)
{
    if (pinfo->data_src == NULL)
        return FALSE;

    guint length;
    const guint8 *data = contents(get_data_source_tvb((struct data_source *)pinfo->data_src->data), &length);

    IkewhyDerived derived[MAX_SOURCES];
    char *names[MAX_SOURCES];
    size_t count = 0;
    if (g_slist_length(pinfo->data_src) <= MAX_SOURCES) {
        for (GSList *source = pinfo->data_src->next; source; source = source->next, count++) {
            guint size;
            names[count] = data_source_name((struct data_source *)source->data);
            derived[count].data = contents(get_data_source_tvb((struct data_source *)source->data), &size);
            derived[count].length = size;
            derived[count].name.data = names[count];
            derived[count].name.length = names[count] ? strlen(names[count]) : 0;
        }
    }

    const wtap_rec *rec = pinfo->rec;
    IkewhyPacket packet = {
        .size = sizeof packet,
        .frame = pinfo->num,
        .interface_id = rec && (rec->presence_flags & WTAP_HAS_INTERFACE_ID) ? rec->rec_header.packet_header.interface_id : 0,
        .time = nanoseconds(&pinfo->abs_ts),
        .link_type = link_type(rec),
        .flags = holds_isakmp(pinfo) ? IKEWHY_PACKET_KNOWN_IKE : IKEWHY_PACKET_OTHER_PROTOCOL,
        .data = data,
        .length = length,
        .original_length = pinfo->fd->pkt_len,
        .ip_offset = ip_offset(pinfo, data, length),
        .derived = derived,
        .derived_count = count,
    };
    bool ours = false;
    IkewhyStatus status = ikewhy_session_push(session, &packet, &ours);
    while (count > 0)
        wmem_free(NULL, names[--count]);
    return status == IKEWHY_STATUS_BROKEN || ours;
}

/* ---- Every visit: draw what ikewhy says. ---- */

static const char *
terminated(packet_info *pinfo, IkewhyText text)
{
    return text.data ? wmem_strndup(pinfo->pool, text.data, text.length) : "";
}

static proto_item *
draw_item(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const IkewhyItem *item)
{
    int hf = fields[item->field];
    const char *label = item->label.data ? terminated(pinfo, item->label) : NULL;
    gint offset = 0, length = 0;
    nstime_t time;

    guint captured = tvb_captured_length(tvb);
    if (item->span_length > 0 && item->span_offset < captured) {
        offset = (gint)item->span_offset;
        length = (gint)MIN(item->span_length, captured - item->span_offset);
    }

    switch (field_types[item->field]) {
    case IKEWHY_FIELD_TYPE_PROTOCOL:
        if (label)
            return proto_tree_add_protocol_format(tree, hf, tvb, offset, length, "%s", label);
        return proto_tree_add_item(tree, hf, tvb, offset, length, ENC_NA);
    case IKEWHY_FIELD_TYPE_GROUP:
        if (label)
            return proto_tree_add_none_format(tree, hf, tvb, offset, length, "%s", label);
        return proto_tree_add_item(tree, hf, tvb, offset, length, ENC_NA);
    case IKEWHY_FIELD_TYPE_NUMBER:
    case IKEWHY_FIELD_TYPE_FRAME:
        if (label)
            return proto_tree_add_uint_format(tree, hf, tvb, offset, length, item->number, "%s", label);
        return proto_tree_add_uint(tree, hf, tvb, offset, length, item->number);
    case IKEWHY_FIELD_TYPE_DURATION:
        time.secs = (time_t)(item->duration / 1000000000);
        time.nsecs = (int)(item->duration % 1000000000);
        if (label)
            return proto_tree_add_time_format(tree, hf, tvb, offset, length, &time, "%s", label);
        return proto_tree_add_time(tree, hf, tvb, offset, length, &time);
    case IKEWHY_FIELD_TYPE_REAL:
        if (label)
            return proto_tree_add_double_format(tree, hf, tvb, offset, length, item->real, "%s", label);
        return proto_tree_add_double(tree, hf, tvb, offset, length, item->real);
    default:
        if (label)
            return proto_tree_add_string_format(tree, hf, tvb, offset, length, terminated(pinfo, item->text), "%s", label);
        return proto_tree_add_string(tree, hf, tvb, offset, length, terminated(pinfo, item->text));
    }
}

/* Where nobody asks for our fields only what raises expert items is drawn: those are counted, and columns filled, all
 * the same. */
static void
draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, guint32 pass)
{
    size_t count = 0;
    struct {
        proto_item *item;
        proto_tree *below; /* its subtree, once something stands there */
        guint32 field;
    } last[MAX_DEPTH + 1] = {{NULL, NULL, 0}}; /* of each depth */
    IkewhyItem item = {.size = sizeof item};

    IkewhyStatus status = proto_field_is_referenced(tree, proto_ikewhy)
        ? ikewhy_session_view(session, pinfo->num, pass, &count)
        : ikewhy_session_view_marks(session, pinfo->num, pass, &count);
    if (status == IKEWHY_STATUS_BROKEN) {
        IkewhyText fault = {NULL, 0};
        ikewhy_session_fault(session, &fault);
        proto_item *broken = proto_tree_add_protocol_format(tree, proto_ikewhy, tvb, 0, 0,
            "ikewhy stopped after a fault of its own: %s", terminated(pinfo, fault));
        proto_item_set_generated(broken);
        return;
    }
    for (size_t i = 0; i < count && ikewhy_session_item(session, i, &item) == IKEWHY_STATUS_OK; i++) {
        if (item.field >= field_count)
            continue;
        guint depth = MIN(item.depth, MAX_DEPTH);
        proto_tree *parent = tree;
        if (depth > 0) {
            if (last[depth - 1].below == NULL && last[depth - 1].item != NULL)
                last[depth - 1].below = proto_item_add_subtree(last[depth - 1].item, subtrees[last[depth - 1].field]);
            parent = last[depth - 1].below;
        }
        proto_item *drawn = draw_item(tvb, pinfo, parent, &item);
        if (item.look != IKEWHY_LOOK_RUNNING)
            proto_item_set_generated(drawn);
        if (item.look == IKEWHY_LOOK_HIDDEN)
            proto_item_set_hidden(drawn);
        last[depth].item = drawn;
        last[depth].below = NULL;
        last[depth].field = item.field;
        /* With the rule's title, not the item's text: Expert Information and -z expert count equal ones. */
        if (item.expert >= 0 && (size_t)item.expert < rule_count)
            expert_add_info(pinfo, drawn, &experts[item.expert]);
    }

    if (pref_info_column) {
        IkewhyText info = {NULL, 0};
        if (ikewhy_session_info(session, pinfo->num, pass, &info) == IKEWHY_STATUS_OK && info.data)
            col_append_fstr(pinfo->cinfo, COL_INFO, " [%s]", terminated(pinfo, info));
    }
}

/* A frame that is ours is marked once; the mark has no content. */
static int
dissect_ikewhy(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    static char mark;
    gboolean again = PINFO_FD_VISITED(pinfo);

    if (!pref_enabled || session == NULL)
        return 0;
    if (!again) {
        if (!worth_a_look(pinfo) || !hand_over(pinfo))
            return 0;
        if (p_get_proto_data(wmem_file_scope(), pinfo, proto_ikewhy, 0) == NULL)
            p_add_proto_data(wmem_file_scope(), pinfo, proto_ikewhy, 0, &mark);
        draw(tvb, pinfo, tree, IKEWHY_PASS_FIRST);
    } else {
        if (p_get_proto_data(wmem_file_scope(), pinfo, proto_ikewhy, 0) == NULL)
            return 0;
        draw(tvb, pinfo, tree, IKEWHY_PASS_AGAIN);
    }
    tap_queue_packet(tap_ikewhy, pinfo, again ? &mark : NULL);
    return (int)tvb_captured_length(tvb);
}

/* ---- The life of a session: one capture. ---- */

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
    if (ikewhy_session_new(NULL, &session) == IKEWHY_STATUS_OK && *pref_peer_files) {
        IkewhyText files = { pref_peer_files, strlen(pref_peer_files) };
        ikewhy_session_peer_files(session, files);
    }
}

/* ---- tshark -z ikewhy,...: one pass is enough, for reports are printed at the end. ---- */

static IkewhyText
text_of(const char *string)
{
    IkewhyText text = {string, strlen(string)};
    return text;
}

/* The preference redacts whatever else is wanted. */
static IkewhyStatus
write_report(IkewhyWanted wanted, IkewhyText *text)
{
    if (pref_redact)
        wanted.flags |= IKEWHY_WANTED_REDACTED;
    return ikewhy_session_write(session, &wanted, text);
}

static void
print_text(IkewhyText text)
{
    if (text.data)
        fwrite(text.data, 1, text.length, stdout);
    fflush(stdout);
}

static void
print_report(void *data)
{
    IkewhyText text = {NULL, 0};

    if (session == NULL)
        return;
    if (write_report(*(const IkewhyWanted *)data, &text) == IKEWHY_STATUS_BROKEN) {
        fputs("ikewhy stopped after a fault of its own: ", stderr);
        ikewhy_session_fault(session, &text);
        fwrite(text.data ? text.data : "", 1, text.length, stderr);
        fputc('\n', stderr);
        return;
    }
    print_text(text);
}

/* What stands behind "ikewhy,": other stats of Wireshark's take their arguments the same way. */
static const char *
arguments_of(const char *statistic)
{
    const char *comma = strchr(statistic, ',');
    return comma ? comma + 1 : statistic;
}

/* As Wireshark's own stats do: a mistake on the command line ends the program before it has begun. */
static started
init_report(const char *statistic, void *unused _U_)
{
    IkewhyWanted *wanted = g_new0(IkewhyWanted, 1); /* lives as long as the listener: to the end */
    wanted->size = sizeof *wanted;
    if (ikewhy_wanted_parse(text_of(arguments_of(statistic)), wanted) != IKEWHY_STATUS_OK) {
        IkewhyText usage = ikewhy_wanted_usage();
        fprintf(stderr, "ikewhy: cannot understand \"-z %s\"\nUsage: %.*s\n", statistic, (int)usage.length, usage.data);
        exit(1);
    }
    GString *error = register_tap_listener("ikewhy", wanted, NULL, TL_REQUIRES_NOTHING, NULL, NULL, print_report, NULL);
    if (error)
        g_string_free(error, TRUE);
    return STARTED;
}

/* Needs no capture: prints and ends. */
static started
init_explain(const char *statistic, void *unused _U_)
{
    const char *id = strchr(arguments_of(statistic), ',');
    IkewhyText text = {NULL, 0};

    if (ikewhy_explain(text_of(id ? id + 1 : ""), &text) != IKEWHY_STATUS_OK) {
        fprintf(stderr, "ikewhy: there is no diagnosis \"%s\"; -z ikewhy,explain lists all of them\n", id + 1);
        exit(1);
    }
    print_text(text);
    exit(0);
    return STARTED;
}

/* ---- tshark -z ikewhy,psk-check[,fd=N]: a candidate for the pre-shared key of Aggressive Mode, from the terminal or a file descriptor.
 * Never an argument, a preference or a variable: these stay in a history, in a file, in what other programs see. It lives from the end of
 * the capture to the answer, in one buffer that is wiped. ---- */

#ifndef _WIN32
static int psk_descriptor = -1; /* -1: ask on the terminal */

static void
wipe(volatile char *octets, size_t count)
{
    while (count--)
        *octets++ = 0;
}

/* Octet by octet: what stdio buffers stays in memory. */
static size_t
read_candidate(int descriptor, char *into, size_t size)
{
    size_t length = 0;
    char octet;
    while (length < size && read(descriptor, &octet, 1) == 1 && octet != '\n' && octet != '\r')
        into[length++] = octet;
    wipe(&octet, 1);
    return length;
}

static void
check_psk(void *unused _U_)
{
    static const char prompt[] = "Pre-shared key to try (not shown, not kept): ";
    char candidate[512];
    struct termios before;
    IkewhyText text = {NULL, 0};
    gboolean asks = psk_descriptor < 0;
    int descriptor = asks ? open("/dev/tty", O_RDWR | O_NOCTTY) : psk_descriptor;

    static gboolean asked; /* a window draws again and again */
    if (session == NULL || asked)
        return;
    asked = TRUE;
    if (descriptor < 0) {
        fputs("ikewhy: no terminal to ask on; -z ikewhy,psk-check,fd=N reads the key from file descriptor N\n", stderr);
        return;
    }
    asks = asks && tcgetattr(descriptor, &before) == 0;
    if (asks) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(descriptor, TCSAFLUSH, &silent);
        if (write(descriptor, prompt, sizeof prompt - 1) < 0)
            asks = FALSE;
    }
    size_t length = read_candidate(descriptor, candidate, sizeof candidate);
    if (asks) {
        tcsetattr(descriptor, TCSAFLUSH, &before);
        if (write(descriptor, "\n", 1) < 0)
            asks = FALSE;
    }
    if (psk_descriptor < 0)
        close(descriptor);
    IkewhyStatus status = length == 0 || length == sizeof candidate
        ? IKEWHY_STATUS_BAD_TEXT
        : ikewhy_session_check_psk(session, (IkewhyText){candidate, length}, &text);
    wipe(candidate, sizeof candidate);
    if (status == IKEWHY_STATUS_OK)
        print_text(text);
    else
        fputs("ikewhy: no key was given, or a longer one than 511 octets\n", stderr);
}

static started
init_psk_check(const char *statistic, void *unused _U_)
{
    const char *argument = strstr(statistic, ",fd=");
    char *end = NULL;

    if (argument) {
        psk_descriptor = (int)strtol(argument + 4, &end, 10);
        argument += 4;
    } else if (strcmp(statistic, "ikewhy,psk-check") != 0) {
        argument = statistic;
    }
    if (argument && (end == NULL || end == argument || *end != '\0' || psk_descriptor < 0)) {
        fputs("ikewhy: cannot understand this\nUsage: -z ikewhy,psk-check[,fd=N]; the key itself is never an argument\n", stderr);
        exit(1);
    }
    GString *error = register_tap_listener("ikewhy", &psk_descriptor, NULL, TL_REQUIRES_NOTHING, NULL, NULL, check_psk, NULL);
    if (error)
        g_string_free(error, TRUE);
    return STARTED;
}
#endif

/* ---- Statistics > IPsec Negotiations, and tshark -z ikewhy,tree: each negotiation counts once in every table. ---- */

/* Lives as long as the process, as registrations do. */
static char *
kept(IkewhyText text)
{
    return g_strndup(text.data, text.length);
}

/* What stands in one stats tree. */
typedef struct {
    stats_tree *tree;    /* NULL once it is gone */
    GHashTable *counted; /* stream -> where it counts, GPtrArray of place, or NULL if not yet */
    GHashTable *rows;    /* names of all rows, so that they do not become too many */
} tally;

typedef struct {
    guint32 table;
    char *row;
} place;

static GSList *tallies;
static int *table_nodes; /* of each table; the same in every tree */
static char **table_titles;
static size_t table_count;
static int times_node;
static const char times_title[] = "Response times (ms)";

static void
free_place(gpointer data)
{
    place *old = (place *)data;
    g_free(old->row);
    g_free(old);
}

static void
free_places(gpointer places)
{
    if (places)
        g_ptr_array_unref((GPtrArray *)places);
}

/* The row's name, or the one of the last row of all. */
static char *
bounded_row(tally *into, IkewhyText row)
{
    char *name = g_strndup(row.data, row.length);
    if (g_hash_table_contains(into->rows, name))
        return name;
    if (g_hash_table_size(into->rows) >= MAX_TALLIED) {
        g_free(name);
        return g_strdup("others");
    }
    g_hash_table_add(into->rows, g_strdup(name));
    return name;
}

static void
count_places(const tally *into, const GPtrArray *places, int by)
{
    for (guint i = 0; places && i < places->len; i++) {
        const place *at = (const place *)g_ptr_array_index(places, i);
        increase_stat_node(into->tree, table_titles[at->table], 0, TRUE, by);
        increase_stat_node(into->tree, at->row, table_nodes[at->table], FALSE, by);
    }
}

static gboolean
same_places(const GPtrArray *one, const GPtrArray *other)
{
    if (one == NULL || one->len != other->len)
        return FALSE;
    for (guint i = 0; i < one->len; i++) {
        const place *a = (const place *)g_ptr_array_index(one, i), *b = (const place *)g_ptr_array_index(other, i);
        if (a->table != b->table || strcmp(a->row, b->row) != 0)
            return FALSE;
    }
    return TRUE;
}

/* Counts a negotiation where it belongs by now, and no longer where it was. */
static void
count_stream(tally *into, guint32 stream)
{
    gpointer key = GUINT_TO_POINTER(stream);
    GPtrArray *before = (GPtrArray *)g_hash_table_lookup(into->counted, key);
    GPtrArray *now = g_ptr_array_new_with_free_func(free_place);
    size_t count = 0;

    if (session)
        ikewhy_session_counts(session, stream, &count);
    for (size_t i = 0; i < count; i++) {
        guint32 table;
        IkewhyText row;
        if (ikewhy_session_count(session, i, &table, &row) == IKEWHY_STATUS_OK && table < table_count) {
            place *at = g_new(place, 1);
            at->table = table;
            at->row = bounded_row(into, row);
            g_ptr_array_add(now, at);
        }
    }
    if (same_places(before, now)) {
        g_ptr_array_unref(now);
        return;
    }
    count_places(into, before, -1);
    count_places(into, now, 1);
    g_hash_table_insert(into->counted, key, now);
}

/* At the end, and from time to time while packets come in, just before the tree itself is drawn: its own listener was
 * registered earlier, and Wireshark draws the latest first. */
static void
count_all(void *data)
{
    tally *into = (tally *)data;
    GList *streams;

    if (into->tree == NULL)
        return;
    streams = g_hash_table_get_keys(into->counted);
    for (GList *stream = streams; stream; stream = stream->next)
        count_stream(into, GPOINTER_TO_UINT(stream->data));
    g_list_free(streams);
}

static tap_packet_status
wants_drawing(void *data _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *unused _U_, tap_flags_t flags _U_)
{
    return TAP_PACKET_REDRAW;
}

static tally *
tally_of(const stats_tree *tree)
{
    for (GSList *one = tallies; one; one = one->next) {
        if (((tally *)one->data)->tree == tree)
            return (tally *)one->data;
    }
    return NULL;
}

/* Called again whenever the tree is emptied. Those that are gone are cleared away only now: when the program ends,
 * Wireshark is walking along its listeners while it frees the trees. */
static void
init_tree(stats_tree *tree)
{
    tally *into;
    while ((into = tally_of(NULL)) != NULL) {
        remove_tap_listener(into);
        tallies = g_slist_remove(tallies, into);
        g_free(into);
    }
    into = tally_of(tree);
    if (into == NULL) {
        into = g_new0(tally, 1);
        into->tree = tree;
        into->counted = g_hash_table_new_full(NULL, NULL, NULL, free_places);
        into->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        tallies = g_slist_prepend(tallies, into);
        GString *error = register_tap_listener("ikewhy", into, NULL, TL_REQUIRES_NOTHING, NULL, wants_drawing, count_all, NULL);
        if (error)
            g_string_free(error, TRUE);
    }
    g_hash_table_remove_all(into->counted);
    g_hash_table_remove_all(into->rows);
    for (size_t i = 0; i < table_count; i++)
        table_nodes[i] = stats_tree_create_node(tree, table_titles[i], 0, STAT_DT_INT, TRUE);
    times_node = stats_tree_create_node(tree, times_title, 0, STAT_DT_FLOAT, TRUE);
}

static void
free_tree(stats_tree *tree)
{
    tally *into = tally_of(tree);
    if (into == NULL)
        return;
    g_hash_table_destroy(into->counted);
    g_hash_table_destroy(into->rows);
    into->tree = NULL;
}

/* By now Wireshark calls every frame visited; `again` says whether it was so before. */
static tap_packet_status
count_packet(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_, const void *again, tap_flags_t flags _U_)
{
    tally *into = tally_of(tree);
    IkewhyFrame frame = {.size = sizeof frame};

    if (into == NULL || session == NULL || ikewhy_session_frame(session, pinfo->num, &frame) != IKEWHY_STATUS_OK)
        return TAP_PACKET_DONT_REDRAW;
    if (frame.answers) {
        float milliseconds = (float)frame.response_time / 1000000;
        avg_stat_node_add_value_float(tree, times_title, 0, TRUE, milliseconds);
        avg_stat_node_add_value_float(tree, terminated(pinfo, frame.step), times_node, FALSE, milliseconds);
    }
    if (!g_hash_table_contains(into->counted, GUINT_TO_POINTER(frame.stream))) {
        g_hash_table_insert(into->counted, GUINT_TO_POINTER(frame.stream), NULL);
        /* The whole capture is known. */
        if (again)
            count_stream(into, frame.stream);
    }
    return TAP_PACKET_REDRAW;
}

static void
register_statistics(void)
{
    table_count = ikewhy_table_count();
    table_nodes = g_new0(int, table_count);
    table_titles = g_new0(char *, table_count);
    for (size_t i = 0; i < table_count; i++) {
        IkewhyText title = {"", 0};
        ikewhy_table(i, &title);
        table_titles[i] = kept(title);
    }
    stats_tree_register_plugin("ikewhy", "ikewhy", "IPsec Negotiations", 0, count_packet, init_tree, free_tree);
}

/* ---- Conversation Filter > IKE negotiation ---- */

static flag
has_negotiation(FILTER_ARGUMENTS)
{
    IkewhyFrame frame = {.size = sizeof frame};
    return session && ikewhy_session_frame(session, pinfo->num, &frame) == IKEWHY_STATUS_OK;
}

static char *
negotiation_filter(FILTER_ARGUMENTS)
{
    IkewhyFrame frame = {.size = sizeof frame};
    if (session == NULL || ikewhy_session_frame(session, pinfo->num, &frame) != IKEWHY_STATUS_OK)
        return NULL;
    return g_strdup_printf("ikewhy.stream == %u", frame.stream);
}

/* ---- Tools > IPsec Negotiations: the report in a window. ---- */

static void
show_answer(const char *title, const char *arguments)
{
    IkewhyWanted wanted = {.size = sizeof wanted};
    const funnel_ops_t *windows = funnel_get_funnel_ops();
    IkewhyText text = {NULL, 0};
    if (windows == NULL || windows->new_text_window == NULL)
        return;
    char *shown = NULL;
    if (session == NULL) {
        shown = g_strdup("No capture is open.");
    } else if (ikewhy_wanted_parse(text_of(arguments), &wanted) == IKEWHY_STATUS_OK
        && write_report(wanted, &text) == IKEWHY_STATUS_OK) {
        shown = g_strndup(text.data, text.length);
    } else {
        ikewhy_session_fault(session, &text);
        shown = g_strdup_printf("ikewhy stopped after a fault of its own: %.*s", (int)text.length, text.data ? text.data : "");
    }
    windows->set_text(windows->new_text_window(windows->ops_id, title), shown);
    g_free(shown);
}

static void
show_report(void *unused _U_)
{
    show_answer("IPsec Negotiations: Report", "report");
}

static void
show_redacted(void *unused _U_)
{
    show_answer("IPsec Negotiations: Report to Share", "report,markdown,redact");
}

static void
show_json(void *unused _U_)
{
    show_answer("IPsec Negotiations: JSON", "json");
}

/* ---- Registration, from the registry. ---- */

static void
describe_field(const IkewhyField *field, hf_register_info *hf)
{
    static const int links[] = {
        [IKEWHY_LINK_NONE] = FT_FRAMENUM_NONE,
        [IKEWHY_LINK_REQUEST] = FT_FRAMENUM_REQUEST,
        [IKEWHY_LINK_RESPONSE] = FT_FRAMENUM_RESPONSE,
        [IKEWHY_LINK_RETRANSMISSION] = FT_FRAMENUM_RETRANS_PREV,
    };
    header_field_info info = {NULL, NULL, FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL};

    info.name = kept(field->name);
    info.abbrev = kept(field->abbrev);
    info.blurb = kept(field->description);
    switch (field->kind) {
    case IKEWHY_FIELD_TYPE_GROUP:
        info.type = FT_NONE;
        break;
    case IKEWHY_FIELD_TYPE_NUMBER:
        info.type = FT_UINT32;
        info.display = BASE_DEC;
        break;
    case IKEWHY_FIELD_TYPE_FRAME:
        info.type = FT_FRAMENUM;
        if (field->link < G_N_ELEMENTS(links))
            info.strings = FRAMENUM_TYPE(links[field->link]);
        break;
    case IKEWHY_FIELD_TYPE_DURATION:
        info.type = FT_RELATIVE_TIME;
        break;
    case IKEWHY_FIELD_TYPE_REAL:
        info.type = FT_DOUBLE;
        break;
    default: /* text */
        break;
    }
    hf->hfinfo = info;
}

static void
register_fields(void)
{
    field_count = ikewhy_field_count();
    fields = g_new(int, field_count);
    field_types = g_new0(guint32, field_count);
    subtrees = g_new(int, field_count);
    hf_register_info *hf = g_new0(hf_register_info, field_count);
    int **ett = g_new(int *, field_count);
    int registered = 0;

    for (size_t i = 0; i < field_count; i++) {
        IkewhyField field = {.size = sizeof field};
        ikewhy_field(i, &field);
        field_types[i] = field.kind;
        subtrees[i] = -1;
        ett[i] = &subtrees[i];
        if (field.kind == IKEWHY_FIELD_TYPE_PROTOCOL) {
            fields[i] = proto_ikewhy;
            continue;
        }
        fields[i] = -1;
        describe_field(&field, &hf[registered]);
        hf[registered++].p_id = &fields[i];
    }
    proto_register_field_array(proto_ikewhy, hf, registered);
    proto_register_subtree_array(ett, (int)field_count);
    g_free(ett);
}

/* `ikewhy.psk_mismatch` for the rule psk-mismatch. */
static void
register_experts(void)
{
    static const int severities[] = {
        [IKEWHY_SEVERITY_CHAT] = PI_CHAT,
        [IKEWHY_SEVERITY_NOTE] = PI_NOTE,
        [IKEWHY_SEVERITY_WARNING] = PI_WARN,
        [IKEWHY_SEVERITY_ERROR] = PI_ERROR,
    };
    static const expert_field unregistered = EI_INIT;

    rule_count = ikewhy_rule_count();
    experts = g_new(expert_field, rule_count);
    ei_register_info *ei = g_new0(ei_register_info, rule_count);

    for (size_t i = 0; i < rule_count; i++) {
        IkewhyRule rule = {.size = sizeof rule};
        ikewhy_rule(i, &rule);
        char *id = kept(rule.id);
        ei_register_info info = {&experts[i], {NULL, PI_PROTOCOL, PI_NOTE, NULL, EXPFILL}};
        info.eiinfo.name = g_strdelimit(g_strconcat("ikewhy.", id, NULL), "-", '_');
        info.eiinfo.summary = kept(rule.title);
        if (rule.severity < G_N_ELEMENTS(severities))
            info.eiinfo.severity = severities[rule.severity];
        g_free(id);
        experts[i] = unregistered;
        ei[i] = info;
    }
    expert_register_field_array(expert_register_protocol(proto_ikewhy), ei, (int)rule_count);
}

static void
register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_ikewhy, NULL);
    prefs_register_bool_preference(module, "enabled", "Explain IPsec negotiations",
        "Follow IKE, ESP and L2TP packets and say what became of each negotiation, and why.", &pref_enabled);
    prefs_register_string_preference(module, "peer_files", "Configurations and logs of the peers",
        "Files or folders of the peers' configurations and logs, separated by ';', to be compared with what the capture shows."
        " ADDRESS=FILE says whose a file is.", &pref_peer_files);
    prefs_register_bool_preference(module, "info_column", "Show the verdict in the Info column",
        "Append a few words to the Info column of the packet that decides a negotiation.", &pref_info_column);
    prefs_register_bool_preference(module, "redact", "Redact reports",
        "Replace addresses, identities and SPIs in reports by consistent pseudonyms.", &pref_redact);
}

static void
learn_link_types(void)
{
    for (size_t i = 0; i < MAX_ENCAP; i++)
        link_types[i] = -1;
    /* wiretap exports only this direction. 12 and 14 are not LINKTYPE_ values: raw IP is 101. */
    for (int type = 0; type < MAX_LINK_TYPE; type++) {
        int encap = wtap_pcap_encap_to_wtap_encap(type);
        if (type != 12 && type != 14 && encap > WTAP_ENCAP_UNKNOWN && encap < MAX_ENCAP && link_types[encap] == -1)
            link_types[encap] = type;
    }
}

void
proto_register_ikewhy(void)
{
    proto_ikewhy = proto_register_protocol("IPsec negotiation diagnosis (ikewhy)", "ikewhy", "ikewhy");
    register_fields();
    register_experts();
    register_preferences();
    learn_link_types();
    tap_ikewhy = register_tap("ikewhy");
    register_init_routine(open_session);
    register_cleanup_routine(close_session);
    register_postdissector(register_dissector("ikewhy", dissect_ikewhy, proto_ikewhy));
}

void
proto_reg_handoff_ikewhy(void)
{
    static stat_tap_ui report = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,report", init_report, 0, NULL};
    static stat_tap_ui json = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,json", init_report, 0, NULL};
    static stat_tap_ui explain = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,explain", init_explain, 0, NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(wanted_protocols); i++)
        wanted_ids[i] = proto_get_id_by_filter_name(wanted_protocols[i]);
    id_isakmp = proto_get_id_by_filter_name("isakmp");
    id_icmp = proto_get_id_by_filter_name("icmp");
    id_icmpv6 = proto_get_id_by_filter_name("icmpv6");
    id_ip = proto_get_id_by_filter_name("ip");
    id_ipv6 = proto_get_id_by_filter_name("ipv6");
    register_stat_tap_ui(&report, NULL);
    register_stat_tap_ui(&json, NULL);
    register_statistics();
    register_conversation_filter("ikewhy", "IKE negotiation", has_negotiation, negotiation_filter FILTER_DATA);
    funnel_register_menu("IPsec Negotiations/Report", REGISTER_TOOLS_GROUP_UNSORTED, show_report, NULL, NULL, FALSE);
    funnel_register_menu("IPsec Negotiations/Report to Share (Markdown, Redacted)", REGISTER_TOOLS_GROUP_UNSORTED, show_redacted, NULL, NULL,
        FALSE);
    funnel_register_menu("IPsec Negotiations/JSON Document", REGISTER_TOOLS_GROUP_UNSORTED, show_json, NULL, NULL, FALSE);
    register_stat_tap_ui(&explain, NULL);
#ifndef _WIN32
    static stat_tap_ui psk_check = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,psk-check", init_psk_check, 0, NULL};
    register_stat_tap_ui(&psk_check, NULL);
#endif
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
