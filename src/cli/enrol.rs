//! `pilot enrol`: the first contact, with a code.

use super::{parse, usage_error};
use crate::check::{self, Enrolment, Task, Verdict};
use crate::config::{Config, Source};
use crate::failure::{Context, Failure, Kind};
use crate::home;
use crate::host::facts;
use crate::identity::clock::ControlClock;
use crate::identity::{IdSource, Identity};
use crate::keys::{self, TrustStore};
use crate::link::address::ControlUri;
use crate::link::child::Child;
use crate::link::courier;
use crate::link::exchange::{Exchange, Transport};
use crate::link::frame::RawAnswer;
use crate::storage;
use crate::sys::random::random;
use crate::sys::{clock, terminal};
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;
use wire::code::EnrolCode;
use wire::enrol::EnrolRequest;

const MOST_CODE_BYTES: u64 = 4096;

/// Enrols this host.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options
        .optopt("", "code-file", "", "FILE")
        .optflag("w", "hw-id", "");
    let matches = parse(&options, arguments)?;
    let [url] = matches.free.as_slice() else {
        return Err(usage_error(
            "enrol takes the address of Pilot Control and nothing else: pilot enrol https://host:port",
        ));
    };
    let uri: ControlUri = url
        .parse()
        .map_err(|error| usage_error(format!("{url:?}: {error}")))?;
    let code = read_code(matches.opt_str("code-file").as_deref())?;
    let config = Source::of_this_process()?.load()?;
    let source = if matches.opt_present("hw-id") {
        IdSource::Hardware
    } else {
        IdSource::MachineId
    };
    let identity = Enroller {
        config,
        uri,
        code,
        source,
    }
    .enrol()?;
    println!(
        "enrolled as host {} (key fingerprint {})",
        identity.host,
        identity.key.fingerprint()
    );
    Ok(())
}

fn read_code(file: Option<&str>) -> Result<EnrolCode, Failure> {
    let text = match file {
        Some(path) if path != "-" => {
            let bytes = storage::read_limited(Path::new(path), MOST_CODE_BYTES).context(path)?;
            let bytes =
                bytes.ok_or_else(|| Failure::configuration(format!("{path}: no such file")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ if io::stdin().is_terminal() => {
            terminal::read_hidden("enrolment code: ", io::stdin().as_fd())
                .context("cannot read the code")?
        }
        _ => {
            let mut text = String::new();
            io::stdin()
                .take(MOST_CODE_BYTES)
                .read_to_string(&mut text)
                .context("cannot read the code")?;
            text
        }
    };
    text.parse().map_err(|error| {
        usage_error(format!(
            "{error}; ask an operator for one (`pilotctl host invite`)"
        ))
    })
}

struct Enroller {
    config: Config,
    uri: ControlUri,
    code: EnrolCode,
    source: IdSource,
}

impl Enroller {
    fn enrol(&self) -> Result<Identity, Failure> {
        let home = &self.config.home;
        storage::make_private_folder(home)
            .context(format_args!("cannot make the folder {}", home.display()))?;
        let _lock = home::lock(&self.config.home)?;
        self.pin_ca()?;
        let mut identity = Identity::load_or_create(&self.config, self.source)?;
        match self.ask(&identity)? {
            // A copy of an image, or a host that lost its state: it takes an
            // id of its own and asks once more.
            Enrolment::Clone => {
                let salt: [u8; 16] = random().context("cannot get random bytes from the kernel")?;
                identity = Identity::create(&self.config, self.source, &salt)?;
                eprintln!(
                    "pilot: another key holds this host's id (a cloned image?); it is now {}",
                    identity.host
                );
                let again = self.ask(&identity)?;
                self.settle(identity, again)
            }
            answer => self.settle(identity, answer),
        }
    }

    /// The first contact: nothing is sent before the server has proved itself.
    fn pin_ca(&self) -> Result<(), Failure> {
        let (None, Some(pin)) = (&self.config.ca_file, self.code.ca) else {
            return Ok(());
        };
        if self.config.proxy.is_some() {
            return Err(Failure::configuration(
                "the first contact cannot be pinned through a proxy: put the CA's certificate on this host and set PILOT_CA_FILE",
            ));
        }
        let courier = courier::fetch_ca(&self.uri, pin).context("cannot begin an exchange")?;
        let ca = self.outcome(courier)?.body;
        TrustStore::new(&self.config.home).store_ca(&ca)
    }

    fn ask(&self, identity: &Identity) -> Result<Enrolment, Failure> {
        let request = EnrolRequest {
            host: identity.host,
            key: identity.key.clone(),
            nonce: identity.nonce,
            code: Some(self.code.secret.clone()),
            facts: facts::collect(identity.host),
        };
        let body = serde_json::to_vec(&request).context("cannot write the request")?;
        let exchange = Exchange {
            uri: self.uri.clone(),
            path: "/enrol",
            authorization: None,
            body,
            wait: Duration::ZERO,
        };
        let transport = Transport {
            ca_file: keys::ca_file(&self.config),
            proxy: self.config.proxy.clone(),
        };
        let courier = courier::send(&exchange, &transport, &mut identity.clone())
            .context("cannot begin an exchange")?;
        let body = self.outcome(courier)?.body;
        let task = Task::Enrolment {
            body,
            root: self.code.root.clone(),
            now: ControlClock::load(&self.config.home).now(),
        };
        let said = check::start(&task, &mut identity.clone())
            .and_then(Child::wait)
            .context("cannot check the answer")?;
        match Verdict::decode(&said.unwrap_or_default()) {
            Verdict::Enrolment(enrolment) => Ok(*enrolment),
            Verdict::Refused(why) => {
                Err(Failure::new(Kind::Refused, format!("{}: {why}", self.uri)))
            }
            _ => Err(Failure::new(
                Kind::Refused,
                format!("{}: the answer is of another kind", self.uri),
            )),
        }
    }

    fn outcome(&self, courier: Child) -> Result<RawAnswer, Failure> {
        let said = courier.wait().context("cannot wait for the answer")?;
        let unreachable =
            |why: &str| Failure::new(Kind::Unreachable, format!("{}: {why}", self.uri));
        let said = said.ok_or_else(|| unreachable("no answer in time"))?;
        courier::read(&said).map_err(|failure| unreachable(&failure.text))
    }

    fn settle(&self, identity: Identity, answer: Enrolment) -> Result<Identity, Failure> {
        let refused = |why: &str| Err(Failure::new(Kind::Refused, format!("{}: {why}", self.uri)));
        let keys = match answer {
            Enrolment::Enrolled { keys, .. } => keys,
            Enrolment::Refused(why) => return refused(&why),
            Enrolment::Clone => {
                return refused("another key holds this host's new id too; try again");
            }
            Enrolment::Pending => {
                return refused("the code was not used: an operator has to admit this host");
            }
        };
        if let Some((root, signed, list)) = keys {
            TrustStore::new(&self.config.home).store_list(&root, &signed, &list)?;
        }
        let identity = Identity {
            enrolled: true,
            control: Some(self.uri.to_string()),
            ..identity
        };
        identity.save(&self.config.home)?;
        ControlClock::load(&self.config.home).raise_floor(clock::wall());
        Ok(identity)
    }
}
