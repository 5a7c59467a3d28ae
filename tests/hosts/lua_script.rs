//! `-X lua_script1:`: the Lua edition's reports in tshark, which are the native edition's, byte for byte.

use ikewhy_tests::cases::some;
use ikewhy_tests::tshark::{at_home, build, home, lua, tshark};
use ikewhy_tests::{for_each, quietly, root, text};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A user who has installed nothing.
fn nobody() -> PathBuf {
    build();
    home("home-lua-script").0
}

/// Has the script say something at the end of a capture, if one is named.
fn asked(command: &mut Command, wishes: &[&str], capture: Option<&Path>) -> Output {
    let script = root().join("build/lua/ikewhy.lua");
    command
        .args(["-n", "-q", "-X"])
        .arg(format!("lua_script:{}", script.display()));
    for wish in wishes {
        command.arg("-X").arg(format!("lua_script1:{wish}"));
    }
    // Without one, tshark would listen at an interface.
    command
        .arg("-r")
        .arg(capture.unwrap_or(Path::new("/dev/null")))
        .output()
        .expect("tshark")
}

/// The same where nothing may be complained of.
fn said(command: &mut Command, wishes: &[&str], capture: Option<&Path>) -> String {
    let output = asked(command, wishes, capture);
    let (said, complaints) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success() && complaints.is_empty(),
        "{wishes:?}: {complaints}"
    );
    said
}

#[test]
fn reports_are_the_native_edition_s() {
    let nobody = nobody();
    for_each(&some(6), |case| {
        for wanted in [
            "report",
            "report,markdown,redact",
            "report,html",
            "report,stream=0",
            "json",
            "json,redact",
        ] {
            let statistic = format!("ikewhy,{wanted}");
            let native = quietly(
                tshark()
                    .args(["-n", "-q", "-z", &statistic, "-r"])
                    .arg(&case.path),
            );
            let capture = Some(case.path.as_path());
            // Alone, and to be told by a second copy what the installed one shall print.
            for mut command in [at_home(&nobody), lua()] {
                assert_eq!(
                    said(&mut command, &[wanted], capture),
                    native,
                    "{} {wanted}",
                    case.name
                );
            }
        }
    });
}

#[test]
fn what_is_wanted_is_printed_in_this_order() {
    let (nobody, cases) = (nobody(), some(2));
    for case in &cases {
        let capture = Some(case.path.as_path());
        let one = |wish: &str| said(&mut at_home(&nobody), &[wish], capture);
        let table = one("table");
        assert!(table.contains("Verdict") || table.contains("verdict"), "{table}");
        let all = said(
            &mut at_home(&nobody),
            &["table", "json", "report,redact"],
            capture,
        );
        assert_eq!(all, table + &one("json") + &one("report,redact"), "{}", case.name);
        // The preference redacts, as it does for statistics.
        let mut redacting = at_home(&nobody);
        redacting.args(["-o", "ikewhy.redact:TRUE"]);
        assert_eq!(
            said(&mut redacting, &["json"], capture),
            one("json,redact"),
            "{}",
            case.name
        );
        // Two passes with a filter, and packets beside it.
        let mut passes = at_home(&nobody);
        passes.args(["-2", "-Y", "isakmp"]);
        assert_eq!(
            said(&mut passes, &["json"], capture),
            one("json"),
            "{}",
            case.name
        );
    }
}

#[test]
fn explanations_need_no_capture() {
    let nobody = nobody();
    for (wish, statistic) in [
        ("explain", "ikewhy,explain"),
        ("explain,psk-mismatch", "ikewhy,explain,psk-mismatch"),
        ("explain,809", "ikewhy,explain,809"),
    ] {
        let native = quietly(tshark().args(["-z", statistic]));
        assert_eq!(said(&mut at_home(&nobody), &[wish], None), native);
    }
}

#[test]
fn mistakes_end_it_before_it_has_begun() {
    let nobody = nobody();
    let (cut, folder) = home("home-lua-script-alone");
    symlink(root().join("build/lua/ikewhy.lua"), folder.join("ikewhy.lua")).expect("a link");
    for (mut command, wish, words) in [
        (
            at_home(&nobody),
            "reprt",
            "cannot understand \"-X lua_script1:reprt\"",
        ),
        (at_home(&nobody), "json,html", "Usage: -X lua_script1:report["),
        (at_home(&nobody), "", "cannot understand"),
        (
            at_home(&nobody),
            "explain,nothing",
            "there is no diagnosis \"nothing\"",
        ),
        (lua(), "table,redact", "or table, or explain"),
        (
            at_home(&cut),
            "json",
            "cannot work: its library, ikewhy-engine, is not beside ikewhy.lua",
        ),
        (
            tshark(),
            "report,html",
            "the native plugin is installed: use -z ikewhy,report,html",
        ),
    ] {
        let output = asked(&mut command, &[wish], None);
        let complaints = text(&output.stderr);
        assert!(complaints.contains(words), "{wish}: {complaints}");
        assert_eq!(output.status.code(), Some(1), "{wish}: {complaints}");
        assert!(output.stdout.is_empty(), "{wish}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_told() {
    let nobody = nobody();
    let case = some(1).remove(0);
    for wish in ["json", "report,html", "table"] {
        let mut command = Command::new("sh");
        let inner = at_home(&nobody);
        command
            .args(["-c", "\"$@\" >/dev/full", "sh"])
            .arg(inner.get_program())
            .args(inner.get_args());
        let output = asked(command.current_dir(root()), &[wish], Some(&case.path));
        assert_eq!(
            text(&output.stderr),
            "ikewhy: the output cannot be written: No space left on device\n",
            "{wish}"
        );
        assert_eq!(output.status.code(), Some(2), "{wish}");
    }
}
