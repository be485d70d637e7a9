//! The agent before it can work, because control's address, a key or the machine id is missing.
//!
//! The agent logs once what is missing and checks again every two seconds. It enrols if there
//! is an invitation. As soon as nothing is missing, it begins to work.
//!
//! If something is wrong rather than missing, the agent exits, so that the person who starts it
//! sees the error. Once it has waited, it logs the error and waits on.

use super::core::LONGEST_SHORT_PAUSE;
use super::core::backoff::Backoff;
use super::driver::Driver;
use super::first_boot;
use super::health::Health;
use crate::child::reaper;
use crate::child::{Child, ChildState};
use crate::config::{Config, Source};
use crate::enrol::{Invitation, Version};
use crate::failure::{Context, Failure, Kind};
use crate::home;
use crate::identity::{IdSource, Identity};
use crate::log;
use crate::notify::{self, Watchdog};
use crate::sys::clock;
use crate::sys::poll::wait_readable;
use crate::sys::random::random;
use crate::sys::signals::{self, SignalFd};
use crate::sys::timer::Timer;
use std::fs::File;
use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

/// How often the agent checks what was missing, which takes a few system calls.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// An agent that may have to wait before it can work.
pub(crate) struct Standby {
    source: Source,
    id_source: IdSource,
    signals: SignalFd,
    timer: Timer,
    watchdog: Watchdog,
    instance: Option<Instance>,
    state: State,
    attempts: Attempts,
    /// From the configuration that was read last.
    max_backoff: Duration,
    /// Whether the agent has waited, and no longer exits if something is wrong.
    has_waited: bool,
}

/// The instance lock of the home that the configuration names now.
struct Instance {
    home: PathBuf,
    lock: File,
    health: Health,
}

enum State {
    /// The agent waits until this time since boot.
    Waiting(Duration),
    /// A child enrols with an invitation.
    Enrolling(Child),
}

enum Event {
    Signal(i32),
    Child,
    Deadline,
}

/// Whether to stop waiting: with the agent, or with `None` after a signal to stop.
type Found = ControlFlow<Option<Box<Driver>>>;

impl Standby {
    /// Receives signals from now on.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub(crate) fn new(source: Source, id_source: IdSource) -> Result<Self, Failure> {
        Ok(Self {
            source,
            id_source,
            signals: SignalFd::new(&super::SIGNALS).context("cannot receive signals")?,
            timer: Timer::new().context("cannot make a timer")?,
            watchdog: Watchdog::of_this_process(),
            instance: None,
            state: State::Waiting(Duration::ZERO),
            attempts: Attempts::new(),
            max_backoff: Duration::ZERO,
            has_waited: false,
        })
    }

    /// Returns the agent once it can work; `None` after a signal to stop.
    ///
    /// # Errors
    /// When something is wrong, rather than missing, and the agent has not waited before; or when
    /// the kernel refuses to wait for events.
    pub(crate) fn wait(mut self) -> Result<Option<Box<Driver>>, Failure> {
        loop {
            for event in self.next_events().context("cannot wait for events")? {
                if let Break(agent) = self.handle(event)? {
                    return Ok(agent);
                }
            }
        }
    }

    fn next_events(&mut self) -> io::Result<Vec<Event>> {
        let (deadline, child) = match &self.state {
            State::Waiting(until) => (*until, None),
            State::Enrolling(child) => (child.deadline(), Some(child.as_fd())),
        };
        self.timer.set(Some(self.watchdog.earlier(deadline)))?;
        let fds = [Some(self.signals.as_fd()), child, Some(self.timer.as_fd())];
        let [signal, child, _] = wait_readable(fds)?;
        self.watchdog.alive(clock::boottime());
        let mut events = Vec::new();
        while signal && let Some(number) = self.signals.next() {
            events.push(Event::Signal(number));
        }
        events.extend(child.then_some(Event::Child));
        events.extend(self.timer.expired().then_some(Event::Deadline));
        Ok(events)
    }

    /// Handles an event in the current state.
    fn handle(&mut self, event: Event) -> Result<Found, Failure> {
        match (&mut self.state, event) {
            (_, Event::Signal(signal)) => return Ok(self.on_signal(signal)),
            // The timer expired for the watchdog.
            (State::Waiting(until), Event::Deadline) if clock::boottime() < *until => {}
            (State::Enrolling(child), Event::Deadline) if clock::boottime() < child.deadline() => {}
            (State::Waiting(_), Event::Deadline) => return self.check(),
            (State::Enrolling(_), Event::Deadline) => self.fail("it took too long", false),
            (State::Enrolling(child), Event::Child) => match child.advance() {
                ChildState::Running => {}
                ChildState::Ended(output) => self.conclude(&output),
                ChildState::TooMuch => self.conclude(&[]),
            },
            // An earlier event has ended the child.
            (State::Waiting(_), Event::Child) => {}
        }
        Ok(Continue(()))
    }

    fn on_signal(&mut self, signal: i32) -> Found {
        match signal {
            signals::SIGTERM | signals::SIGINT => {
                notify::stopping();
                log::info!("stopping");
                return Break(None);
            }
            signals::SIGHUP => {
                self.attempts = Attempts::new();
                if let State::Waiting(until) = &mut self.state {
                    *until = Duration::ZERO;
                }
            }
            signals::SIGUSR1 => log::info!(
                "state: {}",
                match self.state {
                    State::Waiting(_) => "waiting for what is missing",
                    State::Enrolling(_) => "enrolling",
                }
            ),
            _ => reaper::sweep(),
        }
        Continue(())
    }

    /// Checks whether the agent can work now.
    fn check(&mut self) -> Result<Found, Failure> {
        self.state = State::Waiting(clock::boottime() + CHECK_INTERVAL);
        match self.attempt() {
            Ok(Some(agent)) => return Ok(Break(Some(Box::new(agent)))),
            Ok(None) => {}
            Err(failure) if failure.kind == Kind::Missing => {
                self.report(|health| health.pending(&format!("waiting: {failure}")));
            }
            // The person who started the agent may have left, and could not start it again.
            Err(failure) if self.has_waited => {
                self.report(|health| health.bad(&failure.to_string()))
            }
            Err(failure) => return Err(failure),
        }
        if !std::mem::replace(&mut self.has_waited, true) {
            // For the service manager, an agent that waits has started.
            notify::ready();
        }
        Ok(Continue(()))
    }

    fn report(&mut self, state: impl FnOnce(&mut Health)) {
        if let Some(instance) = &mut self.instance {
            state(&mut instance.health);
        }
    }

    fn attempt(&mut self) -> Result<Option<Driver>, Failure> {
        let config = self.source.load()?;
        log::set_level(config.log_level);
        self.max_backoff = config.max_backoff;
        self.take_instance_lock(&config)?;
        if self.has_to_enrol(&config)? {
            return Ok(None);
        }
        let state = home::try_lock(&config.home)?.ok_or_else(|| {
            Failure::missing(format!(
                "another command works with the state in {}",
                config.home.display()
            ))
        })?;
        let mut driver = Driver::new(self.source.clone(), config, self.id_source)?;
        driver.hold(state);
        if let Some(instance) = self.instance.take() {
            driver.hold(instance.lock);
        }
        Ok(Some(driver))
    }

    /// Takes the instance lock of the configured home, unless this agent has it.
    fn take_instance_lock(&mut self, config: &Config) -> Result<(), Failure> {
        if self
            .instance
            .as_ref()
            .is_none_or(|instance| instance.home != config.home)
        {
            home::prepare(config)?;
            self.instance = Some(Instance {
                lock: home::take_instance_lock(&config.home)?,
                health: Health::new(&config.home),
                home: config.home.clone(),
            });
        }
        Ok(())
    }

    /// Whether this host still has to enrol with an invitation. Begins the next attempt if it is
    /// due.
    fn has_to_enrol(&mut self, config: &Config) -> Result<bool, Failure> {
        let identity = Identity::load(&config.home)?;
        let is_enrolled = identity.as_ref().is_some_and(|identity| identity.enrolled);
        let invitation = match Invitation::find(&self.source, config) {
            Ok(Some(invitation)) => invitation,
            Ok(None) => return Ok(false),
            // On an enrolled host, an invalid invitation does not matter.
            Err(_) if is_enrolled => return Ok(false),
            Err(failure) => return Err(Failure::missing(failure.to_string())),
        };
        match identity.filter(|identity| identity.enrolled) {
            Some(identity) => discard_code(&invitation, &identity),
            None if self.attempts.is_time_for(invitation.version) => {
                // Fails while the machine id is missing, as it may be at first boot.
                Identity::draft(config, self.id_source, &[])?;
                self.enrol(invitation, config);
            }
            None => {}
        }
        Ok(!is_enrolled)
    }

    fn enrol(&mut self, invitation: Invitation, config: &Config) {
        log::info!(
            "enrolling at {} with the code in {}",
            invitation.uri,
            invitation.file().display()
        );
        if invitation.is_exposed {
            log::warning!(
                "other users of this host can read the code in {}: write it with mode 0600",
                invitation.file().display()
            );
        }
        match first_boot::start(invitation, config.clone(), self.id_source) {
            Ok(child) => self.state = State::Enrolling(child),
            Err(error) => self.fail(&error.to_string(), false),
        }
    }

    fn conclude(&mut self, output: &[u8]) {
        match first_boot::decode(output) {
            Ok(()) => self.state = State::Waiting(Duration::ZERO),
            Err(setback) => self.fail(&setback.why, setback.is_unreached),
        }
    }

    /// An attempt to enrol failed. The pause is short if no server was reached.
    fn fail(&mut self, why: &str, is_unreached: bool) {
        self.report(|health| health.bad(&format!("this host cannot enrol: {why}")));
        let longest = match is_unreached {
            true => self.max_backoff.min(LONGEST_SHORT_PAUSE),
            false => self.max_backoff,
        };
        let delay = self.attempts.after_failure(longest);
        self.state = State::Waiting(clock::boottime() + CHECK_INTERVAL);
        log::debug!("trying again in {delay:?}");
    }
}

/// Removes the code that an enrolled host has used. Leaves another control's code alone.
fn discard_code(invitation: &Invitation, identity: &Identity) {
    let (file, uri) = (invitation.file().display(), &invitation.uri);
    if !invitation.has_led_to(identity) {
        return log::warning!(
            "this host is enrolled already, so {file} is not followed to {uri}: remove it"
        );
    }
    match invitation.discard() {
        Ok(()) => log::info!("enrolled at {uri}; the code in {file} is removed"),
        Err(error) => log::warning!(
            "enrolled at {uri}, but the code in {file} cannot be removed ({error}): remove it"
        ),
    }
}

/// When the agent tries again to enrol with an invitation.
struct Attempts {
    last: Option<Version>,
    next: Duration,
    backoff: Backoff,
}

impl Attempts {
    fn new() -> Self {
        Self {
            last: None,
            next: Duration::ZERO,
            backoff: Backoff::default(),
        }
    }

    /// Whether an attempt is due. A new file does not wait for the pause of the one before.
    fn is_time_for(&mut self, version: Version) -> bool {
        if self.last != Some(version) {
            *self = Self {
                last: Some(version),
                ..Self::new()
            };
        }
        clock::boottime() >= self.next
    }

    fn after_failure(&mut self, cap: Duration) -> Duration {
        let random = random().unwrap_or_default();
        let delay = self.backoff.after_failure(cap, random, None);
        self.next = clock::boottime() + delay;
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> (tempfile::TempDir, Version) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("enrol");
        let code = format!("https://a.example pilot1.{}..", "A".repeat(22));
        std::fs::write(&file, code).unwrap();
        let version = Invitation::read(&file).unwrap().unwrap().version;
        (folder, version)
    }

    #[test]
    fn a_failed_invitation_waits_and_a_new_one_does_not() {
        let ((_one, first), (_two, second)) = (version(), version());
        let mut attempts = Attempts::new();
        assert!(attempts.is_time_for(first));
        let cap = Duration::from_secs(300);
        assert!(attempts.after_failure(cap) >= Duration::from_millis(500));
        assert!(!attempts.is_time_for(first));
        assert!(attempts.is_time_for(second));
    }
}
