//! Packages on their way between publisher, registry and host.

use lab::proxy::Proxy;
use lab::relay::Relay;
use lab::{Lab, REGISTRY_PASSWORD, output_text, run};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::Command;

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n";

const MIB: u64 = 1 << 20;

/// A project of so many bytes, which no archive makes fewer.
fn project(lab: &Lab, size: u64) -> PathBuf {
    let folder = lab.path("large");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("build.yaml"), PROJECT).unwrap();
    let mut random = File::open("/dev/urandom").unwrap().take(size);
    io::copy(
        &mut random,
        &mut File::create(folder.join("content")).unwrap(),
    )
    .unwrap();
    folder
}

fn failed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", output_text(&output));
    output_text(&output)
}

/// Control answers before it has read what a reader pushes; that was a broken pipe.
#[test]
fn a_large_push_by_a_reader_is_refused_by_name() {
    let lab = Lab::without_package();
    let name = lab.package("ops/large:1");
    run(lab
        .art()
        .args(["build", "-t", &name])
        .arg(project(&lab, 20 * MIB)));
    run(lab.art().args(["sign", &name]));
    let proxy = Proxy::open("127.0.0.1");
    for proxy in [None, Some(format!("http://{}", proxy.authority()))] {
        let mut push = lab.art();
        push.args(["push", &name])
            .envs(proxy.map(|proxy| ("HTTPS_PROXY", proxy)))
            .env("ART_REG_USER", "reader")
            .env("ART_REG_PWD", REGISTRY_PASSWORD);
        let said = failed(&mut push);
        assert!(said.contains("does not allow this user"), "{said}");
        push.env("ART_REG_PWD", "wrong");
        let said = failed(&mut push);
        assert!(said.contains("does not know user and password"), "{said}");
    }
}

/// Each connection brings a little more than a third of the package.
#[test]
fn a_pull_over_a_line_that_breaks_goes_on_where_it_was() {
    let lab = Lab::without_package();
    lab.publish(&project(&lab, 8 * MIB), "ops/large:1");
    let relay = Relay::to(lab.control.authority());
    relay.break_after(3 * MIB);
    let name = format!("{}/ops/large:1", relay.authority());
    let mut pull = lab.art();
    pull.env("ARTISAN_HOME", lab.path("host"))
        .env("ART_PULL_ATTEMPTS", "2");
    run(pull.args(["pull", &name]));
    assert!(relay.bytes() < 12 * MIB, "{} bytes", relay.bytes());
}
