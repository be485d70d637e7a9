//! Users who sign in.

use super::service::{PASSWORD, Service, until};
use crate::service::sign_in::sign_in;
use std::net::IpAddr;
use std::time::Instant;
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

/// How many failures of ada at this address are counted at this time.
fn failures(service: &Service, address: IpAddr, now: Instant) -> usize {
    let throttle = &service.inner.throttles.passwords;
    let begin = || throttle.begin(address, "ada", now).ok();
    let attempts: Vec<_> = std::iter::from_fn(begin).collect();
    let left = attempts.len();
    for attempt in attempts {
        attempt.give_back();
    }
    20 - left
}

#[tokio::test]
async fn a_sign_in_whose_client_hung_up_counts_by_its_password() {
    let service = Service::start().await;
    let ada = service.store.user("ada").await.unwrap().unwrap();
    for (last, password, counted) in [(1, PASSWORD, 0), (2, "wrong", 1)] {
        let address = IpAddr::from([192, 0, 2, last]);
        let (inner, secret) = (service.inner.clone(), Secret::new(password));
        let signing_in = sign_in(&inner, "ada", secret.clone(), address);
        let passwords = &service.inner.passwords;
        let is_verified_now = || {
            passwords
                .join("ada", Some(&ada.password), &secret)
                .is_some()
        };
        tokio::select! {
            _ = signing_in => panic!("answered before"),
            () = until(is_verified_now) => {}
        }
        // None of them is forgotten by then.
        let now = Instant::now();
        until(|| !is_verified_now()).await;
        until(|| failures(&service, address, now) == counted).await;
    }
}
