//! Whether the next ping is urgent, and what comes before it.

use super::*;
use wire::answer::{Reason, Rejection};

/// What begins next if the facts of this host have changed: an urgent ping goes first, and
/// another one gives way to registration.
fn next(host: &mut Host) -> String {
    host.pass(100);
    let done = host.on(Input::Due {
        facts_changed: true,
    });
    done[0].split(" at ").next().unwrap().to_owned()
}

/// How a host comes to the state of a row.
type Begins = fn() -> Host;

/// A host that an operator had reload its configuration: the ping after this exchange is urgent.
fn reloaded() -> Host {
    let mut host = Host::registered();
    host.on(Input::Reloaded(None, false));
    host.on(due());
    host.begun(Cargo::Nothing);
    host
}

fn rejected(reason: Reason, last: Option<u64>) -> Input {
    let error = "no".to_owned();
    Input::Checked(Verdict::Rejected(Rejection {
        reason,
        error,
        last,
    }))
}

/// An enrolled host that offers its next key after a reload.
fn rotating() -> Host {
    let mut host = Host::registered();
    host.on(Input::Reloaded(None, true));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(201);
    host.on(Input::Checked(registered()));
    assert!(host.on(due())[0].starts_with("begin Rotate"));
    host.begun(Cargo::NextKey("AB".into()));
    host
}

/// A host that enrols after a reload; its answer is being checked.
fn enrolling() -> Host {
    let mut host = Host::new(start(1, false));
    host.on(Input::Reloaded(None, false));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(Input::Answered(raw(200), None));
    host
}

/// A host that enrols after a reload, takes another id, waits for an operator and registers.
fn admitted_with_another_id() -> Host {
    let mut host = enrolling();
    host.on(enrolment(Enrolment::Clone));
    host.on(Input::Done);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(Input::Answered(raw(200), None));
    host.on(enrolment(Enrolment::Pending));
    host.pass(15);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(Input::Answered(raw(200), None));
    let (interval, keys) = (0, None);
    host.on(enrolment(Enrolment::Enrolled { interval, keys }));
    host.on(Input::Done);
    register(&mut host);
    host
}

/// A host that registers because its facts have changed: the ping after that may wait.
fn registering() -> Host {
    let mut host = Host::registered();
    assert_eq!(next(&mut host), "begin Register");
    host.begun(Cargo::Nothing);
    host
}

/// Answers the registration that begins next.
fn register(host: &mut Host) {
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(201);
    host.on(Input::Checked(registered()));
}

#[test]
fn a_ping_stays_urgent_while_other_exchanges_come_first() {
    let stories: [(&str, Begins); 9] = [
        ("registered", || {
            let mut host = reloaded();
            host.answered(201);
            host.on(Input::Checked(registered()));
            host
        }),
        ("registration failed", || {
            let mut host = reloaded();
            host.on(cut());
            host
        }),
        ("registration failed for the network", || {
            let mut host = reloaded();
            host.on(link_failed(Class::Unreached));
            host
        }),
        ("registration could not begin", || {
            let mut host = Host::registered();
            host.on(Input::Reloaded(None, false));
            host.on(due());
            host.on(Input::Failed("no process".into()));
            host
        }),
        ("the agent lost track of a beginning", || {
            let mut host = Host::registered();
            host.on(Input::Reloaded(None, false));
            host.on(due());
            host.on(due());
            host
        }),
        ("the agent lost track of its registration", || {
            let mut host = reloaded();
            host.on(due());
            host
        }),
        ("control does not know rotation", || {
            let mut host = rotating();
            host.on(Input::Answered(raw(404), None));
            host
        }),
        ("the token was corrected", || {
            let mut host = reloaded();
            host.answered(401);
            host.on(rejected(Reason::Clock, None));
            register(&mut host);
            host
        }),
        ("admitted with another id", admitted_with_another_id),
    ];
    for (story, begins) in stories {
        assert_eq!(next(&mut begins()), "begin Ping", "{story}");
    }
}

#[test]
fn a_ping_that_may_wait_gives_way_after_other_exchanges_too() {
    let stories: [(&str, Begins); 5] = [
        ("registered", || {
            let mut host = registering();
            host.answered(201);
            host.on(Input::Checked(registered()));
            host
        }),
        ("registration failed", || {
            let mut host = registering();
            host.on(cut());
            host
        }),
        ("registration could not begin", || {
            let mut host = Host::registered();
            next(&mut host);
            host.on(Input::Failed("no process".into()));
            host
        }),
        ("the agent lost track of its registration", || {
            let mut host = registering();
            host.on(due());
            host
        }),
        ("control does not know rotation", || {
            let mut host = Host::registered();
            host.on(Input::NextKeyPrepared);
            assert!(host.on(due())[0].starts_with("begin Rotate"));
            host.begun(Cargo::NextKey("AB".into()));
            host.on(Input::Answered(raw(404), None));
            host
        }),
    ];
    for (story, begins) in stories {
        assert_eq!(next(&mut begins()), "begin Register", "{story}");
    }
}

#[test]
fn after_an_urgent_ping_the_next_one_may_wait() {
    let pinging = || {
        let mut host = reloaded();
        host.answered(201);
        host.on(Input::Checked(registered()));
        host.on(due());
        host.begun(Cargo::Nothing);
        host
    };
    let ends: [(&str, Happens); 5] = [
        ("nothing to do", |host| {
            host.answered(204);
        }),
        ("waiting jobs begin", |host| {
            host.now.jobs.is_asking = true;
            host.answered(204);
            host.now.jobs.is_asking = false;
        }),
        ("cut", |host| {
            host.pass(30);
            host.on(cut());
        }),
        ("silence", |host| {
            host.pass(80);
            host.on(Input::Late);
        }),
        ("failed", |host| {
            host.on(cut());
        }),
    ];
    for (end, end_of) in ends {
        let mut host = pinging();
        end_of(&mut host);
        assert_eq!(next(&mut host), "begin Register", "{end}");
    }
}
