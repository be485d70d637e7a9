//! Children that try what they must not, each in a sandbox of its own.

use super::{Reach, Sandbox};
use crate::child::{Allowance, Child};
use crate::sys::process::Pid;
use crate::sys::{fork, process, signals};
use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// What an attempt came to, in a child: the name of the error's kind, or `done`.
fn attempt<T>(sandbox: Sandbox, work: impl FnOnce() -> io::Result<T>) -> String {
    let allowance = Allowance {
        time: Duration::from_secs(60),
        memory: 1 << 30,
        descriptors: 64,
        // So that it is the sandbox which denies it.
        file_size: 1 << 20,
        output: 1 << 10,
        sandbox,
    };
    let child = Child::start(&allowance, |confined| {
        let outcome = confined.and_then(|()| work());
        outcome
            .map_or_else(|error| format!("{:?}", error.kind()), |_| "done".to_owned())
            .into()
    });
    let output = child.unwrap().wait().unwrap();
    String::from_utf8(output.expect("an end in time")).unwrap()
}

fn network() -> Sandbox {
    Sandbox::Network(Reach::to(1))
}

const DENIED: &str = "PermissionDenied";

/// Both kinds of sandbox deny it; without one it works.
#[track_caller]
fn assert_denied<T>(work: impl Fn() -> io::Result<T>) {
    assert_eq!(attempt(Sandbox::Open, &work), "done", "without a sandbox");
    assert_eq!(attempt(network(), &work), DENIED, "with the network");
    assert_eq!(attempt(Sandbox::Sealed, &work), DENIED, "sealed");
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "text").unwrap();
    folder
}

#[test]
fn abuse_a_courier_or_checker_that_was_taken_over_changes_files() {
    let folder = folder();
    let (file, new) = (folder.path().join("file"), folder.path().join("new"));
    assert_denied(|| fs::write(&new, "x"));
    assert_denied(|| File::options().append(true).open(&file));
    assert_denied(|| fs::set_permissions(&file, fs::metadata(folder.path())?.permissions()));
    assert_denied(|| fs::rename(&file, &new).and_then(|()| fs::rename(&new, &file)));
    assert_denied(|| fs::create_dir(&new).and_then(|()| fs::remove_dir(&new)));
    assert_denied(|| fs::hard_link(&file, &new).and_then(|()| fs::remove_file(&new)));
    assert_denied(|| std::os::unix::fs::symlink(&file, &new).and_then(|()| fs::remove_file(&new)));
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[test]
fn abuse_a_courier_or_checker_that_was_taken_over_reads_the_hosts_key() {
    let folder = folder();
    assert_denied(|| fs::read(folder.path().join("file")));
}

#[test]
fn abuse_a_courier_or_checker_that_was_taken_over_executes_programs() {
    assert_denied(|| match fork::fork()? {
        fork::Fork::Child => fork::exit_now(0),
        fork::Fork::Parent(_) => Ok(()),
    });
    let execute = || Err::<(), _>(process::execute(Path::new("/bin/true"), &[], &[]));
    assert_eq!(
        attempt(Sandbox::Open, execute),
        "",
        "it became that program"
    );
    assert_eq!(attempt(network(), execute), DENIED);
    assert_eq!(attempt(Sandbox::Sealed, execute), DENIED);
}

#[test]
fn abuse_a_courier_or_checker_that_was_taken_over_signals_the_agent() {
    const NOTHING: i32 = 0;
    assert_denied(|| Pid::parent().unwrap().signal(NOTHING));
    assert_denied(|| {
        Pid::own().signal_group(NOTHING).or_else(|error| {
            // It leads no group; only a process that may send signals gets that error.
            if error.raw_os_error() == Some(libc::ESRCH) {
                Ok(())
            } else {
                Err(error)
            }
        })
    });
    let own = || Pid::own().signal(signals::SIGKILL);
    assert_eq!(attempt(network(), own), "", "it ended itself");
}

#[test]
fn abuse_a_courier_that_was_taken_over_connects_elsewhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect(address);
    let reach = || Sandbox::Network(Reach::to(address.port()));
    assert_eq!(attempt(reach(), connect), "done");
    assert_eq!(attempt(Sandbox::Sealed, connect), DENIED);
    if crate::sys::landlock::version().is_ok_and(|version| version >= 4) {
        assert_eq!(attempt(network(), connect), DENIED);
    }
    let ask = || UdpSocket::bind("127.0.0.1:0")?.send_to(b"?", address);
    assert_eq!(attempt(network(), ask), "done", "as the resolver does");
    assert_denied(|| TcpListener::bind("127.0.0.1:0"));
    assert_denied(UnixStream::pair);
}

#[test]
fn a_courier_reads_what_an_exchange_needs() {
    let folder = folder();
    let ca = folder.path().join("file");
    let reach = Reach::to(1).and_cas(Some(&ca));
    let read = || fs::read("/etc/hosts").and_then(|_| fs::read(&ca));
    assert_eq!(attempt(Sandbox::Network(reach), read), "done");
    let named = Reach::to(1).and_cas(Some(&folder.path().join("other")));
    assert_eq!(attempt(Sandbox::Network(named), read), DENIED);
}
