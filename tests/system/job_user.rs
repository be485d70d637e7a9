//! What jobs of another user than the agent's can do to those that come after them.

use lab::host::Host;
use lab::{Lab, run};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

const NAME: &str = "tests/tagged:1";

/// An unprivileged user that every system has.
const JOB_USER: &str = "nobody";

/// All that a job can reach of what the runner of another one may use: its folders below
/// those of the jobs, and its user's home.
const SPOIL: &str = r#"
cd "$TMPDIR/../.."
for home in "artisan-$(id -u)" artisan seen packages "$HOME/.artisan"; do
    chmod -R u+rwx "$home"
    for file in serials/seen.json packages/index.json; do
        rm -rf "$home/$file"
        mkdir -p "$home/$file"
    done
    for file in "$home"/*; do echo spoilt > "$file"; done
    for name in packages serials run lock; do
        rm -rf "$home/$name"
        mkfifo "$home/$name"
    done
    chmod 0 "$home"
done 2> /dev/null
for name in seen packages request ../identity ../artisan; do
    if ls "$name/" || touch "$name/mine" || cat "$name"; then echo "reached $name"; fi
done 2> /dev/null
echo done
"#;

fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        println!("left out: this needs root");
    }
    is_root
}

fn publish(lab: &Lab, name: &str, line: &str) {
    let folder = lab.path("source");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("spoil.sh"), SPOIL).unwrap();
    let file = format!(
        "profiles:\n  - {{name: p, target: .}}\n\
         functions:\n  - name: say\n    export: true\n    run: ['{line}']\n"
    );
    fs::write(folder.join("build.yaml"), file).unwrap();
    lab.publish(&folder, name);
}

fn job(lab: &Lab, host: &Host, name: &str) -> serde_json::Value {
    lab.command("say", &[], json!({ "package": lab.package(name) }));
    lab.run_job("say", host)
}

fn running_host(lab: &Lab) -> Host {
    fs::set_permissions(lab.path(""), Permissions::from_mode(0o711)).unwrap();
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_JOB_USER={JOB_USER}"));
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// Whether a later job runs as if there had been none before.
#[test]
fn abuse_a_job_spoils_what_the_runner_keeps() {
    if !is_root() {
        return;
    }
    let lab = Lab::without_package();
    publish(&lab, "tests/spoil:1", "sh ./spoil.sh");
    publish(&lab, NAME, "echo hello");
    let host = running_host(&lab);
    for _ in 0..2 {
        let spoilt = job(&lab, &host, "tests/spoil:1");
        assert_eq!(spoilt["log"], "done\n", "{spoilt}");
        let next = job(&lab, &host, NAME);
        assert_eq!(next["log"], "hello\n", "{next}");
        assert_eq!(next["status"], "succeeded", "{next}");
    }
}

/// Control and its registry are restored from yesterday. The host's record is not, even if a job
/// tried to change it.
#[test]
fn abuse_a_job_makes_the_host_forget_what_ran_there() {
    if !is_root() {
        return;
    }
    let mut lab = Lab::without_package();
    publish(&lab, "tests/spoil:1", "sh ./spoil.sh");
    publish(&lab, NAME, "echo old");
    let host = running_host(&lab);
    assert_eq!(job(&lab, &host, NAME)["log"], "old\n");
    lab.control.back_up("backup");
    publish(&lab, NAME, "echo new");
    assert_eq!(job(&lab, &host, NAME)["log"], "new\n");
    assert_eq!(job(&lab, &host, "tests/spoil:1")["status"], "succeeded");
    lab.control.kill();
    lab.control.restore("backup");
    lab.control.start_again();
    let old = job(&lab, &host, NAME);
    assert_eq!(
        (
            &old["status"],
            &old["log"].as_str().unwrap().contains("superseded")
        ),
        (&json!("refused"), &true),
        "{old}"
    );
    publish(&lab, NAME, "echo newest");
    assert_eq!(job(&lab, &host, NAME)["log"], "newest\n");
}

/// The package that is kept for the next job belongs to the agent, and is used again.
#[test]
fn a_package_is_pulled_once_for_the_jobs_of_another_user() {
    if !is_root() {
        return;
    }
    let lab = Lab::without_package();
    publish(&lab, NAME, "echo hello");
    let host = running_host(&lab);
    lab.command(
        "say",
        &[],
        json!({ "package": lab.package(NAME), "verbose": true }),
    );
    let is_here = |job: &serde_json::Value| job["log"].as_str().unwrap().contains("here already");
    assert!(!is_here(&lab.run_job("say", &host)));
    assert!(is_here(&lab.run_job("say", &host)));
    for kind in ["packages", "seen"] {
        let folder = host.state().join("jobs").join(kind);
        let mut files = fs::read_dir(&folder).unwrap();
        let file = files.next().unwrap().unwrap().path();
        let modes = [&folder, &file].map(|path| fs::metadata(path).unwrap().mode() & 0o777);
        assert_eq!(modes, [0o700, 0o600], "{kind}");
        assert_eq!(fs::metadata(&file).unwrap().uid(), 0);
        assert!(files.next().is_none());
    }
    let torn = fs::read_dir(host.state().join("jobs/packages")).unwrap();
    let torn = torn.last().unwrap().unwrap().path();
    run(Command::new("truncate").arg("-s-1").arg(torn));
    let again = lab.run_job("say", &host);
    assert!(!is_here(&again), "what is damaged is pulled again: {again}");
    assert_eq!(again["status"], "succeeded");
}
