//! Configurations, one file for each syntax.

pub(super) mod cisco;
pub(super) mod fortigate;
pub(super) mod iked_conf;
pub(super) mod ios_show;
pub(super) mod ipsec_conf;
pub(super) mod junos;
pub(super) mod list_conns;
pub(super) mod pfsense;
pub(super) mod powershell;
pub(super) mod routeros;
pub(super) mod statusall;
pub(super) mod strongswan_conf;
pub(super) mod swanctl;
pub(super) mod vyos;
