//! Fixes in the words of the products. The way that does not weaken security comes first; what weakens it says so.
//!
//! Sources: strongSwan swanctl.conf(5); Libreswan ipsec.conf(5); iked.conf(5); Microsoft's VPNv2 and
//! `Set-VpnConnectionIPsecConfiguration` reference; Cisco IOS and ASA command references; FortiOS CLI reference;
//! MikroTik's IPsec manual; pfSense's L2TP/IPsec recipe.

use super::Case;
use crate::diagnosis::words;
use crate::negotiation::{Role, Version};
use crate::policy;
use crate::wire::vendor::Product;

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// IKE (phase 1) algorithms.
    IkeProposal,
    /// Child (phase 2) algorithms, PFS, mode and selectors.
    Child,
    /// A connection for this peer.
    Connection,
    /// Pre-shared key.
    PreSharedKey,
    /// Way of authenticating.
    AuthMethod,
    /// Identity expected of the peer.
    Identity,
    /// Version of IKE.
    IkeVersion,
    /// Main or aggressive mode.
    Mode,
    /// IKE fragmentation.
    Fragmentation,
    /// ESP in UDP without NAT.
    Encapsulation,
    /// The length of SHA2-256's checksum.
    Truncation,
    /// The size of packets in the tunnel.
    Mtu,
    /// Selectors for L2TP.
    L2tpSelectors,
}

/// The setting in a product's own syntax.
fn setting(product: Product, topic: Topic, version: Version) -> Option<&'static str> {
    use Product as P;
    use Topic as T;
    Some(match (product, topic) {
        (P::StrongSwan, T::IkeProposal) => {
            "swanctl.conf: connections.<name>.proposals (ipsec.conf: ike=; pfSense: the algorithms of the phase 1 entry)"
        }
        (P::StrongSwan, T::Child) => {
            "swanctl.conf: children.<name>.esp_proposals, .mode, .local_ts and .remote_ts (ipsec.conf: esp=, type=, \
             leftsubnet=, rightsubnet=; pfSense: the phase 2 entry)"
        }
        (P::StrongSwan, T::Connection) => {
            "swanctl.conf: connections.<name>.remote_addrs, .local_addrs and .version (ipsec.conf: right=, left=, \
             keyexchange=)"
        }
        (P::StrongSwan, T::PreSharedKey) => {
            "swanctl.conf: secrets { ike-<name> { id-1 = <peer>  secret = ... } }"
        }
        (P::StrongSwan, T::AuthMethod) => {
            "swanctl.conf: connections.<name>.local.auth and .remote.auth = psk, pubkey, eap-mschapv2 or xauth (ipsec.conf: \
             leftauth=, rightauth=)"
        }
        (P::Libreswan | P::Openswan, T::AuthMethod) => {
            "ipsec.conf: authby=secret or rsasig (one per side: leftauth=, rightauth=)"
        }
        (P::StrongSwan, T::Identity) => {
            "swanctl.conf: connections.<name>.remote.id = the identity the peer sends, or %any (ipsec.conf: rightid=; pfSense: \
             Peer identifier)"
        }
        (P::StrongSwan, T::IkeVersion) => {
            "swanctl.conf: connections.<name>.version = 1 or 2, 0 accepts both (ipsec.conf: keyexchange=)"
        }
        (P::StrongSwan, T::Mode) => {
            "swanctl.conf: connections.<name>.aggressive = yes or no (ipsec.conf: aggressive=)"
        }
        (P::StrongSwan, T::Fragmentation) => {
            "swanctl.conf: connections.<name>.fragmentation = yes (the default)"
        }
        (P::StrongSwan, T::Encapsulation) => {
            "swanctl.conf: connections.<name>.encap = yes (ipsec.conf: forceencaps=yes)"
        }
        (P::StrongSwan, T::Truncation) => {
            "swanctl.conf: children.<name>.sha256_96 = no, the default (ipsec.conf: sha256_96=no)"
        }
        (P::StrongSwan | P::Libreswan | P::Openswan, T::Mtu) => {
            "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -m policy --pol ipsec --dir out -j TCPMSS --set-mss 1360"
        }
        (P::StrongSwan, T::L2tpSelectors) => {
            "swanctl.conf: children.<name>.mode = transport; server: local_ts = dynamic[udp/l2f], remote_ts = dynamic[udp]; client \
             the other way round"
        }
        (P::Libreswan | P::Openswan, T::Encapsulation) => "ipsec.conf: encapsulation=yes",
        (P::Libreswan | P::Openswan, T::Truncation) => "ipsec.conf: sha2-truncbug=no, the default",
        (P::Libreswan | P::Openswan, T::L2tpSelectors) => {
            "ipsec.conf: type=transport; server: leftprotoport=17/1701, rightprotoport=17/%any"
        }
        (P::FortiGate, T::Encapsulation) => "config vpn ipsec phase1-interface: set nattraversal forced",
        (P::CiscoIos, T::Mtu) => "ip tcp adjust-mss 1360 on the tunnel's interface",
        (P::Windows, T::Mtu) => "netsh interface ipv4 set subinterface \"NAME\" mtu=1350 store=persistent",
        (P::Libreswan | P::Openswan, T::IkeProposal) => "ipsec.conf: ike=aes256-sha2;modp2048 and the like",
        (P::Libreswan | P::Openswan, T::Child) => {
            "ipsec.conf: esp=, pfs=, type=transport or tunnel, leftsubnet=, rightsubnet=, leftprotoport=, \
             rightprotoport="
        }
        (P::Libreswan | P::Openswan, T::Connection) => {
            "ipsec.conf: left=, right= (right=%any for any client)"
        }
        (P::Libreswan | P::Openswan, T::PreSharedKey) => "ipsec.secrets: <this side> <peer> : PSK \"...\"",
        (P::Libreswan | P::Openswan, T::Identity) => "ipsec.conf: rightid= (and leftid= on the other side)",
        (P::Libreswan | P::Openswan, T::IkeVersion) => {
            "ipsec.conf: keyexchange=ikev1 or ikev2 (before 5.0: ikev2=no or insist); for IKEv1 also config setup: \
             ikev1-policy=accept"
        }
        (P::Libreswan | P::Openswan, T::Mode) => "ipsec.conf: aggressive=yes or no",
        (P::Libreswan | P::Openswan, T::Fragmentation) => "ipsec.conf: fragmentation=yes (the default)",
        (P::OpenIked, T::IkeProposal) => "iked.conf: ikesa auth ... enc ... prf ... group ...",
        (P::OpenIked, T::Child) => "iked.conf: childsa auth ... enc ... group ..., from ... to ...",
        (P::OpenIked, T::Connection) => "iked.conf: local ... peer ...",
        (P::OpenIked, T::PreSharedKey) => "iked.conf: psk \"...\"",
        (P::OpenIked, T::Identity) => "iked.conf: srcid and dstid",
        (P::OpenIked, T::IkeVersion) => "OpenIKED speaks IKEv2 only: use IKEv2 on the other side",
        (P::Windows, T::IkeProposal) if version == Version::V2 => {
            "PowerShell: Set-VpnConnectionIPsecConfiguration -ConnectionName NAME -AuthenticationTransformConstants \
             SHA256128 -CipherTransformConstants AES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup \
             Group14 -PfsGroup None -Force"
        }
        (P::Windows, T::IkeProposal) => {
            "Windows' L2TP offers are fixed: change the other side, to AES-256, SHA1 and group 14 (MODP-2048) or better"
        }
        (P::Windows, T::PreSharedKey) => {
            "VPN properties, Security, Advanced settings, \"Use preshared key\"; PowerShell: Set-VpnConnection \
             -Name NAME -L2tpPsk KEY"
        }
        (P::CiscoIos, T::IkeProposal) if version == Version::V1 => {
            "crypto isakmp policy N: encryption, hash, group, authentication"
        }
        (P::CiscoIos, T::IkeProposal) => "crypto ikev2 proposal, linked by crypto ikev2 policy",
        (P::CiscoIos, T::Child) => {
            "crypto ipsec transform-set (mode transport or tunnel), set pfs, the crypto ACL"
        }
        (P::CiscoIos, T::PreSharedKey) => "crypto isakmp key ... address ... (IKEv2: crypto ikev2 keyring)",
        (P::CiscoIos, T::Identity) => "crypto isakmp identity; IKEv2: match identity remote in the profile",
        (P::CiscoAsa, T::IkeProposal) => "crypto ikev1 policy N / crypto ikev2 policy N",
        (P::CiscoAsa, T::Child) => {
            "crypto map ... set ikev1 transform-set / set ikev2 ipsec-proposal, set pfs, match address"
        }
        (P::CiscoAsa, T::PreSharedKey) => "tunnel-group NAME ipsec-attributes",
        (P::FortiGate, T::IkeProposal) => "config vpn ipsec phase1-interface: set proposal, set dhgrp",
        (P::FortiGate, T::Child) => {
            "config vpn ipsec phase2-interface: set proposal, set pfs, set dhgrp, src and dst subnets"
        }
        (P::FortiGate, T::PreSharedKey) => "config vpn ipsec phase1-interface: set psksecret",
        (P::FortiGate, T::Identity) => {
            "config vpn ipsec phase1-interface: set peertype, set peerid, set localid"
        }
        (P::FortiGate, T::IkeVersion) => "config vpn ipsec phase1-interface: set ike-version 1 or 2",
        (P::FortiGate, T::Mode) => "config vpn ipsec phase1-interface: set mode main or aggressive",
        (P::RouterOs, T::IkeProposal) => "/ip ipsec profile: enc-algorithm, hash-algorithm, dh-group",
        (P::RouterOs, T::Child) => {
            "/ip ipsec proposal: auth-algorithms, enc-algorithms, pfs-group; /ip ipsec policy"
        }
        (P::RouterOs, T::PreSharedKey) => "/ip ipsec identity: secret",
        (P::RouterOs, T::IkeVersion | T::Mode) => "/ip ipsec peer: exchange-mode=main, aggressive or ike2",
        (P::CiscoIos, T::AuthMethod) => {
            "crypto isakmp policy N: authentication pre-share or rsa-sig (IKEv2: authentication local and remote in the profile)"
        }
        (P::CiscoIos, T::IkeVersion) => {
            "crypto isakmp policy for IKEv1; crypto ikev2 proposal, policy and profile for IKEv2"
        }
        (P::CiscoIos, T::Mode) => "crypto isakmp aggressive-mode disable, to refuse it",
        (P::CiscoIos, T::Fragmentation) => {
            "crypto ikev2 fragmentation mtu 1280 (IKEv1: crypto isakmp fragmentation)"
        }
        (P::CiscoIos, T::Encapsulation) => "crypto ipsec nat-transparency udp-encapsulation, the default",
        (P::CiscoAsa, T::AuthMethod) => {
            "tunnel-group NAME ipsec-attributes: ikev1 pre-shared-key; no ikev1 user-authentication for L2TP"
        }
        (P::CiscoAsa, T::IkeVersion) => "crypto ikev1 enable outside, crypto ikev2 enable outside",
        (P::CiscoAsa, T::Mode) => "crypto ikev1 am-disable, to refuse aggressive mode",
        (P::CiscoAsa, T::Fragmentation) => "crypto ikev2 fragmentation mtu 1280",
        (P::FortiGate, T::AuthMethod) => {
            "config vpn ipsec phase1-interface: set authmethod psk or signature, set xauthtype disable"
        }
        (P::FortiGate, T::Fragmentation) => {
            "config vpn ipsec phase1-interface: set fragmentation enable, set fragmentation-mtu 1200"
        }
        (P::FortiGate, T::L2tpSelectors) => {
            "config vpn ipsec phase2: set encapsulation transport-mode, set l2tp enable"
        }
        (P::RouterOs, T::Identity) => "/ip ipsec identity: remote-id, my-id",
        (P::RouterOs, T::AuthMethod) => "/ip ipsec identity: auth-method",
        (P::RouterOs, T::Encapsulation) => "/ip ipsec profile: nat-traversal=yes",
        (P::RouterOs, T::L2tpSelectors) => {
            "/interface l2tp-server server: enabled=yes use-ipsec=required makes the policy itself"
        }
        (P::Windows, T::IkeVersion) => {
            "PowerShell: Set-VpnConnection -Name NAME -TunnelType L2tp (IKEv1) or Ikev2"
        }
        (P::Windows, T::AuthMethod) => {
            "VPN properties, Security: type of VPN, and for L2TP Advanced settings, pre-shared key or certificate"
        }
        (P::Apple, T::Mode) => {
            "leave the group name (local identifier) empty: with one, Apple's L2TP client uses aggressive mode"
        }
        (P::Apple, T::Identity) => {
            "IKEv2: Remote ID = a name in the server certificate's subject alternative names"
        }
        _ => return None,
    })
}

/// ` In strongSwan: ...`, for the product of a side if it is known, else for the commonest open products.
pub(super) fn how(case: &Case<'_>, role: Role, topic: Topic) -> String {
    let version = case.n.version;
    if let Some(product) = case.product(role)
        && let Some(text) = setting(product, topic, version)
    {
        return format!(" In {}: {text}.", words::product(product));
    }
    let common = [Product::StrongSwan, Product::Libreswan];
    let texts = common.map(|p| setting(p, topic, version));
    if let [Some(one), Some(other)] = texts
        && one == other
    {
        return format!(
            " For example {}: {one}.",
            words::list(&common.map(words::product))
        );
    }
    let known = common.into_iter().zip(texts);
    let known: Vec<String> = known
        .filter_map(|(p, text)| text.map(|t| format!("{}: {t}", words::product(p))))
        .collect();
    if known.is_empty() {
        String::new()
    } else {
        format!(" For example {}.", known.join("; "))
    }
}

/// The same for a change both sides make: each side's own product, and the common ones once where a side's is unknown.
pub(super) fn how_on_both(case: &Case<'_>, topic: Topic) -> String {
    let initiator = how(case, Role::Initiator, topic);
    let responder = how(case, Role::Responder, topic);
    if initiator == responder {
        initiator
    } else {
        let side = |role, text: String| {
            if text.is_empty() {
                text
            } else {
                format!(" On {}:{text}", words::peer(case, role))
            }
        };
        side(Role::Initiator, initiator) + &side(Role::Responder, responder)
    }
}

/// Where a side's log says why, in words a person can search for.
pub(super) fn log(case: &Case<'_>, role: Role) -> String {
    let address = case.n.peer(role).address;
    let place = match case.product(role) {
        // Windows writes none that is read here.
        Some(Product::Windows) => {
            "Event Viewer: Security log, events 4652 to 4654 (after enabling the IPsec audit), and RasClient 20227"
        }
        product => product.and_then(policy::log_of).unwrap_or("its IKE daemon's log"),
    };
    format!("the log of {address} ({place})")
}
