//! All dialects, one line each.

use super::configuration::{
    cisco, fortigate, iked_conf, ios_show, ipsec_conf, junos, list_conns, pfsense, powershell, routeros,
    statusall, strongswan_conf, swanctl, vyos,
};
use super::dialect::{Dialect, Sign};
use super::kind::Kind;
use super::log;
use super::text::head;
use super::unread;

/// In the order in which they are tried; of two logs that as many lines are like, the first one counts.
const DIALECTS: [&Dialect; 28] = [
    &log::charon::DIALECT,
    &log::cisco::DIALECT,
    &log::pluto::DIALECT,
    &log::iked::DIALECT,
    &log::fortigate::DIALECT,
    &log::fortigate_event::DIALECT,
    &log::palo_alto::DIALECT,
    &log::check_point::DIALECT,
    &log::aws::DIALECT,
    &log::junos::DIALECT,
    &log::racoon::DIALECT,
    &log::vpnc::DIALECT,
    &log::l2tp::DIALECT,
    &unread::DIALECT,
    &pfsense::DIALECT,
    &powershell::DIALECT,
    &routeros::DIALECT,
    &fortigate::DIALECT,
    &ios_show::DIALECT,
    &cisco::DIALECT,
    &list_conns::DIALECT,
    &statusall::DIALECT,
    &junos::DIALECT,
    &vyos::DIALECT,
    &iked_conf::DIALECT,
    &ipsec_conf::DIALECT,
    &swanctl::DIALECT,
    &strongswan_conf::DIALECT,
];

/// Endings of files of secrets and keys, as daemons call them: they are not even opened.
const SECRETS: [&str; 9] = [
    "secrets", "key", "pem", "p8", "p12", "pfx", "der", "psk", "keytab",
];

/// How many lines of a file's beginning are looked at to tell whose log it is.
const BEGINNING: usize = 400;
/// How much of each of them, in bytes.
const HEAD: usize = 512;
/// Shorter lines are of no log.
const SHORT: usize = 8;

/// A text that begins so is a log.
#[must_use]
pub fn is_log(beginning: &str) -> bool {
    log(beginning).is_some()
}

/// What a text is; `None` if it is nothing that is known here.
pub(super) fn dialect(text: &str) -> Option<&'static Dialect> {
    log(text).or_else(|| configuration(text))
}

fn configuration(text: &str) -> Option<&'static Dialect> {
    // One walk for all that are told by a line: there may be millions.
    let mut first = DIALECTS.len();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let like = |d: &&Dialect| matches!(d.sign, Sign::Line(is) if is(line));
        first = DIALECTS.iter().take(first).position(like).unwrap_or(first);
    }
    let mut before = DIALECTS.into_iter().take(first);
    before
        .find(|d| matches!(d.sign, Sign::Text(is) if is(text)))
        .or_else(|| DIALECTS.get(first).copied())
}

/// Whose log it is, from the form of most of its first lines; `None` if it is no log. Comments of a configuration are none.
fn log(text: &str) -> Option<&'static Dialect> {
    let beginning = || {
        let lines = text.lines().take(BEGINNING).map(|line| head(line, HEAD));
        lines.filter(|line| line.len() >= SHORT && !line.trim_start().starts_with(['#', '!']))
    };
    let mut counts = [0_usize; DIALECTS.len()];
    for line in beginning() {
        let is = |d: &Dialect| matches!(d.sign, Sign::Lines(is) if is(line));
        if let Some((_, count)) = DIALECTS.iter().zip(&mut counts).find(|(d, _)| is(d)) {
            *count += 1;
        }
    }
    // A log of several daemons is that of most lines; where two count the same, the stricter form is listed first.
    match DIALECTS
        .into_iter()
        .zip(counts)
        .rev()
        .max_by_key(|&(_, count)| count)
    {
        Some((dialect, 1..)) => Some(dialect),
        _ => beside()
            .find(|(_, is)| beginning().any(is))
            .map(|(dialect, _)| dialect),
    }
}

/// Logs that may stand in that of another daemon, with what their lines are like.
pub(super) fn beside() -> impl Iterator<Item = (&'static Dialect, fn(&str) -> bool)> {
    DIALECTS.into_iter().filter_map(|d| match d.sign {
        Sign::Beside(is) => Some((d, is)),
        _ => None,
    })
}

/// The dialect of this number.
pub(super) fn numbered(number: usize) -> Option<&'static Dialect> {
    DIALECTS.get(number).copied()
}

/// What files can be.
pub fn kinds() -> impl Iterator<Item = Kind> {
    DIALECTS.into_iter().map(|d| d.kind)
}

/// Files with this ending are taken of a folder.
#[must_use]
pub fn is_taken(ending: &str) -> bool {
    DIALECTS.iter().any(|d| d.endings.contains(&ending))
}

/// Files with this ending hold secrets or keys.
#[must_use]
pub fn is_secret(ending: &str) -> bool {
    SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::dialect::Secrets;
    use crate::policy::secret;

    #[test]
    fn a_log_is_whose_most_lines_are() {
        let kind = |text| log(text).map(|d| d.kind.name());
        // libreswan 4.10's own words: pluto lists its algorithms when it starts.
        let table = "Jan  1 12:00:06.1: initializing secured heap\n\
            Jan  1 12:00:06.2:   AES_CCM_16         [*128] IKEv1:     ESP     IKEv2:     ESP     FIPS aes_ccm\n\
            Jan  1 12:00:06.3:   3DES_CBC           [*192] IKEv1: IKE ESP     IKEv2: IKE ESP     FIPS 3des\n\
            Jan  1 12:00:07.1: \"lab\" #1: initiating IKEv2 connection\n";
        assert_eq!(kind(table), Some("Libreswan's log"));
        let debug = "Jan  1 12:00:06.123: ISAKMP:(0): processing SA payload. message ID = 0\n\
            Jan  1 12:00:06.124: IKEv2:(SESSION ID = 1,SA ID = 1):Failed to find a matching policy\n";
        assert_eq!(kind(debug), Some("Cisco's log"));
        assert_eq!(kind("# a configuration\nconn lab\n"), None);
    }

    #[test]
    fn a_configuration_that_speaks_of_logs_is_none() {
        let text = "# IKEv2: as on the router\nconnections {\n  a {\n    proposals = aes256-sha256-modp2048\n  }\n}\n";
        assert_eq!(dialect(text).map(|d| d.kind), Some(Kind::Named("swanctl.conf")));
    }

    #[test]
    fn nothing_that_is_read_is_called_a_secret() {
        for dialect in DIALECTS {
            if let Secrets::AllBut(settings) = dialect.secrets {
                for setting in settings {
                    let value = format!("{setting}=X");
                    assert_eq!(secret::without(&value), value, "{}", dialect.kind.name());
                }
            }
        }
    }

    #[test]
    fn what_is_taken_of_a_folder_is_no_file_of_secrets() {
        for dialect in DIALECTS {
            for ending in dialect.endings {
                assert!(is_taken(ending) && !is_secret(ending), "{ending}");
            }
        }
        assert!(is_secret("PEM") && !is_taken("pem"));
    }
}
