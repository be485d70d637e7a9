//! Key lists: imported while the service runs, and sent to hosts.

use super::agents::Agent;
use super::audited::entries_after;
use super::commands::{prepare_with, run};
use super::registry::Package;
use super::service::Service;
use crate::domain::audit::tests::ada;
use crate::domain::root::tests::{RootKey, key};
use crate::domain::user::Role;
use crate::service::key_lists;
use serde_json::{Value, json};
use trust::SecretKey;
use wire::envelope::Signed;
use wire::key_list::SignedKeyList;
use wire::ping::Ping;

/// A service whose list has number 1.
pub(super) struct Rooted {
    pub(super) service: Service,
    root: RootKey,
    job: SecretKey,
    registry: SecretKey,
}

impl Rooted {
    pub(super) async fn start() -> Self {
        let (root, job, registry) = (RootKey::new(), key("job"), key("registry"));
        let known = root.root(1, &[&job], &[&registry]);
        let same = SecretKey::from_bytes(job.to_armor().unwrap().as_bytes()).unwrap();
        let service = Service::signing_with(same, |config| config.root = Some(known)).await;
        Self {
            service,
            root,
            job,
            registry,
        }
    }

    /// A package that hosts accept.
    pub(super) fn package(&self, reference: &str) -> Package {
        Package::new(reference).signed(&self.registry, 5)
    }

    async fn import(&self, number: u64) -> u16 {
        self.put(self.list(number)).await
    }

    /// A list with this number.
    pub(super) fn list(&self, number: u64) -> SignedKeyList {
        self.root.list(number, &[&self.job], &[&self.registry])
    }

    async fn put(&self, list: SignedKeyList) -> u16 {
        let answer = self.service.ada("PUT", "/key-list", json!(list)).await;
        answer.status()
    }

    /// The key list in the answer to a ping.
    async fn sent_to(&self, agent: &Agent, keys: Option<u64>) -> Option<SignedKeyList> {
        let ping = Ping {
            keys,
            ..Ping::default()
        };
        let (_, answer) = agent.post(&self.service, "/ping", json!(ping)).await;
        match answer.status() {
            204 => None,
            _ => Signed::parse(&answer.body).unwrap().keys,
        }
    }

    async fn shown(&self) -> Value {
        self.service
            .ada("GET", "/key-list", Value::Null)
            .await
            .json()
    }
}

#[tokio::test]
async fn a_host_gets_a_newer_list_once() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    assert!(rooted.sent_to(&agent, Some(1)).await.is_none());
    assert_eq!(rooted.import(2).await, 204);
    let signed = rooted.sent_to(&agent, None).await.unwrap();
    let list = signed.open(|_, _| Ok::<_, String>(())).unwrap();
    assert_eq!(list.number, 2);
    assert!(rooted.sent_to(&agent, Some(2)).await.is_none());
    assert_eq!(
        rooted.shown().await["hosts"],
        json!([{ "number": 2, "hosts": 1 }])
    );
}

#[tokio::test]
async fn a_list_that_a_host_does_not_accept_does_not_end_every_hold() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    rooted.import(2).await;
    assert!(rooted.sent_to(&agent, Some(1)).await.is_some());
    assert!(
        rooted.sent_to(&agent, Some(1)).await.is_none(),
        "not at once"
    );
    let package = Package::new("r1").signed(&rooted.registry, 5);
    prepare_with(&rooted.service, &package).await;
    run(&rooted.service, &[&agent]).await;
    assert!(
        rooted.sent_to(&agent, None).await.is_some(),
        "but with a job"
    );
}

#[tokio::test]
async fn hosts_without_a_root_key_get_no_list() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    rooted.import(2).await;
    assert!(rooted.sent_to(&agent, None).await.is_none());
}

#[tokio::test]
async fn an_imported_list_has_to_be_newer_and_name_the_job_key() {
    let rooted = Rooted::start().await;
    assert_eq!(rooted.import(0).await, 409);
    let other = key("other");
    let without = rooted.root.list(2, &[&other], &[]);
    assert_eq!(rooted.put(without).await, 409);
    let by_another = RootKey::new().list(2, &[&rooted.job], &[]);
    assert_eq!(rooted.put(by_another).await, 422);
    assert_eq!(rooted.shown().await["number"], 1);
    rooted.service.add_user("rita", Role::Reader).await;
    let list = json!(rooted.root.list(2, &[&rooted.job], &[]));
    let answer = rooted.service.operator("rita", "PUT", "/key-list", list);
    assert_eq!(answer.await.status(), 403);
    let without_root = Service::start().await;
    assert_eq!(
        without_root
            .ada("GET", "/key-list", Value::Null)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn an_imported_list_survives_a_restart() {
    let rooted = Rooted::start().await;
    rooted.import(2).await;
    rooted.import(7).await;
    let again = rooted.root.root(1, &[&rooted.job], &[]);
    let imported = rooted.service.store.key_list(&again.fingerprint).await;
    again
        .resume(imported.unwrap().unwrap(), crate::clock::unix_now())
        .unwrap();
    assert_eq!(again.listed().list.number, 7);
    let other = rooted.service.store.key_list("another root").await;
    assert!(other.unwrap().is_none());
}

#[tokio::test]
async fn a_list_of_a_file_is_in_the_log_and_then_in_force() {
    let rooted = Rooted::start().await;
    let service = &rooted.service;
    let delivery = &service.inner.delivery;
    let file = serde_json::to_vec(&rooted.list(2)).unwrap();
    let refuse = "CREATE TRIGGER t BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'cut'); END";
    service.store.change(refuse).await;
    assert!(key_lists::renew(delivery, &file, &ada()).await.is_err());
    assert_eq!(rooted.shown().await["number"], 1);
    service.store.change("DROP TRIGGER t").await;
    let before = service.store.newest_audit().await;
    for number in [Some(2), None] {
        assert_eq!(key_lists::renew(delivery, &file, &ada()).await, Ok(number));
    }
    assert_eq!(rooted.shown().await["number"], 2);
    let root = delivery.root.as_ref().unwrap();
    key_lists::note_first(&service.store, root, &ada())
        .await
        .unwrap();
    let [entry] = &entries_after(service, before).await[..] else {
        panic!("not one entry");
    };
    assert_eq!(
        (entry.action.as_str(), entry.target.as_str()),
        ("key-list.import", "2")
    );
}
