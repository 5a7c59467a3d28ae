//! Steps in the words of the products: one file a product, each fact with its source. What is not documented, in a source or in several
//! published configurations, is not here; nor is a setting that a product does not have.

mod advice;
mod apple;
mod asa;
mod fortigate;
mod iked;
mod ios;
mod ipsec_conf;
mod libreswan;
mod opnsense;
mod pfsense;
mod routeros;
mod swanctl;
mod vyos;
mod windows;

use super::Case;
use crate::diagnosis::{Step, words};
use crate::negotiation::{Role, Version};
use crate::policy::{self, Kind};
use crate::wire::vendor::Product;
use advice::Advice;
pub(crate) use advice::Topic;

/// One product's way of being configured.
#[derive(Debug)]
struct Manual {
    /// In sentences: `swanctl.conf`; empty where the settings say it.
    file: &'static str,
    advice: &'static [Advice],
}

impl Manual {
    fn find(&self, topic: Topic, version: Version) -> Option<&'static Advice> {
        let fits = |a: &&Advice| a.topic == topic && a.version.is_none_or(|v| v == version);
        self.advice.iter().find(fits)
    }

    /// `swanctl.conf: connections.<name>.encap: encap = yes`. Secrets have a file of their own.
    fn words(&self, advice: &Advice) -> String {
        let file = if advice.setting.ends_with(".secrets") {
            ""
        } else {
            self.file
        };
        let parts = [file, advice.setting];
        let mut text: Vec<String> = parts
            .iter()
            .filter(|p| !p.is_empty())
            .map(|p| (*p).to_owned())
            .collect();
        if !advice.lines.is_empty() {
            text.push(advice.lines.join(", "));
        }
        let mut text = text.join(": ");
        if !advice.note.is_empty() {
            text.push_str(&format!(" ({})", advice.note));
        }
        text
    }
}

const SWANCTL: Manual = manual("swanctl.conf", swanctl::ADVICE);
const IPSEC_CONF: Manual = manual("ipsec.conf", ipsec_conf::ADVICE);
const LIBRESWAN: Manual = manual("ipsec.conf", libreswan::ADVICE);
const IKED: Manual = manual("iked.conf", iked::ADVICE);
const PFSENSE: Manual = menu(pfsense::ADVICE);

/// What a product is configured by; first what is likeliest.
fn manuals(product: Product) -> &'static [Manual] {
    const WINDOWS: Manual = menu(windows::ADVICE);
    const IOS: Manual = menu(ios::ADVICE);
    const ASA: Manual = menu(asa::ADVICE);
    const FORTIGATE: Manual = menu(fortigate::ADVICE);
    const ROUTEROS: Manual = menu(routeros::ADVICE);
    const APPLE: Manual = menu(apple::ADVICE);
    match product {
        Product::StrongSwan => &[SWANCTL, IPSEC_CONF, PFSENSE],
        Product::Libreswan | Product::Openswan => &[LIBRESWAN],
        Product::OpenIked => &[IKED],
        Product::Windows => &[WINDOWS],
        Product::CiscoIos => &[IOS],
        Product::CiscoAsa => &[ASA],
        Product::FortiGate => &[FORTIGATE],
        Product::RouterOs => &[ROUTEROS],
        Product::Apple => &[APPLE],
        _ => &[],
    }
}

const fn manual(file: &'static str, advice: &'static [Advice]) -> Manual {
    Manual { file, advice }
}

/// Of a product that is set by commands or in menus.
const fn menu(advice: &'static [Advice]) -> Manual {
    manual("", advice)
}

/// The manual of a configuration that was given, and the product's name.
fn of_file(kind: Kind, product: Option<Product>) -> Option<(&'static str, Manual)> {
    let strongswan = words::product(Product::StrongSwan);
    Some(match kind.name() {
        "swanctl.conf" => (strongswan, SWANCTL),
        "ipsec.conf" if product == Some(Product::StrongSwan) => (strongswan, IPSEC_CONF),
        "ipsec.conf" if product == Some(Product::Libreswan) => {
            (words::product(Product::Libreswan), LIBRESWAN)
        }
        "iked.conf" => (words::product(Product::OpenIked), IKED),
        "pfSense configuration" => ("pfSense", PFSENSE),
        "OPNsense configuration" => ("OPNsense", menu(opnsense::ADVICE)),
        "FortiGate configuration" => (words::product(Product::FortiGate), menu(fortigate::ADVICE)),
        "RouterOS configuration" => (words::product(Product::RouterOs), menu(routeros::ADVICE)),
        "Cisco IOS configuration" => (words::product(Product::CiscoIos), menu(ios::ADVICE)),
        "Cisco ASA configuration" => (words::product(Product::CiscoAsa), menu(asa::ADVICE)),
        "VyOS or EdgeOS configuration" => ("VyOS or EdgeOS", menu(vyos::ADVICE)),
        "Windows PowerShell output" => (words::product(Product::Windows), menu(windows::ADVICE)),
        _ => return None,
    })
}

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
        step.text.push_str(&format!(" Setting: {setting}."));
    } else if kind == Kind::Named("ipsec.conf")
        && let [Some(one), Some(other)] = [IPSEC_CONF, LIBRESWAN].map(|m| m.find(topic, version))
        && one.setting == other.setting
    {
        step.setting = Some(one.setting.to_owned());
        step.text.push_str(&format!(" Setting: {}.", one.setting));
    }
    step
}

/// A step, with how the product of its side is told to take it; where the product is not known, the commonest open ones are examples,
/// in the sentence alone.
pub(super) fn how(case: &Case<'_>, topic: Topic, mut step: Step) -> Step {
    let version = case.n.version;
    let product = step.role().and_then(|role| case.product(role));
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
                    "" => format!("pfSense: {}", a.setting),
                    file => format!("{file}: {}", a.setting),
                })
                .collect();
            text.push_str(&format!("; or {}", others.join("; ")));
        }
        step.text
            .push_str(&format!(" In {}: {text}.", words::product(product)));
        return step;
    }
    // A product that has no such setting, as far as is known, is not told of others'.
    if product.is_some_and(|p| !manuals(p).is_empty()) {
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
    if !known.is_empty() {
        step.text.push_str(&format!(" For example {}.", known.join("; ")));
    }
    step
}

/// A step on this side, with how its product is told to take it.
pub(crate) fn on(case: &Case<'_>, role: Role, topic: Topic, what: impl AsRef<str>) -> Step {
    how(case, topic, Step::on(case, role, what))
}

/// The same as another way to reach what the step before it reaches.
pub(super) fn or_on(case: &Case<'_>, role: Role, topic: Topic, what: impl AsRef<str>) -> Step {
    how(case, topic, Step::or_on(case, role, what))
}

/// What both sides have to do: a step for each. Examples stand once.
pub(super) fn both(case: &Case<'_>, topic: Topic, what: impl AsRef<str>) -> [Step; 2] {
    let [i, r] = Step::both(case, what);
    let (i, plain) = (how(case, topic, i), r.clone());
    let r = how(case, topic, r);
    let is_example = |step: &Step| step.setting.is_none() && step.lines.is_empty();
    if is_example(&i) && is_example(&r) {
        [i, plain]
    } else {
        [i, r]
    }
}

/// Where a side's log says why, in words a person can search for.
pub(super) fn log(case: &Case<'_>, role: Role) -> String {
    let address = case.n.peer(role).address;
    let place = match case.product(role) {
        // Windows writes none that is read here.
        Some(Product::Windows) => Some(
            "Event Viewer: Security log, events 4652 to 4654 (after enabling the IPsec audit), and RasClient 20227",
        ),
        product => product.and_then(policy::log_of),
    };
    match place {
        Some(place) => format!("the log of {address} ({place})"),
        None => format!("the IKE/IPsec log on {address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_a_source_and_is_found() {
        let all = [
            swanctl::ADVICE,
            ipsec_conf::ADVICE,
            libreswan::ADVICE,
            iked::ADVICE,
            windows::ADVICE,
            ios::ADVICE,
            asa::ADVICE,
            fortigate::ADVICE,
            routeros::ADVICE,
            pfsense::ADVICE,
            opnsense::ADVICE,
            apple::ADVICE,
            vyos::ADVICE,
        ];
        for advice in all {
            for (at, a) in advice.iter().enumerate() {
                assert!(
                    !(a.source.is_empty() || a.setting.is_empty() && a.lines.is_empty()),
                    "{a:?}"
                );
                let versions = a.version.map_or(vec![Version::V1, Version::V2], |v| vec![v]);
                for version in versions {
                    let found = menu(advice).find(a.topic, version).unwrap();
                    assert!(
                        std::ptr::eq(found, &raw const advice[at]),
                        "{a:?} is hidden by {found:?}"
                    );
                }
            }
        }
    }
}
