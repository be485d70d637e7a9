//! Strangers who hold connections for nothing keep nobody out.

use super::fixture::{Fixture, PASSWORD, Served};
use lab::service::Service;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpSocket;

/// The service with so few file descriptors.
fn serve(fixture: &Fixture, descriptors: u32) -> Served {
    let serve = fixture.serve_command();
    let mut shell = Command::new("/bin/sh");
    shell
        .env_clear()
        .args(["-c", &format!(r#"ulimit -n {descriptors}; exec "$0" "$@""#)])
        .arg(serve.get_program())
        .args(serve.get_args());
    Served::start(&mut shell)
}

#[test]
fn abuse_one_address_holds_more_connections_than_there_are_descriptors() {
    let fixture = Fixture::new();
    let Served { service, url } = serve(&fixture, 256);
    let address = url.strip_prefix("https://").unwrap();
    let mut slow: Vec<TcpStream> = (0..600)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            // The beginning of a handshake that never goes on.
            drop(stream.write_all(&[22, 3, 1]));
            stream
        })
        .collect();
    service.wait_for("refused a connection");
    // A client that is refused tries again, as agents do, and need not wait for long.
    while !fixture
        .client(&url, PASSWORD, &["host", "ls"])
        .status
        .success()
    {
        std::thread::yield_now();
    }
    for stream in &mut slow {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let read = stream.read(&mut [0; 64]);
        let is_timeout = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!read.as_ref().is_err_and(is_timeout), "{read:?}");
    }
}

/// Begins a handshake that never goes on, from an address of this machine's own.
fn stranger(from: u8, service: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, from), 0));
        socket.bind(source).unwrap();
        socket.connect(service).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    // It may have been refused already.
    drop((&stream).write_all(&[22, 3, 1]));
    stream
}

fn address_of(url: &str) -> SocketAddr {
    url.strip_prefix("https://").unwrap().parse().unwrap()
}

#[test]
fn abuse_strangers_at_many_addresses_leave_room_for_those_that_are_known() {
    let fixture = Fixture::new();
    let Served { service, url } = serve(&fixture, 256);
    let is_served = || {
        let output = fixture.client(&url, PASSWORD, &["host", "ls"]);
        assert!(output.status.success(), "{output:?}");
    };
    is_served();
    let (address, is_done) = (address_of(&url), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The newest hold what strangers may have; older ones end.
            let mut held = std::collections::VecDeque::new();
            for from in (2..=21).cycle() {
                if is_done.load(Ordering::Relaxed) {
                    return;
                }
                held.push_back(stranger(from, address));
                if held.len() > 300 {
                    held.pop_front();
                }
            }
        });
        service.wait_for("refused a connection: too many are open");
        for _ in 0..10 {
            is_served();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    service.wait_for("connections are accepted again: fewer are open");
}

/// What an ordinary user may raise again.
fn set_descriptors(service: &Service, limit: usize) {
    let process = Pid::from_raw(service.pid().try_into().unwrap());
    let limits = Rlimit {
        current: Some(limit.try_into().unwrap()),
        maximum: Some(1_024),
    };
    prlimit(process, Resource::Nofile, limits).unwrap();
}

fn descriptors(service: &Service) -> usize {
    let folder = std::fs::read_dir(format!("/proc/{}/fd", service.pid()));
    folder.unwrap().count()
}

/// When descriptors run out, strangers lose theirs, and known clients keep their own.
#[test]
fn abuse_descriptors_run_out_and_the_log_says_so_once_and_that_it_is_over() {
    const RAN_OUT: &str = "no file descriptor is left for a connection";
    let fixture = Fixture::new();
    let Served { service, url } = serve(&fixture, 1_024);
    let is_served = || {
        let output = fixture.client(&url, PASSWORD, &["host", "ls"]);
        assert!(output.status.success(), "{output:?}\n{}", service.log());
    };
    is_served();
    let before = descriptors(&service);
    let address = address_of(&url);
    let strangers: Vec<TcpStream> = (0..100).map(|at| stranger(2 + at % 20, address)).collect();
    // Almost all: what was open before may have been closed.
    while descriptors(&service) < before + strangers.len() - 10 {
        std::thread::yield_now();
    }
    // What is open stays, and nothing more can be opened until something is closed.
    set_descriptors(&service, descriptors(&service));
    is_served();
    service.wait_for(RAN_OUT);
    set_descriptors(&service, 1_024);
    service.wait_for("connections are accepted again: file descriptors are free");
    assert_eq!(service.log().matches(RAN_OUT).count(), 1);
    is_served();
}

/// When they have run out, it is too late.
#[test]
fn that_descriptors_are_about_to_run_out_is_logged_when_it_begins_and_ends() {
    const BEGINS: &str = "file descriptors are about to run out";
    let fixture = Fixture::new();
    let Served { service, .. } = serve(&fixture, 1_024);
    let open = descriptors(&service);
    set_descriptors(&service, open + 2);
    service.wait_for(BEGINS);
    set_descriptors(&service, 1_024);
    service.wait_for("there are enough file descriptors again");
    assert_eq!(service.log().matches(BEGINS).count(), 1);
}

#[test]
fn the_service_raises_its_limit_of_descriptors_as_far_as_it_may() {
    let fixture = Fixture::new();
    let serve = fixture.serve_command();
    let mut shell = Command::new("/bin/sh");
    shell
        .env_clear()
        .args([
            "-c",
            r#"ulimit -S -n 300; ulimit -H -n 700; exec "$0" "$@""#,
        ])
        .arg(serve.get_program())
        .args(serve.get_args());
    let Served { service, .. } = Served::start(&mut shell);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", service.pid())).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<_> = files.unwrap().split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers, ["700", "700"]);
}
