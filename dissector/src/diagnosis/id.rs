//! The registry: every rule in one line. Ids, their names and the table of rules are made of it.

use std::fmt;

/// Calls a macro with all rules: id, file in `rules/`, and the contract's name. The order decides what is asked first.
macro_rules! each_rule {
    ($with:ident) => {
        $with! {
            Established established "established",
            InProgress in_progress "in-progress",
            StartNotCaptured start_not_captured "start-not-captured",
            Scan scan "scan",
            // contact
            NoResponse no_response "no-response",
            PeerUnreachable peer_unreachable "peer-unreachable",
            ReturnPathBlocked return_path_blocked "return-path-blocked",
            Port4500Blocked port_4500_blocked "port-4500-blocked",
            FragmentsLost fragments_lost "fragments-lost",
            // where it stood
            Stalled stalled "stalled",
            // ike-sa
            VersionMismatch version_mismatch "version-mismatch",
            ModeMismatch mode_mismatch "mode-mismatch",
            IkeProposalMismatch ike_proposal_mismatch "ike-proposal-mismatch",
            NoMatchingConnection no_matching_connection "no-matching-connection",
            KeyExchangeMismatch key_exchange_mismatch "key-exchange-mismatch",
            IkeRefused ike_refused "ike-refused",
            // auth
            PskMismatch psk_mismatch "psk-mismatch",
            PskMissing psk_missing "psk-missing",
            IdentityRejected identity_rejected "identity-rejected",
            AuthMethodMismatch auth_method_mismatch "auth-method-mismatch",
            CertificateRejected certificate_rejected "certificate-rejected",
            EapFailed eap_failed "eap-failed",
            XauthFailed xauth_failed "xauth-failed",
            AuthenticationFailed authentication_failed "authentication-failed",
            // child-sa
            ChildProposalMismatch child_proposal_mismatch "child-proposal-mismatch",
            PfsMismatch pfs_mismatch "pfs-mismatch",
            SelectorMismatch selector_mismatch "selector-mismatch",
            EncapsulationMismatch encapsulation_mismatch "encapsulation-mismatch",
            AddressAssignmentFailed address_assignment_failed "address-assignment-failed",
            ChildRefused child_refused "child-refused",
            ResponderFailure responder_failure "responder-failure",
            // rekey
            RekeyFailed rekey_failed "rekey-failed",
            StateLost state_lost "state-lost",
            PeerDead peer_dead "peer-dead",
            DeletedEarly deleted_early "deleted-early",
            // esp
            EspBlocked esp_blocked "esp-blocked",
            EspIntegrityInterop esp_integrity_interop "esp-integrity-interop",
            PathMtu path_mtu "path-mtu",
            NatClientConflict nat_client_conflict "nat-client-conflict",
            NatServerPolicy nat_server_policy "nat-server-policy",
            // l2tp
            L2tpCleartext l2tp_cleartext "l2tp-cleartext",
            L2tpNoReply l2tp_no_reply "l2tp-no-reply",
            PppFailed ppp_failed "ppp-failed",
            // notes
            LifetimeDiffers lifetime_differs "lifetime-differs",
            WeakAlgorithm weak_algorithm "weak-algorithm",
            PfsUntested pfs_untested "pfs-untested",
            NatDetected nat_detected "nat-detected",
            IdentityType identity_type "identity-type",
            Retransmission retransmission "retransmission",
            CookieDemanded cookie_demanded "cookie-demanded",
            Redirected redirected "redirected",
            PpkAnnounced ppk_announced "ppk-announced",
            FragmentationNotAnnounced fragmentation_not_announced "fragmentation-not-announced",
            NotIke not_ike "not-ike",
            OfferTooLong offer_too_long "offer-too-long",
            CaptureIncomplete capture_incomplete "capture-incomplete",
            DecryptionKeyWrong decryption_key_wrong "decryption-key-wrong",
            OtherProtocolClaimsFrame other_protocol_claims_frame "other-protocol-claims-frame",
        }
    };
}
pub(crate) use each_rule;

macro_rules! ids {
    ($($id:ident $file:ident $name:literal,)*) => {
        /// A rule, by the contract's name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)] // the names are the contract's
        pub enum RuleId {
            $($id,)*
        }

        impl RuleId {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$id,)*];

            /// The contract's word.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$id => $name,)*
                }
            }
        }
    };
}
each_rule!(ids);

impl RuleId {
    /// The rule of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|id| id.name() == name)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Words of a [`RuleSet`].
const WORDS: usize = RuleId::ALL.len().div_ceil(u64::BITS as usize);

/// A set of rules, whatever their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSet([u64; WORDS]);

impl RuleSet {
    /// All rules.
    pub(crate) const ALL: Self = Self([u64::MAX; WORDS]);

    /// This one.
    pub(crate) fn one(id: RuleId) -> Self {
        let (at, mut set) = (id as usize, Self::default());
        if let Some(word) = set.0.get_mut(at / u64::BITS as usize) {
            *word = 1 << (at % u64::BITS as usize);
        }
        set
    }

    /// With those of another.
    pub(crate) fn or(mut self, other: Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        self
    }

    /// Those of both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (word, limit) in self.0.iter_mut().zip(other.0) {
            *word &= limit;
        }
        self
    }

    /// Whether a rule is among them.
    #[cfg(any(test, debug_assertions))]
    pub(crate) fn has(self, id: RuleId) -> bool {
        self.and(Self::one(id)) != Self::default()
    }

    /// Their places in the registry, in its order.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                word &= word.wrapping_sub(1);
                (bit < u64::BITS as usize).then_some(at * u64::BITS as usize + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_its_rules_in_order() {
        let (first, last) = (RuleId::ALL[0], *RuleId::ALL.last().unwrap());
        let set = RuleSet::one(last).or(RuleSet::one(first));
        assert!(set.places().eq([first as usize, last as usize]));
        assert!(RuleSet::ALL.and(set) == set && set.has(last));
        assert_eq!(RuleSet::default().places().count(), 0);
    }

    #[test]
    fn names_are_those_of_ids() {
        assert!(RuleId::ALL.iter().all(|id| RuleId::named(id.name()) == Some(*id)));
        assert_eq!(RuleId::named("nothing"), None);
    }
}
