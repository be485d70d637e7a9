//! An agent that has nothing to do wears out no disk.

use lab::Lab;
use lab::host::Host;
use needs::{Need, lacks};
use std::fs;

/// Every call that changes a file or a folder, if only in some of its uses.
const CALLS: &str = "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,sendfile,\
     copy_file_range,splice,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,\
     mkdir,mkdirat,rmdir,mknod,mknodat,truncate,ftruncate,fallocate,fsync,fdatasync,sync_file_range,\
     chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,utimensat,setxattr,fsetxattr";

/// More pings than in a quarter of an hour with the usual interval.
const PINGS: usize = 60;

#[test]
fn an_idle_agent_changes_no_file() {
    if lacks(&[Need::Program("strace")]) {
        return;
    }
    let mut lab = Lab::without_package();
    lab.control.kill();
    lab.control.interval = "100ms".to_owned();
    lab.control.start_again();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_WAIT=0");
    let trace = traced(&lab, &mut host);
    host.start();
    host.agent().wait_for("connected to");
    for _ in 0..PINGS {
        host.agent().wait_for("Ping number");
    }
    host.kill();

    let trace = fs::read_to_string(trace).unwrap();
    let (before, after) = split_at_line(&trace, "connected to");
    // It has taken its reserve on the disk again by then.
    let (_, idle) = split_at_line(after, "Ping number");
    assert!(
        before.lines().any(changes_a_file),
        "the trace shows what a start writes: {before}"
    );
    let said = idle.matches("Ping number").count();
    assert!(said >= PINGS - 1, "the trace has {said} pings");
    let changes: Vec<&str> = idle.lines().filter(|line| changes_a_file(line)).collect();
    assert!(changes.is_empty(), "{changes:#?}");
}

/// What comes before and after the agent says something in its log.
fn split_at_line<'a>(trace: &'a str, text: &str) -> (&'a str, &'a str) {
    let lines = trace.split_inclusive('\n');
    let before = lines.take_while(|line| !(line.contains("write(2<") && line.contains(text)));
    trace.split_at(before.map(str::len).sum())
}

/// Has the agent and its children run under strace, and returns where what they
/// do is written.
fn traced(lab: &Lab, host: &mut Host) -> std::path::PathBuf {
    let trace = lab.path("trace");
    let options = ["strace", "-D", "-f", "-q", "-y", "-s", "80", "-e"];
    host.wrapper = options.map(str::to_owned).to_vec();
    let rest = [
        &format!("trace={CALLS}"),
        "-o",
        trace.to_str().unwrap(),
        "--",
    ];
    host.wrapper.extend(rest.map(str::to_owned));
    trace
}

/// Whether a line of strace shows a change. Pipes, sockets and devices are no files.
fn changes_a_file(line: &str) -> bool {
    let call = line.split_whitespace().nth(1).unwrap_or_default();
    let (name, argument) = call.split_once('(').unwrap_or_default();
    match name {
        "" => false,
        "open" | "openat" | "openat2" => ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| line.contains(flag)),
        "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
            argument.contains("</") && !argument.contains("</dev/")
        }
        _ => true,
    }
}
