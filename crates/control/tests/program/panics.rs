//! A request whose handler panics is answered, and the service goes on.

use super::fixture::{Fixture, PASSWORD, Served, enrol, now};
use lab::failing_clock::FailingClock;
use lab::preload;
use std::collections::BTreeSet;
use std::path::Path;
use wire::answer::{self, Answer};
use wire::encoding::base64;
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

/// A ping of a host, over a connection that is kept.
struct Pings<'a> {
    agent: &'a ureq::Agent,
    url: &'a str,
    host: HostId,
    key: HostKey,
    n: u64,
}

impl Pings<'_> {
    /// The status, and whether the answer is under the host's key; none if the connection
    /// is broken off.
    fn next(&mut self) -> Option<(u16, bool)> {
        self.n += 1;
        let request = Request {
            method: "POST",
            target: "/ping",
            body: b"",
        };
        let token = Token::new(&self.key, self.host, now(), self.n, &request).to_string();
        let post = self.agent.post(format!("{}/ping", self.url));
        let mut answer = post.header("Authorization", token).send_empty().ok()?;
        let status = answer.status().as_u16();
        let header = answer.headers().get(answer::HEADER).cloned();
        let body = answer.body_mut().read_to_vec().unwrap();
        let answer = Answer {
            host: self.host,
            n: self.n,
            status,
            body: &body,
        };
        let is_sealed =
            header.is_some_and(|header| answer.open(&self.key, header.to_str().unwrap()).is_some());
        Some((status, is_sealed))
    }
}

#[test]
fn a_panic_costs_one_request_and_is_answered() {
    if !preload::meets(Path::new(env!("CARGO_BIN_EXE_pilotctl"))) {
        eprintln!("SKIPPED: pilotctl is linked statically: its clock cannot fail for it alone");
        return;
    }
    const LOGGED: &str = "a handler panicked";
    let fixture = Fixture::new();
    let clock = FailingClock::new(&fixture.path(""));
    let Served { service, url } = Served::start(fixture.serve_command().envs(clock.environment()));
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &url, host, &key);
    let agent = fixture.agent();
    let list = || {
        let basic = base64(format!("ada:{PASSWORD}").as_bytes());
        let get = agent.get(format!("{url}/host"));
        let get = get.header("Authorization", format!("Basic {basic}"));
        let mut answer = get.call().ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.body_mut().read_to_string().unwrap()))
    };
    let mut pings = Pings {
        agent: &agent,
        url: &url,
        host,
        key,
        n: 0,
    };
    // Where the clock is looked at: in a handler, where the panic is answered, under the
    // host's key if that is known by then; or in the library that speaks HTTP, which looks
    // now more and now less often, where it costs the connection.
    let (mut of_list, mut of_ping) = (BTreeSet::new(), BTreeSet::new());
    let (answered, sealed, plain) = (Some((500, true)), Some((500, true)), Some((500, false)));
    for number in (1..=12).cycle().take(40 * 12) {
        clock.fail(number);
        of_list.insert(list().map(|(status, text)| (status, text.contains("internal error"))));
        clock.work();
        assert_eq!(list().unwrap().0, 200);
        clock.fail(number);
        of_ping.insert(pings.next());
        clock.work();
        assert_eq!(pings.next(), Some((204, true)));
        if of_list.contains(&answered) && of_ping.is_superset(&[sealed, plain].into()) {
            service.wait_for(LOGGED);
            return;
        }
    }
    panic!("{of_list:?}, {of_ping:?}");
}
