/* tap-ikewhy.c
 * Statistics > IPsec Negotiations, and tshark -z ikewhy,tree: each negotiation counts once in every table, where it
 * belongs by now.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <epan/stats_tree.h>
#include <epan/tap.h>

enum {
    MAX_TALLIED = 2000, /* rows; what would stand in further ones is put together */
};

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
    IkewhySession *session = current_session();
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

    if (into == NULL || !belongs(pinfo, &frame))
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

void
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
