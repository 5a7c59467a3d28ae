//! OPNsense, whose IKE daemon is strongSwan.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use super::swanctl;
use crate::policy::Purpose;

const CONNECTION: Source = document(
    "opnsense/core IPsec forms/dialogConnection.xml",
    "OPNsense 23.1 and later",
);
const CHILD: Source = document(
    "opnsense/core IPsec forms/dialogChild.xml",
    "OPNsense 23.1 and later",
);
const MANUAL: Source = document("OPNsense manual, vpnet", "OPNsense 23.1 and later");
const PSK: Source = document(
    "opnsense/core IPsec forms/dialogPSK.xml",
    "OPNsense 23.1 and later",
);
const MODEL: Source = document("opnsense/core Swanctl.xml", "OPNsense 23.1 and later");
const LOCAL: Source = document(
    "opnsense/core IPsec forms/dialogLocal.xml",
    "OPNsense 23.1 and later",
);
const REMOTE: Source = document(
    "opnsense/core IPsec forms/dialogRemote.xml",
    "OPNsense 23.1 and later",
);
const POOL: Source = document(
    "opnsense/core IPsec forms/dialogPool.xml",
    "OPNsense 23.1 and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "VPN > IPsec > Connections > Proposals",
        CONNECTION,
    ),
    fact(
        T::EspProposal,
        "VPN > IPsec > Connections > Children > ESP proposals",
        CHILD,
    ),
    fact(
        T::Pfs,
        "VPN > IPsec > Connections > Children > ESP proposals",
        MANUAL,
    )
    .note("entries with a group ask for PFS"),
    fact(
        T::Selectors,
        "VPN > IPsec > Connections > Children > Local, Remote",
        CHILD,
    ),
    fact(T::ChildMode, "VPN > IPsec > Connections > Children > Mode", CHILD),
    fact(T::Child, "VPN > IPsec > Connections > Children", CHILD),
    fact(T::PreSharedKey, "VPN > IPsec > Pre-Shared Keys", PSK),
    fact(
        T::AuthMethod,
        "VPN > IPsec > Connections > Local Authentication and Remote Authentication",
        MODEL,
    ),
    fact(
        T::OwnIdentity,
        "VPN > IPsec > Connections > Local Authentication > ID",
        LOCAL,
    ),
    fact(
        T::PeerIdentity,
        "VPN > IPsec > Connections > Remote Authentication > Id",
        REMOTE,
    ),
    fact(T::IkeVersion, "VPN > IPsec > Connections > Version", MODEL),
    fact(T::Mode, "VPN > IPsec > Connections > Aggressive", CONNECTION),
    fact(
        T::Encapsulation,
        "VPN > IPsec > Connections > UDP encapsulation",
        CONNECTION,
    ),
    fact(T::Pool, "VPN > IPsec > Connections > Pools", POOL),
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
