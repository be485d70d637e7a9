//! Archives that are damaged or gone: whoever pulls one learns that, and a push repairs it.

use super::registry::Package;
use super::service::Service;
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

/// What the registry should say, and what is done.
type Damage = (&'static str, Box<dyn Fn()>);

/// Does something to the archive of `r1`, in each of the ways that disks and people have.
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

/// What the tag points at.
async fn current(service: &Service) -> Value {
    let target = "/package/manifest/ops/hello/1";
    service.ada("GET", target, Value::Null).await.json()["ref"].clone()
}

#[tokio::test]
async fn there_means_that_the_bytes_are_there() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
    for (how, damage) in damages(&service) {
        damage();
        let (status, said) = pull(&service, "r1").await;
        let said = String::from_utf8(said).unwrap();
        assert_eq!(status, 410, "{said}");
        assert!(said.contains(how) && said.contains("push the same package again"));
        let pushed = package.push(&service, TARGET).await;
        assert_eq!(pushed.status(), 200);
        assert_eq!(pushed.json()["repaired"], true);
        assert_eq!(pull(&service, "r1").await, (200, package.archive.clone()));
        let again = package.push(&service, TARGET).await;
        assert_eq!((again.status(), again.text()), (200, ""));
    }
}

/// Each of them looks before one of them has placed it.
#[tokio::test]
async fn who_pushes_the_same_at_the_same_time_repairs_nothing() {
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

/// Jobs that wait pull it by its digest.
#[tokio::test]
async fn what_a_tag_has_had_is_repaired_too_and_the_tag_stays() {
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
async fn a_second_tag_and_a_new_signature_bring_the_archive_along() {
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

/// It was pushed by a clock far ahead, before there was a rule for that.
#[tokio::test]
async fn a_tag_whose_serial_is_from_the_future_has_a_way_out() {
    use crate::clock::unix_now;
    use crate::store::SerialReset;
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

    let reset = || service.store.reset_serial("ops/hello", "1", now);
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
    let told = refused.text();
    assert!(told.contains("pilotctl package reset-serial"), "{told}");
    let lowered = SerialReset::Lowered {
        from: ahead,
        to: now * 1_000,
    };
    assert_eq!(reset().await.unwrap(), lowered);
    let older = Package::new("older").serial(now * 1_000 - 1);
    assert_eq!(older.push(&service, TARGET).await.status(), 409);
    assert_eq!(next.push(&service, TARGET).await.status(), 201);
}
