#!/bin/sh
# Lays out what is to be written: new.sh KIND NAME, by `make new KIND=rule NAME=some-name`.
#
#   rule NAME      a diagnosis: its file, its line of the registry (docs/adding/diagnosis.md)
#   case NAME      a folder for captures with their cause (captures/README.md)
set -eu
cd "$(dirname -- "$0")/../.."
kind=${1:-} name=${2:-}

fail() {
    echo "$1" >&2
    exit 2
}

case $name in
'' | *[!a-z0-9-]* | -* | *-) fail "make new KIND=rule|case NAME=name-in-small-letters" ;;
esac

rule() {
    file=$(echo "$name" | tr - _)
    id=$(echo "$name" | awk -F- '{ for (i = 1; i <= NF; i++) printf "%s%s", toupper(substr($i, 1, 1)), substr($i, 2) }')
    new=dissector/src/rules/$file.rs registry=dissector/src/diagnosis/id.rs list=dissector/src/rules/mod.rs
    [ ! -e "$new" ] || fail "$new is there already"
    cat >"$new" <<RULE
//! \`$name\`: one sentence.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Severity, Stage, Step, Words, check,
    words,
};
use crate::negotiation::Role;

pub(super) static RULE: Rule = Rule {
    id: RuleId::$id,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "",
    documentation: Documentation {
        means: "",
        evidence: "",
        why: "",
        fix: "",
        not: "",
        references: &[],
    },
    needs: &[Facts::ERROR],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let notice = case.n.errors(Role::Responder).next().filter(|_| false)?;
    let finding = Finding::of(&RULE, notice.place)
        .sure(0.5, Basis::Inferred)
        .blame(Blame::Either);
    Some(finding.having(()))
}

fn tell(case: &Case<'_>, _: &Found<()>) -> Words {
    let r = words::peer(case, Role::Responder);
    Words::new(format!("{r} ...")).fix([Step::on(case, Role::Responder, "...")])
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn what_it_is_and_what_looks_alike() {
        Made::new().fires(RuleId::$id);
        Made::ikev2_up((64, 63)).quiet(RuleId::$id);
    }
}
RULE
    # Behind all others; the order is the author's to choose.
    line="            $id $file \"$name\","
    awk -v line="$line" '/^        }$/ && !done { print line; done = 1 } { print }' "$registry" >"$registry.new"
    mv "$registry.new" "$registry"
    awk -v line="mod $file;" '/^(pub\(crate\) )?mod / && !done { name = $0; sub(/^(pub\(crate\) )?/, "", name); if (name > line) { print line; done = 1 } } { print }' "$list" >"$list.new"
    mv "$list.new" "$list"
    echo "$new: write it and its tests, then its captures; see docs/adding/diagnosis.md"
}

case_folder() {
    new=captures/$name
    [ ! -e "$new" ] || fail "$new is there already"
    mkdir "$new"
    cat >"$new/scenario.toml" <<CASE
title = "What happens, in a line"

[truth]
cause = "What is really wrong, or that nothing is."
verdict = "ike-proposal-mismatch"
healthy = false
wire_decidable = false
synthetic = false
differs = []

[expect.client]
verdicts = ["ike-proposal-mismatch"]
never = ["established"]
CASE
    echo "$new: put client.pcap there, and server.pcap if you have it (then with [expect.server]); see captures/README.md"
}

case $kind in
rule) rule ;;
case) case_folder ;;
*) fail "make new KIND=rule|case NAME=name-in-small-letters" ;;
esac
