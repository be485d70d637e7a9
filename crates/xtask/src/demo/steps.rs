//! The ten steps, each printed when the programs' own logs or the REST API
//! show that it has happened.

use super::folder::Folder;
use super::job::Job;
use super::setup::World;
use super::stage::Stage;
use crate::failure::{Result, failed};
use serde_json::json;
use std::time::Duration;

/// How long a step may take; programs built for debugging verify slowly.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// A step that a log line proves.
struct Step {
    number: u8,
    title: &'static str,
    /// Whose log.
    from: &'static str,
    /// What one of its lines contains.
    needle: &'static str,
}

const STEPS: [Step; 8] = [
    Step {
        number: 2,
        title: "the agent pings control, with a one-time token",
        from: "agent",
        needle: "ping",
    },
    Step {
        number: 3,
        title: "control checks the token and finds the job and its function",
        from: "control",
        needle: "ping",
    },
    Step {
        number: 4,
        title: "control signs a job request for this host and this ping",
        from: "control",
        needle: "signed",
    },
    Step {
        number: 5,
        title: "the job request travels in the ping's answer",
        from: "agent",
        needle: "answer",
    },
    Step {
        number: 6,
        title: "the agent verifies the signature with control's public key",
        from: "agent",
        needle: "verified",
    },
    Step {
        number: 7,
        title: "the agent runs art",
        from: "agent",
        needle: "started",
    },
    Step {
        number: 8,
        title: "art pulls the package and verifies it with the registry's public key",
        from: "control",
        needle: "archive",
    },
    Step {
        number: 9,
        title: "art runs the function",
        from: "agent",
        needle: "ended",
    },
];

/// Posts a job, shows how it goes its way, and prints what came back.
///
/// # Errors
/// When a step does not happen in time, or the job does not succeed.
pub(super) fn show(stage: &mut Stage, folder: &Folder, world: &World) -> Result<()> {
    for function in ["hello", "slow"] {
        put_command(folder, world, function)?;
    }
    let since = stage.journal().len();
    let batch = post_job(folder, world)?;
    for step in &STEPS {
        await_step(stage, since, step)?;
    }
    let job = await_job(stage, folder, world, since, &batch)?;
    job.print();
    if job.succeeded {
        Ok(())
    } else {
        failed("the job did not succeed")
    }
}

/// Posts the job once more and waits for its end.
///
/// # Errors
/// When it does not end in time.
pub(super) fn post_and_wait(stage: &mut Stage, folder: &Folder, world: &World) -> Result<Job> {
    let since = stage.journal().len();
    let batch = post_job(folder, world)?;
    await_job(stage, folder, world, since, &batch)
}

fn put_command(folder: &Folder, world: &World, function: &str) -> Result<()> {
    let command = json!({
        "key": function,
        "description": format!("{function} of the example package"),
        "package": world.package,
        "function": function,
        "user": "host",
        "pwd": world.registry_password,
        "verbose": true,
        "containerised": false,
        "input": {"var": [{"name": "GREETING", "value": "Good morning"}]},
    });
    world.operator.put(folder, "/cmd", &command).map(drop)
}

/// Posts the job and returns its batch id.
fn post_job(folder: &Folder, world: &World) -> Result<String> {
    let job = json!({
        "name": "demo",
        "host_uuid": [world.host],
        "fx_key": "hello",
        "fx_version": 0,
    });
    let batch = world.operator.post(folder, "/job", &job)?;
    Ok(batch.trim().trim_matches('"').to_owned())
}

fn await_step(stage: &mut Stage, since: usize, step: &Step) -> Result<()> {
    let evidence = stage.wait(step.title, STEP_LIMIT, |stage| {
        let heard = stage.journal().get(since..)?;
        let line = heard
            .iter()
            .find(|line| line.from == step.from && line.text.contains(step.needle))?;
        Some(line.text.clone())
    })?;
    println!("{:>3}  {}", step.number, step.title);
    println!("      {}: {evidence}", step.from);
    Ok(())
}

fn await_job(
    stage: &mut Stage,
    folder: &Folder,
    world: &World,
    since: usize,
    batch: &str,
) -> Result<Job> {
    stage.wait("control has the job's result", STEP_LIMIT, |stage| {
        let heard = stage.journal().get(since..)?;
        heard
            .iter()
            .any(|line| line.from == "control" && line.text.contains("result"))
            .then_some(())
    })?;
    let jobs = world.operator.get(folder, &format!("/job?bid={batch}"))?;
    Job::read(&jobs)
}
