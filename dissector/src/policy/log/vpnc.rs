//! vpnc, a client for Cisco's EasyVPN: what it prints before it ends, without a time.
//!
//! Words: vpnc 0.5 (`vpnc.c`). In Aggressive Mode it is the client that checks the responder's proof first.

use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::text::lines;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("vpnc's log"),
    sign: Sign::Lines(|line| {
        line.starts_with("vpnc version ") || line.contains("vpnc: ") || line.starts_with("IKE SA selected ")
    }),
    read,
    // It only ever begins.
    proof: Proof::Roles {
        begins: &["vpnc"],
        answers: &[],
    },
    ..Dialect::LOG
};

fn read(policy: &mut Policy, text: &str) {
    for (number, line) in lines(text) {
        if line.contains("hash comparison failed: ") {
            policy.push(Entry::new(number, line, Cause::PskDiffers));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{causes, read, survives};

    const LOG: &str = "\nvpnc version 0.5.3+git20241220-2\nIKE SA selected psk+xauth-aes256-sha1\n\
        /usr/sbin/vpnc: hash comparison failed:  (ISAKMP_N_AUTHENTICATION_FAILED)(24)\ncheck group password!\n";

    #[test]
    fn the_group_s_key_differs() {
        let policy = read("vpnc.log", LOG);
        assert_eq!(policy.kind.name(), "vpnc's log");
        assert_eq!(causes(&policy), [(4, Cause::PskDiffers)]);
        assert_eq!(policy.roles, [true, false]);
        survives(LOG);
    }
}
