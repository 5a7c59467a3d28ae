//! strongSwan's swanctl.conf.

use super::advice::{Advice, Topic as T};
use super::setting::{Setting, Written};
use super::spelling::{self, List, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Auth, Mode, Purpose};

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "connections.<name>.proposals",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "connections.<name>.children.<child>.esp_proposals",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "connections.<name>.children.<child>.esp_proposals",
        lines: &[],
        note: "a group at the end of a proposal asks for PFS, without one there is none",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "connections.<name>.children.<child>.local_ts and remote_ts",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "connections.<name>.children.<child>.mode",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "connections.<name>.children.<child>: esp_proposals, mode, local_ts and remote_ts",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Connection,
        version: None,
        setting: "connections.<name>: remote_addrs, local_addrs and version",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "secrets.ike-<name>",
        lines: &[],
        note: "id-1 = the peer's identity, secret = the key",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "connections.<name>.local.auth and remote.auth",
        lines: &[],
        note: "psk, pubkey, eap-mschapv2 or xauth",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "connections.<name>.local.id",
        lines: &[],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "connections.<name>.remote.id",
        lines: &[],
        note: "the identity that the peer sends, or %any",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "connections.<name>.version",
        lines: &[],
        note: "1, 2, or 0 for both",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "connections.<name>.aggressive",
        lines: &[],
        note: "yes or no",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Fragmentation,
        version: None,
        setting: "connections.<name>.fragmentation",
        lines: &["fragmentation = yes"],
        note: "the default",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "connections.<name>.encap",
        lines: &["encap = yes"],
        note: "",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Truncation,
        version: None,
        setting: "connections.<name>.children.<child>.sha256_96",
        lines: &["sha256_96 = no"],
        note: "the default",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::Mtu,
        version: None,
        setting: "",
        lines: &[
            "iptables -t mangle -A FORWARD -m policy --pol ipsec --dir out -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1361:1536 -j TCPMSS --set-mss 1360",
        ],
        note: "",
        source: "docs.strongswan.org, howtos/forwarding",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "connections.<name>.pools",
        lines: &[],
        note: "and the pool in the section pools",
        source: "strongSwan src/swanctl/swanctl.opt",
    },
    Advice {
        topic: T::L2tpSelectors,
        version: None,
        setting: "connections.<name>.children.<child>",
        lines: &[
            "mode = transport",
            "local_ts = dynamic[/1701]",
            "remote_ts = dynamic",
        ],
        note: "on the server",
        source: "vyos/vyos-1x data/templates/ipsec/swanctl/l2tp.j2",
    },
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
