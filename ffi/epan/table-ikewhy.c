/* table-ikewhy.c
 * The table of negotiations: Statistics > IPsec Negotiations Table, and tshark -z ikewhy,table[,FILTER]. A row for each negotiation,
 * whose columns are the registry's.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <epan/funnel.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

enum {
    MAX_ROWS = 10000, /* further negotiations are counted in one row */
};

static const char table_title[] = "Negotiations";

static stat_tap_table_item *columns;
static size_t column_count;

/* Stream -> its row; the same for all windows, for Wireshark has one table for them. */
static GHashTable *row_of;
static guint32 first_left_out, left_out;

/* Rows of earlier fillings. A window that shows them points into them. */
static GPtrArray *retired;

static void
free_cell(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

static void
free_row(gpointer row)
{
    for (size_t i = 0; i < column_count; i++)
        free_cell((stat_tap_table_item_type *)row + i);
    g_free(row);
}

/* Wireshark clears its window after this, and another window may show the same rows. */
static void
empty_table(stat_tap_table *table)
{
    for (guint row = 0; row < table->num_elements; row++)
        g_ptr_array_add(retired, table->elements[row]);
    g_free(table->elements);
    table->elements = NULL;
    table->num_elements = 0;
    g_hash_table_remove_all(row_of);
    left_out = 0;
}

static void
free_table_item(stat_tap_table *table _U_, guint row _U_, guint column _U_, stat_tap_table_item_type *cell)
{
    free_cell(cell);
}

/* Before each filling, also of a window that was filled already. */
static void
begin_table(stat_tap_table_ui *ui)
{
    stat_tap_table *table = stat_tap_find_table(ui, table_title);
    /* This window was cleared since those were shown, and there is no other. */
    if (ui->refcount <= 1)
        g_ptr_array_set_size(retired, 0);
    if (table == NULL) {
        table = stat_tap_init_table(table_title, (int)column_count, 0, NULL);
        stat_tap_add_table(ui, table);
    }
    empty_table(table);
}

/* Sets what a cell shows; text is copied. */
static void
set_cell(stat_tap_table_item_type *cell, size_t column, const IkewhyCell *value)
{
    free_cell(cell);
    cell->type = columns[column].type;
    switch (cell->type) {
    case TABLE_ITEM_UINT:
        cell->value.uint_value = value->number;
        break;
    case TABLE_ITEM_FLOAT:
        cell->value.float_value = value->real;
        break;
    default:
        cell->value.string_value = kept(value->text);
        break;
    }
}

static guint
add_row(stat_tap_table *table)
{
    guint row = table->num_elements;
    stat_tap_table_item_type *cells = g_new0(stat_tap_table_item_type, column_count);
    stat_tap_init_table_row(table, row, (guint)column_count, cells);
    g_free(cells);
    return row;
}

/* As the negotiation stands by now. */
static void
fill_row(stat_tap_table *table, guint row, guint32 stream)
{
    IkewhySession *session = current_session();
    if (session == NULL || ikewhy_session_row(session, stream) != IKEWHY_STATUS_OK)
        return;
    for (size_t i = 0; i < column_count; i++) {
        IkewhyCell value = {.size = sizeof value};
        if (ikewhy_session_cell(session, i, &value) == IKEWHY_STATUS_OK)
            set_cell(stat_tap_get_field_data(table, row, (guint)i), i, &value);
    }
}

/* The last row: how many have none. */
static void
fill_last_row(stat_tap_table *table, guint row)
{
    char *more = g_strdup_printf("... and %u more negotiations", left_out);
    for (size_t i = 0; i < column_count; i++) {
        IkewhyCell value = {.size = sizeof value, .number = i == 0 ? first_left_out : 0, .text = text_of(i == 1 ? more : "")};
        set_cell(stat_tap_get_field_data(table, row, (guint)i), i, &value);
    }
    g_free(more);
}

/* ---- tshark, which prints what stands in the table at the end. ---- */

static bool
is_tshark(void)
{
    const funnel_ops_t *windows = funnel_get_funnel_ops();
    return windows && windows->new_dialog == NULL; /* its windows are the terminal */
}

/* Makes headings and formats as wide as what stands in their column. */
static void
align(const stat_tap_table *table, size_t column)
{
    stat_tap_table_item *item = &columns[column];
    int width = (int)strlen(item->column_name);
    for (guint row = 0; row < table->num_elements; row++) {
        const stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, (guint)column);
        char *shown = cell->type == TABLE_ITEM_STRING ? g_strdup(cell->value.string_value)
            : cell->type == TABLE_ITEM_FLOAT          ? g_strdup_printf("%.3f", cell->value.float_value)
                                                      : g_strdup_printf("%u", cell->value.uint_value);
        width = MAX(width, (int)strlen(shown));
        g_free(shown);
    }
    /* They live as long as the process: it prints and ends. */
    item->column_name = g_strdup_printf(item->align == TAP_ALIGN_RIGHT ? "%*s" : "%-*s", width, item->column_name);
    item->field_format = item->type == TABLE_ITEM_STRING ? g_strdup_printf("%%-%ds", width)
        : item->type == TABLE_ITEM_FLOAT                 ? g_strdup_printf("%%%d.3f", width)
                                                         : g_strdup_printf("%%%du", width);
}

/* At the end, just before the table is printed: its own listener was registered earlier, and tshark draws the latest first. */
static void
complete_table(void *data)
{
    stat_tap_table *table = (stat_tap_table *)data;
    GHashTableIter rows;
    gpointer stream, row;

    g_hash_table_iter_init(&rows, row_of);
    while (g_hash_table_iter_next(&rows, &stream, &row))
        fill_row(table, GPOINTER_TO_UINT(row), GPOINTER_TO_UINT(stream));
    for (size_t i = 0; i < column_count; i++)
        align(table, i);
}

/* ---- Every packet of a negotiation ---- */

static tap_packet_status
count_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *again _U_, tap_flags_t flags _U_)
{
    static bool completes; /* at the end of tshark */
    stat_tap_table_ui *ui = ((stat_data_t *)data)->stat_tap_data;
    stat_tap_table *table = stat_tap_find_table(ui, table_title);
    IkewhyFrame frame = {.size = sizeof frame};

    if (table == NULL || !belongs(pinfo, &frame) || g_hash_table_contains(row_of, GUINT_TO_POINTER(frame.stream)))
        return TAP_PACKET_DONT_REDRAW;
    if (!completes && is_tshark()) {
        completes = true;
        GString *error = register_tap_listener("ikewhy", table, NULL, TL_REQUIRES_NOTHING, NULL, NULL, complete_table, NULL);
        if (error)
            g_string_free(error, TRUE);
    }
    if (g_hash_table_size(row_of) >= MAX_ROWS) {
        /* Which of them were seen is not kept: streams are numbered in the order of their first packets. */
        if (left_out == 0) {
            first_left_out = frame.stream;
            add_row(table);
        }
        if (frame.stream >= first_left_out + left_out)
            left_out = frame.stream - first_left_out + 1;
        fill_last_row(table, table->num_elements - 1);
        return TAP_PACKET_REDRAW;
    }
    guint row = add_row(table);
    g_hash_table_insert(row_of, GUINT_TO_POINTER(frame.stream), GUINT_TO_POINTER(row));
    /* tshark may not know yet what comes, and fills it at the end. */
    if (!completes)
        fill_row(table, row, frame.stream);
    return TAP_PACKET_REDRAW;
}

/* ---- Registration, from the registry. ---- */

void
register_table(void)
{
    static tap_param filter[] = {{PARAM_FILTER, "filter", "Filter", NULL, TRUE}};
    static stat_tap_table_ui ui = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "IPsec Negotiations Table",
        .tap_name = "ikewhy",
        .cli_string = "ikewhy,table",
        .stat_tap_init_cb = begin_table,
        .packet_func = count_packet,
        .stat_tap_reset_table_cb = empty_table,
        .stat_tap_free_table_item_cb = free_table_item,
        .nparams = G_N_ELEMENTS(filter),
        .params = filter,
    };

    column_count = ikewhy_column_count();
    columns = g_new0(stat_tap_table_item, column_count);
    for (size_t i = 0; i < column_count; i++) {
        IkewhyColumn column = {.size = sizeof column};
        ikewhy_column(i, &column);
        columns[i].column_name = kept(column.title);
        columns[i].type = column.kind == IKEWHY_COLUMN_TYPE_NUMBER ? TABLE_ITEM_UINT
            : column.kind == IKEWHY_COLUMN_TYPE_SECONDS            ? TABLE_ITEM_FLOAT
                                                                   : TABLE_ITEM_STRING;
        columns[i].align = columns[i].type == TABLE_ITEM_STRING ? TAP_ALIGN_LEFT : TAP_ALIGN_RIGHT;
        columns[i].field_format = "%s";
    }
    ui.nfields = column_count;
    ui.fields = columns;
    row_of = g_hash_table_new(NULL, NULL);
    retired = g_ptr_array_new_with_free_func(free_row);
    register_stat_tap_table_ui(&ui);
}
