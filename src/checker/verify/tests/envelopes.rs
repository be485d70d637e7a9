//! Envelopes for this host and ping, and others.

use super::*;

#[test]
fn an_envelope_for_this_host_and_ping_is_accepted() {
    let key = key("job");
    assert_eq!(judge(&sign(&offer(), &key), &keyring(&key)), Ok(offer()));
}

#[test]
fn an_envelope_for_anyone_or_anytime_else_is_refused() {
    let key = key("job");
    let other = HostId::derive("n", "", b"");
    for (wrong, why) in [
        (
            Envelope {
                host: Some(other),
                ..offer()
            },
            "not for this host",
        ),
        (
            Envelope {
                host: None,
                ..offer()
            },
            "not for this host",
        ),
        (
            Envelope {
                n: Some(2),
                ..offer()
            },
            "does not answer this ping",
        ),
        (Envelope { n: None, ..offer() }, "does not answer this ping"),
        (
            Envelope {
                expires: Some(NOW - 1),
                ..offer()
            },
            "has expired",
        ),
        (
            Envelope {
                expires: None,
                ..offer()
            },
            "has expired",
        ),
    ] {
        let refusal = judge(&sign(&wrong, &key), &keyring(&key)).unwrap_err();
        assert!(refusal.contains(why), "{refusal}");
    }
}

#[test]
fn abuse_any_byte_of_an_answer_is_changed() {
    let key = key("job");
    let body = sign(&offer(), &key);
    let start = body
        .windows(10)
        .position(|window| window == b"\"envelope\"")
        .unwrap();
    for at in start..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        assert!(judge(&changed, &keyring(&key)).is_err(), "byte {at}");
    }
}

/// An answer whose envelope is this text, valid or not.
fn signed_text(envelope: &str, key: &SecretKey) -> String {
    let digest = sha256(&canonical::indent(envelope.as_bytes()));
    let signature = base64(key.sign(&digest, NOW).unwrap().as_bytes());
    format!(r#"{{"envelope":{envelope},"signature":"{signature}"}}"#)
}

#[test]
fn abuse_a_secret_is_fished_for_in_refusals() {
    let key = key("job");
    let secret = r#"{"hunter2":"hunter2"}"#;
    let signed = |envelope: &str| signed_text(envelope, &key);
    for body in [
        signed(r#"{"value":"hunter2","interval":1}"#),
        signed(&format!(r#"{{"value":{secret},"interval":"hunter2"}}"#)),
        r#"{"envelope":{},"signature":{"hunter2":1}}"#.to_owned(),
        "hunter2".to_owned(),
    ] {
        let refusal = judge(body.as_bytes(), &keyring(&key)).unwrap_err();
        assert!(refusal.contains("(line 1, column "), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
    let Verdict::Refused(refusal) = registration(br#"{"operation":"hunter2"}"#) else {
        panic!("there is no such operation");
    };
    assert!(!refusal.contains("hunter2"), "{refusal}");
}

#[test]
fn a_job_that_cannot_be_read_is_known_by_its_id() {
    let key = key("job");
    let good = serde_json::to_string(&offer()).unwrap();
    let newer = good.replacen(r#""verbose":false"#, r#""verbose":{"level":2}"#, 1);
    let body = signed_text(&newer, &key);
    let answered = answered(body.as_bytes(), &keyring(&key), None).unwrap();
    assert_eq!(answered.envelope.unwrap().value.job_id, 7);
    let why = answered.unreadable.unwrap();
    assert!(why.contains("of the wrong type"), "{why}");
    // For another host, it is nothing at all.
    let other = newer.replacen(
        &host().to_string(),
        &HostId::derive("o", "", b"").to_string(),
        1,
    );
    let refusal = judge(signed_text(&other, &key).as_bytes(), &keyring(&key));
    assert!(refusal.unwrap_err().contains("not for this host"));
}

#[test]
fn abuse_a_stranger_signs_an_answer() {
    assert!(judge(&sign(&offer(), &key("stranger")), &keyring(&key("job"))).is_err());
}
