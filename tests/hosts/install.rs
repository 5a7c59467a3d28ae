//! `make install` and packaging/install.sh, for an ordinary user and for root: tshark itself must list the plugin afterwards,
//! nothing may be left when it is removed, and what cannot work is refused with the command that mends it.
//!
//! What root installs goes into an overlay over /usr, which is gone when the test ends. (Installations that fail: installer.rs.)

use ikewhy_tests::somebody::{Somebody, archive, checksums, installed, is_root, run};
use ikewhy_tests::{is_quiet, quietly, root, text};
use std::process::Command;

#[test]
fn a_user_installs_and_removes_either_edition() {
    let somebody = Somebody::new("user");
    for (edition, file) in [("native", "ikewhy.so"), ("lua", "ikewhy.lua")] {
        let output = run(somebody.make(&["install", &format!("EDITION={edition}")]));
        assert!(
            is_quiet(&output),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        let said = text(&output.stdout);
        let proof = said.lines().find(|line| line.starts_with(file));
        let proof = proof.unwrap_or_else(|| panic!("make install does not show what tshark says: {said}"));
        assert!(somebody.loaded().contains(proof), "{proof}");
        assert!(proof.contains(&somebody.home.display().to_string()), "{proof}");

        let output = run(somebody.make(&["uninstall"]));
        assert!(is_quiet(&output), "{}", text(&output.stderr));
        assert_eq!(somebody.loaded(), "");
        assert_eq!(somebody.files(), Vec::<String>::new());
    }
}

#[test]
fn root_installs_for_everybody_and_leaves_nothing() {
    let mounts = Command::new("unshare").args(["--mount", "true"]).output();
    if !is_root() || !mounts.expect("unshare").status.success() {
        println!("left out: only root can, and where mounts are allowed");
        return;
    }
    let somebody = Somebody::new("root");
    let script = r#"
        changes=$(mktemp -d) && mount -t tmpfs none "$changes" && mkdir "$changes/upper" "$changes/work"
        mount -t overlay -o "lowerdir=/usr,upperdir=$changes/upper,workdir=$changes/work" none /usr
        files() { find /usr -xdev -path '*wireshark*' -o -xdev -path '/usr/local/bin/*'; }
        before=$(files | sort)
        make --no-print-directory CARGO=true EDITION="$1" install >"$changes/said"
        grep "^ikewhy.*/wireshark/plugins" "$changes/said"
        tshark -G plugins 2>/dev/null | grep -q "^ikewhy"
        setpriv --reuid=65534 --regid=65534 --clear-groups tshark -G plugins 2>/dev/null | grep -q "^ikewhy"
        make --no-print-directory uninstall >/dev/null
        files | sort >"$changes/after"
        echo "$before" | diff - "$changes/after"
    "#;
    for edition in ["native", "lua"] {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-euc", script, "sh", edition]);
        command
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("LC_ALL", "C.UTF-8")]);
        let output = run({
            command
                .env("HOME", &somebody.home)
                .current_dir(somebody.checkout());
            command
        });
        assert!(
            is_quiet(&output),
            "{edition}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}

#[test]
fn headers_of_another_wireshark_are_refused_with_what_mends_it() {
    let somebody = Somebody::new("headers");
    let other = if installed() == "4.4" { "4.2" } else { "4.4" };
    let fake = format!(
        "#!/bin/sh\ncase $* in --modversion*) echo {other}.3 ;; *) exec /usr/bin/pkg-config \"$@\" ;; esac\n"
    );
    let fake = somebody.write("bin/pkg-config", &fake);
    let path = format!(
        "PATH={}:/usr/bin:/bin",
        fake.parent().expect("a folder").display()
    );
    let output = run({
        let mut env = somebody.command("env");
        env.args([&path, "make", "--no-print-directory", "CARGO=true", "install"]);
        env
    });
    let said = text(&output.stderr);
    assert!(!output.status.success());
    let mismatch = format!(
        "The headers are those of Wireshark {other}, but tshark (/usr/bin/tshark) is {}.",
        installed()
    );
    for words in [
        &mismatch,
        "apt-get install --only-upgrade libwireshark-dev tshark",
        "make install EDITION=lua",
    ] {
        assert!(said.contains(words), "{words} is not said: {said}");
    }
    assert_eq!(somebody.loaded(), "");
    assert!(!somebody.home.join(".local").exists());
}

#[test]
fn the_installer_knows_an_upgraded_wireshark() {
    let somebody = Somebody::new("upgrade");
    let folder = somebody.checkout().join("packaging");
    let (version, machine) = (installed(), std::env::consts::ARCH);
    let installer = || {
        run({
            let mut sh = somebody.command("sh");
            sh.arg(folder.join("install.sh"));
            sh
        })
    };

    // The archives at hand are for another Wireshark only.
    let plugin = root().join(format!("build/plugins/{version}/epan/ikewhy.so"));
    archive(
        &folder,
        &format!("ikewhy-0.1.0-wireshark3.9-linux-{machine}.zip"),
        &[("3.9/epan/ikewhy.so", &plugin)],
    );
    checksums(&folder);
    let output = installer();
    let said = text(&output.stderr);
    assert!(!output.status.success());
    for words in [
        &format!("There is no archive for Wireshark {version} on {machine} beside this script"),
        &format!("ikewhy-*-wireshark{version}-linux-{machine}.zip"),
    ] {
        assert!(said.contains(words.as_str()), "{words} is not said: {said}");
    }

    // The one for this Wireshark takes the place of what was installed for the earlier one.
    let old = somebody.write(".local/lib/wireshark/plugins/3.9/epan/ikewhy.so", "");
    somebody.owns_all();
    let inside = format!("{version}/epan/ikewhy.so");
    archive(
        &folder,
        &format!("ikewhy-0.1.0-wireshark{version}-linux-{machine}.zip"),
        &[(&inside, &plugin)],
    );
    checksums(&folder);
    let output = installer();
    let said = text(&output.stdout);
    assert!(is_quiet(&output), "{said}{}", text(&output.stderr));
    assert!(!old.exists() && said.contains("of Wireshark 3.9"), "{said}");
    assert!(said.contains("After an upgrade of Wireshark"), "{said}");
    assert!(somebody.loaded().contains(&inside));
}

/// tests/user.sh enters another Wireshark's /usr so; here this machine's own takes the place of itself.
#[test]
fn whoever_is_not_root_enters_another_usr_or_is_told_what_is_missing() {
    let somebody = Somebody::new("inside");
    let script = somebody.checkout().join("tests/inside.sh");
    let enter = |path: &str| {
        run({
            let mut env = somebody.command("env");
            env.arg(format!("PATH={path}"))
                .arg(&script)
                .args(["/usr", "id", "-u"]);
            env
        })
    };
    let refusing = somebody.write("bin/unshare", "#!/bin/sh\nexit 1\n");
    let output = enter(&format!(
        "{}:/usr/bin:/bin",
        refusing.parent().expect("a folder").display()
    ));
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("sysctl kernel.unprivileged_userns_clone=1"),
        "{}",
        text(&output.stderr)
    );

    let allowed = run({
        let mut unshare = somebody.command("unshare");
        unshare.args(["--map-root-user", "--mount", "true"]);
        unshare
    });
    let output = enter("/usr/bin:/bin");
    if allowed.status.success() {
        let own = if is_root() {
            "65534\n".to_owned()
        } else {
            quietly(Command::new("id").arg("-u"))
        };
        assert_eq!(text(&output.stdout), own, "{}", text(&output.stderr));
    } else {
        assert!(
            text(&output.stderr).contains("user namespaces"),
            "{}",
            text(&output.stderr)
        );
    }
}
