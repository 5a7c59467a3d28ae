//! xl2tpd and pppd: L2TP and PPP on Linux, whichever daemon makes the IPsec around them.

use super::advice::{Advice, Source, Topic as T, document, fact};

const XL2TPD: Source = document("xelerance/xl2tpd doc/xl2tpd.conf.5", "as of March 2026");
const PPPD: Source = document("ppp-project/ppp pppd/pppd.8", "ppp 2.5");

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::PppLogin,
        "require-mschap-v2, refuse-pap, refuse-chap, refuse-eap",
        PPPD,
    )
    .note("in the options file that pppoptfile names; users stand in /etc/ppp/chap-secrets"),
    fact(T::PppMtu, "mtu and mru", PPPD)
        .lines(&["mtu 1280", "mru 1280"])
        .note("in the options file that pppoptfile names"),
    fact(
        T::L2tpService,
        "/etc/xl2tpd/xl2tpd.conf: [lns default], ip range, local ip",
        XL2TPD,
    ),
    fact(T::Pool, "/etc/xl2tpd/xl2tpd.conf: ip range", XL2TPD),
];
