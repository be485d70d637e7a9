//! Settings that change while the service runs.

use super::certificates::presented;
use super::fixture::{Fixture, PASSWORD, Served, stderr};
use std::fs;
use wire::encoding::base64;

#[test]
fn a_changed_level_and_interval_count_on_hangup_and_a_bad_file_changes_nothing() {
    let fixture = Fixture::new();
    let file = fixture.path("pilotctl.conf");
    let set = |text: &str| fs::write(&file, text).unwrap();
    set("PILOTCTL_LOG=warn\n");
    let mut serve = fixture.serve_command();
    serve.arg("--settings").arg(&file).args(["--log", "warn"]);
    let Served { service, .. } = Served::start(&mut serve);

    set("PILOTCTL_LOG=warn\nPILOTCTL_INTERVAL=never\n");
    service.signal("HUP");
    let why = service.wait_for("the settings in force stay");
    assert!(
        why.contains("PILOTCTL_INTERVAL") && why.contains("never"),
        "{why}"
    );

    assert!(!service.log().contains(" INFO "), "{}", service.log());

    set("PILOTCTL_LOG=info\nPILOTCTL_LISTEN=127.0.0.1:1\n");
    service.signal("HUP");
    let why = service.wait_for("restart the service to apply it");
    assert!(why.contains("PILOTCTL_LISTEN"), "{why}");

    set("PILOTCTL_LOG=info\nPILOTCTL_LISTEN=127.0.0.1:1\nPILOTCTL_INTERVAL=30s\n");
    service.signal("HUP");
    service.wait_for("PILOTCTL_INTERVAL of the file is in force: 30s");
}

/// What is answered to a push whose archive has so many bytes.
fn push(fixture: &Fixture, url: &str, bytes: usize) -> (u16, String) {
    let part =
        "--x\r\nContent-Disposition: form-data; name=\"package-file\"; filename=\"a\"\r\n\r\n";
    let body = format!("{part}{}\r\n--x--\r\n", "a".repeat(bytes));
    let request = fixture
        .agent()
        .post(format!("{url}/package/ops/hello/tag/1"))
        .header("Content-Type", "multipart/form-data; boundary=x")
        .header(
            "Authorization",
            format!("Basic {}", base64(format!("ada:{PASSWORD}").as_bytes())),
        );
    let mut answer = request.send(body).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), text)
}

#[test]
fn sizes_addresses_and_other_files_count_on_hangup_too() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    let file = fixture.path("pilotctl.conf");
    fs::write(&file, "").unwrap();
    let Served { service, url } =
        Served::start(fixture.serve_command().arg("--settings").arg(&file));
    let set = |text: &str| {
        fs::write(&file, text).unwrap();
        service.signal("HUP");
    };
    let (status, _) = push(&fixture, &url, 2 << 20);
    assert_ne!(
        status, 413,
        "the rest of the package is missing, but it is not too large"
    );

    let public = "PILOTCTL_PUBLIC_URL=https://127.0.0.1:9443";
    set(&format!("PILOTCTL_MAX_PACKAGE=1M\n{public}\n"));
    service.wait_for("PILOTCTL_MAX_PACKAGE of the file is in force: 1 MiB");
    service.wait_for("PILOTCTL_PUBLIC_URL of the file is in force: https://127.0.0.1:9443");
    let (status, why) = push(&fixture, &url, 2 << 20);
    assert_eq!(status, 413, "{why}");
    let invited = fixture.client(&url, PASSWORD, &["host", "invite"]);
    assert!(
        stderr(&invited).contains("https://127.0.0.1:9443"),
        "{}",
        stderr(&invited)
    );

    let of_other = |name: &str| other.path(name).display().to_string();
    let (cert, key) = (of_other("tls/server.pem"), of_other("tls/server.key"));
    let files = format!("PILOTCTL_TLS_CERT={cert}\nPILOTCTL_TLS_KEY={key}\n");
    set(&format!(
        "PILOTCTL_PUBLIC_URL=https://control.example\n{files}"
    ));
    let why = service.wait_for("the certificate in force stays");
    assert!(why.contains("is not for control.example"), "{why}");
    let of_site = presented(&fixture, &url);
    let invited = fixture.client(&url, PASSWORD, &["host", "invite"]);
    assert!(
        stderr(&invited).contains("https://127.0.0.1:9443"),
        "{}",
        stderr(&invited)
    );

    set(&format!("{public}\n{files}"));
    service.wait_for("the certificate of the file is in force");
    assert_ne!(presented(&other, &url), of_site);
}
