//! `pilot enrol`: the first contact, with a code.

mod contact;

use super::{home, output, parse, usage_error};
use crate::check::Enrolment;
use crate::config::{Config, Source};
use crate::failure::{Context, Failure};
use crate::identity::clock::ControlClock;
use crate::identity::{IdSource, Identity};
use crate::keys::{RootedKeys, TrialCa, TrustStore};
use crate::link::address::ControlUri;
use crate::storage;
use crate::sys::random::random;
use crate::sys::{clock, terminal};
use contact::Contact;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use wire::code::EnrolCode;

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
    output::print(format_args!(
        "enrolled as host {} (key fingerprint {})",
        identity.host,
        identity.key.fingerprint()
    ))
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
            terminal::read_hidden("enrolment code: ").context("cannot read the code")?
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

/// The identity that control accepted, and the keys that it brought.
type Accepted = (Identity, Option<RootedKeys>);

impl Enroller {
    /// What is in force stays in force until control has accepted this host.
    /// Then the identity comes last, as the sign that the rest is complete.
    fn enrol(&self) -> Result<Identity, Failure> {
        home::prepare(&self.config)?;
        let home = &self.config.home;
        let _lock = crate::home::lock(home)?;
        let trust = TrustStore::new(home);
        let contact = Contact {
            config: &self.config,
            uri: &self.uri,
            code: &self.code,
        };
        let ca = contact.pinned_ca()?;
        let trial = ca.as_deref().map(|der| trust.try_ca(der)).transpose()?;
        let (identity, keys) = self.negotiate(&contact, trial.as_ref())?;
        trust.replace(ca.as_deref(), keys.as_ref())?;
        identity.save(home)?;
        Identity::remove_draft(home)?;
        ControlClock::load(home).raise_floor(clock::wall());
        self.warn_of_other_control();
        Ok(identity)
    }

    /// What is configured goes before what enrolment stored.
    fn warn_of_other_control(&self) {
        let configured = &self.config.control;
        if !configured.is_empty() && !configured.contains(&self.uri) {
            output::tell(format_args!(
                "PILOT_CTL_URI does not name {}: the agent will not ping there before that is changed",
                self.uri
            ));
        }
    }

    fn negotiate(
        &self,
        contact: &Contact<'_>,
        trial: Option<&TrialCa>,
    ) -> Result<Accepted, Failure> {
        let configured = self.config.ca_file.clone();
        let ca_file = configured.or(trial.map(|ca| ca.file().to_path_buf()));
        let identity = self.candidate()?;
        match contact.ask(&identity, ca_file.clone())? {
            // A copy of an image, or a host that lost its state: it takes an
            // id of its own and asks once more.
            Enrolment::Clone => {
                let salt: [u8; 16] = random().context("cannot get random bytes from the kernel")?;
                let identity = self.draft(&salt)?;
                output::tell(format_args!(
                    "another key holds this host's id (a cloned image?); it asks again as {}",
                    identity.host
                ));
                let again = contact.ask(&identity, ca_file)?;
                self.settle(contact, identity, again)
            }
            answer => self.settle(contact, identity, answer),
        }
    }

    /// The identity to ask with: of an attempt that was not completed, else the
    /// one that this host has, else a new one.
    fn candidate(&self) -> Result<Identity, Failure> {
        let home = &self.config.home;
        if let Some(draft) = Identity::load_draft(home, &self.uri.to_string()) {
            return Ok(draft);
        }
        let Some(identity) = Identity::load(home)? else {
            return self.draft(&[]);
        };
        if identity.enrolled {
            let control = identity.control.as_deref();
            output::tell(format_args!(
                "this host is enrolled already, at {}; enrolling it at {}",
                control.unwrap_or("the configured control"),
                self.uri
            ));
        }
        Ok(identity)
    }

    fn draft(&self, salt: &[u8]) -> Result<Identity, Failure> {
        let draft = Identity {
            control: Some(self.uri.to_string()),
            ..Identity::draft(&self.config, self.source, salt)?
        };
        draft.save_draft(&self.config.home)?;
        Ok(draft)
    }

    fn settle(
        &self,
        contact: &Contact<'_>,
        identity: Identity,
        answer: Enrolment,
    ) -> Result<Accepted, Failure> {
        let why = match answer {
            Enrolment::Enrolled { keys, .. } => {
                let accepted = Identity {
                    enrolled: true,
                    control: Some(self.uri.to_string()),
                    ..identity
                };
                return Ok((accepted, keys));
            }
            Enrolment::Refused(why) => why,
            Enrolment::Clone => "another key holds this host's new id too; try again".to_owned(),
            Enrolment::Pending => {
                "the code was not used: an operator has to admit this host".to_owned()
            }
        };
        Err(contact.refused(&why))
    }
}
