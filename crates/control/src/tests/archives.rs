//! Archives that are damaged or gone: a pull reports that, and a push repairs it.

use super::registry::Package;
use super::service::Service;
use crate::domain::audit::tests::ada;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const TARGET: &str = "/package/ops/hello/tag/1";

fn file(service: &Service, reference: &str) -> PathBuf {
    service
        .packages()
        .join("ops%2Fhello")
        .join(format!("{reference}.zip"))
}

/// A word of the expected error, and what damages the archive.
type Damage = (&'static str, Box<dyn Fn()>);

/// The ways in which disks and people damage the archive of `r1`.
fn damages(service: &Service) -> [Damage; 4] {
    let path = file(service, "r1");
    let write = |content: &'static [u8]| {
        let path = path.clone();
        Box::new(move || fs::write(&path, content).unwrap())
    };
    let gone = path.clone();
    [
        ("damaged", write(b"archive of")),
        ("damaged", write(b"archive of r2")),
        ("damaged", write(b"")),
        ("gone", Box::new(move || fs::remove_file(&gone).unwrap())),
    ]
}

async fn pull(service: &Service, reference: &str) -> (u16, Vec<u8>) {
    let target = format!("/package/archive/ops/hello/{reference}");
    let answer = service.ada("GET", &target, Value::Null).await;
    (answer.status(), answer.body)
}

/// The package that the tag points to.
async fn current(service: &Service) -> Value {
    let target = "/package/manifest/ops/hello/1";
    service.ada("GET", target, Value::Null).await.json()["ref"].clone()
}

#[tokio::test]
async fn a_damaged_archive_is_reported_and_repaired() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
    for (how, damage) in damages(&service) {
        damage();
        let (status, text) = pull(&service, "r1").await;
        let text = String::from_utf8(text).unwrap();
        assert_eq!(status, 410, "{text}");
        assert!(text.contains(how) && text.contains("push the same package again"));
        let pushed = package.push(&service, TARGET).await;
        assert_eq!(pushed.status(), 200);
        assert_eq!(pushed.json()["repaired"], true);
        assert_eq!(pull(&service, "r1").await, (200, package.archive.clone()));
        let again = package.push(&service, TARGET).await;
        assert_eq!((again.status(), again.text()), (200, ""));
    }
}

/// Each push checks before the first one has placed the archive.
#[tokio::test]
async fn concurrent_pushes_of_the_same_package_repair_nothing() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    let push = || package.push(&service, TARGET);
    let answers = tokio::join!(push(), push(), push(), push());
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let stored = answers.iter().filter(|answer| answer.status() == 201);
    assert_eq!(stored.count(), 1);
    for answer in &answers {
        assert_eq!(answer.text(), "", "{}", answer.status());
    }
}

/// Waiting jobs pull it by digest.
#[tokio::test]
async fn an_earlier_package_of_a_tag_is_repaired_and_the_tag_stays() {
    let service = Service::start().await;
    let (old, new) = (Package::new("r1").serial(5), Package::new("r2").serial(6));
    for package in [&old, &new] {
        assert_eq!(package.push(&service, TARGET).await.status(), 201);
    }
    for (_, damage) in damages(&service) {
        damage();
        let pushed = old.push(&service, TARGET).await;
        assert_eq!(pushed.json()["repaired"], true);
        assert_eq!(pull(&service, "r1").await, (200, old.archive.clone()));
        assert_eq!(current(&service).await, "r2");
        assert_eq!(old.push(&service, TARGET).await.status(), 409);
    }
}

#[tokio::test]
async fn a_push_to_a_second_tag_or_with_a_new_signature_repairs_the_archive() {
    let service = Service::start().await;
    let mut serial = 5;
    let package = Package::new("r1").serial(serial);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
    for (at, (_, damage)) in damages(&service).into_iter().enumerate() {
        damage();
        let other = format!("/package/ops/hello/tag/other{at}");
        assert_eq!(
            Package::new("r1")
                .serial(serial)
                .push(&service, &other)
                .await
                .status(),
            201
        );
        assert_eq!(pull(&service, "r1").await, (200, package.archive.clone()));
        service.ada("DELETE", &other, Value::Null).await;
        damage();
        serial += 1;
        let signed_again = Package::new("r1").serial(serial);
        assert_eq!(signed_again.push(&service, TARGET).await.status(), 201);
        assert_eq!(pull(&service, "r1").await, (200, package.archive.clone()));
    }
}

/// Its clock was far ahead, and control did not refuse such serials at that time.
#[tokio::test]
async fn a_tag_whose_serial_is_from_the_future_can_be_reset() {
    use crate::clock::unix_now;
    use crate::domain::push::{SerialReset, reset_serial};
    let service = Service::start().await;
    let now = unix_now();
    let ahead = 9_000_000_000_000;
    let late = Package::new("late").serial(ahead);
    let refused = late.push(&service, TARGET).await;
    assert_eq!(refused.status(), 422);
    assert!(
        refused.text().contains("--reset-serial"),
        "{}",
        refused.text()
    );

    let author = ada();
    let lower = |highest, all: &[u64]| reset_serial(highest, all, now);
    let reset = || service.store.reset_serial("ops/hello", "1", lower, &author);
    assert_eq!(reset().await.unwrap(), SerialReset::NoTag);
    let good = Package::new("good").serial(now * 1_000);
    assert_eq!(good.push(&service, TARGET).await.status(), 201);
    let kept = SerialReset::NotAhead(now * 1_000);
    assert_eq!(reset().await.unwrap(), kept);
    service
        .store
        .on_every_connection("UPDATE tag SET serial = 9000000000000")
        .await;
    let next = Package::new("next").serial(now * 1_000 + 1);
    let refused = next.push(&service, TARGET).await;
    assert_eq!(refused.status(), 409);
    let text = refused.text();
    assert!(text.contains("pilotctl package reset-serial"), "{text}");
    let lowered = SerialReset::Lowered {
        from: ahead,
        to: now * 1_000,
    };
    assert_eq!(reset().await.unwrap(), lowered);
    let older = Package::new("older").serial(now * 1_000 - 1);
    assert_eq!(older.push(&service, TARGET).await.status(), 409);
    assert_eq!(next.push(&service, TARGET).await.status(), 201);
}
