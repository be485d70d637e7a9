//! The ten steps, each printed when the programs' logs or the job's folder
//! on the host show that it has happened.

use super::folder::Folder;
use super::job::{self, Job};
use super::setup::World;
use super::stage::Stage;
use release::failure::{Result, failed};
use std::fs;
use std::time::Duration;

/// How long a step may take; programs built for debugging verify slowly.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// What a step leaves behind.
enum Evidence {
    /// A line of control's log with this text and the job's id.
    ControlLog(&'static str),
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

const PROOFS: [Proof; 5] = [
    Proof {
        steps: &[
            (4, "Control signs a job request for this host and this ping"),
            (5, "The request travels in the ping's answer"),
        ],
        evidence: Evidence::ControlLog("offered a job, signed"),
    },
    Proof {
        steps: &[(6, "The agent verifies it with control's public key")],
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
    let ping = await_log(stage, "agent", &["Ping number"])?;
    tell(&ping);

    step(
        3,
        "Control checks the token, finds the job and its function",
    );
    tell(&accepted(stage, world, &ping)?);
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
    let recorded = ["recorded a result", &format!("job={id}")];
    tell(&await_log(stage, "control", &recorded)?);
    let reported = format!("job {id} is reported");
    tell(&await_log(stage, "agent", &[&reported])?);
    Job::read(world, id)
}

fn step(number: u8, title: &str) {
    println!("{number:>3}  {title}");
}

fn tell(evidence: &str) {
    println!("       {evidence}");
}

/// That control accepted the token of a ping, which its number tells apart.
fn accepted(stage: &mut Stage, world: &World, ping: &str) -> Result<String> {
    let Some(number) = number(ping) else {
        return failed(format!("there is no number in this line: {ping}"));
    };
    let host = format!("host={}", world.host);
    let token = format!("n={number} ");
    await_log(stage, "control", &["accepted a token", &host, &token])
}

/// The number in the agent's line about a ping.
fn number(ping: &str) -> Option<&str> {
    ping.split_once(" number ")?.1.split(' ').next()
}

fn prove(stage: &mut Stage, folder: &Folder, id: i64, proof: &Proof) -> Result<()> {
    let evidence = match proof.evidence {
        Evidence::ControlLog(text) => await_log(stage, "control", &[text, &format!("job={id}")])?,
        Evidence::AgentLog(text) => await_log(stage, "agent", &[&format!("job {id} {text}")])?,
        Evidence::JobOutput(text) => await_output(stage, folder, id, text)?,
    };
    for (number, title) in proof.steps {
        step(*number, title);
    }
    tell(&evidence);
    Ok(())
}

/// Waits for a line of a program's log that has all of these texts.
fn await_log(stage: &mut Stage, from: &str, texts: &[&str]) -> Result<String> {
    let what = format!("{from} logs: {}", texts.join(" … "));
    stage.wait(&what, STEP_LIMIT, |stage| {
        let mut lines = stage.journal().iter().rev();
        let has_all = |line: &str| texts.iter().all(|text| line.contains(text));
        let line = lines.find(|line| line.from == from && has_all(&line.text))?;
        Some(format!("{from}: {}", line.text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_known_by_its_number() {
        let line = "agent: 2026-01-02T03:04:05Z DEBUG Ping number 12 to https://c:1";
        assert_eq!(number(line), Some("12"));
        assert_eq!(number("agent: stopping"), None);
    }
}
