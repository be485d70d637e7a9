//! The exchanges between this host and the control at which it enrols.

use crate::checker::{self, Enrolment, Task, Verdict};
use crate::child::Child;
use crate::config::Config;
use crate::config::address::ControlUri;
use crate::courier;
use crate::courier::connect::Peers;
use crate::courier::exchange::{Exchange, Transport};
use crate::courier::frame::{BUSY, Class, RawAnswer};
use crate::failure::{Context, Failure, Kind};
use crate::host::facts;
use crate::identity::Identity;
use crate::identity::clock::Floor;
use std::path::PathBuf;
use std::time::Duration;
use wire::code::EnrolCode;
use wire::enrol::EnrolRequest;
use wire::labelled::sha256;

/// The service, and the code that it made.
pub(super) struct Contact<'a> {
    pub(super) config: &'a Config,
    pub(super) uri: &'a ControlUri,
    pub(super) code: &'a EnrolCode,
}

impl Contact<'_> {
    /// The first contact: nothing is sent before the server has proved itself.
    /// Returns the CA (DER) that the code pins; `None` when it pins none, or the
    /// configuration names the CAs.
    ///
    /// # Errors
    /// When the server cannot be reached or does not present that CA.
    pub(super) fn pinned_ca(&self) -> Result<Option<Vec<u8>>, Failure> {
        let (None, Some(pin)) = (&self.config.ca_file, self.code.ca) else {
            return Ok(None);
        };
        let courier = courier::fetch_ca(self.uri, pin, &self.transport(None))
            .context("cannot begin an exchange")?;
        let ca = self.outcome(courier)?.body;
        // The courier talked to a stranger: its word is not enough.
        if sha256(&ca) != pin {
            return Err(self.refused("the CA is not the one that the enrolment code names"));
        }
        Ok(Some(ca))
    }

    /// Asks to be enrolled with this identity.
    ///
    /// # Errors
    /// When the server cannot be reached or its answer is not acceptable.
    pub(super) fn ask(
        &self,
        identity: &mut Identity,
        ca_file: Option<PathBuf>,
    ) -> Result<Enrolment, Failure> {
        let exchange = Exchange {
            uri: self.uri.clone(),
            path: "/enrol",
            authorization: None,
            body: self.request(identity)?,
            wait: Duration::ZERO,
        };
        let transport = self.transport(ca_file);
        let courier = courier::send(exchange, &transport, || identity.forget_key())
            .context("cannot begin an exchange")?;
        let body = self.outcome(courier)?.body;
        self.check(identity, body)
    }

    fn transport(&self, ca_file: Option<PathBuf>) -> Transport {
        let proxy = self.config.proxy_to(self.uri.host(), self.uri.port());
        Transport {
            ca_file,
            proxy: proxy.cloned(),
            peers: Peers::default(),
            patience: self.config.timeout,
        }
    }

    fn request(&self, identity: &Identity) -> Result<Vec<u8>, Failure> {
        let request = EnrolRequest {
            host: identity.host,
            key: identity.key.clone(),
            nonce: identity.nonce,
            code: Some(self.code.secret.clone()),
            facts: facts::collect(identity.host),
        };
        serde_json::to_vec(&request).context("cannot write the request")
    }

    fn check(&self, identity: &mut Identity, body: Vec<u8>) -> Result<Enrolment, Failure> {
        let task = Task::Enrolment {
            body,
            root: self.code.root.clone(),
            now: Floor::load(&self.config.home).now(),
        };
        let output = checker::start(&task, || identity.forget_key())
            .and_then(Child::wait)
            .context("cannot check the answer")?;
        match Verdict::decode(&output.unwrap_or_default()) {
            Verdict::Enrolment(enrolment) => Ok(*enrolment),
            Verdict::Refused(why) => Err(self.refused(&why)),
            _ => Err(self.refused("the answer is of another kind")),
        }
    }

    fn outcome(&self, courier: Child) -> Result<RawAnswer, Failure> {
        let output = courier.wait().context("cannot wait for the answer")?;
        let failure = |kind, why: &str| Failure::new(kind, format!("{}: {why}", self.uri));
        let unreachable = |why: &str| failure(Kind::Unreachable, why);
        let output = output.ok_or_else(|| unreachable("no answer in time"))?;
        let kind = |class| match class {
            // Trying later does not help.
            Class::Certificate | Class::Name | Class::Server | Class::CaFile => Kind::Configuration,
            Class::Network | Class::Cut => Kind::Unreachable,
            Class::Unreached | Class::Clock => Kind::Unreached,
        };
        let answer = courier::read(&output).outcome;
        let answer = answer.map_err(|met| failure(kind(met.class), &met.text))?;
        if answer.is_busy() {
            return Err(unreachable(BUSY));
        }
        Ok(answer)
    }

    /// Control refused, or its answer does not count.
    pub(super) fn refused(&self, why: &str) -> Failure {
        Failure::new(Kind::Refused, format!("{}: {why}", self.uri))
    }
}
