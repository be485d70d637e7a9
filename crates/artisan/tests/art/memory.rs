//! How much memory a package takes: hosts may have 64 MB, packages more.

use crate::home::{Home, text};
use crate::registry::{Answer, Registry};
use lab::memory::measured;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// More than the empty package's: the bound that the manual states.
const MOST_MORE_KIB: u64 = 16 << 10;

const LARGE: u64 = 100 << 20;

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: f\n    export: true\n    run:\n      - 'true'\n";

/// What a publisher does with a package and a host after it, with the most memory that
/// each step had.
struct Steps(Vec<(&'static str, u64)>);

impl Steps {
    fn of(size: u64) -> Self {
        let [publisher, host] = [Home::with_key(), Home::new()];
        let registry = Registry::start();
        registry.answer("POST /package/ops/hello/tag/1", Answer::new(201, ""));
        let project = publisher.project(PROJECT);
        fill(&project.join("content"), size);
        let (name, mut steps) = (registry.name(), Self(Vec::new()));
        let build = ["build", "-t", &name, project.to_str().unwrap()];
        steps.measure("build", publisher.art().args(build));
        steps.measure("sign", publisher.art().args(["sign", &name]));
        steps.measure("verify", publisher.art().args(["verify", &name]));
        steps.measure("push", publisher.art_with(&registry).args(["push", &name]));
        let (reference, digest) = publisher.only_package();
        registry.offer_from(&publisher.path("art/packages"), &reference);
        let on_host = || {
            let mut art = host.art_with(&registry);
            art.env("ART_VERIFY_KEYS", publisher.path("publisher_pub.pgp"));
            art
        };
        steps.measure("pull", on_host().args(["pull", &name]));
        fs::remove_dir_all(host.path("art/packages")).unwrap();
        steps.measure("exe", on_host().args(["exe", &name, "f"]));
        let mut exe = on_host();
        exe.env("ART_PACKAGE_DIGEST", digest);
        steps.measure("exe again", exe.args(["exe", &name, "f"]));
        steps
    }

    fn measure(&mut self, step: &'static str, command: &mut Command) {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (output, most) = measured(command.spawn().unwrap()).unwrap();
        assert!(output.status.success(), "{step}: {}", text(&output.stderr));
        self.0.push((step, most));
    }
}

/// With bytes that no archive makes smaller.
fn fill(path: &Path, size: u64) {
    let random = File::open("/dev/urandom").unwrap();
    io::copy(&mut random.take(size), &mut File::create(path).unwrap()).unwrap();
}

#[test]
fn a_large_package_takes_no_more_memory_than_an_empty_one() {
    let (empty, large) = (Steps::of(0), Steps::of(LARGE));
    for ((step, less), (_, more)) in empty.0.into_iter().zip(large.0) {
        println!("{step}: {less} KiB, with a large package {more} KiB");
        assert!(
            more <= less + MOST_MORE_KIB,
            "{step} has {more} KiB, where an empty package takes {less} KiB"
        );
    }
}
