/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ikewhy: why an IPsec negotiation failed, and what to change. Made by `make header`; not to be edited.
 *
 * Conventions, stated once:
 * - Compare ikewhy_abi_version() with IKEWHY_ABI_VERSION before anything else.
 * - A struct whose first member is `size` gets its sizeof() there before every call, whether it goes in or out. Later
 *   versions of this header append members; older and newer programs and libraries work together.
 * - Functions answer with a status. Out parameters are written only when it is IKEWHY_STATUS_OK. A parameter may
 *   be NULL only where its function says so; NULL elsewhere is a status, too. Bad packets are findings, not statuses.
 * - IkewhyText is UTF-8 with a length and without a terminator. Control and formatting characters from the wire
 *   are escaped in it. `const char *` is static and terminated.
 * - What a session hands out is borrowed until the next call with that session that is not const. What goes in is
 *   copied as far as it is kept.
 * - A session belongs to one thread at a time. Sessions are independent of each other.
 * - Nothing is printed, and no function calls back.
 */

#ifndef IKEWHY_H
#define IKEWHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The number of this ABI. It changes when a program compiled against an older header would no longer work.
#define IKEWHY_ABI_VERSION 2

// In `IkewhyPacket.flags`: the host knows that this frame holds ISAKMP, whatever its ports say.
#define IKEWHY_PACKET_KNOWN_IKE 1

// In `IkewhyPacket.flags`: the host dissected this frame as something other than ISAKMP.
#define IKEWHY_PACKET_OTHER_PROTOCOL 2

// In `IkewhyPacket.ip_offset`: not known.
#define IKEWHY_NO_OFFSET 4294967295

// In `IkewhyWanted.stream`: the whole capture.
#define IKEWHY_ALL_STREAMS 4294967295

// In `IkewhyWanted.flags`: with pseudonyms for addresses, identities and SPIs.
#define IKEWHY_WANTED_REDACTED 1

// In `IkewhyWanted.flags`: for a window. No longer than one can show, some MiB, and the end says how much is left out; each paragraph
// of plain text in one line, which the window breaks.
#define IKEWHY_WANTED_WINDOW 2

// What a call may answer. Bad packets are findings; only bad arguments are statuses.
typedef enum IkewhyStatus {
  // Done.
  IKEWHY_STATUS_OK = 0,
  // A pointer that must not be NULL is NULL, or is not aligned.
  IKEWHY_STATUS_BAD_POINTER = 1,
  // A struct states a size smaller than its first version had.
  IKEWHY_STATUS_BAD_SIZE = 2,
  // An index is past the end.
  IKEWHY_STATUS_OUT_OF_RANGE = 3,
  // A number has no meaning here: frame 0, an unknown pass.
  IKEWHY_STATUS_BAD_VALUE = 4,
  // Text is not UTF-8.
  IKEWHY_STATUS_BAD_TEXT = 5,
  // A fault inside ikewhy, now or at an earlier call. The session takes and gives nothing more;
  // `ikewhy_session_fault` tells what happened.
  IKEWHY_STATUS_BROKEN = 6,
  // A file cannot be written.
  IKEWHY_STATUS_UNWRITTEN = 7,
} IkewhyStatus;

// Type of a field.
typedef enum IkewhyFieldType {
  // The protocol itself: the root of the subtree.
  IKEWHY_FIELD_TYPE_PROTOCOL = 0,
  // No value: a subtree whose text is the item's label.
  IKEWHY_FIELD_TYPE_GROUP = 1,
  // A number: `IkewhyItem.number`.
  IKEWHY_FIELD_TYPE_NUMBER = 2,
  // Text: `IkewhyItem.text`.
  IKEWHY_FIELD_TYPE_TEXT = 3,
  // The number of a frame, drawn as a link: `IkewhyItem.number`.
  IKEWHY_FIELD_TYPE_FRAME = 4,
  // Nanoseconds: `IkewhyItem.duration`.
  IKEWHY_FIELD_TYPE_DURATION = 5,
  // Floating point: `IkewhyItem.real`.
  IKEWHY_FIELD_TYPE_REAL = 6,
} IkewhyFieldType;

// What a link to a frame means.
typedef enum IkewhyLink {
  // Just a link.
  IKEWHY_LINK_NONE = 0,
  // To the request.
  IKEWHY_LINK_REQUEST = 1,
  // To the response.
  IKEWHY_LINK_RESPONSE = 2,
  // To the first copy of a retransmission.
  IKEWHY_LINK_RETRANSMISSION = 3,
} IkewhyLink;

// How loud a finding is.
typedef enum IkewhySeverity {
  // All is well.
  IKEWHY_SEVERITY_CHAT = 0,
  // Worth knowing.
  IKEWHY_SEVERITY_NOTE = 1,
  // A negotiation failed.
  IKEWHY_SEVERITY_WARNING = 2,
  // A malformed packet.
  IKEWHY_SEVERITY_ERROR = 3,
} IkewhySeverity;

// How an item is drawn.
typedef enum IkewhyLook {
  // In the brackets that mark what a program adds to a packet.
  IKEWHY_LOOK_ADDED = 0,
  // Without them: running text, or a further line of it.
  IKEWHY_LOOK_RUNNING = 1,
  // Not at all: it repeats what stands above it, and is there for filters and exports.
  IKEWHY_LOOK_HIDDEN = 2,
} IkewhyLook;

// When a frame is drawn.
typedef enum IkewhyPass {
  // While the capture is read for the first time: only what is decided by now, and stays so, is said.
  IKEWHY_PASS_FIRST = 0,
  // Again, with all that is known.
  IKEWHY_PASS_AGAIN = 1,
} IkewhyPass;

// What a host makes of a frame and earlier ones; in quotes, what Wireshark calls such a data source.
typedef enum IkewhyDerivedKind {
  // The plaintext of an IKEv1 message: "Decrypted IKE".
  IKEWHY_DERIVED_KIND_DECRYPTED_V1 = 1,
  // The plaintext of an IKEv2 message, of one of its fragments, or of ESP: "Decrypted Data".
  IKEWHY_DERIVED_KIND_DECRYPTED = 2,
  // An IKEv1 message, from its fragments: "Reassembled ISAKMP".
  IKEWHY_DERIVED_KIND_REASSEMBLED_V1 = 3,
  // The plaintext of an IKEv2 message, from that of its fragments: "Reassembled IKE2 ISAKMP".
  IKEWHY_DERIVED_KIND_REASSEMBLED_V2 = 4,
  // What an IP datagram carries, from its fragments: "Reassembled IPv4", "Reassembled IPv6".
  IKEWHY_DERIVED_KIND_REASSEMBLED_IP = 5,
} IkewhyDerivedKind;

// Form of a report.
typedef enum IkewhyForm {
  // Plain text.
  IKEWHY_FORM_TEXT = 0,
  // Markdown.
  IKEWHY_FORM_MARKDOWN = 1,
  // One HTML page that needs nothing else.
  IKEWHY_FORM_HTML = 2,
  // The document for scripts.
  IKEWHY_FORM_JSON = 3,
} IkewhyForm;

// Type of an item's value.
typedef enum IkewhyValue {
  // None: a subtree.
  IKEWHY_VALUE_NONE = 0,
  // `number`.
  IKEWHY_VALUE_NUMBER = 1,
  // `text`.
  IKEWHY_VALUE_TEXT = 2,
  // `real`.
  IKEWHY_VALUE_REAL = 3,
  // `duration`.
  IKEWHY_VALUE_DURATION = 4,
} IkewhyValue;

// Type of a preference.
typedef enum IkewhyPreferenceType {
  // On or off.
  IKEWHY_PREFERENCE_TYPE_SWITCH = 0,
  // Text, empty unless the user gives some.
  IKEWHY_PREFERENCE_TYPE_TEXT = 1,
} IkewhyPreferenceType;

// The preferences, in the order in which they are shown: indices for `ikewhy_preference`.
typedef enum IkewhyPreferenceIndex {
  // Whether packets are looked at.
  IKEWHY_PREFERENCE_INDEX_ENABLED = 0,
  // What goes to `ikewhy_session_peer_files`.
  IKEWHY_PREFERENCE_INDEX_PEER_FILES = 1,
  // Whether `ikewhy_session_info` is shown.
  IKEWHY_PREFERENCE_INDEX_INFO_COLUMN = 2,
  // Whether all reports are redacted.
  IKEWHY_PREFERENCE_INDEX_REDACT = 3,
} IkewhyPreferenceIndex;

// What an entry of the host's menu does.
typedef enum IkewhyMenuAction {
  // Shows what `arguments` ask of `ikewhy_wanted_parse`, on the whole capture.
  IKEWHY_MENU_ACTION_REPORT = 0,
  // The same on the negotiation of the selected packet alone.
  IKEWHY_MENU_ACTION_REPORT_SELECTED = 1,
  // Asks for a candidate and gives it to `ikewhy_session_check_psk`.
  IKEWHY_MENU_ACTION_CHECK_PSK = 2,
  // Shows the table of negotiations.
  IKEWHY_MENU_ACTION_TABLE = 3,
  // Writes what `arguments` ask for to a file (`ikewhy_session_write_page`), and opens it in a browser.
  IKEWHY_MENU_ACTION_PAGE = 4,
  // Asks for the name of a diagnosis and shows what `ikewhy_explain` says.
  IKEWHY_MENU_ACTION_EXPLAIN = 5,
} IkewhyMenuAction;

// What stands in a column of the table of negotiations.
typedef enum IkewhyColumnType {
  // A number: `IkewhyCell.number`.
  IKEWHY_COLUMN_TYPE_NUMBER = 0,
  // Text: `IkewhyCell.text`.
  IKEWHY_COLUMN_TYPE_TEXT = 1,
  // Seconds: `IkewhyCell.real`.
  IKEWHY_COLUMN_TYPE_SECONDS = 2,
} IkewhyColumnType;

// A capture session. Used by one thread at a time.
typedef struct IkewhySession IkewhySession;

// Text: UTF-8, not terminated. Its layout is fixed for ever.
typedef struct IkewhyText {
  // First byte; NULL for no text.
  const char *data;
  // Number of bytes.
  size_t length;
} IkewhyText;

// A field: something an item can be.
typedef struct IkewhyField {
  // sizeof(IkewhyField), set by the caller.
  size_t size;
  // Type, an `IkewhyFieldType`.
  uint32_t kind;
  // Meaning of a frame's link, an `IkewhyLink`.
  uint32_t link;
  // Filter name. Static, like the texts that follow.
  struct IkewhyText abbrev;
  // Name in the tree.
  struct IkewhyText name;
  // One sentence.
  struct IkewhyText description;
} IkewhyField;

// A preference: something the user can choose.
typedef struct IkewhyPreference {
  // sizeof(IkewhyPreference), set by the caller.
  size_t size;
  // Type, an `IkewhyPreferenceType`.
  uint32_t kind;
  // Of a switch: whether it is on (1) or off (0) unless the user says otherwise.
  uint32_t on;
  // Name, as it stands after `ikewhy.` Static, like the texts that follow.
  struct IkewhyText name;
  // Title.
  struct IkewhyText title;
  // A sentence or two.
  struct IkewhyText description;
} IkewhyPreference;

// An entry of the host's menu: something that opens a window.
typedef struct IkewhyMenuEntry {
  // sizeof(IkewhyMenuEntry), set by the caller.
  size_t size;
  // What it does, an `IkewhyMenuAction`.
  uint32_t action;
  // Menu and title, with a slash between. Static, like the texts that follow.
  struct IkewhyText path;
  // Title of the window.
  struct IkewhyText window;
  // What a report is asked by.
  struct IkewhyText arguments;
  // What the user is asked for.
  struct IkewhyText prompt;
} IkewhyMenuEntry;

// A rule: something an item can raise.
typedef struct IkewhyRule {
  // sizeof(IkewhyRule), set by the caller.
  size_t size;
  // How loud, an `IkewhySeverity`.
  uint32_t severity;
  // Id, with hyphens. Static, like the texts that follow.
  struct IkewhyText id;
  // Where a negotiation stands or failed.
  struct IkewhyText stage;
  // Title: the same for all occurrences.
  struct IkewhyText title;
} IkewhyRule;

// A column of the table of negotiations.
typedef struct IkewhyColumn {
  // sizeof(IkewhyColumn), set by the caller.
  size_t size;
  // What stands in it, an `IkewhyColumnType`.
  uint32_t kind;
  // Heading. Static.
  struct IkewhyText title;
} IkewhyColumn;

// Bounds of a session. Zero means the default.
typedef struct IkewhyOptions {
  // sizeof(IkewhyOptions), set by the caller.
  size_t size;
  // The most negotiations that are told apart.
  uint32_t max_negotiations;
  // Zero, for now: what goes in ends without padding, so that later members find zero there.
  uint32_t flags;
} IkewhyOptions;

// Bytes the host made from this frame and earlier ones: reassembled or decrypted. Its layout is fixed as long as the ABI has its number.
typedef struct IkewhyDerived {
  // What they are, an `IkewhyDerivedKind`; others are left out.
  uint32_t kind;
  // Zero, for now: what goes in ends without padding.
  uint32_t reserved;
  // First byte.
  const uint8_t *data;
  // Number of bytes.
  size_t length;
} IkewhyDerived;

// One captured frame.
typedef struct IkewhyPacket {
  // sizeof(IkewhyPacket), set by the caller.
  size_t size;
  // Frame number in the capture, from 1.
  uint32_t frame;
  // Number of the capture interface.
  uint32_t interface_id;
  // Capture time, nanoseconds since 1970.
  int64_t time;
  // LINKTYPE_ value (www.tcpdump.org/linktypes.html); -1 if unknown.
  int32_t link_type;
  // `IKEWHY_PACKET_` values.
  uint32_t flags;
  // Captured bytes of the frame.
  const uint8_t *data;
  // Their number.
  size_t length;
  // Length of the frame on the wire.
  uint32_t original_length;
  // Where in `data` the host found the innermost IP header, or `IKEWHY_NO_OFFSET`.
  uint32_t ip_offset;
  // Further bytes the host made.
  const struct IkewhyDerived *derived;
  // Their number.
  size_t derived_count;
} IkewhyPacket;

// One item of a frame's tree.
typedef struct IkewhyItem {
  // sizeof(IkewhyItem), set by the caller.
  size_t size;
  // 0 is the root; an item of depth n+1 stands below the last item of depth n.
  uint32_t depth;
  // Index of its field.
  uint32_t field;
  // Which of the values that follow it has, an `IkewhyValue`.
  uint32_t value;
  // A number, or the number of a frame.
  uint32_t number;
  // A floating point number.
  double real;
  // Nanoseconds.
  int64_t duration;
  // Text.
  struct IkewhyText text;
  // Text to show instead of the field's name and value; NULL if none.
  struct IkewhyText label;
  // First byte of the frame to highlight.
  uint32_t span_offset;
  // Number of bytes to highlight; 0 for none.
  uint32_t span_length;
  // Index of the rule to raise here, or -1.
  int32_t expert;
  // How it is drawn, an `IkewhyLook`.
  uint32_t look;
} IkewhyItem;

// Where a frame stands.
typedef struct IkewhyFrame {
  // sizeof(IkewhyFrame), set by the caller.
  size_t size;
  // Index of its negotiation.
  uint32_t stream;
  // 1 if `response_time` is known.
  uint32_t answers;
  // Nanoseconds between the request and this answer, at its first copy.
  int64_t response_time;
  // Its step in the negotiation.
  struct IkewhyText step;
} IkewhyFrame;

// What stands in a row of the table of negotiations at one of its columns.
typedef struct IkewhyCell {
  // sizeof(IkewhyCell), set by the caller.
  size_t size;
  // A number, where the column's type says so.
  uint32_t number;
  // Seconds, where it says so.
  double real;
  // Text, where it says so.
  struct IkewhyText text;
} IkewhyCell;

// A packet in a flow graph.
typedef struct IkewhyArrow {
  // sizeof(IkewhyArrow), set by the caller.
  size_t size;
  // Index of its negotiation.
  uint32_t stream;
  // What stands above the arrow. Borrowed, as what follows.
  struct IkewhyText label;
  // What stands beside it.
  struct IkewhyText comment;
} IkewhyArrow;

// What of a report is wanted, and how.
typedef struct IkewhyWanted {
  // sizeof(IkewhyWanted), set by the caller.
  size_t size;
  // An `IkewhyForm`.
  uint32_t form;
  // Index of a negotiation, or `IKEWHY_ALL_STREAMS`.
  uint32_t stream;
  // `IKEWHY_WANTED_` values.
  uint32_t flags;
  // Zero, for now: what goes in ends without padding.
  uint32_t reserved;
} IkewhyWanted;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// A status in words. Static and NUL-terminated; never NULL.
const char *ikewhy_status_text(uint32_t status);

// The ABI number the library was built with: compare it with `IKEWHY_ABI_VERSION` first.
uint32_t ikewhy_abi_version(void);

// How many fields there are.
size_t ikewhy_field_count(void);

// Describes a field.
enum IkewhyStatus ikewhy_field(size_t index, struct IkewhyField *out);

// How many preferences there are.
size_t ikewhy_preference_count(void);

// Describes a preference.
enum IkewhyStatus ikewhy_preference(size_t index, struct IkewhyPreference *out);

// How many entries the menu has.
size_t ikewhy_menu_count(void);

// Describes an entry of the menu.
enum IkewhyStatus ikewhy_menu_entry(size_t index, struct IkewhyMenuEntry *out);

// Explains a diagnosis by its id, for people, or what a number that Windows shows or a notification may come to; without any, lists
// all diagnoses. `IKEWHY_STATUS_OUT_OF_RANGE` for what nobody knows. Static.
enum IkewhyStatus ikewhy_explain(struct IkewhyText id,
                                 struct IkewhyText *out);

// How many rules there are.
size_t ikewhy_rule_count(void);

// Describes a rule.
enum IkewhyStatus ikewhy_rule(size_t index, struct IkewhyRule *out);

// How many columns the table of negotiations has.
size_t ikewhy_column_count(void);

// Describes a column.
enum IkewhyStatus ikewhy_column(size_t index, struct IkewhyColumn *out);

// How many tables the statistics have.
size_t ikewhy_table_count(void);

// The title of a table. Static.
enum IkewhyStatus ikewhy_table(size_t index, struct IkewhyText *out);

// Opens a session. `options` may be NULL.
enum IkewhyStatus ikewhy_session_new(const struct IkewhyOptions *options, struct IkewhySession **out);

// Closes a session. NULL is left alone.
void ikewhy_session_free(struct IkewhySession *session);

// Reads the peers' configurations and logs, before the packets: files or folders separated by `;`, each after `ADDRESS=`
// where the user says whose it is. A file that cannot be read is noted in the tree; only bad arguments fail.
enum IkewhyStatus ikewhy_session_peer_files(struct IkewhySession *session,
                                            struct IkewhyText files);

// Takes a packet; what it keeps, it copies. A frame number that was taken before changes nothing.
// `ours` (may be NULL) becomes true if the packet belongs to a negotiation, and so has something to draw.
enum IkewhyStatus ikewhy_session_push(struct IkewhySession *session,
                                      const struct IkewhyPacket *packet,
                                      bool *ours);

// Notes that a frame was captured at this time (nanoseconds since 1970) that is not handed over, for it is nobody's. Silence is
// measured to the newest frame of the whole capture, so a host that leaves frames out tells the time of the newest one before it
// asks for anything.
enum IkewhyStatus ikewhy_session_clock(struct IkewhySession *session,
                                       int64_t time);

// Makes the tree of a frame ready to be read by `ikewhy_session_item`; it is empty if the frame is not ours.
enum IkewhyStatus ikewhy_session_view(struct IkewhySession *session,
                                      uint32_t frame,
                                      uint32_t pass,
                                      size_t *count);

// The same for a host that shows no tree now: only what raises an expert entry, without texts. Much cheaper.
enum IkewhyStatus ikewhy_session_view_expert_items(struct IkewhySession *session,
                                                   uint32_t frame,
                                                   uint32_t pass,
                                                   size_t *count);

// Reads an item of the tree that `ikewhy_session_view` made ready. Its texts are borrowed.
enum IkewhyStatus ikewhy_session_item(const struct IkewhySession *session,
                                      size_t index,
                                      struct IkewhyItem *out);

// A few words for the packet list at a deciding frame; no text at others.
enum IkewhyStatus ikewhy_session_info(struct IkewhySession *session,
                                      uint32_t frame,
                                      uint32_t pass,
                                      struct IkewhyText *out);

// Says where a frame stands; `IKEWHY_STATUS_OUT_OF_RANGE` if it belongs to no negotiation. Cheap: nothing is judged.
enum IkewhyStatus ikewhy_session_frame(struct IkewhySession *session,
                                       uint32_t frame,
                                       struct IkewhyFrame *out);

// Makes the rows ready in which a negotiation counts in the statistics, once each, as if the capture ended here.
enum IkewhyStatus ikewhy_session_counts(struct IkewhySession *session,
                                        uint32_t stream,
                                        size_t *count);

// Reads a row that `ikewhy_session_counts` made ready: the index of its table, and its name, borrowed.
enum IkewhyStatus ikewhy_session_count(const struct IkewhySession *session,
                                       size_t index,
                                       uint32_t *table,
                                       struct IkewhyText *row);

// Makes a negotiation's row in the table ready, as if the capture ended here; `IKEWHY_STATUS_OUT_OF_RANGE` if there is no such one.
enum IkewhyStatus ikewhy_session_row(struct IkewhySession *session,
                                     uint32_t stream);

// Reads a cell of the row that `ikewhy_session_row` made ready, by its column. Its text is borrowed.
enum IkewhyStatus ikewhy_session_cell(const struct IkewhySession *session,
                                      size_t column,
                                      struct IkewhyCell *out);

// The whole table as text, for a host whose windows show nothing else.
enum IkewhyStatus ikewhy_session_table(struct IkewhySession *session, struct IkewhyText *out);

// The arrow of a frame in a flow graph; `IKEWHY_STATUS_OUT_OF_RANGE` if it has none: it is not ours, or only repeats what an earlier
// one says.
enum IkewhyStatus ikewhy_session_arrow(struct IkewhySession *session,
                                       uint32_t frame,
                                       uint32_t pass,
                                       struct IkewhyArrow *out);

// The report for people on all packets taken so far, as if the capture ended here.
enum IkewhyStatus ikewhy_session_report(struct IkewhySession *session, struct IkewhyText *out);

// The same for scripts: one JSON document.
enum IkewhyStatus ikewhy_session_json(struct IkewhySession *session, struct IkewhyText *out);

// Reads the arguments of a statistic, `report,html,stream=3,redact`; `IKEWHY_STATUS_BAD_VALUE` if some of it is not understood, see
// `ikewhy_wanted_usage`.
enum IkewhyStatus ikewhy_wanted_parse(struct IkewhyText arguments,
                                      struct IkewhyWanted *out);

// What `ikewhy_wanted_parse` understands, for people. Static.
struct IkewhyText ikewhy_wanted_usage(void);

// The report that is wanted on all packets taken so far, as if the capture ended here.
enum IkewhyStatus ikewhy_session_write(struct IkewhySession *session,
                                       const struct IkewhyWanted *wanted,
                                       struct IkewhyText *out);

// Begins the same report, to be read in pieces by `ikewhy_session_write_next`, of which one at a time is in memory. A report that
// was begun before is given up.
enum IkewhyStatus ikewhy_session_write_begin(struct IkewhySession *session,
                                             const struct IkewhyWanted *wanted);

// The next piece of the report that was begun; no text after the last one, nor if none was begun. Take no packets between
// pieces: it is as of the moment it was begun.
enum IkewhyStatus ikewhy_session_write_next(struct IkewhySession *session,
                                            struct IkewhyText *out);

// Writes the report that is wanted to a new file that only this user may read, where a browser may read it, too: in the folder of
// downloads if there is one. `out` becomes the file's path. `IKEWHY_STATUS_UNWRITTEN` if that is not possible.
enum IkewhyStatus ikewhy_session_write_page(struct IkewhySession *session,
                                            const struct IkewhyWanted *wanted,
                                            struct IkewhyText *out);

// Tries a candidate for the pre-shared key, as bytes, on each negotiation in Aggressive Mode; the answer is a line of text for each. The
// candidate is neither kept nor said; wiping it is the caller's part.
enum IkewhyStatus ikewhy_session_check_psk(struct IkewhySession *session,
                                           struct IkewhyText candidate,
                                           struct IkewhyText *out);

// What broke the session; no text if it is whole.
enum IkewhyStatus ikewhy_session_fault(const struct IkewhySession *session, struct IkewhyText *out);

// Analyses a whole conversation, or a whole file: a new session that has taken `count` packets, each as large as
// the first states. `options` may be NULL. After any other answer than `IKEWHY_STATUS_OK` there is no session.
enum IkewhyStatus ikewhy_analyze(const struct IkewhyPacket *packets,
                                 size_t count,
                                 const struct IkewhyOptions *options,
                                 struct IkewhySession **out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IKEWHY_H */
