//! strongSwan's ipsec.conf (starter and stroke, not built by default from 6.0.0 on).

use super::advice::{Advice, Topic as T};
use super::setting::{Setting, Written};
use super::spelling::{List, Spelling};
use super::swanctl;
use crate::negotiation::Version;
use crate::policy::{Mode, Purpose};

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "ike=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "esp=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "esp=",
        lines: &[],
        note: "a group at the end of a proposal asks for PFS",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "leftsubnet= and rightsubnet=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "type=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "esp=, type=, leftsubnet= and rightsubnet=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Connection,
        version: None,
        setting: "left=, right= and keyexchange=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "leftauth= and rightauth=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "leftid=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "rightid=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "keyexchange=",
        lines: &[],
        note: "ikev1, ikev2, or ike for both",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "aggressive=",
        lines: &[],
        note: "yes or no",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Fragmentation,
        version: None,
        setting: "fragmentation=",
        lines: &["fragmentation=yes"],
        note: "the default",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "forceencaps=",
        lines: &["forceencaps=yes"],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "rightsourceip=",
        lines: &[],
        note: "",
        source: "strongSwan man/ipsec.conf.5.in",
    },
];

/// strongSwan's keywords; after `!` its defaults are not added to them (ipsec.conf(5)).
pub(super) static SPELLING: Spelling = Spelling {
    word: swanctl::word,
    value,
    lines: |all, purpose, _| Some(vec![line(purpose, &value(all, purpose)?)]),
};

/// `ike=...`, `esp=...`, `ah=...`.
pub(super) fn line(purpose: Purpose, value: &str) -> String {
    let setting = match purpose {
        Purpose::Ike => "ike",
        Purpose::Esp => "esp",
        Purpose::Ah => "ah",
    };
    format!("{setting}={value}")
}

fn value(all: &List, purpose: Purpose) -> Option<String> {
    let end = if all.strict { "!" } else { "" };
    Some(swanctl::value(all, purpose)? + end)
}

/// `key=value` (ipsec.conf(5)).
pub(super) fn set(setting: &Setting) -> Option<Written> {
    let (key, value) = match setting {
        Setting::Version(None) => ("keyexchange", "ike".to_owned()),
        Setting::Version(Some(Version::V1)) => ("keyexchange", "ikev1".to_owned()),
        Setting::Version(Some(Version::V2)) => ("keyexchange", "ikev2".to_owned()),
        Setting::Aggressive(yes) => ("aggressive", if *yes { "yes" } else { "no" }.to_owned()),
        Setting::Mode(Mode::Tunnel) => ("type", "tunnel".to_owned()),
        Setting::Mode(Mode::Transport) => ("type", "transport".to_owned()),
        Setting::Local(list) => ("leftsubnet", list.join(",")),
        Setting::Remote(list) => ("rightsubnet", list.join(",")),
        Setting::PeerAuth(auth) => ("rightauth", swanctl::auth_word(*auth)?.to_owned()),
        Setting::OwnAuth(auth) => ("leftauth", swanctl::auth_word(*auth)?.to_owned()),
        Setting::PeerId(id) => ("rightid", id.clone()),
        Setting::OwnId(id) => ("leftid", id.clone()),
        Setting::PeerAddress(list) => ("right", list.join(",")),
    };
    Some(Written::new(key, "=", value))
}
