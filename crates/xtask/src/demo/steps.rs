//! The ten steps, each printed when the programs' logs, the job's folder on the
//! host, or the REST API show that it has happened.

use super::folder::Folder;
use super::job::{self, Job};
use super::setup::World;
use super::stage::Stage;
use crate::failure::{Result, failed};
use serde_json::Value;
use std::fs;
use std::time::Duration;

/// How long a step may take; programs built for debugging verify slowly.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// What a step leaves behind.
enum Evidence {
    /// A line of the agent's log with this text after the job's id.
    AgentLog(&'static str),
    /// A line with this text in the job's output on the host, where `art` says
    /// what it does.
    JobOutput(&'static str),
}

/// Steps that one piece of evidence proves.
struct Proof {
    steps: &'static [(u8, &'static str)],
    evidence: Evidence,
}

const PROOFS: [Proof; 4] = [
    Proof {
        steps: &[
            (4, "Control signs a job request for this host and this ping"),
            (5, "The request travels in the ping's answer"),
            (6, "The agent verifies it with control's public key"),
        ],
        evidence: Evidence::AgentLog("received"),
    },
    Proof {
        steps: &[(7, "The agent runs art")],
        evidence: Evidence::AgentLog("started"),
    },
    Proof {
        steps: &[(
            8,
            "art pulls the package and verifies it with the registry's public key",
        )],
        evidence: Evidence::JobOutput("is signed by"),
    },
    Proof {
        steps: &[(9, "art runs the function")],
        evidence: Evidence::JobOutput("running"),
    },
];

/// Posts a job, shows how it goes its way, and prints what came back.
///
/// # Errors
/// When a step does not happen in time, or the job does not succeed.
pub(super) fn show(stage: &mut Stage, folder: &Folder, world: &World) -> Result<()> {
    step(1, "The operator posts a job over REST");
    for function in ["hello", "slow"] {
        job::define(folder, world, function)?;
    }
    let id = job::post(folder, world, "hello")?;
    tell(&format!("control: job {id} is created"));

    step(2, "The agent pings control with a one-time token");
    tell(&ping(stage)?);

    step(
        3,
        "Control checks the token, finds the job and its function",
    );
    tell(&connected(world)?);
    tell(&job::definition(world, id)?);

    for proof in &PROOFS {
        prove(stage, folder, id, proof)?;
    }

    step(10, "The result goes back with a ping and is read over REST");
    let job = finish(stage, world, id)?;
    job.print();
    if job.succeeded() {
        Ok(())
    } else {
        failed("the job did not succeed")
    }
}

/// Waits for the end of a job, and reads its result.
///
/// # Errors
/// When it does not end in time.
pub(super) fn finish(stage: &mut Stage, world: &World, id: i64) -> Result<Job> {
    let reported = await_log(stage, &format!("job {id} is reported"))?;
    tell(&reported);
    Job::read(world, id)
}

fn step(number: u8, title: &str) {
    println!("{number:>3}  {title}");
}

fn tell(evidence: &str) {
    println!("       {evidence}");
}

/// The ping that control holds until there is something to say.
fn ping(stage: &mut Stage) -> Result<String> {
    await_log(stage, "Ping number")
}

/// That the host counts as connected shows that its token was accepted.
fn connected(world: &World) -> Result<String> {
    let hosts = world.operator.get("/host")?;
    let host = hosts
        .as_array()
        .and_then(|hosts| hosts.iter().find(|host| host["host_uuid"] == world.host));
    match host {
        Some(host) if host["connected"] == Value::Bool(true) => {
            Ok(format!("control: host {} is connected", world.host))
        }
        _ => failed(format!("control did not accept the host's pings: {hosts}")),
    }
}

fn prove(stage: &mut Stage, folder: &Folder, id: i64, proof: &Proof) -> Result<()> {
    let evidence = match proof.evidence {
        Evidence::AgentLog(text) => await_log(stage, &format!("job {id} {text}"))?,
        Evidence::JobOutput(text) => await_output(stage, folder, id, text)?,
    };
    for (number, title) in proof.steps {
        step(*number, title);
    }
    tell(&evidence);
    Ok(())
}

fn await_log(stage: &mut Stage, text: &str) -> Result<String> {
    let what = format!("the agent logs: {text}");
    stage.wait(&what, STEP_LIMIT, |stage| {
        let mut lines = stage.journal().iter().rev();
        let line = lines.find(|line| line.from == "agent" && line.text.contains(text))?;
        Some(format!("agent: {}", line.text))
    })
}

fn await_output(stage: &mut Stage, folder: &Folder, id: i64, text: &str) -> Result<String> {
    let file = folder.path(&format!("pilot/jobs/{id}/output"));
    stage.wait(&format!("art says: {text}"), STEP_LIMIT, |_| {
        let output = fs::read_to_string(&file).ok()?;
        let line = output.lines().find(|line| line.contains(text))?;
        Some(format!("art: {}", line.trim_start_matches("art: ")))
    })
}
