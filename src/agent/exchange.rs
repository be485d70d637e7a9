//! One exchange with control, from the token to the verified answer.

use super::unacknowledged::Unacknowledged;
use super::{Agent, Link, Purpose};
use crate::checker::{self, Expectation, Task};
use crate::child::{Child, Progress};
use crate::courier;
use crate::courier::connect::Stop;
use crate::courier::exchange::Exchange;
use crate::courier::frame::{BUSY, Class, LinkFailure, RawAnswer, Report};
use crate::host::facts;
use crate::keys;
use crate::keys::TrustStore;
use crate::log;
use crate::status::clock_words;
use crate::sys::clock;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use wire::answer::Answer;
use wire::enrol::EnrolRequest;
use wire::token::{Request, Token};

/// A courier under way.
pub(super) struct Exchanging {
    pub(super) courier: Child,
    /// Where it goes first.
    stop: Stop,
    pub(super) purpose: Purpose,
    /// The sequence number of its token; 0 at enrolment, which has none.
    pub(super) n: u64,
    /// The job whose result it carries.
    pub(super) carries: Option<i64>,
    /// What else it tells.
    pub(super) unacknowledged: Unacknowledged,
    /// How long control may hold the answer back.
    pub(super) wait: Duration,
    /// When it began, since boot.
    pub(super) began: Duration,
}

impl Exchanging {
    /// How long it has taken so far.
    pub(super) fn lasted(&self) -> Duration {
        clock::boottime().saturating_sub(self.began)
    }
}

impl Purpose {
    fn path(self) -> &'static str {
        match self {
            Self::Enrol => "/enrol",
            Self::Register => "/register",
            Self::Ping => "/ping",
            Self::Rotate => "/key",
        }
    }
}

impl Agent {
    /// Starts the next exchange, unless it is an idle ping too soon after the
    /// last one.
    pub(super) fn begin_exchange(&mut self) {
        self.jobs.settle();
        self.consider_rotation();
        if self.is_idle_ping() {
            let earliest = self.last_ping.map(|last| last + self.config.min_interval);
            if let Some(earliest) = earliest.filter(|time| clock::boottime() < *time) {
                self.link = Link::Waiting(earliest);
                return;
            }
            self.route.consider_trial(clock::boottime());
            self.consider_registration();
        }
        // A registration is followed by the ping that was pressing.
        self.pressing &= self.purpose != Purpose::Ping;
        match self.start_courier() {
            Ok(exchanging) => self.link = Link::Exchanging(exchanging),
            Err(error) => self.fail(&format!("cannot begin an exchange: {error}"), None),
        }
        // Reading keys takes a while, which the exchange does not wait for.
        self.warn_of_endings();
    }

    /// Says once a day, and after a start, what this host will soon trust no longer.
    fn warn_of_endings(&mut self) {
        const DAY: u64 = 86_400;
        let now = self.clock.now();
        if self.warned_on.replace(now / DAY) != Some(now / DAY) {
            for ending in keys::ending_soon(&self.config, now) {
                log::warning!("{}: {}; {}", ending.check, ending.text, ending.remedy);
            }
        }
    }

    /// Whether the next exchange could as well be made later.
    fn is_idle_ping(&self) -> bool {
        self.purpose == Purpose::Ping
            && !self.pressing
            && !self.jobs.has_result()
            && !self.jobs.is_asking()
    }

    fn start_courier(&mut self) -> io::Result<Exchanging> {
        let (body, carries) = self.body()?;
        let wait = self.wait(carries.is_some());
        let uri = self.route.current().clone();
        let path = self.purpose.path();
        let (n, authorization) = self.authorize(&uri.target(path), &body);
        let exchange = Exchange {
            uri,
            path,
            authorization,
            body,
            wait,
        };
        log::debug!(
            "{:?} number {n} to {}, to be held for up to {wait:?}",
            self.purpose,
            exchange.uri
        );
        let began = clock::boottime();
        if self.purpose == Purpose::Ping {
            self.last_ping = Some(began);
        }
        let transport = self.transport();
        let stop = Stop::on_the_way(&exchange.uri, transport.proxy.as_ref());
        let courier = courier::send(exchange, &transport, || self.identity.forget_key())?;
        Ok(Exchanging {
            courier,
            stop,
            purpose: self.purpose,
            n,
            carries,
            unacknowledged: self.unacknowledged,
            wait,
            began,
        })
    }

    /// How long control may hold the answer back. After a failure, and at an
    /// address that may not work, a quick answer is worth more.
    fn wait(&self, carries_result: bool) -> Duration {
        let urgent = carries_result || self.jobs.is_asking();
        if self.purpose != Purpose::Ping || urgent || self.is_failing || self.route.is_trial() {
            return Duration::ZERO;
        }
        self.long_poll.next()
    }

    /// The request's number and token; an enrolment has neither.
    fn authorize(&mut self, target: &str, body: &[u8]) -> (u64, Option<String>) {
        if self.purpose == Purpose::Enrol {
            return (0, None);
        }
        let n = self.sequence.advance();
        let request = Request {
            method: "POST",
            target,
            body,
        };
        let (key, host) = (&self.identity.key, self.identity.host);
        let token = Token::new(key, host, self.clock.now(), n, &request);
        (n, Some(token.to_string()))
    }

    /// The body, and the job whose result is in it.
    fn body(&mut self) -> io::Result<(Vec<u8>, Option<i64>)> {
        let host = self.identity.host;
        let facts = || facts::collect(host);
        let body = match self.purpose {
            Purpose::Enrol => serde_json::to_vec(&EnrolRequest {
                host,
                key: self.identity.key.clone(),
                nonce: self.identity.nonce,
                code: None,
                facts: facts(),
            }),
            Purpose::Register => {
                self.note_registration();
                serde_json::to_vec(&facts())
            }
            Purpose::Rotate => return Ok((self.next_key_body()?, None)),
            Purpose::Ping => {
                let mut ping = self.jobs.ping();
                self.unacknowledged.add_to(&mut ping);
                let carries = ping.result.as_ref().map(|result| result.job_id);
                return Ok((serde_json::to_vec(&ping)?, carries));
            }
        };
        Ok((body?, None))
    }

    /// The courier said something.
    pub(super) fn advance_exchange(&mut self) {
        let Link::Exchanging(exchanging) = &mut self.link else {
            return;
        };
        match exchanging.courier.advance() {
            Progress::Running => {}
            Progress::TooMuch => self.fail("the answer is too large", None),
            Progress::Said(said) => {
                let Report { peer, outcome } = courier::read(&said);
                match outcome {
                    Ok(answer) => self.receive(answer, peer),
                    Err(failure) => {
                        let stop = exchanging.stop.clone();
                        self.note_peer(&stop, peer, false);
                        self.on_failure(&failure);
                    }
                }
            }
        }
    }

    fn on_failure(&mut self, failure: &LinkFailure) {
        match failure.class {
            Class::Cut => self.on_cut(&failure.text),
            Class::Clock => self.fail_soon(&format!("clock: {}", failure.text)),
            Class::Unreached => self.fail_soon(&failure.text),
            _ => self.fail(&failure.text, None),
        }
    }

    /// The courier was ended: whether the address that it had got to is to blame, another
    /// one will tell.
    pub(super) fn note_silence(&mut self, exchanging: &Exchanging) {
        let peer = Report::peer_of_unfinished(exchanging.courier.said_so_far());
        self.note_peer(&exchanging.stop, peer, false);
    }

    /// Whether control answered over this address.
    fn note_peer(&mut self, stop: &Stop, peer: Option<SocketAddr>, answered: bool) {
        match peer {
            Some(peer) if answered => self.peers.worked(stop, peer),
            Some(peer) => self.peers.failed(stop, peer),
            None => {}
        }
    }

    fn receive(&mut self, answer: RawAnswer, peer: Option<SocketAddr>) {
        let waiting = Link::Waiting(clock::boottime());
        let Link::Exchanging(exchanging) = std::mem::replace(&mut self.link, waiting) else {
            return;
        };
        if answer.is_busy() {
            return self.fail(BUSY, answer.retry_after());
        }
        if exchanging.purpose == Purpose::Enrol {
            let now = self.clock.now();
            return self.check(&Task::Enrolment {
                body: answer.body,
                root: None,
                now,
            });
        }
        let time = self.authenticate(&exchanging, &answer);
        self.note_peer(&exchanging.stop, peer, time.is_some());
        match time {
            Some(unix) => self.accept(&exchanging, answer, unix),
            None => self.distrust(&exchanging, &answer),
        }
    }

    /// Control's time, if the answer is control's and answers this request.
    fn authenticate(&self, exchanging: &Exchanging, answer: &RawAnswer) -> Option<u64> {
        let header = std::str::from_utf8(&answer.mac).ok()?;
        let covered = Answer {
            host: self.identity.host,
            n: exchanging.n,
            status: answer.status,
            body: &answer.body,
        };
        covered.open(&self.identity.key, header)
    }

    /// Nothing in such an answer counts: it may be a proxy's. What a proxy takes
    /// for too large, though, will never get through.
    fn distrust(&mut self, exchanging: &Exchanging, answer: &RawAnswer) {
        self.note_refused_result(exchanging, answer.status);
        let gave_up = answer.status == 408 || (500..600).contains(&answer.status);
        let asked = answer.retry_after();
        if gave_up && asked.is_none() && self.was_cut(exchanging) {
            return;
        }
        if exchanging.purpose == Purpose::Rotate && matches!(answer.status, 404 | 405) {
            return self.on_rotation_unknown(answer.status);
        }
        let why = match answer.status {
            401 => "control does not accept this host's key: it was removed, disabled, or not admitted yet".to_owned(),
            status => format!("the answer (status {status}) is not from control; is a proxy in between?"),
        };
        self.fail(&why, asked);
    }

    fn accept(&mut self, exchanging: &Exchanging, answer: RawAnswer, unix: u64) {
        self.took = exchanging.lasted();
        if let Some(skew) = self.clock.learn(unix, self.took) {
            self.note_skew(skew);
        }
        if exchanging.purpose == Purpose::Ping && (200..300).contains(&answer.status) {
            self.acknowledge(exchanging);
            self.note_answered(exchanging);
        }
        self.note_refused_result(exchanging, answer.status);
        match (exchanging.purpose, answer.status) {
            (Purpose::Ping, 204) if self.jobs.is_asking() => {
                self.jobs.confirm();
                self.go_on();
            }
            // After a result there may be another job, and after a short
            // exchange the long poll begins without a pause.
            (Purpose::Ping, 204) if exchanging.carries.is_some() || self.may_hold(exchanging) => {
                self.go_on();
            }
            (Purpose::Ping, 204) => self.succeed(exchanging.began),
            (Purpose::Ping, 200 | 201) => self.check_envelope(exchanging.n, answer.body),
            (Purpose::Rotate, 204) => self.on_key_accepted(),
            (Purpose::Register, 200 | 201) => self.check(&Task::Registration(answer.body)),
            (_, 401) => self.check(&Task::Rejection(answer.body)),
            (_, status) => {
                let text = log::one_line(&String::from_utf8_lossy(&answer.body));
                let text: String = text.chars().take(300).collect();
                self.fail(
                    &format!("control answered with status {status}: {text}"),
                    answer.retry_after(),
                );
            }
        }
    }

    /// Said once where it changes: in the log, to control, and in `pilot status`.
    /// What an earlier agent said may be over by now.
    fn note_skew(&mut self, skew: i64) {
        self.unacknowledged.set_skew(skew);
        let before = self.health.skewed(skew);
        if skew != 0 {
            let skew = clock_words(skew);
            log::warning!("clock: this host's clock is {skew}; going by control's");
        } else if before != 0 {
            log::info!("clock: this host's clock is right again");
        }
    }

    fn acknowledge(&mut self, exchanging: &Exchanging) {
        self.unacknowledged.acknowledge(exchanging.unacknowledged);
        self.jobs.acknowledge_progress();
        if let Some(id) = exchanging.carries {
            self.jobs.acknowledge(id, self.clock.now());
        }
    }

    fn note_refused_result(&mut self, exchanging: &Exchanging, status: u16) {
        if let (Some(id), 400 | 413) = (exchanging.carries, status) {
            log::warning!(
                "job {id}: its result was refused with status {status}; sending less of it"
            );
            self.jobs.result_refused();
        }
    }

    fn check_envelope(&mut self, n: u64, body: Vec<u8>) {
        let now = self.clock.now();
        let trust = TrustStore::new(&self.config.home);
        match trust.job_keys(&self.config.program_folder, now) {
            Ok(keys) => {
                let expected = Expectation {
                    host: self.identity.host,
                    n,
                    now,
                };
                self.check(&Task::Ping {
                    body,
                    keys,
                    anchor: trust.anchor(),
                    expected,
                });
            }
            Err(failure) => self.fail(&failure.to_string(), None),
        }
    }

    fn check(&mut self, task: &Task) {
        match checker::start(task, || self.identity.forget_key()) {
            Ok(checker) => self.link = Link::Checking(checker),
            Err(error) => self.fail(&format!("cannot check the answer: {error}"), None),
        }
    }
}
