//! Jobs and their results.

use super::*;

#[test]
fn an_envelope_is_carried_out_in_order() {
    let mut host = Host::checking();
    let envelope = Envelope {
        cancel: vec![1, 2],
        query: vec![3],
        ..envelope(NEXT_ID)
    };
    assert_eq!(
        host.on(checked(envelope)),
        [
            "end, peer Unknown",
            "cancel 1",
            "cancel 2",
            "account for 3",
            "confirm",
            "survey, and 5"
        ]
    );
    assert_eq!(host.on(found(Lookup::New)), ["take 5"]);
    let done = host.on(Input::Taken(true));
    assert_eq!(done, ["good: connected to https://c0.example"]);
    assert_eq!(host.waits(), 0.0);
    let begun = host.on(due());
    assert_eq!(begun, ["begin Ping at c0.example, held 50 s"], "at once");
}

/// What is known of an offered job, what the host does, and whether a result is sent at once.
#[test]
fn decisions_on_an_offered_job() {
    let new = |is_idle, lack: Option<&str>| {
        Input::Surveyed(Some(Found {
            lookup: Lookup::New,
            is_idle,
            lack: lack.map(str::to_owned),
        }))
    };
    for (found, expected, has_result) in [
        (found(Lookup::Held), "account for 5", true),
        (found(Lookup::Held), "account for 5", false),
        (found(Lookup::Forgotten), "refuse 5", true),
        (
            new(false, None),
            "Debug: job 5 is offered while another one runs",
            false,
        ),
        (
            new(true, Some("disk full")),
            "Debug: job 5 is not taken: disk full",
            false,
        ),
    ] {
        let mut host = Host::checking();
        host.on(checked(envelope(NEXT_ID)));
        let done = host.on(found);
        assert!(done.iter().any(|action| action == expected), "{done:?}");
        assert!(!done.iter().any(|action| action == "take 5"), "{done:?}");
        host.now.jobs.has_result = has_result;
        if done.last().is_some_and(|last| last == "survey") {
            host.on(Input::Surveyed(None));
        }
        assert_eq!(host.waits(), if has_result { 0.0 } else { 15.0 });
    }
}

#[test]
fn a_job_that_this_host_cannot_run_is_refused() {
    let mut host = Host::checking();
    host.on(checked(envelope(NEXT_ID)));
    host.on(found(Lookup::New));
    let command = Box::new(envelope(NEXT_ID).value);
    let done = host.on(Input::Unfit(command, "no containers".into()));
    let warning = "Warn: job 5 is refused: no containers";
    assert_eq!(done, [warning, "refuse 5", "survey"]);
}

#[test]
fn a_job_that_the_disk_refuses_stays_with_control() {
    let mut host = Host::checking();
    host.on(checked(envelope(NEXT_ID)));
    host.on(found(Lookup::New));
    host.on(Input::Taken(false));
    assert_eq!(host.waits(), 15.0, "it is offered again");
}

#[test]
fn keys_are_updated_before_anything_else_in_the_answer() {
    for (envelope, then) in [
        (Ok(envelope(0)), "confirm"),
        (
            Err("another signed it".to_owned()),
            "Warn: an answer was refused: another signed it",
        ),
    ] {
        let mut host = Host::checking();
        let done = host.on(Input::Checked(Verdict::Ping(Box::new(Answered {
            keys: Some(Err("old".into())),
            envelope,
            unreadable: None,
        }))));
        assert_eq!(done[1..3], ["trust keys", then]);
    }
}

#[test]
fn a_job_that_is_followed_is_reported_every_second() {
    let follow = |running, has_result| {
        let mut host = Host::checking();
        let envelope = Envelope {
            follow: vec![4],
            ..envelope(0)
        };
        host.on(checked(envelope));
        host.now.jobs = JobsNow {
            running,
            has_result,
            ..JobsNow::default()
        };
        host.on(Input::Surveyed(None));
        host.waits()
    };
    assert_eq!(follow(Some(4), false), 1.0);
    assert_eq!(follow(Some(4), true), 0.0);
    assert_eq!(follow(Some(3), false), 15.0);
    assert_eq!(follow(None, false), 15.0);
}

#[test]
fn a_key_is_prepared_when_control_asks_and_offered_at_once() {
    let asks_to_rotate = || Envelope {
        rotate: true,
        ..envelope(0)
    };
    let mut host = Host::checking();
    host.on(checked(asks_to_rotate()));
    let done = host.on(Input::Surveyed(None));
    assert_eq!(done[1], "prepare next key");
    assert_eq!(host.waits(), 15.0);
    host.on(Input::NextKeyPrepared);
    assert_eq!(host.waits(), 0.0);
    assert!(host.on(due())[0].starts_with("begin Rotate"));
    let mut host = Host::checking();
    host.core.agenda.offer_next_key();
    host.on(checked(asks_to_rotate()));
    assert_eq!(host.on(Input::Surveyed(None)).len(), 1, "there is one");
}

#[test]
fn jobs_from_before_a_restart_begin_when_control_has_answered() {
    let mut host = Host::registered();
    host.now.jobs.is_asking = true;
    assert!(host.on(due())[0].ends_with("held 0 s"), "and at once");
    host.begun(Cargo::Nothing);
    let done = host.answered(204);
    assert_eq!(
        done[2..],
        ["confirm", "good: connected to https://c0.example"]
    );
    assert_eq!(host.waits(), 0.0);
}

#[test]
fn a_result_does_not_wait_for_a_long_poll() {
    let ended = || Input::JobsChanged { ended: true };
    let mut host = Host::exchanging(Cargo::Nothing);
    assert_eq!(host.on(Input::JobsChanged { ended: false }), [""; 0]);
    assert_eq!(host.core.deadline(), None);
    assert_eq!(host.on(ended()), ["end, peer Unknown"]);
    assert_eq!(host.waits(), 0.0);

    let mut host = Host::exchanging(Cargo::Nothing);
    host.answered(204);
    host.on(ended());
    assert_eq!(host.waits(), 0.0, "nor for the interval");

    let mut host = Host::exchanging(Cargo::Nothing);
    host.on(cut());
    host.on(ended());
    assert_eq!(host.waits(), 15.0, "but until control can be reached");

    for mut host in [Host::exchanging(Cargo::Result(1)), Host::checking()] {
        assert_eq!(host.on(ended()), [""; 0]);
        assert_eq!(host.core.deadline(), None, "what is under way comes first");
    }
}

#[test]
fn a_result_that_is_too_large_is_sent_smaller() {
    for (status, time) in [(413, None), (400, None), (413, Some(UNIX + 60))] {
        let mut host = Host::exchanging(Cargo::Result(3));
        let done = host.on(Input::Answered(raw(status), time));
        let warning =
            format!("Warn: job 3: its result was refused with status {status}; sending less of it");
        assert_eq!(done[1..3], [warning.as_str(), "shrink result"]);
        let acknowledged = |action: &String| action.starts_with("acknowledge");
        assert!(!done.iter().any(acknowledged), "{done:?}");
    }
    let mut host = Host::exchanging(Cargo::Nothing);
    let done = host.on(Input::Answered(raw(413), None));
    assert!(!done.contains(&"shrink result".to_owned()), "{done:?}");
}

#[test]
fn an_answer_that_is_not_controls_acknowledges_nothing() {
    for answer in [raw(204), raw(200), raw(404)] {
        let mut host = Host::exchanging(Cargo::Result(3));
        let done = host.on(Input::Answered(answer, None));
        let acknowledged = |action: &String| action.starts_with("acknowledge");
        assert!(!done.iter().any(acknowledged), "{done:?}");
    }
}
