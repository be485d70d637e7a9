//! What operators use jobs for, under the unit as it is shipped: replacing a file
//! below /etc and restarting a service.

use super::control::Operator;
use super::machine::{Machine, State};
use crate::failure::{Result, failed};

const DROP_INS: &str = "/etc/systemd/system/piloth.service.d";

const SERVICE: &str = "[Service]\nExecStart=/bin/sleep infinity\n";

/// Does so as the agent's own user, with a line for sudo.
///
/// # Errors
/// When the job does not succeed, or what it did is not there.
pub(super) fn through_sudo(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Managing the machine as piloth, through sudo");
    machine.write("/etc/systemd/system/managed.service", "root", SERVICE)?;
    machine
        .run("systemctl daemon-reload; systemctl start managed; echo before > /etc/managed.conf")?;
    machine.run(
        "echo 'piloth ALL=(root) NOPASSWD: /usr/bin/tee /etc/managed.new, /usr/bin/mv /etc/managed.new /etc/managed.conf, \
         /usr/bin/systemctl restart managed.service' > /etc/sudoers.d/piloth",
    )?;
    manage(machine, operator, host, "piloth")
}

/// Does so as root.
///
/// # Errors
/// As [`through_sudo`].
pub(super) fn as_root(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Managing the machine as root, with the drop-in");
    manage(machine, operator, host, "root")
}

/// Has the agent run as root from now on, with the drop-in that the package has
/// for that.
///
/// # Errors
/// When it does not come back.
pub(super) fn begin_as_root(machine: &Machine) -> Result<()> {
    machine.run(&format!(
        "rm /etc/sudoers.d/piloth; systemctl stop piloth; chown -R root: /var/lib/pilot; \
         mkdir {DROP_INS}; cp /usr/share/doc/host-pilot/examples/root.conf {DROP_INS}/"
    ))?;
    restart(machine)
}

/// Has the agent run as its own user again.
///
/// # Errors
/// When it does not come back.
pub(super) fn end_as_root(machine: &Machine) -> Result<()> {
    machine.run(&format!(
        "rm -r {DROP_INS}; systemctl stop piloth; chown -R piloth: /var/lib/pilot"
    ))?;
    restart(machine)
}

fn restart(machine: &Machine) -> Result<()> {
    machine.run("systemctl daemon-reload; systemctl start piloth")?;
    machine.wait_for_agent(State::Connected)?;
    Ok(())
}

fn manage(machine: &Machine, operator: &Operator, host: &str, user: &str) -> Result<()> {
    let process = || machine.run("systemctl show -p MainPID managed");
    let before = process()?;
    operator.define_manage(user);
    let log = operator.run("manage", host)?;
    if !log.contains(&format!("done as {user}\n")) {
        return failed(format!("the job did not run as {user}: {log}"));
    }
    machine.run(&format!("grep -x {user} /etc/managed.conf"))?;
    if process()? == before {
        return failed("the service was not restarted");
    }
    machine.run("systemctl is-active managed").map(drop)
}
