//! Enrolment, rejected tokens, and keys.

use super::*;
use wire::answer::{Reason, Rejection};

const FINGERPRINT: &str = "AB:CD";

/// A host that enrols: it has sent its request, and the answer is being checked.
fn enrolling() -> Host {
    let mut host = Host::new(start(1, false));
    enrol(&mut host);
    host
}

fn enrol(host: &mut Host) {
    assert!(host.on(due())[0].starts_with("begin Enrol"));
    let at = host.now.boot;
    let (n, cargo) = (0, Cargo::Nothing);
    host.on(Input::Begun(Begun { at, n, cargo }));
    let done = host.on(Input::Answered(raw(200), None));
    assert_eq!(done, ["end, peer Unknown", "check Enrolment"]);
}

/// Has control reject the host's token, in an exchange of this many seconds.
fn rejected(host: &mut Host, lasted: u64, reason: Reason, last: Option<u64>) -> Vec<String> {
    host.pass(lasted);
    host.answered(401);
    let error = "no".to_owned();
    let rejection = Rejection {
        reason,
        error,
        last,
    };
    host.on(Input::Checked(Verdict::Rejected(rejection)))
}

fn rotating() -> Host {
    let mut host = Host::registered();
    host.on(Input::NextKeyPrepared);
    assert!(host.on(due())[0].starts_with("begin Rotate"));
    host.begun(Cargo::NextKey(FINGERPRINT.into()));
    host
}

#[test]
fn a_host_is_admitted_once_the_admission_is_on_disk() {
    let admitted = || {
        enrolment(Enrolment::Enrolled {
            interval: 30_000_000_000,
            keys: None,
        })
    };
    let mut host = enrolling();
    assert_eq!(host.on(admitted()), ["end, peer Unknown", "admit"]);
    host.on(Input::Done);
    assert!(host.on(due())[0].starts_with("begin Register"));
    assert_eq!(host.core.agenda.interval(), seconds(30));

    let mut host = enrolling();
    host.on(admitted());
    let done = host.on(Input::Failed("disk full".into()));
    assert_eq!(done[0], "bad: https://c0.example: disk full");
    assert_eq!(host.core.agenda.interval(), seconds(15));
    host.pass(15);
    enrol(&mut host);
}

#[test]
fn a_host_that_waits_for_admission_asks_again_every_15_seconds() {
    let mut host = enrolling();
    let done = host.on(enrolment(Enrolment::Pending));
    assert_eq!(done, ["end, peer Unknown", "await admission"]);
    assert_eq!(host.waits(), 15.0);
    assert_eq!(host.on(Input::JobsChanged { ended: true }), [""; 0]);
    assert_eq!(host.waits(), 15.0, "control accepts no result from it");
}

#[test]
fn a_clone_takes_an_id_of_its_own_once() {
    let mut host = enrolling();
    let done = host.on(enrolment(Enrolment::Clone));
    assert_eq!(done, ["end, peer Unknown", "take new id"]);
    host.on(Input::Done);
    enrol(&mut host);
    let done = host.on(enrolment(Enrolment::Clone));
    assert_eq!(
        done[1],
        "bad: https://c0.example: another key holds this host's new id too"
    );
}

#[test]
fn a_wrong_clock_is_corrected_once_and_at_once() {
    let mut host = Host::exchanging(Cargo::Nothing);
    let done = rejected(&mut host, 1, Reason::Clock, None);
    assert_eq!(
        done[1],
        "Warn: control did not accept the token: no; trying once more, corrected"
    );
    host.pass(1);
    assert_eq!(host.on(due()), ["begin Ping at c0.example, held 0 s"]);
    host.begun(Cargo::Nothing);
    let done = rejected(&mut host, 1, Reason::Clock, None);
    assert_eq!(
        done[1],
        "bad: https://c0.example: control did not accept the token: no"
    );
}

#[test]
fn a_registration_whose_token_was_rejected_is_repeated() {
    let mut host = Host::registered();
    host.pass(60);
    host.on(Input::Due {
        facts_changed: true,
    });
    host.begun(Cargo::Nothing);
    rejected(&mut host, 1, Reason::Clock, None);
    assert!(host.on(due())[0].starts_with("begin Register"));
}

#[test]
fn a_rejected_token_does_not_count_against_the_clock_in_a_long_exchange() {
    let mut host = Host::exchanging(Cargo::Nothing);
    let done = rejected(&mut host, 70, Reason::Clock, None);
    assert!(done[1].contains("may have expired on the way"), "{done:?}");
    assert!(done[1].contains("after 70 s"), "{done:?}");
}

#[test]
fn a_restored_host_goes_on_above_the_number_that_control_has_seen() {
    let mut host = Host::exchanging(Cargo::Nothing);
    let done = rejected(&mut host, 1, Reason::Sequence, Some(900));
    assert_eq!(done, ["end, peer Unknown", "jump above 900"]);
    let done = host.on(Input::Jumped(true));
    assert!(done[0].contains("going on above 900"), "{done:?}");
    let mut ping = wire::ping::Ping::default();
    host.core.unacknowledged.add_to(&mut ping);
    assert!(ping.restored);

    for last in [None, Some(1)] {
        let mut host = Host::exchanging(Cargo::Nothing);
        rejected(&mut host, 1, Reason::Sequence, last);
        host.on(Input::Jumped(false));
        assert_eq!(host.waits(), 15.0, "there is nothing to correct");
    }
}

#[test]
fn a_skew_in_an_answer_is_recorded() {
    let mut host = Host::exchanging(Cargo::Nothing);
    let answer = Input::Answered(raw(204), Some(host.now.wall - 90));
    assert_eq!(host.on(answer)[1], "skew 90");
    assert_eq!(host.core.control_time(host.now), host.now.wall - 90);
}

#[test]
fn a_key_is_in_force_once_it_is_on_disk() {
    let mut host = rotating();
    let done = host.answered(204);
    assert_eq!(done[1..], [format!("take next key {FINGERPRINT}")]);
    let done = host.on(Input::Done);
    assert!(done[0].contains(FINGERPRINT), "{done:?}");
    assert_eq!(host.waits(), 0.0);
    assert!(host.on(due())[0].starts_with("begin Ping"), "with that key");

    let mut host = rotating();
    host.answered(204);
    let done = host.on(Input::Failed("disk full".into()));
    assert_eq!(done[0], "bad: https://c0.example: disk full");
    host.pass(599);
    assert!(host.on(due())[0].starts_with("begin Ping"));
}

#[test]
fn a_control_without_key_rotation_is_logged_once() {
    let mut host = rotating();
    let done = host.on(Input::Answered(raw(404), None));
    assert!(
        done[1].contains("cannot replace this host's key"),
        "{done:?}"
    );
    host.pass(60);
    assert!(host.on(due())[0].starts_with("begin Ping"));
    host.begun(Cargo::Nothing);
    host.answered(204);
    host.pass(600);
    assert!(host.on(due())[0].starts_with("begin Rotate"));
    host.begun(Cargo::NextKey(FINGERPRINT.into()));
    assert_eq!(host.on(Input::Answered(raw(404), None)).len(), 1);
}

#[test]
fn a_prepared_key_is_offered_before_the_first_ping_and_after_a_reload() {
    let start = Start {
        has_next_key: true,
        ..start(1, true)
    };
    let mut host = Host::new(start);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(200);
    host.on(Input::Checked(registered()));
    assert!(host.on(due())[0].starts_with("begin Rotate"));

    let mut host = Host::registered();
    host.on(Input::Reloaded(None, true));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(200);
    host.on(Input::Checked(registered()));
    assert!(host.on(due())[0].starts_with("begin Rotate"));
}
