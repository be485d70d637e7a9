//! What pages tell people to type, typed.

use lab::programs::{programs, workspace};
use lab::{clean, output_text};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Where pages have control listen, and a rehearsal of it.
const ADDRESSES: [&str; 2] = ["127.0.0.1:8443", "127.0.0.1:9443"];

/// Where pages have a service keep things, for which a test has a folder.
const FOLDERS: [&str; 4] = [
    "/var/lib/pilotctl",
    "/etc/pilotctl",
    "/backup",
    "/elsewhere",
];

/// The commands below a heading of a page, or of a whole page, block by block.
fn blocks(page: &str, heading: Option<&str>) -> Vec<String> {
    let text = fs::read_to_string(workspace().join(page)).unwrap();
    let part = heading.map_or(&*text, |heading| {
        let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap();
        rest.split("\n## ").next().unwrap()
    });
    let fenced = part.split("```sh\n").skip(1);
    let blocks: Vec<String> = fenced
        .map(|rest| rest.split_once("```").unwrap().0.to_owned())
        .collect();
    assert!(!blocks.is_empty(), "{page} has commands");
    blocks
}

/// The quickstart, less the building of the programs, which are there.
fn quickstart() -> Vec<String> {
    let mut blocks = blocks("README.md", Some("Quickstart"));
    assert!(blocks.remove(0).starts_with("cargo build"));
    blocks
}

/// A machine whose user follows the pages.
struct Reader {
    folder: TempDir,
    addresses: [String; 2],
}

impl Reader {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        symlink(workspace().join("examples"), folder.path().join("examples")).unwrap();
        fs::write(folder.path().join("machine-id"), format!("{:032x}\n", 7)).unwrap();
        for name in ["etc", "var/lib"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let data = folder.path().join("target/try/control");
        symlink(data, folder.path().join("var/lib/pilotctl")).unwrap();
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let addresses = free.map(|listener| listener.local_addr().unwrap().to_string());
        Self { folder, addresses }
    }

    /// Types the blocks into one shell; the first command that fails ends it.
    /// Returns what was printed.
    fn types(&self, blocks: &[String]) -> String {
        let output = self.shell(&self.script(blocks)).output().unwrap();
        assert!(output.status.success(), "{}", output_text(&output));
        output_text(&output)
    }

    fn script(&self, blocks: &[String]) -> String {
        let mut script = "set -eu -o pipefail\n\
            exec 2>&1\n\
            trap 'kill $(jobs -p) 2> /dev/null; wait' EXIT\n\
            listens() { (exec 3<> \"/dev/tcp/${1/:/\\/}\") 2> /dev/null; }\n"
            .to_owned();
        for block in blocks {
            script += &self.here(block);
            // People take longer to type the next block than control to start.
            for address in ADDRESSES
                .iter()
                .filter(|_| block.contains("pilotctl serve"))
            {
                if block.contains(address) {
                    let wait = format!("until listens {address}; do kill -0 $!; sleep 0.1; done\n");
                    script += &self.here(&wait);
                }
            }
        }
        script
    }

    /// The commands with what this machine has in place of what pages name.
    fn here(&self, block: &str) -> String {
        let mut block = block.to_owned();
        for (named, ours) in ADDRESSES.iter().zip(&self.addresses) {
            block = block.replace(named, ours);
        }
        for named in FOLDERS {
            let ours = format!("{}{named}", self.folder.path().display());
            block = block.replace(named, &ours);
        }
        block
    }

    fn shell(&self, script: &str) -> Command {
        let mut shell = clean(Path::new("bash"));
        let programs = programs().pilot.parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        shell
            .args(["-c", script])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("HOME", self.folder.path())
            .env(
                "PILOT_MACHINE_ID_FILE",
                self.folder.path().join("machine-id"),
            );
        shell
    }
}

#[test]
fn a_first_package_is_written_signed_run_and_changed() {
    let mut typed = quickstart();
    typed.extend(blocks("docs/operations/first-package.md", None));
    let said = Reader::new().types(&typed);
    assert!(said.contains("hello from "), "{said}");
    assert!(said.contains("failed with exit code 1"), "{said}");
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert!(said.contains(release.trim()), "{said}");
    assert_eq!(said.matches(" succeeded on ").count(), 3, "{said}");
}

/// The files of the quickstart, where a service has them; output after this is the rehearsal's.
const IN_PLACE: &str = "\
mkdir /etc/pilotctl /elsewhere
cp control.key /var/lib/pilotctl.key
cp etc/*.pgp etc/list.signed.json /etc/pilotctl
";

#[test]
fn a_restore_is_rehearsed_beside_the_control_that_runs() {
    let page = "docs/operations/backup.md";
    let mut typed = quickstart();
    typed.push(IN_PLACE.to_owned());
    typed.extend(blocks(page, Some("Make one")));
    typed.push("echo; echo == rehearsed ==\n".to_owned());
    typed.extend(blocks(page, Some("Rehearse the restore")));
    typed
        .push("pilotctl job ls --url https://127.0.0.1:8443 --ca-file etc/tls/ca.pem\n".to_owned());
    let said = Reader::new().types(&typed);
    let rehearsed = said.split_once("== rehearsed ==").unwrap().1;
    assert!(rehearsed.contains("list 1 of root key"), "{said}");
    assert!(
        rehearsed.contains("connected") || rehearsed.contains(" ago"),
        "{said}"
    );
    assert!(rehearsed.contains("signed by"), "{said}");
    // In the rehearsal and, after it, at the control that runs.
    assert_eq!(rehearsed.matches("succeeded").count(), 2, "{said}");
}

/// Control with another job key, in the place of the one that runs.
const WITH_JOB2: &str = "\
goes_by() { pilotctl key ls --json | tr -d ' \\n' | grep -q \"\\\"hosts\\\":1,\\\"number\\\":$1}\"; }
until goes_by 2; do sleep 0.2; done
kill %1 && wait %1
cd ..
pilotctl serve --data control --listen 127.0.0.1:8443 \\
    --tls-cert etc/tls/server.pem --tls-key etc/tls/server.key \\
    --job-key keys/job2_key.pgp --root-key keys/root_pub.pgp \\
    --key-list etc/list.signed.json &
";

/// A host that believes the new key, and only that.
const AFTER: &str = "\
until goes_by 3; do sleep 0.2; done
pilotctl key ls
cd ..
pilotctl job run \"$(pilot config host-uuid)\" --cmd hello --wait
";

#[test]
fn the_job_key_is_replaced_while_a_host_goes_on() {
    let page = blocks("docs/operations/keys.md", Some("Replace the job key"));
    let [first, second] = &page[..] else {
        panic!("two blocks")
    };
    let mut typed = quickstart();
    let keys = "mkdir keys && cp etc/*.pgp etc/offline/*.pgp keys && cd keys\n";
    typed.extend([keys, first, WITH_JOB2, "cd keys\n", second, AFTER].map(str::to_owned));
    let said = Reader::new().types(&typed);
    assert!(said.contains("list 3 of root key"), "{said}");
    assert!(said.contains("shows how many have it"), "{said}");
    assert_eq!(said.matches(" succeeded on ").count(), 2, "{said}");
}

/// Blocks of a page with what its reader has in place of what stands there for it.
fn filled_in(blocks: Vec<String>, with: &[(&str, &str)]) -> Vec<String> {
    let fill = |block: String| {
        with.iter().fold(block, |block, (from, to)| {
            assert!(block.contains(from), "{from}: {block}");
            block.replace(from, to)
        })
    };
    blocks.into_iter().map(fill).collect()
}

/// The host of the quickstart, and the newest job.
const THESE: &str = "\
host=$(pilot config host-uuid)
newest() { pilotctl job ls | grep -o '^[0-9]\\{15,\\}' | head -n 1; }
";

#[test]
fn users_are_added_and_a_job_is_run_watched_and_ended() {
    let mut typed = quickstart();
    typed.push(THESE.to_owned());
    typed.push("cp control.key /var/lib/pilotctl.key\n".to_owned());
    typed.extend(filled_in(
        blocks("docs/operations/control.md", Some("Users")),
        &[
            ("     # asks for a password", " < password"),
            ("--password-file FILE", "--password-file password"),
        ],
    ));
    typed.push("export ARTISAN_HOME=$PWD/artisan\n".to_owned());
    // Whether file systems of this machine are full is another matter.
    typed.extend(filled_in(
        blocks("docs/operations/jobs.md", None),
        &[
            (
                "      # then sign and push it, as above",
                "\nart sign -k etc/offline/registry_key.pgp REGISTRY/ops/ops:1.0\nart push REGISTRY/ops/ops:1.0",
            ),
            ("REGISTRY/", "127.0.0.1:8443/"),
            (" examples/ops", " ../../examples/ops"),
            ("FULL=90", "FULL=101"),
            ("HOST…", "\"$host\""),
            ("show ID ", "show \"$(newest)\" "),
            ("cancel ID", "cancel \"$(newest)\""),
        ],
    ));
    let said = Reader::new().types(&typed);
    for shown in [
        "ada    admin",
        "ci     publisher",
        "removed ci",
        "exit code     0",
        "had ended already",
    ] {
        assert!(said.contains(shown), "{shown:?}: {said}");
    }
    assert!(said.contains(" succeeded on "), "{said}");
}

/// From the host's new key to its end.
#[test]
fn a_host_gets_another_key_is_disabled_and_removed() {
    let page = |heading| blocks("docs/operations/hosts.md", Some(heading));
    let mut typed = quickstart();
    typed.push(THESE.to_owned());
    let on_this_host = [("UUID", "\"$host\""), ("sudo -u piloth ", "")];
    typed.extend(filled_in(page("Replace a host's key"), &on_this_host));
    let mut disabled = filled_in(page("Disable a host"), &on_this_host[..1]);
    // A job that is queued meanwhile waits, as the page says.
    let posted = "pilotctl job run \"$host\" --cmd hello\npilotctl job show \"$(newest)\"\n";
    disabled[0] = disabled[0].replace(
        "pilotctl host enable",
        &format!("{posted}pilotctl host enable"),
    );
    typed.extend(disabled);
    typed.extend(filled_in(page("Remove a host"), &on_this_host[..1]));
    typed
        .push("pilotctl host ls --all\nkill %2 && wait %2\npilot reset --yes --force\n".to_owned());
    let said = Reader::new().types(&typed);
    for shown in [
        "replaces its key with its next ping",
        "this host has a new key",
        "disabled ",
        "  the host is disabled",
        "enabled ",
        "  removed  ",
        "the identity of this host is erased",
    ] {
        assert!(said.contains(shown), "{shown:?}: {said}");
    }
}
