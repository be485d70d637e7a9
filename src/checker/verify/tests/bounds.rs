//! Signed answers with more than a host reads.

use super::key_lists::{anchor, list_of, with_keys};
use super::*;

#[test]
fn abuse_a_signed_answer_of_more_than_a_host_reads() {
    let (root, key) = (key("root"), key("job"));
    let keys = keyring(&key);
    let many: Vec<i64> = (0..257).collect();
    let lists: [fn(&mut Envelope) -> &mut Vec<i64>; 3] = [
        |envelope| &mut envelope.cancel,
        |envelope| &mut envelope.query,
        |envelope| &mut envelope.follow,
    ];
    for list in lists {
        let mut envelope = offer();
        *list(&mut envelope) = many[1..].to_vec();
        let answer = answered(&sign(&envelope, &key), &keys, None).unwrap();
        assert_eq!(
            (answer.envelope, answer.unreadable),
            (Ok(envelope.clone()), None)
        );
        list(&mut envelope).push(0);
        let answer = answered(&sign(&envelope, &key), &keys, None).unwrap();
        assert!(answer.unreadable.is_some(), "{answer:?}");
    }

    let long = Signed::new(&offer(), |_| Ok::<_, String>("x".repeat(64 << 10)));
    let why = judge(&serde_json::to_vec(&long.unwrap()).unwrap(), &keys).unwrap_err();
    assert!(why.contains("the signature is too long"), "{why}");
    let mut list = list_of(2, &key, &root);
    list.signature = "x".repeat(192 << 10);
    let why = judge(&with_keys(list, &key), &keys).unwrap_err();
    assert!(why.contains("the signed key list is too long"), "{why}");
    let armored = key.certificate().to_armor();
    let list = KeyList {
        number: 2,
        issued: NOW,
        job: vec!["x".into(); 101],
        registry: vec![armored],
    };
    let bytes = serde_json::to_vec(&list).unwrap();
    let signature = root.sign(&SignedKeyList::message(&bytes), NOW).unwrap();
    let list = SignedKeyList {
        list: bytes,
        signature,
    };
    let answer = answered(&with_keys(list, &key), &keys, Some(&anchor(&root, 1))).unwrap();
    let why = answer.keys.unwrap().unwrap_err();
    assert!(why.contains("a list of up to 100 entries"), "{why}");
}

#[test]
fn abuse_a_job_of_texts_that_no_host_takes_is_refused_by_its_id_alone() {
    let key = key("job");
    let var = |name: &str, value: &str| VarInput {
        name: name.into(),
        value: Some(value.into()),
        ..VarInput::default()
    };
    let with = |input: Input| Command {
        input: Some(input),
        ..Command::default()
    };
    let long = "x".repeat(200 << 10);
    for (command, words) in [
        (
            Command {
                package: long.clone(),
                ..Command::default()
            },
            "package",
        ),
        (
            Command {
                function: long.clone(),
                ..Command::default()
            },
            "function",
        ),
        (
            with(Input {
                var: vec![var("A", &long)],
                ..Input::default()
            }),
            "value of a variable",
        ),
        (
            with(Input {
                var: vec![var(&long, "")],
                ..Input::default()
            }),
            "name of a variable",
        ),
        (
            with(Input {
                var: vec![var("A", "b"); 257],
                ..Input::default()
            }),
            "wrong type",
        ),
    ] {
        let mut envelope = offer();
        envelope.value = Command {
            job_id: 7,
            ..command
        };
        let answer = answered(&sign(&envelope, &key), &keyring(&key), None).unwrap();
        assert_eq!(answer.envelope.unwrap().value, offer().value, "{words}");
        let why = answer.unreadable.unwrap();
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn abuse_reasons_without_end() {
    let long = "x".repeat(100_000);
    let refused = serde_json::json!({ "state": "refused", "error": long }).to_string();
    let Verdict::Refused(why) = enrolment(refused.as_bytes(), None, NOW) else {
        panic!("it is too long");
    };
    assert!(
        why.starts_with("xxx") && why.len() <= MOST_REASON,
        "{}",
        why.len()
    );
    let rejected = serde_json::json!({ "reason": "clock", "error": long }).to_string();
    let Verdict::Refused(why) = rejection(rejected.as_bytes()) else {
        panic!("it is too long");
    };
    assert!(why.contains("error is too long"), "{why}");
    let root = serde_json::json!({ "state": "enrolled", "interval": 1, "root": long.repeat(6) });
    let Verdict::Refused(why) = enrolment(root.to_string().as_bytes(), None, NOW) else {
        panic!("it is too long");
    };
    assert!(why.contains("the root key is too long"), "{why}");
}
