//! config.xml of pfSense and OPNsense.

use crate::negotiation::Version;
use crate::policy::{Auth, Mode};
use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

fn pfsense() -> String {
    r#"<?xml version="1.0"?>
<pfsense>
	<version>22.9</version>
	<system><user><bcrypt-hash>SECRET</bcrypt-hash></user></system>
	<interfaces>
		<wan><if>em0</if><ipaddr>198.51.100.20</ipaddr><subnet>24</subnet></wan>
		<lan>
			<ipaddr>172.16.2.1</ipaddr>
			<subnet>24</subnet>
		</lan>
	</interfaces>
	<ipsec>
		<phase1>
			<ikeid>1</ikeid>
			<iketype>ikev2</iketype>
			<interface>wan</interface>
			<remote-gateway>192.0.2.10</remote-gateway>
			<myid_type>myaddress</myid_type>
			<myid_data></myid_data>
			<peerid_type>fqdn</peerid_type>
			<peerid_data>client.example.org</peerid_data>
			<encryption>
				<item>
					<encryption-algorithm>
						<name>aes</name>
						<keylen>256</keylen>
					</encryption-algorithm>
					<hash-algorithm>sha256</hash-algorithm>
					<prf-algorithm>sha1</prf-algorithm>
					<dhgroup>14</dhgroup>
				</item>
				<item>
					<encryption-algorithm>
						<name>aes256gcm</name>
						<keylen>128</keylen>
					</encryption-algorithm>
					<hash-algorithm>sha512</hash-algorithm>
					<dhgroup>20</dhgroup>
				</item>
			</encryption>
			<pre-shared-key>SECRET</pre-shared-key>
			<authentication_method>pre_shared_key</authentication_method>
			<descr><![CDATA[Branch & <office>]]></descr>
		</phase1>
		<phase1>
			<ikeid>2</ikeid>
			<iketype>ikev1</iketype>
			<mode>aggressive</mode>
			<mobile></mobile>
			<encryption><item><encryption-algorithm><name>3des</name></encryption-algorithm><hash-algorithm>sha1</hash-algorithm><dhgroup>2</dhgroup></item></encryption>
			<authentication_method>xauth_psk_server</authentication_method>
			<pre-shared-key>SECRET</pre-shared-key>
		</phase1>
		<phase1>
			<ikeid>3</ikeid>
			<iketype>ikev2</iketype>
			<remote-gateway>192.0.2.77</remote-gateway>
			<disabled></disabled>
		</phase1>
		<phase2>
			<ikeid>1</ikeid>
			<mode>tunnel</mode>
			<localid><type>lan</type></localid>
			<remoteid>
				<type>network</type>
				<address>172.16.1.0</address>
				<netbits>24</netbits>
			</remoteid>
			<protocol>esp</protocol>
			<encryption-algorithm-option>
				<name>aes</name>
				<keylen>auto</keylen>
			</encryption-algorithm-option>
			<encryption-algorithm-option>
				<name>aes128gcm</name>
				<keylen>128</keylen>
			</encryption-algorithm-option>
			<hash-algorithm-option>hmac_sha256</hash-algorithm-option>
			<pfsgroup>14</pfsgroup>
		</phase2>
		<phase2><ikeid>1</ikeid><mode>transport</mode><disabled/></phase2>
		<mobilekey><ident>x</ident><pre-shared-key>SECRET</pre-shared-key></mobilekey>
	</ipsec>
</pfsense>
"#
    .replace("SECRET", SECRET)
}

#[test]
fn entries_of_pfsense() {
    let policy = clean("config.xml", &pfsense());
    assert_eq!(policy.kind.name(), "pfSense configuration");
    let [branch, mobile] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(branch.name, "Branch & <office>");
    assert_eq!(
        branch.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V2, 15))
    );
    assert_eq!(
        ike(branch, Version::V2),
        [
            (
                25,
                "AES-CBC-256 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)".to_owned()
            ),
            (
                34,
                "AES-GCM-16-256 / HMAC-SHA2-512 / ECP-384 (group 20)".to_owned()
            ),
        ]
    );
    assert_eq!(values(branch.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(values(branch.remote.as_ref()), ["192.0.2.10"]);
    assert_eq!(branch.local_id, None);
    assert_eq!(
        branch.remote_id.as_ref().map(|i| i.value.as_str()),
        Some("client.example.org")
    );
    assert_eq!(branch.children.len(), 1);
    let child = &branch.children[0];
    assert_eq!(values(child.local.as_ref()), ["172.16.2.0/24"]);
    assert_eq!(values(child.remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(child.mode.as_ref().map(|m| m.value), Some(Mode::Tunnel));
    assert_eq!(
        esp(branch, Version::V2)
            .into_iter()
            .map(|(_, s)| s)
            .collect::<Vec<_>>(),
        [
            "AES-CBC-256,AES-CBC-192,AES-CBC-128 / HMAC-SHA2-256-128 / MODP-2048 (group 14)",
            "AES-GCM-16-128 / MODP-2048 (group 14)"
        ]
    );
    assert_eq!(values(mobile.remote.as_ref()), ["%any"]);
    assert_eq!(mobile.aggressive.as_ref().map(|a| a.value), Some(true));
    assert_eq!(mobile.remote_auth.as_ref().map(|a| a.value), Some(Auth::Xauth));
    assert_eq!(ike(mobile, Version::V1)[0].1, "3DES / SHA1 / MODP-1024 (group 2)");
}

#[test]
fn both_forms_of_opnsense() {
    let text = r#"<?xml version="1.0"?>
<opnsense>
  <ipsec><phase1><ikeid>1</ikeid><iketype>ike</iketype><remote-gateway>192.0.2.10</remote-gateway>
    <encryption-algorithm><name>aes</name><keylen>256</keylen></encryption-algorithm>
    <hash-algorithm>sha1,sha256</hash-algorithm><dhgroup>14,5</dhgroup>
    <pre-shared-key>SECRET</pre-shared-key><authentication_method>pre_shared_key</authentication_method>
  </phase1></ipsec>
  <OPNsense>
    <Swanctl version="1.0.0">
      <Connections>
        <Connection uuid="aaa">
          <enabled>1</enabled>
          <proposals>aes256-sha256-modp2048,aes128-sha256-modp2048</proposals>
          <version>2</version>
          <local_addrs>198.51.100.20</local_addrs>
          <remote_addrs>192.0.2.11</remote_addrs>
          <description>branch</description>
        </Connection>
      </Connections>
      <locals><local uuid="b"><connection>aaa</connection><auth>psk</auth><id>gw</id></local></locals>
      <remotes><remote uuid="c"><connection>aaa</connection><auth>eap-mschapv2</auth></remote></remotes>
      <children><child uuid="d"><connection>aaa</connection><mode>tunnel</mode><esp_proposals>default</esp_proposals><local_ts>172.16.2.0/24</local_ts><remote_ts>172.16.1.0/24</remote_ts></child></children>
    </Swanctl>
    <IPsec><preSharedKeys><preSharedKey uuid="e"><ident>x</ident><Key>SECRET</Key></preSharedKey></preSharedKeys></IPsec>
  </OPNsense>
</opnsense>
"#
    .replace("SECRET", SECRET);
    let policy = clean("config.xml", &text);
    assert_eq!(policy.kind.name(), "OPNsense configuration");
    let [old, new] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(old.version, None);
    assert_eq!(
        ike(old, Version::V1)[0].1,
        "AES-CBC-256 / SHA1,SHA2-256 / MODP-2048 (group 14),MODP-1536 (group 5)"
    );
    assert_eq!(ike(new, Version::V2).len(), 2);
    assert_eq!(new.ike.as_ref().map(|l| l.line), Some(13));
    assert_eq!(new.local_auth.as_ref().map(|a| a.value), Some(Auth::Psk));
    assert_eq!(new.remote_auth.as_ref().map(|a| a.value), Some(Auth::Eap));
    assert_eq!(values(new.children[0].remote.as_ref()), ["172.16.1.0/24"]);
}

#[test]
fn entities_are_never_expanded() {
    let text = "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a \"boom\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>\n<pfsense><ipsec><phase1><ikeid>1</ikeid><descr>&b;&f;ok&#33;&amp;</descr></phase1></ipsec></pfsense>";
    let policy = read("config.xml", text);
    assert_eq!(policy.connections[0].name, "ok!&");
}

#[test]
fn damage_does_no_harm() {
    survives(&pfsense());
    let deep = "<ipsec>".repeat(200_000);
    read("deep.xml", &deep);
}
