//! How long the agent pauses after repeated failures, and when it does not.

use super::*;
use wire::answer::{Reason, Rejection};

/// Fails all exchanges in this way, and returns the last pause in seconds.
fn pause_after_repeated(fail: Happens) -> f64 {
    let mut host = Host::registered();
    for _ in 0..5 {
        host.pass(3_600);
        host.on(due());
        host.begun(Cargo::Nothing);
        fail(&mut host);
    }
    host.waits()
}

#[test]
fn failures_that_put_no_load_on_control_have_short_pauses() {
    let short = 60.0;
    let long = 240.0;
    let cases: [(&str, f64, Happens); 5] = [
        ("no server is reached", short, |host| {
            host.on(link_failed(Class::Unreached));
        }),
        ("TLS rejects the date", short, |host| {
            host.on(link_failed(Class::Clock));
        }),
        ("the token expired on the way", short, |host| {
            host.pass(wire::token::LEAST_VALIDITY);
            host.answered(401);
            let (error, last) = ("late".to_owned(), None);
            let reason = Reason::Clock;
            host.on(Input::Checked(Verdict::Rejected(Rejection {
                reason,
                error,
                last,
            })));
        }),
        ("the certificate is not trusted", long, |host| {
            host.on(link_failed(Class::Certificate));
        }),
        ("an answer is not control's", long, |host| {
            host.on(Input::Answered(raw(404), None));
        }),
    ];
    for (why, expected, fail) in cases {
        assert_eq!(pause_after_repeated(fail), expected, "{why}");
    }
}

/// A host of two addresses that tries the first one again; the second one works.
fn trying_the_first_address() -> (Host, Begin) {
    let mut host = Host::with_addresses(2);
    host.pass(60);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(cut());
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(204);
    host.pass(61);
    let begin = begins(&mut host);
    assert_eq!(host.core.control().host(), "c0.example");
    host.begun(Cargo::Nothing);
    (host, begin)
}

fn begins(host: &mut Host) -> Begin {
    match host.core.on(due(), host.now).first() {
        Some(Action::Begin(begin)) => *begin,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trial_of_the_first_address_has_a_short_timeout() {
    let mut host = Host::registered();
    host.pass(60);
    assert_eq!(begins(&mut host).patience, seconds(30));
    let (mut host, begin) = trying_the_first_address();
    assert_eq!(begin.patience, seconds(5));
    host.on(cut());
    assert_eq!(begins(&mut host).patience, seconds(30), "it is over");
}

#[test]
fn a_result_does_not_wait_for_a_trial() {
    let (mut host, _) = trying_the_first_address();
    host.now.jobs.has_result = true;
    let done = host.on(Input::JobsChanged { ended: true });
    assert_eq!(done, ["end, peer Unknown"]);
    assert_eq!(host.on(due()), ["begin Ping at c1.example, held 50 s"]);
}

#[test]
fn a_result_that_a_ping_could_not_carry_waits_for_the_interval() {
    let mut host = Host::registered();
    host.pass(60);
    host.now.jobs.has_result = true;
    for _ in 0..3 {
        assert_eq!(host.on(due()), ["begin Ping at c0.example, held 50 s"]);
        host.begun(Cargo::Nothing);
        host.answered(204);
        assert_eq!(host.waits(), 15.0, "it cannot be read");
        host.pass(15);
    }
    host.on(due());
    host.begun(Cargo::Result(3));
    host.answered(204);
    assert_eq!(host.waits(), 0.0, "it could be read, and others may wait");

    host.now.jobs.has_result = false;
    host.pass(60);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.now.jobs.has_result = true;
    host.answered(200);
    host.on(checked(envelope(0)));
    host.on(Input::Surveyed(None));
    assert_eq!(host.waits(), 0.0, "the job ended meanwhile");
}
