//! Clocks that were ahead when a package was signed or accepted: no publisher is locked out.

use crate::complaints::assert_complains;
use lab::programs::programs;
use lab::wall_clock::WallClock;
use lab::{Lab, package_source, preload, run};
use serde_json::json;
use std::process::Command;

const AHEAD: i64 = 30 * 86_400;

fn can_have_clocks() -> bool {
    let programs = programs();
    let can = preload::meets(&programs.publisher) && preload::meets(&programs.pilotctl);
    if !can {
        eprintln!("SKIPPED: the programs are linked statically: they take no clock of their own");
    }
    can
}

#[test]
fn a_serial_from_the_future_is_refused_by_everybody_and_has_a_way_out() {
    if !can_have_clocks() {
        return;
    }
    let mut lab = Lab::new();
    let clock = WallClock::new(&lab.path(""));
    clock.advance(AHEAD);
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    let build = ["build", "-t", &name(&lab)].map(str::to_owned);
    run(lab.art().args(build).arg(package_source()));

    // The publisher's clock is ahead, and control's is right.
    run(art(&lab, &["sign"]).envs(clock.environment()));
    let refused = ["ahead of control's clock"];
    assert_complains(&mut art(&lab, &["push"]), 124, &refused);
    let refused = ["ahead of this machine's clock", "--reset-serial"];
    assert_complains(&mut art(&lab, &["sign"]), 121, &refused);

    // Control's clock is ahead as well, for a while: the registry takes it.
    lab.control.kill();
    lab.control.environment = clock.environment();
    lab.control.start_again();
    run(&mut art(&lab, &["push"]));
    lab.control.kill();
    lab.control.environment.clear();
    lab.control.start_again();
    let host = lab.running_host();
    let job = lab.run_job("greet", &host);
    assert_eq!(job["status"], "failed", "{job}");
    let text = job.to_string();
    assert!(text.contains("ahead of this machine's clock"), "{text}");

    // Everybody's clock is right again.
    run(&mut art(&lab, &["sign", "--reset-serial"]));
    let refused = ["ahead of control's clock", "pilotctl package reset-serial"];
    assert_complains(&mut art(&lab, &["push"]), 124, &refused);
    assert!(run(&mut reset(&lab)).contains("sign the package again"));
    assert_complains(
        &mut reset(&lab),
        1,
        &["is not ahead of this machine's clock"],
    );
    run(&mut art(&lab, &["push"]));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

/// Another publisher, whose clock is correct, can still sign.
#[test]
fn a_publisher_with_a_wrong_clock_does_not_lock_others_out() {
    if !can_have_clocks() {
        return;
    }
    let lab = Lab::new();
    let clock = WallClock::new(&lab.path(""));
    clock.advance(AHEAD);
    run(art(&lab, &["sign"]).envs(clock.environment()));
    assert_complains(
        &mut art(&lab, &["push"]),
        124,
        &["ahead of control's clock"],
    );
    let mut other = art(&lab, &["pull"]);
    let home = lab.path("other");
    std::fs::create_dir_all(home.join("keys")).unwrap();
    std::fs::copy(
        lab.path("artisan/keys/sign.pgp"),
        home.join("keys/sign.pgp"),
    )
    .unwrap();
    run(other.env("ARTISAN_HOME", &home));
    for command in ["sign", "push"] {
        run(art(&lab, &[command]).env("ARTISAN_HOME", &home));
    }
}

fn name(lab: &Lab) -> String {
    lab.package("tests/package:latest")
}

/// A command of `art` for the package.
fn art(lab: &Lab, arguments: &[&str]) -> Command {
    let mut art = lab.art();
    art.args(arguments).arg(name(lab));
    art
}

fn reset(lab: &Lab) -> Command {
    let mut reset = lab.control.pilotctl();
    reset.args(["package", "reset-serial", &name(lab), "--data"]);
    reset.arg(lab.control.path("data"));
    reset
}
