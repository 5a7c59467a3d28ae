//! Who each side says it is, and how it proves it: identities, certificates, the authorities asked for, methods, EAP.
//!
//! In clear stand only the identities of Aggressive Mode and the first certificate requests; the rest comes from messages
//! the host decrypted.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::place::{Place, Role, Version};
use super::redact::{PSEUDONYM, Redact};
pub use crate::wire::code::number::v2_id_type as id_type;
use crate::wire::code::{self, Registry};
use crate::wire::text;
use crate::wire::x509::{AlternativeName, Certificate as X509, Name};

/// The most bytes kept of an identity or another name. Nothing limits them; distinguished names of some hundred are in use.
const MAX_IDENTITY: usize = 1024;
/// The most names of a certificate that a sentence lists.
const MAX_LISTED: usize = 4;
/// The most identities and certificates kept of one negotiation.
pub(in crate::negotiation) const MAX_KEPT: usize = 8;
/// The most certification authorities: a Windows host names all that it trusts.
pub(in crate::negotiation) const MAX_AUTHORITIES: usize = 256;
/// The largest certificate that is read.
pub(in crate::negotiation) const MAX_CERTIFICATE: usize = 16_384;
/// The most names kept of one certificate.
const MAX_NAMES: usize = 32;
/// Size of a SHA-1 hash: one authority of an IKEv2 certificate request (RFC 7296 3.7).
const AUTHORITY: usize = 20;

/// An identity that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who sent it.
    pub from: Role,
    /// Whom it names: the sender; or, in an IKE_AUTH request, the responder the initiator wants to talk to (RFC 7296 3.5).
    pub of: Role,
    /// Version of IKE, which numbers some types differently.
    pub version: Version,
    /// ID type.
    pub kind: u8,
    /// The identity, at most 1024 bytes.
    pub data: Vec<u8>,
    /// Where.
    pub place: Place,
}

impl Identity {
    /// The identity as text: an address, a name, a distinguished name; other types as hexadecimal digits. Control characters
    /// are escaped.
    #[must_use]
    pub fn value(&self) -> String {
        identity_text(self.kind, &self.data)
    }

    /// Name of its type: `ID_FQDN`.
    #[must_use]
    pub fn type_name(&self) -> String {
        let registry = match self.version {
            Version::V1 => Registry::V1IdType,
            Version::V2 => Registry::V2IdType,
        };
        code::name(registry, self.kind.into()).map_or_else(|| format!("ID type {}", self.kind), str::to_owned)
    }
}

/// An X.509 certificate a side sent, as far as a diagnosis needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who sent it.
    pub from: Role,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// First moment of its validity, nanoseconds since 1970.
    pub not_before: i64,
    /// Last moment of its validity, nanoseconds since 1970.
    pub not_after: i64,
    /// Subject alternative names as ID type and bytes.
    pub names: Vec<(u8, Vec<u8>)>,
    /// Its subject as DER, to be compared with an identity; empty if it is longer than what is kept of one.
    subject_der: Vec<u8>,
    /// Where.
    pub place: Place,
}

impl Certificate {
    pub(in crate::negotiation) fn read(from: Role, der: &[u8], place: Place) -> Option<Self> {
        let certificate = X509::read(der)?;
        Some(Self {
            from,
            subject: bounded(certificate.subject.to_string()),
            issuer: bounded(certificate.issuer.to_string()),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            names: certificate
                .alternative_names
                .into_iter()
                .map(name)
                .take(MAX_NAMES)
                .collect(),
            subject_der: Some(certificate.subject.to_der()?)
                .filter(|der| der.len() <= MAX_IDENTITY)
                .unwrap_or_default(),
            place,
        })
    }

    /// It stands for this identity: by an alternative name, or by its subject (RFC 4945 3.1, 5.1.3.6).
    #[must_use]
    pub fn names(&self, identity: &Identity) -> bool {
        let same = |(kind, data): &(u8, Vec<u8>)| {
            *kind == identity.kind && data.eq_ignore_ascii_case(&identity.data)
        };
        let subject = &self.subject_der;
        let is_subject = identity.kind == id_type::DN && !subject.is_empty() && identity.data == *subject;
        self.names.iter().any(same) || is_subject
    }

    /// What it stands for, in words: its alternative names, or its subject where it has none.
    #[must_use]
    pub fn stands_for(&self) -> String {
        if self.names.is_empty() {
            return text::shown(self.subject.chars());
        }
        let listed = self.names.iter().take(MAX_LISTED);
        let mut names: Vec<_> = listed.map(|(kind, data)| identity_text(*kind, data)).collect();
        if let Some(more @ 1..) = self.names.len().checked_sub(MAX_LISTED) {
            names.push(format!("and {more} more"));
        }
        names.join(", ")
    }
}

impl Certificate {
    /// Puts pseudonyms for what came from outside: of a certificate only kinds, relations and dates are left.
    pub(in crate::negotiation) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            subject,
            issuer,
            names,
            subject_der,
            from: _,
            not_before: _,
            not_after: _,
            place: _,
        } = self;
        d.name(subject);
        d.name(issuer);
        for (kind, data) in names {
            redact(*kind, data, d);
        }
        redact(id_type::DN, subject_der, d);
    }
}

/// Puts a pseudonym for an identity: an address for an address, a name for anything else.
pub(in crate::negotiation) fn redact(kind: u8, data: &mut Vec<u8>, d: &mut dyn Redact) {
    let original = identity_text(kind, data);
    match (kind, original.parse::<IpAddr>()) {
        (id_type::IPV4 | id_type::IPV6, Ok(mut a)) => {
            d.address(&mut a);
            *data = match a {
                IpAddr::V4(a) => a.octets().to_vec(),
                IpAddr::V6(a) => a.octets().to_vec(),
            };
        }
        _ => {
            let mut name = original.clone();
            d.name(&mut name);
            if name != original {
                *data = match kind {
                    id_type::FQDN | id_type::EMAIL | id_type::KEY_ID => name.into_bytes(),
                    // As configurations write such a name.
                    id_type::DN => [&[PSEUDONYM, b'='], name.as_bytes()].concat(),
                    _ => [&[PSEUDONYM], name.as_bytes()].concat(),
                };
            }
        }
    }
}

/// As much of a text as is kept of a name, and a mark where it ends early.
pub(in crate::negotiation) fn bounded(mut text: String) -> String {
    if text.len() > MAX_IDENTITY {
        text.truncate(text.floor_char_boundary(MAX_IDENTITY));
        text.push('…');
    }
    text
}

/// As many bytes as are kept of an identity.
pub(in crate::negotiation) fn kept(data: &[u8]) -> Vec<u8> {
    data.get(..MAX_IDENTITY).unwrap_or(data).to_vec()
}

/// An alternative name as an identity of IKE.
fn name(name: AlternativeName<'_>) -> (u8, Vec<u8>) {
    let (kind, data) = match name {
        AlternativeName::Dns(text) => (id_type::FQDN, text),
        AlternativeName::Rfc822(text) => (id_type::EMAIL, text),
        AlternativeName::Ip(bytes) if bytes.len() == 4 => (id_type::IPV4, bytes),
        AlternativeName::Ip(bytes) => (id_type::IPV6, bytes),
        AlternativeName::Directory(der) => (id_type::DN, der),
    };
    (kind, kept(data))
}

pub(in crate::negotiation) fn identity_text(kind: u8, data: &[u8]) -> String {
    if let Some((&PSEUDONYM, pseudonym)) = data.split_first()
        && !matches!((kind, data.len()), (id_type::IPV4, 4) | (id_type::IPV6, 16))
        && pseudonym.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'=')
        && !pseudonym.is_empty()
    {
        return text::shown_bytes(pseudonym);
    }
    let hexadecimal = || {
        data.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    match kind {
        id_type::IPV4 => {
            <[u8; 4]>::try_from(data).map_or_else(|_| hexadecimal(), |a| Ipv4Addr::from(a).to_string())
        }
        id_type::IPV6 => {
            <[u8; 16]>::try_from(data).map_or_else(|_| hexadecimal(), |a| Ipv6Addr::from(a).to_string())
        }
        id_type::DN => {
            Name::read(data).map_or_else(hexadecimal, |name| text::shown(name.to_string().chars()))
        }
        id_type::FQDN | id_type::EMAIL => text::shown_bytes(data),
        // Cisco's group name is text in a key ID.
        id_type::KEY_ID if data.iter().all(|c| c.is_ascii_graphic()) && !data.is_empty() => {
            text::shown_bytes(data)
        }
        _ => hexadecimal(),
    }
}

/// A certification authority a side named in a certificate request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Who asked for certificates of it.
    pub from: Role,
    /// IKEv2: SHA-1 of its public key info (RFC 7296 3.7); IKEv1: SHA-1 of its distinguished name, to be compared only.
    pub digest: [u8; AUTHORITY],
    /// Its name, which only IKEv1 gives.
    pub name: Option<String>,
    /// Where.
    pub place: Place,
}

/// How a side proves its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whose.
    pub from: Role,
    /// The message it came in.
    pub event: u32,
    /// IKEv2 authentication method (IANA ikev2-parameters).
    pub method: u8,
    /// Where.
    pub place: Place,
}

/// An EAP message (RFC 3748 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eap {
    /// Who sent it.
    pub from: Role,
    /// 1 request, 2 response, 3 success, 4 failure.
    pub code: u8,
    /// Type of a request or response.
    pub kind: Option<u8>,
    /// The error number of an MS-CHAPv2 failure (RFC 2759 6: 691 is a wrong name or password).
    pub error: Option<u16>,
    /// Where.
    pub place: Place,
}

/// What XAUTH came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XauthStatus {
    /// Who says so.
    pub from: Role,
    /// Name and password were accepted.
    pub good: bool,
    /// Where.
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_told_in_the_form_users_know_and_cannot_format_the_text() {
        assert_eq!(identity_text(id_type::IPV4, &[10, 1, 1, 10]), "10.1.1.10");
        assert_eq!(identity_text(id_type::IPV4, &[10, 1]), "0a01");
        assert_eq!(
            identity_text(id_type::FQDN, "vpn\n\u{202e}x".as_bytes()),
            "vpn\\n\\u{202e}x"
        );
        assert_eq!(identity_text(id_type::KEY_ID, b"group"), "group");
        assert_eq!(identity_text(id_type::KEY_ID, &[0, 1]), "0001");
    }
}
