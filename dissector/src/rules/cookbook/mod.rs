//! Steps in the words of the products: one file a product, each fact with its source. What is not documented, in a source or in several
//! published configurations, is not here; nor is a setting that a product does not have.
//!
//! * `advice`, `spelling`, `setting`: what a product's file is written in: where something is set, how algorithms are written, and how
//!   settings of one value are;
//! * one file a product; `manual`: which of them a peer or a file has; `means`: how each shows what happened;
//! * `book`: all of it as a book; `common`: the combination that two sides can have in common, as a step; `change`: a step that changes a line.

mod advice;
mod android;
mod apple;
mod asa;
mod aws;
mod azure;
mod book;
mod change;
mod check_point;
mod common;
mod fortigate;
mod iked;
mod ios;
mod ipsec_conf;
mod junos;
mod libreswan;
mod manual;
mod means;
mod nm_l2tp;
mod opnsense;
mod palo_alto;
mod pfsense;
mod pppd;
mod routeros;
mod setting;
mod sophos;
mod spelling;
mod swanctl;
mod unifi;
mod vyos;
mod windows;

use super::Case;
use crate::diagnosis::{Step, words};
use crate::negotiation::Role;
use crate::policy::Kind;
use crate::wire::vendor::Product;
pub(crate) use advice::Topic;

pub use book::{Chapter, Entry, chapters};
pub(crate) use change::{At, changed, taken_out};
pub(crate) use common::{Common, Given, either};
use manual::{IPSEC_CONF, LIBRESWAN, manuals, menu, of_file};
pub(super) use means::{FILTER, Means, means};
pub(crate) use setting::Setting;
pub(crate) use windows::{ERRORS, WindowsError};

/// A step, with how its topic is set in the configuration that was given of its side. Whose an ipsec.conf is may not be known; many
/// settings are called the same in both.
pub(crate) fn in_file(case: &Case<'_>, kind: Kind, topic: Topic, mut step: Step) -> Step {
    let product = step.role().and_then(|role| case.product(role));
    let version = case.n.version;
    let found = of_file(kind, product).and_then(|(name, manual)| Some((name, manual.find(topic, version)?)));
    if let Some((name, advice)) = found {
        step.product = Some(name);
        step.setting = (!advice.setting.is_empty()).then(|| advice.setting.to_owned());
        step.lines = advice.lines.iter().map(|line| (*line).to_owned()).collect();
        let setting = menu(&[]).words(advice);
        return step.told(&format!("Setting: {setting}."));
    }
    if kind == Kind::Named("ipsec.conf")
        && let [Some(one), Some(other)] = [IPSEC_CONF, LIBRESWAN].map(|m| m.find(topic, version))
        && one.setting == other.setting
    {
        step.setting = Some(one.setting.to_owned());
        return step.told(&format!("Setting: {}.", one.setting));
    }
    step
}

/// A step, with how the product of its side is told to take it; where the product is not known, the commonest open ones are examples,
/// in the sentence alone.
pub(super) fn how(case: &Case<'_>, topic: Topic, mut step: Step) -> Step {
    let version = case.n.version;
    let product = step.role().and_then(|role| case.product(role));
    let configured = step.role().and_then(|role| case.configured(role)?.kind);
    if let Some(kind) = configured.filter(|kind| of_file(*kind, product).is_some()) {
        return in_file(case, kind, topic, step);
    }
    let found = |product| {
        let all = manuals(product).iter();
        all.filter_map(|m| Some((m, m.find(topic, version)?)))
            .collect::<Vec<_>>()
    };
    let of = product.map(found).unwrap_or_default();
    if let (Some(product), [(first, advice), others @ ..]) = (product, of.as_slice()) {
        step.setting = (!advice.setting.is_empty()).then(|| advice.setting.to_owned());
        step.lines = advice.lines.iter().map(|line| (*line).to_owned()).collect();
        let mut text = first.words(advice);
        if !others.is_empty() {
            let others: Vec<String> = others
                .iter()
                .map(|(m, a)| match m.file {
                    "" => format!("{}: {}", m.name, a.setting),
                    file => format!("{file}: {}", a.setting),
                })
                .collect();
            text.push_str(&format!("; or {}", others.join("; ")));
        }
        return step.told(&format!("In {}: {text}.", words::product(product)));
    }
    // A product that has no such setting, as far as is known, is not told of others'.
    if let Some(product) = product.filter(|p| !manuals(*p).is_empty()) {
        if let Some(role) = step.role()
            && manuals(product).iter().any(|m| m.is_fixed(topic, version))
        {
            let (own, other) = (words::product(product), words::peer(case, role.other()));
            step.text
                .push_str(&format!(" {own} has no setting for that: change it on {other}."));
        }
        return step;
    }
    let common = [Product::StrongSwan, Product::Libreswan];
    let known: Vec<String> = common
        .into_iter()
        .filter_map(|p| {
            let manual = manuals(p).first()?;
            let advice = manual.find(topic, version)?;
            Some(format!("{}: {}", words::product(p), manual.words(advice)))
        })
        .collect();
    if known.is_empty() {
        return step;
    }
    step.told(&format!("For example {}.", known.join("; ")))
}

/// The product whose configuration a file is: `shown` is what the file itself shows of that.
pub(crate) fn product(kind: Kind, shown: Option<Product>) -> Option<Product> {
    const WITH_FILES: [Product; 11] = [
        Product::StrongSwan,
        Product::OpenIked,
        Product::FortiGate,
        Product::RouterOs,
        Product::CiscoIos,
        Product::CiscoAsa,
        Product::Windows,
        Product::Juniper,
        Product::CheckPoint,
        Product::PaloAlto,
        Product::Aws,
    ];
    let by_kind = || {
        let (name, _) = of_file(kind, None)?;
        WITH_FILES.into_iter().find(|p| words::product(*p) == name)
    };
    shown.or_else(by_kind)
}

/// What a side is called: by the file that was given of it, else by its product.
pub(super) fn called(case: &Case<'_>, role: Role) -> Option<&'static str> {
    let product = case.product(role);
    let by_file = || Some(of_file(case.configured(role)?.kind?, product)?.0);
    by_file().or_else(|| product.map(words::product))
}

/// A step on this side, with how its product is told to take it.
pub(crate) fn on(case: &Case<'_>, role: Role, topic: Topic, what: impl AsRef<str>) -> Step {
    how(case, topic, Step::on(case, role, what))
}

/// The same as another way to reach what the step before it reaches.
pub(super) fn or_on(case: &Case<'_>, role: Role, topic: Topic, what: impl AsRef<str>) -> Step {
    how(case, topic, Step::or_on(case, role, what))
}

/// What both sides have to do: a step for each.
pub(super) fn both(case: &Case<'_>, topic: Topic, what: impl AsRef<str>) -> [Step; 2] {
    pair(case, topic, Step::both(case, what))
}

/// A step of either side about one topic, each as its product is told. Examples stand once.
pub(super) fn pair(case: &Case<'_>, topic: Topic, [first, second]: [Step; 2]) -> [Step; 2] {
    let (first, plain) = (how(case, topic, first), second.clone());
    let second = how(case, topic, second);
    let is_example = |step: &Step| step.setting.is_none() && step.lines.is_empty();
    if is_example(&first) && is_example(&second) {
        [first, plain]
    } else {
        [first, second]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::Version;
    use crate::policy::{Combination, Proposal, Purpose};
    use crate::tests::made::Made;
    use crate::tests::sample;
    use manual::Manual;

    /// What is advised means what was meant: each daemon's configuration with it is read back as the same proposal.
    #[test]
    fn what_is_written_is_read_back() {
        let swanctl = |line: &str| format!("connections {{\n a {{\n  {line}\n }}\n}}\n");
        let strongswan = |line: &str| format!("conn a\n\tkeyexchange=ike\n\tleftauth=psk\n\t{line}!\n");
        let libreswan = |line: &str| format!("conn a\n\tauthby=secret\n\t{line}\n");
        let iked = |line: &str| format!("ikev2 \"a\" esp from any to any \\\n\t{line}\n");
        type Text<'a> = &'a dyn Fn(&str) -> String;
        let junos = |line: &str| {
            let set = "set security ike policy POLICY pre-shared-key ascii-text X\nset security ike gateway G ike-policy POLICY\n";
            format!("{set}set security ike gateway G address 192.0.2.10\n{line}\n")
        };
        let daemons: [(&str, Manual, Text<'_>); 5] = [
            ("swanctl.conf", manual::SWANCTL, &swanctl),
            ("ipsec.conf", IPSEC_CONF, &strongswan),
            ("ipsec.conf", LIBRESWAN, &libreswan),
            ("iked.conf", manual::IKED, &iked),
            ("srx.conf", manual::JUNOS, &junos),
        ];
        let proposals = [
            ["aes256", "sha256", "modp2048"],
            ["aes128", "sha1", "modp1536"],
            ["3des", "sha512", "ecp384"],
            ["aes256gcm16", "prfsha384", "curve25519"],
        ];
        let mut read_back = 0;
        for (name, manual, text) in daemons {
            for names in proposals {
                let proposal = Proposal::new(Purpose::Ike, names, &[]);
                let suite = proposal.suite(Version::V2, None);
                let meant = Combination::strongest_of(&suite, Purpose::Ike, &|_| true).unwrap();
                let spelling = manual.spelling.unwrap();
                let Some(spelled) = spelling.spell(&meant.proposal(), Version::V2) else {
                    continue;
                };
                let list = spelling::List {
                    proposals: vec![spelled],
                    strict: false,
                };
                let lines = (spelling.lines)(&list, Purpose::Ike, Version::V2).unwrap();
                let policy = sample::clean(
                    name,
                    &text(&lines.join(if name == "srx.conf" { "\n" } else { " " })),
                );
                let suites = policy.connections[0].suites(Version::V2, None);
                let read = Combination::strongest(&suites, Purpose::Ike, &|_| true).unwrap();
                assert_eq!(read.line(Version::V2), meant.line(Version::V2), "{lines:?}");
                assert_eq!(suites.len(), 1, "{lines:?}");
                read_back += 1;
            }
        }
        assert_eq!(read_back, 18);
    }

    #[test]
    fn what_a_product_cannot_do_is_asked_of_the_other_side() {
        // "draft-ietf-ipsec-nat-t-ike" as Apple hashes it.
        let apple = 0x4df3_7928_e9fc_4fd1_b326_2170_d515_c662_u128.to_be_bytes();
        let mut made = Made::new();
        made.main_mode((64, 63), &apple);
        let case = made.session().case(0).unwrap();
        let told = |topic| on(&case, Role::Initiator, topic, "change it.").text;
        assert!(
            told(Topic::IkeProposal)
                .ends_with(" has no setting for that: change it on 198.51.100.20 (Apple macOS or iOS).")
        );
        assert!(told(Topic::PreSharedKey).ends_with("SharedSecret."));
        assert!(told(Topic::Selectors).ends_with(": change it."));
    }

    #[test]
    fn every_windows_error_has_a_source_and_a_diagnosis() {
        assert!(ERRORS.is_sorted_by_key(|e| e.number));
        let whole =
            |e: &&WindowsError| !e.source.is_empty() && !e.diagnoses.is_empty() && e.means.ends_with('.');
        assert_eq!(ERRORS.iter().filter(whole).count(), ERRORS.len());
    }

    #[test]
    fn every_fact_has_a_source_and_is_found() {
        for manual in &manual::ALL {
            for (at, a) in manual.advice.iter().enumerate() {
                let (source, says) = (&a.source, !(a.setting.is_empty() && a.lines.is_empty()));
                assert!(
                    says && !(source.place.is_empty() || source.releases.is_empty()),
                    "{a:?}"
                );
                let versions = a.version.map_or(vec![Version::V1, Version::V2], |v| vec![v]);
                for version in versions {
                    let found = manual.find(a.topic, version).unwrap();
                    assert!(
                        std::ptr::eq(found, &raw const manual.advice[at]),
                        "{a:?} is hidden by {found:?}"
                    );
                    assert!(!manual.is_fixed(a.topic, version), "{a:?}");
                }
            }
        }
    }
}
