//! The spec of a job: all decisions are made, and the shim has nothing to look up.

use crate::config::job_policy::JobPolicy;
use std::collections::BTreeSet;
use std::path::PathBuf;
use wire::command::{Command, Input, Limits, is_input_name};
use wire::limits::MOST_OUTPUT;
use wire::package::{PackageName, is_function_name};

/// How long a function may run unless its command says otherwise.
const DEFAULT_TIMEOUT_SECONDS: u32 = 3_600;

/// How many bytes of output are kept unless the command says otherwise.
const DEFAULT_OUTPUT_BYTES: u32 = 256 << 10;

/// No job needs more bytes of disk space than this.
pub(crate) const MOST_DISK_SPACE: u64 = disk_space_for(MOST_OUTPUT) as u64;

/// Names of the runner's own that are secrets.
const CREDENTIALS: [&str; 2] = ["ART_REG_USER", "ART_REG_PWD"];

/// A job's spec for its shim. It holds the job's secrets and is removed from the disk as soon as
/// the runner has them.
#[derive(Clone)]
pub(crate) struct Spec {
    /// The job.
    pub(crate) job_id: i64,
    /// The runner's program.
    pub(crate) art: PathBuf,
    /// The package, completed.
    pub(crate) package: String,
    /// The function.
    pub(crate) function: String,
    /// All variables of the job: the runner's environment, and the inputs.
    pub(crate) environment: Vec<(String, String)>,
    /// The names of the job's inputs, which are not for the runner.
    pub(crate) inputs: Vec<String>,
    /// Seconds.
    pub(crate) timeout: u32,
    /// Bytes of output to keep.
    pub(crate) max_output: u32,
    /// Whether processes may be left behind after a normal end.
    pub(crate) detach: bool,
    /// What the runner and its function may use.
    pub(crate) limits: Limits,
    /// What the host's configuration says.
    pub(crate) job_policy: JobPolicy,
}

impl Spec {
    /// Makes the spec of a command.
    ///
    /// # Errors
    /// Why this host will not run it, in one sentence.
    pub(crate) fn new(
        command: &Command,
        art: PathBuf,
        environment: Vec<(String, String)>,
        job_policy: JobPolicy,
    ) -> Result<Self, String> {
        let package: PackageName = command
            .package
            .parse()
            .map_err(|error| format!("{error}"))?;
        object_to(command)?;
        Ok(Self {
            job_id: command.job_id,
            art,
            package: package.to_string(),
            function: command.function.clone(),
            environment,
            inputs: input_names(command),
            timeout: command.timeout.unwrap_or(DEFAULT_TIMEOUT_SECONDS),
            max_output: command.max_output.unwrap_or(DEFAULT_OUTPUT_BYTES),
            detach: command.detach,
            limits: command.limits,
            job_policy,
        })
    }

    /// Whether a variable is not for the runner's environment.
    pub(crate) fn is_private(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input == name) || CREDENTIALS.contains(&name)
    }

    /// Whether the runner has to take something that its environment does not hold.
    pub(crate) fn needs_handover(&self) -> bool {
        let has_private = self
            .environment
            .iter()
            .any(|(name, _)| self.is_private(name));
        has_private || !self.inputs.is_empty() || self.job_policy.user.is_some()
    }

    /// The only digest that the package may have, if control has named one.
    pub(crate) fn pin(&self) -> Option<&str> {
        let mut variables = self.environment.iter();
        let pin = variables.find(|(name, _)| name == "ART_PACKAGE_DIGEST");
        pin.map(|(_, value)| value.as_str())
    }

    /// How many bytes of disk space the job needs: for its output while it runs, for the
    /// same output in its result, and for the rest of the result.
    pub(crate) fn disk_space(&self) -> u32 {
        disk_space_for(self.max_output)
    }
}

const fn disk_space_for(output: u32) -> u32 {
    output.saturating_mul(2).saturating_add(64 << 10)
}

fn input_names(command: &Command) -> Vec<String> {
    let input = command.input.iter();
    let vars = input.clone().flat_map(|input| &input.var);
    let secrets = input.flat_map(|input| &input.secret);
    vars.map(|var| var.name.clone())
        .chain(secrets.map(|secret| secret.name.clone()))
        .collect()
}

fn object_to(command: &Command) -> Result<(), String> {
    if command.containerised {
        return Err(
            "this agent does not run functions in containers; set containerised to false"
                .to_owned(),
        );
    }
    if !is_function_name(&command.function) {
        return Err(format!(
            "{:?} is not the name of a function",
            command.function
        ));
    }
    command.check_bounds()?;
    let Some(Input { secret, var, file }) = &command.input else {
        return Ok(());
    };
    if !file.is_empty() {
        return Err(
            "this agent does not take files as input; put them into the package".to_owned(),
        );
    }
    let secrets = secret.iter().map(|secret| &secret.name);
    let mut seen = BTreeSet::new();
    for name in secrets.chain(var.iter().map(|var| &var.name)) {
        if !is_input_name(name) {
            return Err(format!("{name:?} is not a name that an input may have"));
        }
        if !seen.insert(name) {
            return Err(format!("the input {name} is given twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::command::VarInput;

    fn command() -> Command {
        Command {
            job_id: 1,
            package: "r.io/hello".into(),
            function: "greet".into(),
            ..Command::default()
        }
    }

    fn spec(command: &Command) -> Result<Spec, String> {
        Spec::new(command, "/usr/bin/art".into(), vec![], JobPolicy::default())
    }

    #[test]
    fn a_command_becomes_an_order_with_limits() {
        let spec = spec(&command()).unwrap();
        assert_eq!(spec.package, "r.io/lib/hello:latest");
        assert_eq!((spec.timeout, spec.max_output), (3_600, 262_144));
    }

    #[test]
    fn abuse_names_and_inputs_that_the_runner_could_take_for_something_else() {
        let var = |name: &str| {
            Some(Input {
                var: vec![VarInput {
                    name: name.into(),
                    ..VarInput::default()
                }],
                ..Input::default()
            })
        };
        for (wrong, why) in [
            (
                Command {
                    containerised: true,
                    ..command()
                },
                "containers",
            ),
            (
                Command {
                    package: "--help".into(),
                    ..command()
                },
                "not a package name",
            ),
            (
                Command {
                    function: "-u".into(),
                    ..command()
                },
                "not the name of a function",
            ),
            (
                Command {
                    input: var("LD_PRELOAD"),
                    ..command()
                },
                "LD_PRELOAD",
            ),
            (
                Command {
                    limits: Limits {
                        memory: Some(0),
                        ..Limits::default()
                    },
                    ..command()
                },
                "memory is 0",
            ),
            (
                Command {
                    max_output: Some(u32::MAX),
                    ..command()
                },
                "max_output is 4294967295",
            ),
            (
                Command {
                    timeout: Some(0),
                    ..command()
                },
                "timeout of 0",
            ),
            (
                Command {
                    input: Some(Input {
                        file: vec![1.into()],
                        ..Input::default()
                    }),
                    ..command()
                },
                "files",
            ),
        ] {
            assert!(spec(&wrong).err().unwrap().contains(why));
        }
    }

    #[test]
    fn abuse_inputs_given_twice_or_with_nul() {
        let with = |vars: &[(&str, &str)]| {
            let var = |&(name, value): &(&str, &str)| VarInput {
                name: name.into(),
                value: Some(value.into()),
                ..VarInput::default()
            };
            let input = Some(Input {
                var: vars.iter().map(var).collect(),
                ..Input::default()
            });
            spec(&Command { input, ..command() }).err()
        };
        assert_eq!(with(&[("A", "1"), ("B", "1")]), None);
        assert!(with(&[("A", "1"), ("A", "2")]).unwrap().contains("twice"));
        assert!(with(&[("A", "1\0")]).unwrap().contains("NUL"));
    }
}
