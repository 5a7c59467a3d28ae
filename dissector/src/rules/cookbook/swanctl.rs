//! strongSwan's swanctl.conf.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::setting::{Setting, Written};
use super::spelling::{self, List, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Auth, Mode, Purpose};

const OPT: Source = document("strongSwan src/swanctl/swanctl.opt", "strongSwan 5 and 6");
const FORWARDING: Source = document("docs.strongswan.org, howtos/forwarding", "strongSwan 5 and 6");
const VYOS: Source = document(
    "vyos/vyos-1x data/templates/ipsec/swanctl/l2tp.j2",
    "strongSwan 5 and 6",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "connections.<name>.proposals", OPT).in_lab(),
    fact(T::EspProposal, "connections.<name>.children.<child>.esp_proposals", OPT).in_lab(),
    fact(T::Pfs, "connections.<name>.children.<child>.esp_proposals", OPT)
        .note("a group at the end of a proposal asks for PFS, without one there is none")
        .in_lab(),
    fact(T::Selectors, "connections.<name>.children.<child>.local_ts and remote_ts", OPT).in_lab(),
    fact(T::ChildMode, "connections.<name>.children.<child>.mode", OPT).in_lab(),
    fact(T::Child, "connections.<name>.children.<child>: esp_proposals, mode, local_ts and remote_ts", OPT),
    fact(T::Connection, "connections.<name>: remote_addrs, local_addrs and version", OPT).in_lab(),
    fact(T::PreSharedKey, "secrets.ike-<name>", OPT).note("id-1 = the peer's identity, secret = the key"),
    fact(T::AuthMethod, "connections.<name>.local.auth and remote.auth", OPT)
        .note("psk, pubkey, eap-mschapv2 or xauth"),
    fact(T::OwnIdentity, "connections.<name>.local.id", OPT),
    fact(T::PeerIdentity, "connections.<name>.remote.id", OPT)
        .note("the identity that the peer sends, or %any")
        .in_lab(),
    fact(T::IkeVersion, "connections.<name>.version", OPT).note("1, 2, or 0 for both").in_lab(),
    fact(T::Mode, "connections.<name>.aggressive", OPT).note("yes or no").in_lab(),
    fact(T::Fragmentation, "connections.<name>.fragmentation", OPT)
        .lines(&["fragmentation = yes"])
        .note("the default"),
    fact(T::Encapsulation, "connections.<name>.encap", OPT).lines(&["encap = yes"]),
    fact(T::Truncation, "connections.<name>.children.<child>.sha256_96", OPT)
        .lines(&["sha256_96 = no"])
        .note("the default"),
    fact(T::Mtu, "", FORWARDING)
        .lines(&[
            "iptables -t mangle -A FORWARD -m policy --pol ipsec --dir out -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1361:1536 -j TCPMSS --set-mss 1360",
        ]),
    fact(T::Pool, "connections.<name>.pools", OPT).note("and the pool in the section pools"),
    fact(T::L2tpSelectors, "connections.<name>.children.<child>", VYOS)
        .lines(&["mode = transport", "local_ts = dynamic[/1701]", "remote_ts = dynamic"])
        .note("on the server"),
];

/// strongSwan's keywords (`proposal_keywords_static.txt`); proposals are apart by commas, algorithms by hyphens (`swanctl.opt`).
pub(super) static SPELLING: Spelling = Spelling {
    word,
    value,
    lines: |all, purpose, _| {
        let setting = match purpose {
            Purpose::Ike => "proposals",
            Purpose::Esp => "esp_proposals",
            Purpose::Ah => "ah_proposals",
        };
        Some(vec![format!("{setting} = {}", value(all, purpose)?)])
    },
};

pub(super) fn word(c: &Choice, _: Purpose, _: Version) -> Option<String> {
    Some(match c.attribute {
        Attribute::Encryption => match (c.id, c.key_length) {
            (13, Some(bits)) => format!("aes{bits}ctr"),
            (18, Some(bits)) => format!("aes{bits}gcm8"),
            (19, Some(bits)) => format!("aes{bits}gcm12"),
            (14, Some(bits)) => format!("aes{bits}ccm8"),
            (15, Some(bits)) => format!("aes{bits}ccm12"),
            (16, Some(bits)) => format!("aes{bits}ccm16"),
            (23, Some(bits)) => format!("camellia{bits}"),
            _ => spelling::cipher(c, "gcm16")?,
        },
        Attribute::Integrity if c.id == 5 => "aesxcbc".to_owned(),
        Attribute::Integrity if c.id == 8 => "aescmac".to_owned(),
        Attribute::Integrity => spelling::hash(c)?.to_owned(),
        Attribute::Prf if c.id == 4 => "prfaesxcbc".to_owned(),
        Attribute::Prf if c.id == 8 => "prfaescmac".to_owned(),
        Attribute::Prf => format!("prf{}", spelling::hash(c)?),
        Attribute::DhGroup => match c.id {
            22 => "modp1024s160",
            23 => "modp2048s224",
            24 => "modp2048s256",
            25 => "ecp192",
            26 => "ecp224",
            27 => "ecp224bp",
            28 => "ecp256bp",
            29 => "ecp384bp",
            30 => "ecp512bp",
            32 => "curve448",
            36 => "mlkem768",
            37 => "mlkem1024",
            35 => "mlkem512",
            id => spelling::group(id)?,
        }
        .to_owned(),
        Attribute::Esn => if c.id == 1 { "esn" } else { "noesn" }.to_owned(),
        _ => return None,
    })
}

/// `aes256-sha256-modp2048`.
pub(super) fn joined(s: &Spelled) -> String {
    s.words().map(String::as_str).collect::<Vec<_>>().join("-")
}

pub(super) fn value(all: &List, _: Purpose) -> Option<String> {
    Some(all.iter().map(joined).collect::<Vec<_>>().join(","))
}

/// `key = value` (`swanctl.opt`).
pub(super) fn set(setting: &Setting) -> Option<Written> {
    let (key, value) = match setting {
        Setting::Version(None) => ("version", "0".to_owned()),
        Setting::Version(Some(Version::V1)) => ("version", "1".to_owned()),
        Setting::Version(Some(Version::V2)) => ("version", "2".to_owned()),
        Setting::Aggressive(yes) => ("aggressive", if *yes { "yes" } else { "no" }.to_owned()),
        Setting::Mode(Mode::Tunnel) => ("mode", "tunnel".to_owned()),
        Setting::Mode(Mode::Transport) => ("mode", "transport".to_owned()),
        Setting::Local(list) => ("local_ts", list.join(",")),
        Setting::Remote(list) => ("remote_ts", list.join(",")),
        Setting::PeerAuth(auth) | Setting::OwnAuth(auth) => ("auth", auth_word(*auth)?.to_owned()),
        Setting::PeerId(id) | Setting::OwnId(id) => ("id", id.clone()),
        Setting::PeerAddress(list) => ("remote_addrs", list.join(",")),
    };
    Some(Written::new(key, " = ", value))
}

/// strongSwan's word; which EAP method is meant, a class does not say.
pub(super) fn auth_word(auth: Auth) -> Option<&'static str> {
    match auth {
        Auth::Psk => Some("psk"),
        Auth::Certificate => Some("pubkey"),
        Auth::Xauth => Some("xauth"),
        Auth::Eap => None,
    }
}
