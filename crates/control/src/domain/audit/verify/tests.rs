//! Attacks on the chain.

use super::super::tests::ada;
use super::super::{Action, CarryOver};
use super::*;

fn key() -> AuditKey {
    AuditKey::derive(&[7; 32])
}

/// A log of this many entries, and its ends.
fn log(entries: i64) -> (Vec<Entry>, Ends) {
    let mut ends = key().begin();
    let entries = (1..=entries).map(|number| {
        let mut entry = Entry::new(ada().did(Action::HostDisable, number), 1_000 + number);
        key().append(&mut entry, number, &mut ends);
        entry
    });
    (entries.collect(), ends)
}

fn found(entries: &[Entry], ends: &Ends) -> Vec<Finding> {
    let key = key();
    let mut verifier = Verifier::new(&key, Some(ends.clone()), false);
    entries
        .iter()
        .cloned()
        .for_each(|entry| verifier.add(entry));
    verifier.finish().named
}

#[test]
fn a_log_holds_as_it_was_written() {
    for length in [0, 1, 2, 10] {
        let (entries, ends) = log(length);
        assert_eq!(found(&entries, &ends), []);
    }
}

#[test]
fn abuse_an_entry_is_changed_in_any_member() {
    let changes: [fn(&mut Entry); 11] = [
        |entry| entry.at += 1,
        |entry| entry.who = "eve".into(),
        |entry| entry.token = Some("t".into()),
        |entry| entry.origin = "this machine".into(),
        |entry| entry.action = "host.enable".into(),
        |entry| entry.kind = "user".into(),
        |entry| entry.target = "8".into(),
        |entry| entry.before = Some("{}".into()),
        |entry| entry.after = Some(String::new()),
        |entry| entry.size = 1,
        |entry| entry.mac[0] ^= 1,
    ];
    for change in changes {
        for at in 0..3 {
            let (mut entries, ends) = log(3);
            change(&mut entries[at]);
            assert_eq!(found(&entries, &ends), [Finding::Changed(at as i64 + 1)]);
        }
    }
}

#[test]
fn abuse_entries_are_removed_anywhere() {
    let removed = |first, last| [Finding::Removed { first, last }];
    for (range, expected) in [
        (0..1, removed(1, 1)),
        (1..3, removed(2, 3)),
        (3..5, removed(4, 5)),
        (0..5, removed(1, 5)),
    ] {
        let (mut entries, ends) = log(5);
        entries.drain(range);
        assert_eq!(found(&entries, &ends), expected);
    }
}

#[test]
fn abuse_entries_are_added_after_the_end_or_put_back_before_the_beginning() {
    let (mut entries, ends) = log(3);
    let forged = |number| Entry {
        number,
        ..entries[0].clone()
    };
    let forged = [forged(4), forged(0)];
    entries.push(forged[0].clone());
    assert_eq!(found(&entries, &ends), [Finding::Added(4)]);
    let mut ends = ends;
    key().forget(&entries[..1], &mut ends);
    assert_eq!(found(&entries[1..3], &ends), []);
    assert_eq!(found(&entries[..3], &ends), [Finding::Added(1)]);
    entries[0] = forged[1].clone();
    assert_eq!(found(&entries[..3], &ends), [Finding::Added(0)]);
}

#[test]
fn an_added_entry_stays_one_when_the_log_goes_on() {
    let (mut entries, mut ends) = log(2);
    entries.push(Entry {
        number: 3,
        ..entries[0].clone()
    });
    let mut next = Entry::new(ada().did(Action::HostEnable, 1), 9);
    key().append(&mut next, 4, &mut ends);
    entries.push(next);
    assert_eq!(found(&entries, &ends), [Finding::Added(3)]);
}

#[test]
fn abuse_entries_change_places() {
    let (mut entries, ends) = log(4);
    entries.swap(1, 2);
    entries[1].number = 2;
    entries[2].number = 3;
    assert_eq!(
        found(&entries, &ends),
        [Finding::Changed(2), Finding::Changed(3)]
    );
}

#[test]
fn abuse_the_end_is_cut_off_and_its_record_adjusted() {
    let (mut entries, mut ends) = log(3);
    entries.pop();
    ends.newest = 2;
    ends.newest_mac.clone_from(&entries[1].mac);
    assert_eq!(found(&entries, &ends), [Finding::Ends]);
    let mut next = Entry::new(ada().did(Action::HostEnable, 1), 9);
    key().append(&mut next, 3, &mut ends);
    entries.push(next);
    assert_eq!(found(&entries, &ends), [Finding::Ends], "it stays known");
    key().forget(&entries[..1], &mut ends);
    assert_eq!(found(&entries[1..], &ends), [Finding::Ends]);
}

#[test]
fn abuse_what_retention_removes_was_changed_before() {
    let changed: [fn(&mut Vec<Entry>); 3] = [
        |entries| entries[1].who = "eve".into(),
        |entries| drop(entries.remove(1)),
        |entries| drop(entries.remove(0)),
    ];
    for change in changed {
        let (mut entries, mut ends) = log(6);
        change(&mut entries);
        key().forget(&entries[..2], &mut ends);
        assert_eq!(found(&entries[2..], &ends), [Finding::Ends]);
    }
}

#[test]
fn abuse_an_older_record_of_the_ends_is_put_back() {
    let (entries, _) = log(3);
    let (_, older) = log(2);
    assert_eq!(found(&entries, &older), [Finding::Ends]);
    let none = Ends::default();
    assert_eq!(found(&entries, &none), [Finding::Ends]);
    let key = key();
    let lost = Verifier::new(&key, None, false).finish();
    assert_eq!(lost.named, [Finding::Ends]);
}

#[test]
fn abuse_genuine_entries_of_another_copy_are_mixed_in() {
    let (mut entries, ends) = log(4);
    let (mut other, mut other_ends) = log(1);
    for number in 2..=4 {
        let mut entry = Entry::new(ada().did(Action::HostEnable, number), 5);
        key().append(&mut entry, number, &mut other_ends);
        other.push(entry);
    }
    entries[2] = other[2].clone();
    assert_eq!(
        found(&entries, &ends),
        [Finding::Foreign(3), Finding::Foreign(4)]
    );
    entries[3] = other[3].clone();
    assert_eq!(
        found(&entries, &ends),
        [Finding::Foreign(3), Finding::Foreign(4)]
    );
}

#[test]
fn abuse_many_findings_are_counted() {
    let (mut entries, ends) = log(300);
    entries.iter_mut().for_each(|entry| entry.at += 1);
    let key = key();
    let mut verifier = Verifier::new(&key, Some(ends), false);
    entries.into_iter().for_each(|entry| verifier.add(entry));
    let findings = verifier.finish();
    assert_eq!((findings.named.len(), findings.more), (MOST, 200));
}

#[test]
fn abuse_a_new_key_does_not_make_foreign_entries_genuine() {
    let (mut entries, _) = log(3);
    let (mut other, mut ends) = log(1);
    other[0].at = 5;
    key().append(&mut other[0], 2, &mut ends);
    entries[1] = other[0].clone();
    let (from, to) = (key(), AuditKey::derive(&[8; 32]));
    let mut other = Ends {
        removed: 0,
        ..Ends::default()
    };
    let mut over = CarryOver::new(&from, &to, &other);
    entries.iter_mut().for_each(|entry| over.take(entry));
    other.newest = 3;
    other.newest_mac.clone_from(&entries[2].mac);
    to.seal(&mut other, true);
    let mut verifier = Verifier::new(&to, Some(other), false);
    entries.into_iter().for_each(|entry| verifier.add(entry));
    assert_eq!(verifier.finish().named, [Finding::Changed(3)]);
}

#[test]
fn a_chain_is_carried_over_to_another_key_with_its_faults() {
    let (mut entries, _) = log(3);
    entries[1].who = "eve".into();
    let (from, to) = (key(), AuditKey::derive(&[8; 32]));
    let mut over = CarryOver::new(&from, &to, &from.begin());
    entries.iter_mut().for_each(|entry| over.take(entry));
    assert!(to.has_made(&entries[0]) && to.has_made(&entries[2]));
    assert!(!to.has_made(&entries[1]) && !key().has_made(&entries[0]));
}

#[test]
fn retention_removes_entries_while_the_log_is_verified() {
    let key = key();
    for verified in [0, 1, 4] {
        let (entries, mut ends) = log(6);
        let mut verifier = Verifier::new(&key, Some(ends.clone()), false);
        entries[..verified]
            .iter()
            .cloned()
            .for_each(|entry| verifier.add(entry));
        key.forget(&entries[..3], &mut ends);
        verifier.go_on_after(Some(&ends));
        let rest = &entries[verified.max(3)..];
        rest.iter().cloned().for_each(|entry| verifier.add(entry));
        assert_eq!(verifier.finish().named, [], "{verified}");
    }
    let (entries, mut ends) = log(6);
    let mut verifier = Verifier::new(&key, Some(ends.clone()), false);
    ends.removed = 3;
    verifier.go_on_after(Some(&ends));
    entries[3..]
        .iter()
        .cloned()
        .for_each(|entry| verifier.add(entry));
    assert_eq!(verifier.finish().named[0], Finding::Ends);
}
