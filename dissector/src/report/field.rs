//! The registry of fields: names of the contract, from which every host (Wireshark's fields, Lua's, JSON, the
//! reference pages) is made. Fields may be added, never renamed or reused.

/// Type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// The protocol itself: the subtree's root.
    Protocol,
    /// No value of its own: a subtree, its text is the item's label.
    Group,
    /// Unsigned 32-bit number.
    Uint,
    /// Text.
    Text,
    /// Number of a frame, drawn as a link.
    Frame(FrameLink),
    /// Seconds, relative.
    Duration,
    /// Floating point.
    Double,
}

/// What a link to a frame means; Wireshark draws an arrow for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameLink {
    /// Just a link.
    None,
    /// To the request.
    Request,
    /// To the response.
    Response,
    /// To the first copy of a retransmission.
    Retransmission,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Filter name.
    pub abbrev: &'static str,
    /// Name in the tree.
    pub name: &'static str,
    /// Type.
    pub kind: FieldType,
    /// One sentence for the status bar and the reference.
    pub description: &'static str,
}

macro_rules! fields {
    ($($variant:ident, $abbrev:literal, $name:literal, $kind:expr, $description:literal;)*) => {
        /// Index of a field in [`FIELDS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum FieldId { $(#[doc = $description] $variant),* }

        /// All fields, in the order of [`FieldId`].
        pub static FIELDS: &[Field] =
            &[$(Field { abbrev: $abbrev, name: $name, kind: $kind, description: $description }),*];
    };
}

fields! {
    Root, "ikewhy", "IKE diagnosis", FieldType::Protocol, "What ikewhy says about this packet's negotiation.";
    Stream, "ikewhy.stream", "Negotiation index", FieldType::Uint, "Index of the negotiation in the capture, from 0, in order of its first packet.";
    Step, "ikewhy.step", "Step", FieldType::Text, "Where this message stands in the negotiation.";
    Role, "ikewhy.role", "Sent by", FieldType::Text, "Who sent this packet: initiator or responder.";
    RequestIn, "ikewhy.request_in", "Request in", FieldType::Frame(FrameLink::Request), "The request this message answers.";
    ResponseIn, "ikewhy.response_in", "Response in", FieldType::Frame(FrameLink::Response), "The answer to this message.";
    ResponseTime, "ikewhy.response_time", "Response time", FieldType::Duration, "Time between the request and this answer.";
    RetransmissionOf, "ikewhy.retransmission_of", "Retransmission of", FieldType::Frame(FrameLink::Retransmission), "The first copy of this message.";
    Finding, "ikewhy.finding", "Finding", FieldType::Text, "Id of a finding anchored at this packet.";
    VerdictIn, "ikewhy.verdict_in", "Verdict in", FieldType::Frame(FrameLink::None), "The packet that carries the verdict on this negotiation.";
    Outcome, "ikewhy.outcome", "Outcome", FieldType::Text, "Id of the verdict, on every packet of the negotiation once it is known.";
    OutcomeTitle, "ikewhy.outcome.title", "Outcome in words", FieldType::Text, "Title of the verdict, on every packet of the negotiation once it is known.";
    OutcomeFix, "ikewhy.outcome.fix", "What to change first", FieldType::Text, "What to change first, on every packet of the negotiation once it is known.";
    Continues, "ikewhy.continues", "Continues negotiation", FieldType::Uint, "Index of the negotiation whose IKE SA this one renews.";
    State, "ikewhy.state", "State", FieldType::Text, "failed, up, open or probe (never meant to succeed), on every packet of the negotiation once it is known.";
    Verdict, "ikewhy.verdict", "Verdict", FieldType::Text, "Id of the verdict: what became of this negotiation, and why.";
    VerdictTitle, "ikewhy.verdict.title", "Verdict in words", FieldType::Text, "Title of the verdict, the same for all its occurrences: what columns, statistics and tables show.";
    VerdictStage, "ikewhy.verdict.stage", "Stage", FieldType::Text, "Where the negotiation stands or failed: contact, ike-sa, auth, child-sa, rekey, esp, l2tp, up.";
    VerdictBlame, "ikewhy.verdict.blame", "Change needed on", FieldType::Text, "initiator, responder, either, path or nobody.";
    VerdictConfidence, "ikewhy.verdict.confidence", "Confidence", FieldType::Double, "0 to 1, calibrated: of the verdicts at 0.9, nine in ten are right.";
    VerdictBasis, "ikewhy.verdict.basis", "Based on", FieldType::Text, "observed, decrypted, inferred, imported, learned or stack-default.";
    VerdictAttribute, "ikewhy.verdict.attribute", "Differs in", FieldType::Text, "An attribute that differs between the two sides.";
    VerdictSummary, "ikewhy.verdict.summary", "Summary", FieldType::Text, "One plain sentence.";
    VerdictExplanation, "ikewhy.verdict.explanation", "Why", FieldType::Text, "What was attempted, what each side sent, the first thing that differs, what the capture cannot show.";
    VerdictFix, "ikewhy.verdict.fix", "What to change", FieldType::Text, "What to change, and on which side.";
    Change, "ikewhy.change", "Change", FieldType::Text, "One change on one side, complete in itself.";
    ChangeSide, "ikewhy.change.side", "For", FieldType::Text, "Who has to make this change: initiator, responder or path.";
    ChangeProduct, "ikewhy.change.product", "Product", FieldType::Text, "The product of that side.";
    ChangeFile, "ikewhy.change.file", "File", FieldType::Text, "The configuration of that side, where it was given.";
    ChangeLine, "ikewhy.change.line", "Line", FieldType::Uint, "The line of that file.";
    ChangeSetting, "ikewhy.change.setting", "Setting", FieldType::Text, "The setting to change, in that product's own words.";
    ChangeTo, "ikewhy.change.to", "New value", FieldType::Text, "The whole new value of the setting.";
    ChangeSecurity, "ikewhy.change.security", "Security", FieldType::Text, "stronger, same or weaker than what is there now.";
    VerdictAlternative, "ikewhy.verdict.alternative", "Other causes", FieldType::Text, "Another verdict the evidence still allows, likeliest first.";
    VerdictNextEvidence, "ikewhy.verdict.next_evidence", "How to confirm", FieldType::Text, "The evidence that would settle the question.";
    VerdictEvidence, "ikewhy.verdict.evidence", "Evidence", FieldType::Frame(FrameLink::None), "A packet that proves it.";
    Reference, "ikewhy.reference", "More about it", FieldType::Text, "Where the diagnosis is explained.";
    SoFar, "ikewhy.so_far", "So far", FieldType::Text, "How the negotiation stands where nothing is decided, or what a verdict that may still change rests on.";
    Peers, "ikewhy.peers", "Peers", FieldType::Group, "The two sides of this negotiation.";
    Peer, "ikewhy.peer", "Peer", FieldType::Text, "One side: address, role, product if known, behind NAT or not.";
    Comparison, "ikewhy.comparison", "Comparison of both sides", FieldType::Group, "What was offered beside what the other side selected, refused or is known to accept; nearest miss first.";
    Offer, "ikewhy.offer", "Offered", FieldType::Text, "One offered proposal.";
    Known, "ikewhy.known", "Other side", FieldType::Text, "What the other side selected or is known to accept, and where that comes from.";
    Differs, "ikewhy.differs", "Differs in", FieldType::Text, "An attribute in which an offer differs from the nearest known acceptable one.";
    Timeline, "ikewhy.timeline", "Timeline", FieldType::Group, "The messages of this negotiation in order.";
    Event, "ikewhy.event", "Event", FieldType::Text, "One message of the negotiation.";
    EventFrame, "ikewhy.event.frame", "In frame", FieldType::Frame(FrameLink::None), "The packet of this event.";
    Note, "ikewhy.note", "Note", FieldType::Text, "Something worth knowing that is not the verdict.";
    Damage, "ikewhy.damage", "Damaged message", FieldType::Text, "What is wrong with this message, and where.";
    LeftOut, "ikewhy.left_out", "Left out", FieldType::Text, "What was not kept of a negotiation, or of the capture, because there was too much of it.";
    PeerFile, "ikewhy.peer_file", "File of a peer", FieldType::Text, "A configuration or log that was given, and to which side it belongs.";
    PeerLog, "ikewhy.peer_log", "Log of the peer", FieldType::Text, "The line of a peer's log that belongs to this packet.";
    Line, "ikewhy.line", "Line", FieldType::Group, "A further line of the text above it.";
}

impl FieldId {
    /// The field's registration; `None` cannot happen, because both lists are made from one.
    #[must_use]
    pub fn field(self) -> Option<&'static Field> {
        FIELDS.get(self as usize)
    }
}
