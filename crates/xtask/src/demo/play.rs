//! `cargo demo --stay`: everything keeps running, with scripts to play with.

use super::folder::Folder;
use super::host;
use super::setup::World;
use super::stage::Stage;
use release::failure::{Failure, Result};
use std::time::Duration;

/// As good as for ever.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

const AGAIN: &str = r#"#!/bin/sh
# Builds, signs and pushes ./hello, runs it on the host, and prints what came
# back. `./again slow` runs the other function.
set -eu
cd "$(dirname "$0")"
. ./env.sh
art build -t "$PACKAGE" hello
art sign -k keys/registry_key.pgp "$PACKAGE"
art push "$PACKAGE"
pilotctl job run "$HOST_ID" --cmd "${1:-hello}" --wait
"#;

const KILL: &str = r#"#!/bin/sh
# Kills the agent, without warning.
set -eu
cd "$(dirname "$0")"
[ -e agent.pid ] || { echo "the agent does not run: ./agent-start"; exit 1; }
pid=$(cat agent.pid)
rm agent.pid
kill -KILL "$pid"
echo "killed the agent (process $pid)"
"#;

const START: &str = r#"#!/bin/sh
# Asks the demo to start the agent again.
set -eu
cd "$(dirname "$0")"
[ ! -e agent.pid ] || { echo "the agent runs already (process $(cat agent.pid))"; exit 1; }
kill -USR1 "$(cat demo.pid)"
while [ ! -s agent.pid ]; do sleep 0.1; done
echo "started the agent (process $(cat agent.pid))"
"#;

/// Keeps everything running until Ctrl-C, and starts the agent when asked to.
///
/// # Errors
/// When a script cannot be written or the agent not be started.
pub(super) fn stay(stage: &mut Stage, folder: &Folder, world: &World) -> Result<()> {
    write_scripts(folder, world)?;
    explain(folder);
    loop {
        match stage.wait("a request", A_YEAR, |stage| {
            stage.take_request().then_some(())
        }) {
            Ok(()) if !stage.runs("agent") => {
                host::start(stage, folder, &world.programs, &world.url)?;
            }
            Ok(()) => {}
            Err(Failure::Interrupted) => {
                println!("\nStopping and removing everything");
                return Ok(());
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn write_scripts(folder: &Folder, world: &World) -> Result<()> {
    folder.write("env.sh", &environment(folder, world))?;
    folder.write("demo.pid", &format!("{}\n", std::process::id()))?;
    folder.script("again", AGAIN)?;
    folder.script("agent-kill", KILL)?;
    folder.script("agent-start", START)?;
    Ok(())
}

/// What the commands need to know; passwords are read from their files.
fn environment(folder: &Folder, world: &World) -> String {
    let root = folder.root().display();
    let programs = world.programs.folder().display();
    let World {
        url, package, host, ..
    } = world;
    format!(
        r#"# Settings for pilotctl and art: ". ./env.sh"
export PATH='{programs}':"$PATH"
export PILOTCTL_URL='{url}'
export PILOTCTL_USER=operator
export PILOTCTL_PASSWORD_FILE='{root}/operator.password'
export PILOTCTL_CA_FILE='{root}/tls/ca.pem'
export ARTISAN_HOME='{root}/artisan'
export ART_CA_FILE='{root}/tls/ca.pem'
export ART_REG_USER=publisher
ART_REG_PWD=$(cat '{root}/publisher.password')
export ART_REG_PWD
export PACKAGE='{package}'
export HOST_ID='{host}'
"#
    )
}

fn explain(folder: &Folder) {
    let root = folder.root().display();
    println!(
        r#"
Everything keeps running. In another terminal:

    cd {root}

Your own words from the host: change a line of hello/build.yaml, then

    ./again

The agent dies in the middle of a job, and the job ends and reports once:

    ./again slow &
    sleep 5
    ./agent-kill
    sleep 5
    ./agent-start
    wait

More, after ". ./env.sh":

    pilotctl host ls
    pilotctl job ls
    tail -f logs/agent.log logs/control.log

Ctrl-C here stops and removes everything."#
    );
}
