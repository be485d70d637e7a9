//! A job's inputs are for its function: what the runner does is not up to them.

use crate::double::{Asked, Reply, job_key, signed};
use crate::refusals::{copy_of, host_with_runner, offer};
use lab::Lab;
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;
use trust::SecretKey;
use wire::command::{Input, Secret, VarInput};
use wire::ping::{JobResult, Status};

/// Variables that steer the runner's libraries, with values that would keep it from working.
const STEERING: [(&str, &str); 12] = [
    ("ALL_PROXY", "http://127.0.0.1:1"),
    ("all_proxy", "http://127.0.0.1:1"),
    ("https_proxy", "http://127.0.0.1:1"),
    ("http_proxy", "http://127.0.0.1:1"),
    ("no_proxy", "nothing.example"),
    ("RUST_MIN_STACK", "1000000000000000"),
    ("GLIBC_TUNABLES", "glibc.malloc.check=3"),
    ("GCONV_PATH", "/nowhere"),
    ("HOSTALIASES", "/nowhere"),
    ("RES_OPTIONS", "timeout:1"),
    ("LOCALDOMAIN", "example"),
    ("MALLOC_ARENA_MAX", "1"),
];

/// Prints each variable, and that neither the runner's environment nor its standard input have
/// anything of them. A process without access sees nothing.
fn publish(lab: &Lab) {
    let folder = lab.path("source");
    fs::create_dir_all(&folder).unwrap();
    let mut file = "profiles:\n  - {name: p, target: .}\ninput:\n  var:\n".to_owned();
    for (name, _) in STEERING {
        writeln!(file, "    - {{name: {name}, required: true}}").unwrap();
    }
    file += "  secret:\n    - {name: TOKEN, required: true}\n\
        functions:\n  - name: show\n    export: true\n    input:\n      secret: [TOKEN]\n      var: [";
    file += &STEERING.map(|(name, _)| name).join(", ");
    file += "]\n    run:\n      - cat\n      - test \"$TOKEN\" = s3cret\n";
    for (name, _) in STEERING {
        writeln!(file, "      - echo \"{name}=${{{name}}}\"").unwrap();
    }
    file += "      - \"! tr '\\\\0' '\\\\n' < /proc/$PPID/environ | grep -E '_PROXY|_proxy|RUST|s3cret|REG_PWD'\"\n";
    fs::write(folder.join("build.yaml"), file).unwrap();
    lab.publish(&folder, "tests/show:1");
}

#[test]
fn abuse_inputs_that_would_steer_the_runner_reach_the_function_alone() {
    let lab = Lab::without_package();
    publish(&lab);
    let host = lab.running_host();
    let vars = STEERING.map(|(name, value)| json!({ "name": name, "value": value }));
    let input = json!({ "var": vars, "secret": [{ "name": "TOKEN", "value": "s3cret" }] });
    let more = json!({ "package": lab.package("tests/show:1"), "input": input });
    lab.command("show", &[], more);
    let job = lab.run_job("show", &host);
    assert_eq!(job["status"], "succeeded", "{job}");
    let expected = STEERING.map(|(name, value)| format!("{name}={value}\n"));
    assert_eq!(job["log"], expected.concat());
}

/// What a job has that is not for its runner's environment.
#[derive(Clone, Copy)]
enum Private {
    Nothing,
    Input,
    Credentials,
}

/// The result of a job from a runner that is a line of shell.
fn result_of(runner: &str, private: Private) -> JobResult {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let script = move |count, asked: &Asked| answer(count, asked, private, &signer);
    let (double, _host) = host_with_runner(&folder, &key, runner, script);
    loop {
        if let Some(result) = double.next_ping().result {
            return result;
        }
    }
}

fn answer(count: u32, asked: &Asked, private: Private, signer: &SecretKey) -> Reply {
    if count > 1 {
        return asked.nothing();
    }
    let mut envelope = offer(asked);
    match private {
        Private::Nothing => {}
        Private::Input => {
            let name = VarInput {
                name: "NAME".into(),
                value: Some("value".into()),
                ..VarInput::default()
            };
            envelope.value.input = Some(Input {
                var: vec![name],
                ..Input::default()
            });
        }
        Private::Credentials => {
            envelope.value.user = "reader".into();
            envelope.value.pwd = Secret::new("s3cret");
        }
    }
    asked.reply(201, signed(&envelope, signer))
}

#[test]
fn a_job_without_inputs_is_run_as_any_runner_runs_it() {
    let result = result_of("echo \"$@\"; cat", Private::Nothing);
    assert_eq!(result.log, "exe r.example/tests/a:b greet\n");
    assert_eq!(result.status, Some(Status::Succeeded));
}

/// A runner of an earlier version refuses what it does not know, before it does anything.
#[test]
fn a_runner_that_is_older_than_its_agent_is_reported() {
    let runner = r#"case "$*" in
        *--supervised*) echo "error: unexpected argument '--supervised' found" >&2; exit 2 ;;
    esac"#;
    let result = result_of(runner, Private::Input);
    assert_eq!(result.status, Some(Status::Failed));
    assert!(result.err.contains("install the `art`"), "{}", result.err);
}

#[test]
fn a_runner_finds_no_input_in_its_environment() {
    let result = result_of(
        "echo \"$@\"; echo \"${NAME-none}\"; test -S /dev/stdin",
        Private::Input,
    );
    assert_eq!(
        result.log,
        "exe --supervised r.example/tests/a:b greet\nnone\n"
    );
    assert_eq!(result.status, Some(Status::Succeeded));
}

/// A process of the same user could read them there, before the runner protects itself.
#[test]
fn a_runner_finds_no_credentials_in_its_environment_without_inputs_either() {
    let result = result_of(
        "echo \"$@\"; env | grep -c ART_REG_; test -S /dev/stdin",
        Private::Credentials,
    );
    assert_eq!(
        result.log,
        "exe --supervised r.example/tests/a:b greet\n0\n"
    );
    assert_eq!(result.status, Some(Status::Succeeded));
}
