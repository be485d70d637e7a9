//! State and child disagree, which the driver's rules exclude: there is a next deadline all the
//! same.

use super::*;

/// A host in each state in which a child runs or the driver works.
fn hosts() -> Vec<(&'static str, Host)> {
    let mut beginning = Host::registered();
    beginning.pass(60);
    beginning.on(due());
    let mut settling = Host::checking();
    settling.on(checked(envelope(NEXT_ID)));
    vec![
        ("beginning", beginning),
        ("exchanging", Host::exchanging(Cargo::Nothing)),
        ("checking", Host::checking()),
        ("settling", settling),
    ]
}

#[test]
fn without_its_child_an_exchange_fails() {
    for (state, mut host) in hosts() {
        let done = host.on(due());
        assert_eq!(
            done[..2],
            [
                "end, peer Unknown",
                "bad: https://c0.example: the agent lost track of the exchange"
            ],
            "{state}"
        );
        assert_eq!(host.waits(), 15.0, "{state}");
    }
}

#[test]
fn a_child_that_outlives_its_state_is_ended() {
    for (state, mut host) in hosts() {
        if state == "exchanging" || state == "checking" {
            continue;
        }
        assert_eq!(host.on(Input::Late)[0], "end, peer Unknown", "{state}");
        assert_eq!(host.waits(), 15.0, "{state}");
    }
    let mut host = Host::registered();
    let before = host.waits();
    assert!(before > 0.0);
    assert_eq!(host.on(Input::Late), ["end, peer Unknown"]);
    assert_eq!(host.waits(), before, "nothing has failed");
}

#[test]
fn a_reload_ends_whatever_is_under_way() {
    for (state, mut host) in hosts() {
        let done = host.on(Input::Reloaded(None, false));
        assert_eq!(done, ["end, peer Unknown"], "{state}");
        assert_eq!(host.waits(), 0.0, "{state}");
    }
    let mut host = Host::registered();
    assert_eq!(host.on(Input::Reloaded(None, false)), [""; 0]);
}
