//! The registries, one table each, in the order of their numbers, and what is to know of a number.
//!
//! Generated from `data/registries.tsv`, `data/codes.tsv` and `data/key_exchange.tsv` by `make data`.

use super::Weakness::{self, Broken, Legacy};
use Registry as R;

/// A registry of numbers. IKEv1 and IKEv2 never share one: equal numbers mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Registry {
    /// Exchange types of both versions (the numbers do not overlap).
    Exchange,
    /// IKEv1 payload types.
    V1Payload,
    /// IKEv2 payload types.
    V2Payload,
    /// IKEv1 notify message types.
    V1Notify,
    /// IKEv2 notify message types.
    V2Notify,
    /// IKEv1 phase 1 encryption algorithms.
    V1Encryption,
    /// IKEv1 phase 1 hash algorithms.
    V1Hash,
    /// IKEv1 authentication methods.
    V1AuthMethod,
    /// IKEv1 groups.
    V1Group,
    /// IKEv1 phase 1 attribute types.
    V1Phase1Attribute,
    /// IKEv1 phase 2 (IPsec DOI) attribute types.
    V1Phase2Attribute,
    /// IKEv1 ESP transforms.
    V1Esp,
    /// IKEv1 AH transforms.
    V1Ah,
    /// IKEv1 phase 2 authentication algorithms.
    V1Phase2Auth,
    /// IKEv1 encapsulation modes.
    V1Encapsulation,
    /// IKEv1 ID types.
    V1IdType,
    /// IKEv2 transform types.
    V2TransformType,
    /// IKEv2 encryption algorithms.
    V2Encryption,
    /// IKEv2 pseudorandom functions.
    V2Prf,
    /// IKEv2 integrity algorithms.
    V2Integrity,
    /// IKEv2 key exchange methods (groups).
    V2Group,
    /// IKEv2 sequence numbers (ESN).
    V2Esn,
    /// IKEv2 ID types.
    V2IdType,
    /// IKEv2 authentication methods.
    V2AuthMethod,
    /// Security protocol identifiers of both versions (1 to 3 agree).
    Protocol,
    /// EAP types.
    EapType,
    /// L2TP control messages.
    L2tpMessage,
    /// IKEv1 life types, the same in both phases.
    V1LifeType,
    /// IKEv1 certificate encodings.
    V1CertEncoding,
    /// IKEv1 mode configuration, XAUTH and Unity attributes.
    V1ConfigAttribute,
    /// IKEv2 transform attributes.
    V2TransformAttribute,
    /// IKEv2 certificate encodings.
    V2CertEncoding,
    /// IKEv2 hash algorithms of SIGNATURE_HASH_ALGORITHMS.
    V2SignatureHash,
    /// IKEv2 traffic selector types.
    V2TrafficSelector,
    /// IKEv2 configuration attributes.
    V2ConfigAttribute,
    /// Types of configuration payloads of both versions.
    ConfigType,
    /// IPComp transforms of both versions.
    Ipcomp,
    /// EAP codes.
    EapCode,
    /// L2TP result codes of StopCCN.
    L2tpStopResult,
    /// L2TP result codes of CDN.
    L2tpCallResult,
    /// Windows error codes of IPsec (138xx) and of remote access (6xx to 8xx).
    WindowsError,
}

/// Number, name, and what it is called in a sentence, sorted by number.
pub(super) type Table = &'static [(u16, &'static str, &'static str)];

/// IANA "Exchange Types" of ISAKMP and "IKEv2 Exchange Types".
const EXCHANGE: Table = &[
    (0, "NONE", "NONE"),
    (1, "Base", "Base"),
    (2, "Main Mode", "Main Mode"),
    (3, "Authentication Only", "Authentication Only"),
    (4, "Aggressive Mode", "Aggressive Mode"),
    (5, "Informational", "Informational"),
    (6, "Transaction", "Transaction"),
    (32, "Quick Mode", "Quick Mode"),
    (33, "New Group Mode", "New Group Mode"),
    (34, "IKE_SA_INIT", "IKE_SA_INIT"),
    (35, "IKE_AUTH", "IKE_AUTH"),
    (36, "CREATE_CHILD_SA", "CREATE_CHILD_SA"),
    (37, "INFORMATIONAL", "INFORMATIONAL"),
    (38, "IKE_SESSION_RESUME", "IKE_SESSION_RESUME"),
    (39, "GSA_AUTH", "GSA_AUTH"),
    (40, "GSA_REGISTRATION", "GSA_REGISTRATION"),
    (41, "GSA_REKEY", "GSA_REKEY"),
    (43, "IKE_INTERMEDIATE", "IKE_INTERMEDIATE"),
    (44, "IKE_FOLLOWUP_KE", "IKE_FOLLOWUP_KE"),
    (240, "ME_CONNECT", "ME_CONNECT"),
];

/// IANA "Next Payload Types" of ISAKMP.
const V1_PAYLOAD: Table = &[
    (0, "NONE", "NONE"),
    (1, "SA", "SA"),
    (2, "Proposal", "Proposal"),
    (3, "Transform", "Transform"),
    (4, "KE", "KE"),
    (5, "ID", "ID"),
    (6, "CERT", "CERT"),
    (7, "CR", "CR"),
    (8, "HASH", "HASH"),
    (9, "SIG", "SIG"),
    (10, "NONCE", "NONCE"),
    (11, "N", "N"),
    (12, "D", "D"),
    (13, "VID", "VID"),
    (14, "Mode-Config/XAUTH", "Mode-Config/XAUTH"),
    (15, "SAK", "SAK"),
    (16, "SAT", "SAT"),
    (17, "KD", "KD"),
    (18, "SEQ", "SEQ"),
    (19, "POP", "POP"),
    (20, "NAT-D", "NAT-D"),
    (21, "NAT-OA", "NAT-OA"),
    (22, "GAP", "GAP"),
    (130, "NAT-D (drafts 00-03)", "NAT-D (drafts 00-03)"),
    (131, "NAT-OA (drafts 00-03)", "NAT-OA (drafts 00-03)"),
    (132, "FRAGMENT", "FRAGMENT"),
];

/// IANA "IKEv2 Payload Types".
const V2_PAYLOAD: Table = &[
    (0, "No Next Payload", "No Next Payload"),
    (33, "SA", "SA"),
    (34, "KE", "KE"),
    (35, "IDi", "IDi"),
    (36, "IDr", "IDr"),
    (37, "CERT", "CERT"),
    (38, "CERTREQ", "CERTREQ"),
    (39, "AUTH", "AUTH"),
    (40, "Nonce", "Nonce"),
    (41, "N", "N"),
    (42, "D", "D"),
    (43, "V", "V"),
    (44, "TSi", "TSi"),
    (45, "TSr", "TSr"),
    (46, "SK", "SK"),
    (47, "CP", "CP"),
    (48, "EAP", "EAP"),
    (49, "GSPM", "GSPM"),
    (50, "IDg", "IDg"),
    (51, "GSA", "GSA"),
    (52, "KD", "KD"),
    (53, "SKF", "SKF"),
    (54, "PS", "PS"),
];

/// RFC 2408 3.14.1, RFC 2407 4.6.3; from 30000 on private numbers.
const V1_NOTIFY: Table = &[
    (1, "INVALID-PAYLOAD-TYPE", "INVALID-PAYLOAD-TYPE"),
    (2, "DOI-NOT-SUPPORTED", "DOI-NOT-SUPPORTED"),
    (3, "SITUATION-NOT-SUPPORTED", "SITUATION-NOT-SUPPORTED"),
    (4, "INVALID-COOKIE", "INVALID-COOKIE"),
    (5, "INVALID-MAJOR-VERSION", "INVALID-MAJOR-VERSION"),
    (6, "INVALID-MINOR-VERSION", "INVALID-MINOR-VERSION"),
    (7, "INVALID-EXCHANGE-TYPE", "INVALID-EXCHANGE-TYPE"),
    (8, "INVALID-FLAGS", "INVALID-FLAGS"),
    (9, "INVALID-MESSAGE-ID", "INVALID-MESSAGE-ID"),
    (10, "INVALID-PROTOCOL-ID", "INVALID-PROTOCOL-ID"),
    (11, "INVALID-SPI", "INVALID-SPI"),
    (12, "INVALID-TRANSFORM-ID", "INVALID-TRANSFORM-ID"),
    (13, "ATTRIBUTES-NOT-SUPPORTED", "ATTRIBUTES-NOT-SUPPORTED"),
    (14, "NO-PROPOSAL-CHOSEN", "NO-PROPOSAL-CHOSEN"),
    (15, "BAD-PROPOSAL-SYNTAX", "BAD-PROPOSAL-SYNTAX"),
    (16, "PAYLOAD-MALFORMED", "PAYLOAD-MALFORMED"),
    (17, "INVALID-KEY-INFORMATION", "INVALID-KEY-INFORMATION"),
    (18, "INVALID-ID-INFORMATION", "INVALID-ID-INFORMATION"),
    (19, "INVALID-CERT-ENCODING", "INVALID-CERT-ENCODING"),
    (20, "INVALID-CERTIFICATE", "INVALID-CERTIFICATE"),
    (21, "CERT-TYPE-UNSUPPORTED", "CERT-TYPE-UNSUPPORTED"),
    (22, "INVALID-CERT-AUTHORITY", "INVALID-CERT-AUTHORITY"),
    (23, "INVALID-HASH-INFORMATION", "INVALID-HASH-INFORMATION"),
    (24, "AUTHENTICATION-FAILED", "AUTHENTICATION-FAILED"),
    (25, "INVALID-SIGNATURE", "INVALID-SIGNATURE"),
    (26, "ADDRESS-NOTIFICATION", "ADDRESS-NOTIFICATION"),
    (27, "NOTIFY-SA-LIFETIME", "NOTIFY-SA-LIFETIME"),
    (28, "CERTIFICATE-UNAVAILABLE", "CERTIFICATE-UNAVAILABLE"),
    (29, "UNSUPPORTED-EXCHANGE-TYPE", "UNSUPPORTED-EXCHANGE-TYPE"),
    (30, "UNEQUAL-PAYLOAD-LENGTHS", "UNEQUAL-PAYLOAD-LENGTHS"),
    (16384, "CONNECTED", "CONNECTED"),
    (24576, "RESPONDER-LIFETIME", "RESPONDER-LIFETIME"),
    (24577, "REPLAY-STATUS", "REPLAY-STATUS"),
    (24578, "INITIAL-CONTACT", "INITIAL-CONTACT"),
    (30000, "Cisco HELLO", "Cisco HELLO"),
    (30001, "Cisco WWTEBR", "Cisco WWTEBR"),
    (30002, "Cisco SHUT_UP", "Cisco SHUT_UP"),
    (32768, "Cisco IOS KEEP_ALIVE_REQ", "Cisco IOS KEEP_ALIVE_REQ"),
    (32769, "Cisco IOS KEEP_ALIVE_ACK", "Cisco IOS KEEP_ALIVE_ACK"),
    (36136, "R-U-THERE", "R-U-THERE"),
    (36137, "R-U-THERE-ACK", "R-U-THERE-ACK"),
    (40001, "NetScreen NHTB_INFORM", "NetScreen NHTB_INFORM"),
    (40501, "Unity LOAD-BALANCE", "Unity LOAD-BALANCE"),
    (
        40503,
        "Unity GROUP/PRESHARED-KEY-HASH",
        "Unity GROUP/PRESHARED-KEY-HASH",
    ),
];

/// IANA "IKEv2 Notify Message Error Types" and "Status Types"; private numbers of 3GPP, strongSwan, Microsoft, Fortinet.
const V2_NOTIFY: Table = &[
    (1, "UNSUPPORTED_CRITICAL_PAYLOAD", "UNSUPPORTED_CRITICAL_PAYLOAD"),
    (4, "INVALID_IKE_SPI", "INVALID_IKE_SPI"),
    (5, "INVALID_MAJOR_VERSION", "INVALID_MAJOR_VERSION"),
    (7, "INVALID_SYNTAX", "INVALID_SYNTAX"),
    (9, "INVALID_MESSAGE_ID", "INVALID_MESSAGE_ID"),
    (11, "INVALID_SPI", "INVALID_SPI"),
    (14, "NO_PROPOSAL_CHOSEN", "NO_PROPOSAL_CHOSEN"),
    (17, "INVALID_KE_PAYLOAD", "INVALID_KE_PAYLOAD"),
    (24, "AUTHENTICATION_FAILED", "AUTHENTICATION_FAILED"),
    (34, "SINGLE_PAIR_REQUIRED", "SINGLE_PAIR_REQUIRED"),
    (35, "NO_ADDITIONAL_SAS", "NO_ADDITIONAL_SAS"),
    (36, "INTERNAL_ADDRESS_FAILURE", "INTERNAL_ADDRESS_FAILURE"),
    (37, "FAILED_CP_REQUIRED", "FAILED_CP_REQUIRED"),
    (38, "TS_UNACCEPTABLE", "TS_UNACCEPTABLE"),
    (39, "INVALID_SELECTORS", "INVALID_SELECTORS"),
    (40, "UNACCEPTABLE_ADDRESSES", "UNACCEPTABLE_ADDRESSES"),
    (41, "UNEXPECTED_NAT_DETECTED", "UNEXPECTED_NAT_DETECTED"),
    (42, "USE_ASSIGNED_HoA", "USE_ASSIGNED_HoA"),
    (43, "TEMPORARY_FAILURE", "TEMPORARY_FAILURE"),
    (44, "CHILD_SA_NOT_FOUND", "CHILD_SA_NOT_FOUND"),
    (45, "INVALID_GROUP_ID", "INVALID_GROUP_ID"),
    (46, "AUTHORIZATION_FAILED", "AUTHORIZATION_FAILED"),
    (47, "STATE_NOT_FOUND", "STATE_NOT_FOUND"),
    (48, "TS_MAX_QUEUE", "TS_MAX_QUEUE"),
    (49, "REGISTRATION_FAILED", "REGISTRATION_FAILED"),
    (8192, "ME_CONNECT_FAILED", "ME_CONNECT_FAILED"),
    (8193, "MAX_CONNECTION_REACHED", "MAX_CONNECTION_REACHED"),
    (
        8241,
        "SEMANTIC_ERROR_IN_THE_TFT_OPERATION",
        "SEMANTIC_ERROR_IN_THE_TFT_OPERATION",
    ),
    (
        8242,
        "SYNTACTICAL_ERROR_IN_THE_TFT_OPERATION",
        "SYNTACTICAL_ERROR_IN_THE_TFT_OPERATION",
    ),
    (
        8244,
        "SEMANTIC_ERRORS_IN_PACKET_FILTERS",
        "SEMANTIC_ERRORS_IN_PACKET_FILTERS",
    ),
    (
        8245,
        "SYNTACTICAL_ERRORS_IN_PACKET_FILTERS",
        "SYNTACTICAL_ERRORS_IN_PACKET_FILTERS",
    ),
    (
        9000,
        "NON_3GPP_ACCESS_TO_EPC_NOT_ALLOWED",
        "NON_3GPP_ACCESS_TO_EPC_NOT_ALLOWED",
    ),
    (9001, "USER_UNKNOWN", "USER_UNKNOWN"),
    (9002, "NO_APN_SUBSCRIPTION", "NO_APN_SUBSCRIPTION"),
    (9003, "AUTHORIZATION_REJECTED", "AUTHORIZATION_REJECTED"),
    (9006, "ILLEGAL_ME", "ILLEGAL_ME"),
    (10500, "NETWORK_FAILURE", "NETWORK_FAILURE"),
    (11001, "RAT_TYPE_NOT_ALLOWED", "RAT_TYPE_NOT_ALLOWED"),
    (11005, "IMEI_NOT_ACCEPTED", "IMEI_NOT_ACCEPTED"),
    (11011, "PLMN_NOT_ALLOWED", "PLMN_NOT_ALLOWED"),
    (
        11055,
        "UNAUTHENTICATED_EMERGENCY_NOT_SUPPORTED",
        "UNAUTHENTICATED_EMERGENCY_NOT_SUPPORTED",
    ),
    (12345, "MS_STATUS", "MS_STATUS"),
    (15500, "CONGESTION", "CONGESTION"),
    (16384, "INITIAL_CONTACT", "INITIAL_CONTACT"),
    (16385, "SET_WINDOW_SIZE", "SET_WINDOW_SIZE"),
    (16386, "ADDITIONAL_TS_POSSIBLE", "ADDITIONAL_TS_POSSIBLE"),
    (16387, "IPCOMP_SUPPORTED", "IPCOMP_SUPPORTED"),
    (16388, "NAT_DETECTION_SOURCE_IP", "NAT_DETECTION_SOURCE_IP"),
    (
        16389,
        "NAT_DETECTION_DESTINATION_IP",
        "NAT_DETECTION_DESTINATION_IP",
    ),
    (16390, "COOKIE", "COOKIE"),
    (16391, "USE_TRANSPORT_MODE", "USE_TRANSPORT_MODE"),
    (16392, "HTTP_CERT_LOOKUP_SUPPORTED", "HTTP_CERT_LOOKUP_SUPPORTED"),
    (16393, "REKEY_SA", "REKEY_SA"),
    (
        16394,
        "ESP_TFC_PADDING_NOT_SUPPORTED",
        "ESP_TFC_PADDING_NOT_SUPPORTED",
    ),
    (16395, "NON_FIRST_FRAGMENTS_ALSO", "NON_FIRST_FRAGMENTS_ALSO"),
    (16396, "MOBIKE_SUPPORTED", "MOBIKE_SUPPORTED"),
    (16397, "ADDITIONAL_IP4_ADDRESS", "ADDITIONAL_IP4_ADDRESS"),
    (16398, "ADDITIONAL_IP6_ADDRESS", "ADDITIONAL_IP6_ADDRESS"),
    (16399, "NO_ADDITIONAL_ADDRESSES", "NO_ADDITIONAL_ADDRESSES"),
    (16400, "UPDATE_SA_ADDRESSES", "UPDATE_SA_ADDRESSES"),
    (16401, "COOKIE2", "COOKIE2"),
    (16402, "NO_NATS_ALLOWED", "NO_NATS_ALLOWED"),
    (16403, "AUTH_LIFETIME", "AUTH_LIFETIME"),
    (16404, "MULTIPLE_AUTH_SUPPORTED", "MULTIPLE_AUTH_SUPPORTED"),
    (16405, "ANOTHER_AUTH_FOLLOWS", "ANOTHER_AUTH_FOLLOWS"),
    (16406, "REDIRECT_SUPPORTED", "REDIRECT_SUPPORTED"),
    (16407, "REDIRECT", "REDIRECT"),
    (16408, "REDIRECTED_FROM", "REDIRECTED_FROM"),
    (16409, "TICKET_LT_OPAQUE", "TICKET_LT_OPAQUE"),
    (16410, "TICKET_REQUEST", "TICKET_REQUEST"),
    (16411, "TICKET_ACK", "TICKET_ACK"),
    (16412, "TICKET_NACK", "TICKET_NACK"),
    (16413, "TICKET_OPAQUE", "TICKET_OPAQUE"),
    (16414, "LINK_ID", "LINK_ID"),
    (16415, "USE_WESP_MODE", "USE_WESP_MODE"),
    (16416, "ROHC_SUPPORTED", "ROHC_SUPPORTED"),
    (16417, "EAP_ONLY_AUTHENTICATION", "EAP_ONLY_AUTHENTICATION"),
    (16418, "CHILDLESS_IKEV2_SUPPORTED", "CHILDLESS_IKEV2_SUPPORTED"),
    (16419, "QUICK_CRASH_DETECTION", "QUICK_CRASH_DETECTION"),
    (
        16420,
        "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
        "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
    ),
    (
        16421,
        "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED",
        "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED",
    ),
    (16422, "IKEV2_MESSAGE_ID_SYNC", "IKEV2_MESSAGE_ID_SYNC"),
    (16423, "IPSEC_REPLAY_COUNTER_SYNC", "IPSEC_REPLAY_COUNTER_SYNC"),
    (16424, "SECURE_PASSWORD_METHODS", "SECURE_PASSWORD_METHODS"),
    (16425, "PSK_PERSIST", "PSK_PERSIST"),
    (16426, "PSK_CONFIRM", "PSK_CONFIRM"),
    (16427, "ERX_SUPPORTED", "ERX_SUPPORTED"),
    (16428, "IFOM_CAPABILITY", "IFOM_CAPABILITY"),
    (16429, "GROUP_SENDER", "GROUP_SENDER"),
    (
        16430,
        "IKEV2_FRAGMENTATION_SUPPORTED",
        "IKEV2_FRAGMENTATION_SUPPORTED",
    ),
    (16431, "SIGNATURE_HASH_ALGORITHMS", "SIGNATURE_HASH_ALGORITHMS"),
    (16432, "CLONE_IKE_SA_SUPPORTED", "CLONE_IKE_SA_SUPPORTED"),
    (16433, "CLONE_IKE_SA", "CLONE_IKE_SA"),
    (16434, "PUZZLE", "PUZZLE"),
    (16435, "USE_PPK", "USE_PPK"),
    (16436, "PPK_IDENTITY", "PPK_IDENTITY"),
    (16437, "NO_PPK_AUTH", "NO_PPK_AUTH"),
    (
        16438,
        "INTERMEDIATE_EXCHANGE_SUPPORTED",
        "INTERMEDIATE_EXCHANGE_SUPPORTED",
    ),
    (16439, "IP4_ALLOWED", "IP4_ALLOWED"),
    (16440, "IP6_ALLOWED", "IP6_ALLOWED"),
    (16441, "ADDITIONAL_KEY_EXCHANGE", "ADDITIONAL_KEY_EXCHANGE"),
    (16442, "USE_AGGFRAG", "USE_AGGFRAG"),
    (16443, "SUPPORTED_AUTH_METHODS", "SUPPORTED_AUTH_METHODS"),
    (16444, "SA_RESOURCE_INFO", "SA_RESOURCE_INFO"),
    (16445, "USE_PPK_INT", "USE_PPK_INT"),
    (16446, "PPK_IDENTITY_KEY", "PPK_IDENTITY_KEY"),
    (40961, "USE_BEET_MODE", "USE_BEET_MODE"),
    (40962, "ME_MEDIATION", "ME_MEDIATION"),
    (40963, "ME_ENDPOINT", "ME_ENDPOINT"),
    (40964, "ME_CALLBACK", "ME_CALLBACK"),
    (40965, "ME_CONNECTID", "ME_CONNECTID"),
    (40966, "ME_CONNECTKEY", "ME_CONNECTKEY"),
    (40967, "ME_CONNECTAUTH", "ME_CONNECTAUTH"),
    (40968, "ME_RESPONSE", "ME_RESPONSE"),
    (40969, "RADIUS_ATTRIBUTE", "RADIUS_ATTRIBUTE"),
    (41041, "BACKOFF_TIMER", "BACKOFF_TIMER"),
    (41050, "PDN_TYPE_IPv4_ONLY_ALLOWED", "PDN_TYPE_IPv4_ONLY_ALLOWED"),
    (41051, "PDN_TYPE_IPv6_ONLY_ALLOWED", "PDN_TYPE_IPv6_ONLY_ALLOWED"),
    (41101, "DEVICE_IDENTITY", "DEVICE_IDENTITY"),
    (61472, "Auto-Discovery Sender", "Auto-Discovery Sender"),
    (61473, "Auto-Discovery Receiver", "Auto-Discovery Receiver"),
    (61520, "Network Overlay ID", "Network Overlay ID"),
];

/// IANA "Encryption Algorithm" of IKE (RFC 2409 appendix A).
const V1_ENCRYPTION: Table = &[
    (1, "DES-CBC", "DES"),
    (2, "IDEA-CBC", "IDEA-CBC"),
    (3, "Blowfish-CBC", "Blowfish-CBC"),
    (4, "RC5-R16-B64-CBC", "RC5-R16-B64-CBC"),
    (5, "3DES-CBC", "3DES"),
    (6, "CAST-CBC", "CAST-CBC"),
    (7, "AES-CBC", "AES-CBC"),
    (8, "CAMELLIA-CBC", "CAMELLIA-CBC"),
];

/// IANA "Hash Algorithm" of IKE (RFC 2409 appendix A).
const V1_HASH: Table = &[
    (1, "MD5", "MD5"),
    (2, "SHA1", "SHA1"),
    (3, "Tiger", "Tiger"),
    (4, "SHA2-256", "SHA2-256"),
    (5, "SHA2-384", "SHA2-384"),
    (6, "SHA2-512", "SHA2-512"),
];

/// IANA "IPSEC Authentication Methods"; private numbers of draft-ietf-ipsec-isakmp-hybrid-auth-05 and draft-beaulieu-ike-xauth-02.
const V1_AUTH_METHOD: Table = &[
    (1, "Pre-shared key", "PSK"),
    (2, "DSS signatures", "DSS signatures"),
    (3, "RSA signatures", "RSA signatures"),
    (4, "Encryption with RSA", "Encryption with RSA"),
    (5, "Revised encryption with RSA", "Revised encryption with RSA"),
    (9, "ECDSA SHA-256 P-256", "ECDSA SHA-256 P-256"),
    (10, "ECDSA SHA-384 P-384", "ECDSA SHA-384 P-384"),
    (11, "ECDSA SHA-512 P-521", "ECDSA SHA-512 P-521"),
    (64221, "HybridInitRSA", "hybrid RSA"),
    (64222, "HybridRespRSA", "hybrid RSA"),
    (64223, "HybridInitDSS", "HybridInitDSS"),
    (64224, "HybridRespDSS", "HybridRespDSS"),
    (65001, "XAUTHInitPreShared", "PSK with XAUTH"),
    (65002, "XAUTHRespPreShared", "PSK with XAUTH"),
    (65003, "XAUTHInitDSS", "XAUTHInitDSS"),
    (65004, "XAUTHRespDSS", "XAUTHRespDSS"),
    (65005, "XAUTHInitRSA", "RSA signatures with XAUTH"),
    (65006, "XAUTHRespRSA", "RSA signatures with XAUTH"),
    (65007, "XAUTHInitRSAEncryption", "XAUTHInitRSAEncryption"),
    (65008, "XAUTHRespRSAEncryption", "XAUTHRespRSAEncryption"),
    (
        65009,
        "XAUTHInitRSARevisedEncryption",
        "XAUTHInitRSARevisedEncryption",
    ),
    (
        65010,
        "XAUTHRespRSARevisedEncryption",
        "XAUTHRespRSARevisedEncryption",
    ),
];

/// IANA "Group Description" of IKE. 31 and 32 are IKEv2's numbers, which Libreswan uses in IKEv1 as well.
const V1_GROUP: Table = &[
    (1, "MODP-768", "MODP-768 (group 1)"),
    (2, "MODP-1024", "MODP-1024 (group 2)"),
    (3, "EC2N GP[2^155]", "EC2N GP[2^155] (group 3)"),
    (4, "EC2N GP[2^185]", "EC2N GP[2^185] (group 4)"),
    (5, "MODP-1536", "MODP-1536 (group 5)"),
    (14, "MODP-2048", "MODP-2048 (group 14)"),
    (15, "MODP-3072", "MODP-3072 (group 15)"),
    (16, "MODP-4096", "MODP-4096 (group 16)"),
    (17, "MODP-6144", "MODP-6144 (group 17)"),
    (18, "MODP-8192", "MODP-8192 (group 18)"),
    (19, "ECP-256", "ECP-256 (group 19)"),
    (20, "ECP-384", "ECP-384 (group 20)"),
    (21, "ECP-521", "ECP-521 (group 21)"),
    (22, "MODP-1024-160s", "MODP-1024-160s (group 22)"),
    (23, "MODP-2048-224s", "MODP-2048-224s (group 23)"),
    (24, "MODP-2048-256s", "MODP-2048-256s (group 24)"),
    (25, "ECP-192", "ECP-192 (group 25)"),
    (26, "ECP-224", "ECP-224 (group 26)"),
    (27, "brainpoolP224r1", "brainpoolP224r1 (group 27)"),
    (28, "brainpoolP256r1", "brainpoolP256r1 (group 28)"),
    (29, "brainpoolP384r1", "brainpoolP384r1 (group 29)"),
    (30, "brainpoolP512r1", "brainpoolP512r1 (group 30)"),
    (31, "Curve25519", "Curve25519 (group 31)"),
    (32, "Curve448", "Curve448 (group 32)"),
];

/// IANA "IKE Attributes" (RFC 2409 appendix A).
const V1_PHASE1_ATTRIBUTE: Table = &[
    (1, "Encryption-Algorithm", "Encryption-Algorithm"),
    (2, "Hash-Algorithm", "Hash-Algorithm"),
    (3, "Authentication-Method", "Authentication-Method"),
    (4, "Group-Description", "Group-Description"),
    (5, "Group-Type", "Group-Type"),
    (6, "Group-Prime", "Group-Prime"),
    (7, "Group-Generator-One", "Group-Generator-One"),
    (8, "Group-Generator-Two", "Group-Generator-Two"),
    (9, "Group-Curve-A", "Group-Curve-A"),
    (10, "Group-Curve-B", "Group-Curve-B"),
    (11, "Life-Type", "Life-Type"),
    (12, "Life-Duration", "Life-Duration"),
    (13, "PRF", "PRF"),
    (14, "Key-Length", "Key-Length"),
    (15, "Field-Size", "Field-Size"),
    (16, "Group-Order", "Group-Order"),
];

/// IANA "IPSEC Security Association Attributes" (RFC 2407 4.5).
const V1_PHASE2_ATTRIBUTE: Table = &[
    (1, "SA-Life-Type", "SA-Life-Type"),
    (2, "SA-Life-Duration", "SA-Life-Duration"),
    (3, "Group-Description", "Group-Description"),
    (4, "Encapsulation-Mode", "Encapsulation-Mode"),
    (5, "Authentication-Algorithm", "Authentication-Algorithm"),
    (6, "Key-Length", "Key-Length"),
    (7, "Key-Rounds", "Key-Rounds"),
    (8, "Compress-Dictionary-Size", "Compress-Dictionary-Size"),
    (9, "Compress-Private-Algorithm", "Compress-Private-Algorithm"),
    (10, "ECN-Tunnel", "ECN-Tunnel"),
    (11, "Extended-Sequence-Number", "Extended-Sequence-Number"),
    (12, "Authentication-Key-Length", "Authentication-Key-Length"),
    (13, "Signature-Encoding-Algorithm", "Signature-Encoding-Algorithm"),
    (14, "Address-Preservation", "Address-Preservation"),
    (15, "SA-Direction", "SA-Direction"),
];

/// IANA "IPSEC ESP Transform Identifiers" (RFC 2407 4.4.4); 249 to 253 are private numbers of the FreeS/WAN family.
const V1_ESP: Table = &[
    (1, "ESP_DES_IV64", "DES-IV64"),
    (2, "ESP_DES", "DES"),
    (3, "ESP_3DES", "3DES"),
    (4, "ESP_RC5", "RC5"),
    (5, "ESP_IDEA", "IDEA"),
    (6, "ESP_CAST", "CAST"),
    (7, "ESP_BLOWFISH", "BLOWFISH"),
    (8, "ESP_3IDEA", "3IDEA"),
    (9, "ESP_DES_IV32", "DES-IV32"),
    (10, "ESP_RC4", "RC4"),
    (11, "ESP_NULL", "NULL"),
    (12, "ESP_AES-CBC", "AES-CBC"),
    (13, "ESP_AES-CTR", "AES-CTR"),
    (14, "ESP_AES-CCM_8", "AES-CCM-8"),
    (15, "ESP_AES-CCM_12", "AES-CCM-12"),
    (16, "ESP_AES-CCM_16", "AES-CCM-16"),
    (18, "ESP_AES-GCM_8", "AES-GCM-8"),
    (19, "ESP_AES-GCM_12", "AES-GCM-12"),
    (20, "ESP_AES-GCM_16", "AES-GCM-16"),
    (21, "ESP_SEED_CBC", "SEED-CBC"),
    (22, "ESP_CAMELLIA", "CAMELLIA"),
    (23, "ESP_NULL_AUTH_AES-GMAC", "NULL-AUTH-AES-GMAC"),
    (249, "ESP_MARS", "MARS"),
    (252, "ESP_SERPENT", "SERPENT"),
    (253, "ESP_TWOFISH", "TWOFISH"),
];

/// IANA "IPSEC AH Transform Identifiers" (RFC 2407 4.4.3).
const V1_AH: Table = &[
    (2, "AH_MD5", "MD5"),
    (3, "AH_SHA", "SHA"),
    (4, "AH_DES", "DES"),
    (5, "AH_SHA2-256", "SHA2-256"),
    (6, "AH_SHA2-384", "SHA2-384"),
    (7, "AH_SHA2-512", "SHA2-512"),
    (8, "AH_RIPEMD", "RIPEMD"),
    (9, "AH_AES-XCBC-MAC", "AES-XCBC-MAC"),
    (10, "AH_RSA", "RSA"),
    (11, "AH_AES-128-GMAC", "AES-128-GMAC"),
    (12, "AH_AES-192-GMAC", "AES-192-GMAC"),
    (13, "AH_AES-256-GMAC", "AES-256-GMAC"),
];

/// IANA "IPSEC Authentication Algorithm" attribute values (RFC 2407 4.5).
const V1_PHASE2_AUTH: Table = &[
    (1, "HMAC-MD5", "HMAC-MD5"),
    (2, "HMAC-SHA1", "HMAC-SHA1"),
    (3, "DES-MAC", "DES-MAC"),
    (4, "KPDK", "KPDK"),
    (5, "HMAC-SHA2-256", "HMAC-SHA2-256"),
    (6, "HMAC-SHA2-384", "HMAC-SHA2-384"),
    (7, "HMAC-SHA2-512", "HMAC-SHA2-512"),
    (8, "HMAC-RIPEMD", "HMAC-RIPEMD"),
    (9, "AES-XCBC-MAC", "AES-XCBC-MAC"),
    (10, "SIG-RSA", "SIG-RSA"),
    (11, "AES-128-GMAC", "AES-128-GMAC"),
    (12, "AES-192-GMAC", "AES-192-GMAC"),
    (13, "AES-256-GMAC", "AES-256-GMAC"),
];

/// IANA "IPSEC Encapsulation Mode" values (RFC 2407 4.5, RFC 3947 5.1); private numbers of its drafts and of Check Point.
const V1_ENCAPSULATION: Table = &[
    (1, "Tunnel", "Tunnel"),
    (2, "Transport", "Transport"),
    (3, "UDP-Encapsulated-Tunnel", "UDP-Encapsulated-Tunnel"),
    (4, "UDP-Encapsulated-Transport", "UDP-Encapsulated-Transport"),
    (
        61440,
        "Check Point UDP encapsulation",
        "Check Point UDP encapsulation",
    ),
    (
        61443,
        "UDP-Encapsulated-Tunnel (drafts 02/03)",
        "UDP-Encapsulated-Tunnel (drafts 02/03)",
    ),
    (
        61444,
        "UDP-Encapsulated-Transport (drafts 02/03)",
        "UDP-Encapsulated-Transport (drafts 02/03)",
    ),
];

/// IANA "IPSEC Identification Type" (RFC 2407 4.6.2.1).
const V1_ID_TYPE: Table = &[
    (1, "ID_IPV4_ADDR", "ID_IPV4_ADDR"),
    (2, "ID_FQDN", "ID_FQDN"),
    (3, "ID_USER_FQDN", "ID_USER_FQDN"),
    (4, "ID_IPV4_ADDR_SUBNET", "ID_IPV4_ADDR_SUBNET"),
    (5, "ID_IPV6_ADDR", "ID_IPV6_ADDR"),
    (6, "ID_IPV6_ADDR_SUBNET", "ID_IPV6_ADDR_SUBNET"),
    (7, "ID_IPV4_ADDR_RANGE", "ID_IPV4_ADDR_RANGE"),
    (8, "ID_IPV6_ADDR_RANGE", "ID_IPV6_ADDR_RANGE"),
    (9, "ID_DER_ASN1_DN", "ID_DER_ASN1_DN"),
    (10, "ID_DER_ASN1_GN", "ID_DER_ASN1_GN"),
    (11, "ID_KEY_ID", "ID_KEY_ID"),
    (12, "ID_LIST", "ID_LIST"),
];

/// IANA "Transform Type Values" of IKEv2.
const V2_TRANSFORM_TYPE: Table = &[
    (1, "ENCR", "ENCR"),
    (2, "PRF", "PRF"),
    (3, "INTEG", "INTEG"),
    (4, "KE", "KE"),
    (5, "SN", "SN"),
    (6, "ADDKE1", "ADDKE1"),
    (7, "ADDKE2", "ADDKE2"),
    (8, "ADDKE3", "ADDKE3"),
    (9, "ADDKE4", "ADDKE4"),
    (10, "ADDKE5", "ADDKE5"),
    (11, "ADDKE6", "ADDKE6"),
    (12, "ADDKE7", "ADDKE7"),
    (13, "KWA", "KWA"),
    (14, "GCAUTH", "GCAUTH"),
];

/// IANA "Transform Type 1 - Encryption Algorithm Transform IDs"; 65004 and 65005 are private numbers of the FreeS/WAN family.
const V2_ENCRYPTION: Table = &[
    (1, "ENCR_DES_IV64", "DES-IV64"),
    (2, "ENCR_DES", "DES"),
    (3, "ENCR_3DES", "3DES"),
    (4, "ENCR_RC5", "RC5"),
    (5, "ENCR_IDEA", "IDEA"),
    (6, "ENCR_CAST", "CAST"),
    (7, "ENCR_BLOWFISH", "BLOWFISH"),
    (8, "ENCR_3IDEA", "3IDEA"),
    (9, "ENCR_DES_IV32", "DES-IV32"),
    (11, "ENCR_NULL", "NULL"),
    (12, "ENCR_AES_CBC", "AES-CBC"),
    (13, "ENCR_AES_CTR", "AES-CTR"),
    (14, "ENCR_AES_CCM_8", "AES-CCM-8"),
    (15, "ENCR_AES_CCM_12", "AES-CCM-12"),
    (16, "ENCR_AES_CCM_16", "AES-CCM-16"),
    (18, "ENCR_AES_GCM_8", "AES-GCM-8"),
    (19, "ENCR_AES_GCM_12", "AES-GCM-12"),
    (20, "ENCR_AES_GCM_16", "AES-GCM-16"),
    (21, "ENCR_NULL_AUTH_AES_GMAC", "NULL-AUTH-AES-GMAC"),
    (23, "ENCR_CAMELLIA_CBC", "CAMELLIA-CBC"),
    (24, "ENCR_CAMELLIA_CTR", "CAMELLIA-CTR"),
    (25, "ENCR_CAMELLIA_CCM_8", "CAMELLIA-CCM-8"),
    (26, "ENCR_CAMELLIA_CCM_12", "CAMELLIA-CCM-12"),
    (27, "ENCR_CAMELLIA_CCM_16", "CAMELLIA-CCM-16"),
    (28, "ENCR_CHACHA20_POLY1305", "ChaCha20-Poly1305"),
    (29, "ENCR_AES_CCM_8_IIV", "AES-CCM-8-IIV"),
    (30, "ENCR_AES_GCM_16_IIV", "AES-GCM-16-IIV"),
    (31, "ENCR_CHACHA20_POLY1305_IIV", "CHACHA20-POLY1305-IIV"),
    (32, "ENCR_KUZNYECHIK_MGM_KTREE", "KUZNYECHIK-MGM-KTREE"),
    (33, "ENCR_MAGMA_MGM_KTREE", "MAGMA-MGM-KTREE"),
    (34, "ENCR_KUZNYECHIK_MGM_MAC_KTREE", "KUZNYECHIK-MGM-MAC-KTREE"),
    (35, "ENCR_MAGMA_MGM_MAC_KTREE", "MAGMA-MGM-MAC-KTREE"),
    (65004, "SERPENT_CBC", "SERPENT-CBC"),
    (65005, "TWOFISH_CBC", "TWOFISH-CBC"),
];

/// IANA "Transform Type 2 - Pseudorandom Function Transform IDs".
const V2_PRF: Table = &[
    (1, "PRF_HMAC_MD5", "HMAC-MD5"),
    (2, "PRF_HMAC_SHA1", "HMAC-SHA1"),
    (3, "PRF_HMAC_TIGER", "HMAC-TIGER"),
    (4, "PRF_AES128_XCBC", "AES128-XCBC"),
    (5, "PRF_HMAC_SHA2_256", "HMAC-SHA2-256"),
    (6, "PRF_HMAC_SHA2_384", "HMAC-SHA2-384"),
    (7, "PRF_HMAC_SHA2_512", "HMAC-SHA2-512"),
    (8, "PRF_AES128_CMAC", "AES128-CMAC"),
    (9, "PRF_HMAC_STREEBOG_512", "HMAC-STREEBOG-512"),
];

/// IANA "Transform Type 3 - Integrity Algorithm Transform IDs".
const V2_INTEGRITY: Table = &[
    (0, "NONE", "NONE"),
    (1, "AUTH_HMAC_MD5_96", "HMAC-MD5-96"),
    (2, "AUTH_HMAC_SHA1_96", "HMAC-SHA1-96"),
    (3, "AUTH_DES_MAC", "DES-MAC"),
    (4, "AUTH_KPDK_MD5", "KPDK-MD5"),
    (5, "AUTH_AES_XCBC_96", "AES-XCBC-96"),
    (6, "AUTH_HMAC_MD5_128", "HMAC-MD5-128"),
    (7, "AUTH_HMAC_SHA1_160", "HMAC-SHA1-160"),
    (8, "AUTH_AES_CMAC_96", "AES-CMAC-96"),
    (9, "AUTH_AES_128_GMAC", "AES-128-GMAC"),
    (10, "AUTH_AES_192_GMAC", "AES-192-GMAC"),
    (11, "AUTH_AES_256_GMAC", "AES-256-GMAC"),
    (12, "AUTH_HMAC_SHA2_256_128", "HMAC-SHA2-256-128"),
    (13, "AUTH_HMAC_SHA2_384_192", "HMAC-SHA2-384-192"),
    (14, "AUTH_HMAC_SHA2_512_256", "HMAC-SHA2-512-256"),
];

/// IANA "Transform Type 4 - Key Exchange Method Transform IDs".
const V2_GROUP: Table = &[
    (0, "NONE", "NONE"),
    (1, "MODP-768", "MODP-768 (group 1)"),
    (2, "MODP-1024", "MODP-1024 (group 2)"),
    (5, "MODP-1536", "MODP-1536 (group 5)"),
    (14, "MODP-2048", "MODP-2048 (group 14)"),
    (15, "MODP-3072", "MODP-3072 (group 15)"),
    (16, "MODP-4096", "MODP-4096 (group 16)"),
    (17, "MODP-6144", "MODP-6144 (group 17)"),
    (18, "MODP-8192", "MODP-8192 (group 18)"),
    (19, "ECP-256", "ECP-256 (group 19)"),
    (20, "ECP-384", "ECP-384 (group 20)"),
    (21, "ECP-521", "ECP-521 (group 21)"),
    (22, "MODP-1024-160s", "MODP-1024-160s (group 22)"),
    (23, "MODP-2048-224s", "MODP-2048-224s (group 23)"),
    (24, "MODP-2048-256s", "MODP-2048-256s (group 24)"),
    (25, "ECP-192", "ECP-192 (group 25)"),
    (26, "ECP-224", "ECP-224 (group 26)"),
    (27, "brainpoolP224r1", "brainpoolP224r1 (group 27)"),
    (28, "brainpoolP256r1", "brainpoolP256r1 (group 28)"),
    (29, "brainpoolP384r1", "brainpoolP384r1 (group 29)"),
    (30, "brainpoolP512r1", "brainpoolP512r1 (group 30)"),
    (31, "Curve25519", "Curve25519 (group 31)"),
    (32, "Curve448", "Curve448 (group 32)"),
    (33, "GOST3410_2012_256", "GOST3410_2012_256 (group 33)"),
    (34, "GOST3410_2012_512", "GOST3410_2012_512 (group 34)"),
    (35, "ML-KEM-512", "ML-KEM-512 (group 35)"),
    (36, "ML-KEM-768", "ML-KEM-768 (group 36)"),
    (37, "ML-KEM-1024", "ML-KEM-1024 (group 37)"),
];

/// IANA "Transform Type 5 - Sequence Numbers Properties Transform IDs".
const V2_ESN: Table = &[
    (0, "No ESN", "No ESN"),
    (1, "ESN", "ESN"),
    (2, "32-bit Unspecified Numbers", "32-bit Unspecified Numbers"),
];

/// IANA "IKEv2 Identification Payload ID Types".
const V2_ID_TYPE: Table = &[
    (1, "ID_IPV4_ADDR", "ID_IPV4_ADDR"),
    (2, "ID_FQDN", "ID_FQDN"),
    (3, "ID_RFC822_ADDR", "ID_RFC822_ADDR"),
    (5, "ID_IPV6_ADDR", "ID_IPV6_ADDR"),
    (9, "ID_DER_ASN1_DN", "ID_DER_ASN1_DN"),
    (10, "ID_DER_ASN1_GN", "ID_DER_ASN1_GN"),
    (11, "ID_KEY_ID", "ID_KEY_ID"),
    (12, "ID_FC_NAME", "ID_FC_NAME"),
    (13, "ID_NULL", "ID_NULL"),
];

/// IANA "IKEv2 Authentication Method".
const V2_AUTH_METHOD: Table = &[
    (1, "RSA Digital Signature", "RSA Digital Signature"),
    (2, "Shared Key Message Integrity Code", "PSK"),
    (3, "DSS Digital Signature", "DSS Digital Signature"),
    (9, "ECDSA with SHA-256 on P-256", "ECDSA with SHA-256 on P-256"),
    (10, "ECDSA with SHA-384 on P-384", "ECDSA with SHA-384 on P-384"),
    (11, "ECDSA with SHA-512 on P-521", "ECDSA with SHA-512 on P-521"),
    (12, "Generic Secure Password", "Generic Secure Password"),
    (13, "NULL Authentication", "NULL Authentication"),
    (14, "Digital Signature", "Digital Signature"),
];

/// RFC 2407 4.4.1 and IANA "IKEv2 Security Protocol Identifiers"; 4 is IKEv1's.
const PROTOCOL: Table = &[
    (1, "IKE", "IKE"),
    (2, "AH", "AH"),
    (3, "ESP", "ESP"),
    (4, "IPCOMP", "IPCOMP"),
];

/// IANA "Method Types" of EAP.
const EAP_TYPE: Table = &[
    (1, "Identity", "Identity"),
    (2, "Notification", "Notification"),
    (3, "Legacy Nak", "Legacy Nak"),
    (4, "MD5-Challenge", "MD5-Challenge"),
    (5, "OTP", "OTP"),
    (6, "GTC", "GTC"),
    (13, "EAP-TLS", "EAP-TLS"),
    (18, "EAP-SIM", "EAP-SIM"),
    (21, "EAP-TTLS", "EAP-TTLS"),
    (23, "EAP-AKA", "EAP-AKA"),
    (25, "PEAP", "PEAP"),
    (26, "EAP-MSCHAPv2", "EAP-MSCHAPv2"),
    (38, "EAP-TNC", "EAP-TNC"),
    (43, "EAP-FAST", "EAP-FAST"),
    (50, "EAP-AKA'", "EAP-AKA'"),
    (52, "EAP-pwd", "EAP-pwd"),
    (55, "TEAP", "TEAP"),
    (254, "Expanded", "Expanded"),
];

/// RFC 2661 3.2.
const L2TP_MESSAGE: Table = &[
    (1, "SCCRQ", "SCCRQ"),
    (2, "SCCRP", "SCCRP"),
    (3, "SCCCN", "SCCCN"),
    (4, "StopCCN", "StopCCN"),
    (6, "HELLO", "HELLO"),
    (7, "OCRQ", "OCRQ"),
    (8, "OCRP", "OCRP"),
    (9, "OCCN", "OCCN"),
    (10, "ICRQ", "ICRQ"),
    (11, "ICRP", "ICRP"),
    (12, "ICCN", "ICCN"),
    (14, "CDN", "CDN"),
    (15, "WEN", "WEN"),
    (16, "SLI", "SLI"),
];

/// IANA "Life Type" of IKE; the IPsec DOI has the same two (RFC 2409 appendix A, RFC 2407 4.5).
const V1_LIFE_TYPE: Table = &[(1, "seconds", "seconds"), (2, "kilobytes", "kilobytes")];

/// RFC 2408 3.9.
const V1_CERT_ENCODING: Table = &[
    (0, "NONE", "NONE"),
    (1, "PKCS#7 wrapped X.509", "PKCS#7 wrapped X.509"),
    (2, "PGP", "PGP"),
    (3, "DNS signed key", "DNS signed key"),
    (4, "X.509 - signature", "X.509 - signature"),
    (5, "X.509 - key exchange", "X.509 - key exchange"),
    (6, "Kerberos tokens", "Kerberos tokens"),
    (7, "CRL", "CRL"),
    (8, "ARL", "ARL"),
    (9, "SPKI", "SPKI"),
    (10, "X.509 - attribute", "X.509 - attribute"),
];

/// draft-dukes-ike-mode-cfg-02 3.3 (whose numbers IKEv2 kept), draft-beaulieu-ike-xauth-02 4.1, Cisco Unity.
const V1_CONFIG_ATTRIBUTE: Table = &[
    (1, "INTERNAL_IP4_ADDRESS", "INTERNAL_IP4_ADDRESS"),
    (2, "INTERNAL_IP4_NETMASK", "INTERNAL_IP4_NETMASK"),
    (3, "INTERNAL_IP4_DNS", "INTERNAL_IP4_DNS"),
    (4, "INTERNAL_IP4_NBNS", "INTERNAL_IP4_NBNS"),
    (6, "INTERNAL_IP4_DHCP", "INTERNAL_IP4_DHCP"),
    (7, "APPLICATION_VERSION", "APPLICATION_VERSION"),
    (8, "INTERNAL_IP6_ADDRESS", "INTERNAL_IP6_ADDRESS"),
    (10, "INTERNAL_IP6_DNS", "INTERNAL_IP6_DNS"),
    (12, "INTERNAL_IP6_DHCP", "INTERNAL_IP6_DHCP"),
    (13, "INTERNAL_IP4_SUBNET", "INTERNAL_IP4_SUBNET"),
    (14, "SUPPORTED_ATTRIBUTES", "SUPPORTED_ATTRIBUTES"),
    (16520, "XAUTH_TYPE", "XAUTH_TYPE"),
    (16521, "XAUTH_USER_NAME", "XAUTH_USER_NAME"),
    (16522, "XAUTH_USER_PASSWORD", "XAUTH_USER_PASSWORD"),
    (16523, "XAUTH_PASSCODE", "XAUTH_PASSCODE"),
    (16524, "XAUTH_MESSAGE", "XAUTH_MESSAGE"),
    (16525, "XAUTH_CHALLENGE", "XAUTH_CHALLENGE"),
    (16526, "XAUTH_DOMAIN", "XAUTH_DOMAIN"),
    (16527, "XAUTH_STATUS", "XAUTH_STATUS"),
    (16528, "XAUTH_NEXT_PIN", "XAUTH_NEXT_PIN"),
    (16529, "XAUTH_ANSWER", "XAUTH_ANSWER"),
    (28672, "UNITY_BANNER", "UNITY_BANNER"),
    (28673, "UNITY_SAVE_PASSWD", "UNITY_SAVE_PASSWD"),
    (28674, "UNITY_DEF_DOMAIN", "UNITY_DEF_DOMAIN"),
    (28675, "UNITY_SPLIT_DOMAIN", "UNITY_SPLIT_DOMAIN"),
    (28676, "UNITY_SPLIT_INCLUDE", "UNITY_SPLIT_INCLUDE"),
    (28677, "UNITY_NATT_PORT", "UNITY_NATT_PORT"),
    (28678, "UNITY_LOCAL_LAN", "UNITY_LOCAL_LAN"),
    (28679, "UNITY_PFS", "UNITY_PFS"),
    (28680, "UNITY_FW_TYPE", "UNITY_FW_TYPE"),
    (28681, "UNITY_BACKUP_SERVERS", "UNITY_BACKUP_SERVERS"),
    (28682, "UNITY_DDNS_HOSTNAME", "UNITY_DDNS_HOSTNAME"),
];

/// IANA "IKEv2 Transform Attribute Types".
const V2_TRANSFORM_ATTRIBUTE: Table = &[(14, "Key Length", "Key Length")];

/// IANA "IKEv2 Certificate Encodings".
const V2_CERT_ENCODING: Table = &[
    (1, "PKCS#7 wrapped X.509", "PKCS#7 wrapped X.509"),
    (2, "PGP", "PGP"),
    (3, "DNS signed key", "DNS signed key"),
    (4, "X.509 - signature", "X.509 - signature"),
    (6, "Kerberos token", "Kerberos token"),
    (7, "CRL", "CRL"),
    (8, "ARL", "ARL"),
    (9, "SPKI", "SPKI"),
    (10, "X.509 - attribute", "X.509 - attribute"),
    (11, "Raw RSA key", "Raw RSA key"),
    (
        12,
        "Hash and URL of X.509 certificate",
        "Hash and URL of X.509 certificate",
    ),
    (13, "Hash and URL of X.509 bundle", "Hash and URL of X.509 bundle"),
    (14, "OCSP Content", "OCSP Content"),
    (15, "Raw Public Key", "Raw Public Key"),
];

/// IANA "IKEv2 Hash Algorithms" (RFC 7427 7).
const V2_SIGNATURE_HASH: Table = &[
    (1, "SHA1", "SHA1"),
    (2, "SHA2-256", "SHA2-256"),
    (3, "SHA2-384", "SHA2-384"),
    (4, "SHA2-512", "SHA2-512"),
    (5, "Identity", "Identity"),
    (6, "STREEBOG_256", "STREEBOG_256"),
    (7, "STREEBOG_512", "STREEBOG_512"),
];

/// IANA "IKEv2 Traffic Selector Types".
const V2_TRAFFIC_SELECTOR: Table = &[
    (7, "TS_IPV4_ADDR_RANGE", "TS_IPV4_ADDR_RANGE"),
    (8, "TS_IPV6_ADDR_RANGE", "TS_IPV6_ADDR_RANGE"),
    (9, "TS_FC_ADDR_RANGE", "TS_FC_ADDR_RANGE"),
    (10, "TS_SECLABEL", "TS_SECLABEL"),
];

/// IANA "IKEv2 Configuration Payload Attribute Types"; 23456 and 23457 are [MS-IKEE]'s.
const V2_CONFIG_ATTRIBUTE: Table = &[
    (1, "INTERNAL_IP4_ADDRESS", "INTERNAL_IP4_ADDRESS"),
    (2, "INTERNAL_IP4_NETMASK", "INTERNAL_IP4_NETMASK"),
    (3, "INTERNAL_IP4_DNS", "INTERNAL_IP4_DNS"),
    (4, "INTERNAL_IP4_NBNS", "INTERNAL_IP4_NBNS"),
    (6, "INTERNAL_IP4_DHCP", "INTERNAL_IP4_DHCP"),
    (7, "APPLICATION_VERSION", "APPLICATION_VERSION"),
    (8, "INTERNAL_IP6_ADDRESS", "INTERNAL_IP6_ADDRESS"),
    (10, "INTERNAL_IP6_DNS", "INTERNAL_IP6_DNS"),
    (12, "INTERNAL_IP6_DHCP", "INTERNAL_IP6_DHCP"),
    (13, "INTERNAL_IP4_SUBNET", "INTERNAL_IP4_SUBNET"),
    (14, "SUPPORTED_ATTRIBUTES", "SUPPORTED_ATTRIBUTES"),
    (15, "INTERNAL_IP6_SUBNET", "INTERNAL_IP6_SUBNET"),
    (16, "MIP6_HOME_PREFIX", "MIP6_HOME_PREFIX"),
    (17, "INTERNAL_IP6_LINK", "INTERNAL_IP6_LINK"),
    (18, "INTERNAL_IP6_PREFIX", "INTERNAL_IP6_PREFIX"),
    (19, "HOME_AGENT_ADDRESS", "HOME_AGENT_ADDRESS"),
    (20, "P_CSCF_IP4_ADDRESS", "P_CSCF_IP4_ADDRESS"),
    (21, "P_CSCF_IP6_ADDRESS", "P_CSCF_IP6_ADDRESS"),
    (22, "FTT_KAT", "FTT_KAT"),
    (23, "EXTERNAL_SOURCE_IP4_NAT_INFO", "EXTERNAL_SOURCE_IP4_NAT_INFO"),
    (
        24,
        "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK",
        "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK",
    ),
    (25, "INTERNAL_DNS_DOMAIN", "INTERNAL_DNS_DOMAIN"),
    (26, "INTERNAL_DNSSEC_TA", "INTERNAL_DNSSEC_TA"),
    (27, "ENCDNS_IP4", "ENCDNS_IP4"),
    (28, "ENCDNS_IP6", "ENCDNS_IP6"),
    (29, "ENCDNS_DIGEST_INFO", "ENCDNS_DIGEST_INFO"),
    (23456, "INTERNAL_IP4_SERVER", "INTERNAL_IP4_SERVER"),
    (23457, "INTERNAL_IP6_SERVER", "INTERNAL_IP6_SERVER"),
];

/// RFC 7296 3.15; draft-dukes-ike-mode-cfg-02 3.2 has the same.
const CONFIG_TYPE: Table = &[
    (1, "CFG_REQUEST", "CFG_REQUEST"),
    (2, "CFG_REPLY", "CFG_REPLY"),
    (3, "CFG_SET", "CFG_SET"),
    (4, "CFG_ACK", "CFG_ACK"),
];

/// IANA "IPCOMP Transform Identifiers" (RFC 2407 4.4.5).
const IPCOMP: Table = &[
    (1, "IPCOMP_OUI", "IPCOMP_OUI"),
    (2, "IPCOMP_DEFLATE", "IPCOMP_DEFLATE"),
    (3, "IPCOMP_LZS", "IPCOMP_LZS"),
    (4, "IPCOMP_LZJH", "IPCOMP_LZJH"),
];

/// RFC 3748 4.
const EAP_CODE: Table = &[
    (1, "Request", "Request"),
    (2, "Response", "Response"),
    (3, "Success", "Success"),
    (4, "Failure", "Failure"),
];

/// Result codes of StopCCN, RFC 2661 4.4.2.
const L2TP_STOP_RESULT: Table = &[
    (
        1,
        "General request to clear control connection",
        "General request to clear control connection",
    ),
    (
        2,
        "General error (see error code)",
        "General error (see error code)",
    ),
    (
        3,
        "Control channel already exists",
        "Control channel already exists",
    ),
    (4, "Requester not authorized", "Requester not authorized"),
    (
        5,
        "Protocol version not supported",
        "Protocol version not supported",
    ),
    (6, "Requester being shut down", "Requester being shut down"),
    (7, "Finite state machine error", "Finite state machine error"),
];

/// Result codes of CDN, RFC 2661 4.4.2.
const L2TP_CALL_RESULT: Table = &[
    (1, "Loss of carrier", "Loss of carrier"),
    (
        2,
        "General error (see error code)",
        "General error (see error code)",
    ),
    (3, "Administrative", "Administrative"),
    (
        4,
        "No appropriate facilities (temporary)",
        "No appropriate facilities (temporary)",
    ),
    (
        5,
        "No appropriate facilities (permanent)",
        "No appropriate facilities (permanent)",
    ),
    (6, "Invalid destination", "Invalid destination"),
    (7, "No carrier", "No carrier"),
    (8, "Busy", "Busy"),
    (9, "No dial tone", "No dial tone"),
    (10, "Not established in time", "Not established in time"),
    (11, "No framing detected", "No framing detected"),
];

/// [MS-ERREF] 2.2 and raserror.h.
const WINDOWS_ERROR: Table = &[
    (619, "ERROR_PORT_DISCONNECTED", "ERROR_PORT_DISCONNECTED"),
    (629, "ERROR_REMOTE_DISCONNECTION", "ERROR_REMOTE_DISCONNECTION"),
    (
        691,
        "ERROR_AUTHENTICATION_FAILURE",
        "ERROR_AUTHENTICATION_FAILURE",
    ),
    (766, "ERROR_NO_CERTIFICATE", "ERROR_NO_CERTIFICATE"),
    (785, "ERROR_NO_REG_CERT_AT_LOGON", "ERROR_NO_REG_CERT_AT_LOGON"),
    (786, "ERROR_OAKLEY_NO_CERT", "ERROR_OAKLEY_NO_CERT"),
    (787, "ERROR_OAKLEY_AUTH_FAIL", "ERROR_OAKLEY_AUTH_FAIL"),
    (788, "ERROR_OAKLEY_ATTRIB_FAIL", "ERROR_OAKLEY_ATTRIB_FAIL"),
    (
        789,
        "ERROR_OAKLEY_GENERAL_PROCESSING",
        "ERROR_OAKLEY_GENERAL_PROCESSING",
    ),
    (790, "ERROR_OAKLEY_NO_PEER_CERT", "ERROR_OAKLEY_NO_PEER_CERT"),
    (791, "ERROR_OAKLEY_NO_POLICY", "ERROR_OAKLEY_NO_POLICY"),
    (792, "ERROR_OAKLEY_TIMED_OUT", "ERROR_OAKLEY_TIMED_OUT"),
    (793, "ERROR_OAKLEY_ERROR", "ERROR_OAKLEY_ERROR"),
    (798, "ERROR_NO_EAPTLS_CERTIFICATE", "ERROR_NO_EAPTLS_CERTIFICATE"),
    (800, "ERROR_AUTOMATIC_VPN_FAILED", "ERROR_AUTOMATIC_VPN_FAILED"),
    (
        801,
        "ERROR_VALIDATING_SERVER_CERT",
        "ERROR_VALIDATING_SERVER_CERT",
    ),
    (806, "ERROR_VPN_GRE_BLOCKED", "ERROR_VPN_GRE_BLOCKED"),
    (807, "ERROR_VPN_DISCONNECT", "ERROR_VPN_DISCONNECT"),
    (808, "ERROR_VPN_REFUSED", "ERROR_VPN_REFUSED"),
    (809, "ERROR_VPN_TIMEOUT", "ERROR_VPN_TIMEOUT"),
    (810, "ERROR_VPN_BAD_CERT", "ERROR_VPN_BAD_CERT"),
    (811, "ERROR_VPN_BAD_PSK", "ERROR_VPN_BAD_PSK"),
    (812, "ERROR_SERVER_POLICY", "ERROR_SERVER_POLICY"),
    (827, "ERROR_IPSEC_SERVICE_STOPPED", "ERROR_IPSEC_SERVICE_STOPPED"),
    (828, "ERROR_IDLE_TIMEOUT", "ERROR_IDLE_TIMEOUT"),
    (835, "ERROR_INVALID_SERVER_CERT", "ERROR_INVALID_SERVER_CERT"),
    (
        13000,
        "ERROR_IPSEC_QM_POLICY_EXISTS",
        "ERROR_IPSEC_QM_POLICY_EXISTS",
    ),
    (
        13001,
        "ERROR_IPSEC_QM_POLICY_NOT_FOUND",
        "ERROR_IPSEC_QM_POLICY_NOT_FOUND",
    ),
    (
        13002,
        "ERROR_IPSEC_QM_POLICY_IN_USE",
        "ERROR_IPSEC_QM_POLICY_IN_USE",
    ),
    (
        13003,
        "ERROR_IPSEC_MM_POLICY_EXISTS",
        "ERROR_IPSEC_MM_POLICY_EXISTS",
    ),
    (
        13004,
        "ERROR_IPSEC_MM_POLICY_NOT_FOUND",
        "ERROR_IPSEC_MM_POLICY_NOT_FOUND",
    ),
    (
        13005,
        "ERROR_IPSEC_MM_POLICY_IN_USE",
        "ERROR_IPSEC_MM_POLICY_IN_USE",
    ),
    (
        13006,
        "ERROR_IPSEC_MM_FILTER_EXISTS",
        "ERROR_IPSEC_MM_FILTER_EXISTS",
    ),
    (
        13007,
        "ERROR_IPSEC_MM_FILTER_NOT_FOUND",
        "ERROR_IPSEC_MM_FILTER_NOT_FOUND",
    ),
    (
        13008,
        "ERROR_IPSEC_TRANSPORT_FILTER_EXISTS",
        "ERROR_IPSEC_TRANSPORT_FILTER_EXISTS",
    ),
    (
        13009,
        "ERROR_IPSEC_TRANSPORT_FILTER_NOT_FOUND",
        "ERROR_IPSEC_TRANSPORT_FILTER_NOT_FOUND",
    ),
    (13010, "ERROR_IPSEC_MM_AUTH_EXISTS", "ERROR_IPSEC_MM_AUTH_EXISTS"),
    (
        13011,
        "ERROR_IPSEC_MM_AUTH_NOT_FOUND",
        "ERROR_IPSEC_MM_AUTH_NOT_FOUND",
    ),
    (13012, "ERROR_IPSEC_MM_AUTH_IN_USE", "ERROR_IPSEC_MM_AUTH_IN_USE"),
    (
        13013,
        "ERROR_IPSEC_DEFAULT_MM_POLICY_NOT_FOUND",
        "ERROR_IPSEC_DEFAULT_MM_POLICY_NOT_FOUND",
    ),
    (
        13014,
        "ERROR_IPSEC_DEFAULT_MM_AUTH_NOT_FOUND",
        "ERROR_IPSEC_DEFAULT_MM_AUTH_NOT_FOUND",
    ),
    (
        13015,
        "ERROR_IPSEC_DEFAULT_QM_POLICY_NOT_FOUND",
        "ERROR_IPSEC_DEFAULT_QM_POLICY_NOT_FOUND",
    ),
    (
        13016,
        "ERROR_IPSEC_TUNNEL_FILTER_EXISTS",
        "ERROR_IPSEC_TUNNEL_FILTER_EXISTS",
    ),
    (
        13017,
        "ERROR_IPSEC_TUNNEL_FILTER_NOT_FOUND",
        "ERROR_IPSEC_TUNNEL_FILTER_NOT_FOUND",
    ),
    (
        13018,
        "ERROR_IPSEC_MM_FILTER_PENDING_DELETION",
        "ERROR_IPSEC_MM_FILTER_PENDING_DELETION",
    ),
    (
        13019,
        "ERROR_IPSEC_TRANSPORT_FILTER_PENDING_DELETION",
        "ERROR_IPSEC_TRANSPORT_FILTER_PENDING_DELETION",
    ),
    (
        13020,
        "ERROR_IPSEC_TUNNEL_FILTER_PENDING_DELETION",
        "ERROR_IPSEC_TUNNEL_FILTER_PENDING_DELETION",
    ),
    (
        13021,
        "ERROR_IPSEC_MM_POLICY_PENDING_DELETION",
        "ERROR_IPSEC_MM_POLICY_PENDING_DELETION",
    ),
    (
        13022,
        "ERROR_IPSEC_MM_AUTH_PENDING_DELETION",
        "ERROR_IPSEC_MM_AUTH_PENDING_DELETION",
    ),
    (
        13023,
        "ERROR_IPSEC_QM_POLICY_PENDING_DELETION",
        "ERROR_IPSEC_QM_POLICY_PENDING_DELETION",
    ),
    (13801, "ERROR_IPSEC_IKE_AUTH_FAIL", "ERROR_IPSEC_IKE_AUTH_FAIL"),
    (
        13802,
        "ERROR_IPSEC_IKE_ATTRIB_FAIL",
        "ERROR_IPSEC_IKE_ATTRIB_FAIL",
    ),
    (
        13803,
        "ERROR_IPSEC_IKE_NEGOTIATION_PENDING",
        "ERROR_IPSEC_IKE_NEGOTIATION_PENDING",
    ),
    (
        13804,
        "ERROR_IPSEC_IKE_GENERAL_PROCESSING_ERROR",
        "ERROR_IPSEC_IKE_GENERAL_PROCESSING_ERROR",
    ),
    (13805, "ERROR_IPSEC_IKE_TIMED_OUT", "ERROR_IPSEC_IKE_TIMED_OUT"),
    (13806, "ERROR_IPSEC_IKE_NO_CERT", "ERROR_IPSEC_IKE_NO_CERT"),
    (13807, "ERROR_IPSEC_IKE_SA_DELETED", "ERROR_IPSEC_IKE_SA_DELETED"),
    (13808, "ERROR_IPSEC_IKE_SA_REAPED", "ERROR_IPSEC_IKE_SA_REAPED"),
    (
        13809,
        "ERROR_IPSEC_IKE_MM_ACQUIRE_DROP",
        "ERROR_IPSEC_IKE_MM_ACQUIRE_DROP",
    ),
    (
        13810,
        "ERROR_IPSEC_IKE_QM_ACQUIRE_DROP",
        "ERROR_IPSEC_IKE_QM_ACQUIRE_DROP",
    ),
    (
        13811,
        "ERROR_IPSEC_IKE_QUEUE_DROP_MM",
        "ERROR_IPSEC_IKE_QUEUE_DROP_MM",
    ),
    (
        13812,
        "ERROR_IPSEC_IKE_QUEUE_DROP_NO_MM",
        "ERROR_IPSEC_IKE_QUEUE_DROP_NO_MM",
    ),
    (
        13813,
        "ERROR_IPSEC_IKE_DROP_NO_RESPONSE",
        "ERROR_IPSEC_IKE_DROP_NO_RESPONSE",
    ),
    (
        13814,
        "ERROR_IPSEC_IKE_MM_DELAY_DROP",
        "ERROR_IPSEC_IKE_MM_DELAY_DROP",
    ),
    (
        13815,
        "ERROR_IPSEC_IKE_QM_DELAY_DROP",
        "ERROR_IPSEC_IKE_QM_DELAY_DROP",
    ),
    (13816, "ERROR_IPSEC_IKE_ERROR", "ERROR_IPSEC_IKE_ERROR"),
    (13817, "ERROR_IPSEC_IKE_CRL_FAILED", "ERROR_IPSEC_IKE_CRL_FAILED"),
    (
        13818,
        "ERROR_IPSEC_IKE_INVALID_KEY_USAGE",
        "ERROR_IPSEC_IKE_INVALID_KEY_USAGE",
    ),
    (
        13819,
        "ERROR_IPSEC_IKE_INVALID_CERT_TYPE",
        "ERROR_IPSEC_IKE_INVALID_CERT_TYPE",
    ),
    (
        13820,
        "ERROR_IPSEC_IKE_NO_PRIVATE_KEY",
        "ERROR_IPSEC_IKE_NO_PRIVATE_KEY",
    ),
    (13822, "ERROR_IPSEC_IKE_DH_FAIL", "ERROR_IPSEC_IKE_DH_FAIL"),
    (
        13824,
        "ERROR_IPSEC_IKE_INVALID_HEADER",
        "ERROR_IPSEC_IKE_INVALID_HEADER",
    ),
    (13825, "ERROR_IPSEC_IKE_NO_POLICY", "ERROR_IPSEC_IKE_NO_POLICY"),
    (
        13826,
        "ERROR_IPSEC_IKE_INVALID_SIGNATURE",
        "ERROR_IPSEC_IKE_INVALID_SIGNATURE",
    ),
    (
        13827,
        "ERROR_IPSEC_IKE_KERBEROS_ERROR",
        "ERROR_IPSEC_IKE_KERBEROS_ERROR",
    ),
    (
        13828,
        "ERROR_IPSEC_IKE_NO_PUBLIC_KEY",
        "ERROR_IPSEC_IKE_NO_PUBLIC_KEY",
    ),
    (
        13829,
        "ERROR_IPSEC_IKE_PROCESS_ERR",
        "ERROR_IPSEC_IKE_PROCESS_ERR",
    ),
    (
        13830,
        "ERROR_IPSEC_IKE_PROCESS_ERR_SA",
        "ERROR_IPSEC_IKE_PROCESS_ERR_SA",
    ),
    (
        13831,
        "ERROR_IPSEC_IKE_PROCESS_ERR_PROP",
        "ERROR_IPSEC_IKE_PROCESS_ERR_PROP",
    ),
    (
        13832,
        "ERROR_IPSEC_IKE_PROCESS_ERR_TRANS",
        "ERROR_IPSEC_IKE_PROCESS_ERR_TRANS",
    ),
    (
        13833,
        "ERROR_IPSEC_IKE_PROCESS_ERR_KE",
        "ERROR_IPSEC_IKE_PROCESS_ERR_KE",
    ),
    (
        13834,
        "ERROR_IPSEC_IKE_PROCESS_ERR_ID",
        "ERROR_IPSEC_IKE_PROCESS_ERR_ID",
    ),
    (
        13835,
        "ERROR_IPSEC_IKE_PROCESS_ERR_CERT",
        "ERROR_IPSEC_IKE_PROCESS_ERR_CERT",
    ),
    (
        13836,
        "ERROR_IPSEC_IKE_PROCESS_ERR_CERT_REQ",
        "ERROR_IPSEC_IKE_PROCESS_ERR_CERT_REQ",
    ),
    (
        13837,
        "ERROR_IPSEC_IKE_PROCESS_ERR_HASH",
        "ERROR_IPSEC_IKE_PROCESS_ERR_HASH",
    ),
    (
        13838,
        "ERROR_IPSEC_IKE_PROCESS_ERR_SIG",
        "ERROR_IPSEC_IKE_PROCESS_ERR_SIG",
    ),
    (
        13839,
        "ERROR_IPSEC_IKE_PROCESS_ERR_NONCE",
        "ERROR_IPSEC_IKE_PROCESS_ERR_NONCE",
    ),
    (
        13840,
        "ERROR_IPSEC_IKE_PROCESS_ERR_NOTIFY",
        "ERROR_IPSEC_IKE_PROCESS_ERR_NOTIFY",
    ),
    (
        13841,
        "ERROR_IPSEC_IKE_PROCESS_ERR_DELETE",
        "ERROR_IPSEC_IKE_PROCESS_ERR_DELETE",
    ),
    (
        13842,
        "ERROR_IPSEC_IKE_PROCESS_ERR_VENDOR",
        "ERROR_IPSEC_IKE_PROCESS_ERR_VENDOR",
    ),
    (
        13843,
        "ERROR_IPSEC_IKE_INVALID_PAYLOAD",
        "ERROR_IPSEC_IKE_INVALID_PAYLOAD",
    ),
    (
        13844,
        "ERROR_IPSEC_IKE_LOAD_SOFT_SA",
        "ERROR_IPSEC_IKE_LOAD_SOFT_SA",
    ),
    (
        13845,
        "ERROR_IPSEC_IKE_SOFT_SA_TORN_DOWN",
        "ERROR_IPSEC_IKE_SOFT_SA_TORN_DOWN",
    ),
    (
        13846,
        "ERROR_IPSEC_IKE_INVALID_COOKIE",
        "ERROR_IPSEC_IKE_INVALID_COOKIE",
    ),
    (
        13847,
        "ERROR_IPSEC_IKE_NO_PEER_CERT",
        "ERROR_IPSEC_IKE_NO_PEER_CERT",
    ),
    (
        13848,
        "ERROR_IPSEC_IKE_PEER_CRL_FAILED",
        "ERROR_IPSEC_IKE_PEER_CRL_FAILED",
    ),
    (
        13849,
        "ERROR_IPSEC_IKE_POLICY_CHANGE",
        "ERROR_IPSEC_IKE_POLICY_CHANGE",
    ),
    (
        13850,
        "ERROR_IPSEC_IKE_NO_MM_POLICY",
        "ERROR_IPSEC_IKE_NO_MM_POLICY",
    ),
    (13851, "ERROR_IPSEC_IKE_NOTCBPRIV", "ERROR_IPSEC_IKE_NOTCBPRIV"),
    (
        13852,
        "ERROR_IPSEC_IKE_SECLOADFAIL",
        "ERROR_IPSEC_IKE_SECLOADFAIL",
    ),
    (
        13853,
        "ERROR_IPSEC_IKE_FAILSSPINIT",
        "ERROR_IPSEC_IKE_FAILSSPINIT",
    ),
    (
        13854,
        "ERROR_IPSEC_IKE_FAILQUERYSSP",
        "ERROR_IPSEC_IKE_FAILQUERYSSP",
    ),
    (13855, "ERROR_IPSEC_IKE_SRVACQFAIL", "ERROR_IPSEC_IKE_SRVACQFAIL"),
    (
        13856,
        "ERROR_IPSEC_IKE_SRVQUERYCRED",
        "ERROR_IPSEC_IKE_SRVQUERYCRED",
    ),
    (13857, "ERROR_IPSEC_IKE_GETSPIFAIL", "ERROR_IPSEC_IKE_GETSPIFAIL"),
    (
        13858,
        "ERROR_IPSEC_IKE_INVALID_FILTER",
        "ERROR_IPSEC_IKE_INVALID_FILTER",
    ),
    (
        13859,
        "ERROR_IPSEC_IKE_OUT_OF_MEMORY",
        "ERROR_IPSEC_IKE_OUT_OF_MEMORY",
    ),
    (
        13860,
        "ERROR_IPSEC_IKE_ADD_UPDATE_KEY_FAILED",
        "ERROR_IPSEC_IKE_ADD_UPDATE_KEY_FAILED",
    ),
    (
        13861,
        "ERROR_IPSEC_IKE_INVALID_POLICY",
        "ERROR_IPSEC_IKE_INVALID_POLICY",
    ),
    (
        13862,
        "ERROR_IPSEC_IKE_UNKNOWN_DOI",
        "ERROR_IPSEC_IKE_UNKNOWN_DOI",
    ),
    (
        13863,
        "ERROR_IPSEC_IKE_INVALID_SITUATION",
        "ERROR_IPSEC_IKE_INVALID_SITUATION",
    ),
    (13864, "ERROR_IPSEC_IKE_DH_FAILURE", "ERROR_IPSEC_IKE_DH_FAILURE"),
    (
        13865,
        "ERROR_IPSEC_IKE_INVALID_GROUP",
        "ERROR_IPSEC_IKE_INVALID_GROUP",
    ),
    (13866, "ERROR_IPSEC_IKE_ENCRYPT", "ERROR_IPSEC_IKE_ENCRYPT"),
    (13867, "ERROR_IPSEC_IKE_DECRYPT", "ERROR_IPSEC_IKE_DECRYPT"),
    (
        13868,
        "ERROR_IPSEC_IKE_POLICY_MATCH",
        "ERROR_IPSEC_IKE_POLICY_MATCH",
    ),
    (
        13869,
        "ERROR_IPSEC_IKE_UNSUPPORTED_ID",
        "ERROR_IPSEC_IKE_UNSUPPORTED_ID",
    ),
    (
        13870,
        "ERROR_IPSEC_IKE_INVALID_HASH",
        "ERROR_IPSEC_IKE_INVALID_HASH",
    ),
    (
        13871,
        "ERROR_IPSEC_IKE_INVALID_HASH_ALG",
        "ERROR_IPSEC_IKE_INVALID_HASH_ALG",
    ),
    (
        13872,
        "ERROR_IPSEC_IKE_INVALID_HASH_SIZE",
        "ERROR_IPSEC_IKE_INVALID_HASH_SIZE",
    ),
    (
        13873,
        "ERROR_IPSEC_IKE_INVALID_ENCRYPT_ALG",
        "ERROR_IPSEC_IKE_INVALID_ENCRYPT_ALG",
    ),
    (
        13874,
        "ERROR_IPSEC_IKE_INVALID_AUTH_ALG",
        "ERROR_IPSEC_IKE_INVALID_AUTH_ALG",
    ),
    (
        13875,
        "ERROR_IPSEC_IKE_INVALID_SIG",
        "ERROR_IPSEC_IKE_INVALID_SIG",
    ),
    (
        13876,
        "ERROR_IPSEC_IKE_LOAD_FAILED",
        "ERROR_IPSEC_IKE_LOAD_FAILED",
    ),
    (13877, "ERROR_IPSEC_IKE_RPC_DELETE", "ERROR_IPSEC_IKE_RPC_DELETE"),
    (
        13878,
        "ERROR_IPSEC_IKE_BENIGN_REINIT",
        "ERROR_IPSEC_IKE_BENIGN_REINIT",
    ),
    (
        13879,
        "ERROR_IPSEC_IKE_INVALID_RESPONDER_LIFETIME_NOTIFY",
        "ERROR_IPSEC_IKE_INVALID_RESPONDER_LIFETIME_NOTIFY",
    ),
    (
        13881,
        "ERROR_IPSEC_IKE_INVALID_CERT_KEYLEN",
        "ERROR_IPSEC_IKE_INVALID_CERT_KEYLEN",
    ),
    (13882, "ERROR_IPSEC_IKE_MM_LIMIT", "ERROR_IPSEC_IKE_MM_LIMIT"),
    (
        13883,
        "ERROR_IPSEC_IKE_NEGOTIATION_DISABLED",
        "ERROR_IPSEC_IKE_NEGOTIATION_DISABLED",
    ),
    (13884, "ERROR_IPSEC_IKE_QM_LIMIT", "ERROR_IPSEC_IKE_QM_LIMIT"),
    (13885, "ERROR_IPSEC_IKE_MM_EXPIRED", "ERROR_IPSEC_IKE_MM_EXPIRED"),
    (
        13886,
        "ERROR_IPSEC_IKE_PEER_MM_ASSUMED_INVALID",
        "ERROR_IPSEC_IKE_PEER_MM_ASSUMED_INVALID",
    ),
    (
        13887,
        "ERROR_IPSEC_IKE_CERT_CHAIN_POLICY_MISMATCH",
        "ERROR_IPSEC_IKE_CERT_CHAIN_POLICY_MISMATCH",
    ),
    (
        13888,
        "ERROR_IPSEC_IKE_UNEXPECTED_MESSAGE_ID",
        "ERROR_IPSEC_IKE_UNEXPECTED_MESSAGE_ID",
    ),
    (
        13889,
        "ERROR_IPSEC_IKE_INVALID_AUTH_PAYLOAD",
        "ERROR_IPSEC_IKE_INVALID_AUTH_PAYLOAD",
    ),
    (
        13890,
        "ERROR_IPSEC_IKE_DOS_COOKIE_SENT",
        "ERROR_IPSEC_IKE_DOS_COOKIE_SENT",
    ),
    (
        13891,
        "ERROR_IPSEC_IKE_SHUTTING_DOWN",
        "ERROR_IPSEC_IKE_SHUTTING_DOWN",
    ),
    (
        13892,
        "ERROR_IPSEC_IKE_CGA_AUTH_FAILED",
        "ERROR_IPSEC_IKE_CGA_AUTH_FAILED",
    ),
    (
        13893,
        "ERROR_IPSEC_IKE_PROCESS_ERR_NATOA",
        "ERROR_IPSEC_IKE_PROCESS_ERR_NATOA",
    ),
    (
        13894,
        "ERROR_IPSEC_IKE_INVALID_MM_FOR_QM",
        "ERROR_IPSEC_IKE_INVALID_MM_FOR_QM",
    ),
    (13895, "ERROR_IPSEC_IKE_QM_EXPIRED", "ERROR_IPSEC_IKE_QM_EXPIRED"),
    (
        13896,
        "ERROR_IPSEC_IKE_TOO_MANY_FILTERS",
        "ERROR_IPSEC_IKE_TOO_MANY_FILTERS",
    ),
    (
        13897,
        "ERROR_IPSEC_IKE_NEG_STATUS_END",
        "ERROR_IPSEC_IKE_NEG_STATUS_END",
    ),
    (
        13898,
        "ERROR_IPSEC_IKE_KILL_DUMMY_NAP_TUNNEL",
        "ERROR_IPSEC_IKE_KILL_DUMMY_NAP_TUNNEL",
    ),
    (
        13899,
        "ERROR_IPSEC_IKE_INNER_IP_ASSIGNMENT_FAILURE",
        "ERROR_IPSEC_IKE_INNER_IP_ASSIGNMENT_FAILURE",
    ),
    (
        13900,
        "ERROR_IPSEC_IKE_REQUIRE_CP_PAYLOAD_MISSING",
        "ERROR_IPSEC_IKE_REQUIRE_CP_PAYLOAD_MISSING",
    ),
    (
        13901,
        "ERROR_IPSEC_KEY_MODULE_IMPERSONATION_NEGOTIATION_PENDING",
        "ERROR_IPSEC_KEY_MODULE_IMPERSONATION_NEGOTIATION_PENDING",
    ),
    (
        13902,
        "ERROR_IPSEC_IKE_COEXISTENCE_SUPPRESS",
        "ERROR_IPSEC_IKE_COEXISTENCE_SUPPRESS",
    ),
    (
        13903,
        "ERROR_IPSEC_IKE_RATELIMIT_DROP",
        "ERROR_IPSEC_IKE_RATELIMIT_DROP",
    ),
    (
        13904,
        "ERROR_IPSEC_IKE_PEER_DOESNT_SUPPORT_MOBIKE",
        "ERROR_IPSEC_IKE_PEER_DOESNT_SUPPORT_MOBIKE",
    ),
    (
        13905,
        "ERROR_IPSEC_IKE_AUTHORIZATION_FAILURE",
        "ERROR_IPSEC_IKE_AUTHORIZATION_FAILURE",
    ),
    (
        13906,
        "ERROR_IPSEC_IKE_STRONG_CRED_AUTHORIZATION_FAILURE",
        "ERROR_IPSEC_IKE_STRONG_CRED_AUTHORIZATION_FAILURE",
    ),
    (
        13907,
        "ERROR_IPSEC_IKE_AUTHORIZATION_FAILURE_WITH_OPTIONAL_RETRY",
        "ERROR_IPSEC_IKE_AUTHORIZATION_FAILURE_WITH_OPTIONAL_RETRY",
    ),
    (
        13908,
        "ERROR_IPSEC_IKE_STRONG_CRED_AUTHORIZATION_AND_CERTMAP_FAILURE",
        "ERROR_IPSEC_IKE_STRONG_CRED_AUTHORIZATION_AND_CERTMAP_FAILURE",
    ),
    (
        13909,
        "ERROR_IPSEC_IKE_NEG_STATUS_EXTENDED_END",
        "ERROR_IPSEC_IKE_NEG_STATUS_EXTENDED_END",
    ),
    (13910, "ERROR_IPSEC_BAD_SPI", "ERROR_IPSEC_BAD_SPI"),
    (
        13911,
        "ERROR_IPSEC_SA_LIFETIME_EXPIRED",
        "ERROR_IPSEC_SA_LIFETIME_EXPIRED",
    ),
    (13912, "ERROR_IPSEC_WRONG_SA", "ERROR_IPSEC_WRONG_SA"),
    (
        13913,
        "ERROR_IPSEC_REPLAY_CHECK_FAILED",
        "ERROR_IPSEC_REPLAY_CHECK_FAILED",
    ),
    (13914, "ERROR_IPSEC_INVALID_PACKET", "ERROR_IPSEC_INVALID_PACKET"),
    (
        13915,
        "ERROR_IPSEC_INTEGRITY_CHECK_FAILED",
        "ERROR_IPSEC_INTEGRITY_CHECK_FAILED",
    ),
    (
        13916,
        "ERROR_IPSEC_CLEAR_TEXT_DROP",
        "ERROR_IPSEC_CLEAR_TEXT_DROP",
    ),
    (
        13917,
        "ERROR_IPSEC_AUTH_FIREWALL_DROP",
        "ERROR_IPSEC_AUTH_FIREWALL_DROP",
    ),
    (13918, "ERROR_IPSEC_THROTTLE_DROP", "ERROR_IPSEC_THROTTLE_DROP"),
    (13925, "ERROR_IPSEC_DOSP_BLOCK", "ERROR_IPSEC_DOSP_BLOCK"),
    (
        13926,
        "ERROR_IPSEC_DOSP_RECEIVED_MULTICAST",
        "ERROR_IPSEC_DOSP_RECEIVED_MULTICAST",
    ),
    (
        13927,
        "ERROR_IPSEC_DOSP_INVALID_PACKET",
        "ERROR_IPSEC_DOSP_INVALID_PACKET",
    ),
    (
        13928,
        "ERROR_IPSEC_DOSP_STATE_LOOKUP_FAILED",
        "ERROR_IPSEC_DOSP_STATE_LOOKUP_FAILED",
    ),
    (
        13929,
        "ERROR_IPSEC_DOSP_MAX_ENTRIES",
        "ERROR_IPSEC_DOSP_MAX_ENTRIES",
    ),
    (
        13930,
        "ERROR_IPSEC_DOSP_KEYMOD_NOT_ALLOWED",
        "ERROR_IPSEC_DOSP_KEYMOD_NOT_ALLOWED",
    ),
    (
        13931,
        "ERROR_IPSEC_DOSP_NOT_INSTALLED",
        "ERROR_IPSEC_DOSP_NOT_INSTALLED",
    ),
    (
        13932,
        "ERROR_IPSEC_DOSP_MAX_PER_IP_RATELIMIT_QUEUES",
        "ERROR_IPSEC_DOSP_MAX_PER_IP_RATELIMIT_QUEUES",
    ),
];

/// The names of a registry.
pub(super) fn table(registry: Registry) -> Table {
    match registry {
        R::Exchange => EXCHANGE,
        R::V1Payload => V1_PAYLOAD,
        R::V2Payload => V2_PAYLOAD,
        R::V1Notify => V1_NOTIFY,
        R::V2Notify => V2_NOTIFY,
        R::V1Encryption => V1_ENCRYPTION,
        R::V1Hash => V1_HASH,
        R::V1AuthMethod => V1_AUTH_METHOD,
        R::V1Group => V1_GROUP,
        R::V1Phase1Attribute => V1_PHASE1_ATTRIBUTE,
        R::V1Phase2Attribute => V1_PHASE2_ATTRIBUTE,
        R::V1Esp => V1_ESP,
        R::V1Ah => V1_AH,
        R::V1Phase2Auth => V1_PHASE2_AUTH,
        R::V1Encapsulation => V1_ENCAPSULATION,
        R::V1IdType => V1_ID_TYPE,
        R::V2TransformType => V2_TRANSFORM_TYPE,
        R::V2Encryption => V2_ENCRYPTION,
        R::V2Prf => V2_PRF,
        R::V2Integrity => V2_INTEGRITY,
        R::V2Group => V2_GROUP,
        R::V2Esn => V2_ESN,
        R::V2IdType => V2_ID_TYPE,
        R::V2AuthMethod => V2_AUTH_METHOD,
        R::Protocol => PROTOCOL,
        R::EapType => EAP_TYPE,
        R::L2tpMessage => L2TP_MESSAGE,
        R::V1LifeType => V1_LIFE_TYPE,
        R::V1CertEncoding => V1_CERT_ENCODING,
        R::V1ConfigAttribute => V1_CONFIG_ATTRIBUTE,
        R::V2TransformAttribute => V2_TRANSFORM_ATTRIBUTE,
        R::V2CertEncoding => V2_CERT_ENCODING,
        R::V2SignatureHash => V2_SIGNATURE_HASH,
        R::V2TrafficSelector => V2_TRAFFIC_SELECTOR,
        R::V2ConfigAttribute => V2_CONFIG_ATTRIBUTE,
        R::ConfigType => CONFIG_TYPE,
        R::Ipcomp => IPCOMP,
        R::EapCode => EAP_CODE,
        R::L2tpStopResult => L2TP_STOP_RESULT,
        R::L2tpCallResult => L2TP_CALL_RESULT,
        R::WindowsError => WINDOWS_ERROR,
    }
}

/// Whether an algorithm should not be used any more: RFC 8247 (IKEv2), RFC 8221 (ESP and AH), RFC 9395 (deprecations).
/// IKEv1's own numbers are judged as the same algorithms are in IKEv2.
#[must_use]
pub fn weak(registry: Registry, number: u32) -> Option<Weakness> {
    match (registry, number) {
        (R::V1Encryption, 1 | 2 | 3 | 4 | 6) => Some(Broken),
        (R::V1Encryption, 5) => Some(Legacy),
        (R::V1Hash, 1 | 3) => Some(Broken),
        (R::V1Hash, 2) => Some(Legacy),
        (R::V1Group, 1 | 22) => Some(Broken),
        (R::V1Group, 2 | 3 | 4 | 5 | 23 | 24) => Some(Legacy),
        (R::V1Esp, 1 | 2 | 4 | 5 | 6 | 7 | 8 | 9 | 10) => Some(Broken),
        (R::V1Esp, 3) => Some(Legacy),
        (R::V1Ah, 2 | 4) => Some(Broken),
        (R::V1Phase2Auth, 1 | 3 | 4) => Some(Broken),
        (R::V2Encryption, 1 | 2 | 4 | 5 | 6 | 7 | 8 | 9) => Some(Broken),
        (R::V2Encryption, 3) => Some(Legacy),
        (R::V2Prf, 1 | 3) => Some(Broken),
        (R::V2Prf, 2) => Some(Legacy),
        (R::V2Integrity, 1 | 3 | 4 | 6 | 7) => Some(Broken),
        (R::V2Integrity, 2) => Some(Legacy),
        (R::V2Group, 1 | 22) => Some(Broken),
        (R::V2Group, 2 | 5 | 23 | 24) => Some(Legacy),
        (R::V2AuthMethod, 3) => Some(Legacy),
        (R::V2SignatureHash, 1) => Some(Broken),
        _ => None,
    }
}

/// Bytes of a public value of this group in a key exchange payload. `None` for unknown groups, and for the key
/// encapsulation methods, where each side sends another length: see [`encapsulation_bytes`].
#[must_use]
pub fn key_exchange_bytes(group: u16) -> Option<u16> {
    Some(match group {
        31 => 32,
        25 => 48,
        26 | 27 | 32 => 56,
        19 | 28 => 64,
        1 | 20 | 29 => 96,
        2 | 22 | 30 => 128,
        21 => 132,
        5 => 192,
        14 | 23 | 24 => 256,
        15 => 384,
        16 => 512,
        17 => 768,
        18 => 1024,
        _ => return None,
    })
}

/// Bytes of the initiator's encapsulation key and of the responder's ciphertext of a key encapsulation method.
#[must_use]
pub fn encapsulation_bytes(group: u16) -> Option<(u16, u16)> {
    Some(match group {
        35 => (800, 768),
        36 => (1184, 1088),
        37 => (1568, 1568),
        _ => return None,
    })
}

/// How strong a key exchange method is: as the bits of a key that takes as long to find. 0 for unknown and for very weak ones.
#[must_use]
pub fn key_exchange_bits(group: u16) -> u16 {
    match group {
        2 | 22 | 25 => 80,
        5 => 90,
        14 | 23 | 24 | 26 | 27 => 112,
        15 | 19 | 28 | 31 | 35 => 128,
        16 => 150,
        17 => 170,
        18 => 190,
        20 | 29 | 36 => 192,
        32 => 224,
        21 | 30 | 37 => 256,
        _ => 0,
    }
}

/// Numbers that the code calls by name: a module for each registry that has some.
pub mod number {
    /// Exchange types of both versions (the numbers do not overlap).
    pub mod exchange {
        /// Base (IANA isakmp-registry; RFC 2408 4.4).
        pub const BASE: u8 = 1;
        /// Main Mode: identity protection (IANA isakmp-registry; RFC 2408 4.5, RFC 2409 5).
        pub const MAIN_MODE: u8 = 2;
        /// Aggressive Mode (IANA isakmp-registry; RFC 2408 4.7, RFC 2409 5).
        pub const AGGRESSIVE: u8 = 4;
        /// Informational (IANA isakmp-registry; RFC 2408 4.8).
        pub const V1_INFORMATIONAL: u8 = 5;
        /// Transaction: mode configuration and XAUTH (draft-dukes-ike-mode-cfg-02).
        pub const TRANSACTION: u8 = 6;
        /// Quick Mode (IANA isakmp-registry; RFC 2409 5.5).
        pub const QUICK_MODE: u8 = 32;
        /// IKE_SA_INIT (IANA ikev2-parameters; RFC 7296 1.2).
        pub const IKE_SA_INIT: u8 = 34;
        /// IKE_AUTH (IANA ikev2-parameters; RFC 7296 1.2).
        pub const IKE_AUTH: u8 = 35;
        /// CREATE_CHILD_SA (IANA ikev2-parameters; RFC 7296 1.3).
        pub const CREATE_CHILD_SA: u8 = 36;
        /// INFORMATIONAL (IANA ikev2-parameters; RFC 7296 1.4).
        pub const INFORMATIONAL: u8 = 37;
        /// IKE_SESSION_RESUME (IANA ikev2-parameters; RFC 5723).
        pub const IKE_SESSION_RESUME: u8 = 38;
        /// IKE_INTERMEDIATE (IANA ikev2-parameters; RFC 9242).
        pub const IKE_INTERMEDIATE: u8 = 43;
        /// IKE_FOLLOWUP_KE (IANA ikev2-parameters; RFC 9370).
        pub const IKE_FOLLOWUP_KE: u8 = 44;
    }
    /// IKEv1 payload types.
    pub mod v1_payload {
        /// SA: Security Association (IANA isakmp-registry; RFC 2408 3.4).
        pub const SA: u8 = 1;
        /// KE: Key Exchange (IANA isakmp-registry; RFC 2408 3.7).
        pub const KE: u8 = 4;
        /// ID: Identification (IANA isakmp-registry; RFC 2407 4.6.2).
        pub const ID: u8 = 5;
        /// CERT: Certificate (IANA isakmp-registry; RFC 2408 3.9).
        pub const CERT: u8 = 6;
        /// CR: Certificate Request (IANA isakmp-registry; RFC 2408 3.10).
        pub const CR: u8 = 7;
        /// HASH (IANA isakmp-registry; RFC 2408 3.11).
        pub const HASH: u8 = 8;
        /// SIG: Signature (IANA isakmp-registry; RFC 2408 3.12).
        pub const SIG: u8 = 9;
        /// NONCE (IANA isakmp-registry; RFC 2408 3.13).
        pub const NONCE: u8 = 10;
        /// N: Notification (IANA isakmp-registry; RFC 2408 3.14).
        pub const N: u8 = 11;
        /// D: Delete (IANA isakmp-registry; RFC 2408 3.15).
        pub const D: u8 = 12;
        /// VID: Vendor ID (IANA isakmp-registry; RFC 2408 3.16).
        pub const VID: u8 = 13;
        /// Mode-Config/XAUTH: attributes of mode configuration and XAUTH (draft-dukes-ike-mode-cfg-02 3.2).
        pub const ATTRIBUTES: u8 = 14;
        /// SAK: GDOI; NAT-D in drafts 04 to 08 of RFC 3947, on another port (IANA isakmp-registry; RFC 6407).
        pub const NAT_D_DRAFT: u8 = 15;
        /// SAT: GDOI; NAT-OA in drafts 05 to 08 of RFC 3947, on another port (IANA isakmp-registry; RFC 6407).
        pub const NAT_OA_DRAFT: u8 = 16;
        /// NAT-D: hash of an address and port (IANA isakmp-registry; RFC 3947 3.2).
        pub const NAT_D: u8 = 20;
        /// NAT-OA: original address (IANA isakmp-registry; RFC 3947 5.2).
        pub const NAT_OA: u8 = 21;
        /// NAT-D (drafts 00-03): private number (draft-ietf-ipsec-nat-t-ike-03).
        pub const NAT_D_OLD_DRAFT: u8 = 130;
        /// NAT-OA (drafts 00-03): private number (draft-ietf-ipsec-nat-t-ike-03).
        pub const NAT_OA_OLD_DRAFT: u8 = 131;
        /// FRAGMENT: fragment of Cisco and Microsoft ([MS-IKEE] 2.2.3.1).
        pub const FRAGMENT: u8 = 132;
    }
    /// IKEv2 payload types.
    pub mod v2_payload {
        /// SA: Security Association (IANA ikev2-parameters; RFC 7296 3.3).
        pub const SA: u8 = 33;
        /// KE: Key Exchange (IANA ikev2-parameters; RFC 7296 3.4).
        pub const KE: u8 = 34;
        /// IDi: Identification of the initiator (IANA ikev2-parameters; RFC 7296 3.5).
        pub const ID_I: u8 = 35;
        /// IDr: Identification of the responder (IANA ikev2-parameters; RFC 7296 3.5).
        pub const ID_R: u8 = 36;
        /// CERT: Certificate (IANA ikev2-parameters; RFC 7296 3.6).
        pub const CERT: u8 = 37;
        /// CERTREQ: Certificate Request (IANA ikev2-parameters; RFC 7296 3.7).
        pub const CERTREQ: u8 = 38;
        /// AUTH: Authentication (IANA ikev2-parameters; RFC 7296 3.8).
        pub const AUTH: u8 = 39;
        /// Nonce (IANA ikev2-parameters; RFC 7296 3.9).
        pub const NONCE: u8 = 40;
        /// N: Notify (IANA ikev2-parameters; RFC 7296 3.10).
        pub const N: u8 = 41;
        /// D: Delete (IANA ikev2-parameters; RFC 7296 3.11).
        pub const D: u8 = 42;
        /// V: Vendor ID (IANA ikev2-parameters; RFC 7296 3.12).
        pub const V: u8 = 43;
        /// TSi: Traffic Selectors of the initiator (IANA ikev2-parameters; RFC 7296 3.13).
        pub const TS_I: u8 = 44;
        /// TSr: Traffic Selectors of the responder (IANA ikev2-parameters; RFC 7296 3.13).
        pub const TS_R: u8 = 45;
        /// SK: Encrypted and Authenticated (IANA ikev2-parameters; RFC 7296 3.14).
        pub const SK: u8 = 46;
        /// CP: Configuration (IANA ikev2-parameters; RFC 7296 3.15).
        pub const CP: u8 = 47;
        /// EAP (IANA ikev2-parameters; RFC 7296 3.16).
        pub const EAP: u8 = 48;
        /// IDg: Group Identification, laid out as IDi and IDr (IANA ikev2-parameters; RFC 9838 4.2).
        pub const ID_G: u8 = 50;
        /// SKF: Encrypted and Authenticated Fragment (IANA ikev2-parameters; RFC 7383 2.5).
        pub const SKF: u8 = 53;
    }
    /// IKEv1 notify message types.
    pub mod v1_notify {
        /// INVALID-EXCHANGE-TYPE (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_EXCHANGE_TYPE: u16 = 7;
        /// PAYLOAD-MALFORMED (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const PAYLOAD_MALFORMED: u16 = 16;
        /// INVALID-KEY-INFORMATION (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_KEY_INFORMATION: u16 = 17;
        /// INVALID-ID-INFORMATION (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_ID_INFORMATION: u16 = 18;
        /// INVALID-CERT-ENCODING (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_CERT_ENCODING: u16 = 19;
        /// INVALID-CERTIFICATE (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_CERTIFICATE: u16 = 20;
        /// CERT-TYPE-UNSUPPORTED (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const CERT_TYPE_UNSUPPORTED: u16 = 21;
        /// INVALID-CERT-AUTHORITY (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_CERT_AUTHORITY: u16 = 22;
        /// INVALID-HASH-INFORMATION (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_HASH_INFORMATION: u16 = 23;
        /// INVALID-SIGNATURE (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const INVALID_SIGNATURE: u16 = 25;
        /// CERTIFICATE-UNAVAILABLE (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const CERTIFICATE_UNAVAILABLE: u16 = 28;
        /// UNSUPPORTED-EXCHANGE-TYPE (IANA isakmp-registry; RFC 2408 3.14.1).
        pub const UNSUPPORTED_EXCHANGE_TYPE: u16 = 29;
    }
    /// IKEv2 notify message types.
    pub mod v2_notify {
        /// INVALID_IKE_SPI: IKEv1 has the same number (IANA ikev2-parameters; RFC 7296).
        pub const INVALID_IKE_SPI: u16 = 4;
        /// INVALID_MAJOR_VERSION: IKEv1 has the same number (IANA ikev2-parameters; RFC 7296).
        pub const INVALID_MAJOR_VERSION: u16 = 5;
        /// INVALID_SYNTAX (IANA ikev2-parameters; RFC 7296).
        pub const INVALID_SYNTAX: u16 = 7;
        /// INVALID_SPI: IKEv1 has the same number (IANA ikev2-parameters; RFC 7296).
        pub const INVALID_SPI: u16 = 11;
        /// NO_PROPOSAL_CHOSEN: IKEv1 has the same number (IANA ikev2-parameters; RFC 7296).
        pub const NO_PROPOSAL_CHOSEN: u16 = 14;
        /// INVALID_KE_PAYLOAD (IANA ikev2-parameters; RFC 7296).
        pub const INVALID_KE_PAYLOAD: u16 = 17;
        /// AUTHENTICATION_FAILED: IKEv1 has the same number (IANA ikev2-parameters; RFC 7296).
        pub const AUTHENTICATION_FAILED: u16 = 24;
        /// INTERNAL_ADDRESS_FAILURE (IANA ikev2-parameters; RFC 7296).
        pub const INTERNAL_ADDRESS_FAILURE: u16 = 36;
        /// FAILED_CP_REQUIRED (IANA ikev2-parameters; RFC 7296).
        pub const FAILED_CP_REQUIRED: u16 = 37;
        /// TS_UNACCEPTABLE (IANA ikev2-parameters; RFC 7296).
        pub const TS_UNACCEPTABLE: u16 = 38;
        /// NAT_DETECTION_SOURCE_IP (IANA ikev2-parameters; RFC 7296).
        pub const NAT_DETECTION_SOURCE_IP: u16 = 16388;
        /// NAT_DETECTION_DESTINATION_IP (IANA ikev2-parameters; RFC 7296).
        pub const NAT_DETECTION_DESTINATION_IP: u16 = 16389;
        /// COOKIE (IANA ikev2-parameters; RFC 7296).
        pub const COOKIE: u16 = 16390;
        /// USE_TRANSPORT_MODE (IANA ikev2-parameters; RFC 7296).
        pub const USE_TRANSPORT_MODE: u16 = 16391;
        /// REDIRECT (IANA ikev2-parameters; RFC 5685).
        pub const REDIRECT: u16 = 16407;
        /// CHILDLESS_IKEV2_SUPPORTED (IANA ikev2-parameters; RFC 6023).
        pub const CHILDLESS_IKEV2_SUPPORTED: u16 = 16418;
        /// IKEV2_FRAGMENTATION_SUPPORTED (IANA ikev2-parameters; RFC 7383).
        pub const FRAGMENTATION_SUPPORTED: u16 = 16430;
        /// SIGNATURE_HASH_ALGORITHMS (IANA ikev2-parameters; RFC 7427).
        pub const SIGNATURE_HASH_ALGORITHMS: u16 = 16431;
        /// USE_PPK (IANA ikev2-parameters; RFC 8784).
        pub const USE_PPK: u16 = 16435;
        /// USE_PPK_INT (IANA ikev2-parameters; RFC 9867).
        pub const USE_PPK_INT: u16 = 16445;
    }
    /// IKEv1 phase 1 encryption algorithms.
    pub mod v1_encryption {
        /// DES-CBC (IANA ipsec-registry; RFC 2409 appendix A).
        pub const DES_CBC: u16 = 1;
        /// 3DES-CBC (IANA ipsec-registry; RFC 2409 appendix A).
        pub const TRIPLE_DES_CBC: u16 = 5;
        /// CAST-CBC (IANA ipsec-registry; RFC 2409 appendix A).
        pub const CAST_CBC: u16 = 6;
        /// AES-CBC (IANA ipsec-registry; RFC 3602).
        pub const AES_CBC: u16 = 7;
        /// CAMELLIA-CBC (IANA ipsec-registry; RFC 4312).
        pub const CAMELLIA_CBC: u16 = 8;
    }
    /// IKEv1 phase 1 hash algorithms.
    pub mod v1_hash {
        /// MD5 (IANA ipsec-registry; RFC 2409 appendix A).
        pub const MD5: u16 = 1;
        /// SHA1 (IANA ipsec-registry; RFC 2409 appendix A).
        pub const SHA1: u16 = 2;
        /// SHA2-256 (IANA ipsec-registry).
        pub const SHA2_256: u16 = 4;
        /// SHA2-384 (IANA ipsec-registry).
        pub const SHA2_384: u16 = 5;
        /// SHA2-512 (IANA ipsec-registry).
        pub const SHA2_512: u16 = 6;
    }
    /// IKEv1 authentication methods.
    pub mod v1_auth_method {
        /// Pre-shared key (IANA ipsec-registry; RFC 2409 appendix A).
        pub const PRE_SHARED_KEY: u16 = 1;
        /// XAUTHInitPreShared (draft-beaulieu-ike-xauth-02).
        pub const XAUTH_INIT_PRE_SHARED: u16 = 65001;
        /// XAUTHRespPreShared (draft-beaulieu-ike-xauth-02).
        pub const XAUTH_RESP_PRE_SHARED: u16 = 65002;
    }
    /// IKEv1 phase 1 attribute types.
    pub mod v1_phase1_attribute {
        /// Encryption-Algorithm (IANA ipsec-registry; RFC 2409 appendix A).
        pub const ENCRYPTION: u16 = 1;
        /// Hash-Algorithm (IANA ipsec-registry; RFC 2409 appendix A).
        pub const HASH: u16 = 2;
        /// Authentication-Method (IANA ipsec-registry; RFC 2409 appendix A).
        pub const AUTH_METHOD: u16 = 3;
        /// Group-Description (IANA ipsec-registry; RFC 2409 appendix A).
        pub const GROUP: u16 = 4;
        /// Life-Type (IANA ipsec-registry; RFC 2409 appendix A).
        pub const LIFE_TYPE: u16 = 11;
        /// Life-Duration (IANA ipsec-registry; RFC 2409 appendix A).
        pub const LIFE_DURATION: u16 = 12;
        /// Key-Length (IANA ipsec-registry; RFC 2409 appendix A).
        pub const KEY_LENGTH: u16 = 14;
    }
    /// IKEv1 phase 2 (IPsec DOI) attribute types.
    pub mod v1_phase2_attribute {
        /// SA-Life-Type (IANA isakmp-registry; RFC 2407 4.5).
        pub const LIFE_TYPE: u16 = 1;
        /// SA-Life-Duration (IANA isakmp-registry; RFC 2407 4.5).
        pub const LIFE_DURATION: u16 = 2;
        /// Group-Description (IANA isakmp-registry; RFC 2407 4.5).
        pub const GROUP: u16 = 3;
        /// Encapsulation-Mode (IANA isakmp-registry; RFC 2407 4.5).
        pub const ENCAPSULATION: u16 = 4;
        /// Authentication-Algorithm (IANA isakmp-registry; RFC 2407 4.5).
        pub const AUTHENTICATION: u16 = 5;
        /// Key-Length (IANA isakmp-registry; RFC 2407 4.5).
        pub const KEY_LENGTH: u16 = 6;
        /// Extended-Sequence-Number (IANA isakmp-registry; RFC 4304).
        pub const ESN: u16 = 11;
    }
    /// IKEv1 ID types.
    pub mod v1_id_type {
        /// ID_IPV4_ADDR (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV4: u8 = 1;
        /// ID_IPV4_ADDR_SUBNET (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV4_SUBNET: u8 = 4;
        /// ID_IPV6_ADDR (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV6: u8 = 5;
        /// ID_IPV6_ADDR_SUBNET (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV6_SUBNET: u8 = 6;
        /// ID_IPV4_ADDR_RANGE (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV4_RANGE: u8 = 7;
        /// ID_IPV6_ADDR_RANGE (IANA isakmp-registry; RFC 2407 4.6.2.1).
        pub const IPV6_RANGE: u8 = 8;
    }
    /// IKEv2 transform types.
    pub mod v2_transform_type {
        /// ENCR (IANA ikev2-parameters; RFC 7296 3.3.2).
        pub const ENCRYPTION: u8 = 1;
        /// PRF (IANA ikev2-parameters; RFC 7296 3.3.2).
        pub const PRF: u8 = 2;
        /// INTEG (IANA ikev2-parameters; RFC 7296 3.3.2).
        pub const INTEGRITY: u8 = 3;
        /// KE (IANA ikev2-parameters; RFC 7296 3.3.2).
        pub const GROUP: u8 = 4;
        /// SN (IANA ikev2-parameters; RFC 7296 3.3.2, RFC 9827).
        pub const ESN: u8 = 5;
        /// ADDKE1: Additional Key Exchange 1 (IANA ikev2-parameters; RFC 9370).
        pub const ADDITIONAL_1: u8 = 6;
        /// ADDKE7: Additional Key Exchange 7 (IANA ikev2-parameters; RFC 9370).
        pub const ADDITIONAL_7: u8 = 12;
    }
    /// IKEv2 encryption algorithms.
    pub mod v2_encryption {
        /// ENCR_3DES (IANA ikev2-parameters; RFC 2451).
        pub const TRIPLE_DES: u16 = 3;
        /// ENCR_AES_CBC (IANA ikev2-parameters; RFC 3602).
        pub const AES_CBC: u16 = 12;
        /// ENCR_AES_CTR (IANA ikev2-parameters; RFC 3686).
        pub const AES_CTR: u16 = 13;
        /// ENCR_AES_CCM_8 (IANA ikev2-parameters; RFC 4309, RFC 5282).
        pub const AES_CCM_8: u16 = 14;
        /// ENCR_AES_CCM_12 (IANA ikev2-parameters; RFC 4309, RFC 5282).
        pub const AES_CCM_12: u16 = 15;
        /// ENCR_AES_CCM_16 (IANA ikev2-parameters; RFC 4309, RFC 5282).
        pub const AES_CCM_16: u16 = 16;
        /// ENCR_AES_GCM_8 (IANA ikev2-parameters; RFC 4106, RFC 5282).
        pub const AES_GCM_8: u16 = 18;
        /// ENCR_AES_GCM_12 (IANA ikev2-parameters; RFC 4106, RFC 5282).
        pub const AES_GCM_12: u16 = 19;
        /// ENCR_AES_GCM_16 (IANA ikev2-parameters; RFC 4106, RFC 5282).
        pub const AES_GCM_16: u16 = 20;
        /// ENCR_CAMELLIA_CBC (IANA ikev2-parameters; RFC 5529).
        pub const CAMELLIA_CBC: u16 = 23;
        /// ENCR_CAMELLIA_CTR (IANA ikev2-parameters; RFC 5529).
        pub const CAMELLIA_CTR: u16 = 24;
        /// ENCR_CHACHA20_POLY1305 (IANA ikev2-parameters; RFC 7634).
        pub const CHACHA20_POLY1305: u16 = 28;
    }
    /// IKEv2 pseudorandom functions.
    pub mod v2_prf {
        /// PRF_HMAC_MD5 (IANA ikev2-parameters; RFC 2104).
        pub const HMAC_MD5: u16 = 1;
        /// PRF_HMAC_SHA1 (IANA ikev2-parameters; RFC 2104).
        pub const HMAC_SHA1: u16 = 2;
        /// PRF_AES128_XCBC (IANA ikev2-parameters; RFC 4434).
        pub const AES128_XCBC: u16 = 4;
        /// PRF_HMAC_SHA2_256 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_256: u16 = 5;
        /// PRF_HMAC_SHA2_384 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_384: u16 = 6;
        /// PRF_HMAC_SHA2_512 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_512: u16 = 7;
        /// PRF_AES128_CMAC (IANA ikev2-parameters; RFC 4615).
        pub const AES128_CMAC: u16 = 8;
    }
    /// IKEv2 integrity algorithms.
    pub mod v2_integrity {
        /// AUTH_HMAC_MD5_96 (IANA ikev2-parameters; RFC 2403).
        pub const HMAC_MD5_96: u16 = 1;
        /// AUTH_HMAC_SHA1_96 (IANA ikev2-parameters; RFC 2404).
        pub const HMAC_SHA1_96: u16 = 2;
        /// AUTH_AES_XCBC_96 (IANA ikev2-parameters; RFC 3566).
        pub const AES_XCBC_96: u16 = 5;
        /// AUTH_AES_CMAC_96 (IANA ikev2-parameters; RFC 4494).
        pub const AES_CMAC_96: u16 = 8;
        /// AUTH_HMAC_SHA2_256_128 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_256_128: u16 = 12;
        /// AUTH_HMAC_SHA2_384_192 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_384_192: u16 = 13;
        /// AUTH_HMAC_SHA2_512_256 (IANA ikev2-parameters; RFC 4868).
        pub const HMAC_SHA2_512_256: u16 = 14;
    }
    /// IKEv2 sequence numbers (ESN).
    pub mod v2_esn {
        /// No ESN (IANA ikev2-parameters; RFC 7296 3.3.2).
        pub const NONE: u16 = 0;
    }
    /// IKEv2 ID types.
    pub mod v2_id_type {
        /// ID_IPV4_ADDR (IANA ikev2-parameters; RFC 7296 3.5).
        pub const IPV4: u8 = 1;
        /// ID_FQDN (IANA ikev2-parameters; RFC 7296 3.5).
        pub const FQDN: u8 = 2;
        /// ID_RFC822_ADDR: ID_USER_FQDN in IKEv1 (IANA ikev2-parameters; RFC 7296 3.5).
        pub const EMAIL: u8 = 3;
        /// ID_IPV6_ADDR (IANA ikev2-parameters; RFC 7296 3.5).
        pub const IPV6: u8 = 5;
        /// ID_DER_ASN1_DN (IANA ikev2-parameters; RFC 7296 3.5).
        pub const DN: u8 = 9;
        /// ID_KEY_ID (IANA ikev2-parameters; RFC 7296 3.5).
        pub const KEY_ID: u8 = 11;
    }
    /// Security protocol identifiers of both versions (1 to 3 agree).
    pub mod protocol {
        /// IKE: ISAKMP in IKEv1 (IANA ikev2-parameters; RFC 2407 4.4.1, RFC 7296 3.3.1).
        pub const IKE: u8 = 1;
        /// AH (IANA ikev2-parameters; RFC 2407 4.4.1, RFC 7296 3.3.1).
        pub const AH: u8 = 2;
    }
    /// EAP types.
    pub mod eap_type {
        /// EAP-MSCHAPv2: its failure names the reason (RFC 2759 6) (IANA eap-numbers; draft-kamath-pppext-eap-mschapv2).
        pub const MSCHAPV2: u8 = 26;
    }
    /// L2TP control messages.
    pub mod l2tp_message {
        /// SCCRQ: Start-Control-Connection-Request, a client's first message (RFC 2661 3.2).
        pub const SCCRQ: u16 = 1;
        /// SCCRP: Start-Control-Connection-Reply (RFC 2661 3.2).
        pub const SCCRP: u16 = 2;
        /// SCCCN: Start-Control-Connection-Connected, the tunnel is up (RFC 2661 3.2).
        pub const SCCCN: u16 = 3;
        /// StopCCN: Stop-Control-Connection-Notification (RFC 2661 3.2).
        pub const STOP_CCN: u16 = 4;
        /// HELLO: keepalive (RFC 2661 3.2).
        pub const HELLO: u16 = 6;
        /// ICCN: Incoming-Call-Connected, the session is up (RFC 2661 3.2).
        pub const ICCN: u16 = 12;
        /// CDN: Call-Disconnect-Notify (RFC 2661 3.2).
        pub const CDN: u16 = 14;
    }
    /// IKEv1 life types, the same in both phases.
    pub mod v1_life_type {
        /// seconds (IANA ipsec-registry, IANA isakmp-registry; RFC 2409 appendix A, RFC 2407 4.5).
        pub const SECONDS: u16 = 1;
    }
    /// IKEv1 mode configuration, XAUTH and Unity attributes.
    pub mod v1_config_attribute {
        /// INTERNAL_IP4_ADDRESS (draft-dukes-ike-mode-cfg-02 3.3).
        pub const INTERNAL_IP4_ADDRESS: u16 = 1;
        /// INTERNAL_IP6_ADDRESS (draft-dukes-ike-mode-cfg-02 3.3).
        pub const INTERNAL_IP6_ADDRESS: u16 = 8;
        /// XAUTH_STATUS: 0 is fail, 1 is OK (draft-beaulieu-ike-xauth-02 4.1).
        pub const XAUTH_STATUS: u16 = 16527;
    }
    /// IKEv2 transform attributes.
    pub mod v2_transform_attribute {
        /// Key Length (IANA ikev2-parameters; RFC 7296 3.3.5).
        pub const KEY_LENGTH: u16 = 14;
    }
    /// IKEv2 certificate encodings.
    pub mod v2_cert_encoding {
        /// X.509 - signature: the same number in IKEv1 (IANA ikev2-parameters; RFC 7296 3.6).
        pub const X509_SIGNATURE: u8 = 4;
    }
    /// IKEv2 traffic selector types.
    pub mod v2_traffic_selector {
        /// TS_IPV4_ADDR_RANGE (IANA ikev2-parameters; RFC 7296 3.13.1).
        pub const IPV4_RANGE: u8 = 7;
        /// TS_IPV6_ADDR_RANGE (IANA ikev2-parameters; RFC 7296 3.13.1).
        pub const IPV6_RANGE: u8 = 8;
    }
    /// Types of configuration payloads of both versions.
    pub mod config_type {
        /// CFG_REQUEST (IANA ikev2-parameters; RFC 7296 3.15, draft-dukes-ike-mode-cfg-02 3.2).
        pub const REQUEST: u8 = 1;
        /// CFG_REPLY (IANA ikev2-parameters; RFC 7296 3.15, draft-dukes-ike-mode-cfg-02 3.2).
        pub const REPLY: u8 = 2;
    }
    /// EAP codes.
    pub mod eap_code {
        /// Request (IANA eap-numbers; RFC 3748 4).
        pub const REQUEST: u8 = 1;
        /// Response (IANA eap-numbers; RFC 3748 4).
        pub const RESPONSE: u8 = 2;
    }
}
