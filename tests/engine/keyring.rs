//! tests/archive-key.sh: of a keyring that nobody vouches for, one key is taken and no other is believed. The keyrings are made here, by gpg.

use ikewhy_tests::{quietly, root, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a home of gpg's, deleted in the end.
struct Keys {
    folder: PathBuf,
}

impl Keys {
    fn new() -> Self {
        // gpg's agent listens in its home, and a path to listen at must be short.
        let folder = std::env::temp_dir().join(format!("ikewhy-keys-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let keys = Self { folder };
        let _ = quietly(Command::new("mkdir").args(["-m", "700"]).arg(&keys.folder));
        keys
    }

    fn shell(&self, script: &str, arguments: &[&str]) -> String {
        let mut shell = Command::new("sh");
        let gpg = "gpg() { command gpg --homedir . --batch --no-tty --quiet --pinentry-mode loopback --passphrase '' \"$@\" 2>>log; }";
        shell
            .args(["-euc", &format!("{gpg}\n{script}"), "sh"])
            .args(arguments);
        quietly(shell.current_dir(&self.folder)).trim().to_owned()
    }

    /// Makes a key, and says its fingerprint.
    fn make(&self, name: &str) -> String {
        self.shell(
            "gpg --quick-gen-key \"$1\" ed25519 sign never
             gpg --list-keys --with-colons \"=$1\" | awk -F: '$1 == \"fpr\" { print $10; exit }'",
            &[name],
        )
    }

    /// When a key was made, seconds since 1970.
    fn second(&self, fingerprint: &str) -> String {
        self.shell(
            "gpg --list-keys --with-colons $1 | awk -F: '$1 == \"pub\" { print $6 }'",
            &[fingerprint],
        )
    }

    fn export(&self, fingerprint: &str) -> Vec<u8> {
        let _ = self.shell("gpg --export $1 >exported", &[fingerprint]);
        fs::read(self.folder.join("exported")).expect("a key")
    }

    /// The fingerprints of the keys in what archive-key.sh takes of a keyring; None if it refuses that.
    fn taken(&self, fingerprint: &str, keyring: &Path) -> Option<Vec<String>> {
        let mut take = Command::new(root().join("tests/archive-key.sh"));
        let output = take.arg(fingerprint).arg(keyring).output().expect("a script");
        if !output.status.success() {
            let said = text(&output.stderr);
            assert!(
                output.stdout.is_empty() && said.contains(&format!("no key {fingerprint}")),
                "{said}"
            );
            return None;
        }
        fs::write(self.folder.join("taken"), &output.stdout).expect("written");
        let listed = self.shell(
            "gpg --show-keys --with-colons taken | awk -F: '$1 == \"fpr\" { print $10 }'",
            &[],
        );
        Some(listed.lines().map(str::to_owned).collect())
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(&self.folder)
            .args(["--kill", "all"])
            .output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Puts the first key's material below the second one, at the time the first was made: a subkey with its fingerprint.
const AS_SUBKEY: &str = r#"
of() { gpg --list-keys --with-colons --with-keygrip "$1" | awk -F: -v what="$2" -v field="$3" '$1 == what { print $field; exit }'; }
printf 'addkey\n13\n%s\nq\n0\nsave\n' "$(of $1 grp 10)" |
    command gpg --homedir . --expert --no-tty --quiet --pinentry-mode loopback --passphrase '' \
        --faked-system-time "$(of $1 pub 6)!" --command-fd 0 --edit-key $2 >>log 2>&1
gpg --list-keys --with-colons $2 | awk -F: '$1 == "fpr" { print $10 }'
"#;

#[test]
fn one_key_is_taken_and_nothing_beside_it() {
    if !Command::new("gpg")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success())
    {
        println!("left out: there is no gpg");
        return;
    }
    // A subkey has the right key's fingerprint only if all three are of one second.
    let (keys, right, other) = std::iter::repeat_with(Keys::new)
        .take(20)
        .find_map(|keys| {
            let right = keys.make("right <right@example>");
            let other = keys.make("other <other@example>");
            (keys.second(&right) == keys.second(&other)).then_some((keys, right, other))
        })
        .expect("two keys made within one second");
    let named = keys.make(&format!("{right} <named@example>"));
    let (right_key, other_key, named_key) = (keys.export(&right), keys.export(&other), keys.export(&named));
    let subkeys = keys.shell(AS_SUBKEY, &[&right, &other]);
    assert_eq!(subkeys, format!("{other}\n{right}"));
    let with_subkey = keys.export(&other);

    let rubbish: Vec<u8> = (0..3000u32).map(|n| (n * n % 251) as u8).collect();
    let cut = right_key[..right_key.len() - 1].to_vec();
    let join = |parts: &[&Vec<u8>]| parts.iter().copied().flatten().copied().collect::<Vec<u8>>();
    let alone = Some(vec![right.clone()]);
    for (what, keyring, taken) in [
        ("alone", right_key.clone(), &alone),
        ("and another", join(&[&right_key, &other_key]), &alone),
        ("another first", join(&[&other_key, &right_key]), &alone),
        ("among three", join(&[&other_key, &right_key, &named_key]), &alone),
        ("only another", other_key.clone(), &None),
        ("as a name", named_key, &None),
        ("as a subkey", with_subkey.clone(), &None),
        ("and as a subkey", join(&[&right_key, &with_subkey]), &None),
        ("first as a subkey", join(&[&with_subkey, &right_key]), &None),
        ("cut off", cut, &None),
        ("empty", Vec::new(), &None),
        ("rubbish", rubbish, &None),
    ] {
        let path = keys.folder.join("keyring.gpg");
        fs::write(&path, keyring).expect("written");
        assert_eq!(&keys.taken(&right, &path), taken, "{what}");
    }

    // Neither followed, nor waited for.
    let path = keys.folder.join("right.gpg");
    fs::write(&path, right_key).expect("written");
    let _ = keys.shell("ln -s right.gpg link.gpg; mkfifo pipe.gpg", &[]);
    for name in ["link.gpg", "pipe.gpg", "gone.gpg", "."] {
        assert_eq!(keys.taken(&right, &keys.folder.join(name)), None, "{name}");
    }
}

/// unpack.sh lets apt believe that key alone: a keyring given to mmdebstrap would stand beside this machine's own.
#[test]
fn apt_believes_what_is_taken_and_nothing_else() {
    let script = fs::read_to_string(root().join("tests/unpack.sh")).expect("a script");
    assert!(script.contains("archive-key.sh") && script.contains("[signed-by=$key]"));
    assert!(!script.contains("--keyring"));
    assert_eq!(script.matches("[trusted=yes]").count(), 1);
}
