/* packet-ikewhy.c
 * Collects the bytes of frames that may matter, hands them to ikewhy, copies its answer into the tree. It knows nothing about
 * IKE; its fields and expert items come from ikewhy's registry.
 *
 * Frames are handed over on their first visit, and drawn on every visit from what ikewhy keeps. ikewhy never calls
 * back, so no Wireshark exception (a longjmp) can cross it.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <epan/conversation_filter.h>
#include <epan/epan.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/tap.h>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>

enum {
    MAX_DEPTH = 16,   /* deeper items are drawn at this depth */
    MAX_SOURCES = 16, /* of a frame; further data sources are left out */
    MAX_ENCAP = 512,  /* wiretap's encapsulations, of which there are about 220 */
    MAX_LINK_TYPE = 400,
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
/* The same by protocol number: every layer of every frame is looked up. */
enum { UNWANTED, WANTED, WITHOUT_PORTS };
static guint8 *interest;
static guint known_ids;
static int id_isakmp = -1, id_icmp = -1, id_icmpv6 = -1;

/* LINKTYPE_ value of each wiretap encapsulation, or -1. */
static gint32 link_types[MAX_ENCAP];

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
    /* IKE and ESP in TCP (RFC 9329), which Wireshark need not know for what it is. */
    if (pinfo->ptype == PT_TCP && (pinfo->srcport == 4500 || pinfo->destport == 4500))
        return TRUE;
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer)) {
        guint id = GPOINTER_TO_UINT(wmem_list_frame_data(layer));
        /* IP without ports: perhaps a fragment. */
        if (id < known_ids && (interest[id] == WANTED || (interest[id] == WITHOUT_PORTS && pinfo->ptype == PT_NONE)))
            return TRUE;
    }
    return FALSE;
}

/* Where the innermost IP header begins: the last that has Wireshark's source address. (An ICMP error quotes its receiver.) IPv4's
 * dissector lets that address point into the frame; IPv6's makes a copy. */
static guint32
ip_offset(const packet_info *pinfo, const guint8 *data, guint length)
{
    const address *source = &pinfo->net_src;
    guint before, header; /* bytes before the source address, and of the whole header */
    guint8 version;

    if (source->type == AT_IPv4) {
        before = 12;
        header = 20;
        version = 4;
    } else if (source->type == AT_IPv6) {
        before = 8;
        header = 40;
        version = 6;
    } else {
        return IKEWHY_NO_OFFSET;
    }
    if (data == NULL || length < header || (guint)source->len > header - before)
        return IKEWHY_NO_OFFSET;
    guint last = length - header;
    gsize pointed = (gsize)source->data - (gsize)data - before;
    if (pointed <= last && data[pointed] >> 4 == version)
        return (guint32)pointed;
    for (guint at = last + 1; at-- > 0;) {
        if (data[at] >> 4 == version && memcmp(data + at + before, source->data, source->len) == 0)
            return at;
    }
    return IKEWHY_NO_OFFSET;
}

static gint32
link_type(const wtap_rec *rec)
{
    if (rec == NULL || rec->rec_type != REC_TYPE_PACKET)
        return -1;
    int encap = rec->rec_header.packet_header.pkt_encap;
    return encap >= 0 && encap < MAX_ENCAP ? link_types[encap] : -1;
}

/* Whole contents of a tvb, without a way to throw; NULL if there are none. */
static const guint8 *
contents(tvbuff_t *tvb, guint *length)
{
    *length = tvb ? tvb_captured_length(tvb) : 0;
    return *length > 0 ? tvb_get_ptr(tvb, 0, *length) : NULL;
}

/* What Wireshark made, by its name for it, behind which the number of bytes stands in brackets. */
enum { UNKNOWN_KIND };
static guint32
kind_of(const struct data_source *source)
{
    static const struct {
        const char *name;
        IkewhyDerivedKind kind;
    } known[] = {
        {"Decrypted IKE (", IKEWHY_DERIVED_KIND_DECRYPTED_V1},
        {"Decrypted Data (", IKEWHY_DERIVED_KIND_DECRYPTED},
        {"Reassembled ISAKMP (", IKEWHY_DERIVED_KIND_REASSEMBLED_V1},
        {"Reassembled IKE2 ISAKMP (", IKEWHY_DERIVED_KIND_REASSEMBLED_V2},
        {"Reassembled IPv4 (", IKEWHY_DERIVED_KIND_REASSEMBLED_IP},
        {"Reassembled IPv6 (", IKEWHY_DERIVED_KIND_REASSEMBLED_IP},
    };
    guint32 kind = UNKNOWN_KIND;
    char *name = data_source_name(source);
    for (size_t i = 0; name && i < G_N_ELEMENTS(known); i++) {
        if (g_str_has_prefix(name, known[i].name))
            kind = known[i].kind;
    }
    wmem_free(NULL, name);
    return kind;
}

static gboolean
hand_over(packet_info *pinfo)
{
    if (pinfo->data_src == NULL)
        return FALSE;

    guint length;
    const guint8 *data = contents(get_data_source_tvb((struct data_source *)pinfo->data_src->data), &length);

    IkewhyDerived derived[MAX_SOURCES];
    size_t count = 0;
    for (GSList *source = pinfo->data_src->next; source && count < MAX_SOURCES; source = source->next) {
        guint size;
        IkewhyDerived made = {.kind = kind_of((struct data_source *)source->data)};
        if (made.kind == UNKNOWN_KIND)
            continue;
        made.data = contents(get_data_source_tvb((struct data_source *)source->data), &size);
        made.length = size;
        derived[count++] = made;
    }

    const wtap_rec *rec = pinfo->rec;
    IkewhyPacket packet = {
        .size = sizeof packet,
        .frame = pinfo->num,
        .interface_id = rec && (rec->presence_flags & WTAP_HAS_INTERFACE_ID) ? rec->rec_header.packet_header.interface_id : 0,
        .time = capture_time(pinfo),
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
    IkewhyStatus status = ikewhy_session_push(current_session(), &packet, &ours);
    return status == IKEWHY_STATUS_BROKEN || ours;
}

/* ---- Every visit: draw what ikewhy says. ---- */

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
    IkewhySession *session = current_session();

    IkewhyStatus status = proto_field_is_referenced(tree, proto_ikewhy)
        ? ikewhy_session_view(session, pinfo->num, pass, &count)
        : ikewhy_session_view_expert_items(session, pinfo->num, pass, &count);
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

    if (fills_info_column()) {
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

    if (!takes_packets())
        return 0;
    if (!again) {
        if (!worth_a_look(pinfo)) {
            pass_by(pinfo);
            return 0;
        }
        if (!hand_over(pinfo))
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

/* ---- Conversation Filter > IKE negotiation ---- */

static flag
has_negotiation(FILTER_ARGUMENTS)
{
    IkewhyFrame frame = {.size = sizeof frame};
    return belongs(pinfo, &frame);
}

static char *
negotiation_filter(FILTER_ARGUMENTS)
{
    IkewhyFrame frame = {.size = sizeof frame};
    return belongs(pinfo, &frame) ? g_strdup_printf("ikewhy.stream == %u", frame.stream) : NULL;
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
        if (ikewhy_field(i, &field) != IKEWHY_STATUS_OK)
            REPORT_DISSECTOR_BUG("field %u of the registry cannot be read", (guint)i);
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
        if (ikewhy_rule(i, &rule) != IKEWHY_STATUS_OK)
            REPORT_DISSECTOR_BUG("rule %u of the registry cannot be read", (guint)i);
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
register_dissection(int protocol)
{
    proto_ikewhy = protocol;
    register_fields();
    register_experts();
    learn_link_types();
    tap_ikewhy = register_tap("ikewhy");
    register_postdissector(register_dissector("ikewhy", dissect_ikewhy, proto_ikewhy));
}

static void
take_interest(const char *protocol, int degree)
{
    int id = proto_get_id_by_filter_name(protocol);
    if (id < 0)
        return;
    if ((guint)id >= known_ids) {
        interest = g_renew(guint8, interest, id + 1);
        memset(interest + known_ids, UNWANTED, id + 1 - known_ids);
        known_ids = id + 1;
    }
    interest[id] = degree;
}

void
hand_off_dissection(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wanted_protocols); i++)
        take_interest(wanted_protocols[i], WANTED);
    take_interest("ip", WITHOUT_PORTS);
    take_interest("ipv6", WITHOUT_PORTS);
    id_isakmp = proto_get_id_by_filter_name("isakmp");
    id_icmp = proto_get_id_by_filter_name("icmp");
    id_icmpv6 = proto_get_id_by_filter_name("icmpv6");
    register_conversation_filter("ikewhy", "IKE negotiation", has_negotiation, negotiation_filter FILTER_DATA);
}
