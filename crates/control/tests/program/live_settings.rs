//! Settings that change while the service runs.

use super::Site;
use super::certificates::start;
use std::fs;

#[test]
fn a_changed_level_and_interval_count_on_hangup_and_a_bad_file_changes_nothing() {
    let site = Site::new();
    let file = site.path("pilotctl.conf");
    let set = |text: &str| fs::write(&file, text).unwrap();
    set("PILOTCTL_LOG=warn\n");
    let mut serve = site.serve_command();
    serve.arg("--settings").arg(&file).args(["--log", "warn"]);
    let (service, _) = start(&mut serve);

    set("PILOTCTL_LOG=warn\nPILOTCTL_INTERVAL=never\n");
    service.signal("HUP");
    let why = service.wait_for("the settings in force stay");
    assert!(
        why.contains("PILOTCTL_INTERVAL") && why.contains("never"),
        "{why}"
    );

    set("PILOTCTL_LOG=info\nPILOTCTL_LISTEN=127.0.0.1:1\n");
    service.signal("HUP");
    let why = service.wait_for("counts from the next start");
    assert!(why.contains("PILOTCTL_LISTEN"), "{why}");
    assert!(!service.log().contains(" INFO "), "{}", service.log());

    set("PILOTCTL_LOG=info\nPILOTCTL_LISTEN=127.0.0.1:1\nPILOTCTL_INTERVAL=30s\n");
    service.signal("HUP");
    service.wait_for("PILOTCTL_INTERVAL of the file is in force: 30s");
}
