//! The settings that the core uses.

use super::super::core::{Input, Settings};
use super::{Driver, identity};
use crate::config::Config;
use crate::config::address::ControlUri;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::log;

impl Driver {
    /// Reads the configuration again, and contacts control at once. The home stays: it cannot
    /// change while the agent runs.
    pub(super) fn reload(&mut self) {
        let read = self.source.load();
        let settings =
            match read.and_then(|config| Ok((of(&config, Some(&self.identity))?, config))) {
                Ok((settings, config)) => {
                    log::set_level(config.log_level);
                    self.config = Config {
                        home: self.config.home.clone(),
                        ..config
                    };
                    self.jobs.configure(&self.config);
                    log::info!("configuration read again");
                    Some(settings)
                }
                Err(failure) => {
                    log::error!("{failure}; the configuration stays as it was");
                    None
                }
            };
        let has_next_key = identity::has_next_key(&self.identity, &self.config.home);
        self.feed(Input::Reloaded(settings, has_next_key));
    }
}

/// The link's settings.
///
/// # Errors
/// When no address is configured, and the identity has none.
pub(super) fn of(config: &Config, identity: Option<&Identity>) -> Result<Settings, Failure> {
    Ok(Settings {
        control: control_addresses(config, identity)?,
        wait: config.wait,
        timeout: config.timeout,
        min_interval: config.min_interval,
        max_backoff: config.max_backoff,
    })
}

/// The configured addresses, else the one that the host was enrolled at.
fn control_addresses(
    config: &Config,
    identity: Option<&Identity>,
) -> Result<Vec<ControlUri>, Failure> {
    let enrolled_at = identity
        .and_then(|identity| identity.control.as_deref())
        .and_then(|uri| uri.parse().ok());
    match (config.control.as_slice(), enrolled_at) {
        ([], None) => Err(Failure::missing(
            "no Pilot Control to ping: run `pilot enrol https://host:port` with a code from an operator, write address and code into a file `enrol.d/enrol` beside the configuration, or set PILOT_CTL_URI there",
        )),
        ([], Some(uri)) => Ok(vec![uri]),
        (configured, _) => Ok(configured.to_vec()),
    }
}
