//! The root key's lists: imported while the service runs, and told to hosts.

use super::agents::Agent;
use super::commands::{prepare, run};
use super::service::Service;
use crate::domain::operator::Role;
use crate::domain::root::tests::{RootKey, key};
use serde_json::{Value, json};
use std::sync::Arc;
use trust::SecretKey;
use wire::envelope::Signed;
use wire::key_list::SignedKeyList;
use wire::ping::Ping;

/// A service whose list has number 1.
struct Rooted {
    service: Service,
    root: RootKey,
    job: SecretKey,
}

impl Rooted {
    async fn start() -> Self {
        let (root, job) = (RootKey::new(), key("job"));
        let known = Arc::new(root.root(1, &[&job], &[]));
        let same = SecretKey::from_bytes(job.to_armor().unwrap().as_bytes()).unwrap();
        let service = Service::signing_with(same, |parts| {
            Arc::get_mut(&mut parts.delivery).unwrap().root = Some(known);
        })
        .await;
        Self { service, root, job }
    }

    async fn import(&self, number: u64) -> u16 {
        self.put(self.root.list(number, &[&self.job], &[])).await
    }

    async fn put(&self, list: SignedKeyList) -> u16 {
        let answer = self.service.ada("PUT", "/key-list", json!(list)).await;
        answer.status()
    }

    /// The list that the answer to a ping brings.
    async fn told(&self, agent: &Agent, keys: Option<u64>) -> Option<SignedKeyList> {
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
async fn a_host_is_told_of_a_newer_list_and_then_no_more() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    assert!(rooted.told(&agent, Some(1)).await.is_none());
    assert_eq!(rooted.import(2).await, 204);
    let told = rooted.told(&agent, None).await.unwrap();
    let list = told.open(|_, _| Ok::<_, String>(())).unwrap();
    assert_eq!(list.number, 2);
    assert!(rooted.told(&agent, Some(2)).await.is_none());
    assert_eq!(
        rooted.shown().await["hosts"],
        json!([{ "number": 2, "hosts": 1 }])
    );
}

#[tokio::test]
async fn a_list_that_a_host_does_not_take_is_no_reason_to_answer_again_and_again() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    rooted.import(2).await;
    assert!(rooted.told(&agent, Some(1)).await.is_some());
    assert!(rooted.told(&agent, Some(1)).await.is_none(), "not at once");
    prepare(&rooted.service).await;
    run(&rooted.service, &[&agent]).await;
    assert!(rooted.told(&agent, None).await.is_some(), "but with a job");
}

#[tokio::test]
async fn hosts_whose_keys_no_root_key_vouches_for_are_told_of_none() {
    let rooted = Rooted::start().await;
    let agent = Agent::enrolled(&rooted.service, "web").await;
    rooted.import(2).await;
    assert!(rooted.told(&agent, None).await.is_none());
}

#[tokio::test]
async fn what_is_imported_is_newer_and_names_the_services_own_key() {
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
    let nobody = Service::start().await;
    assert_eq!(
        nobody.ada("GET", "/key-list", Value::Null).await.status(),
        404
    );
}

#[tokio::test]
async fn a_list_outlives_the_run_into_which_it_was_imported() {
    let rooted = Rooted::start().await;
    rooted.import(2).await;
    rooted.import(7).await;
    let again = rooted.root.root(1, &[&rooted.job], &[]);
    let imported = rooted.service.store.key_list(&again.fingerprint).await;
    again.resume(imported.unwrap().unwrap()).unwrap();
    assert_eq!(again.listed().list.number, 7);
    let other = rooted.service.store.key_list("another root").await;
    assert!(other.unwrap().is_none());
}
