//! What control needs before it starts, made by any version of `pilotctl`.

use super::programs::workspace;
use super::run;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

/// Makes a CA and a certificate for these names and addresses, in `tls`.
pub fn make_certificates(mut pilotctl: Command, folder: &Path, hosts: &[&str]) {
    pilotctl.args(["tls", "init", "--host"]).args(hosts);
    run(pilotctl.arg("--dir").arg(folder.join("tls")));
}

/// Takes a key pair of the fixtures of `trust`, as `NAME_key.pgp` and `NAME_pub.pgp`.
pub fn take_key(folder: &Path, name: &str, fixture: &str) {
    let fixtures = workspace().join("crates/trust/tests/fixtures/algorithms");
    for (from, to) in [("-secret.asc", "_key.pgp"), (".asc", "_pub.pgp")] {
        let from = fixtures.join(format!("{fixture}{from}"));
        let to = folder.join(format!("{name}{to}"));
        fs::copy(from, &to).unwrap();
        // No program takes a secret key that others can read.
        fs::set_permissions(to, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The command that adds a user to the data in `data`. Leaves the password in `NAME.password`.
pub fn add_user(
    mut pilotctl: Command,
    folder: &Path,
    name: &str,
    role: &str,
    password: &str,
) -> Command {
    let file = folder.join(format!("{name}.password"));
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut open = options.open(&file).unwrap();
    open.write_all(password.as_bytes()).unwrap();
    pilotctl.args(["user", "add", name, "--role", role, "--data"]);
    pilotctl.arg(folder.join("data"));
    pilotctl.arg("--password-file").arg(file);
    pilotctl
}
