/* report-ikewhy.c
 * What ikewhy says of a capture as a whole, for people and programs: tshark -z ikewhy,report, ikewhy,json and
 * ikewhy,explain, the windows of Tools > IPsec Negotiations, and the check of a candidate for a pre-shared key.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "packet-ikewhy.h"

#include <stdio.h>
#include <stdlib.h>
#ifndef _WIN32
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <epan/frame_data.h>
#include <epan/funnel.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#if VERSION_AT_LEAST(4, 2) && !VERSION_AT_LEAST(4, 4)
/* The 4.2 packages lack a header (dfilter-loc.h) that plugin_if.h includes there. */
WS_DLL_PUBLIC void *plugin_if_get_frame_data(void *(*extract)(frame_data *, void *), void *data);
#else
#include <epan/plugin_if.h>
#endif

/* What the start of a -z command answers: from 4.6 on, whether it could. */
#if VERSION_AT_LEAST(4, 6)
typedef bool started;
#define STARTED true
#else
typedef void started;
#define STARTED
#endif

/* ---- tshark -z ikewhy,...: one pass is enough, for reports are printed at the end. ---- */

/* The preference redacts whatever else is wanted. */
static IkewhyWanted
as_preferred(IkewhyWanted wanted)
{
    if (redacts_reports())
        wanted.flags |= IKEWHY_WANTED_REDACTED;
    return wanted;
}

static void
print_text(IkewhyText text)
{
    if (text.data)
        fwrite(text.data, 1, text.length, stdout);
    fflush(stdout);
}

/* In pieces: of many negotiations, a report is longer than all that is known of them. */
static void
print_report(void *data)
{
    IkewhySession *session = current_session();
    IkewhyWanted wanted = as_preferred(*(const IkewhyWanted *)data);
    IkewhyText text = {NULL, 0};
    IkewhyStatus status;

    if (session == NULL)
        return;
    status = ikewhy_session_write_begin(session, &wanted);
    while (status == IKEWHY_STATUS_OK && (status = ikewhy_session_write_next(session, &text)) == IKEWHY_STATUS_OK && text.data)
        if (fwrite(text.data, 1, text.length, stdout) < text.length)
            break; /* nobody reads on */
    fflush(stdout);
    if (status == IKEWHY_STATUS_BROKEN) {
        fputs("ikewhy stopped after a fault of its own: ", stderr);
        ikewhy_session_fault(session, &text);
        fwrite(text.data ? text.data : "", 1, text.length, stderr);
        fputc('\n', stderr);
    }
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

static void
wipe(volatile char *octets, size_t count)
{
    while (count--)
        *octets++ = 0;
}

#ifndef _WIN32
static int psk_descriptor = -1; /* -1: ask on the terminal */

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
    IkewhySession *session = current_session();
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

/* ---- Tools > IPsec Negotiations: answers in windows. ---- */

static flag
copy_all(funnel_text_window_t *window, void *unused _U_)
{
    const funnel_ops_t *windows = funnel_get_funnel_ops();
    GString *text = g_string_new(windows->get_text(window));
    windows->copy_to_clipboard(text);
    g_string_free(text, TRUE);
    return TRUE;
}

static void
show_text(const char *title, const char *text)
{
    static funnel_bt_t copy = {NULL, copy_all, NULL, NULL, NULL};
    const funnel_ops_t *windows = funnel_get_funnel_ops();
    funnel_text_window_t *window;

    if (windows == NULL || windows->new_text_window == NULL)
        return;
    window = windows->new_text_window(windows->ops_id, title);
    windows->set_text(window, text);
    windows->add_button(window, &copy, "Copy All");
}

/* What a session answered, or why it did not. */
static void
show_answer(const char *title, IkewhyStatus status, IkewhyText text)
{
    char *shown;
    if (status == IKEWHY_STATUS_OK) {
        shown = g_strndup(text.data, text.length);
    } else {
        ikewhy_session_fault(current_session(), &text);
        shown = g_strdup_printf("ikewhy stopped after a fault of its own: %.*s", (int)text.length, text.data ? text.data : "");
    }
    show_text(title, shown);
    g_free(shown);
}

typedef struct {
    guint32 action;
    char *path, *window, *arguments, *prompt;
} menu_entry;

static void
show_written(const menu_entry *entry, guint32 stream)
{
    IkewhyWanted wanted = {.size = sizeof wanted};
    IkewhyText text = {NULL, 0};
    IkewhyStatus status;

    if (current_session() == NULL) {
        show_text(entry->window, "No capture is open.");
        return;
    }
    status = ikewhy_wanted_parse(text_of(entry->arguments), &wanted);
    if (status == IKEWHY_STATUS_OK) {
        wanted = as_preferred(wanted);
        wanted.stream = stream;
        wanted.flags |= IKEWHY_WANTED_SHORT;
        status = ikewhy_session_write(current_session(), &wanted, &text);
    }
    show_answer(entry->window, status, text);
}

static void *
number_of(frame_data *frame, void *number)
{
    *(guint32 *)number = frame->num;
    return NULL;
}

static void
show_selected(const menu_entry *entry)
{
    IkewhyFrame frame = {.size = sizeof frame};
    guint32 number = 0;

    plugin_if_get_frame_data(number_of, &number);
    if (number > 0 && current_session() && ikewhy_session_frame(current_session(), number, &frame) == IKEWHY_STATUS_OK)
        show_written(entry, frame.stream);
    else
        show_text(entry->window,
            "Select a packet of a negotiation first: one that has a number in the column Neg., or IKE diagnosis in its tree.");
}

/* Qt has its own copy of what was typed until the dialog is gone; this one is wiped. */
static void
check_typed(char **typed, void *data)
{
    const menu_entry *entry = (const menu_entry *)data;
    IkewhyText text = {NULL, 0};
    IkewhyStatus status = IKEWHY_STATUS_OK;

    gboolean none = typed == NULL || typed[0] == NULL || *typed[0] == '\0';
    if (!none && current_session())
        status = ikewhy_session_check_psk(current_session(), text_of(typed[0]), &text);
    for (char **one = typed; one && *one; one++)
        wipe(*one, strlen(*one));
    g_strfreev(typed);
    if (none)
        show_text(entry->window, "No key was given.");
    else if (current_session() == NULL)
        show_text(entry->window, "No capture is open.");
    else
        show_answer(entry->window, status, text);
}

/* Titled as the entry itself. */
static void
ask_for_psk(menu_entry *entry)
{
    static const char *values[] = {"", NULL};
    const char *names[] = {entry->prompt, NULL}, *title = strrchr(entry->path, '/');
    const funnel_ops_t *windows = funnel_get_funnel_ops();

    if (windows && windows->new_dialog)
        windows->new_dialog(windows->ops_id, title ? title + 1 : entry->path, names, values, check_typed, entry, NULL);
}

static void
choose(void *data)
{
    menu_entry *entry = (menu_entry *)data;
    switch (entry->action) {
    case IKEWHY_MENU_ACTION_REPORT_SELECTED:
        show_selected(entry);
        break;
    case IKEWHY_MENU_ACTION_CHECK_PSK:
        ask_for_psk(entry);
        break;
    default: /* a report */
        show_written(entry, IKEWHY_ALL_STREAMS);
        break;
    }
}

/* ---- Registration ---- */

static void
register_menu(void)
{
    for (size_t i = 0; i < ikewhy_menu_count(); i++) {
        IkewhyMenuEntry described = {.size = sizeof described};
        menu_entry *entry = g_new(menu_entry, 1); /* lives as long as the process */
        ikewhy_menu_entry(i, &described);
        entry->action = described.action;
        entry->path = kept(described.path);
        entry->window = kept(described.window);
        entry->arguments = kept(described.arguments);
        entry->prompt = kept(described.prompt);
        funnel_register_menu(entry->path, REGISTER_TOOLS_GROUP_UNSORTED, choose, entry, NULL, FALSE);
    }
}

void
register_reports(void)
{
    static stat_tap_ui report = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,report", init_report, 0, NULL};
    static stat_tap_ui json = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,json", init_report, 0, NULL};
    static stat_tap_ui explain = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,explain", init_explain, 0, NULL};

    register_stat_tap_ui(&report, NULL);
    register_stat_tap_ui(&json, NULL);
    register_stat_tap_ui(&explain, NULL);
#ifndef _WIN32
    static stat_tap_ui psk_check = {REGISTER_STAT_GROUP_GENERIC, NULL, "ikewhy,psk-check", init_psk_check, 0, NULL};
    register_stat_tap_ui(&psk_check, NULL);
#endif
    register_menu();
}
