//! Whose identity or proof of it was refused, where that could be read. Shared by the rules that name the cause.

use super::child_error;
use crate::diagnosis::Case;
use crate::negotiation::{Notice, Role, Version, exchange, notify};

/// IKEv2 authentication methods that sign with the key of a certificate (IANA ikev2-parameters).
pub(super) const SIGNATURES: [u8; 6] = [1, 3, 9, 10, 11, 14];

/// The refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct RefusedProof<'a> {
    /// The error.
    pub(super) notice: &'a Notice,
    /// Whose identity or proof it refuses.
    pub(super) refused: Role,
}

/// The first error about an identity or its proof, if nothing was set up after all.
pub(super) fn of<'a>(case: &Case<'a>) -> Option<RefusedProof<'a>> {
    let n = case.n;
    if !n.esp().is_empty() || child_error::of(case).is_some() {
        return None;
    }
    let notice = match n.version {
        Version::V2 => n
            .decrypted_errors()
            .find(|x| x.kind == notify::AUTHENTICATION_FAILED)?,
        Version::V1 => {
            if n.step(exchange::QUICK_MODE, 1).is_some() || n.step(exchange::TRANSACTION, 1).is_some() {
                return None;
            }
            n.notices.iter().find(|x| is_about_proof(x))?
        }
    };
    Some(RefusedProof {
        notice,
        refused: notice.from.other(),
    })
}

/// IKEv1 errors about certificates (RFC 2408 3.14.1).
pub(super) fn is_about_certificate(notice: &Notice) -> bool {
    matches!(
        notice.kind,
        notify::V1_INVALID_CERT_ENCODING
            | notify::V1_INVALID_CERTIFICATE
            | notify::V1_CERT_TYPE_UNSUPPORTED
            | notify::V1_INVALID_CERT_AUTHORITY
            | notify::V1_CERTIFICATE_UNAVAILABLE
    )
}

fn is_about_proof(notice: &Notice) -> bool {
    is_about_certificate(notice)
        || matches!(
            notice.kind,
            notify::AUTHENTICATION_FAILED | notify::V1_INVALID_SIGNATURE
        )
        || notice.decrypted && notice.kind == notify::V1_INVALID_ID_INFORMATION
}

impl RefusedProof<'_> {
    /// The way of proving that the refused side used, if it could be decrypted.
    pub(super) fn method(&self, case: &Case<'_>) -> Option<u8> {
        case.n
            .proofs
            .iter()
            .find(|p| p.from == self.refused)
            .map(|p| p.method)
    }

    /// It proves itself by a signature that a certificate vouches for.
    pub(super) fn signs(&self, case: &Case<'_>) -> bool {
        match case.n.version {
            Version::V2 => self.method(case).is_some_and(|m| SIGNATURES.contains(&m)),
            // IANA ipsec-registry, authentication methods: DSS, RSA and ECDSA signatures
            Version::V1 => matches!(case.n.v1_auth_method(), Some(2 | 3 | 9..=11)),
        }
    }
}
