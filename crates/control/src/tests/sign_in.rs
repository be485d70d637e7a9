//! Users who sign in.

use super::service::{PASSWORD, Service};
use crate::service::sign_in::sign_in;
use std::net::IpAddr;
use tokio::task::JoinSet;
use wire::command::Secret;

/// As a fleet of clients does that all begin at the same moment.
#[tokio::test]
async fn many_sign_ins_at_once_with_one_password_are_one_attempt() {
    let service = Service::start().await;
    let mut signing_in = JoinSet::new();
    for _ in 0..400 {
        let inner = service.inner.clone();
        signing_in.spawn(async move {
            let (password, address) = (Secret::new(PASSWORD), IpAddr::from([192, 0, 2, 1]));
            sign_in(&inner, "ada", password, address).await
        });
    }
    for actor in signing_in.join_all().await {
        assert_eq!(actor.unwrap().who, "ada");
    }
}
