//! Files that peers are said to have: what reading them, and judging by them, costs grows as they do, and no faster, whatever
//! they are full of.

use ikewhy::policy::{self, include::Host};
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Packet, Pass, Session};
use ikewhy_fuzz::capture::Record;
use ikewhy_fuzz::capture::ike;
use ikewhy_fuzz::cost::{Law, PeakAlloc};
use ikewhy_testkit::packets::{item, payloads, proposals};
use std::fmt::Write as _;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What a byte of a file may cost as it is read: instructions, and bytes of memory.
const READ: (u64, u64) = (2500, 80);
/// The same of a log as daemons write it for days: one of 50 MB is read in a second.
const LOG: (u64, u64) = (40, 3);
/// What a byte of a file, and of the packets beside it, may cost until each frame was drawn in both passes and all eight reports
/// were written. Half of it goes without any file.
const TOLD: (u64, u64) = (35_000, 100);

/// A law about reading a text of so many parts, of which a byte may cost so many instructions, and bytes of memory.
fn reading(
    test: &'static str,
    (instructions, memory): (u64, u64),
    size: usize,
    made: impl Fn(usize) -> String,
) {
    let law = Law {
        test,
        size,
        instructions,
        memory,
    };
    law.holds(made, String::len, |text| policy::read("peer.conf", text, None));
}

/// So many parts, each made of its number.
fn parts(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// A test for each kind of file: how many parts the smallest one has, and how it is made.
macro_rules! files {
    ($($name:ident: $size:literal, $made:expr;)*) => {$(
        #[test]
        #[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
        fn $name() {
            reading(stringify!($name), READ, $size, $made);
        }
    )*};
}

files! {
    one_word: 20_000, |n| format!("connections {{ {} }}", "x".repeat(n));
    one_line_of_names: 10_000, |n| format!("conn x\n\tike={}\n", "aes-".repeat(n));
    lines_of_names: 30, |n| parts(n, |i| format!("conn x{i}\n\tike={}\n", "zz-".repeat(200)));
    lines_of_nothing: 20_000, |n| "\n".repeat(n);

    swanctl_connections: 300, |n| format!("connections {{\n{}}}\n", parts(n, |i| format!(
        "a{i} {{\n version = 2\n remote_addrs = 10.0.{}.{}\n proposals = aes128-sha256-modp2048\n children {{ x {{ esp_proposals = aes128-sha256 }} }}\n}}\n",
        i / 250, i % 250)));
    swanctl_children: 1000, |n| format!("connections {{ a {{ children {{\n{}}} }} }}\n", parts(n, |i| format!("c{i} {{ mode = tunnel }}\n")));
    swanctl_many_of_each: 20, |n| format!("connections {{\n{}}}\n", parts(n, |i| format!(
        "a{i} {{ children {{ {} }} }}\n", "x { esp_proposals = aes, 3des\n }\n".repeat(60))));
    swanctl_proposals: 4000, |n| format!("connections {{\n a {{\n  proposals = {}\n }}\n}}\n", "aes-sha1-modp2048,".repeat(n));
    swanctl_one_proposal_a_line: 1000, |n| format!("connections {{\n{}}}\n", "a {\nproposals = a,a,a,a,a,a,a,a,a\n}\n".repeat(n));
    swanctl_open_braces: 10_000, |n| "connections{".repeat(n);
    swanctl_closed_braces: 10_000, |n| format!("connections {{\n{}", "}".repeat(n));
    swanctl_quotes: 2000, |n| format!("connections {{ {}", "\"\n".repeat(n));

    ipsec_connections: 400, |n| parts(n, |i| format!("conn a{i}\n\tleft=10.0.0.1\n\tright=10.1.{}.{}\n\tike=aes256-sha1;modp2048\n", i / 250, i % 250));
    ipsec_same_name: 1000, |n| "conn a\n\talso=a\n\tleft=10.0.0.1\n".repeat(n);
    ipsec_defaults: 1000, |n| format!("conn %default\n\tleftsubnet={}\n\tleftid={}\n\tike={}\n{}",
        "10.0.0.0/8,".repeat(60), "\u{202e}".repeat(250), "aes256-sha1-modp2048,".repeat(60), parts(n, |i| format!("conn a{i}\n")));
    ipsec_chain: 1000, |n| parts(n, |i| format!("conn a{i}\n\talso=a{}\n\tleft=10.0.0.1\n", i + 1));
    ipsec_cycle: 1000, |n| parts(n, |i| format!("conn a{i}\n\talso=a{}\n", (i + 1) % n));
    ipsec_fan: 60, |n| parts(n, |i| format!("conn a{i}\n{}", parts(40, |j| format!("\talso=a{}\n", (i * 7 + j) % n))));
    ipsec_unknown: 2000, |n| format!("conn a\n{}", parts(n, |i| format!("\talso=b{i}\n")));
    ipsec_settings: 4000, |n| format!("conn a\n{}", "\tleft=%any\n".repeat(n));

    iked_policies: 400, |n| parts(n, |i| format!("ikev2 \"a{i}\" active esp from 10.0.0.0/8 to 10.{}.0.0/16 peer 10.1.{}.{} psk \"x\"\n", i % 250, i / 250, i % 250));
    iked_flows: 4000, |n| format!("ikev2 esp {}\n", "from 10.0.0.0/8 to 10.1.0.0/16 \\\n".repeat(n));
    iked_words: 4000, |n| format!("ikev2 {}\n", "a ".repeat(n));
    iked_suites: 1000, |n| format!("ikev2 esp \\\n{}", "ikesa enc aes-256 auth hmac-sha2-256 group modp2048 \\\n".repeat(n));
    iked_quote: 2000, |n| format!("ikev2 esp psk \"{}", "x\\\"\n".repeat(n));

    cisco_tunnels: 200, |n| format!("crypto isakmp policy 1\n encr aes\n!\n{}", parts(n, |i| format!(
        "crypto map m {i} ipsec-isakmp\n set peer 10.0.{}.{}\n set transform-set t\n match address a{i}\n!\nip access-list extended a{i}\n permit ip any host 10.1.1.1\n!\n", i / 250, i % 250)));
    cisco_policies_by_tunnels: 60, |n| format!("{}{}", parts(n, |i| format!("crypto isakmp policy {i}\n encr aes\n")),
        parts(n * 4, |i| format!("crypto map m {i} ipsec-isakmp\n")));
    cisco_transforms: 100, |n| format!("{}{}", parts(n, |i| format!("crypto ipsec transform-set t{i} esp-aes esp-sha-hmac\n")),
        parts(n, |i| format!("crypto map m {i} ipsec-isakmp\n set transform-set {}\n", parts(40, |j| format!("t{} ", (i + j) % n)))));
    cisco_dynamic: 500, |n| format!("{}{}", parts(n, |i| format!("crypto dynamic-map d {i} set pfs group2\n")),
        parts(n, |i| format!("crypto map m {i} ipsec-isakmp dynamic d\n")));
    cisco_shared_list: 400, |n| format!("{}{}", "access-list 100 permit ip host 10.0.0.1 host 10.0.0.2\n".repeat(60),
        parts(n, |i| format!("crypto map m {i} match address 100\n")));
    cisco_objects: 200, |n| format!("crypto map m 1 match address a\n{}{}", parts(60, |i| format!(
        "object-group network g{i}\n group-object g{}\n network-object host 10.0.0.{i}\n", i + 1)),
        "access-list a permit ip object-group g0 object-group g1\n".repeat(n));
    cisco_interfaces: 500, |n| format!("{}{}", parts(n, |i| format!("interface e{i}\n ip address 10.0.0.1 255.255.255.0\n crypto map m\n")),
        parts(n, |i| format!("crypto map m {i} set pfs\n")));
    cisco_lines: 4000, |n| format!("crypto isakmp policy 1\n{}", " a\n".repeat(n));
    cisco_profiles: 500, |n| parts(n, |i| format!("crypto ikev2 profile p{i}\n match identity remote address 10.0.0.1\n"));
    cisco_groups: 300, |n| parts(n, |i| format!(
        "tunnel-group 10.0.{}.{} ipsec-attributes\n ikev1 pre-shared-key x\ngroup-policy g{i} attributes\n vpn-tunnel-protocol ikev1 ikev2\ncrypto map m {i} set peer 10.0.{}.{}\n",
        i / 250, i % 250, i / 250, i % 250));

    fortigate_tunnels: 200, |n| format!("config vpn ipsec phase1-interface\n{}end\n", parts(n, |i| format!(
        "edit \"t{i}\"\nset remote-gw 10.0.{}.{}\nset proposal aes128-sha256\nset dhgrp 14 5\nnext\n", i / 250, i % 250)));
    fortigate_groups: 60, |n| format!("config vpn ipsec phase1-interface\n{}end\n", parts(n, |i| format!(
        "edit \"t{i}\"\nset proposal {}\nset dhgrp {}\nnext\n", "aes128-sha256 ".repeat(60), "14 15 16 5 2 ".repeat(12))));
    fortigate_phase2: 500, |n| format!("config vpn ipsec phase1-interface\nedit \"t\"\nnext\nend\nconfig vpn ipsec phase2-interface\n{}end\n",
        parts(n, |i| format!("edit \"p{i}\"\nset phase1name \"t\"\nset proposal aes128-sha1\nnext\n")));
    fortigate_settings: 3000, |n| format!("config vpn ipsec phase1\nedit a\n{}end\n", parts(n, |i| format!("set x{i} y\n")));
    fortigate_nesting: 3000, |n| "config vpn ipsec phase1\n".repeat(n);
    fortigate_quotes: 3000, |n| format!("config vpn ipsec phase1\nedit a\nset comments \"{}", "\\\"\n".repeat(n));

    routeros_peers: 300, |n| format!("/ip ipsec peer\n{}", parts(n, |i| format!("add name=p{i} address=10.0.{}.{}/32 profile=default\n", i / 250, i % 250)));
    routeros_policies: 300, |n| format!("/ip ipsec policy\n{}/ip ipsec peer\n{}", parts(n, |i| format!("add sa-dst-address=10.0.{}.{} tunnel=yes\n", i / 250, i % 250)),
        parts(n, |i| format!("add name=p{i} address=10.0.{}.{}\n", i / 250, i % 250)));
    routeros_templates: 500, |n| format!("/ip ipsec policy\n{}/ip ipsec peer\n{}", "add template=yes\n".repeat(60), parts(n, |i| format!("add name=p{i}\n")));
    routeros_profile: 300, |n| format!("/ip ipsec profile\nadd name=q dh-group={}\n/ip ipsec peer\n{}", "modp2048,".repeat(50), parts(n, |i| format!("add name=p{i} profile=q\n")));
    routeros_words: 3000, |n| format!("/ip ipsec peer\nadd {}\n", parts(n, |i| format!("a{i}=b ")));
    routeros_joined: 3000, |n| format!("/ip ipsec peer\nadd {}\n", "a=b \\\n".repeat(n));

    pfsense_tunnels: 100, |n| format!("<pfsense><ipsec>{}</ipsec></pfsense>", parts(n, |i| format!(
        "<phase1><ikeid>{i}</ikeid><iketype>ikev2</iketype><remote-gateway>10.0.0.{i}</remote-gateway></phase1><phase2><ikeid>{i}</ikeid><mode>tunnel</mode></phase2>")));
    pfsense_one_id: 400, |n| format!("<pfsense><ipsec>{}{}</ipsec></pfsense>", "<phase1><ikeid>1</ikeid></phase1>".repeat(n),
        "<phase2><ikeid>1</ikeid><mode>tunnel</mode></phase2>".repeat(60));
    pfsense_no_id: 400, |n| format!("<pfsense><ipsec>{}</ipsec></pfsense>", "<phase1/><phase2/>".repeat(n));
    pfsense_depth: 3000, |n| format!("<pfsense><ipsec>{}", "<phase1>".repeat(n));
    pfsense_inner: 3000, |n| format!("<pfsense><ipsec><phase1>{}</phase1></ipsec></pfsense>", "<a/>".repeat(n));
    pfsense_attributes: 3000, |n| format!("<pfsense><ipsec><phase1 {}/></ipsec></pfsense>", parts(n, |i| format!("a{i}=\"\" ")));
    pfsense_entities: 3000, |n| format!("<pfsense><ipsec><phase1><descr>{}</descr></phase1></ipsec></pfsense>", "&amp;".repeat(n));
    opnsense_one_id: 200, |n| format!("<opnsense><Swanctl><Connections>{}</Connections><locals>{}</locals><children>{}</children></Swanctl></opnsense>",
        "<Connection uuid=\"a\"></Connection>".repeat(n), "<local><connection>a</connection></local>".repeat(n), "<child><connection>a</connection></child>".repeat(n));

    powershell_connections: 200, |n| parts(n, |i| format!("Name : c{i}\nServerAddress : 10.0.0.1\nTunnelType : Ikev2\n\n"));
    powershell_rules: 200, |n| format!("{}{}", parts(n, |i| format!("Name : s{i}\nPerfectForwardSecrecyGroup : None\nEncapsulation : ESP\nEncryption : AES256\nESPHash : SHA1\n\n")),
        parts(n, |i| format!("IPsecRuleName : r{i}\nMode : Tunnel\nQuickModeCryptoSet : s{i}\n\n")));
    powershell_columns: 3000, |n| format!("{}\n{}\nTunnelType : x\n", "x".repeat(n * 2), "- ".repeat(n));
    powershell_rows: 1000, |n| format!("Name TunnelType ServerAddress\n---- ---------- -------------\n{}", "a    Ikev2      10.0.0.1\n".repeat(n));
    powershell_continued: 3000, |n| format!("TunnelType : x\n{}", "    y\n".repeat(n));

    log_charon: 100, |n| parts(n, |i| format!(
        "Jan  1 12:00:{:02} 1{}[NET] received packet: from 192.0.2.10[500] to 198.51.100.20[500]\nJan  1 12:00:06 1{}[CFG] received proposals: IKE:AES_CBC_128/HMAC_SHA1_96\nJan  1 12:00:06 1{}[IKE] no proposal found\n",
        i % 60, i % 9, i % 9, i % 9));
    log_charon_lists: 60, |n| parts(n, |_| format!("13[CFG] received proposals: {}\n13[IKE] no proposal found\n", "IKE:AES_CBC_128, ".repeat(30)));
    log_brackets: 3000, |n| format!("13[CFG] x\n{}\n", "[".repeat(n));
    log_pluto: 200, |n| parts(n, |i| format!("Jan  1 12:00:06 \"c{i}\": added IKEv2 connection\n\"c{i}\":   1:IKE=AES_CBC_256-HMAC_SHA2_256-MODP2048\n"));
    log_pluto_groups: 1000, |n| "packet from 192.0.2.10:500: OAKLEY_GROUP 5 not supported\n".repeat(n);
    log_iked: 300, |n| parts(n, |i| format!("spi=0x{i:016x}: recv IKE_SA_INIT req peer 192.0.2.10:500\nspi=0x{i:016x}: ikev2_add_error: NO_PROPOSAL_CHOSEN\n"));
    log_iked_offers: 1000, |n| parts(n, |i| format!("spi=0x01: ikev2_log_proposal: IKE #{i} ENCR=AES_CBC-256\n"));
    log_racoon: 200, |n| "2026-01-01 12:00:06: ERROR: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = AES-CBC:3DES-CBC\n2026-01-01 12:00:06: ERROR: no suitable proposal found.\n".repeat(n);
    log_racoon_pairs: 200, |n| format!("{}2026-01-01 12:00:06: ERROR: no suitable proposal found.\n", parts(n, |i| format!("2026-01-01 12:00:06: ERROR: rejected enctype: DB(prop#{i}:trns#1):Peer(prop#1:trns#1) = A:B\n")));
    log_cisco: 200, |n| parts(n, |i| format!("Jan  1 12:00:06.1: ISAKMP:(0):Checking ISAKMP transform {i} against priority 1 policy\nJan  1 12:00:06.1: ISAKMP:      encryption AES-CBC\nJan  1 12:00:06.1: ISAKMP:(0):no offers accepted!\n"));
    log_cisco_transforms: 300, |n| parts(n, |i| format!("Jan  1 12:00:06.1: ISAKMP:(0):Checking ISAKMP transform 1\nJan  1 12:00:06.1: ISAKMP:      default group {i}\nJan  1 12:00:06.1: ISAKMP:      encryption AES-CBC\n"));
    log_fortigate: 200, |n| parts(n, |_| "ike 0: comes 192.0.2.10:500->198.51.100.20:500\nike 0:x:1: incoming proposal:\nike 0:x:1: type=OAKLEY_ENCRYPT_ALG, val=AES_CBC\nike 0:x:1: no SA proposal chosen\n".to_owned());
    log_fortigate_names: 1000, |n| format!("ike 0:x:1: incoming proposal:\n{}ike 0:x:1: no SA proposal chosen\n", "ike 0:x:1: type=ENCR, val=AES_CBC\n".repeat(n));
    log_ppp: 500, |n| "xl2tpd[884]: Connection 1 closed to 192.0.2.10, port 1701 (No Authorization)\nPeer bob failed PAP authentication\n".repeat(n);
    log_of_secrets: 500, |n| "13[IKE] no shared key found for 'a' - 'b' psk psk psk psk psk psk key key key key for for for\n".repeat(n);
}

/// Files that include others, all of them as long as this one.
struct Includes(String);

impl Host for Includes {
    fn find(&mut self, _: usize, pattern: &str) -> Vec<Result<(usize, String), String>> {
        vec![Ok((pattern.len(), pattern.to_owned()))]
    }

    fn text(&mut self, _: usize, _: usize) -> Result<zeroize::Zeroizing<String>, String> {
        Ok(zeroize::Zeroizing::new(self.0.clone()))
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
fn includes() {
    let (instructions, memory) = READ;
    let law = Law {
        test: "includes",
        size: 4000,
        instructions,
        memory,
    };
    law.holds(
        |n| {
            (
                "include big\n".repeat(n),
                format!("{}include big\n", "conn a\n\tleft=%any\n".repeat(n)),
            )
        },
        |(main, big)| main.len() + big.len(),
        |(main, big)| policy::read_with("x", main, None, policy::ROOM, &mut Includes(big.clone())),
    );
}

/// A capture and files beside it.
struct Given {
    files: Vec<String>,
    records: Vec<Record>,
}

impl Given {
    fn bytes(&self) -> usize {
        let files = self.files.iter().map(String::len);
        files.chain(self.records.iter().map(|r| r.data.len())).sum()
    }

    /// Everything that a host may ask for.
    fn tell(&self) -> usize {
        let mut session = Session::new(Options::default());
        for (number, text) in self.files.iter().enumerate() {
            session.import(&format!("{number}.conf"), text, None);
        }
        let mut said = 0;
        for (frame, record) in (1..).zip(&self.records) {
            session.push(&Packet {
                frame,
                time: 1_767_268_806_000_000_000 + i64::from(frame) * 1_000_000,
                interface: 0,
                link_type: 1,
                data: &record.data,
                original_length: record.original_length,
                ip_hint: None,
                known_ike: None,
                derived: &[],
            });
            said += session.expert_items(frame, Pass::First).len() + session.items(frame, Pass::First).len();
        }
        for (frame, _) in (1..).zip(&self.records) {
            said += session.items(frame, Pass::Again).len();
        }
        for form in [Form::Text, Form::Markdown, Form::Html, Form::Json] {
            for redact in [false, true] {
                let mut writing = session.begin(&Wanted {
                    form,
                    redact,
                    ..Wanted::default()
                });
                while let Some(piece) = session.next_piece(&mut writing) {
                    said += piece.len();
                }
            }
        }
        said
    }
}

/// So many negotiations that are refused, each of a client of its own, or all of one.
fn refused(count: usize, clients: bool, offer: &[u8]) -> Vec<Record> {
    let notify = payloads(&[(41, vec![0, 0, 0, 14])]);
    let one = |number: usize| {
        let forth = ike(true, 33, 0x20, 34, 8, 0, &item(0, offer));
        let back = ike(false, 41, 0x20, 34, 0x20, 0, &notify);
        [(forth, 26), (back, 30)].map(|(mut record, client)| {
            let [_, _, high, low] = (number as u32 + 1).to_be_bytes();
            record.data[42..44].copy_from_slice(&[high, low]);
            if clients {
                record.data[client + 1..client + 4].copy_from_slice(&[9, high, low]);
            }
            record
        })
    };
    (0..count).flat_map(one).collect()
}

fn telling(test: &'static str, size: usize, made: fn(usize) -> Given) {
    let (instructions, memory) = TOLD;
    let law = Law {
        test,
        size,
        instructions,
        memory,
    };
    law.holds(made, Given::bytes, Given::tell);
}

/// A test for each kind of capture with files.
macro_rules! captures {
    ($($name:ident: $size:literal, $made:expr;)*) => {$(
        #[test]
        #[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
        fn $name() {
            telling(stringify!($name), $size, $made);
        }
    )*};
}

/// A test for each daemon's log of a case, again and again.
macro_rules! logs {
    ($($name:ident: $case:literal;)*) => {$(
        #[test]
        #[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
        fn $name() {
            let log = include_str!(concat!("../../captures/", $case, ".log"));
            reading(stringify!($name), LOG, 6, |megabytes| log.repeat(megabytes * 1_000_000 / log.len()));
        }
    )*};
}

logs! {
    log_of_strongswan: "ikev2-eap-mschapv2-up-strongswan/server";
    log_of_strongswan_that_refuses: "ikev2-ike-dh-differs-strongswan/server";
    log_of_libreswan: "ikev2-psk-up-libreswan-5/server";
    log_of_openiked: "ikev2-client-frozen-after-init-openiked/server";
    log_of_l2tp: "l2tp-up-libreswan/server";
}

/// A FortiGate with so many tunnels, each for an address of its own.
fn fortigate(tunnels: usize) -> String {
    let mut text = "config vpn ipsec phase1-interface\n".to_owned();
    for i in 0..tunnels {
        let _ = write!(
            text,
            "edit \"t{i}\"\nset remote-gw 192.9.{}.{}\nset ike-version 2\nset proposal aes128-sha256\nnext\n",
            i / 256,
            i % 256
        );
    }
    text + "end\n"
}

/// So many connections for anybody, no two of which allow the same.
fn anybody(count: usize) -> String {
    let one = |i: usize| {
        let group = ["modp2048", "modp3072", "modp4096", "ecp256"][i % 4];
        format!(
            "conn a{i}\n\tleft=198.51.100.20\n\tright=%any\n\tikev2=insist\n\tike=aes{}-sha1;{group}\n",
            [128, 192, 256][i / 4 % 3]
        )
    };
    parts(count, one)
}

/// A log of so many refusals in one second.
fn charon(lines: usize) -> String {
    parts(lines, |i| {
        format!(
            "Jan  1 12:00:06 13[NET] received packet: from 192.0.2.10[500] to 198.51.100.20[500]\nJan  1 12:00:06 13[ENC] parsed IKE_SA_INIT request {i} [ SA ]\n\
             Jan  1 12:00:06 13[IKE] no proposal found\n"
        )
    })
}

captures! {
    no_files: 60, |n| Given { files: Vec::new(), records: refused(n, true, &proposals(2, 1, 4)) };
    no_files_of_one_client: 60, |n| Given { files: Vec::new(), records: refused(n, false, &proposals(2, 1, 4)) };
    no_files_many_offers: 10, |n| Given { files: Vec::new(), records: refused(n, true, &proposals(2, 40, 6)) };
    tunnels_for_packets: 60, |n| Given { files: vec![fortigate(n * 4)], records: refused(n, false, &proposals(2, 1, 4)) };
    tunnels_for_clients: 60, |n| Given { files: vec![fortigate(n * 4)], records: refused(n, true, &proposals(2, 1, 4)) };
    connections_for_anybody: 40, |n| Given { files: vec![anybody(n * 4)], records: refused(n, true, &proposals(2, 1, 4)) };
    many_offers: 10, |n| Given { files: vec![anybody(n * 4)], records: refused(n, true, &proposals(2, 40, 6)) };
    lines_of_a_second: 40, |n| Given { files: vec![charon(n * 4)], records: refused(n, false, &proposals(2, 1, 4)) };
    many_files: 8, |n| Given { files: vec![anybody(n); policy::MAX_POLICIES], records: refused(n * 4, true, &proposals(2, 1, 4)) };
    many_networks: 100, |n| Given {
        files: vec![format!("connections {{\n{}}}\n", parts(n, |i| format!(
            "a{i} {{\n remote_addrs = 10.{}.{}.0/24\n children {{ x {{ local_ts = 172.{}.{}.0/24 }} }}\n}}\n", i / 250, i % 250, i / 250, i % 250)))],
        records: refused(n / 10, true, &proposals(2, 1, 4)),
    };
    many_notes: 20, |n| Given {
        files: vec!["conn a\n".to_owned() + &"nonsense\n".repeat(n); policy::MAX_POLICIES],
        records: refused(n * 4, true, &proposals(2, 1, 4)),
    };
}
