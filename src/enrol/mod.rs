//! How a host enrols with a code, and what it then trusts.
#![forbid(unsafe_code)]

mod contact;
mod invitation;

pub(crate) use invitation::{Invitation, Version};

use crate::checker::Enrolment;
use crate::config::Config;
use crate::config::address::ControlUri;
use crate::failure::{Context, Failure};
use crate::home;
use crate::identity::clock::Floor;
use crate::identity::{IdSource, Identity};
use crate::keys::{RootedKeys, TrialCa, TrustStore};
use crate::sys::clock;
use crate::sys::random::random;
use contact::Contact;
use wire::code::EnrolCode;

/// Everything that an enrolment needs.
pub(crate) struct Enroller {
    /// The settings of this host.
    pub(crate) config: Config,
    /// The service.
    pub(crate) uri: ControlUri,
    /// The code that it made.
    pub(crate) code: EnrolCode,
    /// What the host id is derived from.
    pub(crate) source: IdSource,
    /// Shows or logs what is out of the ordinary.
    pub(crate) notice: fn(&str),
}

/// The identity that control accepted, and the keys that it brought.
type Accepted = (Identity, Option<RootedKeys>);

impl Enroller {
    /// Enrols this host. Blocks for as long as the network takes.
    ///
    /// The identity in force stays in force until control has accepted this host. Then the
    /// identity comes last, as the sign that the rest is complete.
    ///
    /// # Errors
    /// When the home cannot be used or is in use, the service cannot be reached,
    /// or it refuses.
    pub(crate) fn enrol(&self) -> Result<Identity, Failure> {
        home::prepare(&self.config)?;
        let home = &self.config.home;
        let _lock = home::lock(home)?;
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
        Identity::complete_enrolment(home)?;
        Floor::load(home).raise(clock::wall());
        self.warn_of_other_control();
        Ok(identity)
    }

    /// Configured values take precedence over those of the enrolment.
    fn warn_of_other_control(&self) {
        let configured = &self.config.control;
        if !configured.is_empty() && !configured.contains(&self.uri) {
            (self.notice)(&format!(
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
        let mut identity = self.candidate()?;
        match contact.ask(&mut identity, ca_file.clone())? {
            // A copy of an image, or a host that lost its state: it takes an
            // id of its own and asks once more.
            Enrolment::Clone => {
                let salt: [u8; 16] = random().context("cannot get random bytes from the kernel")?;
                let mut identity = self.draft(&salt)?;
                (self.notice)(&format!(
                    "another key holds this host's id (a cloned image?); it asks again as {}",
                    identity.host
                ));
                let again = contact.ask(&mut identity, ca_file)?;
                self.settle(contact, identity, again)
            }
            answer => self.settle(contact, identity, answer),
        }
    }

    /// The identity to ask with: of an attempt that was not completed, else the
    /// one that this host has, else a new one. Another control does not get to
    /// know the key that the one before knows.
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
            (self.notice)(&format!(
                "this host is enrolled already, at {}; enrolling it at {}",
                control.unwrap_or("the configured control"),
                self.uri
            ));
            if !self.is_where(&identity) {
                return self.draft(&[]);
            }
        }
        Ok(identity)
    }

    /// Whether this is the control at which the host is enrolled: at the same
    /// address, or with the same root key at another one.
    fn is_where(&self, identity: &Identity) -> bool {
        let is_rooted_here = |root| TrustStore::new(&self.config.home).is_rooted_in(root);
        identity.control == Some(self.uri.to_string())
            || self.code.root.as_deref().is_some_and(is_rooted_here)
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
