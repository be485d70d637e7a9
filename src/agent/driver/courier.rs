//! One exchange with control, from the token to the answer.

use super::super::core::{Begin, Begun, Cargo, Input, Peer, Purpose};
use super::{Driver, Running};
use crate::child::{Child, ChildState};
use crate::courier;
use crate::courier::connect::Stop;
use crate::courier::exchange::{Exchange, Transport};
use crate::courier::frame::{RawAnswer, Report};
use crate::host::facts::{self, Changeable};
use crate::identity::Identity;
use crate::keys;
use crate::log;
use crate::sys::clock;
use std::io;
use std::net::SocketAddr;
use wire::answer::Answer;
use wire::enrol::EnrolRequest;
use wire::rotation::NextKey;
use wire::token::{Request, Token};

/// A courier that runs.
pub(super) struct Courier {
    pub(super) child: Child,
    /// The server that it connects to: control or a proxy.
    stop: Stop,
    /// The sequence number of its token; 0 at enrolment, which has none.
    n: u64,
    /// The network address that it reached, as it reported at its end.
    peer: Option<SocketAddr>,
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

impl Driver {
    /// Starts a courier.
    pub(super) fn begin(&mut self, begin: &Begin) -> Input {
        match self.start_courier(begin) {
            Ok(begun) => Input::Begun(begun),
            Err(error) => Input::Failed(error.to_string()),
        }
    }

    /// The sequence number is reserved on disk before a token has it, and the next key is on
    /// disk before control receives it.
    fn start_courier(&mut self, begin: &Begin) -> io::Result<Begun> {
        let (body, cargo) = self.body(begin)?;
        let wait = begin.wait(&cargo);
        let path = begin.purpose.path();
        let uri = self.core.control().clone();
        let (n, authorization) = self.authorize(begin.purpose, &uri.target(path), &body);
        log::debug!(
            "{:?} number {n} to {uri}, to be held for up to {wait:?}",
            begin.purpose
        );
        let exchange = Exchange {
            uri,
            path,
            authorization,
            body,
            wait,
        };
        let at = clock::boottime();
        let transport = self.transport(begin);
        let stop = Stop::on_the_way(&exchange.uri, transport.proxy.as_ref());
        let child = courier::send(exchange, &transport, || self.identity.forget_key())?;
        self.child = Some(Running::Courier(Courier {
            child,
            stop,
            n,
            peer: None,
        }));
        Ok(Begun { at, n, cargo })
    }

    fn transport(&self, begin: &Begin) -> Transport {
        let uri = self.core.control();
        let proxy = self.config.proxy_to(uri.host(), uri.port());
        Transport {
            ca_file: keys::ca_file(&self.config),
            proxy: proxy.cloned(),
            peers: self.peers.of(&Stop::on_the_way(uri, proxy)),
            patience: begin.patience,
        }
    }

    /// The request's sequence number and token. An enrolment has neither.
    fn authorize(&mut self, purpose: Purpose, target: &str, body: &[u8]) -> (u64, Option<String>) {
        if purpose == Purpose::Enrol {
            return (0, None);
        }
        let n = self.sequence.advance();
        let request = Request {
            method: "POST",
            target,
            body,
        };
        let (key, host) = (&self.identity.key, self.identity.host);
        let unix = self.core.control_time(self.now());
        let token = Token::new(key, host, unix, n, &request);
        (n, Some(token.to_string()))
    }

    /// The body, and the cargo in it.
    fn body(&mut self, begin: &Begin) -> io::Result<(Vec<u8>, Cargo)> {
        let host = self.identity.host;
        let body = match begin.purpose {
            Purpose::Enrol => serde_json::to_vec(&EnrolRequest {
                host,
                key: self.identity.key.clone(),
                nonce: self.identity.nonce,
                code: None,
                facts: facts::collect(host),
            }),
            Purpose::Register => {
                self.facts = Some(Changeable::collect());
                serde_json::to_vec(&facts::collect(host))
            }
            Purpose::Rotate => return self.next_key_body(),
            Purpose::Ping => {
                let mut ping = self.jobs.ping();
                begin.unacknowledged.add_to(&mut ping);
                let carried = ping.result.as_ref().map(|result| result.job_id);
                let cargo = carried.map_or(Cargo::Nothing, Cargo::Result);
                return Ok((serde_json::to_vec(&ping)?, cargo));
            }
        };
        Ok((body?, Cargo::Nothing))
    }

    fn next_key_body(&self) -> io::Result<(Vec<u8>, Cargo)> {
        let key = Identity::next_key(&self.config.home)
            .ok_or_else(|| io::Error::other("the key that was prepared is gone"))?;
        let cargo = Cargo::NextKey(key.fingerprint());
        Ok((serde_json::to_vec(&NextKey { key })?, cargo))
    }

    /// Reads the courier's output.
    pub(super) fn advance_courier(&mut self) {
        let Some(Running::Courier(courier)) = &mut self.child else {
            return;
        };
        let output = match courier.child.advance() {
            ChildState::Running => return,
            ChildState::TooMuch => return self.feed(Input::TooLarge),
            ChildState::Ended(output) => output,
        };
        let Report { peer, outcome } = courier::read(&output);
        drop(output);
        courier.peer = peer;
        let n = courier.n;
        let input = match outcome {
            Err(failure) => Input::LinkFailed(failure),
            Ok(answer) => {
                let time = self.authenticate(n, &answer);
                Input::Answered(answer, time)
            }
        };
        self.feed(input);
    }

    /// Control's time, if control has authenticated the answer for the request with this number.
    fn authenticate(&self, n: u64, answer: &RawAnswer) -> Option<u64> {
        let header = std::str::from_utf8(&answer.mac).ok()?;
        let covered = Answer {
            host: self.identity.host,
            n,
            status: answer.status,
            body: &answer.body,
        };
        covered.open(&self.identity.key, header)
    }

    /// Ends the child, if there is one. Records `outcome` for the network address that a courier
    /// reached.
    pub(super) fn end_child(&mut self, outcome: Peer) {
        let Some(Running::Courier(courier)) = self.child.take() else {
            return;
        };
        let peer = courier
            .peer
            .or_else(|| Report::peer_of_unfinished(courier.child.output_so_far()));
        match (outcome, peer) {
            (Peer::Worked, Some(peer)) => self.peers.worked(&courier.stop, peer),
            (Peer::Failed, Some(peer)) => self.peers.failed(&courier.stop, peer),
            (Peer::Unknown, _) | (_, None) => {}
        }
    }
}
