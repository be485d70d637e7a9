//! What operators use jobs for, under the service as it is shipped: replacing a file
//! below /etc and restarting a service.

use super::control::Operator;
use super::machine::Machine;
use super::manager::{Manager, State};
use release::failure::{Result, failed};

/// The same in the words of one manager.
struct Words {
    /// A service that jobs restart, and its file.
    service: (&'static str, &'static str),
    /// Has it known, and started.
    start: &'static str,
    /// Whether a service that a job restarts is a process of the job, and has to be
    /// allowed to outlive it.
    detach: bool,
    /// Prints its process id.
    process: &'static str,
    /// What sudo has to allow for that.
    restart: &'static str,
    /// Lets the agent run as root.
    as_root: &'static str,
    /// Takes that back.
    as_itself: &'static str,
}

const SYSTEMD: Words = Words {
    service: (
        "/etc/systemd/system/managed.service",
        "[Service]\nExecStart=/bin/sleep infinity\n",
    ),
    start: "systemctl daemon-reload && systemctl start managed",
    detach: false,
    process: "systemctl show -p MainPID --value managed",
    restart: "/usr/bin/systemctl restart managed.service",
    // With the drop-in that the package has for that.
    as_root: "mkdir /etc/systemd/system/piloth.service.d && \
         cp /usr/share/doc/host-pilot/examples/root.conf /etc/systemd/system/piloth.service.d/ && \
         systemctl daemon-reload",
    as_itself: "rm -r /etc/systemd/system/piloth.service.d && systemctl daemon-reload",
};

const OPENRC: Words = Words {
    service: (
        "/etc/init.d/managed",
        "#!/sbin/openrc-run\ncommand=/usr/local/sbin/managed\ncommand_args=infinity\ncommand_background=yes\npidfile=/run/managed.pid\n",
    ),
    // A program of its own: start-stop-daemon takes any other sleep for one that runs already.
    start: "cp /bin/sleep /usr/local/sbin/managed && chmod 755 /etc/init.d/managed && rc-service managed start",
    detach: true,
    process: "cat /run/managed.pid",
    restart: "/usr/sbin/rc-service managed restart",
    as_root: "sed -i.before '/PILOTH_USER/s/^#//' /etc/conf.d/piloth && grep -x 'PILOTH_USER=\"root:root\"' /etc/conf.d/piloth",
    as_itself: "mv /etc/conf.d/piloth.before /etc/conf.d/piloth",
};

fn words(machine: &Machine) -> &'static Words {
    match machine.manager {
        Manager::Systemd => &SYSTEMD,
        Manager::Openrc | Manager::Busybox => &OPENRC,
    }
}

/// Does so as the agent's own user, with a line for sudo.
///
/// # Errors
/// When the job does not succeed, or what it did is not there.
pub(super) fn through_sudo(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Managing the machine as piloth, through sudo");
    let words = words(machine);
    let (file, text) = words.service;
    machine.write(file, "root", text)?;
    machine.run(words.start)?;
    machine.run(&format!(
        "echo before > /etc/managed.conf; echo 'piloth ALL=(root) NOPASSWD: /usr/bin/tee /etc/managed.new, \
         /usr/bin/mv /etc/managed.new /etc/managed.conf, {}' > /etc/sudoers.d/piloth",
        words.restart
    ))?;
    manage(machine, operator, host, "piloth")?;
    machine.run("rm /etc/sudoers.d/piloth").map(drop)
}

/// Does so as root.
///
/// # Errors
/// As [`through_sudo`].
pub(super) fn as_root(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Managing the machine as root");
    manage(machine, operator, host, "root")
}

/// Manages the machine as the agent's own user, and then as root. The agent stays root.
///
/// # Errors
/// As [`through_sudo`].
pub(super) fn as_both_users(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    through_sudo(machine, operator, host)?;
    begin_as_root(machine)?;
    as_root(machine, operator, host)
}

/// Has the agent run as root from now on, as the packages' files say.
///
/// # Errors
/// When it does not come back.
pub(super) fn begin_as_root(machine: &Machine) -> Result<()> {
    become_another(machine, words(machine).as_root, "root")
}

/// Has the agent run as its own user again.
///
/// # Errors
/// When it does not come back.
pub(super) fn end_as_root(machine: &Machine) -> Result<()> {
    become_another(machine, words(machine).as_itself, "piloth")
}

fn become_another(machine: &Machine, line: &str, user: &str) -> Result<()> {
    machine.run(&machine.manager.command("piloth", "stop"))?;
    machine.run(&format!(
        "chown -R {user}: /var/lib/pilot /etc/pilot/enrol.d"
    ))?;
    machine.run(line)?;
    machine.run(&machine.manager.command("piloth", "start"))?;
    machine.wait_for_agent(State::Connected)
}

fn manage(machine: &Machine, operator: &Operator, host: &str, user: &str) -> Result<()> {
    let words = words(machine);
    let before = machine.run(words.process)?;
    operator.define_manage(user, words.detach);
    let log = operator.run("manage", host)?;
    if !log.contains(&format!("done as {user}\n")) {
        return failed(format!("the job did not run as {user}: {log}"));
    }
    machine.run(&format!("grep -x {user} /etc/managed.conf"))?;
    let now = machine.run(words.process)?;
    if now == before {
        return failed("the service was not restarted");
    }
    machine.run(&format!("kill -0 {now}")).map(drop)
}
