//! A registry that is slow, or never ends what it says, for a runner on a host.

use crate::double::{Asked, Double, Reply, job_key, signed};
use crate::refusals::{copy_of, offer};
use lab::hostile::{Hostile, Trouble};
use lab::programs::programs;
use lab::{clean, run};
use std::fs;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trust::SecretKey;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::ping::{JobResult, Phase, Status};

const TROUBLES: [Trouble; 8] = [
    Trouble::Drip,
    Trouble::Silence,
    Trouble::HalfHandshake,
    Trouble::NoAnswer,
    Trouble::EndlessHeaders,
    Trouble::EndlessBody,
    Trouble::EndlessChunks,
    Trouble::EndlessInterim,
];

/// Seconds that the host gives a package.
const PULL_LIMIT: u64 = 3;

/// What may come on top of that until the result is here, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Offers one job for each trouble, with a package of the registry, and tells how
/// it ended.
fn jobs(
    registry: Hostile,
    key: SecretKey,
    results: Sender<JobResult>,
) -> impl FnMut(u32, &Asked) -> Reply + Send {
    let mut at = 0;
    move |_, asked| {
        if let Some(result) = &asked.ping.result {
            at += 1;
            results.send(result.clone()).unwrap();
        }
        let Some(trouble) = TROUBLES.get(at).filter(|_| asked.ping.received.is_empty()) else {
            return asked.nothing();
        };
        registry.set(*trouble);
        let good = offer(asked);
        let value = Command {
            job_id: i64::try_from(at).unwrap() + 1,
            package: format!("{}/tests/a:b", registry.url().replace("https://", "")),
            ..good.value
        };
        asked.reply(201, signed(&Envelope { value, ..good }, &key))
    }
}

#[test]
fn abuse_a_registry_is_slow_or_never_ends() {
    let folder = TempDir::new().unwrap();
    let of_registry = folder.path().join("registry");
    run(clean(&programs().pilotctl)
        .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
        .arg(&of_registry));
    let registry = Hostile::listen("127.0.0.1", &of_registry, "127.0.0.1:1");
    let key = job_key();
    let (sender, results) = mpsc::channel();
    let script = jobs(registry, copy_of(&key), sender);
    let double = Double::start(folder.path(), Box::new(script));
    let of_control = folder.path().join("tls/ca.pem");
    let cas = [&of_control, &of_registry.join("ca.pem")].map(|ca| fs::read(ca).unwrap());
    fs::write(of_control, cas.concat()).unwrap();
    let settings = format!("PILOT_PULL_LIMIT={PULL_LIMIT}\nPILOT_GRACE=1\nPILOT_WAIT=0");
    let _host = double.host(folder.path(), &key, &settings);
    for (number, trouble) in (1..).zip(TROUBLES) {
        let began = Instant::now();
        let result = results.recv_timeout(PATIENCE).unwrap();
        assert_eq!(result.job_id, number, "{trouble:?}");
        assert_eq!(result.phase, Some(Phase::Pull), "{trouble:?}: {result:?}");
        assert!(
            matches!(result.status, Some(Status::TimedOut | Status::Failed)),
            "{trouble:?}: {result:?}"
        );
        let limit = Duration::from_secs(PULL_LIMIT) + PATIENCE / 2;
        assert!(began.elapsed() < limit, "{trouble:?}");
    }
}
