//! How to get the evidence that is missing, as the product of that side gives it (`cookbook::means`): its log at the moment in
//! question, a capture, the keys. Where that is not known, the sentence names no command.

use super::Case;
use super::cookbook::{FILTER, Means, called, means};
use crate::diagnosis::words;
use crate::negotiation::Role;
use crate::wire::digits;
use crate::wire::moment::Moment;

const SECOND: i64 = 1_000_000_000;
/// A negotiation that takes longer is looked at near its end alone.
const LONG: i64 = 120 * SECOND;
/// Where the look begins then, before the moment that decides, and where it ends, after it.
const BEFORE: i64 = 30 * SECOND;
const AFTER: i64 = 5 * SECOND;

/// What a side has to show, and its product's name.
fn of(case: &Case<'_>, role: Role) -> Option<(&'static Means, &'static str)> {
    let name = called(case, role)?;
    Some((means(name)?, name))
}

/// Where a side's log says why, and when it was, in words a person can search for.
pub(super) fn log(case: &Case<'_>, role: Role) -> String {
    let address = digits::address(case.n.peer(role).address);
    let moments = moments(case);
    let at = moments.map_or_else(String::new, |[_, decided, _]| {
        format!(" at {} UTC", decided.time())
    });
    let place = of(case, role).and_then(|(means, product)| {
        let (log, _) = means.log.as_ref()?;
        let during = moments.map(|[since, _, until]| [since, until].map(|moment| moment.to_string()));
        Some(format!("{product}: {}", log.words(case.n.version, during)))
    });
    match place {
        Some(place) => format!("the log of {address}{at} ({place})"),
        None => format!("the IKE/IPsec log on {address}{at}"),
    }
}

/// When to begin to look, the moment that decides, and when to stop.
fn moments(case: &Case<'_>) -> Option<[Moment; 3]> {
    let decided = case.n.time_of(case.decided?)?;
    let first = case.n.first().time;
    let since = if decided.saturating_sub(first) > LONG {
        decided.saturating_sub(BEFORE)
    } else {
        first
    };
    Some([since, decided, decided.saturating_add(AFTER)].map(|time| case.moment(time)))
}

/// A capture beside this side, and how its product takes one.
pub(super) fn capture(case: &Case<'_>, role: Role) -> String {
    let address = digits::address(case.n.peer(role).address);
    match of(case, role).and_then(|(means, product)| Some((means.capture?.0, product))) {
        Some((how, product)) => {
            let how = how.replace(FILTER, words::CAPTURE_FILTER);
            format!("a capture at {address} ({product}: {how})")
        }
        None => format!(
            "a capture at {address} with the filter \"{}\"",
            words::CAPTURE_FILTER
        ),
    }
}

/// The keys of this IKE SA, and how one of the two products writes them down.
pub(super) fn keys(case: &Case<'_>) -> String {
    let how = [Role::Responder, Role::Initiator].into_iter().find_map(|role| {
        let (means, product) = of(case, role)?;
        let (how, _) = means.keys?;
        let address = digits::address(case.n.peer(role).address);
        Some(format!(
            " (on {address}, {product}: {how}; not for good, for whoever has the keys can read everything)"
        ))
    });
    format!(
        "this IKE SA's keys in Wireshark's decryption table{}",
        how.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, RSA_SIGNATURES};

    /// How to confirm what a refusal means, of which this Vendor ID has told the product.
    fn told_of(vendor_id: &str) -> Vec<String> {
        let digit = |at: usize| u8::from_str_radix(&vendor_id[at..at + 2], 16).unwrap();
        let vendor_id: Vec<u8> = (0..vendor_id.len()).step_by(2).map(digit).collect();
        let mut made = Made::new();
        made.main_mode((64, 63), &vendor_id);
        made.refused(5000, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        let judgement = made.session().judgement(1).unwrap();
        let case = made.session().case(1).unwrap();
        judgement.verdict(&case).next_evidence.clone()
    }

    #[test]
    fn a_log_is_named_with_its_command_and_the_moment() {
        assert_eq!(
            told_of("882fe56d6fd20dbc2251613b2ebe5beb"),
            [
                "the log of 198.51.100.20 at 00:00:05 UTC (strongSwan: `journalctl -u strongswan -u strongswan-starter \
              --since '2026-01-01 00:00:05 UTC' --until '2026-01-01 00:00:10 UTC'`)"
            ]
        );
        let windows = told_of("1e2b516905991c7d7c96fcbfb587e46100000009");
        assert!(windows[0].contains("(Windows: Event Viewer"), "{windows:?}");
    }

    #[test]
    fn of_what_is_not_known_no_command_is_named() {
        assert_eq!(
            told_of("00112233"),
            ["the IKE/IPsec log on 198.51.100.20 at 00:00:05 UTC"]
        );
    }
}
