/* report-ikewhy.c
 * What ikewhy says of a capture as a whole, for people and programs: tshark -z ikewhy,report, ikewhy,json and
 * ikewhy,explain, the windows of Tools > IPsec Negotiations, and the check of a candidate for a pre-shared key.
 *
 * Copyright the ikewhy authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "plugin-ikewhy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef _WIN32
#include <process.h>
#else
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <epan/frame_data.h>
#include <epan/funnel.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

/* ---- tshark -z ikewhy,...: one pass is enough, for reports are printed at the end. ---- */

/* The preference redacts whatever else is wanted. */
static IkewhyWanted
as_preferred(IkewhyWanted wanted)
{
    if (redacts_reports())
        wanted.flags |= IKEWHY_WANTED_REDACTED;
    return wanted;
}

/* What tshark ends with where it could not print packets. */
enum { IN_TROUBLE = 2 };

/* A tap cannot tell tshark that it failed, and other taps still have to print: the exit status is changed when the plugin is unloaded. */
static void
end_in_trouble(void)
{
    fflush(NULL);
    _exit(IN_TROUBLE);
}

/* Says what went wrong, and lets the program end with a status that says so, too. */
static void G_GNUC_PRINTF(1, 2)
trouble(const char *format, ...)
{
    static bool known;
    va_list arguments;

    fputs("ikewhy: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    if (!known)
        known = atexit(end_in_trouble) == 0;
}

/* Gives 0, or why not all of it was taken. */
static int
put(IkewhyText text)
{
    errno = 0;
    if (text.data == NULL || fwrite(text.data, 1, text.length, stdout) == text.length)
        return 0;
    return errno ? errno : EIO;
}

/* What was taken may still wait in a buffer, of this tap or of others: an error that shows later, nobody asks for. */
static void
finish_output(int error)
{
    if (fflush(stdout) != 0 && error == 0)
        error = errno;
    if (ferror(stdout) && error == 0)
        error = EIO;
    if (error != 0)
        trouble("the output cannot be written: %s", g_strerror(error));
}

/* Why the session gave no answer. */
static void
say_fault(const IkewhySession *session, IkewhyStatus status)
{
    IkewhyText fault = {NULL, 0};
    if (ikewhy_session_fault(session, &fault) == IKEWHY_STATUS_OK && fault.data)
        trouble("stopped after a fault of its own: %.*s", (int)fault.length, fault.data);
    else
        trouble("%s", ikewhy_status_text(status));
}

/* In pieces: of many negotiations, a report is longer than all that is known of them. */
static void
print_report(void *data)
{
    IkewhySession *session = current_session();
    IkewhyWanted wanted = as_preferred(*(const IkewhyWanted *)data);
    IkewhyText text = {NULL, 0};
    IkewhyStatus status;
    int error = 0;

    if (session == NULL)
        return;
    status = ikewhy_session_write_begin(session, &wanted);
    while (error == 0 && status == IKEWHY_STATUS_OK && (status = ikewhy_session_write_next(session, &text)) == IKEWHY_STATUS_OK
        && text.data)
        error = put(text);
    finish_output(error);
    if (status != IKEWHY_STATUS_OK)
        say_fault(session, status);
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
    static const char explain[] = "ikewhy,explain";
    const char *id = statistic + sizeof explain - 1; /* Wireshark compares the beginning alone */
    IkewhyText text = {NULL, 0};

    if (*id == ',' ? ikewhy_explain(text_of(id + 1), &text) != IKEWHY_STATUS_OK || id[1] == '\0' : *id != '\0') {
        fprintf(stderr, "ikewhy: there is no diagnosis \"%s\"; -z ikewhy,explain lists all of them\n", id + (*id == ','));
        exit(1);
    }
    if (*id == '\0')
        ikewhy_explain(text_of(""), &text);
    finish_output(put(text));
    exit(0);
    return STARTED;
}

/* ---- tshark -z ikewhy,psk-check[,fd=N]: a candidate for the pre-shared key of Aggressive Mode, from the terminal or a file descriptor.
 * Never an argument, a preference or a variable: these stay in a history, in a file, in what other programs see. It lives from the end of
 * the capture to the answer, in one buffer that is wiped. ---- */

static void
wipe(volatile char *bytes, size_t count)
{
    while (count--)
        *bytes++ = 0;
}

#ifndef _WIN32
static int psk_descriptor = -1; /* -1: ask on the terminal */

/* Byte by byte: what stdio buffers stays in memory. Gives the number of bytes, or -1 if they cannot be read. */
static ssize_t
read_candidate(int descriptor, char *into, size_t size)
{
    size_t length = 0;
    ssize_t got = 0;
    char byte;
    while (length < size) {
        got = read(descriptor, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || byte == '\n' || byte == '\r')
            break;
        into[length++] = byte;
    }
    wipe(&byte, 1);
    return got < 0 ? -1 : (ssize_t)length;
}

/* The same from the terminal, which does not show it meanwhile. */
static ssize_t
ask_for_candidate(int terminal, char *into, size_t size)
{
    static const char prompt[] = "Pre-shared key to try (not shown, not kept): ";
    struct termios before, silent;
    ssize_t length = -1;
    int error;

    if (tcgetattr(terminal, &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) == 0 && write(terminal, prompt, sizeof prompt - 1) > 0)
        length = read_candidate(terminal, into, size);
    error = errno;
    tcsetattr(terminal, TCSAFLUSH, &before);
    if (write(terminal, "\n", 1) < 0)
        length = -1;
    else
        errno = error;
    return length;
}

static void
check_psk(void *unused _U_)
{
    static bool asked; /* a window draws again and again */
    IkewhySession *session = current_session();
    char candidate[512];
    IkewhyText text = {NULL, 0};
    IkewhyStatus status = IKEWHY_STATUS_OK;
    ssize_t length;

    if (session == NULL || asked)
        return;
    asked = true;
    if (psk_descriptor >= 0) {
        length = read_candidate(psk_descriptor, candidate, sizeof candidate);
    } else {
        int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (terminal < 0) {
            trouble("no terminal to ask on; -z ikewhy,psk-check,fd=N reads the key from file descriptor N");
            return;
        }
        length = ask_for_candidate(terminal, candidate, sizeof candidate);
        close(terminal);
    }
    int error = errno;
    bool is_given = length > 0 && length < (ssize_t)sizeof candidate;
    if (is_given)
        status = ikewhy_session_check_psk(session, (IkewhyText){candidate, (size_t)length}, &text);
    wipe(candidate, sizeof candidate);
    if (length < 0)
        trouble("the key cannot be read: %s", g_strerror(error));
    else if (!is_given)
        trouble("no key was given, or a longer one than 511 bytes");
    else if (status != IKEWHY_STATUS_OK)
        say_fault(session, status);
    else
        finish_output(put(text));
}

/* What is wrong with the arguments is never repeated: it may be a key. */
static started
init_psk_check(const char *statistic, void *unused _U_)
{
    static const char check[] = "ikewhy,psk-check", descriptor[] = ",fd=";
    const char *argument = statistic + sizeof check - 1; /* Wireshark compares the beginning alone */

    if (*argument != '\0') {
        guint64 number = 0;
        bool understood = g_str_has_prefix(argument, descriptor)
            && g_ascii_string_to_unsigned(argument + sizeof descriptor - 1, 10, 0, G_MAXINT, &number, NULL);
        if (!understood) {
            fputs("ikewhy: cannot understand this\nUsage: -z ikewhy,psk-check[,fd=N]; the key itself is never an argument\n", stderr);
            exit(1);
        }
        psk_descriptor = (int)number;
        int flags = fcntl(psk_descriptor, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY) {
            fprintf(stderr, "ikewhy: file descriptor %d is not open, or not for reading\n", psk_descriptor);
            exit(1);
        }
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

/* What an entry wants of one negotiation, or of all. */
static IkewhyStatus
wanted_by(const menu_entry *entry, guint32 stream, IkewhyWanted *wanted)
{
    IkewhyStatus status = ikewhy_wanted_parse(text_of(entry->arguments), wanted);
    *wanted = as_preferred(*wanted);
    wanted->stream = stream;
    wanted->flags |= IKEWHY_WANTED_WINDOW;
    return status;
}

static void
show_written(const menu_entry *entry, guint32 stream)
{
    IkewhyWanted wanted = {.size = sizeof wanted};
    IkewhyText text = {NULL, 0};
    IkewhyStatus status = wanted_by(entry, stream, &wanted);

    if (status == IKEWHY_STATUS_OK)
        status = ikewhy_session_write(current_session(), &wanted, &text);
    show_answer(entry->window, status, text);
}

/* Says where the page is, also because it stays there. */
static void
open_page(const menu_entry *entry)
{
    const funnel_ops_t *windows = funnel_get_funnel_ops();
    IkewhyWanted wanted = {.size = sizeof wanted};
    IkewhyText text = {NULL, 0};
    IkewhyStatus status = wanted_by(entry, IKEWHY_ALL_STREAMS, &wanted);

    if (status == IKEWHY_STATUS_OK)
        status = ikewhy_session_write_page(current_session(), &wanted, &text);
    if (status == IKEWHY_STATUS_UNWRITTEN) {
        show_text(entry->window, "The page cannot be written: no folder for downloads or temporary files takes it.");
        return;
    }
    if (status != IKEWHY_STATUS_OK) {
        show_answer(entry->window, status, text);
        return;
    }
    char *path = kept(text), *address = g_filename_to_uri(path, NULL, NULL);
    if (windows && windows->browser_open_url && address)
        windows->browser_open_url(address);
    char *said = g_strdup_printf("The report is in %s\nIf no browser shows it, open this file with one. Only you can read it; it stays "
                                 "there until you delete it.", path);
    show_text(entry->window, said);
    g_free(said);
    g_free(address);
    g_free(path);
}

/* The same window as Statistics > IPsec Negotiations Table. */
static void
open_table(void)
{
    if (process_stat_cmd_arg("ikewhy,table"))
        start_requested_stats();
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

static void
explain_typed(char **typed, void *data)
{
    const menu_entry *entry = (const menu_entry *)data;
    IkewhyText text = {NULL, 0};
    char *name = g_strstrip(g_strdup(typed && typed[0] ? typed[0] : ""));

    if (ikewhy_explain(text_of(name), &text) == IKEWHY_STATUS_OK) {
        show_answer(entry->window, IKEWHY_STATUS_OK, text);
    } else {
        char *unknown = g_strdup_printf("Nothing is known of \"%s\". Leave the field empty for a list of all verdicts.", name);
        show_text(entry->window, unknown);
        g_free(unknown);
    }
    g_free(name);
    g_strfreev(typed);
}

/* Titled as the entry itself. */
static void
ask(menu_entry *entry, funnel_dlg_cb_t answer)
{
    static const char *values[] = {"", NULL};
    const char *names[] = {entry->prompt, NULL}, *title = strrchr(entry->path, '/');
    const funnel_ops_t *windows = funnel_get_funnel_ops();

    if (windows && windows->new_dialog)
        windows->new_dialog(windows->ops_id, title ? title + 1 : entry->path, names, values, answer, entry, NULL);
}

static void
choose(void *data)
{
    menu_entry *entry = (menu_entry *)data;
    /* Only explanations need no capture. */
    if (current_session() == NULL && entry->action != IKEWHY_MENU_ACTION_EXPLAIN) {
        show_text(entry->window, "No capture is open.");
        return;
    }
    switch (entry->action) {
    case IKEWHY_MENU_ACTION_REPORT_SELECTED:
        show_selected(entry);
        break;
    case IKEWHY_MENU_ACTION_CHECK_PSK:
        ask(entry, check_typed);
        break;
    case IKEWHY_MENU_ACTION_TABLE:
        open_table();
        break;
    case IKEWHY_MENU_ACTION_PAGE:
        open_page(entry);
        break;
    case IKEWHY_MENU_ACTION_EXPLAIN:
        ask(entry, explain_typed);
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
