//! How each product is told: what its file of the cookbook holds, and which of them it is.

use super::advice::{Advice, Fixed, Topic};
use super::setting::{Setting, Written};
use super::spelling::Spelling;
use super::{
    android, apple, asa, aws, azure, check_point, fortigate, iked, ios, ipsec_conf, junos, libreswan,
    nm_l2tp, opnsense, palo_alto, pfsense, pppd, routeros, sophos, swanctl, unifi, vyos, windows,
};
use crate::diagnosis::words;
use crate::negotiation::Version;
use crate::policy::Kind;
use crate::wire::vendor::Product;

/// One product's way of being configured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manual {
    /// The product, as users know it.
    pub(super) name: &'static str,
    /// In sentences: `swanctl.conf`; empty where the settings say it.
    pub(super) file: &'static str,
    pub(super) advice: &'static [Advice],
    pub(super) fixed: &'static [Fixed],
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

    const fn fixed(mut self, fixed: &'static [Fixed]) -> Self {
        self.fixed = fixed;
        self
    }

    const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// It is known that there is no setting for this.
    pub(super) fn is_fixed(&self, topic: Topic, version: Version) -> bool {
        self.fixed
            .iter()
            .any(|f| f.topic == topic && f.version == version)
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
        // `encapsulation=yes` says its setting itself.
        let in_line =
            !advice.setting.is_empty() && advice.lines.iter().any(|line| line.starts_with(advice.setting));
        let parts = [file, if in_line { "" } else { advice.setting }];
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
    .named("strongSwan")
    .spelled(&swanctl::SPELLING)
    .set(swanctl::set);
pub(super) const IPSEC_CONF: Manual = manual("ipsec.conf", ipsec_conf::ADVICE)
    .named("strongSwan")
    .spelled(&ipsec_conf::SPELLING)
    .set(ipsec_conf::set);
pub(super) const LIBRESWAN: Manual = manual("ipsec.conf", libreswan::ADVICE)
    .named("Libreswan")
    .spelled(&libreswan::SPELLING)
    .set(libreswan::set);
pub(super) const IKED: Manual = manual("iked.conf", iked::ADVICE)
    .named("OpenIKED")
    .spelled(&iked::SPELLING)
    .set(iked::set);
const PFSENSE: Manual = menu(pfsense::ADVICE).named("pfSense").spelled(&pfsense::SPELLING);
const OPNSENSE: Manual = menu(opnsense::ADVICE)
    .named("OPNsense")
    .spelled(&opnsense::SPELLING);
const WINDOWS: Manual = menu(windows::ADVICE).named("Windows").spelled(&windows::SPELLING);
const IOS: Manual = menu(ios::ADVICE).named("Cisco IOS").spelled(&ios::SPELLING);
const ASA: Manual = menu(asa::ADVICE).named("Cisco ASA").spelled(&asa::SPELLING);
const FORTIGATE: Manual = menu(fortigate::ADVICE)
    .named("FortiGate")
    .spelled(&fortigate::SPELLING);
const ROUTEROS: Manual = menu(routeros::ADVICE)
    .named("MikroTik RouterOS")
    .spelled(&routeros::SPELLING);
const VYOS: Manual = menu(vyos::ADVICE)
    .named("VyOS or EdgeOS")
    .spelled(&vyos::SPELLING);
const APPLE: Manual = menu(apple::ADVICE)
    .named("Apple macOS or iOS")
    .fixed(apple::FIXED);
pub(super) const JUNOS: Manual = manual("Junos", junos::ADVICE)
    .named("Juniper")
    .spelled(&junos::SPELLING);
const PALO_ALTO: Manual = menu(palo_alto::ADVICE)
    .named("Palo Alto")
    .spelled(&palo_alto::SPELLING);
const CHECK_POINT: Manual = menu(check_point::ADVICE)
    .named("Check Point")
    .spelled(&check_point::SPELLING);
const SOPHOS: Manual = menu(sophos::ADVICE).named("Sophos Firewall");
const ANDROID: Manual = menu(android::ADVICE).named("Android").fixed(android::FIXED);
const ANDROID_APP: Manual = menu(android::APP)
    .named("strongSwan's app for Android")
    .spelled(&android::APP_SPELLING);
const NM_L2TP: Manual = menu(nm_l2tp::ADVICE)
    .named("NetworkManager-l2tp")
    .spelled(&nm_l2tp::SPELLING);
const PPPD: Manual = menu(pppd::ADVICE).named("xl2tpd and pppd");
const UNIFI: Manual = menu(unifi::ADVICE).named("UniFi");
const AZURE: Manual = menu(azure::ADVICE)
    .named("Azure VPN Gateway")
    .spelled(&azure::SPELLING);
const AWS: Manual = menu(aws::ADVICE)
    .named("AWS Site-to-Site VPN")
    .spelled(&aws::SPELLING);

/// All of them.
pub(super) static ALL: [Manual; 24] = [
    SWANCTL,
    IPSEC_CONF,
    LIBRESWAN,
    IKED,
    NM_L2TP,
    PPPD,
    WINDOWS,
    APPLE,
    ANDROID,
    ANDROID_APP,
    IOS,
    ASA,
    JUNOS,
    FORTIGATE,
    PALO_ALTO,
    CHECK_POINT,
    SOPHOS,
    ROUTEROS,
    VYOS,
    UNIFI,
    PFSENSE,
    OPNSENSE,
    AZURE,
    AWS,
];

/// What a product is configured by; first what is likeliest. Some are strongSwan or Libreswan below.
pub(super) fn manuals(product: Product) -> &'static [Manual] {
    match product {
        Product::StrongSwan => &[SWANCTL, IPSEC_CONF, PFSENSE, PPPD],
        Product::Libreswan | Product::Openswan => &[LIBRESWAN, PPPD],
        Product::OpenIked => &[IKED],
        Product::Windows => &[WINDOWS],
        Product::CiscoIos => &[IOS],
        Product::CiscoAsa => &[ASA],
        Product::FortiGate => &[FORTIGATE],
        Product::RouterOs => &[ROUTEROS],
        Product::Apple => &[APPLE],
        Product::Juniper => &[JUNOS],
        Product::CheckPoint => &[CHECK_POINT],
        Product::PaloAlto => &[PALO_ALTO],
        Product::Aws => &[AWS],
        Product::Android => &[ANDROID],
        // Nothing of theirs is verified, or nothing can be known.
        Product::Racoon | Product::SonicWall | Product::Zyxel | Product::Other => &[],
    }
}

pub(super) const fn manual(file: &'static str, advice: &'static [Advice]) -> Manual {
    Manual {
        name: "",
        file,
        advice,
        fixed: &[],
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
        "pfSense configuration" => Some((PFSENSE.name, PFSENSE)),
        "OPNsense configuration" => Some((OPNSENSE.name, OPNSENSE)),
        "FortiGate configuration" => of(Product::FortiGate, FORTIGATE),
        "RouterOS configuration" => of(Product::RouterOs, ROUTEROS),
        "Cisco IOS configuration" => of(Product::CiscoIos, IOS),
        "Cisco ASA configuration" => of(Product::CiscoAsa, ASA),
        "VyOS or EdgeOS configuration" => Some((VYOS.name, VYOS)),
        "Windows PowerShell output" => of(Product::Windows, WINDOWS),
        "Junos configuration" | "Junos' log" => of(Product::Juniper, JUNOS),
        "Check Point's log" => of(Product::CheckPoint, CHECK_POINT),
        "Palo Alto's ikemgr.log" => of(Product::PaloAlto, PALO_ALTO),
        "AWS VPN's log" => of(Product::Aws, AWS),
        _ => None,
    }
}

/// How algorithms are written in a configuration that was given, and the product's name.
pub(super) fn spelling_of(kind: Kind, product: Option<Product>) -> Option<(&'static str, &'static Spelling)> {
    let (name, manual) = of_file(kind, product)?;
    Some((name, manual.spelling?))
}
