//! The ten steps, each printed when the programs' logs or the job's folder
//! on the host show that it has happened.

use super::job::{self, Job};
use super::world::World;
use lab::wait::wait_until;
use release::failure::{Result, failed};
use std::fs;

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
pub(super) fn show(world: &World) -> Result<()> {
    step(1, "The operator posts a job over REST");
    for function in ["hello", "slow"] {
        job::define(world, function)?;
    }
    let id = job::post(world, "hello")?;
    tell(&format!("control: job {id} is created"));

    step(2, "The agent pings control with a one-time token");
    let ping = agent_log(world, &["Ping number"]);
    tell(&ping);

    step(
        3,
        "Control checks the token, finds the job and its function",
    );
    tell(&accepted(world, &ping)?);
    tell(&job::definition(world, id));

    for proof in &PROOFS {
        prove(world, id, proof);
    }

    step(10, "The result goes back with a ping and is read over REST");
    let job = finish(world, id)?;
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
/// When control has no result.
pub(super) fn finish(world: &World, id: i64) -> Result<Job> {
    let recorded = ["recorded a result", &format!("job={id}")];
    tell(&control_log(world, &recorded));
    tell(&agent_log(world, &[&format!("job {id} is reported")]));
    Job::read(world, id)
}

fn step(number: u8, title: &str) {
    println!("{number:>3}  {title}");
}

fn tell(evidence: &str) {
    println!("       {evidence}");
}

/// That control accepted the token of a ping, which its number tells apart.
fn accepted(world: &World, ping: &str) -> Result<String> {
    let Some(number) = number(ping) else {
        return failed(format!("there is no number in this line: {ping}"));
    };
    let host = format!("host={}", world.host.id());
    let token = format!("n={number} ");
    Ok(control_log(world, &["accepted a token", &host, &token]))
}

/// The number in the agent's line about a ping.
fn number(ping: &str) -> Option<&str> {
    ping.split_once(" number ")?.1.split(' ').next()
}

fn prove(world: &World, id: i64, proof: &Proof) {
    let evidence = match proof.evidence {
        Evidence::ControlLog(text) => control_log(world, &[text, &format!("job={id}")]),
        Evidence::AgentLog(text) => agent_log(world, &[&format!("job {id} {text}")]),
        Evidence::JobOutput(text) => job_output(world, id, text),
    };
    for (number, title) in proof.steps {
        step(*number, title);
    }
    tell(&evidence);
}

fn control_log(world: &World, texts: &[&str]) -> String {
    format!("control: {}", world.lab.control.service().line_with(texts))
}

fn agent_log(world: &World, texts: &[&str]) -> String {
    format!("agent: {}", world.host.agent().line_with(texts))
}

fn job_output(world: &World, id: i64, text: &str) -> String {
    let file = world.host.job(id).join("output");
    wait_until(&format!("art says: {text}"), || {
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
