//! Pushing and pulling packages.

use super::client::{Answer, basic};
use super::service::{PASSWORD, Service};
use crate::domain::root::tests::RootKey;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use trust::{Algorithm, SecretKey};
use wire::command::{SecretInput, VarInput};
use wire::seal::{
    ArchiveHash, Endorsement, FunctionEntry, FunctionInput, Manifest, Seal, Statement,
};

const BOUNDARY: &str = "xyzzy";

/// A package to push as `ops/hello:1`.
pub(super) struct Package {
    pub(super) seal: Seal,
    pub(super) archive: Vec<u8>,
}

impl Package {
    /// A package with a function `greet`, which requires a variable and a secret, and accepts a
    /// number.
    pub(super) fn new(reference: &str) -> Self {
        let input = FunctionInput {
            var: vec![
                VarInput {
                    name: "NAME".into(),
                    required: true,
                    ..VarInput::default()
                },
                VarInput {
                    name: "COUNT".into(),
                    kind: "integer".into(),
                    ..VarInput::default()
                },
            ],
            secret: vec![SecretInput {
                name: "TOKEN".into(),
                required: true,
                ..SecretInput::default()
            }],
        };
        let greet = FunctionEntry {
            name: "greet".into(),
            input: Some(input),
            ..FunctionEntry::default()
        };
        let manifest = Manifest {
            reference: reference.into(),
            functions: vec![greet],
            ..Manifest::default()
        };
        let archive = format!("archive of {reference}").into_bytes();
        let seal = Seal::new(&manifest, &ArchiveHash::of(&archive)).unwrap();
        Self { seal, archive }
    }

    /// Adds an endorsement of this serial with an invalid signature.
    pub(super) fn serial(self, serial: u64) -> Self {
        self.endorsed("F".into(), serial, "s".into())
    }

    /// Adds an endorsement of this serial by a key.
    pub(super) fn signed(self, key: &SecretKey, serial: u64) -> Self {
        let name = "registry/ops/hello:1".parse().unwrap();
        let message = Statement::new(&name, &self.seal.digest, serial).message();
        let signature = key.sign(&message, crate::clock::unix_now()).unwrap();
        let authority = key.certificate().fingerprint().to_string();
        self.endorsed(authority, serial, signature)
    }

    fn endorsed(mut self, authority: String, serial: u64, signature: String) -> Self {
        let endorsement = Endorsement { serial, signature };
        self.seal.seal.insert(authority, endorsement.to_value());
        self
    }

    /// Adds a long text to its seal.
    pub(super) fn noted(mut self, text: &str) -> Self {
        self.seal.seal.insert("note".into(), text.into());
        self
    }

    /// Pushes it as ada.
    pub(super) async fn push(&self, service: &Service, target: &str) -> Answer {
        service.send(self.request(target)).await
    }

    /// How ada pushes it.
    pub(super) fn request(&self, target: &str) -> Request<Body> {
        request(
            target,
            &[
                ("package-meta", b"{}".to_vec()),
                ("package-seal", self.seal.print().unwrap()),
                ("package-file", self.archive.clone()),
            ],
        )
    }
}

/// A form of ada's.
fn request(target: &str, parts: &[(&str, Vec<u8>)]) -> Request<Body> {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = Request::post(target)
        .header("authorization", basic("ada", PASSWORD))
        .header("content-type", kind)
        .body(Body::from(form(parts)));
    request.unwrap()
}

fn form(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, content) in parts {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form
}

const TARGET: &str = "/package/ops/hello/tag/1";

async fn get(service: &Service, target: &str) -> Answer {
    service.ada("GET", target, Value::Null).await
}

/// Requests the end of the archive, with this entity tag.
async fn rest(service: &Service, start: usize, tag: &str) -> Answer {
    let request = Request::get("/package/archive/ops/hello/r1")
        .header("authorization", basic("ada", PASSWORD))
        .header("range", format!("bytes={start}-"))
        .header("if-range", tag)
        .body(Body::empty());
    service.send(request.unwrap()).await
}

#[tokio::test]
async fn a_pull_is_resumed() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    package.push(&service, TARGET).await;
    let whole = get(&service, "/package/archive/ops/hello/r1").await;
    let tag = whole.headers["etag"].to_str().unwrap();
    assert_eq!(tag, format!("\"{}\"", package.seal.digest));
    assert_eq!(whole.headers["accept-ranges"], "bytes");

    let length = package.archive.len();
    let part = rest(&service, 4, tag).await;
    assert_eq!(part.status(), 206);
    assert_eq!(part.body, package.archive[4..]);
    let range = format!("bytes 4-{}/{length}", length - 1);
    assert_eq!(part.headers["content-range"], range);
    assert_eq!(part.headers["etag"], tag);

    let another = rest(&service, 4, "\"sha256:another\"").await;
    assert_eq!((another.status(), &another.body), (200, &package.archive));
    let behind = rest(&service, length, tag).await;
    assert_eq!(behind.status(), 416);
    assert_eq!(behind.headers["content-range"], format!("bytes */{length}"));
}

#[tokio::test]
async fn a_pushed_package_can_be_pulled() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
    assert_eq!(package.push(&service, TARGET).await.status(), 200);

    let digest = get(&service, "/package/digest/ops/hello/1").await.json();
    assert_eq!(digest["value"], package.seal.digest.as_str());
    let seal = get(&service, "/package/seal/ops/hello/r1").await;
    assert_eq!(seal.body, package.seal.print().unwrap());
    let archive = get(&service, "/package/archive/ops/hello/r1").await;
    assert_eq!(archive.body, package.archive);
    assert_eq!(
        archive.headers["content-length"],
        package.archive.len().to_string()
    );
    let manifest = get(&service, "/package/manifest/ops/hello/1").await.json();
    assert_eq!(manifest["functions"][0]["name"], "greet");
    let listing = get(&service, "/repository").await.json();
    assert_eq!(listing[0]["repository"], "ops/hello");
    assert_eq!(listing[0]["artefacts"][0]["tags"][0], "1");
    assert_eq!(listing[0]["artefacts"][0]["id"], package.seal.id().unwrap());
}

/// Where the seal of a package is that `tag` has had.
pub(super) fn by_digest(tag: &str, package: &Package) -> String {
    let digest = package.seal.digest.replace('/', "%2F").replace('+', "%2B");
    format!("/package/by-digest/ops/hello/{tag}/{digest}")
}

/// A waiting job names a digest; meanwhile the tag may move or be deleted.
#[tokio::test]
async fn an_earlier_package_of_a_tag_can_be_pulled_by_its_digest() {
    let service = Service::start().await;
    let (old, new) = (Package::new("r1").serial(5), Package::new("r2").serial(6));
    assert_eq!(old.push(&service, TARGET).await.status(), 201);
    assert_eq!(new.push(&service, TARGET).await.status(), 201);
    let deleted = service.ada("DELETE", TARGET, Value::Null).await;
    assert_eq!(deleted.status(), 204);
    assert_eq!(
        service.ada("DELETE", TARGET, Value::Null).await.status(),
        404
    );
    for package in [&old, &new] {
        let seal = get(&service, &by_digest("1", package)).await;
        assert_eq!(seal.body, package.seal.print().unwrap());
    }
    let archive = get(&service, "/package/archive/ops/hello/r1").await;
    assert_eq!(archive.body, old.archive);
    assert_eq!(
        get(&service, "/package/manifest/ops/hello/1")
            .await
            .status(),
        404
    );
    let never = Package::new("r3");
    assert_eq!(get(&service, &by_digest("1", &never)).await.status(), 404);
}

/// The same package is signed for another tag and pushed there. The seal under its reference
/// is then no longer valid for the first tag, but the seal that is pulled by digest is.
#[tokio::test]
async fn a_push_to_another_tag_keeps_the_seal_of_a_digest() {
    let service = Service::start().await;
    let old = Package::new("r1").serial(5);
    assert_eq!(old.push(&service, TARGET).await.status(), 201);
    let newer = Package::new("r2").serial(6);
    assert_eq!(newer.push(&service, TARGET).await.status(), 201);
    let elsewhere = Package::new("r1").endorsed("E".into(), 7, "t".into());
    let pushed = elsewhere.push(&service, "/package/ops/hello/tag/2").await;
    assert_eq!(pushed.status(), 201, "{}", pushed.text());
    for (tag, package) in [("1", &old), ("2", &elsewhere)] {
        let seal = get(&service, &by_digest(tag, package)).await;
        assert_eq!(seal.body, package.seal.print().unwrap(), "{tag}");
    }
}

#[tokio::test]
async fn abuse_a_tag_is_deleted_and_pushed_again_with_an_older_serial() {
    let service = Service::start().await;
    let newest = Package::new("new").serial(9);
    assert_eq!(newest.push(&service, TARGET).await.status(), 201);
    service.ada("DELETE", TARGET, Value::Null).await;
    for serial in [8, 9] {
        let old = Package::new("old").serial(serial);
        assert_eq!(old.push(&service, TARGET).await.status(), 409);
    }
    assert_eq!(newest.push(&service, TARGET).await.status(), 201);
    assert_eq!(
        get(&service, "/package/manifest/ops/hello/1")
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_group_may_have_several_segments() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    let pushed = package
        .push(&service, "/package/ops%2Fteam/hello/tag/1")
        .await;
    assert_eq!(pushed.status(), 201, "{}", pushed.text());
    assert_eq!(
        get(&service, "/repository/ops%2Fteam/hello").await.status(),
        200
    );
    assert_eq!(get(&service, "/repository/ops/hello").await.status(), 404);
}

#[tokio::test]
async fn abuse_a_tag_is_rolled_back() {
    let service = Service::start().await;
    assert_eq!(
        Package::new("new")
            .serial(9)
            .push(&service, TARGET)
            .await
            .status(),
        201
    );
    for serial in [8, 9] {
        let refused = Package::new("old")
            .serial(serial)
            .push(&service, TARGET)
            .await;
        assert_eq!(refused.status(), 409);
        assert!(refused.text().contains("not above 9"), "{}", refused.text());
    }
    assert_eq!(
        Package::new("newer")
            .serial(10)
            .push(&service, TARGET)
            .await
            .status(),
        201
    );
    assert_eq!(
        get(&service, "/package/seal/ops/hello/old").await.status(),
        404
    );
}

#[tokio::test]
async fn abuse_a_package_that_was_changed_is_pushed() {
    let service = Service::start().await;
    let mut package = Package::new("r1").serial(5);
    package.archive[0] ^= 1;
    assert_eq!(package.push(&service, TARGET).await.status(), 422);
    assert_eq!(std::fs::read_dir(service.packages()).unwrap().count(), 0);
}

#[tokio::test]
async fn abuse_a_name_leads_out_of_the_folder_of_packages() {
    let service = Service::start().await;
    let package = Package::new("r1").serial(5);
    for target in [
        "/package/..%2F..%2Fetc/hello/tag/1",
        "/package/ops/%2E%2E/tag/1",
        "/package/ops/hello/tag/a%2Fb",
    ] {
        assert_eq!(
            package.push(&service, target).await.status(),
            422,
            "{target}"
        );
    }
    let reference = Package::new("../r1").serial(5);
    assert_eq!(reference.push(&service, TARGET).await.status(), 422);
}

#[tokio::test]
async fn abuse_a_package_is_signed_by_an_unlisted_key_or_for_another_tag() {
    let listed = SecretKey::generate("registry", Algorithm::Ed25519, 1_700_000_000).unwrap();
    let other = SecretKey::generate("other", Algorithm::Ed25519, 1_700_000_000).unwrap();
    let root = RootKey::new().root(1, &[], &[&listed]);
    let service = Service::start_with(|config| config.root = Some(root)).await;
    for package in [
        Package::new("r1"),
        Package::new("r1").serial(5),
        Package::new("r1").signed(&other, 5),
    ] {
        assert_eq!(package.push(&service, TARGET).await.status(), 422);
    }
    let package = Package::new("r1").signed(&listed, 5);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
    // The statement has the tag, so the signature is not valid for another one.
    let elsewhere = package.push(&service, "/package/ops/hello/tag/2").await;
    assert_eq!(elsewhere.status(), 422);
}

#[tokio::test]
async fn abuse_a_push_has_too_many_parts_or_one_twice() {
    let service = Service::start().await;
    let parts = |name: &'static str, count: usize| vec![(name, b"x".to_vec()); count];
    for (parts, why) in [
        (parts("package-meta", 9), "at most 8 parts"),
        (parts("package-seal", 2), "has the part package-seal twice"),
        (parts("package-file", 2), "has the part package-file twice"),
    ] {
        let answer = service.send(request(TARGET, &parts)).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().contains(why), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_archive_that_is_too_large_is_refused() {
    let service = Service::start_with(|config| config.largest_package = 4).await;
    let package = Package::new("r1").serial(5);
    assert_eq!(package.push(&service, TARGET).await.status(), 413);
    assert_eq!(std::fs::read_dir(service.packages()).unwrap().count(), 0);
}
