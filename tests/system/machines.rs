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

/// Two publishers build one commit: the second's signature takes the first one's place.
#[test]
fn what_two_machines_build_of_one_source_is_one_package() {
    let lab = Lab::without_package();
    let machines = [
        ("one", &programs().art),
        ("other", &programs().publisher),
        ("host", &programs().art),
    ];
    let art = |at: usize| {
        let (home, program) = machines[at];
        let mut art = art_of(&lab, program, home);
        art.env("SOURCE_DATE_EPOCH", "1700000000");
        art
    };
    let name = lab.package("tests/same:1");
    let digests = [0, 1].map(|at| {
        run(art(at).args(["build", "-t", &name]).arg(package_source()));
        run(art(at).args(["sign", &name]));
        let said = run(art(at).args(["push", &name]));
        assert!(said.contains("is pushed: sha256:"), "{said}");
        said
    });
    assert_eq!(digests[0], digests[1]);
    // Built again it is signed already, and there already.
    run(art(1).args(["build", "-t", &name]).arg(package_source()));
    let said = run(art(1).args(["push", &name]));
    assert!(said.contains("was there already"), "{said}");
    let another = lab.package("tests/same:2");
    run(art(0).args(["build", "-t", &another]).arg(package_source()));
    run(art(0).args(["sign", &another]));
    run(art(0).args(["push", &another]));
    for name in [&name, &another] {
        run(art(2).args(["pull", name]));
        run(art(2).args(["verify", name]));
    }
}
