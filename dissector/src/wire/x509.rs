//! Bytes -> an X.509 certificate (RFC 5280 4.1) and distinguished names (RFC 4514), as far as a diagnosis needs them: whom
//! a certificate names, who issued it, when it is valid. Nothing is verified: that is what the peers do.

use std::fmt::{self, Write as _};

use der::asn1::{
    AnyRef, BitStringRef, BmpString, GeneralizedTime, Ia5StringRef, ObjectIdentifier, OctetStringRef,
    PrintableStringRef, SetOfVec, TeletexStringRef, UtcTime, Utf8StringRef,
};
use der::oid::db::{DB, rfc5280::ID_CE_SUBJECT_ALT_NAME};
use der::{Any, Choice, Class, Decode as _, Encode as _, Sequence, Tag, Tagged as _, ValueOrd};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// Whom it was issued to.
    pub subject: Name,
    /// Who issued it.
    pub issuer: Name,
    /// First moment of its validity, nanoseconds since 1970.
    pub not_before: i64,
    /// Last moment of its validity, nanoseconds since 1970.
    pub not_after: i64,
    /// Subject alternative names (RFC 5280 4.2.1.6) of the kinds that IKE has identities for.
    pub alternative_names: Vec<AlternativeName<'a>>,
}

/// Another name of a certificate's subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlternativeName<'a> {
    /// A mail address.
    Rfc822(&'a [u8]),
    /// The name of a host.
    Dns(&'a [u8]),
    /// A distinguished name, DER.
    Directory(&'a [u8]),
    /// An IPv4 or IPv6 address.
    Ip(&'a [u8]),
}

impl<'a> Certificate<'a> {
    /// Reads a DER certificate; `None` if it is none. Alternative names that cannot be read are left out.
    #[must_use]
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let body = Signed::from_der(der).ok()?.body;
        let extensions = body.extensions.unwrap_or_default();
        let alternative = extensions.iter().find(|e| e.id == ID_CE_SUBJECT_ALT_NAME);
        let names = alternative.and_then(|e| Vec::<AnyRef<'a>>::from_der(e.value.as_bytes()).ok());
        Some(Self {
            subject: Name(body.subject),
            issuer: Name(body.issuer),
            not_before: body.validity.not_before.nanoseconds(),
            not_after: body.validity.not_after.nanoseconds(),
            alternative_names: names
                .unwrap_or_default()
                .into_iter()
                .filter_map(AlternativeName::read)
                .collect(),
        })
    }
}

impl<'a> AlternativeName<'a> {
    /// Of a GeneralName: its tag says of which kind it is (RFC 5280 4.2.1.6).
    fn read(name: AnyRef<'a>) -> Option<Self> {
        if name.tag().class() != Class::ContextSpecific {
            return None;
        }
        let data = name.value();
        match name.tag().number().value() {
            1 => Some(Self::Rfc822(data)),
            2 => Some(Self::Dns(data)),
            4 => Some(Self::Directory(data)),
            7 => Some(Self::Ip(data)),
            _ => None,
        }
    }
}

// ---- Names ----------------------------------------------------------------------------------------------------------

/// A distinguished name. As text it is in the notation of RFC 4514, with the most specific part first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Vec<SetOfVec<Attribute>>);

/// One part of a name: `CN=moon`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    value: Any,
}

impl Name {
    /// Reads a DER name; `None` if it is none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        Vec::from_der(der).ok().map(Self)
    }

    /// As DER.
    #[must_use]
    pub fn to_der(&self) -> Option<Vec<u8>> {
        self.0.to_der().ok()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().rev().enumerate() {
            for (more, attribute) in part.iter().enumerate() {
                match (index, more) {
                    (0, 0) => {}
                    (_, 0) => f.write_char(',')?,
                    _ => f.write_char('+')?,
                }
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = DB.find_names_for_oid(self.kind).min_by_key(|name| name.len());
        let (Some(kind), Some(text)) = (kind, text(&self.value)) else {
            let value = self.value.to_der().map_err(|_| fmt::Error)?;
            return write!(f, "{}=#{}", self.kind, hexadecimal(&value));
        };
        write!(f, "{}=", kind.to_ascii_uppercase())?;
        let last = text.chars().count().saturating_sub(1);
        for (index, c) in text.chars().enumerate() {
            // RFC 4514 2.4.
            match c {
                '#' if index == 0 => f.write_str("\\#")?,
                ' ' if index == 0 || index == last => f.write_str("\\ ")?,
                '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
                '\0'..='\x1f' | '\x7f' => write!(f, "\\{:02x}", u32::from(c))?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A value of a name that is a string (DirectoryString and IA5String, RFC 5280 4.1.2.4).
fn text(value: &Any) -> Option<String> {
    Some(match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok()?.as_str().to_owned(),
        Tag::PrintableString => value
            .decode_as::<PrintableStringRef<'_>>()
            .ok()?
            .as_str()
            .to_owned(),
        Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().ok()?.as_str().to_owned(),
        Tag::TeletexString => value
            .decode_as::<TeletexStringRef<'_>>()
            .ok()?
            .as_str()
            .to_owned(),
        Tag::BmpString => value.decode_as::<BmpString>().ok()?.to_string(),
        _ => return None,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

// ---- The structures of RFC 5280 4.1 ---------------------------------------------------------------------------------

#[derive(Sequence)]
struct Signed<'a> {
    body: Body<'a>,
    _algorithm: AnyRef<'a>,
    _signature: BitStringRef<'a>,
}

#[derive(Sequence)]
struct Body<'a> {
    #[asn1(context_specific = "0", optional = "true")]
    _version: Option<u8>,
    _serial_number: AnyRef<'a>,
    _algorithm: AnyRef<'a>,
    issuer: Vec<SetOfVec<Attribute>>,
    validity: Validity,
    subject: Vec<SetOfVec<Attribute>>,
    _key: AnyRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    _issuer_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    _subject_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

#[derive(Sequence)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Choice)]
enum Time {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    Generalized(GeneralizedTime),
}

impl Time {
    /// Since 1970; the largest number for what lies beyond.
    fn nanoseconds(&self) -> i64 {
        let since = match self {
            Self::Utc(time) => time.to_unix_duration(),
            Self::Generalized(time) => time.to_unix_duration(),
        };
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }
}

#[derive(Sequence)]
struct Extension<'a> {
    id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    _critical: bool,
    value: &'a OctetStringRef,
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};

    use super::*;

    /// Made by openssl(1), which gives subject and dates in the same words (`-nameopt RFC2253,-esc_msb`).
    const MADE: &str = "MIICHzCCAcSgAwIBAgIUGjzCfu4RfHNp+CalRm/6iJRnmhUwCgYIKoZIzj0EAwIwQzELMAkGA1UEBhMCQ0gxEjAQBgNVBAoMCU1v\
        b24sIEluYzEQMA4GA1UECwwHTGFiIDwxPjEOMAwGA1UEAwwFTcO2bmQwIBcNMjYxMTI4MDQzNDAwWhgPMjA4MTA4MzEwNDM0MDBa\
        MEMxCzAJBgNVBAYTAkNIMRIwEAYDVQQKDAlNb29uLCBJbmMxEDAOBgNVBAsMB0xhYiA8MT4xDjAMBgNVBAMMBU3Dtm5kMFkwEwYH\
        KoZIzj0CAQYIKoZIzj0DAQcDQgAEJCkxyva1YvZsdPElKFW7HF6Fi6Z4pRmQjcslv3F4pgKD2pDKa/DnCtUvgJsDNrjuPtYKSWvW\
        iZga6LOW5ms3WKOBkzCBkDBhBgNVHREEWjBYghBtb29uLmV4YW1wbGUubmV0gQ1hQGV4YW1wbGUubmV0hwQKAQIDhxAgAQ24AAAA\
        AAAAAAAAAAABhglodHRwOi8veC+kEjAQMQ4wDAYDVQQDDAVPdGhlcjAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBTCUdiwKCNmt3/y\
        jJcU1mZxXxaZxjAKBggqhkjOPQQDAgNJADBGAiEA1X8ZN9fZqNGijyQE5p1ajlcdSxZPZWSD2UQAI9yDt2ICIQDjI3K5Au3ccTW5\
        +4aSFaJPiecCI3iejuFnr87Y+STDoQ==";

    #[test]
    fn a_certificate_is_read_as_openssl_reads_it() {
        let der = Base64::decode_vec(MADE).expect("base64");
        let certificate = Certificate::read(&der).expect("a certificate");
        assert_eq!(
            certificate.subject.to_string(),
            "CN=Mönd,OU=Lab \\<1\\>,O=Moon\\, Inc,C=CH"
        );
        assert_eq!(certificate.issuer, certificate.subject);
        let second = 1_000_000_000;
        assert_eq!(certificate.not_before, 1_795_840_440 * second);
        assert_eq!(certificate.not_after, 3_523_840_440 * second);
        let [dns, mail, four, six, directory] = certificate.alternative_names.as_slice() else {
            panic!("{:?}", certificate.alternative_names);
        };
        assert_eq!(*dns, AlternativeName::Dns(b"moon.example.net"));
        assert_eq!(*mail, AlternativeName::Rfc822(b"a@example.net"));
        assert_eq!(*four, AlternativeName::Ip(&[10, 1, 2, 3]));
        let address = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(*six, AlternativeName::Ip(&address));
        let AlternativeName::Directory(directory) = directory else {
            panic!("{directory:?}");
        };
        assert_eq!(Name::read(directory).expect("a name").to_string(), "CN=Other");
    }

    #[test]
    fn no_cut_or_bent_certificate_breaks_the_reader() {
        let der = Base64::decode_vec(MADE).expect("base64");
        for cut in 0..der.len() {
            assert_eq!(Certificate::read(&der[..cut]), None);
            let mut bent = der.clone();
            bent[cut] ^= 0x55;
            if let Some(certificate) = Certificate::read(&bent) {
                let _ = certificate.subject.to_string();
            }
        }
    }
}
