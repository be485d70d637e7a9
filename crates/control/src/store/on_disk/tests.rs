use super::*;

/// Reads a fixture, and checks that writing it again gives the same bytes.
macro_rules! read {
    ($name:literal as $kept:ty) => {{
        let json = include_str!(concat!("v1/", $name, ".json")).trim_end();
        let value = <$kept>::from_json(json).unwrap();
        assert_eq!(value.to_json().unwrap(), json);
        value
    }};
}

#[test]
fn facts_of_version_1_are_read() {
    let facts = read!("facts" as Registration);
    assert_eq!(facts.hostname, "web1");
    assert_eq!(facts.mac_address, ["02:42:ac:11:00:02"]);
    assert_eq!(facts.version.as_deref(), Some("0.1.0"));
    assert!(facts.is_virtual && facts.total_memory > 16.0 && facts.cpus == 8);
    assert_eq!(read!("facts.other" as Registration).version, None);
}

#[test]
fn definitions_of_version_1_are_read() {
    let definition = read!("definition" as Definition);
    let input = definition.input.unwrap();
    assert_eq!(
        (&*definition.key, &*definition.function),
        ("greet", "greet")
    );
    assert_eq!(definition.pwd.expose(), "hunter2");
    assert_eq!(input.var[0].value.as_deref(), Some("world"));
    assert_eq!(input.var[1].effective(), Some("3"));
    let token = input.secret[0].value.as_ref().unwrap();
    assert_eq!(token.expose(), "s3cret");
    assert_eq!(definition.limits.memory, Some(64 << 20));
    assert!(definition.detach && definition.keep);
    assert_eq!(read!("definition.least" as Definition).input, None);
}

/// Versions before limits, detach and keep wrote none of these.
#[test]
fn a_definition_of_the_first_versions_is_read() {
    let json = r#"{"key":"k","package":"r.example/ops/hello:1","function":"greet"}"#;
    let definition = Definition::from_json(json).unwrap();
    assert!(definition.limits.is_empty() && !definition.detach);
}

#[test]
fn commands_of_version_1_are_read() {
    let command = read!("command" as Command);
    assert_eq!(command.job_id, 0);
    assert_eq!(command.digest.as_deref(), Some("sha256:00ff"));
    assert_eq!(
        (command.timeout, command.max_output),
        (Some(90), Some(65_536))
    );
    assert_eq!(command.input.unwrap().secret[0].name, "TOKEN");
    assert_eq!(read!("command.least" as Command).limits, Limits::default());
}

#[test]
fn an_unknown_limit_is_an_error() {
    let json = include_str!("v1/command.json");
    let more = json.replacen("\"limits\":{", "\"limits\":{\"disk\":1,", 1);
    assert!(Command::from_json(&more).is_err());
}

#[test]
fn results_of_version_1_are_read() {
    let result = read!("result" as JobResult);
    assert_eq!(
        (result.job_id, result.success),
        (7_301_000_000_000_000_001, false)
    );
    assert_eq!(result.status, Some(Status::Failed));
    assert_eq!(result.phase, Some(Phase::Run));
    assert_eq!(result.containment, Some(Containment::Cgroup));
    assert_eq!(result.survivors, ["4711 sleep"]);
    assert_eq!(read!("result.other" as JobResult).status, None);
}

#[test]
fn every_status_phase_and_containment_keeps_its_name() {
    let json = include_str!("v1/result.json");
    for (member, present, names) in [
        (
            "Status",
            "failed",
            &[
                "succeeded",
                "failed",
                "timed_out",
                "cancelled",
                "interrupted",
                "refused",
            ][..],
        ),
        ("Phase", "run", &["pull", "verify", "unpack", "run"]),
        ("Containment", "cgroup", &["cgroup", "sweep"]),
    ] {
        for name in names {
            let of = |value: &str| format!("\"{member}\":\"{value}\"");
            let json = json.trim_end().replacen(&of(present), &of(name), 1);
            let result = JobResult::from_json(&json).unwrap();
            assert_eq!(result.to_json().unwrap(), json);
        }
    }
}

#[test]
fn key_lists_of_version_1_are_read() {
    let signed = read!("key-list" as SignedKeyList);
    assert_eq!(signed.list, br#"{"number":1}"#);
    assert!(
        signed
            .signature
            .starts_with("-----BEGIN PGP SIGNATURE-----")
    );
}
