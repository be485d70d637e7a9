//! What can be done at control, one file per subject.
//!
//! Each function gets who asks ([`Actor`]) and refuses what that user's role does not allow.
//! Nothing here knows HTTP, and decisions are those of [`crate::domain`].

mod actor;
pub(crate) mod api_tokens;
mod argon2id;
pub(crate) mod audit;
pub(crate) mod batches;
mod cached;
pub(crate) mod commands;
pub(crate) mod cursors;
pub(crate) mod denials;
pub(crate) mod enrolment;
pub(crate) mod hosts;
mod ids;
pub(crate) mod invitations;
pub(crate) mod jobs;
pub(crate) mod key_lists;
pub(crate) mod labels;
pub(crate) mod monitoring;
pub(crate) mod naming;
pub(crate) mod packages;
pub(crate) mod passwords;
pub(crate) mod repeats;
pub(crate) mod retention;
pub(crate) mod sign_in;
pub(crate) mod streams;
pub(crate) mod users;

pub(crate) use crate::fleet::bus::in_process;
pub(crate) use crate::fleet::{SHORT, Turn};
pub(crate) use actor::{Actor, TokenOfActor};

use crate::domain::Error;
use crate::domain::keys::JobKey;
use crate::domain::own_names::OwnNames;
use crate::domain::package::{PushPolicy, SizeLimit};
use crate::domain::root::Root;
use crate::domain::throttle::Throttles;
use crate::fleet::bus::{self, Listener};
use crate::fleet::delivery::{Delivery, OFFERS_AT_ONCE};
use crate::fleet::notices::Notices;
use crate::fleet::ping_interval::PingInterval;
use crate::fleet::sessions::Sessions;
use crate::fleet::tokens::Tokens;
use crate::fleet::{Admission, Precedence, processors, to_its_end};
use crate::metrics::Metrics;
use crate::store::Store;
use api_tokens::RecentTokens;
use denials::Denials;
use ids::Ids;
use packages::Checked;
use passwords::Passwords;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// What a service is made of.
pub(crate) struct Config {
    /// The open database.
    pub(crate) store: Store,
    /// The key that signs job requests.
    pub(crate) job_key: JobKey,
    /// The root key and its key list, if there is a root key.
    pub(crate) root: Option<Root>,
    /// The time between a host's pings.
    pub(crate) interval: Duration,
    /// Whether packages without any endorsement are accepted.
    pub(crate) accept_unsigned: bool,
    /// The limit of an archive's size, in bytes.
    pub(crate) largest_package: u64,
    /// The folder of archives.
    pub(crate) packages: PathBuf,
    /// SHA-256 of the CA that codes pin, if it is a private one; it may be renewed.
    pub(crate) ca_pin: watch::Receiver<Option<[u8; 32]>>,
    /// The address by which hosts reach the service, if it is configured.
    pub(crate) url: watch::Receiver<Option<String>>,
    /// The names by which hosts reach the service.
    pub(crate) names: watch::Receiver<OwnNames>,
    /// Carries what held pings wait for.
    pub(crate) bus: bus::Connect,
    /// Becomes true when the service stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The service, shared by all requests.
#[derive(Clone)]
pub(crate) struct Service(Arc<Parts>);

/// The parts of the service.
pub(crate) struct Parts {
    /// Answers pings; holds the store and the job key.
    pub(crate) delivery: Arc<Delivery>,
    /// Generates ids of batches and jobs.
    ids: Ids,
    /// Admits requests of hosts.
    pub(crate) admission: Admission,
    /// Verifies agents' tokens.
    pub(crate) tokens: Tokens,
    /// Verifies users' passwords.
    pub(crate) passwords: Arc<Passwords>,
    /// Slows down sources that keep failing to authenticate.
    pub(crate) throttles: Throttles,
    /// See [`Config::ca_pin`].
    ca_pin: watch::Receiver<Option<[u8; 32]>>,
    /// See [`Config::url`].
    url: watch::Receiver<Option<String>>,
    /// The rules for pushes.
    pub(crate) push: PushPolicy,
    /// The folder of archives.
    packages: PathBuf,
    /// Which archives were verified.
    checked: Checked,
    /// Which API tokens were used recently.
    api_tokens: RecentTokens,
    /// Counts what users' rights do not allow.
    pub(crate) denials: Denials,
    /// Who verifies the audit log.
    pub(crate) verifying: Semaphore,
    /// The open streams of events.
    streams: streams::Streams,
    /// What monitors were answered recently.
    monitoring: monitoring::Answers,
}

impl Service {
    /// Puts a service together. The program and the tests do it in this one place.
    ///
    /// # Errors
    /// Those of the database and of hashing a password.
    pub(crate) async fn build(config: Config) -> Result<Self, Error> {
        let ids = Ids::after(config.store.last_id().await?);
        let root = config.root.map(Arc::new);
        let push = PushPolicy {
            root: root.clone(),
            accept_unsigned: config.accept_unsigned,
            largest: SizeLimit::new(config.largest_package),
        };
        let precedence = Arc::new(Precedence::default());
        let (presence, live) = (Arc::default(), Arc::default());
        let listener = Listener::new(&presence, &live);
        let delivery = Delivery {
            sessions: Arc::new(Sessions::new(config.store.clone())),
            store: config.store,
            presence,
            bus: (config.bus)(listener),
            live,
            key: Arc::new(config.job_key),
            root,
            key_list_notices: Notices::default(),
            rotation_notices: Notices::default(),
            metrics: Metrics::new(),
            interval: Arc::new(PingInterval::new(config.interval)),
            offers: Semaphore::new(OFFERS_AT_ONCE),
            signatures: Semaphore::new(processors()),
            precedence: Arc::clone(&precedence),
            names: config.names,
            stopping: config.stopping,
        };
        Ok(Self(Arc::new(Parts {
            delivery: Arc::new(delivery),
            ids,
            admission: Admission::new(precedence),
            tokens: Tokens::new(),
            passwords: Arc::new(Passwords::new()?),
            throttles: Throttles::default(),
            ca_pin: config.ca_pin,
            url: config.url,
            push,
            packages: config.packages,
            checked: Checked::default(),
            api_tokens: RecentTokens::default(),
            denials: Denials::default(),
            verifying: Semaphore::new(1),
            streams: streams::Streams::default(),
            monitoring: monitoring::Answers::default(),
        })))
    }

    /// Does what an actor may do to its end, even if the client hangs up: see [`to_its_end`].
    async fn to_its_end<T, F>(
        &self,
        actor: &Actor,
        work: impl FnOnce(Self, Actor) -> F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        to_its_end(work(self.clone(), actor.clone())).await
    }

    /// Slows down what users change of their own accounts: every user may, and each change is an
    /// entry of the audit log.
    fn slow_down(&self, actor: &Actor, owner: &str) -> Result<(), Error> {
        if actor.who != owner {
            return Ok(());
        }
        let begun = self.throttles.accounts.begin(owner, Instant::now());
        begun.map_err(Error::TooOften)
    }

    /// The root key and its key list, if there is a root key.
    pub(crate) fn root(&self) -> Option<&Root> {
        self.delivery.root.as_deref()
    }

    /// The public half of the job key, armored and then in hexadecimal.
    pub(crate) fn public_job_key(&self) -> String {
        self.delivery.key.public_hex()
    }

    /// The database.
    pub(crate) fn store(&self) -> &Store {
        &self.delivery.store
    }
}

impl Deref for Service {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
