//! Certificates: checked at start, renewed while the service runs, and said to expire in
//! time.

use super::fixture::{Fixture, PASSWORD, Served, pilotctl, run, stderr};
use lab::service::Service;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::fs;
use std::net::TcpStream;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn certificates(fixture: &Fixture, name: &str) -> Vec<CertificateDer<'static>> {
    let all = CertificateDer::pem_file_iter(fixture.path(name)).unwrap();
    all.map(Result::unwrap).collect()
}

/// Makes a CA and a certificate for 127.0.0.1 that holds for so many days from now, in
/// place of the fixture's.
fn hold_for(fixture: &Fixture, days: i64) {
    hold_between(fixture, -90, days);
}

/// As [`hold_for`], from so many days from now on.
pub(super) fn hold_between(fixture: &Fixture, from: i64, days: i64) {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) =
        (now + Duration::days(from), now + Duration::days(days));
    let server = params.signed_by(&key, &ca).unwrap();
    fs::write(fixture.path("tls/ca.pem"), ca.pem()).unwrap();
    fs::write(fixture.path("tls/server.key"), key.serialize_pem()).unwrap();
    fs::write(fixture.path("tls/server.pem"), server.pem() + &ca.pem()).unwrap();
}

#[track_caller]
fn assert_refused(fixture: &Fixture, more: &[&str], words: &[&str]) {
    let refused = run(fixture.serve_command().args(more));
    assert_eq!(refused.status.code(), Some(1));
    for word in words {
        assert!(
            stderr(&refused).contains(word),
            "{word}: {}",
            stderr(&refused)
        );
    }
}

#[test]
fn what_does_not_belong_together_is_said_before_anything_is_served() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    let path = |fixture: &Fixture, name: &str| fixture.path(name).to_str().unwrap().to_owned();
    let (ca, of_other) = (path(&fixture, "tls/ca.pem"), path(&other, "tls/ca.pem"));
    assert_refused(&fixture, &["--ca", &of_other], &["did not issue", "--ca"]);
    let url = "https://control.example:8443";
    let names = [
        "is not for control.example",
        "tls issue --host control.example",
    ];
    assert_refused(&fixture, &["--url", url], &names);

    let key = fs::read_to_string(fixture.path("tls/server.key")).unwrap();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    fs::write(fixture.path("tls/server.key"), encrypted).unwrap();
    assert_refused(&fixture, &[], &["is encrypted", "openssl pkey"]);
    fs::write(fixture.path("tls/server.key"), key).unwrap();

    let chain = fs::read_to_string(fixture.path("tls/server.pem")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let leaf = chain.split_inclusive(end).next().unwrap();
    fs::write(fixture.path("tls/server.pem"), leaf).unwrap();
    let advice = format!("cat {ca} >>");
    assert_refused(
        &fixture,
        &["--ca", &ca],
        &["does not end with its CA", &advice],
    );
    Service::start(&mut fixture.serve_command()).wait_for("codes of invitations pin no CA");

    let wrong_ca = fs::read_to_string(other.path("tls/ca.pem")).unwrap();
    fs::write(fixture.path("tls/server.pem"), leaf.to_owned() + &wrong_ca).unwrap();
    assert_refused(&fixture, &[], &["form no chain from the first to the last"]);
}

/// What editors and `cat` make of PEM.
fn as_people_have_it(pem: &str) -> [String; 5] {
    [
        format!("\u{feff}{pem}"),
        pem.replace('\n', "\r\n"),
        pem.replace("-----\n-----BEGIN", "----------BEGIN"),
        format!("# M\u{fc}ller\nsubject: x\n  {pem}\nbye"),
        pem.trim_end().to_owned(),
    ]
}

#[test]
fn certificates_keys_and_cas_are_read_whatever_stands_around_them() {
    let (fixture, expired) = (Fixture::new(), Fixture::new());
    hold_for(&expired, -2);
    let read = |fixture: &Fixture, name: &str| fs::read_to_string(fixture.path(name)).unwrap();
    let [chain, key, ca] =
        ["server.pem", "server.key", "ca.pem"].map(|name| read(&fixture, &format!("tls/{name}")));
    let damaged = ca.replacen("MII", "!", 1);
    let others = read(&expired, "tls/ca.pem");
    // A service that other programs use too may have all in one file.
    let all = format!("{key}{chain}");
    let ca_file = fixture.path("cas.pem");
    for ((chain, key), cas) in as_people_have_it(&all)
        .into_iter()
        .zip(as_people_have_it(&all))
        .zip(as_people_have_it(&format!("{others}{damaged}{ca}")))
    {
        fs::write(fixture.path("tls/server.pem"), &chain).unwrap();
        fs::write(fixture.path("tls/server.key"), key).unwrap();
        fs::write(&ca_file, cas).unwrap();
        let served = Served::start(fixture.serve_command().arg("--ca").arg(&ca_file));
        let url = &served.url;
        let invited = fixture.client(url, PASSWORD, &["host", "invite"]);
        let code = String::from_utf8(invited.stdout).unwrap();
        let code: wire::code::EnrolCode = code.parse().unwrap();
        assert!(code.ca.is_some(), "{chain}");
        let issued = run(pilotctl()
            .args(["tls", "issue", "--host", "127.0.0.1", "--dir"])
            .arg(fixture.path("issued"))
            .arg("--ca")
            .arg(&ca_file)
            .arg("--ca-key")
            .arg(fixture.path("tls/ca.key")));
        assert!(issued.status.success(), "{}", stderr(&issued));
        assert_eq!(certificates(&fixture, "issued/server.pem").len(), 2);
        fs::remove_dir_all(fixture.path("issued")).unwrap();
    }
    fs::write(fixture.path("tls/server.pem"), format!("{damaged}{chain}")).unwrap();
    assert_refused(&fixture, &[], &["the certificate in line 1", "not base64"]);
}

#[test]
fn an_expired_certificate_is_refused_and_one_that_expires_soon_is_said() {
    let fixture = Fixture::new();
    hold_for(&fixture, -2);
    assert_refused(&fixture, &[], &["expired on", "pilotctl tls issue"]);
    hold_for(&fixture, 20);
    let service = Service::start(&mut fixture.serve_command());
    let said = service.wait_for("expires on");
    assert!(
        said.contains("WARN") && said.contains("pilotctl tls issue"),
        "{said}"
    );
    drop(service);
    hold_for(&fixture, 40);
    let Served { service, url } = Served::start(&mut fixture.serve_command());
    assert!(
        fixture
            .client(&url, PASSWORD, &["host", "ls"])
            .status
            .success()
    );
    assert!(!service.log().contains("expires on"), "{}", service.log());
}

/// The certificate that the service presents.
pub(super) fn presented(fixture: &Fixture, url: &str) -> CertificateDer<'static> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(fixture, "tls/ca.pem"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(url.strip_prefix("https://").unwrap()).unwrap();
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
    client.peer_certificates().unwrap()[0].clone().into_owned()
}

/// Has the fixture's CA issue another certificate, and puts it in place.
fn renew(fixture: &Fixture) {
    let renewed = fixture.path("renewed");
    let issued = run(pilotctl()
        .args(["tls", "issue", "--host", "127.0.0.1", "--dir"])
        .arg(&renewed)
        .arg("--ca")
        .arg(fixture.path("tls/ca.pem"))
        .arg("--ca-key")
        .arg(fixture.path("tls/ca.key")));
    assert!(issued.status.success(), "{}", stderr(&issued));
    for name in ["server.key", "server.pem"] {
        fs::rename(renewed.join(name), fixture.path("tls").join(name)).unwrap();
    }
}

#[test]
fn a_renewed_certificate_is_taken_on_hangup_and_by_itself_and_a_bad_one_is_not() {
    let fixture = Fixture::new();
    let Served { service, url } = Served::start(&mut fixture.serve_command());
    let first = presented(&fixture, &url);
    renew(&fixture);
    service.signal("HUP");
    service.wait_for("the certificate of the file is in force");
    let second = presented(&fixture, &url);
    assert_ne!(first, second);
    assert_eq!(second, certificates(&fixture, "tls/server.pem")[0]);

    let good = fs::read(fixture.path("tls/server.pem")).unwrap();
    fs::write(fixture.path("tls/server.pem"), "no certificate").unwrap();
    service.signal("HUP");
    let said = service.wait_for("the certificate in force stays");
    assert!(said.contains("has no certificate"), "{said}");
    assert_eq!(presented(&fixture, &url), second);
    fs::write(fixture.path("tls/server.pem"), good).unwrap();

    renew(&fixture);
    service.wait_for("the certificate of the file is in force");
    assert_eq!(
        presented(&fixture, &url),
        certificates(&fixture, "tls/server.pem")[0]
    );
    assert!(
        fixture
            .client(&url, PASSWORD, &["host", "ls"])
            .status
            .success()
    );
}
