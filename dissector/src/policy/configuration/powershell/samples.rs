//! What `Get-VpnConnection`, `Get-VpnS2SInterface` and `Get-NetIPsec*` print.

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::{Auth, Mode};
use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

fn connections() -> String {
    r#"
PS C:\> Get-VpnConnection


Name                  : Office
ServerAddress         : 198.51.100.20
AllUserConnection     : False
Guid                  : {A53BDE40-66CD-46AA-AACE-39DCE70466EF}
TunnelType            : L2tp
AuthenticationMethod  : {MsChapv2}
EncryptionLevel       : Required
L2tpIPsecAuth         : Psk
L2tpPsk               : SECRET
UseWinlogonCredential : False
EapConfigXmlStream    :
ConnectionStatus      : Disconnected
SplitTunneling        : False

Name                  : Roadwarrior
ServerAddress         : vpn.example.org
TunnelType            : Ikev2
AuthenticationMethod  : {Eap}
EncryptionLevel       : Maximum
L2tpIPsecAuth         :
EapConfigXmlStream    : #document SECRET
                        SECRET
ConnectionStatus      : Disconnected

Name                  : Old
ServerAddress         : 192.0.2.77
TunnelType            : Sstp
AuthenticationMethod  : {MsChapv2}



PS C:\> (Get-VpnConnection Office).IPSecCustomPolicy


AuthenticationTransformConstants : SHA256128
CipherTransformConstants         : AES256
DHGroup                          : Group14
EncryptionMethod                 : AES256
IntegrityCheckMethod             : SHA256
PfsGroup                         : PFS2048
PSComputerName                   :

"#
    .replace("SECRET", SECRET)
}

#[test]
fn connections_of_a_client() {
    let policy = read("vpn.txt", &connections());
    assert_eq!(policy.kind.name(), "Windows PowerShell output");
    let notes: Vec<_> = policy
        .notes
        .iter()
        .map(|n| (n.line, n.text.to_string()))
        .collect();
    assert_eq!(notes, [(31, "connection Old uses Sstp, not IPsec".to_owned())]);
    let [office, road] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!((office.name.as_str(), office.line), ("Office", 5));
    assert_eq!(
        office.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V1, 9))
    );
    assert_eq!(values(office.remote.as_ref()), ["198.51.100.20"]);
    assert_eq!(
        office.local_auth.as_ref().map(|a| (a.value, a.line)),
        Some((Auth::Psk, 12))
    );
    assert_eq!(
        office.children[0].mode.as_ref().map(|m| m.value),
        Some(Mode::Transport)
    );
    // The policy asked for by name, though another connection stands before it.
    assert_eq!(
        ike(office, Version::V1),
        [(42, "AES-CBC-256 / SHA2-256 / MODP-2048 (group 14)".to_owned())]
    );
    assert_eq!(
        esp(office, Version::V1),
        [(
            40,
            "AES-CBC-256 / HMAC-SHA2-256 / MODP-2048 (group 14)".to_owned()
        )]
    );

    assert_eq!(road.version.as_ref().map(|v| v.value), Some(Version::V2));
    assert_eq!(road.local_auth.as_ref().map(|a| a.value), Some(Auth::Eap));
    assert_eq!(
        road.remote_auth.as_ref().map(|a| a.value),
        Some(Auth::Certificate)
    );
    // Windows' fixed offers: assumed, and nothing of ESP.
    let list = road.ike.as_ref().unwrap();
    let suites = road.suites(Version::V2, None);
    assert_eq!(suites.len(), 12);
    assert_eq!(
        list.assumed(&suites[0], &[Attribute::DhGroup]),
        [Attribute::DhGroup]
    );
    assert!(road.children[0].proposals.is_none());
}

#[test]
fn a_table_of_connections() {
    let text = "\
Name        ServerAddress  TunnelType  L2tpIPsecAuth  SplitTunneling
----        -------------  ----------  -------------  --------------
Head office 198.51.100.20  L2tp        Certificate    False
Branch      198.51.100.21  Ikev2                      True
";
    let policy = clean("vpn.txt", text);
    let [office, branch] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(office.name, "Head office");
    assert_eq!(values(office.remote.as_ref()), ["198.51.100.20"]);
    assert_eq!(
        office.local_auth.as_ref().map(|a| (a.value, a.line)),
        Some((Auth::Certificate, 3))
    );
    assert_eq!(
        branch.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V2, 4))
    );
}

#[test]
fn a_tunnel_between_sites() {
    let text = format!(
        "Name : edge1\nDestination : {{192.0.2.10}}\nIPv4Subnet : {{172.16.1.0/24:100}}\nProtocol : IKEv2\n\
         AuthenticationMethod : PSKOnly\nSharedSecret : {SECRET}\nResponderAuthenticationMethod : PSKOnly\nCustomPolicy : True\n\
         AuthenticationTransformConstants : GCMAES256\nDHGroup : ECP384\nCipherTransformConstants : GCMAES256\n\
         EncryptionMethod : AES256\nIntegrityCheckMethod : SHA384\nPfsGroup : None\n"
    );
    let policy = clean("s2s.txt", &text);
    let c = &policy.connections[0];
    assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
    assert_eq!(values(c.children[0].remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(c.remote_auth.as_ref().map(|a| a.value), Some(Auth::Psk));
    assert_eq!(
        ike(c, Version::V2),
        [(
            12,
            "AES-CBC-256 / HMAC-SHA2-384-192 / HMAC-SHA2-384 / ECP-384 (group 20)".to_owned()
        )]
    );
    assert_eq!(esp(c, Version::V2), [(11, "AES-GCM-16-256".to_owned())]);
}

fn rules() -> String {
    format!(
        "PS C:\\> Get-NetIPsecRule -DisplayName branch\n\nIPsecRuleName         : {{c1988b9c-9546-4eea-bf64-fbe85ddbef8c}}\n\
         DisplayName           : branch\nDescription           : {SECRET}\nEnabled               : True\n\
         Mode                  : Tunnel\nInboundSecurity       : Require\nQuickModeCryptoSet    : {{q1}}\n\
         Phase1AuthSet         : {{p1}}\nKeyModule             : IKEv1\nLocalTunnelEndpoint   : {{198.51.100.20}}\n\
         RemoteTunnelEndpoint  : {{192.0.2.10}}\n\nPS C:\\> Get-NetIPsecRule -DisplayName branch | Get-NetFirewallAddressFilter\n\n\
         LocalAddress  : 172.16.2.0/255.255.255.0\nRemoteAddress : 172.16.1.0/255.255.255.0\n\n\
         PS C:\\> Get-NetIPsecMainModeCryptoSet\n\nName               : {{m1}}\nDisplayName        : strong\n\
         Proposal           : {{\n                       Encryption  : AES256\n                       Hash        : SHA256\n\
         \u{20}                      KeyExchange : DH14\n                     }}\nMaxMinutes         : 480\n\
         ForceDiffieHellman : False\n\nPS C:\\> $q = Get-NetIPsecQuickModeCryptoSet; $q; $q.Proposal\n\n\
         Name                       : {{q0}}\nDisplayName                : other\nPerfectForwardSecrecyGroup : DH2\n\n\
         Name                       : {{q1}}\nDisplayName                : data\nPerfectForwardSecrecyGroup : None\n\n\
         Encapsulation : ESP\nEncryption    : AES256\nESPHash       : SHA1\nAHHash        : None\nMaxMinutes    : 60\n\n\
         Encapsulation : ESP\nEncryption    : AESGCM128\nESPHash       : AESGCM128\nAHHash        : None\n"
    )
}

#[test]
fn rules_and_crypto_sets() {
    let policy = clean("rules.txt", &rules());
    let [c] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(c.name, "branch");
    assert_eq!(c.version.as_ref().map(|v| v.value), Some(Version::V1));
    assert_eq!(values(c.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
    assert_eq!(values(c.children[0].local.as_ref()), ["172.16.2.0/24"]);
    assert_eq!(values(c.children[0].remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(
        ike(c, Version::V1),
        [(25, "AES-CBC-256 / SHA2-256 / MODP-2048 (group 14)".to_owned())]
    );
    let lines: Vec<_> = esp(c, Version::V1).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [42, 48]);
}

#[test]
fn unknown_names_are_said() {
    let policy = read(
        "x",
        "CipherTransformConstants : KYBER\nEncryptionMethod : AES256\nIntegrityCheckMethod : SHA256\nDHGroup : Group14\n",
    );
    assert_eq!(policy.notes[0].line, 1);
    assert!(policy.connections[0].children[0].suites(Version::V2).is_empty());
}

#[test]
fn damage_does_no_harm() {
    survives(&connections());
    survives(&rules());
}

#[test]
fn commands_that_set_a_connection_say_what_it_has() {
    let text = format!(
        "Add-VpnConnection -Name Office `\n  -ServerAddress \"198.51.100.20\" `\n  -TunnelType IKEv2 `\n  -AuthenticationMethod EAP -L2tpPsk '{SECRET}' `\n  \
         -RememberCredential\n\nPS C:\\> Set-VpnConnectionIPsecConfiguration -ConnectionName Office -AuthenticationTransformConstants GCMAES256 \
         -CipherTransformConstants GCMAES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA384 -DHGroup ECP384 -PfsGroup ECP384 -Force\n"
    );
    let policy = clean("vpn.ps1", &text);
    let [c] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(c.name, "Office");
    assert_eq!(c.version.as_ref().map(|v| v.value), Some(Version::V2));
    assert_eq!(values(c.remote.as_ref()), ["198.51.100.20"]);
    assert_eq!(
        ike(c, Version::V2)[0].1,
        "AES-CBC-256 / HMAC-SHA2-384-192 / HMAC-SHA2-384 / ECP-384 (group 20)"
    );
    assert_eq!(
        esp(c, Version::V2)[0].1.split(" / ").next(),
        Some("AES-GCM-16-256")
    );
    survives(&text);
}
