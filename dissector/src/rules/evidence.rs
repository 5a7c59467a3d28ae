//! How to get the evidence that is missing, a product at a time: its log at the moment in question, a capture, the keys.
//!
//! As in the cookbook, each way has its source, and what is not verified is not here: then the sentence names no command.

use super::Case;
use super::cookbook::{Source, document};
use crate::diagnosis::words;
use crate::negotiation::{Role, Version};
use crate::policy;
use crate::wire::digits;
use crate::wire::moment::Moment;
use crate::wire::vendor::Product;

/// How a product shows what happened.
struct Means {
    product: Product,
    log: Option<(Log, Source)>,
    /// What writes, or shows, the packets that come and go.
    capture: Option<(&'static str, Source)>,
    /// What writes down the keys of its SAs.
    keys: Option<(&'static str, Source)>,
}

/// Where a log is.
enum Log {
    /// In the journal of systemd, under these units.
    Journal(&'static str),
    /// Commands or a place; of IKEv1, and of IKEv2.
    Commands([&'static str; 2]),
}

/// The same of both versions.
const fn commands(text: &'static str) -> Log {
    Log::Commands([text, text])
}

const SECOND: i64 = 1_000_000_000;
/// A negotiation that takes longer is looked at near its end alone.
const LONG: i64 = 120 * SECOND;
/// Where the look begins then, before the moment that decides, and where it ends, after it.
const BEFORE: i64 = 30 * SECOND;
const AFTER: i64 = 5 * SECOND;

const LINUX: (&str, Source) = (
    "`tcpdump -ni any -w ike.pcap 'FILTER'`",
    document("tcpdump(1), pcap-filter(7)", "Linux"),
);

static MEANS: [Means; 12] = [
    Means {
        product: Product::StrongSwan,
        log: Some((
            Log::Journal("-u strongswan -u strongswan-starter"),
            document(
                "strongSwan init/systemd and init/systemd-starter; journalctl(1), systemd.time(7)",
                "strongSwan 5.8 and later",
            ),
        )),
        capture: Some(LINUX),
        keys: Some((
            "strongswan.conf, plugin save-keys of the daemon's section: load = yes, ike = yes, esp = yes, wireshark_keys = DIRECTORY",
            document(
                "strongSwan conf/plugins/save-keys.opt",
                "strongSwan 5.6.2 and later, built with save-keys",
            ),
        )),
    },
    Means {
        product: Product::Libreswan,
        log: Some((
            Log::Journal("-u ipsec"),
            document(
                "Libreswan initsystems/systemd/ipsec.service.in; journalctl(1), systemd.time(7)",
                "Libreswan 4 and 5",
            ),
        )),
        capture: Some(LINUX),
        keys: Some((
            "ipsec.conf, config setup: plutodebug=private writes them into the log",
            document(
                "Libreswan configs/d.ipsec.conf/setup/plutodebug.xml",
                "Libreswan 5",
            ),
        )),
    },
    Means {
        product: Product::Windows,
        log: Some((
            commands(
                "Event Viewer > Windows Logs > Application, source RasClient; and `netsh wfp capture start`, connect, `netsh wfp capture stop`, \
                 then wfpdiag.xml",
            ),
            document(
                "Microsoft, Troubleshoot Always On VPN; Microsoft, Netsh commands for WFP",
                "Windows 7 and later",
            ),
        )),
        capture: Some((
            "`pktmon start --capture --pkt-size 0 --file-name ike.etl`, connect, `pktmon stop`, `pktmon etl2pcap ike.etl --out ike.pcapng`",
            document(
                "Microsoft, pktmon start, pktmon etl2pcap",
                "Windows 10 2004, Server 2022, and later",
            ),
        )),
        keys: None,
    },
    Means {
        product: Product::Apple,
        log: Some((
            commands(
                "macOS: `log stream --debug --predicate 'subsystem == \"com.apple.networkextension\"'`, then connect",
            ),
            document("public guides, at least two", "macOS"),
        )),
        capture: Some((
            "macOS: `sudo tcpdump -ni en0 -w ike.pcap 'udp port 500 or udp port 4500 or esp'`",
            document("tcpdump(1); public guides, at least two", "macOS"),
        )),
        keys: None,
    },
    Means {
        product: Product::OpenIked,
        log: Some((
            commands("syslog's facility daemon, or `iked -dvv` in place of the service"),
            document("OpenIKED iked/iked.8", "OpenIKED 7"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        product: Product::FortiGate,
        log: Some((
            commands("`diagnose debug application ike -1`, `diagnose debug enable`, then connect again"),
            document(
                "Fortinet community, IPsec tunnel up but no traffic",
                "FortiOS 6.0 to 7",
            ),
        )),
        capture: Some((
            "`diagnose sniffer packet any 'udp port 500 or udp port 4500' 6 0 a`, whose times are UTC",
            document(
                "Fortinet CLI reference, diagnose sniffer packet",
                "FortiOS 6.0 to 7",
            ),
        )),
        keys: None,
    },
    Means {
        product: Product::RouterOs,
        log: Some((
            commands(
                "`/system logging add topics=ipsec,!packet`, connect again, `/log print where topics~\"ipsec\"`",
            ),
            document("public guides, at least two", "RouterOS 6 and 7"),
        )),
        capture: Some((
            "`/tool sniffer set file-name=ike.pcap filter-port=500,4500`, `/tool sniffer start`, connect, `/tool sniffer stop`",
            document(
                "terraform-routeros/terraform-provider-routeros docs/resources/tool_sniffer.md",
                "RouterOS 7",
            ),
        )),
        keys: None,
    },
    Means {
        product: Product::CiscoIos,
        log: Some((
            Log::Commands([
                "`debug crypto condition peer ipv4 PEER`, `debug crypto isakmp`, then connect again",
                "`debug crypto condition peer ipv4 PEER`, `debug crypto ikev2`, then connect again",
            ]),
            document("public configurations, at least two", "IOS, IOS XE"),
        )),
        capture: Some((
            "`monitor capture IKE interface INTERFACE both match ipv4 host PEER any`, `monitor capture IKE start`, connect, \
             `monitor capture IKE stop`, `monitor capture IKE export flash:ike.pcap`",
            document(
                "Cisco 116045, Embedded Packet Capture; public guides, at least two",
                "IOS XE",
            ),
        )),
        keys: None,
    },
    Means {
        product: Product::CiscoAsa,
        log: Some((
            Log::Commands([
                "`debug crypto condition peer PEER`, `debug crypto ikev1 127`, then connect again",
                "`debug crypto condition peer PEER`, `debug crypto ikev2 protocol 127`, then connect again",
            ]),
            document("public configurations, at least two", "ASA 8.4 and later"),
        )),
        capture: Some((
            "`capture IKE type isakmp interface outside`, connect, `copy /pcap capture:IKE tftp://SERVER/ike.pcap`",
            document(
                "Cisco command reference, capture; public guides, at least two",
                "ASA 8.4 and later",
            ),
        )),
        keys: None,
    },
    Means {
        product: Product::Juniper,
        log: Some((
            commands(
                "`request security ike debug-enable local OWN remote PEER level 11`, connect again, `show log kmd`",
            ),
            document("public guides, at least two", "Junos 12.1X47 and later"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        product: Product::CheckPoint,
        log: Some((
            commands("`vpn debug trunc`, connect again, `vpn debug off`, then $FWDIR/log/ike.elg"),
            document("Check Point sk30994; public command lists", "R80.10 and later"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        product: Product::Openswan,
        log: Some((
            Log::Journal("-u ipsec"),
            document("journalctl(1), systemd.time(7)", "where systemd runs it"),
        )),
        capture: Some(LINUX),
        keys: None,
    },
];

fn means(case: &Case<'_>, role: Role) -> Option<(&'static Means, &'static str)> {
    let product = case.product(role)?;
    let found = MEANS.iter().find(|m| m.product == product)?;
    Some((found, words::product(product)))
}

/// Where a side's log says why, and when it was, in words a person can search for.
pub(super) fn log(case: &Case<'_>, role: Role) -> String {
    let address = digits::address(case.n.peer(role).address);
    let moments = moments(case);
    let at = moments.map_or_else(String::new, |[_, decided, _]| {
        format!(" at {} UTC", decided.time())
    });
    let place = match means(case, role) {
        Some((
            Means {
                log: Some((log, _)), ..
            },
            product,
        )) => Some((product, told(log, case.n.version, moments))),
        _ => (case.product(role)).and_then(|p| Some((words::product(p), policy::log_of(p)?.to_owned()))),
    };
    match place {
        Some((product, place)) => format!("the log of {address}{at} ({product}: {place})"),
        None => format!("the IKE/IPsec log on {address}{at}"),
    }
}

fn told(log: &Log, version: Version, moments: Option<[Moment; 3]>) -> String {
    match (log, moments) {
        (Log::Journal(units), Some([since, _, until])) => {
            format!("`journalctl {units} --since '{since}' --until '{until}'`")
        }
        (Log::Journal(units), None) => format!("`journalctl {units}`"),
        (Log::Commands([v1, v2]), _) => match version {
            Version::V1 => (*v1).to_owned(),
            Version::V2 => (*v2).to_owned(),
        },
    }
}

/// When to begin to look, the moment that decides, and when to stop.
fn moments(case: &Case<'_>) -> Option<[Moment; 3]> {
    let decided = case.n.time_of(case.decided?)?;
    let first = case.n.first().time;
    let since = if decided.saturating_sub(first) > LONG {
        decided.saturating_sub(BEFORE)
    } else {
        first
    };
    Some([since, decided, decided.saturating_add(AFTER)].map(|time| case.moment(time)))
}

/// A capture beside this side, and how its product takes one.
pub(super) fn capture(case: &Case<'_>, role: Role) -> String {
    let address = digits::address(case.n.peer(role).address);
    match means(case, role) {
        Some((
            Means {
                capture: Some((how, _)),
                ..
            },
            product,
        )) => {
            let how = how.replace("FILTER", words::CAPTURE_FILTER);
            format!("a capture at {address} ({product}: {how})")
        }
        _ => format!(
            "a capture at {address} with the filter \"{}\"",
            words::CAPTURE_FILTER
        ),
    }
}

/// The keys of this IKE SA, and how one of the two products writes them down.
pub(super) fn keys(case: &Case<'_>) -> String {
    let how = [Role::Responder, Role::Initiator].into_iter().find_map(|role| {
        let (means, product) = means(case, role)?;
        let (how, _) = means.keys?;
        let address = digits::address(case.n.peer(role).address);
        Some(format!(
            " (on {address}, {product}: {how}; not for good: who has the keys can read everything)"
        ))
    });
    format!(
        "this IKE SA's keys in Wireshark's decryption table{}",
        how.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, RSA_SIGNATURES};

    #[test]
    fn every_way_has_a_source() {
        for m in &MEANS {
            let sources = [
                m.log.as_ref().map(|l| l.1),
                m.capture.map(|c| c.1),
                m.keys.map(|k| k.1),
            ];
            assert!(sources.iter().any(Option::is_some), "{:?}", m.product);
            for source in sources.into_iter().flatten() {
                assert!(
                    !source.place.is_empty() && !source.releases.is_empty(),
                    "{:?}",
                    m.product
                );
            }
        }
    }

    #[test]
    fn no_product_stands_twice() {
        for (at, m) in MEANS.iter().enumerate() {
            assert!(
                MEANS[..at].iter().all(|other| other.product != m.product),
                "{:?}",
                m.product
            );
        }
    }

    /// How to confirm what a refusal means, of which this Vendor ID has told the product.
    fn told_of(vendor_id: &str) -> Vec<String> {
        let digit = |at: usize| u8::from_str_radix(&vendor_id[at..at + 2], 16).unwrap();
        let vendor_id: Vec<u8> = (0..vendor_id.len()).step_by(2).map(digit).collect();
        let mut made = Made::new();
        made.main_mode((64, 63), &vendor_id);
        made.refused(5000, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        let judgement = made.session().judgement(1).unwrap();
        let case = made.session().case(1).unwrap();
        judgement.verdict(&case).next_evidence.clone()
    }

    #[test]
    fn a_log_is_named_with_its_command_and_the_moment() {
        assert_eq!(
            told_of("882fe56d6fd20dbc2251613b2ebe5beb"),
            [
                "the log of 198.51.100.20 at 00:00:05 UTC (strongSwan: `journalctl -u strongswan -u strongswan-starter \
              --since '1970-01-01 00:00:05 UTC' --until '1970-01-01 00:00:10 UTC'`)"
            ]
        );
        let windows = told_of("1e2b516905991c7d7c96fcbfb587e46100000009");
        assert!(windows[0].contains("(Windows: Event Viewer"), "{windows:?}");
    }

    #[test]
    fn of_what_is_not_known_no_command_is_named() {
        assert_eq!(
            told_of("00112233"),
            ["the IKE/IPsec log on 198.51.100.20 at 00:00:05 UTC"]
        );
    }
}
