//! How each product is told: what its file of the cookbook holds, and which of them it is.

use super::advice::{Advice, Topic};
use super::setting::{Setting, Written};
use super::spelling::Spelling;
use super::{
    apple, asa, fortigate, iked, ios, ipsec_conf, libreswan, opnsense, pfsense, routeros, swanctl, vyos,
    windows,
};
use crate::diagnosis::words;
use crate::negotiation::Version;
use crate::policy::Kind;
use crate::wire::vendor::Product;

/// One product's way of being configured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manual {
    /// In sentences: `swanctl.conf`; empty where the settings say it.
    pub(super) file: &'static str,
    advice: &'static [Advice],
    /// How it writes algorithms, where they can be set.
    pub(super) spelling: Option<&'static Spelling>,
    /// How it writes other settings, where each stands in a line.
    pub(super) set: Option<fn(&Setting) -> Option<Written>>,
}

impl Manual {
    const fn set(mut self, set: fn(&Setting) -> Option<Written>) -> Self {
        self.set = Some(set);
        self
    }

    const fn spelled(mut self, spelling: &'static Spelling) -> Self {
        self.spelling = Some(spelling);
        self
    }

    pub(super) fn find(&self, topic: Topic, version: Version) -> Option<&'static Advice> {
        let fits = |a: &&Advice| a.topic == topic && a.version.is_none_or(|v| v == version);
        self.advice.iter().find(fits)
    }

    /// `swanctl.conf: connections.<name>.encap: encap = yes`. Secrets have a file of their own.
    pub(super) fn words(&self, advice: &Advice) -> String {
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

pub(super) const SWANCTL: Manual = manual("swanctl.conf", swanctl::ADVICE)
    .spelled(&swanctl::SPELLING)
    .set(swanctl::set);
pub(super) const IPSEC_CONF: Manual = manual("ipsec.conf", ipsec_conf::ADVICE)
    .spelled(&ipsec_conf::SPELLING)
    .set(ipsec_conf::set);
pub(super) const LIBRESWAN: Manual = manual("ipsec.conf", libreswan::ADVICE)
    .spelled(&libreswan::SPELLING)
    .set(libreswan::set);
pub(super) const IKED: Manual = manual("iked.conf", iked::ADVICE)
    .spelled(&iked::SPELLING)
    .set(iked::set);
pub(super) const PFSENSE: Manual = menu(pfsense::ADVICE).spelled(&pfsense::SPELLING);
pub(super) const OPNSENSE: Manual = menu(opnsense::ADVICE).spelled(&opnsense::SPELLING);
pub(super) const WINDOWS: Manual = menu(windows::ADVICE).spelled(&windows::SPELLING);
pub(super) const IOS: Manual = menu(ios::ADVICE).spelled(&ios::SPELLING);
pub(super) const ASA: Manual = menu(asa::ADVICE).spelled(&asa::SPELLING);
pub(super) const FORTIGATE: Manual = menu(fortigate::ADVICE).spelled(&fortigate::SPELLING);
pub(super) const ROUTEROS: Manual = menu(routeros::ADVICE).spelled(&routeros::SPELLING);
pub(super) const VYOS: Manual = menu(vyos::ADVICE).spelled(&vyos::SPELLING);
pub(super) const APPLE: Manual = menu(apple::ADVICE);

/// What a product is configured by; first what is likeliest.
pub(super) fn manuals(product: Product) -> &'static [Manual] {
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

pub(super) const fn manual(file: &'static str, advice: &'static [Advice]) -> Manual {
    Manual {
        file,
        advice,
        spelling: None,
        set: None,
    }
}

/// Of a product that is set by commands or in menus.
pub(super) const fn menu(advice: &'static [Advice]) -> Manual {
    manual("", advice)
}

/// The manual of a configuration that was given, and the product's name.
pub(super) fn of_file(kind: Kind, product: Option<Product>) -> Option<(&'static str, Manual)> {
    let of = |product, manual| Some((words::product(product), manual));
    match kind.name() {
        "swanctl.conf" => of(Product::StrongSwan, SWANCTL),
        "ipsec.conf" if product == Some(Product::StrongSwan) => of(Product::StrongSwan, IPSEC_CONF),
        "ipsec.conf" if product == Some(Product::Libreswan) => of(Product::Libreswan, LIBRESWAN),
        "iked.conf" => of(Product::OpenIked, IKED),
        "pfSense configuration" => Some(("pfSense", PFSENSE)),
        "OPNsense configuration" => Some(("OPNsense", OPNSENSE)),
        "FortiGate configuration" => of(Product::FortiGate, FORTIGATE),
        "RouterOS configuration" => of(Product::RouterOs, ROUTEROS),
        "Cisco IOS configuration" => of(Product::CiscoIos, IOS),
        "Cisco ASA configuration" => of(Product::CiscoAsa, ASA),
        "VyOS or EdgeOS configuration" => Some(("VyOS or EdgeOS", VYOS)),
        "Windows PowerShell output" => of(Product::Windows, WINDOWS),
        _ => None,
    }
}

/// How algorithms are written in a configuration that was given, and the product's name.
pub(super) fn spelling_of(kind: Kind, product: Option<Product>) -> Option<(&'static str, &'static Spelling)> {
    let (name, manual) = of_file(kind, product)?;
    Some((name, manual.spelling?))
}
