//! Numbers and addresses, digit by digit: words and documents are full of them, and formatting them takes ten times as long.

use std::fmt::Write as _;
use std::net::IpAddr;

/// Adds a number to a text.
pub(crate) fn push_number(out: &mut String, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    // One digit.
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Adds an address to a text, as its own formatting writes it.
pub(crate) fn push_address(out: &mut String, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            let [first, others @ ..] = address.octets();
            push_number(out, first.into());
            for octet in others {
                out.push('.');
                push_number(out, octet.into());
            }
        }
        IpAddr::V6(address) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{address}");
        }
    }
}

/// An address as a text.
pub(crate) fn address(address: IpAddr) -> String {
    let mut out = String::with_capacity("255.255.255.255".len());
    push_address(&mut out, address);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_formatting() {
        for number in [0, 9, 10, 99, 100, 4500, u32::MAX] {
            let mut out = "x".to_owned();
            push_number(&mut out, number);
            assert_eq!(out, format!("x{number}"));
        }
        for text in [
            "0.0.0.0",
            "203.0.113.5",
            "255.255.255.255",
            "2001:db8::5",
            "::ffff:1.2.3.4",
        ] {
            assert_eq!(address(text.parse().unwrap()), text);
        }
    }
}
