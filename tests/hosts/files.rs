//! The peers' files as users give them: whose they are, what they include, where their lines stand, and that no secret of them
//! ever shows.

use ikewhy::policy;
use ikewhy::report::field::FieldId;
use ikewhy::report::item::Value;
use ikewhy::session::{Options, Pass, Session};

use ikewhy_tests::tshark::{home_with_keys as home, lua, rows, tshark};
use ikewhy_tests::{pcap, quietly, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn capture(case: &str) -> PathBuf {
    root().join("captures").join(case).join("server.pcap")
}

/// tshark on a capture with these files.
fn with(case: &str, files: &str, options: &[&str]) -> Command {
    let mut command = tshark();
    command.args(["-n", "-o", &format!("ikewhy.peer_files:{files}"), "-r"]);
    command.arg(capture(case)).args(options);
    command
}

/// A new folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The files' notes, and all else of the tree.
fn tree(case: &str, files: &str) -> String {
    quietly(&mut with(case, files, &["-2", "-V"]))
}

fn summary(case: &str, files: &str) -> String {
    let mut rows = rows(
        &mut with(case, files, &["-2"]),
        "ikewhy.verdict",
        &["ikewhy.verdict.summary"],
    );
    rows.swap_remove(0).swap_remove(0)
}

const CASE: &str = "ikev1-ike-keylength-differs-strongswan";

fn own(file: &str) -> String {
    let path = root().join("captures").join(CASE).join("server").join(file);
    fs::read_to_string(path).expect("a configuration")
}

#[test]
fn includes_are_followed_below_the_file_s_folder_only() {
    let folder = folder("includes");
    let root = folder.join("etc");
    write(&root.join("conf.d/server.conf"), &own("swanctl/swanctl.conf"));
    write(
        &folder.join("outside.conf"),
        "connections { planted { version = 2 } }\n",
    );
    std::os::unix::fs::symlink("../outside.conf", root.join("link.conf")).expect("a link");
    std::os::unix::fs::symlink("conf.d", root.join("inner")).expect("a link");
    let pipe = Command::new("mkfifo").arg(root.join("pipe")).status();
    assert!(pipe.expect("mkfifo").success());
    let main = "# all\ninclude conf.d/*.conf\ninclude /etc/passwd\ninclude ../outside.conf\ninclude link.conf\ninclude nowhere.conf\n\
                include pipe\ninclude *.none\n";
    write(&root.join("swanctl.conf"), main);
    let file = root.join("swanctl.conf").display().to_string();
    let said = summary(CASE, &file);
    assert!(said.contains("conf.d/server.conf, line 6, allows only"), "{said}");
    let tree = tree(CASE, &file);
    let outside = "not followed, because it lies outside the folder of the file that was given";
    for note in [
        format!("swanctl.conf, line 3: include /etc/passwd: {outside}"),
        format!("swanctl.conf, line 4: include ../outside.conf: {outside}"),
        format!("swanctl.conf, line 5: include link.conf: {outside}"),
        "swanctl.conf, line 6: include nowhere.conf: no such file".to_owned(),
        "swanctl.conf, line 7: include pipe: pipe: is not a regular file".to_owned(),
    ] {
        assert!(tree.contains(&note), "{note} is not said:\n{tree}");
    }
    assert!(!tree.contains("planted") && !tree.contains("root:"), "{tree}");
    assert!(
        !tree.contains("*.none"),
        "a pattern that means no file is no fault"
    );
    // Of a folder, what another file includes is read once.
    let whole = quietly(&mut with(CASE, &root.display().to_string(), &["-2", "-V"]));
    assert_eq!(
        whole.matches("(swanctl.conf): of the responder").count(),
        1,
        "{whole}"
    );
    // A link to a folder inside is inside.
    write(&root.join("swanctl.conf"), "include inner/serv?r.conf\n");
    assert!(summary(CASE, &file).contains("conf.d/server.conf, line 6"));
}

#[test]
fn an_included_part_belongs_to_the_section_that_includes_it() {
    let folder = folder("parts");
    let whole = own("swanctl/swanctl.conf");
    let (head, rest) = whole.split_once('\n').expect("several lines");
    assert_eq!(head, "connections {");
    write(&folder.join("parts/rest"), rest);
    write(
        &folder.join("swanctl.conf"),
        "connections {\ninclude parts/rest\n",
    );
    let said = summary(CASE, &folder.join("swanctl.conf").display().to_string());
    assert!(said.contains("parts/rest, line 5, allows only"), "{said}");
    // Libreswan's defaults in a file of their own.
    write(
        &folder.join("d/default.conf"),
        "conn %default\n\tike=aes256-sha2_256;modp2048\n",
    );
    let main =
        "include d/*.conf\nconn lab\n\tleft=198.51.100.20\n\tright=%any\n\tikev2=no\n\tauthby=secret\n";
    write(&folder.join("ipsec.conf"), main);
    let said = summary(CASE, &folder.join("ipsec.conf").display().to_string());
    assert!(said.contains("d/default.conf, line 2, allows only"), "{said}");
}

/// Every setting that holds a secret, in every syntax, and logs that print them.
const SECRETS: &[(&str, &str)] = &[
    (
        "swanctl.conf",
        "connections {\n lab {\n  version = 1\n  remote_addrs = 192.0.2.10\n  local { auth = psk }\n }\n}\nsecrets {\n ike-1 {\n  id = x\n  secret = \
         \"planted a\"\n }\n eap-1 { id = bob\n secret = planted-b }\n xauth-1 { secret = 0splantedc }\n ntlm { secret = planted-d }\n ppk { secret = 0xplantede }\n \
         private { secret = \"planted{f}\" }\n rsa { secret=planted-g }\n pkcs8 { secret = planted-h }\n pkcs12 { secret = planted-i }\n token { pin = \
         planted-j }\n}\n",
    ),
    (
        "swanctl-2.conf",
        "connections { x { version = 1\n psk = planted-a\n password = planted-b\n remote { secret = planted-c } } }\nsecrets-more { y { z = planted-d } }\n",
    ),
    (
        "ipsec.conf",
        "conn lab\n\tleft=198.51.100.20\n\tright=%any\n\tleftsecret=planted-a\n\trightpassword=planted-b\n\tpsk=planted-c\n\tike=aes256-sha2_256;modp2048\n\
         192.0.2.10 %any : PSK \"planted d\"\n: RSA {\n\tPrivateExponent: 0xplantede\n}\n%any : XAUTH \"planted-f\"\n",
    ),
    (
        "iked.conf",
        "ikev2 \"lab\" passive esp from any to any local 198.51.100.20 peer any psk \"planted a\"\nikev2 active esp from any to any psk 0xplantedb\n\
         ikev2 esp from any to any \\\n\tsrcid x psk \\\n\t\"planted c\"\nuser \"bob\" \"planted d\"\nikev2 esp from any to any psk \"planted \\\n e\" srcid \"y\"\n",
    ),
    (
        "swanctl-3.conf",
        "connections {\n lab { version = 1 }\n}\nsecrets {\n ike-1 { secret = \"a\\\" } } planted-a { planted-b = 1\" }\n ike-2 {\n  secret = \"a\n } }\\\"\n connections \
         { planted-c { remote_addrs = planted-d } }\n\" }\n}\n",
    ),
    (
        "iked-2.conf",
        "ikev2 esp from any to any psk \"aa\\\" planted a\" srcid \"y\"\nikev2 esp from any to any psk \"aa\\\" srcid planted-b\" peer any\nikev2 esp from any to any \
         psk 'planted c \" srcid planted-d' peer any\nikev2 esp from any to any psk \"x\nikev2 planted-e esp from planted-f to any\n\"\n",
    ),
    (
        "routeros.rsc",
        "/ip ipsec peer\nadd name=lab address=192.0.2.10/32\n/ip ipsec identity\nadd peer=lab secret=\"a\\\" my-id=fqdn:planted-a\" remote-id=fqdn:x\nadd peer=lab \\\n  \
         secret=planted-b password=\"planted \\\" c\"\n",
    ),
    (
        "fortigate.conf",
        "config vpn ipsec phase1-interface\nedit \"t\"\nset remote-gw 192.0.2.10\nset proposal aes128-sha1\nset psksecret \"a\\\" planted-a\"\nset psksecret \"b\\\"\nset \
         localid planted-b\n\"\nset ppk-secret planted-c\nset authpasswd planted-d\nnext\nend\n",
    ),
    (
        "ios.cfg",
        "crypto isakmp key 0 planted-a address 192.0.2.10\ncrypto isakmp key 9 planted-b hostname x\ncrypto keyring k\n pre-shared-key address 192.0.2.10 key 7 planted-c\ncrypto \
         map m 1 ipsec-isakmp\n set peer 192.0.2.10\nkey chain c\n key-string planted-d\n",
    ),
    (
        "strongswan.log",
        "13[IKE] no shared key found for '192.0.2.10' - 'x', password: planted-a\n13[IKE] no shared key found for 'a' - 'b' psk: planted-b\n13[IKE] no shared key found for 'a' - \
         'b' psk for 192.0.2.10: planted-c\n13[CFG] traffic selectors secret planted/d unacceptable\n13[IKE] no peer config found {\"password\":\"planted-e\"}\n13[IKE] \
         no peer config found <pre-shared-key>planted-f</pre-shared-key>\n13[IKE] XAuth authentication of 'bob' pin 1planted failed\n13[IKE] no peer config found \
         presharedkey 'a\\' planted-g'\n",
    ),
    (
        "libreswan.log",
        "packet from 192.0.2.10:500: initial Main Mode message received but no connection pwd=planted-a\n\"lab\"[1] 192.0.2.10 #1: no preshared key found for x secret \
         \"planted b\"\n",
    ),
    (
        "openiked.log",
        "spi=0x1122334455667788: ikev2_msg_authverify failed key 0 planted-a\nspi=0x1122334455667788: no compatible policy found community planted-b\n",
    ),
    (
        "ipsec-tools.log",
        "2026-01-01 12:00:06: ERROR: rejected authmethod: DB(prop#1:trns#1):Peer(prop#1:trns#1) = psk planted-a:passphrase planted-b\n2026-01-01 12:00:06: ERROR: no suitable \
         proposal found.\n2026-01-01 12:00:09: ERROR: no policy found: secret=planted/c proto=any\n2026-01-01 12:00:12: ERROR: HASH mismatched PIN: planted-d\n",
    ),
    (
        "debug.log",
        "Jan  1 12:00:06.1: ISAKMP:(0):Hash algorithm offered does not match policy! key planted-a\nJan  1 12:00:06.1: ISAKMP:(0):no offers accepted!\nJan  1 12:00:06.2: \
         ISAKMP:(0):No pre-shared key with 192.0.2.10! pass=planted-b\nJan 01 2026 12:00:06 asa : %ASA-3-713138: IP = 192.0.2.10 Group x not found and BASE GROUP default \
         preshared key not configured, secret: planted-c\n",
    ),
    (
        "ike.log",
        "ike 0: comes 192.0.2.10:500->198.51.100.20:500\nike 0:x:1: probable pre-shared secret mismatch psk planted-a\nike 0:x:1: peer ID verification failed token=planted-b\n",
    ),
    (
        "l2tp.log",
        "xl2tpd[884]: Connection 1 closed to 192.0.2.10, port 1701 (No Authorization) password planted-a\nPeer bob failed CHAP authentication\npppd[9]: peer refused to \
         authenticate: secret planted-b\n",
    ),
    (
        "charon.log",
        "Jan  1 12:00:06 13[IKE] Sk_ei secret => 32 bytes @ 0x7f\nJan  1 12:00:06 13[IKE]    0: PLANTED 00 11\nJan  1 12:00:06 13[IKE] encryption key Ka => 32 bytes @ 0x7f\n\
         Jan  1 12:00:06 13[IKE] SKEYID => planted-a\nJan  1 12:00:06 13[CFG] loaded IKE shared key 'planted-b'\n\
         Jan  1 12:00:06 13[IKE] no shared key found for '192.0.2.10' - 'x' password=planted-c\n",
    ),
    (
        "pluto.log",
        "Jan  1 12:00:07.888274: | PSK: planted-a\nJan  1 12:00:07.888274: loading secrets from \"/etc/ipsec.secrets\"\n\
         Jan  1 12:00:07.888274: |   line 1: key type PKK_PSK(planted-b) to type PKK_PSK\nJan  1 12:00:07.9: | secrets: planted-c\n",
    ),
    (
        "iked.log",
        "spi=0x1122334455667788: ikev2_sa_keys: SKEYSEED with 32 bytes\n0xplanteda 0xplantedb\nspi=0x1122334455667788: ikev2_msg_authverify: planted-c\n\
         set user \"bob\" password planted-d\nikev2_msg_authverify failed psk=planted-e\n",
    ),
    (
        "racoon.log",
        "2026-01-01 12:00:06: INFO: respond new phase 1 negotiation: 198.51.100.20[500]<=>192.0.2.10[500]\n2026-01-01 12:00:06: DEBUG: psk found: \
         planted-a\n2026-01-01 12:00:06: DEBUG2: planted-b\n2026-01-01 12:00:06: DEBUG: compute intermediate encryption key K1 planted-c\n\
         2026-01-01 12:00:06: ERROR: HASH mismatched psk=planted-d\n",
    ),
    (
        "ppp.log",
        "xl2tpd[884]: Call established with 192.0.2.10, PID: 900, Local: 29058, Remote: 25345, Serial: 1\nsent [PAP AuthReq id=0x1 user=\"bob\" \
         password=\"planted-a\"]\nsent [CHAP Response id=0x1 <planted-b>, name = \"bob\"]\nPeer bob failed PAP authentication\nxl2tpd[884]: secret planted-c\n",
    ),
    (
        "config.boot",
        "vpn {\n ipsec {\n  site-to-site {\n   peer 192.0.2.10 {\n    authentication {\n     mode pre-shared-secret\n     pre-shared-secret \"planted a\"\n    }\n   \
         }\n  }\n }\n}\nset vpn ipsec site-to-site peer x authentication pre-shared-secret 'planted-b'\nset vpn ipsec authentication psk x secret planted-c\n",
    ),
    (
        "srx.conf",
        "set security ike policy P pre-shared-key ascii-text \"planted a\"\nset security ike gateway G address 192.0.2.10\nset security ike policy P \
         pre-shared-key hexadecimal planted-b\nsecurity {\n ike {\n  policy Q {\n   pre-shared-key ascii-text \"planted-c\"; ## SECRET-DATA\n  }\n }\n}\n",
    ),
    (
        "show.txt",
        "Protection suite of priority 5\n encryption algorithm: DES - planted-a\nR#show crypto isakmp key\nKeyring  Hostname/Address  Preshared Key\ndefault  192.0.2.10  \
         planted-b\nCrypto Map \"M\" 10 ipsec-isakmp\n Peer = 192.0.2.10\n",
    ),
    (
        "conns.txt",
        "home: IKEv2, no reauthentication, rekeying every 14400s\n  local:  %any\n  remote: 192.0.2.10\n  local pre-shared key authentication:\n    secret: planted-a\n",
    ),
    (
        "status.txt",
        "Connections:\n office:  198.51.100.20...192.0.2.10  IKEv1\n office:   local:  uses pre-shared key authentication\n office:   secret:  planted-a\n",
    ),
    (
        "kmd.log",
        "Jan  1 12:00:06  srx kmd[1870]: IKE negotiation failed with error: No proposal chosen. Local: 198.51.100.20/500, Remote: 192.0.2.10/500 psk: planted-a\n\
         Jan  1 12:00:07  srx kmd[1870]: IKE pre-shared-key ascii-text planted-b\n",
    ),
    (
        "ikemgr.log",
        "2026-01-01 12:00:06.123 +0000  [PERR]: {    1:    4}: failed to get sainfo. secret planted-a\n2026-01-01 12:00:06.123 +0000  [DEBG]: {    1:    4}: \
         psk found planted-b\n",
    ),
    (
        "checkpoint.log",
        "1 2026-01-01T12:00:06Z gw CheckPoint 19710 - [action:\"Reject\"; ike::\"Main Mode Failed to match proposal: password=planted-a\"; shared_secret:\"planted-b\"; \
         src:\"192.0.2.10\"; ]\n",
    ),
    (
        "aws.json",
        "{\"event_timestamp\":1767268806,\"details\":\"No Proposal Match Found by AWS psk=planted-a\",\"secret\":\"planted-b\"}\n",
    ),
    (
        "event.log",
        "date=2026-01-01 time=12:00:06 type=\"event\" subtype=\"vpn\" logdesc=\"IPsec phase 1 error\" remip=192.0.2.10 locip=198.51.100.20 \
         reason=\"no SA proposal chosen\" psksecret=\"planted-a\"\n",
    ),
    (
        "vpnc.log",
        "vpnc version 0.5.3\nIKE SA selected psk+xauth-aes256-sha1\nIPSec secret planted-a\nvpnc: hash comparison failed: secret planted-b\n",
    ),
    // Known by their names alone.
    (
        "racoon.conf",
        "remote anonymous {\n exchange_mode main;\n proposal { encryption_algorithm aes; }\n}\npsk \"planted-a\"\n",
    ),
    (
        "home.mobileconfig",
        "<plist version=\"1.0\"><dict><key>PayloadType</key><string>com.apple.vpn.managed</string>\
         <key>SharedSecret</key><string>planted-a</string></dict></plist>\n",
    ),
    (
        "strongswan.conf",
        "charon {\n plugins {\n  eap-radius { secret = planted-a }\n  sql { database = mysql://bob:planted-b@localhost/x }\n }\n}\n",
    ),
    (
        "config.xml",
        "<?xml version=\"1.0\"?>\n<pfsense><ipsec><phase1><ikeid>1</ikeid><iketype>ikev2</iketype><remote-gateway>192.0.2.10</remote-gateway>\
         <pre-shared-key>planted-a</pre-shared-key><private-key>planted-b</private-key></phase1><mobilekey><ident>bob</ident>\
         <pre-shared-key><![CDATA[planted-c]]></pre-shared-key></mobilekey></ipsec></pfsense>\n",
    ),
    (
        "windows.txt",
        "PS C:\\> Set-VpnConnection -Name lab -L2tpPsk planted-a\n\nName                  : lab\nServerAddress         : 192.0.2.10\nTunnelType            : L2tp\n\
         L2tpPsk               : planted-b\nL2tpIPsecAuth         : Psk\n",
    ),
    // Copied from a web page: its quotes are quotes, its blanks are blanks.
    (
        "iked-3.conf",
        "\u{FEFF}ikev2\u{A0}esp from any to any psk \u{201C}planted a\u{201D}\u{A0}srcid x\n",
    ),
];

/// It holds nothing of what was planted.
fn is_clean(text: &str) -> bool {
    !text.to_ascii_lowercase().contains("planted")
}

/// A session with a capture's packets and a file.
fn session(case: &str, name: &str, text: &str) -> Session {
    let mut session = Session::new(Options::default());
    session.import(name, text, None);
    for (number, frame) in (1..).zip(pcap::read(&capture(case))) {
        session.push(&frame.packet(number));
    }
    session
}

#[test]
fn no_secret_of_any_syntax_is_kept_or_shown() {
    let mut left: Vec<_> = policy::kinds().collect();
    for (name, text) in SECRETS {
        assert!(!is_clean(text), "{name} plants nothing");
        let policy = policy::read(name, text, None);
        left.retain(|kind| *kind != policy.kind);
        assert!(
            policy.kind != policy::Kind::Unknown,
            "{name} is not read as what it is"
        );
        let kept = format!("{policy:?}");
        assert!(is_clean(&kept), "{name}: {kept}");
        for case in [
            CASE,
            "ikev1-psk-differs-strongswan",
            "l2tp-password-wrong-strongswan",
        ] {
            let mut session = session(case, name, text);
            let mut all = format!("{session:?}{}{}", session.report(), session.json());
            for frame in 1..40 {
                all += &format!("{:?}", session.items(frame, Pass::Again));
            }
            assert!(is_clean(&all), "{name} on {case}");
        }
    }
    assert!(left.is_empty(), "no secret is planted in {left:?}");
}

#[test]
fn no_secret_shows_in_any_output() {
    let folder = folder("secrets");
    for (name, text) in SECRETS {
        write(&folder.join(name), text);
    }
    // Files of secrets alone are not even opened.
    write(&folder.join("ipsec.secrets"), ": PSK \"planted\"\n");
    let files = format!("{};{}", folder.display(), folder.join("ipsec.secrets").display());
    for options in [
        &["-2", "-V"][..],
        &["-2", "-T", "json"],
        &["-q", "-z", "ikewhy,report"],
        &["-q", "-z", "ikewhy,json"],
        &["-q", "-z", "expert"],
    ] {
        let all = quietly(&mut with(CASE, &files, options));
        assert!(all.len() > 100 && is_clean(&all), "{options:?}: {all}");
    }
    let tree = tree(CASE, &files);
    assert!(
        tree.contains("ipsec.secrets: a file of secrets, not read"),
        "{tree}"
    );
}

#[test]
fn what_is_not_read_of_many_large_files_is_said() {
    let folder = folder("large");
    for number in 0..5 {
        let file = fs::File::create(folder.join(format!("{number}.log"))).expect("a file");
        file.set_len(8 << 20).expect("a sparse file");
    }
    let said = tree(CASE, &folder.display().to_string());
    let left_out = "not read: the files before it have 24 MiB together, and no more is read";
    for number in 3..5 {
        assert!(said.contains(&format!("{number}.log: {left_out}")), "{said}");
    }
    // A file that includes a large one again and again: read once, and the rest is said.
    let mut main = "conn x\n\tright=192.0.2.10\n".to_owned();
    main += &"include big\n".repeat(2000);
    write(&folder.join("in/ipsec.conf"), &main);
    write(&folder.join("in/big"), &"conn y\n\tleft=%any\n".repeat(20_000));
    let said = tree(CASE, &folder.join("in/ipsec.conf").display().to_string());
    assert!(
        said.contains("include big: not followed: together these files are too large"),
        "{said}"
    );
    assert!(said.contains("more notes are left out here"), "{said}");
    assert!(
        said.contains("only the first 1024 connections are kept"),
        "{said}"
    );
}

/// The answer to a candidate for the pre-shared key of Aggressive Mode.
fn psk_check(case: &str, candidate: &str) -> String {
    let mut command = tshark();
    command
        .args(["-q", "-z", "ikewhy,psk-check,fd=0", "-r"])
        .arg(capture(case));
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("tests/user.sh runs");
    let mut asked = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut asked, format!("{candidate}\n").as_bytes()).expect("written");
    drop(asked);
    let output = child.wait_with_output().expect("an answer");
    let said = ikewhy_tests::text(&output.stdout);
    assert!(!said.contains(candidate), "{said}");
    said
}

#[test]
fn a_candidate_for_the_pre_shared_key_matches_or_not_and_is_never_shown() {
    let (right, other) = ("invented-secret-for-the-lab", "another-invented-secret");
    for (case, candidate, answer) in [
        (
            "ikev1-aggressive-up-strongswan",
            right,
            ": match: the responder 198.51.100.20",
        ),
        (
            "ikev1-aggressive-up-strongswan",
            other,
            ": mismatch: the responder 198.51.100.20",
        ),
        (
            "ikev1-aggressive-psk-differs-strongswan",
            other,
            ": match: the responder",
        ),
        (
            "ikev1-aggressive-psk-differs-strongswan",
            right,
            ": mismatch: the responder",
        ),
        (
            "ikev1-aggressive-open-strongswan",
            right,
            "cannot be checked: the second message",
        ),
        (
            "ikev1-psk-up-strongswan",
            right,
            "No negotiation in Aggressive Mode",
        ),
    ] {
        let said = psk_check(case, candidate);
        assert!(said.contains(answer), "{case}: {said}");
    }
}

/// What a verdict says with this text as the only file, the same in both editions: attribute, confidence, basis, summary, whose file
/// it is.
fn alone(case: &str, name: &str, text: &str) -> [String; 5] {
    let file = folder(&format!("whose-{name}")).join(name);
    write(&file, text);
    let fields = [
        "verdict.attribute",
        "verdict.confidence",
        "verdict.basis",
        "verdict.summary",
        "peer_file",
    ];
    let fields = fields.map(|field| format!("ikewhy.{field}"));
    let ask = |mut tshark: Command| {
        tshark.args([
            "-n",
            "-2",
            "-o",
            &format!("ikewhy.peer_files:{}", file.display()),
            "-r",
        ]);
        tshark.arg(capture(case));
        let found = rows(
            &mut tshark,
            "isakmp && ikewhy.verdict",
            &fields.each_ref().map(String::as_str),
        );
        let [row] = &found[..] else {
            panic!("{case}: {found:?}")
        };
        <[String; 5]>::try_from(row.clone()).expect("five fields")
    };
    let (native, lua) = (ask(tshark()), ask(lua()));
    assert_eq!(native, lua, "{case} {name}");
    native
}

/// Whose file it is said to be at the last frame of the capture's own negotiation; with `another` client, which calls the same
/// server as well.
fn whose(text: &str, another: bool) -> String {
    let mut session = Session::new(Options::default());
    session.import("swanctl.conf", text, None);
    let own = pcap::read(&capture(CASE));
    let mut frames = own.clone();
    if another {
        // The first message of an Ethernet frame with IPv4 and UDP, from another address and with another SPI.
        let mut call = own[0].clone();
        call.data[29] ^= 0x55;
        call.data[42] ^= 0x55;
        call.time += 3_600_000_000_000;
        frames.push(call);
    }
    for (number, frame) in (1..).zip(&frames) {
        session.push(&frame.packet(number));
    }
    let last = u32::try_from(own.len()).expect("a small capture");
    let said = session.items(last, Pass::Again).into_iter().find_map(|item| {
        let file = item.field == FieldId::PeerFile;
        item.label
            .or(match item.value {
                Value::Text(text) => Some(text),
                _ => None,
            })
            .filter(|_| file)
    });
    said.expect("whose it is")
}

#[test]
fn a_file_that_names_the_server_alone_may_be_another_client_s() {
    let client = root()
        .join("captures")
        .join(CASE)
        .join("client/swanctl/swanctl.conf");
    let client = without(
        &fs::read_to_string(client).expect("a configuration"),
        &["local_addrs", "id ="],
    );
    // What it offers tells, where it is what was offered.
    let other = client.replace("proposals = aes128", "proposals = aes192");
    assert_ne!(client, other);
    for (text, another, said) in [
        (
            &client,
            false,
            "of the initiator 192.0.2.10, because it names the other address",
        ),
        (
            &other,
            false,
            "of the initiator 192.0.2.10, because it names the other address",
        ),
        (
            &client,
            true,
            "of the initiator 192.0.2.10, because its proposals are those that were offered",
        ),
        (
            &other,
            true,
            "probably of the initiator 192.0.2.10, a guess, because it names the other address",
        ),
    ] {
        let whose = whose(text, another);
        assert!(whose.contains(said), "{said}: {whose}");
    }
}

/// Without the lines that have one of these words.
fn without(text: &str, words: &[&str]) -> String {
    let kept = text
        .lines()
        .filter(|line| !words.iter().any(|w| line.contains(w)));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_file_that_names_no_address_is_a_side_s_by_identity_or_as_a_guess_by_role() {
    let nothing = ["_addrs", "id ="];
    // Who names no peer can only answer.
    let server = without(&own("swanctl/swanctl.conf"), &nothing);
    let [attribute, confidence, basis, summary, whose] = alone(CASE, "swanctl.conf", &server);
    assert_eq!(
        (&attribute[..], &confidence[..], &basis[..]),
        ("key-length", "0.6", "imported"),
        "{summary}"
    );
    assert!(
        summary.contains("swanctl.conf, line 4")
            && summary.contains("is a guess: its connections can only answer"),
        "{summary}"
    );
    assert!(
        whose.contains("probably of the responder 198.51.100.20, a guess"),
        "{whose}"
    );
    // Who begins by itself began.
    let client = server.replace("version = 1", "version = 1\nremote_addrs = vpn.example.org");
    let either = alone(CASE, "swanctl.conf", &client);
    assert!(either[4].contains("of one of the two sides"), "{either:?}");
    assert_ne!(either[2], "imported");
    let client = client.replace("mode = tunnel", "mode = tunnel\nstart_action = start");
    let [.., whose] = alone(CASE, "swanctl.conf", &client);
    assert!(whose.contains("probably of the initiator 192.0.2.10"), "{whose}");
    // The file of another machine stays one, whatever its role.
    let other = own("swanctl/swanctl.conf").replace("198.51.100.20", "203.0.113.7");
    let [_, _, basis, _, whose] = alone(CASE, "swanctl.conf", &other);
    assert!(
        basis != "imported" && whose.contains("of one of the two sides"),
        "{basis}, {whose}"
    );
    // Aggressive Mode sends identities in clear.
    let case = "ikev1-aggressive-psk-differs-strongswan";
    let server = root()
        .join("captures")
        .join(case)
        .join("server/swanctl/swanctl.conf");
    let server = without(&fs::read_to_string(server).expect("a configuration"), &["_addrs"]);
    let [.., whose] = alone(case, "swanctl.conf", &server);
    let said = "of the responder 198.51.100.20, because it names the identity that was sent";
    assert!(whose.contains(said), "{whose}");
}

/// The log with other message IDs: each `request 1514232062 [` one higher.
fn numbered_otherwise(log: &str) -> String {
    let words = log
        .split_inclusive(' ')
        .map(|word| match word.trim_end().parse::<u32>() {
            Ok(id) if id > 65_535 => format!("{} ", id.wrapping_add(1)),
            _ => word.to_owned(),
        });
    words.collect()
}

#[test]
fn a_log_behind_nat_is_a_side_s_by_its_peer_or_by_its_role() {
    let whole = own("../server.log").replace("198.51.100.20", "10.9.9.9");
    // What it received at this time is what was offered.
    let [attribute, confidence, _, summary, whose] = alone(CASE, "server.log", &whole);
    assert_eq!(
        (&attribute[..], &confidence[..]),
        ("key-length", "0.98"),
        "{summary}"
    );
    let said =
        "of the responder 198.51.100.20, because what it says it received is just what was offered here";
    assert!(whose.contains(said), "{whose}");
    let log = without(&whole, &["received proposals: "]);
    let [attribute, confidence, _, summary, whose] = alone(CASE, "server.log", &log);
    assert_eq!(
        (&attribute[..], &confidence[..]),
        ("key-length", "0.6"),
        "{summary}"
    );
    let said = "probably of the responder 198.51.100.20, a guess, because the log names the other address as its peer";
    assert!(whose.contains(said), "{whose}");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whose-server.log/server.log");
    let mut found = with(CASE, &file.display().to_string(), &["-2"]);
    let found = rows(
        &mut found,
        "ikewhy.peer_log",
        &["frame.number", "ikewhy.peer_log"],
    );
    assert!(
        matches!(&found[..], [row] if row[0] == "1" && row[1].ends_with("(whose log it is is a guess)")),
        "{found:?}"
    );
    // Where the packets show that no NAT hides it, another client of the same server is another one.
    let case = "ikev1-child-selectors-differ-strongswan";
    let path = root().join("captures").join(case).join("client.log");
    let log = fs::read_to_string(path).expect("a log");
    let [.., whose] = alone(case, "client.log", &log);
    assert!(
        whose.contains("of the initiator 192.0.2.10, because the log names its address"),
        "{whose}"
    );
    // The number of its Quick Mode would show that it is of this negotiation all the same.
    let other = numbered_otherwise(&log.replace("192.0.2.10", "203.0.113.9"));
    let [_, _, basis, _, whose] = alone(case, "client.log", &other);
    assert!(
        basis != "imported" && whose.contains("belongs to neither peer"),
        "{basis}, {whose}"
    );
    let log = own("../server.log").replace("198.51.100.20", "10.9.9.9");
    // Neither address is one of here, and nothing else links it.
    let stranger = log.replace("192.0.2.10", "10.8.8.8");
    let [_, _, basis, _, whose] = alone(CASE, "server.log", &stranger);
    assert!(
        basis != "imported" && whose.contains("belongs to neither peer"),
        "{basis}, {whose}"
    );
    // OpenIKED logs SPIs.
    let case = "ikev2-ike-dh-differs-openiked";
    let log = root().join("captures").join(case).join("server.log");
    let log = fs::read_to_string(log).expect("a log");
    let log = log
        .replace("198.51.100.20", "10.9.9.9")
        .replace("192.0.2.10", "10.8.8.8");
    let [_, confidence, basis, summary, whose] = alone(case, "server.log", &log);
    assert_eq!((&confidence[..], &basis[..]), ("0.6", "imported"), "{summary}");
    assert!(
        whose.contains("probably of the responder 198.51.100.20"),
        "{whose}"
    );
    assert!(
        summary.contains("is a guess: the log is one that answers"),
        "{summary}"
    );
}

/// Where a line of xl2tpd or pppd stands: the frames, what Wireshark itself says of them, and the line. The lab's lines have no clock.
#[test]
fn a_line_about_l2tp_or_ppp_stands_at_the_packet_it_speaks_of() {
    const REFUSED: &str = "chap.code == 4";
    const TERMINATED: &str = "ppp.code == 5 && lcp";
    const STOPPED: &str = "l2tp.avp.message_type == 4";
    let cases = [
        (
            "l2tp-cleartext-password-wrong",
            "server",
            false,
            REFUSED,
            "Peer alice failed CHAP",
        ),
        (
            "l2tp-cleartext-password-wrong",
            "client",
            false,
            REFUSED,
            "CHAP authentication failed",
        ),
        (
            "l2tp-password-wrong-strongswan",
            "server",
            true,
            REFUSED,
            "Peer alice failed CHAP",
        ),
        (
            "l2tp-password-wrong-strongswan",
            "client",
            true,
            REFUSED,
            "CHAP authentication failed",
        ),
        (
            "l2tp-ppp-auth-differs-strongswan",
            "client",
            true,
            TERMINATED,
            "LCP terminated by peer",
        ),
        (
            "l2tp-refused-strongswan",
            "server",
            true,
            STOPPED,
            "Denied connection",
        ),
        (
            "l2tp-refused-strongswan",
            "client",
            true,
            STOPPED,
            "(No Authorization)",
        ),
        // Without keys the packet cannot be told.
        (
            "l2tp-password-wrong-strongswan",
            "server",
            false,
            "ikewhy.verdict",
            "Peer alice failed CHAP",
        ),
        (
            "l2tp-refused-strongswan",
            "client",
            false,
            "ikewhy.verdict",
            "(No Authorization)",
        ),
    ];
    for (case, side, keys, packet, words) in cases {
        let folder = root().join("captures").join(case);
        let address = if side == "server" {
            "198.51.100.20"
        } else {
            "192.0.2.10"
        };
        let log = format!(
            "ikewhy.peer_files:{address}={}",
            folder.join(format!("{side}.log")).display()
        );
        let tables: Vec<_> = ["esp_sa", "ikev1_decryption_table"]
            .map(|t| folder.join("keys").join(t))
            .into();
        let home = home(
            &format!("inside-{case}-{side}-{keys}"),
            if keys { &tables } else { &[] },
        );
        let on = |mut tshark: Command, filter: &str| {
            tshark.args(["-n", "-2", "-o", &log, "-r"]).arg(capture(case));
            rows(&mut tshark, filter, &["frame.number", "ikewhy.peer_log"])
        };
        let ask = |filter: &str| {
            let mut native = tshark();
            native.env("IKEWHY_HOME", &home);
            on(native, filter)
        };
        let found = ask("ikewhy.peer_log");
        let [row] = &found[..] else {
            panic!("{case} {side}: {found:?}")
        };
        assert!(row[1].contains(words), "{case} {side}: {row:?}");
        assert_eq!(
            ask(&format!("ikewhy.peer_log && {packet}")),
            found,
            "{case} {side} {keys}"
        );
        if !keys {
            assert_eq!(on(lua(), "ikewhy.peer_log"), found, "{case} {side}");
        }
    }
}
