//! strongSwan's ipsec.conf (starter and stroke, not built by default from 6.0.0 on).

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::setting::{Setting, Written};
use super::spelling::{List, Spelling};
use super::swanctl;
use crate::negotiation::Version;
use crate::policy::{Mode, Purpose};

const MAN: Source = document(
    "strongSwan man/ipsec.conf.5.in",
    "strongSwan 5; 6 where it was built with the stroke plugin",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "ike=", MAN),
    fact(T::EspProposal, "esp=", MAN),
    fact(T::Pfs, "esp=", MAN).note("a group at the end of a proposal asks for PFS"),
    fact(T::Selectors, "leftsubnet= and rightsubnet=", MAN),
    fact(T::ChildMode, "type=", MAN),
    fact(T::Child, "esp=, type=, leftsubnet= and rightsubnet=", MAN),
    fact(T::Connection, "left=, right= and keyexchange=", MAN),
    fact(T::AuthMethod, "leftauth= and rightauth=", MAN),
    fact(T::OwnIdentity, "leftid=", MAN),
    fact(T::PeerIdentity, "rightid=", MAN),
    fact(T::IkeVersion, "keyexchange=", MAN).note("ikev1, ikev2, or ike for both"),
    fact(T::Mode, "aggressive=", MAN).note("yes or no"),
    fact(T::Fragmentation, "fragmentation=", MAN)
        .lines(&["fragmentation=yes"])
        .note("the default"),
    fact(T::Encapsulation, "forceencaps=", MAN).lines(&["forceencaps=yes"]),
    fact(T::Pool, "rightsourceip=", MAN),
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
