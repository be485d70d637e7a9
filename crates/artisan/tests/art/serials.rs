//! Serials from the future in what earlier versions, or wrong clocks, have written.

use crate::home::{Home, failed, succeeded};
use crate::registry::Registry;
use serde_json::Value;
use std::fs;
use std::process::Command;

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: f\n    export: true\n    run:\n      - echo ran\n";

/// In the year 2255.
const AHEAD: u64 = 9_000_000_000_000;

fn offered() -> (Registry, Home) {
    let (registry, home) = (Registry::start(), Home::with_key());
    home.package(&registry.name(), PROJECT);
    let (reference, _) = home.only_package();
    registry.offer_from(&home.path("art/packages"), &reference);
    (registry, home)
}

/// Changes what a record says of the package.
fn edit(home: &Home, record: &str, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    let path = home.path("art/serials").join(record);
    let mut serials: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(serials.as_object_mut().unwrap());
    fs::write(path, serials.to_string()).unwrap();
}

fn is_ahead(serials: &mut serde_json::Map<String, Value>) {
    serials["ops/hello:1"]["serial"] = AHEAD.into();
}

fn exe(registry: &Registry, home: &Home) -> Command {
    let mut exe = home.art_with(registry);
    exe.args(["exe", &registry.name(), "f"]);
    exe
}

#[test]
fn a_host_forgets_a_serial_from_the_future_as_the_documentation_says() {
    let (registry, home) = offered();
    assert_eq!(succeeded(&mut exe(&registry, &home)), "ran\n");
    edit(&home, "seen.json", is_ahead);
    let error = failed(&mut exe(&registry, &home), 121);
    for words in ["ahead of this machine's clock", "another tag", "seen.json"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    edit(&home, "seen.json", |serials| {
        serials.remove("ops/hello:1").unwrap();
    });
    assert_eq!(succeeded(&mut exe(&registry, &home)), "ran\n");
}

#[test]
fn a_publisher_passes_over_a_serial_from_the_future_when_asked_to() {
    let (registry, home) = offered();
    let sign = |more: &[&str]| {
        let mut sign = home.art();
        sign.arg("sign").args(more).arg(registry.name());
        sign
    };
    edit(&home, "signed.json", is_ahead);
    for _ in 0..2 {
        let error = failed(&mut sign(&[]), 121);
        for words in ["2255-", "--reset-serial", "pilotctl package reset-serial"] {
            assert!(error.contains(words), "{words}: {error}");
        }
    }
    succeeded(&mut sign(&["--reset-serial"]));
    succeeded(&mut sign(&[]));
    succeeded(home.art().args(["verify", &registry.name()]));
}
