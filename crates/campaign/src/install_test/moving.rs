//! A host moved to another control by a job, with `examples/move`.

use super::control::Operator;
use super::machine::Machine;
use super::second::Control;
use release::failure::Result;

/// The agent runs as root, so that the job may stop and start it.
///
/// # Errors
/// When the host does not get there.
pub(super) fn to(
    machine: &Machine,
    operator: &Operator,
    control: &Control<'_>,
    host: &str,
) -> Result<()> {
    println!("Moving the host to that control, by a job");
    let code = control.operate("pilotctl host invite --expires 1h")?;
    operator.define_move(&control.url(), code.trim());
    operator.post("move", host);
    control.wait_for_host(host)?;
    machine
        .run("runuser -u root -- pilot status --json")
        .map(drop)
}
