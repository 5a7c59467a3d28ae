//! strongswan.conf(5): settings of the daemon, or of one plugin as `strongswan.d/charon/` has them. They tell nothing about
//! connections, and neither does what they include, so nothing is read.

use crate::policy::dialect::{Dialect, Sign};
use crate::policy::kind::Kind;
use crate::policy::text::statements;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Named("strongswan.conf"),
    sign: Sign::Text(is),
    endings: &["conf"],
    ..Dialect::CONFIGURATION
};

/// A section of one of its programs; or one section, and in it whether to load a plugin.
fn is(text: &str) -> bool {
    const PROGRAMS: [&str; 5] = ["charon", "libstrongswan", "starter", "pki", "swanctl"];
    let lines = || statements(text).map(|(_, line)| line);
    let program = |line: &str| PROGRAMS.iter().any(|name| line.starts_with(name));
    let load = |line: &str| {
        line.split_once('=')
            .is_some_and(|(key, _)| key.trim_end() == "load")
    };
    let plugin = || {
        let mut lines = lines();
        lines.next().is_some_and(|first| first.ends_with('{')) && lines.any(load)
    };
    text.contains('{') && (lines().any(program) || plugin())
}
