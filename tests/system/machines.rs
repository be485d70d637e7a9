//! Hosts and publishers whose machines are not alike. `cargo campaign foreign-test` has
//! them so; else they are the same.

use lab::programs::programs;
use lab::{Lab, clean, package_source, run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// `art` of one of the machines, with a home there that has the registry's keys.
fn art_of(lab: &Lab, program: &Path, home: &str) -> Command {
    let keys = lab.path(home).join("keys");
    fs::create_dir_all(keys.join("verify")).unwrap();
    for (key, place) in [("key", "sign.pgp"), ("pub", "verify/registry.pgp")] {
        let key = lab.control.path(&format!("registry_{key}.pgp"));
        fs::copy(key, keys.join(place)).unwrap();
    }
    let mut art = clean(program);
    art.env("ARTISAN_HOME", lab.path(home))
        .env("ART_CA_FILE", lab.control.ca())
        .env("ART_REG_USER", "publisher")
        .env("ART_REG_PWD", lab::control::PASSWORD);
    art
}

#[test]
fn what_one_machine_signs_another_verifies() {
    let lab = Lab::without_package();
    let machines = [
        ("host", &programs().art),
        ("publisher", &programs().publisher),
    ];
    for at in [0, 1] {
        let [(from, maker), (to, taker)] = [machines[at], machines[1 - at]];
        let name = lab.package(&format!("tests/of-{from}:latest"));
        let make = || art_of(&lab, maker, from);
        run(make().args(["build", "-t", &name]).arg(package_source()));
        run(make().args(["sign", &name]));
        run(make().args(["push", &name]));
        let take = || art_of(&lab, taker, to);
        run(take().args(["pull", &name]));
        run(take().args(["verify", &name]));
        let said = run(take()
            .env("GREETING", "Hello")
            .args(["exe", &name, "greet"]));
        assert!(said.contains("Hello from greet"), "{to}: {said}");
    }
}
