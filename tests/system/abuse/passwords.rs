//! Wrong passwords cost control some time, and nothing for good.

use lab::memory::pss_kib;
use lab::rest::client;
use lab::{Lab, control::Control};
use std::thread;

/// Attempts at once, and how often: fewer than what is slowed down.
const AT_ONCE: usize = 6;
const ROUNDS: usize = 3;

/// Less than one hash takes, in KiB.
const LITTLE: u64 = 16 << 10;

#[test]
fn abuse_wrong_passwords_take_no_memory_for_good() {
    let lab = Lab::without_package();
    let control = &lab.control;
    let fresh = pss_kib(control.service().pid()).unwrap();
    for _ in 0..ROUNDS {
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| try_password(control));
            }
        });
    }
    let afterwards = pss_kib(control.service().pid()).unwrap();
    assert!(
        afterwards < fresh + LITTLE,
        "from {fresh} to {afterwards} KiB"
    );
}

fn try_password(control: &Control) {
    let request = client(&control.ca()).get(format!("{}/host", control.url()));
    // admin:battery staple
    let request = request.header("Authorization", "Basic YWRtaW46YmF0dGVyeSBzdGFwbGU=");
    assert_eq!(request.call().unwrap().status(), 401);
}
