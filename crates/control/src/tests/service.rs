//! The service under test.

use super::agents::Agent;
use super::client::{Answer, basic};
use crate::clock::unix_now;
use crate::domain::audit::tests::ada;
use crate::domain::keys::JobKey;
use crate::domain::own_names::OwnNames;
use crate::domain::package::DEFAULT_LARGEST;
use crate::domain::root::tests::key;
use crate::domain::scope::Scope;
use crate::domain::session::Caller;
use crate::domain::user::{Role, User};
use crate::fleet::bus;
use crate::fleet::live_output::Output;
use crate::fleet::presence::Presence;
use crate::http::answers::Answers;
use crate::metrics::Observed;
use crate::service::{self, Config, passwords};
use crate::store::Store;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use trust::{Keyring, SecretKey};
use wire::command::Secret;

/// The password of every user.
pub(super) const PASSWORD: &str = "correct horse";

/// Nanoseconds between pings.
pub(super) const INTERVAL: i64 = 15_000_000_000;

/// Waits until this is so.
pub(super) async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, waiting).await.unwrap();
}

/// A service, and its temporary folder.
pub(super) struct Service {
    /// Its store.
    pub(super) store: Store,
    /// What requests are carried out by.
    pub(super) inner: service::Service,
    /// The public half of its job key.
    pub(super) job_key: Keyring,
    folder: TempDir,
    answers: Answers,
    stop: watch::Sender<bool>,
}

impl Service {
    /// A service with an admin called ada.
    pub(super) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A service whose configuration `change` changes before it starts.
    pub(super) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::signing_with(key("job"), change).await
    }

    /// A service that signs with this key.
    pub(super) async fn signing_with(secret: SecretKey, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("data"), &folder.path().join("key"))
            .await
            .unwrap();
        let (stop, stopping) = watch::channel(false);
        let mut config = Config {
            store: store.clone(),
            job_key: JobKey::new(secret.to_armor().unwrap().as_bytes(), None, unix_now()).unwrap(),
            root: None,
            interval: Duration::from_nanos(INTERVAL.unsigned_abs()),
            accept_unsigned: false,
            largest_package: DEFAULT_LARGEST,
            packages: folder.path().join("packages"),
            ca_pin: watch::channel(None).1,
            url: watch::channel(None).1,
            names: watch::channel(OwnNames::default()).1,
            bus: bus::in_process,
            stopping,
        };
        change(&mut config);
        let inner = service::Service::build(config).await.unwrap();
        let job_key = Keyring::from_bytes(secret.certificate().to_armor().as_bytes()).unwrap();
        let service = Self {
            store,
            answers: Answers::new(inner.clone()),
            inner,
            job_key,
            folder,
            stop,
        };
        service.add_user("ada", Role::Admin).await;
        service
    }

    /// Adds a user with [`PASSWORD`].
    pub(super) async fn add_user(&self, name: &str, role: Role) {
        self.add_narrowed(name, role, Scope::everything()).await;
    }

    /// Adds a user with [`PASSWORD`] and a scope.
    pub(super) async fn add_narrowed(&self, name: &str, role: Role, scope: Scope) {
        let password = passwords::hash(&Secret::new(PASSWORD)).unwrap();
        let account = User {
            name: name.into(),
            role,
            password,
            scope,
        };
        assert!(self.store.add_user(&account, 0, &ada()).await.unwrap());
    }

    /// The kept output of a job.
    pub(super) fn live(&self, agent: &Agent, job: i64) -> Option<Output> {
        self.inner.delivery.live.since(agent.host, job, 0)
    }

    /// A host, as the service knows it after its token number `n`.
    pub(super) async fn caller(&self, agent: &Agent, n: u64) -> Caller {
        let session = self.inner.delivery.sessions.read(agent.host).await;
        Caller {
            host: agent.host,
            n,
            session: session.unwrap().unwrap(),
            wakes: None,
        }
    }

    /// Its held pings.
    pub(super) fn presence(&self) -> &Presence {
        &self.inner.delivery.presence
    }

    /// The folder with all that is kept.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The folder of archives.
    pub(super) fn packages(&self) -> PathBuf {
        self.folder.path().join("packages")
    }

    /// Its metrics, as monitors get them.
    pub(super) fn metrics(&self) -> String {
        self.inner.metrics().render(&Observed::default()).unwrap()
    }

    /// Stops it, as a signal does.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.begin(request).await).await
    }

    /// Sends a request, and reads the head of the answer.
    pub(super) async fn begin(&self, mut request: Request<Body>) -> axum::response::Response {
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        self.answers.answer(request).await
    }

    /// Sends a request of the user ada; the body is `Value::Null` for none.
    pub(super) async fn ada(&self, method: &str, target: &str, body: Value) -> Answer {
        self.operator("ada", method, target, body).await
    }

    /// Sends a request of a user.
    pub(super) async fn operator(
        &self,
        name: &str,
        method: &str,
        target: &str,
        body: Value,
    ) -> Answer {
        let body = match body {
            Value::Null => Body::empty(),
            json => Body::from(json.to_string()),
        };
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("authorization", basic(name, PASSWORD))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        self.send(request).await
    }
}
