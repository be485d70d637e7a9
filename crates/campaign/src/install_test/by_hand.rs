//! The agent as a service without packages, as the page of the project that this one
//! follows has it: commands and unit are that page's, word for word.

use super::control::Operator;
use super::machine::Machine;
use release::failure::Result;
use std::path::Path;

const COMMANDS: &str = "\
useradd -m piloth
cp pilot /home/piloth/.
chown piloth:piloth /home/piloth/pilot
chmod 700 /home/piloth/pilot
";

const UNIT: &str = "\
[Unit]
Description=Host Pilot service
ConditionPathExists=/home/piloth/pilot
After=network.target
 
[Service]
Type=simple
User=piloth
Group=piloth
LimitNOFILE=1024

Restart=on-failure
RestartSec=10
startLimitIntervalSec=60

WorkingDirectory=/home/piloth
ExecStart=/home/piloth/pilot

[Install]
WantedBy=multi-user.target
";

/// Follows the page, runs a job, and takes everything away again.
///
/// # Errors
/// When something on the page does not work as it stands there.
pub(super) fn run(machine: &Machine, operator: &Operator, programs: &Path) -> Result<()> {
    println!("Running the agent as a service that was made by hand");
    machine.copy(&programs.join("pilot"))?;
    machine.copy(&programs.join("art"))?;
    machine.run(&format!("set -e; cd /root\n{COMMANDS}"))?;
    machine.write("/lib/systemd/system/piloth.service", "root", UNIT)?;
    machine.run("systemctl daemon-reload && systemctl start piloth && systemctl enable piloth")?;
    machine
        .wait("runuser -u piloth -- /home/piloth/pilot status --json | grep '\"waiting\": true'")?;
    // The configuration is in the folder where the agent is, and so is the rest.
    machine.run("install -m 755 /root/art /usr/local/bin/art")?;
    machine.write("/home/piloth/.pilot", "piloth", "PILOT_LOG_LEVEL=debug\n")?;
    machine.write("/home/piloth/enrol", "piloth", &operator.first_boot())?;
    machine.run("systemctl restart piloth")?;
    machine.wait("runuser -u piloth -- /home/piloth/pilot status | grep -E '^link +connected'")?;
    let host = machine.run("runuser -u piloth -- /home/piloth/pilot config host-uuid")?;
    operator.run("greet", host.trim())?;
    machine
        .run(
            "systemctl disable --now piloth && rm /lib/systemd/system/piloth.service /usr/local/bin/art && \
             systemctl daemon-reload && userdel -r piloth 2>&1",
        )
        .map(drop)
}
