//! Daemons' logs -> their decisive lines: what was refused, when, of whom, and why.
//!
//! One file for each daemon: [`charon`] (strongSwan), [`pluto`] (Libreswan), [`iked`] (OpenIKED), [`racoon`] (ipsec-tools, RouterOS),
//! [`cisco`] (IOS, ASA), [`fortigate`] (debug) and [`fortigate_event`], [`junos`], [`palo_alto`], [`check_point`], [`aws`], [`vpnc`], [`l2tp`] (xl2tpd and pppd, beside any of these).
//! Only lines that state
//! a cause are kept, cut and escaped; a log's other lines, and whatever secrets they dump, are not.

pub(super) mod aws;
pub(super) mod charon;
pub(super) mod check_point;
pub(super) mod cisco;
pub(super) mod fortigate;
pub(super) mod fortigate_event;
pub(super) mod iked;
pub(super) mod junos;
pub(super) mod l2tp;
pub(super) mod palo_alto;
pub(super) mod pluto;
pub(super) mod racoon;
pub(super) mod vpnc;
