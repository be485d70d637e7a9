//! Inputs, and the actions that they lead to.

mod disagreements;
mod exchanges;
mod identity;
mod jobs;
mod pauses;
mod random;
mod urgency;

use super::*;
use crate::checker::{Answered, Enrolment, Verdict};
use crate::courier::frame::{Class, LinkFailure, RawAnswer};
use crate::spool::Lookup;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::register::{Operation, Registered};

const UNIX: u64 = 1_800_000_000;

const NEXT_ID: i64 = 5;

/// What happens to a host in a row of a table.
type Happens = fn(&mut Host);

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// A core, with the time and the state of the jobs.
struct Host {
    core: Core,
    now: Now,
    /// The number of the last token.
    n: u64,
}

fn start(addresses: usize, is_enrolled: bool) -> Start {
    let uri = |number| format!("https://c{number}.example").parse().unwrap();
    Start {
        settings: Settings {
            control: (0..addresses).map(uri).collect(),
            wait: seconds(50),
            timeout: seconds(30),
            min_interval: seconds(1),
            max_backoff: seconds(300),
        },
        is_enrolled,
        has_next_key: false,
        keys: None,
        floor: 0,
    }
}

impl Host {
    fn new(start: Start) -> Self {
        Self {
            core: Core::new(start),
            now: Now {
                boot: seconds(1_000),
                wall: UNIX,
                jobs: JobsNow::default(),
                random: || [255; 4],
            },
            n: 0,
        }
    }

    /// A host that has registered, and whose ping control has just answered.
    fn with_addresses(addresses: usize) -> Self {
        let mut host = Self::new(start(addresses, true));
        host.on(due());
        host.begun(Cargo::Nothing);
        host.answered(201);
        host.on(Input::Checked(registered()));
        host.on(due());
        host.begun(Cargo::Nothing);
        host.answered(204);
        host
    }

    fn registered() -> Self {
        Self::with_addresses(1)
    }

    /// A registered host, with an exchange under way.
    fn exchanging(cargo: Cargo) -> Self {
        let mut host = Self::registered();
        host.now.jobs.has_result = matches!(cargo, Cargo::Result(_));
        host.pass(60);
        host.on(due());
        host.begun(cargo);
        host
    }

    /// A registered host, with a ping whose answer is being checked.
    fn checking() -> Self {
        let mut host = Self::exchanging(Cargo::Nothing);
        host.answered(200);
        host
    }

    fn pass(&mut self, passed: u64) {
        self.now.boot += seconds(passed);
        self.now.wall += passed;
    }

    fn on(&mut self, input: Input) -> Vec<String> {
        let actions = self.core.on(input, self.now);
        let host = self.core.control().host();
        actions.iter().map(|action| shown(action, host)).collect()
    }

    fn begun(&mut self, cargo: Cargo) {
        self.n += 1;
        let (at, n) = (self.now.boot, self.n);
        assert_eq!(self.on(Input::Begun(Begun { at, n, cargo })), [""; 0]);
    }

    /// Control answers with this status.
    fn answered(&mut self, status: u16) -> Vec<String> {
        let unix = self.now.wall;
        self.on(Input::Answered(raw(status), Some(unix)))
    }

    /// In how many seconds the next exchange begins.
    fn waits(&self) -> f64 {
        let until = self.core.deadline().expect("no child is under way");
        until.saturating_sub(self.now.boot).as_secs_f64()
    }
}

fn due() -> Input {
    Input::Due {
        facts_changed: false,
    }
}

fn raw(status: u16) -> RawAnswer {
    RawAnswer {
        status,
        ..RawAnswer::default()
    }
}

fn cut() -> Input {
    link_failed(Class::Cut)
}

fn link_failed(class: Class) -> Input {
    let text = "away".to_owned();
    Input::LinkFailed(LinkFailure { class, text })
}

fn registered() -> Verdict {
    Verdict::Registered(Registered {
        operation: Operation::Inserted,
        interval: None,
    })
}

fn enrolment(enrolment: Enrolment) -> Input {
    Input::Checked(Verdict::Enrolment(Box::new(enrolment)))
}

/// An envelope that offers this job; 0 offers none.
fn envelope(job_id: i64) -> Envelope {
    let value = Command {
        job_id,
        ..Command::default()
    };
    Envelope {
        value,
        interval: 0,
        host: None,
        n: None,
        issued: None,
        expires: None,
        cancel: vec![],
        query: vec![],
        follow: vec![],
        rotate: false,
    }
}

fn checked(envelope: Envelope) -> Input {
    Input::Checked(Verdict::Ping(Box::new(Answered {
        keys: None,
        envelope: Ok(envelope),
        unreadable: None,
    })))
}

fn found(lookup: Lookup) -> Input {
    Input::Surveyed(Some(Found {
        lookup,
        is_idle: true,
        lack: None,
    }))
}

/// An action as the tests compare it, with the fields that matter. `control` is the host of the
/// current address.
fn shown(action: &Action, control: &str) -> String {
    match action {
        Action::Log(level, text) => format!("{level:?}: {text}"),
        Action::Good(text) => format!("good: {text}"),
        Action::Bad(text) => format!("bad: {text}"),
        Action::AwaitAdmission => "await admission".into(),
        Action::WarnOfEndings => "warn of endings".into(),
        Action::Begin(begin) => format!(
            "begin {:?} at {control}, held {} s",
            begin.purpose,
            begin.hold.as_secs()
        ),
        Action::End(peer) => format!("end, peer {peer:?}"),
        Action::Check(check, _) => format!("check {check:?}"),
        Action::NoteSkew(skew) => format!("skew {skew}"),
        Action::KeepFloor(unix) => format!("floor {unix}"),
        Action::JumpAbove(last) => format!("jump above {last}"),
        Action::TrustKeys(_) => "trust keys".into(),
        Action::Admit => "admit".into(),
        Action::TakeNewId => "take new id".into(),
        Action::PrepareNextKey => "prepare next key".into(),
        Action::TakeNextKey(fingerprint) => format!("take next key {fingerprint}"),
        Action::AcknowledgeOutput => "acknowledge output".into(),
        Action::AcknowledgeResult(id, _) => format!("acknowledge result {id}"),
        Action::ShrinkResult => "shrink result".into(),
        Action::Cancel(id) => format!("cancel {id}"),
        Action::AccountFor(id) => format!("account for {id}"),
        Action::Confirm => "confirm".into(),
        Action::Survey(None) => "survey".into(),
        Action::Survey(Some(id)) => format!("survey, and {id}"),
        Action::Take(command) => format!("take {}", command.job_id),
        Action::Refuse(command, _) => format!("refuse {}", command.job_id),
    }
}
