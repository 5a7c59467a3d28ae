//! OPNsense, whose IKE daemon is strongSwan.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelling};
use super::swanctl;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "VPN > IPsec > Connections > Proposals",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogConnection.xml",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "VPN > IPsec > Connections > Children > ESP proposals",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogChild.xml",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "VPN > IPsec > Connections > Children > ESP proposals",
        lines: &[],
        note: "entries with a group ask for PFS",
        source: "OPNsense manual, vpnet",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "VPN > IPsec > Connections > Children > Local, Remote",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogChild.xml",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "VPN > IPsec > Connections > Children > Mode",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogChild.xml",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "VPN > IPsec > Connections > Children",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogChild.xml",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "VPN > IPsec > Pre-Shared Keys",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogPSK.xml",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "VPN > IPsec > Connections > Local Authentication and Remote Authentication",
        lines: &[],
        note: "",
        source: "opnsense/core Swanctl.xml",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "VPN > IPsec > Connections > Local Authentication > ID",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogLocal.xml",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "VPN > IPsec > Connections > Remote Authentication > Id",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogRemote.xml",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "VPN > IPsec > Connections > Version",
        lines: &[],
        note: "",
        source: "opnsense/core Swanctl.xml",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "VPN > IPsec > Connections > Aggressive",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogConnection.xml",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "VPN > IPsec > Connections > UDP encapsulation",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogConnection.xml",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "VPN > IPsec > Connections > Pools",
        lines: &[],
        note: "",
        source: "opnsense/core IPsec forms/dialogPool.xml",
    },
];

/// Proposals are chosen from a list, in strongSwan's words (`IPsecProposalField`).
pub(super) static SPELLING: Spelling = Spelling {
    word: swanctl::word,
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let one = swanctl::joined(all.last()?);
        Some(vec![match purpose {
            Purpose::Ike => format!("VPN > IPsec > Connections > Proposals: {one}"),
            Purpose::Esp => format!("VPN > IPsec > Connections > Children > ESP proposals: {one}"),
            Purpose::Ah => return None,
        }])
    },
};
