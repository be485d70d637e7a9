//! A run that is ended early leaves nothing behind.

use crate::home::{Home, succeeded};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const NAME: &str = "r.example.com/ops/slow:1";
const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: slow\n    export: true\n    run:\n      - echo $$; exec sleep 600\n      - touch \"${NEXT}\"\n\
    \x20 - name: done\n    export: true\n    run:\n      - exit 7\n";

/// Runs a stored, pinned package, so that no registry is needed. A shell that
/// starts the tests in the background has them ignore signals, which `art`
/// would respect.
fn exe(home: &Home, function: &str) -> Command {
    let art = home.art();
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT,QUIT,TERM")
        .arg(art.get_program())
        .args(["exe", NAME, function])
        .env_clear()
        .envs(
            art.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("ART_PACKAGE_DIGEST", home.only_package().1)
        .env("NEXT", home.path("next"))
        .stdout(Stdio::piped());
    command
}

/// Starts `slow` and waits until its shell has written its process id.
fn started(command: &mut Command) -> (Child, Pid) {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let shell = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
    (child, shell)
}

fn home() -> Home {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    home
}

#[test]
fn a_signal_ends_the_function_and_the_folder_goes() {
    let home = home();
    for (signal, leader) in [
        (Signal::TERM, true),
        (Signal::INT, true),
        (Signal::TERM, false),
    ] {
        let mut command = exe(&home, "slow");
        if leader {
            command.process_group(0);
        }
        let (mut child, shell) = started(&mut command);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(128 + signal.as_raw()));
        assert!(test_kill_process(shell).is_err(), "the function lives on");
        assert!(home.left_behind().is_empty() && !home.path("next").exists());
    }
}

#[test]
fn a_function_that_ignores_one_signal_still_gets_the_next() {
    let home = Home::with_key();
    home.package(
        NAME,
        "profiles:\n  - name: p\n    target: .\n\
         functions:\n  - name: slow\n    export: true\n    run:\n\
         \x20     - trap '' INT; echo $$; exec sleep 600\n",
    );
    let (mut child, _) = started(exe(&home, "slow").process_group(0));
    let art = Pid::from_child(&child);
    kill_process(art, Signal::INT).unwrap();
    kill_process(art, Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert!([Some(130), Some(143)].contains(&status.code()), "{status}");
    assert!(home.left_behind().is_empty());
}

#[test]
fn what_nohup_ignores_stays_ignored() {
    let home = home();
    let mut under_nohup = Command::new("/bin/sh");
    let inner = exe(&home, "slow");
    under_nohup
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(inner.get_program());
    under_nohup
        .args(inner.get_args())
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let (mut child, shell) = started(under_nohup.stdout(Stdio::piped()));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    kill_process(shell, Signal::USR1).unwrap();
    assert_eq!(
        child.wait().unwrap().code(),
        Some(128 + Signal::USR1.as_raw())
    );
}

#[test]
fn a_function_that_a_signal_ends_is_reported_as_the_shell_would() {
    let home = home();
    let (mut child, shell) = started(&mut exe(&home, "slow"));
    kill_process(shell, Signal::USR1).unwrap();
    assert_eq!(
        child.wait().unwrap().code(),
        Some(128 + Signal::USR1.as_raw())
    );
    assert!(home.left_behind().is_empty());
}

#[test]
fn what_a_killed_run_left_goes_with_the_next() {
    let home = home();
    let (mut child, shell) = started(&mut exe(&home, "slow"));
    child.kill().unwrap();
    child.wait().unwrap();
    kill_process(shell, Signal::KILL).unwrap();
    assert_eq!(home.left_behind().len(), 1);
    assert_eq!(exe(&home, "done").status().unwrap().code(), Some(7));
    assert!(home.left_behind().is_empty());
}

#[test]
fn a_running_package_is_not_swept() {
    let home = home();
    let (mut child, shell) = started(&mut exe(&home, "slow"));
    assert_eq!(exe(&home, "done").status().unwrap().code(), Some(7));
    assert_eq!(home.left_behind().len(), 1);
    kill_process(shell, Signal::KILL).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(137));
    assert!(home.left_behind().is_empty());
}

#[test]
fn a_folder_that_a_function_locked_is_removed() {
    let home = Home::with_key();
    home.package(
        NAME,
        "profiles:\n  - name: p\n    target: .\n\
         functions:\n  - name: slow\n    export: true\n    run:\n      - mkdir -p a/b && chmod 0 a/b a\n",
    );
    succeeded(&mut exe(&home, "slow"));
    assert!(home.left_behind().is_empty());
    assert!(fs::metadata(home.path("art/run")).unwrap().is_dir());
}

/// While the archive is copied to its place it has a name there.
#[test]
fn a_build_that_is_interrupted_while_it_is_stored_leaves_nothing() {
    let home = Home::new();
    let project = home.project(PROJECT);
    let random = File::open("/dev/urandom").unwrap();
    let mut content = File::create(project.join("content")).unwrap();
    io::copy(&mut random.take(32 << 20), &mut content).unwrap();
    let packages = home.path("art/packages");
    let unfinished = || {
        let entries = fs::read_dir(&packages).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".art-")).count()
    };
    // It may be done before the signal comes.
    let interrupted = (0..20).any(|_| {
        let art = home.art();
        let mut build = Command::new("env");
        build.arg("--default-signal=INT").arg(art.get_program());
        build.args(["build", "-t", NAME]).arg(&project);
        build.env_clear().envs(
            art.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let mut build = build.stdout(Stdio::null()).spawn().unwrap();
        while build.try_wait().unwrap().is_none() {
            if unfinished() != 0 {
                kill_process(Pid::from_child(&build), Signal::INT).unwrap();
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let code = build.wait().unwrap().code();
        assert_eq!(unfinished(), 0, "{code:?}");
        code == Some(130)
    });
    assert!(interrupted);
}
