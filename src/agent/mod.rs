//! The loop: one thread, one wait, one deadline.
//!
//! It blocks on nothing but the local disk. What can block or break (the
//! network, parsers, jobs) is a child process; its end, its output, a signal
//! and the deadline are the only events.
#![forbid(unsafe_code)]

mod backoff;
mod events;
mod exchange;
mod failover;
mod first_boot;
mod health;
mod jobs;
mod long_poll;
mod offer;
mod outcome;
mod registration;
mod rotation;
mod standby;
mod unacknowledged;

use crate::child::Child;
use crate::child::reaper;
use crate::config::address::ControlUri;
use crate::config::{Config, Source};
use crate::courier::connect::{PeerMemory, Stop};
use crate::courier::exchange::Transport;
use crate::failure::{Context, Failure};
use crate::home;
use crate::identity::clock::ControlClock;
use crate::identity::sequence::Sequence;
use crate::identity::{IdSource, Identity};
use crate::keys::{self, TrustStore};
use crate::log;
use crate::notify::{self, Watchdog};
use crate::sys::clock;
use crate::sys::memory::ProgramText;
use crate::sys::signals::{self, SignalFd};
use crate::sys::timer::Timer;
use backoff::Backoff;
use events::Event;
use failover::Route;
use health::Health;
use jobs::Jobs;
use long_poll::LongPoll;
use registration::Sent;
use rotation::Rotation;
use standby::Standby;
use std::fs::File;
use std::ops::ControlFlow;
use std::time::Duration;
use unacknowledged::Unacknowledged;

/// Pings come this often until control says otherwise.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(15);

/// How long the first address may take to show that it works again. Another one works
/// meanwhile, and what control has for this host waits.
const TRIAL_PATIENCE: Duration = Duration::from_secs(5);

const SIGNALS: [i32; 5] = [
    signals::SIGCHLD,
    signals::SIGTERM,
    signals::SIGINT,
    signals::SIGHUP,
    signals::SIGUSR1,
];

/// The agent, between two events.
pub(crate) struct Agent {
    source: Source,
    config: Config,
    id_source: IdSource,
    identity: Identity,
    sequence: Sequence,
    clock: ControlClock,
    jobs: Jobs,
    route: Route,
    peers: PeerMemory,
    long_poll: LongPoll,
    /// Whether an exchange has failed since one last succeeded.
    is_failing: bool,
    /// The longest time for which one that failed asked to be left alone.
    asked: Option<Duration>,
    /// Whether one that failed is worth another attempt within [`outcome::LONGEST_SOON`].
    soon: bool,
    /// How long the exchange took whose answer came last.
    took: Duration,
    /// When the last ping began, since boot.
    last_ping: Option<Duration>,
    /// The day since 1970 on which it was last said what ends soon.
    warned_on: Option<u64>,
    /// Whether control is to hear at once of what was just decided.
    pressing: bool,
    /// Whether what control said of a bad token has been tried already.
    corrected: bool,
    /// Whether this start has already taken a new id as a clone.
    renamed: bool,
    purpose: Purpose,
    /// Whether this agent has registered since it began.
    is_registered: bool,
    registration: Option<Sent>,
    rotation: Rotation,
    link: Link,
    interval: Duration,
    backoff: Backoff,
    health: Health,
    /// What control has not acknowledged yet.
    unacknowledged: Unacknowledged,
    signals: SignalFd,
    timer: Timer,
    watchdog: Watchdog,
    text: ProgramText,
    /// One agent per home: held until the process ends.
    locks: Vec<File>,
}

/// What the next exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Enrol,
    Register,
    Ping,
    /// Telling control of the key that replaces the one in force.
    Rotate,
}

/// What the link to control is doing.
enum Link {
    /// Nothing until this time since boot; a time that is past means now.
    Waiting(Duration),
    /// A courier is under way.
    Exchanging(exchange::Exchanging),
    /// A checker looks at what the courier brought.
    Checking(Child),
}

impl Link {
    /// The next exchange begins at once.
    fn now() -> Self {
        Self::Waiting(Duration::ZERO)
    }
}

/// Runs the agent until a signal says stop, as soon as it can work.
///
/// # Errors
/// When something is wrong with the configuration, keys or state, or the kernel
/// refuses the wait itself.
pub(crate) fn run(source: Source, id_source: IdSource) -> Result<(), Failure> {
    match Standby::new(source, id_source)?.wait()? {
        Some(agent) => agent.run(),
        None => Ok(()),
    }
}

impl Agent {
    /// Prepares everything in the home, which is this process's.
    ///
    /// # Errors
    /// When configuration, keys or state do not allow the agent to work.
    fn new(source: Source, config: Config, id_source: IdSource) -> Result<Self, Failure> {
        let home = config.home.clone();
        home::make_good(&home);
        let known = Identity::load(&home)?;
        if let Some(Err(failure)) = known.as_ref().map(|known| known.resume_enrolment(&home)) {
            log::warning!("{failure}");
        }
        let route = Route::new(control_addresses(&config, known.as_ref())?);
        let clock = ControlClock::load(&home);
        TrustStore::new(&home).expect_job_keys(&config.program_folder)?;
        // A host of which nothing is known yet has no key: its disk may become
        // an image.
        let identity = match known {
            Some(identity) => identity,
            None => Identity::create(&config, id_source, &[])?,
        };
        Ok(Self {
            sequence: Sequence::load(&home)?,
            jobs: Jobs::open(&home)?,
            health: Health::new(&home),
            unacknowledged: Unacknowledged::default(),
            purpose: if identity.enrolled {
                Purpose::Register
            } else {
                Purpose::Enrol
            },
            is_registered: false,
            registration: None,
            rotation: Rotation::default(),
            link: Link::now(),
            interval: DEFAULT_INTERVAL,
            backoff: Backoff::default(),
            signals: SignalFd::new(&SIGNALS).context("cannot receive signals")?,
            timer: Timer::new().context("cannot make a timer")?,
            watchdog: Watchdog::of_this_process(),
            text: ProgramText::find(),
            long_poll: LongPoll::new(config.wait),
            is_failing: false,
            asked: None,
            soon: false,
            took: Duration::ZERO,
            last_ping: None,
            warned_on: None,
            pressing: false,
            corrected: false,
            renamed: false,
            locks: Vec::new(),
            source,
            config,
            id_source,
            identity,
            clock,
            route,
            peers: PeerMemory::default(),
        })
    }

    /// Runs until a signal says stop.
    ///
    /// # Errors
    /// When the kernel refuses the wait itself.
    fn run(mut self) -> Result<(), Failure> {
        let version = env!("CARGO_PKG_VERSION");
        log::info!(
            "pilot {version} is host {}, state in {}",
            self.identity.host,
            self.config.home.display()
        );
        self.jobs.configure(&self.config);
        self.jobs.resume()?;
        // Control may remember another skew from before.
        self.unacknowledged.set_skew(self.clock.skew());
        self.unacknowledged
            .set_keys(TrustStore::new(&self.config.home).number());
        self.look_for_next_key();
        notify::ready();
        loop {
            for event in self.next_events().context("cannot wait for events")? {
                if self.handle(event).is_break() {
                    return Ok(());
                }
            }
        }
    }

    /// Every state and every event.
    fn handle(&mut self, event: Event) -> ControlFlow<()> {
        match (&self.link, event) {
            (_, Event::Signal(signal)) => return self.on_signal(signal),
            (_, Event::Job) => self.on_job_changed(),
            // An event before this one has moved the deadline.
            (_, Event::Deadline) if clock::boottime() < self.deadline() => {}
            (Link::Waiting(_), Event::Deadline) => self.begin_exchange(),
            (Link::Exchanging(_), Event::Deadline) => self.on_silence(),
            (Link::Checking(_), Event::Deadline) => {
                self.fail("checking the answer took too long", None)
            }
            (Link::Exchanging(_), Event::Child) => self.advance_exchange(),
            (Link::Checking(_), Event::Child) => self.advance_check(),
            // The child that spoke belongs to a link that an event before this
            // one has ended.
            (Link::Waiting(_), Event::Child) => {}
        }
        ControlFlow::Continue(())
    }

    fn on_signal(&mut self, signal: i32) -> ControlFlow<()> {
        match signal {
            signals::SIGTERM | signals::SIGINT => {
                notify::stopping();
                log::info!("stopping; {}", self.jobs.parting_words());
                return ControlFlow::Break(());
            }
            signals::SIGHUP => self.reload(),
            signals::SIGUSR1 => self.log_state(),
            _ => {
                self.on_job_changed();
                // The job's shim is reaped by now.
                reaper::sweep();
            }
        }
        ControlFlow::Continue(())
    }

    /// Reads the configuration again and tries control at once. What cannot
    /// change while running (the home) stays.
    fn reload(&mut self) {
        match self
            .source
            .load()
            .and_then(|config| Ok((control_addresses(&config, Some(&self.identity))?, config)))
        {
            Ok((control, config)) => {
                log::set_level(config.log_level);
                log::info!("configuration read again");
                self.config = Config {
                    home: self.config.home.clone(),
                    ..config
                };
                self.route = Route::new(control);
                self.long_poll.configure(self.config.wait);
                self.jobs.configure(&self.config);
            }
            Err(failure) => log::error!("{failure}; the configuration stays as it was"),
        }
        self.look_for_next_key();
        self.register_again();
        self.backoff.reset();
        self.pressing = true;
        self.link = Link::now();
    }

    fn log_state(&self) {
        let link = match &self.link {
            Link::Waiting(_) => "waiting",
            Link::Exchanging(_) => "in an exchange",
            Link::Checking(_) => "checking an answer",
        };
        log::info!(
            "state: next is {:?}, {link}, number {}, control {}, interval {:?}, held for up to {:?}, clock {} s off, {}",
            self.purpose,
            self.sequence.last(),
            self.route.current(),
            self.interval.max(self.config.min_interval),
            self.long_poll.next(),
            self.clock.skew(),
            self.jobs.parting_words()
        );
    }

    fn transport(&self) -> Transport {
        let uri = self.route.current();
        let proxy = self.config.proxy_to(uri.host(), uri.port());
        let patience = match self.route.is_trial() {
            true => self.config.timeout.min(TRIAL_PATIENCE),
            false => self.config.timeout,
        };
        Transport {
            ca_file: keys::ca_file(&self.config),
            proxy: proxy.cloned(),
            peers: self.peers.of(&Stop::on_the_way(uri, proxy)),
            patience,
        }
    }
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
