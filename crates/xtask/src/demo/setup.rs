//! What an operator does once: certificates, keys, users, the control service,
//! the package, and the host.

use super::commands::{OPERATOR, command, quiet};
use super::folder::{self, Folder, random_text};
use super::host;
use super::operator::Operator;
use super::package;
use super::programs::Programs;
use super::stage::Stage;
use release::cargo::repository;
use release::failure::Result;
use std::time::Duration;

/// How long a program may take to say that it is ready.
const START_LIMIT: Duration = Duration::from_secs(60);

const READY: &str = "pilotctl: listening on ";

/// The user names, and what each may do.
const USERS: [(&str, &str); 3] = [
    (OPERATOR, "admin"),
    ("publisher", "publisher"),
    ("host", "reader"),
];

/// Everything that was set up.
pub(super) struct World {
    /// The programs.
    pub(super) programs: Programs,
    /// Where control answers, for instance `https://127.0.0.1:40123`.
    pub(super) url: String,
    /// `domain/group/name:tag` of the example.
    pub(super) package: String,
    /// The host's id.
    pub(super) host: String,
    /// The password with which hosts read the registry.
    pub(super) registry_password: String,
    /// The operator.
    pub(super) operator: Operator,
}

/// Sets everything up and leaves control and the agent running.
///
/// # Errors
/// When any of it fails, or is not done in time.
pub(super) fn run(stage: &mut Stage, folder: &Folder, programs: Programs) -> Result<World> {
    say("a CA and a server certificate");
    let tls = folder.make("tls")?;
    let init = ["tls", "init", "--host", "127.0.0.1", "--dir"];
    quiet(
        stage,
        command(folder, &programs.pilotctl).args(init).arg(&tls),
    )?;

    say("root, job and registry keys, and the list that the root key signs");
    make_keys(stage, folder, &programs)?;

    say("users, and the control service with its registry");
    let [operator_password, _, registry_password] = make_users(stage, folder, &programs)?;
    let url = serve(stage, folder, &programs)?;

    say("the package: built, signed, pushed");
    let package = format!("{}/demo/hello:latest", url.trim_start_matches("https://"));
    folder::copy(&repository().join("examples/hello"), &folder.path("hello"))?;
    package::publish(stage, folder, &programs, &package)?;

    say("an enrolment code, and a host that uses it");
    let host = host::enrol(stage, folder, &programs, &url)?;
    host::start(stage, folder, &programs, &url)?;
    let ca = tls.join("ca.pem");
    let operator = Operator::new(folder, &url, &ca, OPERATOR, &operator_password)?;
    Ok(World {
        programs,
        url,
        package,
        host,
        registry_password,
        operator,
    })
}

fn say(text: &str) {
    println!("  - {text}");
}

fn make_keys(stage: &mut Stage, folder: &Folder, programs: &Programs) -> Result<()> {
    let keys = folder.make("keys")?;
    for name in ["root", "job", "registry"] {
        let mut generate = command(folder, &programs.art);
        generate.args(["pgp", "gen", "-e", "demo@example.com", "-n", name]);
        quiet(stage, generate.args(["-c", "demo"]).arg("-o").arg(&keys))?;
    }
    let mut make = command(folder, &programs.pilotctl);
    make.args(["key", "list-make", "--number", "1"]);
    make.arg("--job").arg(keys.join("job_pub.pgp"));
    make.arg("--registry").arg(keys.join("registry_pub.pgp"));
    quiet(stage, make.arg("-o").arg(keys.join("list.json")))?;
    let mut sign = command(folder, &programs.pilotctl);
    sign.args(["key", "list-sign", "--root"]);
    sign.arg(keys.join("root_key.pgp"))
        .arg(keys.join("list.json"));
    quiet(stage, sign.arg("-o").arg(keys.join("list.signed.json")))
}

/// Returns the passwords, in the order of [`USERS`].
fn make_users(stage: &mut Stage, folder: &Folder, programs: &Programs) -> Result<[String; 3]> {
    let passwords = [random_text()?, random_text()?, random_text()?];
    for ((user, role), password) in USERS.iter().zip(&passwords) {
        let file = folder.write(&format!("{user}.password"), password)?;
        let mut add = command(folder, &programs.pilotctl);
        add.args(["user", "add", user, "--role", role]);
        add.arg("--data").arg(folder.path("control"));
        quiet(stage, add.arg("--password-file").arg(file))?;
    }
    Ok(passwords)
}

/// Starts control on a free port and returns its address.
fn serve(stage: &mut Stage, folder: &Folder, programs: &Programs) -> Result<String> {
    let (tls, keys) = (folder.path("tls"), folder.path("keys"));
    let mut serve = command(folder, &programs.pilotctl);
    serve.args(["serve", "--listen", "127.0.0.1:0"]);
    // At this level control tells of each token that it accepts.
    serve.args(["--log", "info,pilotctl=debug"]);
    serve.arg("--data").arg(folder.path("control"));
    serve.arg("--tls-cert").arg(tls.join("server.pem"));
    serve.arg("--tls-key").arg(tls.join("server.key"));
    serve.arg("--ca").arg(tls.join("ca.pem"));
    serve.arg("--job-key").arg(keys.join("job_key.pgp"));
    serve.arg("--root-key").arg(keys.join("root_pub.pgp"));
    serve.arg("--key-list").arg(keys.join("list.signed.json"));
    stage.start("control", &mut serve)?;
    stage.wait("control says where it listens", START_LIMIT, |stage| {
        stage
            .journal()
            .iter()
            .find_map(|line| line.text.strip_prefix(READY).map(str::to_owned))
    })
}
