//! How each product shows what happened: its log, the packets that come and go, the keys of its SAs. What is not verified is not here.

use super::advice::{Source, document};
use crate::negotiation::Version;

/// How a product shows what happened.
pub(in crate::rules) struct Means {
    /// The product, as users know it.
    pub(in crate::rules) name: &'static str,
    pub(in crate::rules) log: Option<(Log, Source)>,
    /// What writes, or shows, the packets that come and go.
    pub(in crate::rules) capture: Option<(&'static str, Source)>,
    /// What writes down the keys of its SAs.
    pub(in crate::rules) keys: Option<(&'static str, Source)>,
}

/// Where a log is.
pub(in crate::rules) enum Log {
    /// In the journal of systemd, under these units.
    Journal(&'static str),
    /// Commands or a place; of IKEv1, and of IKEv2.
    Commands([&'static str; 2]),
}

impl Log {
    /// What to type or to open. `during`: from when to when.
    pub(in crate::rules) fn words(&self, version: Version, during: Option<[String; 2]>) -> String {
        match (self, during) {
            (Self::Journal(units), Some([since, until])) => {
                format!("`journalctl {units} --since '{since}' --until '{until}'`")
            }
            (Self::Journal(units), None) => format!("`journalctl {units}`"),
            (Self::Commands([v1, v2]), _) => match version {
                Version::V1 => (*v1).to_owned(),
                Version::V2 => (*v2).to_owned(),
            },
        }
    }
}

/// What stands for the capture filter.
pub(in crate::rules) const FILTER: &str = "FILTER";

/// How this product shows what happened, if that is known.
pub(in crate::rules) fn means(name: &str) -> Option<&'static Means> {
    MEANS.iter().find(|m| m.name == name)
}

/// The same of both versions.
const fn commands(text: &'static str) -> Log {
    Log::Commands([text, text])
}

const LINUX: (&str, Source) = (
    "`tcpdump -ni any -w ike.pcap 'FILTER'`",
    document("tcpdump(1), pcap-filter(7)", "Linux"),
);

static MEANS: [Means; 21] = [
    Means {
        name: "strongSwan",
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
        name: "Libreswan",
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
        name: "Windows",
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
        name: "Apple macOS or iOS",
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
        name: "OpenIKED",
        log: Some((
            commands("syslog's facility daemon, or `iked -dvv` in place of the service"),
            document("OpenIKED iked/iked.8", "OpenIKED 7"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "FortiGate",
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
        name: "MikroTik RouterOS",
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
        name: "Cisco IOS",
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
        name: "Cisco ASA",
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
        name: "Juniper",
        log: Some((
            commands(
                "Junos: `request security ike debug-enable local OWN remote PEER level 11`, connect again, `show log kmd`",
            ),
            document("public guides, at least two", "Junos 12.1X47 and later"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "Check Point",
        log: Some((
            commands("`vpn debug trunc`, connect again, `vpn debug off`, then $FWDIR/log/ike.elg"),
            document("Check Point sk30994; public command lists", "R80.10 and later"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "Openswan",
        log: Some((
            Log::Journal("-u ipsec"),
            document("journalctl(1), systemd.time(7)", "where systemd runs it"),
        )),
        capture: Some(LINUX),
        keys: None,
    },
    Means {
        name: "pfSense",
        log: Some((
            commands("Status > System Logs > IPsec"),
            document("pfSense status_logs.inc", "as of March 2026"),
        )),
        capture: Some((
            "Diagnostics > Packet Capture",
            document("pfSense diag_packet_capture.php", "as of March 2026"),
        )),
        keys: None,
    },
    Means {
        name: "OPNsense",
        log: Some((
            commands("VPN > IPsec > Log File"),
            document("opnsense/core IPsec Menu.xml", "OPNsense 23.1 and later"),
        )),
        capture: Some((
            "Interfaces > Diagnostics > Packet Capture",
            document("opnsense/core Diagnostics Menu.xml", "OPNsense 23.1 and later"),
        )),
        keys: None,
    },
    Means {
        name: "VyOS or EdgeOS",
        log: Some((
            commands("VyOS: `show log ipsec`"),
            document("VyOS documentation, IPsec", "VyOS 1.4"),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "Palo Alto",
        log: Some((
            commands("Monitor > Logs > System, or `less mp-log ikemgr.log`"),
            document("public guides, at least two", "PAN-OS 7.0 and later"),
        )),
        capture: Some((
            "`debug ike pcap on`, connect, `debug ike pcap off`",
            document("public guides, at least two", "PAN-OS 7.0 and later"),
        )),
        keys: None,
    },
    Means {
        name: "Sophos Firewall",
        log: Some((
            commands("/log/strongswan.log, or Logs on the page of IPsec"),
            document(
                "docs.sophos.com, IPsec profiles; community.sophos.com, Consolidation of IPsec troubleshooting",
                "SFOS 19.0 and later",
            ),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "AWS Site-to-Site VPN",
        log: Some((
            commands("CloudWatch, where it is switched on in the tunnel's options"),
            document(
                "AWS Site-to-Site VPN User Guide, Site-to-Site VPN logs",
                "as of November 2026",
            ),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "Azure VPN Gateway",
        log: Some((
            commands("the diagnostic log IKEDiagnosticLog"),
            document("Azure, VPN Gateway diagnostic logs", "as of November 2026"),
        )),
        capture: Some((
            "`Start-AzVirtualNetworkGatewayConnectionPacketCapture -ResourceGroupName GROUP -Name CONNECTION`, connect, \
             `Stop-AzVirtualNetworkGatewayConnectionPacketCapture ... -SasUrl URL`",
            document("Azure, packet capture for VPN gateways", "as of November 2026"),
        )),
        keys: None,
    },
    Means {
        name: "strongSwan's app for Android",
        log: Some((
            commands("menu > View log"),
            document(
                "strongSwan src/frontends/android strings.xml",
                "app 1.9.5 and later",
            ),
        )),
        capture: None,
        keys: None,
    },
    Means {
        name: "NetworkManager-l2tp",
        log: Some((
            Log::Journal(
                "_COMM=nm-l2tp-service _COMM=ipsec _COMM=pluto _COMM=charon _COMM=kl2tpd _COMM=xl2tpd _COMM=pppd",
            ),
            document("nm-l2tp/NetworkManager-l2tp README.md", "as of July 2026"),
        )),
        capture: Some(LINUX),
        keys: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_a_source() {
        for (at, m) in MEANS.iter().enumerate() {
            let sources = [
                m.log.as_ref().map(|l| l.1),
                m.capture.map(|c| c.1),
                m.keys.map(|k| k.1),
            ];
            assert!(sources.iter().any(Option::is_some), "{}", m.name);
            for source in sources.into_iter().flatten() {
                assert!(
                    !source.place.is_empty() && !source.releases.is_empty(),
                    "{}",
                    m.name
                );
            }
            assert!(MEANS[..at].iter().all(|other| other.name != m.name), "{}", m.name);
        }
    }
}
