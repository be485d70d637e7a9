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

/// A quarter of what a package may hold, with long paths instead.
const MANY: usize = 25_000;

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: f\n    export: true\n    run:\n      - 'true'\n";

/// What a publisher does with a package and a host after it, with the most memory that
/// each step had.
struct Steps(Vec<(&'static str, u64)>);

impl Steps {
    fn of(fill: impl FnOnce(&Path)) -> Self {
        let [publisher, host] = [Home::with_key(), Home::new()];
        let registry = Registry::start();
        registry.answer("POST /package/ops/hello/tag/1", Answer::new(201, ""));
        let project = publisher.project(PROJECT);
        fill(&project);
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
fn one_large_file(project: &Path) {
    let random = File::open("/dev/urandom").unwrap();
    let mut file = File::create(project.join("content")).unwrap();
    io::copy(&mut random.take(LARGE), &mut file).unwrap();
}

/// Files, and some folders.
fn many_entries(project: &Path) {
    let long = "x".repeat(200);
    let deep = project.join([long.as_str(); 4].join("/"));
    fs::create_dir_all(&deep).unwrap();
    for at in 0..MANY {
        let entry = deep.join(format!("{long}-{at}"));
        match at % 50 {
            0 => fs::create_dir(entry).unwrap(),
            _ => drop(File::create(entry).unwrap()),
        }
    }
}

fn takes_little_more_than_an_empty_one(fill: impl FnOnce(&Path)) {
    let (empty, full) = (Steps::of(|_| ()), Steps::of(fill));
    let over = empty.0.into_iter().zip(full.0);
    let over: Vec<_> = over
        .inspect(|((step, less), (_, more))| println!("{step}: {more} KiB, empty {less} KiB"))
        .filter(|((_, less), (_, more))| *more > less + MOST_MORE_KIB)
        .collect();
    assert!(over.is_empty(), "{over:?}");
}

#[test]
fn a_large_package_takes_no_more_memory_than_an_empty_one() {
    takes_little_more_than_an_empty_one(one_large_file);
}

#[test]
fn many_files_and_folders_take_no_more_memory_than_none() {
    takes_little_more_than_an_empty_one(many_entries);
}
