//! Answers to pings that the agent refuses.

use super::{assert_refused, copy_of, host_that_gets, mark, offer};
use crate::double::{Reply, job_key, now, signed};
use tempfile::TempDir;
use wire::HostId;
use wire::envelope::Envelope;

#[test]
fn what_a_good_control_offers_is_run() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let (double, host) = host_that_gets(&folder, &key, move |asked| {
        asked.reply(201, signed(&offer(asked), &signer))
    });
    host.agent().wait_for("job 77 is reported");
    double.next_ping();
    assert!(
        mark(&folder).exists(),
        "the mark of the refusal tests can appear"
    );
}

/// Envelopes that are wrong in one way each, signed by the right key.
#[test]
fn abuse_an_answer_for_another_host_to_an_earlier_ping_or_expired() {
    let other = HostId::derive("other", "", b"");
    type Change = fn(Envelope, HostId) -> Envelope;
    let cases: [(&str, Change); 4] = [
        ("not for this host", |good, other| Envelope {
            host: Some(other),
            ..good
        }),
        ("does not answer this ping", |good, _| Envelope {
            n: good.n.map(|n| n + 1),
            ..good
        }),
        ("has expired", |good, _| Envelope {
            expires: Some(now() - 1),
            ..good
        }),
        ("not for this host", |good, _| Envelope {
            host: None,
            n: None,
            expires: None,
            ..good
        }),
    ];
    for (why, change) in cases {
        let key = job_key();
        let signer = copy_of(&key);
        assert_refused(&key, why, move |asked| {
            asked.reply(201, signed(&change(offer(asked), other), &signer))
        });
    }
}

#[test]
fn abuse_a_compromised_courier_or_control_changes_a_byte() {
    let flip = |mut body: Vec<u8>| {
        let at = body
            .windows(5)
            .position(|window| window == b"greet")
            .unwrap();
        body[at] ^= 1;
        body
    };
    let key = job_key();
    let signer = || copy_of(&key);
    // An attacker on the way, without the host key: the MAC.
    let one = signer();
    assert_refused(&key, "not from control", move |asked| {
        let good = asked.reply(201, signed(&offer(asked), &one));
        Reply {
            body: flip(good.body),
            ..good
        }
    });
    // An attacker who has taken over control's front, but has not got the job key.
    let other = signer();
    assert_refused(&key, "does not match", move |asked| {
        asked.reply(201, flip(signed(&offer(asked), &other)))
    });
}

#[test]
fn abuse_a_bad_signature_does_not_stop_the_agent() {
    let stranger = job_key();
    assert_refused(&job_key(), "not one of the trusted keys", move |asked| {
        asked.reply(201, signed(&offer(asked), &stranger))
    });
}

#[test]
fn abuse_a_proxy_answers_200_to_everything() {
    for status in [200, 204] {
        assert_refused(&job_key(), "not from control", move |_| Reply {
            status,
            mac: None,
            body: b"welcome".to_vec(),
        });
    }
}
