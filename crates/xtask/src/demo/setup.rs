//! What an operator does once: certificates, keys, users, the control service,
//! the package, and the host.

use super::folder::{self, Folder, random_text};
use super::operator::Operator;
use super::programs::{self, Programs};
use super::stage::Stage;
use crate::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long one of the small commands may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// How long a program may take to say that it is ready.
const START_LIMIT: Duration = Duration::from_secs(60);

const READY: &str = "pilotctl: listening on ";

/// The user names, and what each may do.
const USERS: [(&str, &str); 3] = [
    ("operator", "admin"),
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
    folder::copy(
        &programs::repository().join("examples/hello"),
        &folder.path("hello"),
    )?;
    publish(stage, folder, &programs, &package)?;

    say("an enrolment code, and a host that uses it");
    let host = enrol(stage, folder, &programs, &url)?;
    start_agent(stage, folder, &programs)?;
    let ca = tls.join("ca.pem");
    let operator = Operator::new(folder, &url, &ca, USERS[0].0, &operator_password)?;
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

/// A command with an environment of its own: nothing of the user's settings,
/// proxies or keys reaches it, and it writes below the folder only.
pub(super) fn command(folder: &Folder, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("HOME", folder.path("home"))
        .env("TMPDIR", folder.path("tmp"))
        .current_dir(folder.root());
    command
}

fn quiet(stage: &mut Stage, command: &mut Command) -> Result<()> {
    stage.run(COMMAND_LIMIT, command).map(drop)
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
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    serve.arg(folder.path("control"));
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

/// Builds, signs and pushes the package in the folder `hello`.
///
/// # Errors
/// When `art` reports a failure.
pub(super) fn publish(
    stage: &mut Stage,
    folder: &Folder,
    programs: &Programs,
    package: &str,
) -> Result<()> {
    let build = ["build", "-t", package, "hello"];
    quiet(stage, publisher(folder, programs)?.args(build))?;
    let key = folder.path("keys/registry_key.pgp");
    let mut sign = publisher(folder, programs)?;
    quiet(stage, sign.args(["sign", "-k"]).arg(key).arg(package))?;
    quiet(stage, publisher(folder, programs)?.args(["push", package]))
}

/// `art` as the one who publishes packages runs it.
fn publisher(folder: &Folder, programs: &Programs) -> Result<Command> {
    let password = folder.path("publisher.password");
    let mut art = command(folder, &programs.art);
    art.env("ARTISAN_HOME", folder.path("artisan"))
        .env("ART_CA_FILE", folder.path("tls/ca.pem"))
        .env("ART_REG_USER", "publisher")
        .env(
            "ART_REG_PWD",
            fs::read_to_string(&password).context(password.display())?,
        );
    Ok(art)
}

/// Makes a code, uses it, and returns the host's id.
fn enrol(stage: &mut Stage, folder: &Folder, programs: &Programs, url: &str) -> Result<String> {
    let code = folder.path("enrol.code");
    let mut invite = command(folder, &programs.pilotctl);
    invite
        .env("PILOTCTL_URL", url)
        .env("PILOTCTL_USER", USERS[0].0)
        .env("PILOTCTL_PASSWORD_FILE", folder.path("operator.password"))
        .env("PILOTCTL_CA_FILE", folder.path("tls/ca.pem"));
    quiet(stage, invite.args(["host", "invite", "-o"]).arg(&code))?;
    let mut enrol = agent(folder, programs)?;
    quiet(stage, enrol.args(["enrol", url, "--code-file"]).arg(&code))?;
    let mut config = agent(folder, programs)?;
    let id = stage.run(COMMAND_LIMIT, config.args(["config", "host-uuid"]))?;
    Ok(id.trim().to_owned())
}

/// Starts the agent and leaves its process id in `agent.pid`.
///
/// # Errors
/// When it cannot be started.
pub(super) fn start_agent(stage: &mut Stage, folder: &Folder, programs: &Programs) -> Result<()> {
    let pid = stage.start("agent", &mut agent(folder, programs)?)?;
    folder.write("agent.pid", &format!("{}\n", pid.as_raw_nonzero()))?;
    Ok(())
}

fn agent(folder: &Folder, programs: &Programs) -> Result<Command> {
    let mut agent = command(folder, &programs.pilot);
    agent
        .env("PILOT_HOME", folder.make("pilot")?)
        .env("PILOT_ART", &programs.art)
        .env("PILOT_LOG_LEVEL", "debug")
        .env("PILOT_MACHINE_ID_FILE", machine_id(folder)?);
    Ok(agent)
}

/// The machine's own id, or one that is made up where the machine has none.
fn machine_id(folder: &Folder) -> Result<PathBuf> {
    let own = PathBuf::from("/etc/machine-id");
    if fs::read_to_string(&own).is_ok_and(|text| text.trim().len() == 32) {
        return Ok(own);
    }
    let made_up = folder.path("machine-id");
    if !made_up.exists() {
        let uuid = Path::new("/proc/sys/kernel/random/uuid");
        let uuid = fs::read_to_string(uuid).context(uuid.display())?;
        folder.write("machine-id", &uuid.replace('-', ""))?;
    }
    Ok(made_up)
}
