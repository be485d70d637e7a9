//! Before the agent can work: there is no control to ping, no key to trust, no
//! machine id yet. It says once what is missing, looks again every now and
//! then, follows an invitation if one is there, and goes on by itself.
//!
//! What is absent is waited for; what is wrong ends a program that has just
//! been started, where somebody sees it.

use super::core::LONGEST_SOON;
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

/// It takes a few system calls to look whether what was missing is there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

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
    /// As the configuration last had it.
    max_backoff: Duration,
    /// Whether there was something to wait for already.
    patient: bool,
}

/// The place in the home that the configuration names at the moment.
struct Instance {
    home: PathBuf,
    lock: File,
    health: Health,
}

enum State {
    /// Nothing until this time since boot.
    Waiting(Duration),
    /// A child follows an invitation.
    Enrolling(Child),
}

enum Event {
    Signal(i32),
    Child,
    Deadline,
}

/// What comes of looking: the agent, once it can work.
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
            patient: false,
        })
    }

    /// Returns the agent once it can work; `None` when a signal said stop.
    ///
    /// # Errors
    /// When something is wrong, rather than missing, at the start.
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

    /// Every state and every event.
    fn handle(&mut self, event: Event) -> Result<Found, Failure> {
        match (&mut self.state, event) {
            (_, Event::Signal(signal)) => return Ok(self.on_signal(signal)),
            // A sign of life was due.
            (State::Waiting(until), Event::Deadline) if clock::boottime() < *until => {}
            (State::Enrolling(child), Event::Deadline) if clock::boottime() < child.deadline() => {}
            (State::Waiting(_), Event::Deadline) => return self.look(),
            (State::Enrolling(_), Event::Deadline) => self.fail("it took too long", false),
            (State::Enrolling(child), Event::Child) => match child.advance() {
                ChildState::Running => {}
                ChildState::Ended(said) => self.conclude(&said),
                ChildState::TooMuch => self.conclude(&[]),
            },
            // The child that spoke is one that an event before this one ended.
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

    /// Looks whether the agent can work now.
    fn look(&mut self) -> Result<Found, Failure> {
        self.state = State::Waiting(clock::boottime() + LOOK_EVERY);
        match self.attempt() {
            Ok(Some(agent)) => return Ok(Break(Some(Box::new(agent)))),
            Ok(None) => {}
            Err(failure) if failure.kind == Kind::Missing => {
                self.say(|health| health.pending(&format!("waiting: {failure}")));
            }
            // Nobody may be there any more to start it again.
            Err(failure) if self.patient => self.say(|health| health.bad(&failure.to_string())),
            Err(failure) => return Err(failure),
        }
        if !std::mem::replace(&mut self.patient, true) {
            // Waiting is what the agent has to do for now.
            notify::ready();
        }
        Ok(Continue(()))
    }

    fn say(&mut self, what: impl FnOnce(&mut Health)) {
        if let Some(instance) = &mut self.instance {
            what(&mut instance.health);
        }
    }

    fn attempt(&mut self) -> Result<Option<Driver>, Failure> {
        let config = self.source.load()?;
        log::set_level(config.log_level);
        self.max_backoff = config.max_backoff;
        self.sit_down(&config)?;
        if self.invited(&config)? {
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

    /// Takes the instance lock of the home that is configured now.
    fn sit_down(&mut self, config: &Config) -> Result<(), Failure> {
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

    /// Whether there is an invitation that this host has still to follow; the
    /// next attempt at that begins in its time.
    fn invited(&mut self, config: &Config) -> Result<bool, Failure> {
        let identity = Identity::load(&config.home)?;
        let is_enrolled = identity.as_ref().is_some_and(|identity| identity.enrolled);
        let invitation = match Invitation::find(&self.source, config) {
            Ok(Some(invitation)) => invitation,
            Ok(None) => return Ok(false),
            // Whatever it says, this host has no use for it.
            Err(_) if is_enrolled => return Ok(false),
            Err(failure) => return Err(Failure::missing(failure.to_string())),
        };
        match identity.filter(|identity| identity.enrolled) {
            Some(identity) => put_away(&invitation, &identity),
            None if self.attempts.is_time_for(invitation.version) => {
                // It may come later than the agent when a host boots first.
                Identity::draft(config, self.id_source, &[])?;
                self.follow(invitation, config);
            }
            None => {}
        }
        Ok(!is_enrolled)
    }

    fn follow(&mut self, invitation: Invitation, config: &Config) {
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

    fn conclude(&mut self, said: &[u8]) {
        match first_boot::read(said) {
            Ok(()) => self.state = State::Waiting(Duration::ZERO),
            Err(setback) => self.fail(&setback.why, setback.soon),
        }
    }

    /// The host is not enrolled; `soon` as in [`first_boot::Setback`].
    fn fail(&mut self, why: &str, soon: bool) {
        self.say(|health| health.bad(&format!("this host cannot enrol: {why}")));
        let cap = if soon { LONGEST_SOON } else { Duration::MAX };
        let delay = self.attempts.after_failure(self.max_backoff.min(cap));
        self.state = State::Waiting(clock::boottime() + LOOK_EVERY);
        log::debug!("trying again in {delay:?}");
    }
}

/// An enrolled host needs no code: the one that it used goes.
fn put_away(invitation: &Invitation, identity: &Identity) {
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

/// When an invitation is followed again that could not be.
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

    /// A file that is new does not wait for what became of the one before.
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
    fn an_invitation_that_could_not_be_followed_waits_and_a_new_one_does_not() {
        let ((_one, first), (_two, second)) = (version(), version());
        let mut attempts = Attempts::new();
        assert!(attempts.is_time_for(first));
        let cap = Duration::from_secs(300);
        assert!(attempts.after_failure(cap) >= Duration::from_millis(500));
        assert!(!attempts.is_time_for(first));
        assert!(attempts.is_time_for(second));
    }
}
