//! What control keeps secret, and what a copy of its data gives away.

use lab::{Lab, REGISTRY_PASSWORD, output_text, run};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use wire::encoding::base64;

/// Whether any file below a folder holds these bytes.
fn finds(folder: &Path, wanted: &[u8]) -> bool {
    fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .any(|entry| {
            if entry.file_type().unwrap().is_dir() {
                return finds(&entry.path(), wanted);
            }
            let bytes = fs::read(entry.path()).unwrap();
            bytes.windows(wanted.len()).any(|found| found == wanted)
        })
}

/// A copy of the running service's data has neither a host's key, nor the
/// password of a registry, nor a secret of a job that waits; and without the key
/// that lies apart it is of no use.
#[test]
fn abuse_an_old_backup_of_control_is_searched_for_secrets() {
    let mut lab = Lab::new();
    let host = lab.enrolled_host();
    let secret = "launch-code-7f3a91";
    let barrier = json!({ "name": "BARRIER", "description": "", "required": true,
        "type": "path", "value": "/nobody/opens/it" });
    let token = json!({ "name": "TOKEN", "description": "", "required": true, "value": secret });
    let input = json!({ "var": [barrier], "secret": [token] });
    let mut more = lab.credentials();
    more["input"] = input;
    lab.command("secretive", &[], more);
    lab.job("secretive", &[&host]);
    lab.control.back_up("backup");
    let backup = lab.control.path("backup");
    let key = host.identity().key;
    let key_as_text = base64(key.as_bytes());
    assert!(finds(&backup, host.id().as_bytes()), "it is a real backup");
    for wanted in [
        key.as_bytes(),
        key_as_text.as_bytes(),
        REGISTRY_PASSWORD.as_bytes(),
        secret.as_bytes(),
        lab::control::PASSWORD.as_bytes(),
    ] {
        assert!(
            !finds(&backup, wanted),
            "{}",
            String::from_utf8_lossy(wanted)
        );
    }
    lab.control.kill();
    let stolen = backup.join("data");
    let list = |data: &Path| {
        let mut list = lab.control.pilotctl();
        list.args(["user", "ls", "--data"])
            .arg(data)
            .output()
            .unwrap()
    };
    let refused = list(&stolen);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        output_text(&refused).contains("restore it from its backup"),
        "{}",
        output_text(&refused)
    );
    run(Command::new("cp")
        .arg(lab.control.path("data.key"))
        .arg(backup.join("data.key")));
    let restored = list(&stolen);
    assert!(restored.status.success(), "{}", output_text(&restored));
}
