//! Installations that fail, are killed in the middle, or meet what is somebody else's: afterwards all is as it was, or as it shall be.
//! (Those that succeed: install.rs.)
//!
//! Real archives and the real tshark where a library has to load. Where a hundred installations are needed, the files are
//! small texts, and tshark is a script that lists what stands in its folders.

use ikewhy_tests::command::built;
use ikewhy_tests::somebody::{Somebody, archive, checksums, installed, is_root, run};
use ikewhy_tests::{for_each, is_quiet, quietly, root, text};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PLUGINS: &str = ".local/lib/wireshark/plugins";
const AS_IT_WAS: &str = "Everything is as it was.";

/// Somebody with a folder of archives, and what they get to see.
struct User {
    somebody: Somebody,
    version: String,
    path: String,
}

impl User {
    fn new(name: &str) -> Self {
        let user = Self {
            somebody: Somebody::new(name),
            version: installed(),
            path: "/usr/bin:/bin".to_owned(),
        };
        fs::create_dir(user.archives()).expect("a folder");
        fs::create_dir(user.somebody.home.join("tmp")).expect("a folder");
        fs::copy(
            root().join("packaging/install.sh"),
            user.archives().join("install.sh"),
        )
        .expect("copied");
        user
    }

    /// With a tshark that lists what stands in its folders. It finds what begins with "bad" unfit.
    fn with_a_script_for_tshark(name: &str) -> Self {
        let mut user = Self::new(name);
        let script = r#"#!/bin/sh
            global=${WIRESHARK_PLUGIN_DIR:-/none} personal=$HOME/.local/lib/wireshark/plugins
            case $* in
            --version) echo "TShark (Wireshark) VERSION.1." ;;
            "-G folders") printf 'Personal Lua Plugins:\t%s\nGlobal Plugins:\t%s\n' "$personal" "$global/VERSION" ;;
            *) for plugin in "$global"/VERSION/epan/*.so "$personal"/VERSION/epan/*.so "$global"/*.lua "$personal"/*.lua; do
                [ ! -f "$plugin" ] || grep -q ^bad "$plugin" || echo "${plugin##*/} 0.1.0 $plugin"
            done ;;
            esac
        "#;
        user.somebody
            .write("bin/tshark", &script.replace("VERSION", &user.version));
        user.path = format!("{}/bin:{}", user.somebody.home.display(), user.path);
        user
    }

    fn archives(&self) -> PathBuf {
        self.somebody.home.join("archives")
    }

    fn plugins(&self) -> PathBuf {
        self.somebody.home.join(PLUGINS)
    }

    fn library(&self) -> PathBuf {
        root().join(format!("build/plugins/{}/epan/ikewhy.so", self.version))
    }

    fn name(&self, version: &str, edition: &str) -> String {
        let edition = match edition {
            "native" => format!("wireshark{}", self.version),
            other => other.to_owned(),
        };
        format!("ikewhy-{version}-{edition}-linux-{}.zip", std::env::consts::ARCH)
    }

    /// An archive with this native plugin in it.
    fn native(&self, version: &str, library: &Path) -> PathBuf {
        let inside = format!("{}/epan/ikewhy.so", self.version);
        let command = built();
        let name = self.name(version, "native");
        archive(
            &self.archives(),
            &name,
            &[(&inside, library), ("bin/ikewhy", &command)],
        );
        self.list();
        self.archives().join(name)
    }

    fn lua(&self, version: &str, script: &Path, library: &Path) -> PathBuf {
        let name = self.name(version, "lua");
        archive(
            &self.archives(),
            &name,
            &[("ikewhy.lua", script), ("ikewhy-engine.so", library)],
        );
        self.list();
        self.archives().join(name)
    }

    fn list(&self) {
        checksums(&self.archives());
        self.somebody.owns_all();
    }

    fn text(&self, name: &str, content: &str) -> PathBuf {
        self.somebody.write(&format!("archives/texts/{name}"), content)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.somebody.command("env");
        command.arg(format!("PATH={}", self.path));
        command.arg(format!("TMPDIR={}/tmp", self.somebody.home.display()));
        command.arg("sh").arg(self.archives().join("install.sh"));
        command.args(arguments);
        command
    }

    fn installs(&self, arguments: &[&str]) -> String {
        let output = run(self.command(arguments));
        assert!(is_quiet(&output), "{}{}", text(&output.stdout), said(&output));
        text(&output.stdout)
    }

    /// It says these words and fails, and nothing has changed.
    fn refuses(&self, arguments: &[&str], words: &str) {
        let before = self.all();
        let output = run(self.command(arguments));
        let said = said(&output);
        assert!(!output.status.success(), "{words}: {}", text(&output.stdout));
        assert!(said.contains(words), "{words} is not said: {said}");
        assert!(said.contains(AS_IT_WAS), "{said}");
        assert_eq!(self.all(), before, "{words}");
    }

    /// Every file and folder of the home, with its content.
    fn all(&self) -> Vec<String> {
        let script = r#"
            set -- -path ./checkout -prune -o -path ./archives -prune -o -path ./bin -prune -o -path ./tmp -prune -o
            find . "$@" -printf '%y %m %p %l\n'
            find . "$@" -type f -exec sha256sum {} +"#;
        let listed = quietly(
            Command::new("sh")
                .args(["-euc", script])
                .current_dir(&self.somebody.home),
        );
        let mut lines: Vec<_> = listed.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// /usr/bin without these programs.
    fn without(&mut self, programs: &[&str]) {
        let folder = self.somebody.home.join("bin");
        fs::create_dir_all(&folder).expect("a folder");
        for program in fs::read_dir("/usr/bin").expect("programs").flatten() {
            let name = program.file_name();
            if !programs
                .iter()
                .any(|left_out| name.to_string_lossy().starts_with(left_out))
            {
                let _ = symlink(program.path(), folder.join(name));
            }
        }
        self.path = folder.display().to_string();
    }
}

fn said(output: &Output) -> String {
    text(&output.stderr)
}

#[test]
fn what_is_damaged_changed_or_not_listed_is_refused() {
    let user = User::with_a_script_for_tshark("refused");
    let good = user.native("0.1.0", &user.text("library", "library"));
    let before = user.all();
    // Both on a machine that has none yet, and beside a working installation.
    for installed in [false, true] {
        if installed {
            user.installs(&[]);
        }
        let whole = fs::read(&good).expect("an archive");
        let sums = user.archives().join("SHA256SUMS");

        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        for (damaged, words) in [
            (&whole[..whole.len() / 2], "cannot be unpacked"),
            (b"", "cannot be unpacked"),
            (b"<html>404</html>", "cannot be unpacked"),
            (&changed, "cannot be unpacked"),
        ] {
            fs::write(&good, damaged).expect("written");
            user.refuses(&[], "is not what SHA256SUMS says");
            user.list();
            user.refuses(&[], words);
            fs::write(&good, &whole).expect("written");
            user.list();
        }

        let listed = fs::read_to_string(&sums).expect("sums");
        let (sum, name) = listed.trim().split_once("  ").expect("a line");
        for other in [
            String::new(),
            format!("{sum}  other-{name}\n{sum}  {name}.old\n"),
            format!("{name}  {sum}\n"),
        ] {
            fs::write(&sums, other).expect("written");
            user.refuses(&[], "does not stand in the SHA256SUMS");
        }
        let other = sum.replace(['0', '1', '2', '3'], "4");
        fs::write(&sums, format!("{sum}  {name}\n{other}  {name}\n")).expect("written");
        user.refuses(&[], "is not what SHA256SUMS says");
        fs::remove_file(&sums).expect("removed");
        user.refuses(&[], "there is no SHA256SUMS");

        // As other systems write it.
        fs::write(&sums, format!("{sum} *./{name}\r\n")).expect("written");
        let _ = user.installs(&[]);
        let _ = user.installs(&["remove"]);
        fs::remove_file(&sums).expect("removed");
        assert!(user.installs(&["--unchecked"]).contains("is not checked"));
        let _ = user.installs(&["remove"]);
        user.list();
    }
    assert_eq!(user.all(), before);
}

/// What would not load, or would end every tshark that starts, does not take the place of what works.
#[test]
fn a_library_that_does_not_load_replaces_nothing() {
    let user = User::new("unloadable");
    let lua = root().join("build/lua");
    let (script, engine) = (lua.join("ikewhy.lua"), lua.join("ikewhy-engine.so"));
    let _ = user.native("0.1.0", &user.library());
    let _ = user.lua("0.1.0", &script, &engine);
    let whole = fs::read(user.library()).expect("a library");
    let cut = |name: &str, library: &[u8], length: usize| {
        let path = user.archives().join(name);
        fs::write(&path, &library[..length]).expect("written");
        path
    };
    for edition in [&["lua"][..], &[]] {
        let _ = user.installs(edition);
        for length in [0, 1000, whole.len() / 3, whole.len() / 2] {
            let _ = user.native("0.2.0", &cut("cut.so", &whole, length));
            user.refuses(&[], "tshark does not load it");
        }
        let _ = user.native("0.2.0", &engine);
        user.refuses(&[], "tshark does not load it");
        let library = fs::read(&engine).expect("a library");
        let _ = user.lua("0.2.0", &script, &cut("cut.so", &library, 100_000));
        user.refuses(&["lua"], "install it again");

        // A folder that nobody may write to.
        let _ = user.native("0.2.0", &user.library());
        let folder = user.plugins();
        let mode = |mode: &str| {
            let _ = quietly(Command::new("chmod").arg("-R").arg(mode).arg(&folder));
        };
        mode("a-w");
        user.refuses(&[], "Permission denied");
        mode("u+w");
        assert!(user.somebody.loaded().contains(if edition.is_empty() {
            "ikewhy.so"
        } else {
            "ikewhy.lua"
        }));
    }
}

/// tshark may say so only when the library stands in its place: root's looks nowhere else.
#[test]
fn what_does_not_load_in_its_place_is_put_back() {
    let user = User::with_a_script_for_tshark("in-place");
    let tshark = user.somebody.home.join("bin/tshark");
    let script = fs::read_to_string(&tshark).expect("a script");
    fs::write(&tshark, script.replace("${WIRESHARK_PLUGIN_DIR:-/none}", "/none")).expect("written");
    for old in ["native", "lua"] {
        let _ = user.native("0.1.0", &user.text("good", "good"));
        let _ = user.lua(
            "0.1.0",
            &user.text("good.lua", "good"),
            &user.text("engine", "engine"),
        );
        let _ = user.installs(if old == "lua" { &["lua"] } else { &[] });
        let _ = user.native("0.2.0", &user.text("bad", "bad"));
        user.refuses(&[], "tshark does not load it");
        fs::remove_file(user.archives().join(user.name("0.2.0", "native"))).expect("removed");
    }
}

#[test]
fn without_a_program_that_unpacks_nothing_is_lost() {
    let mut user = User::new("no-unzip");
    let _ = user.native("0.1.0", &user.library());
    let _ = user.installs(&[]);
    user.without(&["unzip", "python3"]);
    user.refuses(&[], "apt-get install unzip");
}

/// The disk of the plugins is full: before, halfway, and just before the end.
#[test]
fn a_full_disk_changes_nothing() {
    let mounts = Command::new("unshare").args(["--mount", "true"]).output();
    if !is_root() || !mounts.expect("unshare").status.success() {
        println!("left out: only root can, and where mounts are allowed");
        return;
    }
    let user = User::new("full");
    let mut library = fs::read(user.library()).expect("a library");
    let _ = user.native("0.1.0", &user.library());
    library.resize(library.len() + (8 << 20), 0);
    let bigger = user.archives().join("bigger/ikewhy.so");
    fs::create_dir_all(bigger.parent().expect("a folder")).expect("a folder");
    fs::write(&bigger, &library).expect("written");
    let script = r#"
        free=$1 && shift
        as() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
        as mkdir -p "$HOME/PLUGINS"
        mount -t tmpfs -o size=64m,uid=65534,gid=65534 none "$HOME/PLUGINS"
        as sh "$HOME/archives/install.sh" >"$HOME/tmp/said"
        left=$(df --output=avail -k "$HOME/PLUGINS" | tail -n 1)
        head -c "$(((left - free) * 1024))" /dev/zero >"$HOME/PLUGINS/full"
        everything() { (cd "$HOME/.local" && find . -printf '%y %m %p %l\n' && find . -type f -exec sha256sum {} +) | sort; }
        everything >"$HOME/tmp/before"
        "as" "$@" >"$HOME/tmp/said" 2>&1 && exit 1
        everything | diff "$HOME/tmp/before" -
        grep -q "No space left" "$HOME/tmp/said" && grep -q "AS_IT_WAS" "$HOME/tmp/said"
        as tshark -G plugins 2>/dev/null | grep -q "^ikewhy.so"
    "#;
    let script = script.replace("PLUGINS", PLUGINS).replace("AS_IT_WAS", AS_IT_WAS);
    let attempt = |free: usize, program: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-euc", &script, "sh", &free.to_string()]);
        command.args(program).env_clear();
        command
            .env("HOME", &user.somebody.home)
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("TMPDIR", user.somebody.home.join("tmp"));
        let output = run({
            command.current_dir(user.somebody.checkout());
            command
        });
        assert!(
            output.status.success(),
            "{free} KiB, {program:?}: {}{}{}",
            text(&output.stdout),
            said(&output),
            fs::read_to_string(user.somebody.home.join("tmp/said")).unwrap_or_default()
        );
    };
    let built = user
        .somebody
        .checkout()
        .join(format!("build/plugins/{}/epan/ikewhy.so", user.version));
    fs::create_dir_all(built.parent().expect("a folder")).expect("a folder");
    fs::copy(&bigger, &built).expect("copied");
    for free in [0, 4, 1000, library.len() / 1024 - 8] {
        attempt(free, &["make", "--no-print-directory", "CARGO=true", "install"]);
    }
    let installer = user.archives().join("newer/install.sh");
    fs::create_dir_all(installer.parent().expect("a folder")).expect("a folder");
    fs::copy(user.archives().join("install.sh"), &installer).expect("copied");
    let inside = format!("{}/epan/ikewhy.so", user.version);
    let newer = installer.parent().expect("a folder");
    archive(newer, &user.name("0.2.0", "native"), &[(&inside, &bigger)]);
    checksums(newer);
    user.somebody.owns_all();
    for free in [0, 4, 1000, library.len() / 1024 - 8] {
        attempt(free, &["sh", &installer.display().to_string()]);
    }
}

/// A program in the place of each one that changes something: the given call of all of them kills before, in, or after its work.
fn kills(user: &User, whom: &str) {
    for tool in ["cp", "mv", "ln", "rm", "mkdir", "rmdir", "chmod", "sync", "unzip"] {
        let script = r#"#!/bin/sh
            echo >>HOME/tmp/count
            read -r at <HOME/tmp/at && call=0
            while read -r _; do call=$((call + 1)); done <HOME/tmp/count
            [ $call = $at ] || exec /usr/bin/TOOL "$@"
            case TOOL in cp) for to in "$@"; do :; done; echo half >"$to" ;; esac
            [ "WHOM" != 0 ] || [ TOOL = cp ] || /usr/bin/TOOL "$@"
            kill -9 WHOM
        "#;
        let home = user.somebody.home.display().to_string();
        let script = script.replace("TOOL", tool).replace("HOME", &home);
        user.somebody
            .write(&format!("bin/{tool}"), &script.replace("WHOM", whom));
    }
    user.somebody.owns_all();
}

/// Installs and is killed at that call; false if there are not so many.
fn killed_at(user: &User, call: usize, arguments: &[&str]) -> bool {
    let tmp = user.somebody.home.join("tmp");
    fs::write(tmp.join("count"), "").expect("written");
    fs::write(tmp.join("at"), format!("{call}\n")).expect("written");
    user.somebody.owns_all();
    let mut command = user.command(arguments);
    let _ = run({
        command.process_group(0);
        command
    });
    let calls = fs::read(tmp.join("count")).expect("a file").len();
    fs::write(tmp.join("at"), "0\n").expect("written");
    calls >= call
}

/// Archives of both editions, an old and a new one of each.
fn editions(user: &User, version: &str) {
    let library = user.text("library", &format!("library {version}"));
    let script = user.text("script", &format!("script {version}"));
    let engine = user.text("engine", &format!("engine {version}"));
    let _ = user.native(version, &library);
    let _ = user.lua(version, &script, &engine);
}

/// Somebody with an old version installed and a new one at hand; and what they have before and after.
struct Change {
    user: User,
    older: Vec<String>,
    newer: Vec<String>,
    old: &'static [&'static str],
}

impl Change {
    fn new(name: &str, whom: &str, old: &'static [&'static str], new: &'static [&'static str]) -> Self {
        let user = User::with_a_script_for_tshark(name);
        kills(&user, whom);
        fs::write(user.somebody.home.join("tmp/at"), "0\n").expect("written");
        let (older, newer) = (Vec::new(), Vec::new());
        let mut change = Self {
            user,
            older,
            newer,
            old,
        };
        change.begin();
        change.older = change.user.all();
        let _ = change.user.installs(new);
        change.newer = change.user.all();
        change.begin();
        assert_eq!(change.user.all(), change.older);
        change
    }

    /// The old version is installed, and nothing else.
    fn begin(&self) {
        let _ = self.user.installs(&["remove"]);
        for version in ["0.1.0", "0.2.0"] {
            for file in fs::read_dir(self.user.archives()).expect("a folder").flatten() {
                if file.path().extension().is_some_and(|ending| ending == "zip") {
                    fs::remove_file(file.path()).expect("removed");
                }
            }
            editions(&self.user, version);
            if version == "0.1.0" {
                let _ = self.user.installs(self.old);
            }
        }
    }
}

/// Every third call that changes something; all of them with IKEWHY_WHOLE, which takes long.
fn step() -> usize {
    if std::env::var_os("IKEWHY_WHOLE").is_some() {
        1
    } else {
        3
    }
}

/// One process of it is killed: everything is as it was, or as it shall be.
#[test]
fn killed_at_any_step_it_leaves_the_old_or_the_new() {
    let changes: [(&str, &[&str], &[&str]); 2] =
        [("killed-native", &["lua"], &[]), ("killed-lua", &[], &["lua"])];
    for_each(&changes, |(name, old, new)| {
        let change = Change::new(name, "$PPID", old, new);
        // Of folders that became empty one may be left. It is listed.
        let files = |all: &[String]| {
            all.iter()
                .filter(|line| !line.starts_with("d "))
                .cloned()
                .collect::<Vec<_>>()
        };
        let (mut call, mut both) = (1, [0, 0]);
        while killed_at(&change.user, call, new) {
            let now = change.user.all();
            let changed = files(&now) == files(&change.newer);
            assert!(changed || now == change.older, "{name}, call {call}: {now:#?}");
            both[usize::from(changed)] += 1;
            if changed {
                change.begin();
            }
            call += step();
        }
        assert!(both[0] > 6 && both[1] > 0, "{name}: {both:?}");
    });
}

/// All of it is killed at once: what is loaded works, and whatever is done next brings everything into order.
#[test]
fn killed_altogether_it_is_put_in_order_by_the_next_run() {
    let change = Change::new("killed-group", "0", &[], &[]);
    let user = &change.user;
    let library = user.plugins().join(&user.version).join("epan/ikewhy.so");
    let (mut call, mut unfinished) = (1, 0);
    while killed_at(user, call, &[]) {
        let loaded = fs::read_to_string(&library).expect("it is there at every moment");
        assert!(loaded == "library 0.1.0" || loaded == "library 0.2.0", "{loaded}");
        unfinished += usize::from(user.plugins().join(".ikewhy.unfinished").exists());
        if call % 2 == 0 {
            let _ = user.installs(&[]);
            assert_eq!(user.all(), change.newer, "call {call}");
        } else {
            let _ = user.installs(&["remove"]);
            let left = user.all();
            assert!(
                !user.somebody.home.join(".local").exists(),
                "call {call}: {left:#?}"
            );
        }
        change.begin();
        call += step();
    }
    assert!(unfinished > 3, "{unfinished}");
}

#[test]
fn two_at_once_do_not_mix() {
    let user = User::with_a_script_for_tshark("twice");
    let _ = user.native("0.1.0", &user.text("library", "library"));
    // What one has begun is not put back by another.
    let begun = user.somebody.write(&format!("{PLUGINS}/.ikewhy.unfinished"), "");
    user.somebody.owns_all();
    let mut flock = Command::new("flock");
    flock.arg(&user.somebody.home);
    let command = user.command(&[]);
    let output = run({
        flock.arg(command.get_program()).args(command.get_args());
        flock
    });
    assert!(!output.status.success() && said(&output).contains("Another installation is at work"));
    assert!(begun.exists());
    let _ = user.installs(&[]);
    assert!(!begun.exists());
}

/// With closed streams, and with some that take nothing.
#[test]
fn whoever_does_not_listen_gets_the_same() {
    let user = User::with_a_script_for_tshark("deaf");
    let _ = user.native("0.1.0", &user.text("library", "library"));
    let before = user.all();
    let _ = user.installs(&[]);
    let after = user.all();
    for streams in [">&-", ">&- 2>&- <&-", ">/dev/full 2>&1", "| true"] {
        for (arguments, expected) in [(&["remove"][..], &before), (&[], &after)] {
            let command = user.command(arguments);
            let mut sh = Command::new("sh");
            sh.args(["-c", &format!("\"$@\" {streams}"), "sh"]);
            let _ = run({
                sh.arg(command.get_program()).args(command.get_args());
                sh
            });
            assert_eq!(&user.all(), expected, "{streams} {arguments:?}");
        }
    }
}

/// What somebody else put where the command goes, and empty folders, before and after both ways to install.
#[test]
fn what_is_somebody_else_s_stays() {
    let user = User::with_a_script_for_tshark("foreign");
    let texts = user.text("library", "library");
    let _ = (user.native("0.1.0", &texts), user.lua("0.1.0", &texts, &texts));
    let bin = user.somebody.home.join(".local/bin");
    let command = bin.join("ikewhy");
    for folder in ["plugins/mine", "plugins/3.8/epan", "plugins/9.9", "extcap"] {
        fs::create_dir_all(user.plugins().with_file_name(folder)).expect("a folder");
    }
    user.somebody
        .write(&format!("{PLUGINS}/3.9/epan/other.so"), "another plugin");
    user.somebody.write(&format!("{PLUGINS}/mine.lua"), "-- mine");
    user.somebody
        .write(".local/lib/mine/command", "#!/bin/sh\necho mine\n");
    let ours = user.somebody.checkout().join("build/command/ikewhy");
    let script = || {
        _ = user.somebody.write(
            ".local/bin/ikewhy",
            "#!/bin/sh\n# not ikewhy on the command line\n",
        )
    };
    let empty = || _ = user.somebody.write(".local/bin/ikewhy", "");
    let link = || symlink("../lib/mine/command", &command).expect("a link");
    let link_to_ours = || symlink(&ours, &command).expect("a link");
    let dangling = || symlink("gone", &command).expect("a link");
    let folder = || fs::create_dir(&command).expect("a folder");
    let batch = || _ = user.somebody.write(".local/bin/ikewhy-batch", "#!/bin/sh\n");
    let foreign: [&dyn Fn(); 7] = [&script, &empty, &link, &link_to_ours, &dangling, &folder, &batch];
    let profiles = user.somebody.home.join(".config/wireshark/profiles");
    fs::create_dir_all(profiles).expect("a folder");
    for (index, put) in foreign.iter().enumerate() {
        let _ = fs::remove_dir_all(&bin);
        fs::create_dir(&bin).expect("a folder");
        put();
        user.somebody.owns_all();
        let before = user.all();
        let kept: Vec<_> = fs::read_dir(&bin)
            .expect("a folder")
            .flatten()
            .map(|file| file.path())
            .collect();
        let words = format!("Kept {}, which is somebody else's", kept[0].display());
        let through = |install: Command, uninstall: Command| {
            let output = run(install);
            let said = text(&output.stdout);
            assert!(is_quiet(&output), "{index}: {said}{}", text(&output.stderr));
            assert!(said.contains(&words), "{index}: {said}");
            assert!(user.plugins().join(&user.version).join("epan/ikewhy.so").exists());
            let output = run(uninstall);
            assert!(is_quiet(&output), "{index}: {}", text(&output.stderr));
            assert_eq!(user.all(), before, "{index}");
        };
        through(user.command(&[]), user.command(&["remove"]));
        if index % 3 == 0 {
            through(
                user.somebody.make(&["install"]),
                user.somebody.make(&["uninstall"]),
            );
        }
    }

    // Removing where nothing was ever installed; and a link where a plugin goes.
    let before = user.all();
    let _ = user.installs(&["remove"]);
    assert_eq!(user.all(), before);
    symlink(user.plugins().join("mine.lua"), user.plugins().join("ikewhy.lua")).expect("a link");
    user.refuses(&["lua"], "a link");
    let _ = user.installs(&["remove"]);
    assert!(user.plugins().join("ikewhy.lua").is_symlink());
}

/// After it was installed, somebody put something else in its place.
#[test]
fn a_command_that_took_the_place_of_ours_stays() {
    let user = User::with_a_script_for_tshark("replaced");
    let _ = user.native("0.1.0", &user.text("library", "library"));
    for argument in ["remove", "again"] {
        let _ = user.installs(&[]);
        let theirs = user.somebody.home.join(".local/bin/ikewhy");
        fs::remove_file(&theirs).expect("ours");
        user.somebody
            .write(".local/bin/ikewhy", "#!/bin/sh\necho theirs\n");
        user.somebody.owns_all();
        if argument == "again" {
            let said = user.installs(&[]);
            assert!(said.contains("Kept") && said.contains("Installed"), "{said}");
        }
        let said = user.installs(&["remove"]);
        assert_eq!(
            fs::read_to_string(&theirs).expect("theirs"),
            "#!/bin/sh\necho theirs\n"
        );
        assert!(argument == "again" || said.contains("Kept"), "{said}");
        assert!(!user.plugins().exists());
        fs::remove_file(theirs).expect("theirs");
    }
}

/// Installations from before there were lists: what bears our names in the plugin folders, and the command if it begins as it did.
#[test]
fn an_installation_without_a_list_is_recognised() {
    let user = User::new("older");
    let command = "#!/usr/bin/env python3\n\"\"\"ikewhy on the command line: many captures at once, reports, and what a diagnosis means.\n\nprint(1)\n";
    let lay = || {
        for file in [
            "3.9/epan/ikewhy.so",
            "4.9/epan/ikewhy.so",
            "ikewhy.lua",
            "ikewhy-engine.so",
        ] {
            user.somebody.write(&format!("{PLUGINS}/{file}"), "older");
        }
        user.somebody.write(".local/bin/ikewhy", command);
        let _ = symlink("ikewhy", user.somebody.home.join(".local/bin/ikewhy-batch"));
    };
    for file in [
        "3.9/epan/other.so",
        "mine/epan/ikewhy.so",
        "ikewhy-engine.so.bak",
        "ikewhy.txt",
    ] {
        user.somebody.write(&format!("{PLUGINS}/{file}"), "mine");
    }
    user.somebody.write(".local/bin/other", "mine");
    for folder in ["3.9/epan", "4.9/epan"] {
        fs::create_dir_all(user.plugins().join(folder)).expect("a folder");
    }
    fs::create_dir_all(user.somebody.home.join(".config/wireshark/profiles")).expect("a folder");
    user.somebody.owns_all();
    let before = user.all();
    let _ = user.native("0.1.0", &user.library());
    lay();
    let _ = user.installs(&["remove"]);
    assert_eq!(user.all(), before);
    lay();
    let _ = quietly(&mut user.somebody.make(&["uninstall"]));
    assert_eq!(user.all(), before);
    lay();
    user.somebody.owns_all();
    let said = user.installs(&[]);
    assert!(said.contains("of Wireshark 3.9; yours is"), "{said}");
    let _ = user.installs(&["remove"]);
    assert_eq!(user.all(), before);
    // Beside what make installs it stays, until all is taken away.
    lay();
    user.somebody.owns_all();
    let _ = quietly(&mut user.somebody.make(&["install"]));
    assert!(user.plugins().join("3.9/epan/ikewhy.so").exists());
    let _ = quietly(&mut user.somebody.make(&["uninstall"]));
    assert_eq!(user.all(), before);
}

#[test]
fn the_newest_version_is_taken() {
    let user = User::with_a_script_for_tshark("versions");
    let text = |version: &str| user.text("library", version);
    for (older, newer) in [
        ("0.9.0", "0.10.0"),
        ("0.9", "0.10"),
        ("0.9", "0.9.1"),
        ("0.99.99", "1.0.0"),
        ("1.2.9", "1.2.10"),
        ("0.10.0-rc1", "0.10.0"),
        ("0.10.0-rc.2", "0.10.0-rc.10"),
        ("0.9.0", "0.10.0-rc1"),
    ] {
        for edition in ["native", "lua"] {
            let mut archives = Vec::new();
            for version in [newer, older] {
                archives.push(match edition {
                    "native" => user.native(version, &text(version)),
                    _ => user.lua(version, &text(version), &text(version)),
                });
            }
            let said = user.installs(if edition == "lua" { &["lua"] } else { &[] });
            let words = format!("Installed {} into", user.name(newer, edition));
            assert!(said.contains(&words), "{older}, {newer}: {said}");
            for archive in archives {
                fs::remove_file(archive).expect("removed");
            }
        }
    }
}

/// With a key made here in the place of the release key, which the project has not yet.
#[test]
fn a_signature_is_verified_where_it_can_be() {
    let mut user = User::with_a_script_for_tshark("signed");
    let _ = user.native("0.1.0", &user.text("library", "library 1"));
    let said = user.installs(&[]);
    assert!(
        said.contains("Not signed: ikewhy has no release key yet"),
        "{said}"
    );
    if !Command::new("minisign")
        .arg("-v")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        println!("left out: there is no minisign");
        return;
    }
    let folder = user.archives();
    let minisign =
        |arguments: &[&str]| _ = quietly(Command::new("minisign").args(arguments).current_dir(&folder));
    for key in ["ours", "theirs"] {
        minisign(&[
            "-G",
            "-W",
            "-p",
            &format!("{key}.pub"),
            "-s",
            &format!("{key}.key"),
        ]);
    }
    let key = fs::read_to_string(folder.join("ours.pub")).expect("a key");
    let key = key.lines().nth(1).expect("a key");
    let script = fs::read_to_string(folder.join("install.sh")).expect("a script");
    assert_eq!(
        script.matches("\nrelease_key=\n").count(),
        1,
        "the one place of the key"
    );
    let signed = script.replace("\nrelease_key=\n", &format!("\nrelease_key={key}\n"));
    fs::write(folder.join("install.sh"), signed).expect("written");
    let sign = |key: &str| minisign(&["-S", "-s", &format!("{key}.key"), "-m", "SHA256SUMS"]);

    sign("ours");
    user.somebody.owns_all();
    let said = user.installs(&[]);
    assert!(said.contains("The signature of SHA256SUMS is good"), "{said}");

    // A changed archive in changed sums; signed by somebody else; cut off; and not signed at all.
    let _ = user.native("0.1.0", &user.text("library", "library 2"));
    user.refuses(&[], "not signed by ikewhy's release key");
    sign("theirs");
    user.somebody.owns_all();
    user.refuses(&[], "not signed by ikewhy's release key");
    fs::write(folder.join("SHA256SUMS.minisig"), "").expect("written");
    user.refuses(&[], "not signed by ikewhy's release key");
    fs::remove_file(folder.join("SHA256SUMS.minisig")).expect("removed");
    user.refuses(&[], "there is no SHA256SUMS.minisig");
    assert!(
        user.installs(&["--unchecked"])
            .contains("is not checked, as you asked")
    );

    sign("ours");
    let tshark = user.somebody.home.join("bin/tshark");
    let script = fs::read(&tshark).expect("a script");
    user.without(&["minisign", "tshark"]);
    assert_eq!(fs::read(&tshark).expect("a script"), script);
    user.somebody.owns_all();
    let said = user.installs(&[]);
    assert!(
        said.contains("The signature is not verified: minisign is not installed"),
        "{said}"
    );
}
