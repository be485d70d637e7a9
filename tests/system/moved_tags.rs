//! A job pulls what its tag pointed at when the job was made.

use lab::host::Host;
use lab::{Lab, run};
use serde_json::{Value, json};
use std::fs;

const NAME: &str = "tests/tagged:1";

/// Publishes a package under the same tag as ever whose function prints a word.
fn publish(lab: &Lab, word: &str) {
    let folder = lab.path(&format!("source-{word}"));
    fs::create_dir_all(&folder).unwrap();
    let file = format!(
        "profiles:\n  - name: p\n    target: .\n\
         functions:\n  - name: say\n    export: true\n    run: [echo {word}]\n"
    );
    fs::write(folder.join("build.yaml"), file).unwrap();
    lab.publish(&folder, NAME);
}

/// A host that is not there, with a job for a package that a newer one has followed.
fn job_of_yesterday(lab: &Lab) -> (Host, i64) {
    publish(lab, "old");
    let host = lab.enrolled_host();
    let package = json!({ "package": lab.package(NAME) });
    lab.command("say", &[], package);
    let job = lab.job("say", &[&host])[0];
    publish(lab, "new");
    (host, job)
}

fn delete_tag(lab: &Lab) {
    let status = lab.control.rest().delete("/package/tests/tagged/tag/1");
    assert_eq!(status, 204);
}

#[test]
fn a_job_that_waited_runs_what_it_was_made_with() {
    let lab = Lab::without_package();
    let (mut host, old) = job_of_yesterday(&lab);
    let new = lab.job("say", &[&host])[0];
    delete_tag(&lab);
    host.start();
    for (job, word) in [(old, "old\n"), (new, "new\n")] {
        let job = lab.end_of(&host, job);
        assert_eq!(
            (&job["status"], &job["log"]),
            (&json!("succeeded"), &json!(word))
        );
    }
}

#[test]
fn a_job_that_waited_too_long_is_superseded() {
    let lab = Lab::without_package();
    let (mut host, old) = job_of_yesterday(&lab);
    let mut newer = lab.art();
    newer
        .env("ARTISAN_HOME", host.state().join("artisan"))
        .env("ART_VERIFY_KEYS", lab.control.path("registry_pub.pgp"))
        .args(["exe", &lab.package(NAME), "say"]);
    assert_eq!(run(&mut newer), "new\n");
    host.start();
    let job = lab.end_of(&host, old);
    assert_eq!(job["status"], "refused", "{job}");
    assert!(why(&job).contains("superseded"), "{job}");
    let show = ["job", "show", &old.to_string()].map(str::to_owned);
    let shown = run(lab.control.pilotctl().args(show));
    assert!(
        shown.contains("refused") && shown.contains("superseded"),
        "{shown}"
    );
}

fn why(job: &Value) -> &str {
    job["result"]["Err"].as_str().unwrap()
}
