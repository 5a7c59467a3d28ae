//! What a payload says of who its sender is, and how that is proved.

use sha1::{Digest as _, Sha1};

use crate::negotiation::facts::Negotiation;
use crate::negotiation::facts::place::{MAX_FACTS, Place, Role, Version};
use crate::negotiation::facts::proof::{
    Authority, Certificate, Eap, Identity, MAX_AUTHORITIES, MAX_CERTIFICATE, MAX_KEPT, Proof, XauthStatus,
    bounded, id_type, identity_text, kept,
};
use crate::negotiation::store::bounds::{Kept, keep, keep_first_and_last};
use crate::wire::code::number::eap_type::MSCHAPV2;
use crate::wire::code::number::v1_config_attribute::XAUTH_STATUS;
use crate::wire::code::number::v2_cert_encoding::X509_SIGNATURE;
use crate::wire::message::{Body, v2};

/// MS-CHAPv2 OpCode Failure (draft-kamath-pppext-eap-mschapv2 2).
const MSCHAPV2_FAILURE: u8 = 4;

impl Negotiation {
    /// Takes what a payload says of its sender.
    pub(super) fn take_proof(&mut self, payload: u8, body: &Body<'_>, from: Role, event: u32, place: Place) {
        match body {
            Body::Identification { kind, data, .. } => {
                let version = self.version;
                let named_by_other = version == Version::V2 && payload == v2::ID_R && from == Role::Initiator;
                let new = Identity {
                    from,
                    of: if named_by_other { Role::Responder } else { from },
                    version,
                    kind: *kind,
                    data: kept(data),
                    place,
                };
                let alike = |a: &Identity, b: &Identity| (a.from, a.of) == (b.from, b.of);
                if keep_first_and_last(&mut self.identities, MAX_KEPT, new, |_| 0, alike) {
                    self.omit(Kept::Identities);
                }
            }
            Body::Certificate {
                encoding: X509_SIGNATURE,
                data,
            } => {
                let short = data.len() <= MAX_CERTIFICATE;
                let read = Some(data)
                    .filter(|_| short)
                    .and_then(|data| Certificate::read(from, data, place));
                let alike = |a: &Certificate, b: &Certificate| a.from == b.from;
                let left_out = match read {
                    Some(new) => keep_first_and_last(&mut self.certificates, MAX_KEPT, new, |_| 0, alike),
                    None => !short,
                };
                if left_out {
                    self.omit(Kept::Certificates);
                }
            }
            Body::CertificateRequest { encoding, authority } => {
                self.certificate_requests = self.certificate_requests.saturating_add(1);
                if *encoding == X509_SIGNATURE {
                    self.take_authorities(authority, from, place);
                }
            }
            Body::Authentication { method, .. } => {
                let new = Proof {
                    from,
                    event,
                    method: *method,
                    place,
                };
                let alike = |a: &Proof, b: &Proof| (a.from, a.method) == (b.from, b.method);
                if keep_first_and_last(&mut self.proofs, MAX_KEPT, new, |_| 0, alike) {
                    self.omit(Kept::Proofs);
                }
            }
            Body::Eap { code, kind, data, .. } => {
                let new = Eap {
                    from,
                    code: *code,
                    kind: *kind,
                    error: mschapv2_error(*kind, data),
                    place,
                };
                let rank = |x: &Eap| u8::from(x.error.is_some());
                let alike = |a: &Eap, b: &Eap| (a.from, a.code, a.kind) == (b.from, b.code, b.kind);
                if keep_first_and_last(&mut self.eap, MAX_FACTS, new, rank, alike) {
                    self.omit(Kept::Eap);
                }
            }
            Body::ModeConfig { attributes, .. } => {
                // The acknowledgement repeats the attribute without a value.
                let status = attributes
                    .iter()
                    .find(|a| a.kind == XAUTH_STATUS && !a.value.is_empty());
                let status = status.and_then(|a| a.number());
                if let (None, Some(number)) = (self.xauth_status, status) {
                    self.xauth_status = Some(XauthStatus {
                        from,
                        good: number == 1,
                        place,
                    });
                }
            }
            _ => {}
        }
    }

    fn take_authorities(&mut self, authority: &[u8], from: Role, place: Place) {
        let named = |digest, name| Authority {
            from,
            digest,
            name,
            place,
        };
        match self.version {
            Version::V2 => {
                for digest in authority.as_chunks().0 {
                    self.take_authority(named(*digest, None));
                }
            }
            // An empty one asks for any (RFC 2408 3.10).
            Version::V1 if authority.is_empty() => {}
            Version::V1 => {
                let name = bounded(identity_text(id_type::DN, authority));
                self.take_authority(named(Sha1::digest(authority).into(), Some(name)));
            }
        }
    }

    fn take_authority(&mut self, new: Authority) {
        if self.authorities.len() < MAX_AUTHORITIES {
            keep(&mut self.authorities, new);
        } else {
            self.omit(Kept::Authorities);
        }
    }
}

/// `E=691 R=1 C=... V=3 M=...` (RFC 2759 6). The challenge in it is not kept.
fn mschapv2_error(kind: Option<u8>, data: &[u8]) -> Option<u16> {
    // OpCode, identifier and two bytes of length precede the text.
    let text = data
        .get(4..)
        .filter(|_| kind == Some(MSCHAPV2) && data.first() == Some(&MSCHAPV2_FAILURE))?;
    let text = text.strip_prefix(b"E=")?;
    let digits = text.iter().take(5).take_while(|c| c.is_ascii_digit());
    digits.fold(None, |n: Option<u16>, c| {
        n.unwrap_or(0).checked_mul(10)?.checked_add(u16::from(c - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_mschapv2_gives_its_number_only() {
        let message = b"\x04\x01\x00\x40E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=no";
        assert_eq!(mschapv2_error(Some(MSCHAPV2), message), Some(691));
        assert_eq!(mschapv2_error(Some(4), message), None);
        assert_eq!(
            mschapv2_error(Some(MSCHAPV2), b"\x04\x01\x00\x40E=99999999"),
            None
        );
        assert_eq!(mschapv2_error(Some(MSCHAPV2), b"\x03\x01"), None);
    }
}
