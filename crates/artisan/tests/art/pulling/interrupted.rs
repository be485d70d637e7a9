//! Pulls that break off, and how the next attempt resumes them.

use super::*;
use crate::home::{failed, succeeded};
use crate::registry::Answer;
use std::fs;

#[test]
fn abuse_the_registry_breaks_off() {
    let fixture = Fixture::new();
    let mut cut = Answer::new(200, "PK");
    cut.length = Some(1_000);
    fixture.answer("archive", cut);
    let error = failed(&mut fixture.exe(), 120);
    assert!(error.contains("cannot be used"), "{error}");
}

#[test]
fn a_failed_request_is_repeated() {
    let fixture = Fixture::new();
    let mut cut = Answer::new(200, "PK");
    cut.length = Some(1_000);
    let (reference, _) = fixture.publisher.only_package();
    fixture.registry.answer_first(
        &format!("GET /package/archive/ops/hello/{reference}"),
        [Answer::new(503, "restarting"), cut],
    );
    let output = fixture
        .exe()
        .env("ART_PULL_ATTEMPTS", "3")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("(1 of 3 attempts failed)"), "{stderr}");
    assert!(stderr.contains("(2 of 3 attempts failed)"), "{stderr}");
    assert_eq!(fixture.times_asked_for("archive"), 3);
}

/// A part of the offered archive, cut off after so many bytes.
fn part_of(fixture: &Fixture, status: u16, from: usize, until: usize, tag: &str) -> Answer {
    let (reference, _) = fixture.publisher.only_package();
    let path = format!("art/packages/{reference}.zip");
    let archive = fs::read(fixture.publisher.path(&path)).unwrap();
    let mut answer = Answer::new(status, &archive[from..until]);
    answer.length = Some(archive.len() - from);
    answer.headers = format!("ETag: {tag}\r\n");
    if status == 206 {
        let last = archive.len() - 1;
        answer.headers += &format!("Content-Range: bytes {from}-{last}/{}\r\n", last + 1);
    }
    answer
}

fn ranges_asked_for(fixture: &Fixture) -> Vec<Option<String>> {
    let requests = fixture.registry.requests().into_iter();
    requests
        .filter(|request| request.line.contains("archive"))
        .map(|request| request.range)
        .collect()
}

#[test]
fn a_pull_that_breaks_off_is_resumed() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let whole = part_of(&fixture, 206, 100, 100, "").length.unwrap() + 100;
    fixture.registry.answer_first(
        &line,
        [
            part_of(&fixture, 200, 0, 50, "\"a\""),
            part_of(&fixture, 206, 50, 100, "\"a\""),
            part_of(&fixture, 206, 100, whole, "\"a\""),
        ],
    );
    succeeded(fixture.exe().env("ART_PULL_ATTEMPTS", "3"));
    let wanted = [None, Some("bytes=50-"), Some("bytes=100-")];
    assert_eq!(
        ranges_asked_for(&fixture),
        wanted.map(|range| range.map(str::to_owned))
    );
}

/// The registry has another archive after the break, and reports that or not. Each attempt is a
/// process of its own, and leaves what a killed one would leave.
#[test]
fn the_next_pull_resumes_one_that_was_killed() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let parts = [
        part_of(&fixture, 200, 0, 100, "\"a\""),
        part_of(&fixture, 206, 100, 150, "\"a\""),
    ];
    let length = parts[0].length.unwrap();
    let rest = part_of(&fixture, 206, 150, length, "\"a\"");
    fixture
        .registry
        .answer_first(&line, parts.into_iter().chain([rest]));
    for _ in 0..2 {
        failed(&mut fixture.exe(), 120);
    }
    succeeded(&mut fixture.exe());
    let wanted = [None, Some("bytes=100-"), Some("bytes=150-")];
    assert_eq!(
        ranges_asked_for(&fixture),
        wanted.map(|range| range.map(str::to_owned))
    );
    let left = fs::read_dir(fixture.host.path("art/partial"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing is kept of what is whole");
}

/// A function of the same user may have changed what was kept.
#[test]
fn abuse_the_kept_part_of_a_pull_was_changed() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let first = part_of(&fixture, 200, 0, 100, "\"a\"");
    let length = first.length.unwrap();
    fixture.registry.answer_first(&line, [first]);
    failed(&mut fixture.exe(), 120);
    let kept = fixture.host.path("art/partial").join(&reference);
    let mut bytes = fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&kept, bytes).unwrap();
    let rest = part_of(&fixture, 206, 100, length, "\"a\"");
    fixture.registry.answer_first(&line, [rest]);
    succeeded(&mut fixture.exe());
    assert_eq!(
        ranges_asked_for(&fixture),
        [None, Some("bytes=100-".to_owned()), None]
    );
}

#[test]
fn a_pull_begins_again_where_the_archive_has_changed() {
    for (status, tag) in [(200, "\"b\""), (206, "\"b\""), (206, "\"a\"")] {
        let fixture = Fixture::new();
        let (reference, _) = fixture.publisher.only_package();
        let line = format!("GET /package/archive/ops/hello/{reference}");
        let mut old = part_of(&fixture, 200, 0, 50, "\"a\"");
        old.body.fill(b'x');
        let whole = old.length.unwrap();
        let from = if status == 206 { 50 } else { 0 };
        let new = part_of(&fixture, status, from, whole, tag);
        fixture.registry.answer_first(&line, [old, new]);
        succeeded(fixture.exe().env("ART_PULL_ATTEMPTS", "3"));
        let asked = ranges_asked_for(&fixture);
        assert_eq!(asked[1].as_deref(), Some("bytes=50-"));
        assert_eq!(asked.len(), if status == 206 { 3 } else { 2 }, "{tag}");
    }
}
