//! The Lua edition inside tshark: registered as the native one, and plain words where it cannot work. (Its values: editions.rs.)

use ikewhy_tests::cases::{Case, some};
use ikewhy_tests::tshark::{LUA_FILES, at_home, build, home, lua, plugins, tshark};
use ikewhy_tests::{for_each, quietly, root};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of script and library.
fn built() -> PathBuf {
    build();
    root().join("build/lua")
}

/// The registrations whose names begin with this project's.
fn registered(command: &mut Command, what: &str) -> BTreeSet<String> {
    let listed = quietly(command.args(["-G", what]));
    let ours = listed.lines().filter(|line| line.contains("ikewhy"));
    ours.map(str::to_owned).collect()
}

#[test]
fn fields_expert_items_and_preferences_are_the_native_edition_s() {
    for what in ["fields", "currentprefs"] {
        let (native, lua) = (registered(&mut tshark(), what), registered(&mut lua(), what));
        assert!(!native.is_empty());
        assert_eq!(native, lua);
    }
}

/// Without a filter, a script sees only the bare frames in the first of two passes: that is enough for these fields.
#[test]
fn two_passes_without_a_filter_show_the_same_frames() {
    for_each(&some(12), |case| {
        let show = |mut command: Command| {
            command.args([
                "-n",
                "-2",
                "-T",
                "fields",
                "-e",
                "frame.number",
                "-e",
                "ikewhy.stream",
            ]);
            quietly(command.arg("-r").arg(&case.path))
        };
        assert_eq!(show(tshark()), show(lua()), "{}", case.name);
    });
}

#[test]
fn expert_items_are_counted_without_a_tree() {
    for case in some(4) {
        for options in [
            &["-q", "-z", "expert"][..],
            &["-2", "-Y", "isakmp", "-q", "-z", "expert"],
        ] {
            let count = |mut command: Command| {
                let all = quietly(command.arg("-n").args(options).arg("-r").arg(&case.path));
                // Lua registers the protocol's short name in capitals.
                let ours: BTreeSet<String> = all
                    .lines()
                    .map(|line| line.replace("IKEWHY", "ikewhy"))
                    .filter(|line| line.contains("ikewhy"))
                    .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect();
                ours
            };
            let (native, lua) = (count(tshark()), count(lua()));
            // What only the end of a capture decides shows in two passes.
            assert!(!native.is_empty() || !options.contains(&"-2"), "{}", case.name);
            assert_eq!(native, lua, "{} {options:?}", case.name);
        }
    }
}

/// The text of the Lua edition's items in the tree of a capture.
fn roots(home: &Path, case: &Case) -> BTreeSet<String> {
    let all = quietly(at_home(home).args(["-n", "-V", "-r"]).arg(&case.path));
    let roots = all.lines().filter(|line| line.starts_with("[ikewhy "));
    roots.map(str::to_owned).collect()
}

#[test]
fn without_its_library_or_with_another_it_says_so() {
    let (nothing, folder) = home("home-lua-alone");
    fs::copy(built().join("ikewhy.lua"), folder.join("ikewhy.lua")).expect("copied");
    let (other, folder) = home("home-lua-other");
    let script = fs::read_to_string(built().join("ikewhy.lua")).expect("a script");
    let older = script.replace("local INTERFACE = ", "local INTERFACE = 1 + ");
    assert_ne!(older, script);
    let script = older;
    fs::write(folder.join("ikewhy.lua"), script).expect("written");
    fs::copy(built().join("ikewhy-engine.so"), folder.join("ikewhy-engine.so")).expect("copied");
    let (broken, folder) = home("home-lua-broken");
    fs::copy(built().join("ikewhy.lua"), folder.join("ikewhy.lua")).expect("copied");
    fs::write(folder.join("ikewhy-engine.so"), "no library").expect("written");

    for (home, words) in [
        (nothing, "is not beside ikewhy.lua"),
        (other, "belongs to another ikewhy.lua"),
        (broken, "does not load"),
    ] {
        let listed = plugins(&home);
        assert!(listed.contains(words), "{listed}");
        for case in some(2) {
            let roots = roots(&home, &case);
            assert_eq!(roots.len(), 1, "{roots:?}");
            assert!(roots.iter().all(|root| root.contains(words)), "{roots:?}");
        }
    }
}

/// Loading such a library would end Wireshark, whose own pages it then lacks: its headers say how long it has to be.
#[test]
fn a_library_that_was_cut_off_is_not_loaded() {
    let (home, folder) = home("home-lua-cut");
    fs::copy(built().join("ikewhy.lua"), folder.join("ikewhy.lua")).expect("copied");
    let whole = fs::read(built().join("ikewhy-engine.so")).expect("a library");
    let length = whole.len();
    let cuts = [
        1,
        2,
        64,
        65,
        4096,
        4097,
        length / 3,
        length / 2,
        length - 4096,
        length - 700,
    ];
    let begins = [0, 1, 4, 6, 63, 64, 65, 119, 120, 500, 4095, 4096, 65_536];
    for left in begins.into_iter().chain(cuts.map(|cut| length - cut)) {
        fs::write(folder.join("ikewhy-engine.so"), &whole[..left]).expect("written");
        let listed = plugins(&home);
        let expected = if left < 64 { 64 } else { length };
        let words =
            format!("ikewhy-engine.so is damaged ({left} bytes, {expected} expected): install it again");
        assert!(listed.contains(&words), "{left}: {listed}");
    }
    for case in some(2) {
        let roots = roots(&home, &case);
        assert!(
            roots.len() == 1 && roots.iter().all(|root| root.contains("install it again")),
            "{roots:?}"
        );
    }
    // What stands behind its end does no harm.
    for longer in [0, 1, 5000] {
        let mut library = whole.clone();
        library.resize(length + longer, 0);
        fs::write(folder.join("ikewhy-engine.so"), library).expect("written");
        let listed = plugins(&home);
        assert!(listed.contains(env!("CARGO_PKG_VERSION")), "{longer}: {listed}");
    }
}

#[test]
fn beside_the_native_edition_it_stands_back_and_says_so() {
    let (home, folder) = home("home-both");
    let native = root().join("build/plugins");
    built();
    for version in fs::read_dir(native).expect("the native plugin").flatten() {
        symlink(version.path(), folder.join(version.file_name())).expect("a link");
    }
    for file in LUA_FILES {
        symlink(root().join("build/lua").join(file), folder.join(file)).expect("a link");
    }
    let listed = plugins(&home);
    assert!(
        listed.contains("ikewhy.so") && listed.contains("disabled: another"),
        "{listed}"
    );
    for case in some(2) {
        let draw = |command: &mut Command| quietly(command.args(["-n", "-2", "-V", "-r"]).arg(&case.path));
        // Scripts leave an item of their own in the tree only where they look for fields.
        assert_eq!(draw(&mut at_home(&home)), draw(&mut tshark()), "{}", case.name);
    }
}

/// Wrong use of the library is answered, not punished.
const MISUSE: &str = r#"
local engine = package.loadlib(FOLDER .. "/ikewhy-engine.so", "luaopen_ikewhy")()
local calls = 0
local function refused(name, ...)
    local value, message = engine[name](...)
    assert(value == nil and type(message) == "string" and #message > 0, name .. " was not refused")
    calls = calls + 1
end
local functions = { "session_free", "push", "take", "clock", "view", "expert_items", "item", "write", "write_page", "write_begin", "write_next", "check_wanted", "table", "check_psk", "needs", "ip_headers" }
for _, name in ipairs(functions) do
    refused(name)
    refused(name, 12345)
    refused(name, -1, 1, 1)
    refused(name, "no number", {}, print)
    refused(name, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil)
end
local session = engine.session_new()
refused("push", session)
for _, name in ipairs({ "push", "take" }) do
    refused(name, session, 1, 0, 0, 12)
    refused(name, session, -1, 0, 0, "x")
end
refused("push", session, 0, 0, 0, "")
refused("explain", "no-such-verdict")
refused("clock", session, "no time")
refused("item", session, 0)
refused("item", session, 1)
refused("item", session, -3)
assert(engine.push(session, 1, 0, 0, "x", nil, false, 1, 1, nil, 2) == false) -- a kind without data
assert(engine.take(session, 2, 0, 0, "x", true) == "more" and engine.take(session, 0, 0, 0, "") == "more")
assert(engine.clock(session, 1.5) == true and engine.clock(session, -1 / 0) == true and engine.clock(session, 0 / 0) == true)
assert(engine.view(session, 1, true) == 0 and engine.view(session, 99) == 0)
assert(select(2, engine.view(session, 1, true)) == nil)
assert(type(engine.write(session, "report")) == "string" and type(engine.write(session, "json")) == "string")
local unknown = ("\0"):rep(12) .. "\x12\x34" .. ("\0"):rep(40)
assert(select(2, engine.needs(1, unknown)) == true and engine.needs(-1, "x") == "anything")
local header = "\x45\0\0\x1c" .. ("\0"):rep(24)
local first, second = engine.ip_headers("x" .. header .. header, 57)
assert(first == 1 and second == 29 and engine.ip_headers(header, 27) == nil)
assert(#{ engine.ip_headers(("E\0\0\x14"):rep(1000), 5000) } == 64)
assert(engine.expert_items(session, 1, true) == 0 and select(2, engine.expert_items(session, 99)) == nil)
assert(engine.write(session, "report,html,redact"):find("<!DOCTYPE html>", 1, true) and not engine.write(session, "report,pdf"))
assert(engine.session_free(session) == true)
for _, name in ipairs(functions) do refused(name, session, 1, true) end
print("refused", calls)
"#;

#[test]
fn wrong_use_of_the_library_is_refused() {
    let (home, _) = home("home-lua-misuse");
    let script = home.join("misuse.lua");
    let folder = built();
    fs::write(
        &script,
        MISUSE.replace("FOLDER", &format!("{:?}", folder.display().to_string())),
    )
    .expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).expect("readable");
    let said = quietly(
        at_home(&home)
            .args(["-G", "plugins", "-X"])
            .arg(format!("lua_script:{}", script.display())),
    );
    assert!(said.contains("refused\t107"), "{said}");
}
