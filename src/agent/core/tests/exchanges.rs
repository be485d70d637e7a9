//! When exchanges begin, and how they end.

use super::*;

const CONNECTED: &str = "good: connected to https://c0.example";

#[test]
fn the_first_exchanges_of_an_enrolled_host() {
    let mut host = Host::new(start(1, true));
    assert_eq!(host.waits(), 0.0);
    assert_eq!(
        host.on(due()),
        ["begin Register at c0.example, held 0 s", "warn of endings"]
    );
    host.begun(Cargo::Nothing);
    assert_eq!(host.core.deadline(), None, "the courier's deadline counts");
    assert_eq!(
        host.answered(201),
        [
            "end, peer Worked",
            &format!("floor {UNIX}"),
            "skew 0",
            "check Registration"
        ]
    );
    let text = "Info: registered: control did not know this host's facts";
    assert_eq!(
        host.on(Input::Checked(registered())),
        ["end, peer Unknown", text, CONNECTED]
    );
    assert_eq!(host.waits(), 0.0);
    assert_eq!(host.on(due()), ["begin Ping at c0.example, held 50 s"]);
    host.begun(Cargo::Nothing);
    host.pass(50);
    assert_eq!(
        host.answered(204),
        ["end, peer Worked", "acknowledge output", CONNECTED]
    );
    assert_eq!(host.waits(), 0.0, "the interval is over already");
}

#[test]
fn an_idle_ping_waits_for_the_interval_and_one_with_a_result_does_not() {
    let mut host = Host::exchanging(Cargo::Nothing);
    host.answered(204);
    assert_eq!(host.waits(), 15.0);
    host.core.link = Link::default();
    assert_eq!(host.on(due()), [""; 0]);
    assert_eq!(host.waits(), 1.0, "the least time between two pings");
    host.now.jobs.has_result = true;
    assert_eq!(host.on(due()), ["begin Ping at c0.example, held 50 s"]);
    host.begun(Cargo::Result(3));
    assert_eq!(
        host.answered(204),
        [
            "end, peer Worked",
            "acknowledge output",
            "acknowledge result 3",
            CONNECTED
        ]
    );
    assert_eq!(host.waits(), 0.0, "there may be another job");
}

#[test]
fn a_ping_after_a_result_does_not_wait_where_pings_are_never_held() {
    let mut host = Host::registered();
    host.core.long_poll.configure(Duration::ZERO);
    host.pass(60);
    host.on(due());
    host.begun(Cargo::Result(3));
    host.answered(204);
    assert_eq!(host.waits(), 0.0);
}

#[test]
fn a_ping_is_held_if_nothing_is_urgent() {
    let begin = |change: fn(&mut Host)| {
        let mut host = Host::registered();
        host.pass(60);
        change(&mut host);
        host.on(due()).remove(0)
    };
    assert!(begin(|_| {}).ends_with("held 50 s"));
    assert!(begin(|host| host.now.jobs.is_asking = true).ends_with("held 0 s"));
    assert!(begin(|host| host.core.streak.begin()).ends_with("held 0 s"));
    let mut host = Host::registered();
    host.pass(60);
    let Action::Begin(begin) = host.core.on(due(), host.now).remove(0) else {
        panic!("it is time for it");
    };
    assert_eq!(begin.wait(&Cargo::Result(5)), Duration::ZERO);
    assert_eq!(begin.wait(&Cargo::Nothing), seconds(50));
}

/// How an exchange ends, what is recorded and logged, and in how many seconds the next one
/// begins.
#[test]
fn how_an_exchange_fails() {
    let bad = |why: &str| format!("bad: https://c0.example: {why}");
    let busy = RawAnswer {
        status: 503,
        retry_after: 40,
        ..RawAnswer::default()
    };
    for (input, peer, why, waits) in [
        (link_failed(Class::Certificate), "Failed", "away", 15.0),
        (link_failed(Class::Clock), "Failed", "clock: away", 15.0),
        (link_failed(Class::Unreached), "Failed", "away", 15.0),
        (cut(), "Failed", "away", 15.0),
        (Input::TooLarge, "Unknown", "the answer is too large", 15.0),
        (
            Input::Answered(busy, None),
            "Unknown",
            "control is busy and asks this host to come back later",
            50.0,
        ),
        (
            Input::Answered(raw(401), None),
            "Failed",
            "control does not accept this host's key: it was removed, disabled, or not admitted yet",
            15.0,
        ),
        (
            Input::Answered(raw(200), None),
            "Failed",
            "the answer (status 200) is not from control; is a proxy in between?",
            15.0,
        ),
        (
            Input::Answered(raw(404), Some(UNIX + 60)),
            "Worked",
            "control answered with status 404: ",
            15.0,
        ),
    ] {
        let mut host = Host::exchanging(Cargo::Nothing);
        let done = host.on(input);
        assert_eq!(
            done,
            [
                format!("end, peer {peer}"),
                bad(why),
                format!("Debug: trying again in {:?}", seconds(waits as u64))
            ]
        );
        assert_eq!(host.waits(), waits, "{why}");
    }
}

#[test]
fn an_exchange_that_cannot_begin_counts_as_failed() {
    let mut host = Host::registered();
    host.pass(60);
    host.on(due());
    let done = host.on(Input::Failed("no process".into()));
    assert_eq!(
        done[0],
        "bad: https://c0.example: cannot begin an exchange: no process"
    );
    assert_eq!(host.waits(), 15.0);
}

#[test]
fn the_answer_is_checked_against_the_number_of_its_ping() {
    let mut host = Host::exchanging(Cargo::Nothing);
    let check = format!("check Envelope({})", host.n);
    assert_eq!(host.answered(200).last(), Some(&check));
}

#[test]
fn a_check_that_takes_too_long_or_cannot_begin_costs_one_ping() {
    let mut host = Host::checking();
    assert_eq!(host.core.deadline(), None);
    let done = host.on(Input::Late);
    assert_eq!(
        done[..2],
        [
            "end, peer Unknown",
            "bad: https://c0.example: checking the answer took too long"
        ]
    );
    let mut host = Host::checking();
    let done = host.on(Input::Failed("no keys".into()));
    assert_eq!(done[0], "bad: https://c0.example: no keys");
}

#[test]
fn a_verdict_on_another_kind_of_answer_is_refused() {
    let mut host = Host::checking();
    let done = host.on(Input::Checked(registered()));
    assert!(
        done[1].starts_with("Warn: an answer was refused"),
        "{done:?}"
    );
}

#[test]
fn a_long_poll_that_may_have_been_cut_is_no_failure_yet() {
    for input in [cut(), Input::Answered(raw(504), None), Input::Late] {
        let mut host = Host::exchanging(Cargo::Nothing);
        host.pass(30);
        let done = host.on(input);
        assert!(done[1].starts_with("Debug: a long poll was"), "{done:?}");
        assert_eq!((done.len(), host.waits()), (2, 0.0));
        assert_eq!(host.on(due()), ["begin Ping at c0.example, held 0 s"]);
        host.begun(Cargo::Nothing);
        let done = host.answered(204);
        assert!(done[2].contains("cuts exchanges that last"), "{done:?}");
        assert_eq!(host.waits(), 0.0, "the next one may be held");
    }
}

#[test]
fn a_second_silence_is_a_failure() {
    let mut host = Host::exchanging(Cargo::Nothing);
    host.pass(80);
    host.on(Input::Late);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.pass(30);
    let done = host.on(Input::Late);
    assert_eq!(
        done[1],
        "bad: https://c0.example: control did not answer in time"
    );
}

#[test]
fn all_addresses_are_tried_before_a_pause() {
    let mut host = Host::with_addresses(2);
    host.pass(60);
    assert!(host.on(due())[0].contains("c0.example"));
    host.begun(Cargo::Nothing);
    assert_eq!(host.on(cut()).len(), 2);
    assert_eq!(host.waits(), 0.0);
    assert_eq!(host.on(due()), ["begin Ping at c1.example, held 0 s"]);
    host.begun(Cargo::Nothing);
    assert_eq!(host.on(cut()).len(), 3);
    assert_eq!(host.waits(), 15.0);
}

#[test]
fn a_trial_of_the_first_address_that_fails_is_no_failure() {
    let mut host = Host::with_addresses(2);
    host.pass(60);
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(cut());
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(204);
    host.pass(61);
    assert_eq!(host.on(due()), ["begin Ping at c0.example, held 0 s"]);
    host.begun(Cargo::Nothing);
    let done = host.on(cut());
    assert_eq!(
        done[1],
        "Debug: https://c0.example: away; going on at https://c1.example"
    );
    assert_eq!(host.on(due()), ["begin Ping at c1.example, held 50 s"]);
}

#[test]
fn a_retry_after_of_one_address_counts_for_all() {
    let mut host = Host::with_addresses(2);
    host.pass(60);
    host.on(due());
    host.begun(Cargo::Nothing);
    let busy = RawAnswer {
        status: 429,
        retry_after: 100,
        ..RawAnswer::default()
    };
    host.on(Input::Answered(busy, None));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(cut());
    assert_eq!(host.waits(), 125.0);
}

#[test]
fn after_a_reload_the_agent_contacts_control_at_once() {
    let mut host = Host::exchanging(Cargo::Nothing);
    host.on(cut());
    assert_eq!(host.waits(), 15.0);
    let settings = Settings {
        wait: seconds(20),
        ..start(2, true).settings
    };
    assert_eq!(host.on(Input::Reloaded(Some(settings), false)), [""; 0]);
    assert_eq!(host.waits(), 0.0);
    assert!(host.on(due())[0].starts_with("begin Register"));
    host.begun(Cargo::Nothing);
    host.answered(200);
    host.on(Input::Checked(registered()));
    assert_eq!(
        host.on(due()),
        ["begin Ping at c0.example, held 20 s"],
        "though the last one was just now"
    );
}

#[test]
fn a_late_input_of_an_ended_exchange_changes_nothing() {
    let mut host = Host::exchanging(Cargo::Nothing);
    host.on(Input::Reloaded(None, false));
    for input in [
        cut(),
        Input::Checked(registered()),
        Input::Taken(true),
        Input::Done,
        Input::Failed("late".into()),
    ] {
        assert_eq!(host.on(input), [""; 0]);
        assert_eq!(host.waits(), 0.0);
    }
}

#[test]
fn facts_that_have_changed_are_sent_instead_of_an_idle_ping() {
    let changed = || Input::Due {
        facts_changed: true,
    };
    let mut host = Host::registered();
    host.pass(60);
    assert!(host.core.needs_facts(host.now));
    assert!(host.on(changed())[0].starts_with("begin Register"));
    assert!(!host.core.needs_facts(host.now), "it has begun");
    host.begun(Cargo::Nothing);
    host.on(cut());
    host.pass(15);
    assert!(host.on(due())[0].starts_with("begin Ping"), "it goes on");
    let mut host = Host::registered();
    host.now.jobs.has_result = true;
    assert!(!host.core.needs_facts(host.now), "a result goes first");
    assert!(host.on(changed())[0].starts_with("begin Ping"));
}

#[test]
fn what_control_has_acknowledged_is_not_sent_again() {
    let mut host = Host::new(start(1, true));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.answered(201);
    host.on(Input::Checked(registered()));
    host.on(Input::KeysInForce(Some(3)));
    let unacknowledged = |host: &Host| {
        let mut ping = wire::ping::Ping::default();
        host.core.unacknowledged.add_to(&mut ping);
        (ping.skew, ping.keys)
    };
    assert_eq!(unacknowledged(&host), (Some(0), Some(3)));
    host.on(due());
    host.begun(Cargo::Nothing);
    host.on(Input::KeysInForce(Some(4)));
    host.answered(204);
    assert_eq!(unacknowledged(&host), (None, Some(4)), "it is newer");
}

#[test]
fn the_state_is_described_in_one_line() {
    let host = Host::exchanging(Cargo::Nothing);
    assert_eq!(
        host.core.describe(7),
        "next is Ping, in an exchange, number 7, control https://c0.example, interval 15s, held for up to 50s, clock 0 s off"
    );
    let host = Host::new(start(1, false));
    let state = host.core.describe(0);
    assert!(
        state.starts_with("next is Enrol, waiting, number 0"),
        "{state}"
    );
}
