//! What control is measured at. Each scenario has a control of its own, with a database of a
//! size that is stated, which stays for all rounds.

mod archive;
mod held;
mod idle;
mod job;
mod lists;
mod storm;

use super::control::Control;
use super::figures::Round;
use super::host::Host;
use super::sizes::Sizes;
use super::{fill, jobs};
use release::failure::Result;
use std::path::Path;

/// One scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Scenario {
    /// Idle pings on connections that are kept
    KeepAlive,
    /// Idle pings with a new TLS connection each, as agents send them
    NewTls,
    /// As new-tls, where each fsync takes longer
    SlowDisk,
    /// Pings that come twice: the second one has to be refused
    Replay,
    /// Hosts whose pings are held
    Held,
    /// Hosts that return all at once after a restart, where each fsync takes longer
    Storm,
    /// A job for connected hosts
    Job,
    /// Lists of hosts and jobs from a filled database
    Lists,
    /// An archive that is pulled
    Archive,
}

/// A control with what is in its database.
pub(super) struct Fixture {
    control: Control,
    /// Hosts that are enrolled and registered, and have no job.
    hosts: Vec<Host>,
    /// A batch of jobs.
    batch: String,
}

impl Scenario {
    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What is measured, with its sizes.
    pub(super) fn title(self, sizes: &Sizes) -> String {
        match self {
            Self::KeepAlive => idle::title("kept-alive connections", sizes),
            Self::NewTls => idle::title("a new TLS connection each", sizes),
            Self::SlowDisk => {
                let delay = sizes.fsync_delay.as_millis();
                idle::title(
                    &format!("a new TLS connection each, fsync {delay} ms slower"),
                    sizes,
                )
            }
            Self::Replay => idle::title("each number sent twice, kept-alive connections", sizes),
            Self::Held => held::title(sizes),
            Self::Storm => storm::title(sizes),
            Self::Job => job::title(sizes),
            Self::Lists => lists::title(sizes),
            Self::Archive => archive::title(sizes),
        }
    }

    /// Starts a control of a revision and fills its database.
    ///
    /// # Errors
    /// When it does not start, or refuses something.
    pub(super) async fn prepare(self, program: &Path, sizes: &Sizes) -> Result<Fixture> {
        let control = Control::start(program, sizes.verify_one_in)?;
        let mut fixture = Fixture {
            control,
            hosts: Vec::new(),
            batch: String::new(),
        };
        match self {
            Self::Lists => lists::prepare(&mut fixture, sizes).await?,
            Self::Archive => archive::prepare(&mut fixture, sizes).await?,
            Self::Job => {
                fixture.hosts = fill::hosts(&fixture.control, sizes.job_hosts).await?;
                let control = &fixture.control;
                jobs::define(&mut control.operator(), &control.target().authority).await?;
            }
            Self::Held => fixture.hosts = fill::hosts(&fixture.control, sizes.held).await?,
            Self::Storm => fixture.hosts = fill::hosts(&fixture.control, sizes.returning).await?,
            Self::KeepAlive | Self::NewTls | Self::SlowDisk | Self::Replay => {
                fixture.hosts = fill::hosts(&fixture.control, sizes.hosts).await?;
            }
        }
        Ok(fixture)
    }

    /// Measures once.
    ///
    /// # Errors
    /// When control is gone, or does what it must not.
    pub(super) async fn round(self, fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
        match self {
            Self::KeepAlive => idle::kept_alive(fixture, sizes).await,
            Self::NewTls => idle::new_tls(fixture, sizes).await,
            Self::SlowDisk => idle::slow_disk(fixture, sizes).await,
            Self::Replay => idle::replay(fixture, sizes).await,
            Self::Held => held::round(fixture, sizes).await,
            Self::Storm => storm::round(fixture, sizes).await,
            Self::Job => job::round(fixture, sizes).await,
            Self::Lists => lists::round(fixture, sizes).await,
            Self::Archive => archive::round(fixture, sizes).await,
        }
    }
}
