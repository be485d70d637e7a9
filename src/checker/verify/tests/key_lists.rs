//! Key lists, with an answer and at enrolment.

use super::*;

pub(super) fn list_of(number: u64, job: &SecretKey, signer: &SecretKey) -> SignedKeyList {
    let list = KeyList {
        number,
        issued: NOW,
        job: vec![job.certificate().to_armor()],
        registry: vec![],
    };
    let list = serde_json::to_vec(&list).unwrap();
    let signature = signer.sign(&SignedKeyList::message(&list), NOW).unwrap();
    SignedKeyList { list, signature }
}

/// An answer whose envelope `job` signed, with a list of keys.
pub(super) fn with_keys(list: SignedKeyList, job: &SecretKey) -> Vec<u8> {
    let mut signed = Signed::new(&offer(), |message| job.sign(message, NOW)).unwrap();
    signed.keys = Some(list);
    serde_json::to_vec(&signed).unwrap()
}

pub(super) fn anchor(root: &SecretKey, number: u64) -> Anchor {
    Anchor {
        root: root.certificate().to_armor(),
        number,
    }
}

#[test]
fn a_newer_list_of_the_pinned_root_key_counts_at_once() {
    let (root, old, new) = (key("root"), key("old"), key("new"));
    let anchor = anchor(&root, 1);
    let answer = |job| with_keys(list_of(2, &new, &root), job);
    let judged = |job| answered(&answer(job), &keyring(&old), Some(&anchor)).unwrap();
    let by_new = judged(&new);
    assert_eq!(by_new.keys.unwrap().unwrap().1.number, 2);
    assert_eq!(by_new.envelope, Ok(offer()));
    let by_old = judged(&old);
    assert!(by_old.keys.unwrap().is_ok());
    assert!(by_old.envelope.is_err(), "it is no longer listed");
}

#[test]
fn abuse_a_stolen_job_key_signs_its_successor() {
    let (root, stolen, successor) = (key("root"), key("stolen"), key("successor"));
    let anchor = anchor(&root, 1);
    let body = with_keys(list_of(2, &successor, &stolen), &successor);
    let judged = answered(&body, &keyring(&stolen), Some(&anchor)).unwrap();
    assert!(judged.keys.unwrap().is_err() && judged.envelope.is_err());
}

#[test]
fn a_list_that_is_not_newer_is_refused_and_the_envelope_beside_it_is_not() {
    let (root, present, other) = (key("root"), key("present"), key("other"));
    for number in [0, 4, 5] {
        let body = with_keys(list_of(number, &other, &root), &present);
        let judged = answered(&body, &keyring(&present), Some(&anchor(&root, 5))).unwrap();
        assert!(judged.keys.unwrap().unwrap_err().contains("number 5"));
        assert_eq!(judged.envelope, Ok(offer()));
    }
}

#[test]
fn where_one_key_was_deployed_no_list_replaces_it() {
    let (root, deployed, other) = (key("root"), key("deployed"), key("other"));
    let body = with_keys(list_of(2, &other, &root), &deployed);
    let judged = answered(&body, &keyring(&deployed), None).unwrap();
    assert!(judged.keys.unwrap().is_err());
    assert_eq!(judged.envelope, Ok(offer()));
}

fn enrolled_with(root: &SecretKey, signer: &SecretKey) -> Vec<u8> {
    let signed = list_of(1, &key("job"), signer);
    serde_json::to_vec(&EnrolAnswer::Enrolled {
        interval: 1,
        root: Some(root.certificate().to_armor()),
        keys: Some(signed),
    })
    .unwrap()
}

#[test]
fn abuse_another_root_key_at_enrolment() {
    let root = key("root");
    let pin = root.certificate().fingerprint().to_string();
    let is_enrolled = |body: &[u8], pin: Option<&str>| matches!(enrolment(body, pin, NOW), Verdict::Enrolment(found) if matches!(*found, Enrolment::Enrolled { keys: Some(_), .. }));
    assert!(is_enrolled(&enrolled_with(&root, &root), Some(&pin)));
    assert!(!is_enrolled(&enrolled_with(&root, &root), None));
    assert!(!is_enrolled(&enrolled_with(&root, &key("x")), Some(&pin)));
    assert!(!is_enrolled(&enrolled_with(&key("x"), &root), Some(&pin)));
    let bare = serde_json::to_vec(&EnrolAnswer::Enrolled {
        interval: 1,
        root: None,
        keys: None,
    })
    .unwrap();
    assert!(matches!(
        enrolment(&bare, Some(&pin), NOW),
        Verdict::Refused(_)
    ));
}
