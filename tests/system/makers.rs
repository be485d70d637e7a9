//! Keys that GnuPG and Sequoia's `sq` made, in every role and through all programs:
//! the root key signs the list, control signs jobs, `art` signs and verifies
//! packages.

use lab::Lab;
use serde_json::json;

/// One host, for which a job is signed, whose package is signed. Each of the keys
/// is all three once, and no two roles have the same.
fn assert_each_in_every_role(keys: &[&'static str]) {
    for at in 0..keys.len() {
        let made = [0, 1, 2].map(|role| keys[(at + role) % keys.len()]);
        let lab = Lab::with_made_keys(made);
        let host = lab.running_host();
        lab.command("greet", &[("GREETING", "Hello")], json!({}));
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{made:?}: {job}");
        let listed = lab
            .control
            .pilotctl()
            .args(["key", "ls", "--json"])
            .output();
        let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
        for name in ["root", "job", "registry"] {
            let fingerprint = lab.control.fingerprint(name);
            assert!(listed.contains(&fingerprint), "{made:?}: {listed}");
        }
    }
}

#[test]
fn primary_keys_of_gnupg_have_every_role() {
    assert_each_in_every_role(&[
        "ed25519", "nistp256", "nistp384", "nistp521", "rsa2048", "rsa3072", "rsa4096",
    ]);
}

#[test]
fn subkeys_of_gnupg_have_every_role() {
    assert_each_in_every_role(&[
        "ed25519-subkey",
        "nistp256-subkey",
        "nistp384-subkey",
        "nistp521-subkey",
        "rsa2048-subkey",
        "rsa3072-subkey",
        "rsa4096-subkey",
    ]);
}

#[test]
fn keys_of_sq_have_every_role() {
    assert_each_in_every_role(&["sq-cv25519", "sq-rsa3k", "sq-rsa4k"]);
}
