//! Commands and jobs, as the REST API takes them and tells of them.

use super::world::World;
use release::failure::{Result, failed};
use serde_json::{Value, json};

/// Defines the command that runs a function of the example.
///
/// # Errors
/// When control does not accept it.
pub(super) fn define(world: &World, function: &str) -> Result<()> {
    let command = json!({
        "key": function,
        "description": format!("{function} of the example package"),
        "package": world.package,
        "function": function,
        "verbose": true,
    });
    let file = format!("command-{function}.json");
    world.operator.put("/cmd", &file, &command)
}

/// Posts a job for the host and returns its id.
///
/// # Errors
/// When control does not accept it.
pub(super) fn post(world: &World, command: &str) -> Result<i64> {
    let request = json!({
        "name": "demo",
        "host_uuid": [world.host.id()],
        "fx_key": command,
    });
    let batch = world.operator.post("/job", "job.json", &request)?;
    let jobs = world.operator.get(&format!("/job?bid={}", batch.trim()));
    match jobs[0]["id"].as_i64() {
        Some(id) => Ok(id),
        None => failed(format!("control made no job of this batch: {jobs}")),
    }
}

/// What control looked up for a job: its function, and its package's digest.
pub(super) fn definition(world: &World, id: i64) -> String {
    let job = world.operator.get(&format!("/job/{id}"));
    let command = &job["command"];
    let member = |name: &str| command[name].as_str().unwrap_or("?").to_owned();
    format!(
        "control: job {id} is {} of {}, {}",
        member("function"),
        member("package"),
        member("digest")
    )
}

/// The end of a job.
pub(super) struct Job(Value);

impl Job {
    /// Reads the result of a job.
    ///
    /// # Errors
    /// When control has none.
    pub(super) fn read(world: &World, id: i64) -> Result<Self> {
        let job = world.operator.get(&format!("/job/{id}"));
        match &job["result"] {
            Value::Object(_) => Ok(Self(job)),
            _ => failed(format!("control has no result of job {id}: {job}")),
        }
    }

    /// Whether it succeeded.
    pub(super) fn succeeded(&self) -> bool {
        self.0["status"] == "succeeded"
    }

    /// The phase that failed, if one did.
    pub(super) fn phase(&self) -> Option<&str> {
        self.0["result"]["Phase"].as_str()
    }

    /// Prints status, duration and output.
    pub(super) fn print(&self) {
        let result = &self.0["result"];
        let text = |value: &Value| value.as_str().unwrap_or("-").trim_end().to_owned();
        println!("\n     status    {}", text(&self.0["status"]));
        println!("     duration  {} ms", result["Milliseconds"]);
        if let Some(error) = result["Err"].as_str().filter(|error| !error.is_empty()) {
            println!("     error     {error}");
        }
        println!("     output");
        for line in text(&result["Log"]).lines() {
            println!("       | {line}");
        }
    }
}
