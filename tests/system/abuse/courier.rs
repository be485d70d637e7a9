//! A courier that was taken over, on the real pipe of a real agent: no report of it makes a job
//! run or stops the agent.

use crate::double::{Asked, Double, Reply, job_key, now, signed};
use crate::refusals::{copy_of, mark, offer};
use lab::host::Host;
use lab::hostile_courier::{HostileCourier, Manner};
use lab::preload;
use lab::programs::programs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use wire::HostKey;
use wire::answer::Answer;

/// A host whose courier is an enemy, and a good control.
struct Fixture {
    courier: HostileCourier,
    host: Host,
    /// A job as control signed it for an earlier ping, with its MAC.
    recorded: Reply,
    /// Whether control offers a job.
    offers: Arc<AtomicBool>,
    asked: Arc<Mutex<Option<Asked>>>,
    _double: Double,
    folder: TempDir,
}

impl Fixture {
    fn set_up() -> Self {
        let folder = TempDir::new().unwrap();
        let key = job_key();
        let signer = copy_of(&key);
        let offers = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(None));
        let (is_offering, last) = (Arc::clone(&offers), Arc::clone(&asked));
        let recorded = Arc::new(Mutex::new(None));
        let record = Arc::clone(&recorded);
        let script = move |_, asked: &Asked| {
            let good = asked.reply(201, signed(&offer(asked), &signer));
            record.lock().unwrap().get_or_insert_with(|| good.clone());
            *last.lock().unwrap() = Some(Asked {
                token: asked.token.clone(),
                ping: asked.ping.clone(),
                key: asked.key.clone(),
            });
            // As a real control does: an offer whose answer the agent gave up is made again.
            let is_received = asked.ping.received.contains(&77) || asked.ping.result.is_some();
            is_offering.fetch_and(!is_received, Ordering::SeqCst);
            match is_offering.load(Ordering::SeqCst) {
                true => good,
                false => asked.nothing(),
            }
        };
        let double = Double::start(folder.path(), Box::new(script));
        let runner = folder.path().join("runner");
        fs::write(
            &runner,
            format!("#!/bin/sh\ntouch {}\n", mark(&folder).display()),
        )
        .unwrap();
        fs::set_permissions(&runner, fs::Permissions::from_mode(0o700)).unwrap();
        let courier = HostileCourier::new(folder.path());
        let settings = format!(
            "PILOT_ART={}\nPILOT_TIMEOUT=2\nPILOT_WAIT=0",
            runner.display()
        );
        let mut host = double.host_to_start(folder.path(), &key, &settings);
        host.environment = courier.environment();
        host.start();
        host.agent().wait_for("connected to");
        // It registers first: the answer to a ping comes after that.
        double.next_ping();
        let recorded = recorded.lock().unwrap().take().unwrap();
        Self {
            courier,
            host,
            recorded,
            offers,
            asked,
            _double: double,
            folder,
        }
    }

    /// The courier says something, once or more than once, and the agent says
    /// `why` it is refused. Told the truth again, it goes on.
    #[track_caller]
    fn assert_refused(&self, manner: Manner, said: &[u8], why: &str) {
        self.courier.says(manner, said);
        self.host.agent().signal("HUP");
        self.host.agent().wait_for(why);
        self.assert_nothing_ran(why);
        self.courier.tells_the_truth();
        self.host.agent().signal("HUP");
        self.host.agent().wait_for("connected to");
    }

    #[track_caller]
    fn assert_nothing_ran(&self, why: &str) {
        assert!(!mark(&self.folder).exists(), "{why}");
        assert!(!self.host.job(77).exists(), "{why}");
    }

    /// An answer to the last ping under another host's key.
    fn of_another_host(&self) -> Reply {
        let asked = self.asked.lock().unwrap();
        let asked = asked.as_ref().unwrap();
        let covered = Answer {
            host: asked.token.host,
            n: asked.token.n + 1,
            status: 201,
            body: &self.recorded.body,
        };
        Reply {
            mac: Some(covered.seal(&HostKey::new([7; 32]), now())),
            ..self.recorded.clone()
        }
    }
}

/// What a report begins with that names no address.
const NO_PEER: u8 = b'0';

/// What a courier says of an answer; `src/courier/frame.rs` has the form.
fn report(reply: &Reply) -> Vec<u8> {
    let mut said = vec![NO_PEER, b'A'];
    said.extend(reply.status.to_be_bytes());
    said.extend(u32::MAX.to_be_bytes());
    for field in [
        reply.mac.as_deref().unwrap_or_default().as_bytes(),
        &reply.body,
    ] {
        said.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        said.extend(field);
    }
    said
}

/// What a courier says of an exchange that failed.
fn failure(class: u8, text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&[NO_PEER, b'F', class], &length[..], text].concat()
}

/// Bodies that control has not authenticated, and answers that are of another time or host.
fn assert_forgeries_are_refused(fixture: &Fixture) {
    let recorded = &fixture.recorded;
    let unsigned = |status, body: &[u8]| {
        report(&Reply {
            status,
            mac: None,
            body: body.to_vec(),
        })
    };
    for (said, why) in [
        (unsigned(201, &recorded.body), "is not from control"),
        (unsigned(204, b""), "is not from control"),
        (unsigned(401, b"{\"reason\":\"clock\"}"), "does not accept"),
        (report(recorded), "is not from control"),
        (report(&fixture.of_another_host()), "is not from control"),
    ] {
        fixture.assert_refused(Manner::Once, &said, why);
    }
}

/// Bytes that are no report, and too many or too few of them.
fn assert_what_is_no_report_is_refused(fixture: &Fixture) {
    let whole = report(&fixture.recorded);
    let mut lying = whole.clone();
    lying[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    let torn = &whole[..whole.len() - 1];
    let beyond = [&whole[..], b"more"].concat();
    let unknown = failure(9, b"no such class");
    for said in [torn, &beyond, &lying, b"X", b"", &unknown] {
        fixture.assert_refused(Manner::Once, said, "the exchange broke off");
    }
    fixture.assert_refused(Manner::ForEver, &whole, "the answer is too large");
    fixture.assert_refused(Manner::AndStall, torn, "control did not answer in time");
}

/// Failures, whose words could be a line of the log of their own, or steer a terminal.
fn assert_words_stay_in_their_line(fixture: &Fixture) {
    for (said, why) in [
        (
            failure(0, b"a\n2026 INFO forged \x1b[2J\xff"),
            "INFO forged",
        ),
        (failure(2, b"certificate"), "certificate"),
        (failure(3, b"date"), "clock: date"),
    ] {
        fixture.assert_refused(Manner::Once, &said, why);
    }
    let log = fixture.host.agent().log();
    assert!(!log.contains('\x1b') && !log.lines().any(|line| line.starts_with("2026 INFO")));
}

#[test]
fn abuse_a_courier_that_was_taken_over_says_what_it_likes() {
    if !preload::meets(&programs().pilot) {
        eprintln!("SKIPPED: pilot is linked statically, so that its courier cannot be replaced");
        return;
    }
    let fixture = Fixture::set_up();
    assert_forgeries_are_refused(&fixture);
    assert_what_is_no_report_is_refused(&fixture);
    assert_words_stay_in_their_line(&fixture);

    // What was refused would have been run.
    fixture.offers.store(true, Ordering::SeqCst);
    fixture.host.agent().signal("HUP");
    fixture.host.agent().wait_for("job 77 is reported");
    assert!(mark(&fixture.folder).exists());
}
