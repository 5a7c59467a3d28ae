//! The registries of fields, rules, preferences, menus and columns, from which a host makes its own registrations.

use crate::abi::{IkewhyText, Versioned, call, copy_out, put, text_in};
use crate::status::IkewhyStatus;
use ikewhy::report::field::{FIELDS, FieldType, FrameLink};
use ikewhy::report::overview::{COLUMNS, ColumnType};
use ikewhy::report::tally::Table;
use ikewhy::report::{explain, held};
use ikewhy::rules::{RULES, Rule, Severity};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The number of this ABI. It changes when a program compiled against an older header would no longer work.
pub const IKEWHY_ABI_VERSION: u32 = 2;

/// The ABI number the library was built with: compare it with `IKEWHY_ABI_VERSION` first.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_abi_version() -> u32 {
    IKEWHY_ABI_VERSION
}

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyFieldType {
    /// The protocol itself: the root of the subtree.
    Protocol = 0,
    /// No value: a subtree whose text is the item's label.
    Group = 1,
    /// A number: `IkewhyItem.number`.
    Number = 2,
    /// Text: `IkewhyItem.text`.
    Text = 3,
    /// The number of a frame, drawn as a link: `IkewhyItem.number`.
    Frame = 4,
    /// Nanoseconds: `IkewhyItem.duration`.
    Duration = 5,
    /// Floating point: `IkewhyItem.real`.
    Real = 6,
}

/// What a link to a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyLink {
    /// Just a link.
    None = 0,
    /// To the request.
    Request = 1,
    /// To the response.
    Response = 2,
    /// To the first copy of a retransmission.
    Retransmission = 3,
}

/// A field: something an item can be.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyField {
    /// sizeof(IkewhyField), set by the caller.
    pub size: usize,
    /// Type, an `IkewhyFieldType`.
    pub kind: u32,
    /// Meaning of a frame's link, an `IkewhyLink`.
    pub link: u32,
    /// Filter name. Static, like the texts that follow.
    pub abbrev: IkewhyText,
    /// Name in the tree.
    pub name: IkewhyText,
    /// One sentence.
    pub description: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyField {
    const FIRST: usize = size_of::<Self>();
}

/// How loud a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhySeverity {
    /// All is well.
    Chat = 0,
    /// Worth knowing.
    Note = 1,
    /// A negotiation failed.
    Warning = 2,
    /// A malformed packet.
    Error = 3,
}

/// A rule: something an item can raise.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyRule {
    /// sizeof(IkewhyRule), set by the caller.
    pub size: usize,
    /// How loud, an `IkewhySeverity`.
    pub severity: u32,
    /// Id, with hyphens. Static, like the texts that follow.
    pub id: IkewhyText,
    /// Where a negotiation stands or failed.
    pub stage: IkewhyText,
    /// Title: the same for all occurrences.
    pub title: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyRule {
    const FIRST: usize = size_of::<Self>();
}

/// How many fields there are.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_field_count() -> usize {
    FIELDS.len()
}

/// Describes a field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_field(index: usize, out: *mut IkewhyField) -> IkewhyStatus {
    call!({
        let field = FIELDS.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let (kind, link) = match field.kind {
            FieldType::Protocol => (IkewhyFieldType::Protocol, FrameLink::None),
            FieldType::Group => (IkewhyFieldType::Group, FrameLink::None),
            FieldType::Uint => (IkewhyFieldType::Number, FrameLink::None),
            FieldType::Text => (IkewhyFieldType::Text, FrameLink::None),
            FieldType::Frame(link) => (IkewhyFieldType::Frame, link),
            FieldType::Duration => (IkewhyFieldType::Duration, FrameLink::None),
            FieldType::Double => (IkewhyFieldType::Real, FrameLink::None),
        };
        let link = match link {
            FrameLink::None => IkewhyLink::None,
            FrameLink::Request => IkewhyLink::Request,
            FrameLink::Response => IkewhyLink::Response,
            FrameLink::Retransmission => IkewhyLink::Retransmission,
        };
        let answer = IkewhyField {
            size: size_of::<IkewhyField>(),
            kind: kind as u32,
            link: link as u32,
            abbrev: IkewhyText::new(field.abbrev),
            name: IkewhyText::new(field.name),
            description: IkewhyText::new(field.description),
        };
        copy_out(&answer, out)
    })
}

/// Type of a preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyPreferenceType {
    /// On or off.
    Switch = 0,
    /// Text, empty unless the user gives some.
    Text = 1,
}

/// The preferences, in the order in which they are shown: indices for `ikewhy_preference`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyPreferenceIndex {
    /// Whether packets are looked at.
    Enabled = 0,
    /// What goes to `ikewhy_session_peer_files`.
    PeerFiles = 1,
    /// Whether `ikewhy_session_info` is shown.
    InfoColumn = 2,
    /// Whether all reports are redacted.
    Redact = 3,
}

/// A preference: something the user can choose.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyPreference {
    /// sizeof(IkewhyPreference), set by the caller.
    pub size: usize,
    /// Type, an `IkewhyPreferenceType`.
    pub kind: u32,
    /// Of a switch: whether it is on (1) or off (0) unless the user says otherwise.
    pub on: u32,
    /// Name, as it stands after `ikewhy.` Static, like the texts that follow.
    pub name: IkewhyText,
    /// Title.
    pub title: IkewhyText,
    /// A sentence or two.
    pub description: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyPreference {
    const FIRST: usize = size_of::<Self>();
}

struct Preference {
    index: IkewhyPreferenceIndex,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Of a switch: whether it is on.
    switch: Option<bool>,
}

const PREFERENCES: [Preference; 4] = [
    Preference {
        index: IkewhyPreferenceIndex::Enabled,
        name: "enabled",
        title: "Explain IPsec negotiations",
        description: "Follow IKE, ESP and L2TP packets and say what became of each negotiation, and why.",
        switch: Some(true),
    },
    Preference {
        index: IkewhyPreferenceIndex::PeerFiles,
        name: "peer_files",
        title: "Configurations and logs of the peers",
        description: "Files or folders of the peers' configurations and logs, separated by ';', to be compared with what the \
                      capture shows. ADDRESS=FILE says whose a file is.",
        switch: None,
    },
    Preference {
        index: IkewhyPreferenceIndex::InfoColumn,
        name: "info_column",
        title: "Show the verdict in the Info column",
        description: "Append a few words to the Info column of the packet that decides a negotiation.",
        switch: Some(true),
    },
    Preference {
        index: IkewhyPreferenceIndex::Redact,
        name: "redact",
        title: "Redact reports",
        description: "Replace addresses, identities and SPIs in reports by consistent pseudonyms.",
        switch: Some(false),
    },
];

/// Each stands where its index says.
const _: () = {
    let (mut left, mut at): (&[Preference], usize) = (&PREFERENCES, 0);
    while let [first, rest @ ..] = left {
        assert!(first.index as usize == at);
        (left, at) = (rest, at + 1);
    }
};

/// How many preferences there are.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_preference_count() -> usize {
    PREFERENCES.len()
}

/// Describes a preference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_preference(index: usize, out: *mut IkewhyPreference) -> IkewhyStatus {
    call!({
        let preference = PREFERENCES.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let kind = match preference.switch {
            Some(_) => IkewhyPreferenceType::Switch,
            None => IkewhyPreferenceType::Text,
        };
        let answer = IkewhyPreference {
            size: size_of::<IkewhyPreference>(),
            kind: kind as u32,
            on: u32::from(preference.switch == Some(true)),
            name: IkewhyText::new(preference.name),
            title: IkewhyText::new(preference.title),
            description: IkewhyText::new(preference.description),
        };
        copy_out(&answer, out)
    })
}

/// What an entry of the host's menu does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyMenuAction {
    /// Shows what `arguments` ask of `ikewhy_wanted_parse`, on the whole capture.
    Report = 0,
    /// The same on the negotiation of the selected packet alone.
    ReportSelected = 1,
    /// Asks for a candidate and gives it to `ikewhy_session_check_psk`.
    CheckPsk = 2,
    /// Shows the table of negotiations.
    Table = 3,
    /// Writes what `arguments` ask for to a file (`ikewhy_session_write_page`), and opens it in a browser.
    Page = 4,
    /// Asks for the name of a diagnosis and shows what `ikewhy_explain` says.
    Explain = 5,
}

/// An entry of the host's menu: something that opens a window.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyMenuEntry {
    /// sizeof(IkewhyMenuEntry), set by the caller.
    pub size: usize,
    /// What it does, an `IkewhyMenuAction`.
    pub action: u32,
    /// Menu and title, with a slash between. Static, like the texts that follow.
    pub path: IkewhyText,
    /// Title of the window.
    pub window: IkewhyText,
    /// What a report is asked by.
    pub arguments: IkewhyText,
    /// What the user is asked for.
    pub prompt: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyMenuEntry {
    const FIRST: usize = size_of::<Self>();
}

struct MenuEntry {
    action: IkewhyMenuAction,
    path: &'static str,
    window: &'static str,
    arguments: &'static str,
    prompt: &'static str,
}

/// Ordered by use. Wireshark sorts entries by their names, in which a space without width comes after every letter and is not seen.
const MENU: [MenuEntry; 8] = [
    MenuEntry {
        action: IkewhyMenuAction::Report,
        path: "IPsec Negotiations/Report",
        window: "IPsec Negotiations: Report",
        arguments: "report",
        prompt: "",
    },
    MenuEntry {
        action: IkewhyMenuAction::Table,
        path: "IPsec Negotiations/\u{200B}Table of Negotiations",
        window: "IPsec Negotiations: Table",
        arguments: "",
        prompt: "",
    },
    MenuEntry {
        action: IkewhyMenuAction::ReportSelected,
        path: "IPsec Negotiations/\u{200B}\u{200B}Report on This Negotiation",
        window: "IPsec Negotiations: Report on This Negotiation",
        arguments: "report",
        prompt: "",
    },
    MenuEntry {
        action: IkewhyMenuAction::Page,
        path: "IPsec Negotiations/\u{200B}\u{200B}\u{200B}Report in the Browser (HTML)",
        window: "IPsec Negotiations: HTML",
        arguments: "report,html",
        prompt: "",
    },
    MenuEntry {
        action: IkewhyMenuAction::Report,
        path: "IPsec Negotiations/\u{200B}\u{200B}\u{200B}\u{200B}Report to Share (Markdown, Redacted)",
        window: "IPsec Negotiations: Report to Share",
        arguments: "report,markdown,redact",
        prompt: "",
    },
    MenuEntry {
        action: IkewhyMenuAction::Explain,
        path: "IPsec Negotiations/\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}Explain a Verdict or an Error Number",
        window: "IPsec Negotiations: Explanation",
        arguments: "",
        prompt: "Verdict, Windows error or notification",
    },
    MenuEntry {
        action: IkewhyMenuAction::CheckPsk,
        path: "IPsec Negotiations/\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}Check a Pre-Shared Key (Aggressive Mode)",
        window: "IPsec Negotiations: Pre-Shared Key",
        arguments: "",
        prompt: "Pre-shared key (shown as you type, not kept)",
    },
    MenuEntry {
        action: IkewhyMenuAction::Report,
        path: "IPsec Negotiations/\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}JSON Document",
        window: "IPsec Negotiations: JSON",
        arguments: "json",
        prompt: "",
    },
];

/// How many entries the menu has.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_menu_count() -> usize {
    MENU.len()
}

/// Describes an entry of the menu.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_menu_entry(index: usize, out: *mut IkewhyMenuEntry) -> IkewhyStatus {
    call!({
        let entry = MENU.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let answer = IkewhyMenuEntry {
            size: size_of::<IkewhyMenuEntry>(),
            action: entry.action as u32,
            path: IkewhyText::new(entry.path),
            window: IkewhyText::new(entry.window),
            arguments: IkewhyText::new(entry.arguments),
            prompt: IkewhyText::new(entry.prompt),
        };
        copy_out(&answer, out)
    })
}

/// Explains a diagnosis by its id, for people, or what a number that Windows shows or a notification may come to; without any, lists
/// all diagnoses. `IKEWHY_STATUS_OUT_OF_RANGE` for what nobody knows. Static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_explain(id: IkewhyText, out: *mut IkewhyText) -> IkewhyStatus {
    static ALL: LazyLock<String> = LazyLock::new(explain::all);
    static EACH: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let of = |rule: &&Rule| Some((rule.id.name().to_owned(), explain::one(rule.id.name())?));
        let others = held::all().filter_map(|what| Some((what.clone(), held::explained(&what)?)));
        RULES.iter().filter_map(of).chain(others).collect()
    });
    call!({
        let id = text_in(id)?;
        let text = if id.is_empty() { Some(&*ALL) } else { EACH.get(id) };
        let text = text.ok_or(IkewhyStatus::OutOfRange)?;
        put(IkewhyText::new(text), out)
    })
}

/// How many rules there are.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_rule_count() -> usize {
    RULES.len()
}

/// Describes a rule.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_rule(index: usize, out: *mut IkewhyRule) -> IkewhyStatus {
    call!({
        let rule = RULES.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let severity = match rule.severity {
            Severity::Chat => IkewhySeverity::Chat,
            Severity::Note => IkewhySeverity::Note,
            Severity::Warning => IkewhySeverity::Warning,
            Severity::Error => IkewhySeverity::Error,
        };
        let answer = IkewhyRule {
            size: size_of::<IkewhyRule>(),
            severity: severity as u32,
            id: IkewhyText::new(rule.id.name()),
            stage: IkewhyText::new(rule.stage.name()),
            title: IkewhyText::new(rule.title),
        };
        copy_out(&answer, out)
    })
}

/// What stands in a column of the table of negotiations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyColumnType {
    /// A number: `IkewhyCell.number`.
    Number = 0,
    /// Text: `IkewhyCell.text`.
    Text = 1,
    /// Seconds: `IkewhyCell.real`.
    Seconds = 2,
}

/// A column of the table of negotiations.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyColumn {
    /// sizeof(IkewhyColumn), set by the caller.
    pub size: usize,
    /// What stands in it, an `IkewhyColumnType`.
    pub kind: u32,
    /// Heading. Static.
    pub title: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyColumn {
    const FIRST: usize = size_of::<Self>();
}

/// How many columns the table of negotiations has.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_column_count() -> usize {
    COLUMNS.len()
}

/// Describes a column.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_column(index: usize, out: *mut IkewhyColumn) -> IkewhyStatus {
    call!({
        let column = COLUMNS.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let kind = match column.kind {
            ColumnType::Number => IkewhyColumnType::Number,
            ColumnType::Text => IkewhyColumnType::Text,
            ColumnType::Seconds => IkewhyColumnType::Seconds,
        };
        let answer = IkewhyColumn {
            size: size_of::<IkewhyColumn>(),
            kind: kind as u32,
            title: IkewhyText::new(column.title),
        };
        copy_out(&answer, out)
    })
}

/// How many tables the statistics have.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_table_count() -> usize {
    Table::ALL.len()
}

/// The title of a table. Static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_table(index: usize, out: *mut IkewhyText) -> IkewhyStatus {
    call!({
        let table = Table::ALL.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        put(IkewhyText::new(table.title()), out)
    })
}
