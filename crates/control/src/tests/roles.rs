//! Every function of the service refuses by itself the roles that may not call it.

use super::service::Service;
use crate::domain::Error;
use crate::domain::audit::Proof;
use crate::domain::definition::Definition;
use crate::domain::host::{HostFilter, Place};
use crate::domain::job::{BatchFilter, JobFilter};
use crate::domain::label::Relabelling;
use crate::domain::naming::Purpose;
use crate::domain::package::address;
use crate::domain::precondition::Precondition;
use crate::domain::scope::Scope;
use crate::domain::user::Role;
use crate::service::packages::{self, ArchiveInArrival, NEWEST, Puller};
use crate::service::{
    self, Actor, api_tokens, batches, commands, hosts, invitations, jobs, key_lists,
    labels as labels_of_hosts, naming, retention, users,
};
use api::invitations::{Admission, InvitationRequest};
use api::jobs::BatchRequest;
use api::{BatchId, JobId};
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use wire::HostId;
use wire::command::Secret;
use wire::key_list::SignedKeyList;

const ROLES: [Role; 4] = [Role::Admin, Role::Operator, Role::Publisher, Role::Reader];
const OPERATE: &[Role] = &[Role::Admin, Role::Operator];
const PUSH: &[Role] = &[Role::Admin, Role::Operator, Role::Publisher];
const READ: &[Role] = &[Role::Admin, Role::Operator, Role::Reader];

fn actor(role: Role) -> Actor {
    Actor {
        who: "ada".into(),
        role,
        scope: Scope::everything(),
        address: Ipv4Addr::LOCALHOST.into(),
        token: None,
        proof: Proof::Token("none".into()),
    }
}

fn host() -> HostId {
    "11111111-2222-4333-8444-555555555555".parse().unwrap()
}

fn go_on<T>(_: T) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Calls the function as each role, and returns the roles that it does not refuse.
async fn allowed<T>(call: impl AsyncFn(Actor) -> Result<T, Error>) -> Vec<Role> {
    let mut allowed = Vec::new();
    for role in ROLES {
        match call(actor(role)).await {
            Err(Error::Forbidden(text)) => assert!(text.contains(role.name()), "{text}"),
            _ => allowed.push(role),
        }
    }
    allowed
}

/// `EXPECTED: |actor| call, …` asserts that these roles, and no others, may make the call.
macro_rules! roles {
    ($($expected:expr => |$actor:ident| $call:expr;)*) => {$(
        let found = allowed(async |$actor| $call.await).await;
        assert_eq!(found, $expected, "{}", stringify!($call));
    )*};
}

#[tokio::test]
async fn hosts_are_read_by_readers_and_changed_by_operators() {
    let fixture = Service::start().await;
    let service: &service::Service = &fixture.inner;
    let filter = HostFilter::default();
    let labels = Relabelling::new(&["a".into()], Vec::new()).unwrap();
    let admission = [Admission {
        host_uuid: host(),
        fingerprint: None,
        place: Place::default(),
    }];
    roles! {
        READ => |who| hosts::list(service, &who, &filter, go_on);
        READ => |who| hosts::show(service, &who, host());
        OPERATE => |who| hosts::admit(service, &who, &admission);
        OPERATE => |who| labels_of_hosts::change(service, &who, vec![host()], labels.clone());
        READ => |who| naming::find(service, &who, "web", Purpose::Any);
        OPERATE => |who| naming::rename(service, &who, host(), None);
        OPERATE => |who| hosts::remove(service, &who, host());
        OPERATE => |who| hosts::disable(service, &who, host());
        OPERATE => |who| hosts::enable(service, &who, host());
        OPERATE => |who| hosts::acknowledge(service, &who, host());
        OPERATE => |who| hosts::rotate(service, &who, host());
    }
}

#[tokio::test]
async fn commands_and_jobs_are_read_by_readers_and_changed_by_operators() {
    let fixture = Service::start().await;
    let service: &service::Service = &fixture.inner;
    let any = Precondition::default;
    let request = BatchRequest::default;
    let (jobs_of, batches_of) = (JobFilter::default(), BatchFilter::default());
    roles! {
        OPERATE => |who| commands::put(service, &who, Definition::default(), any());
        OPERATE => |who| commands::remove(service, &who, "k", any());
        READ => |who| commands::list(service, &who, "", go_on);
        READ => |who| commands::show(service, &who, "k");
        OPERATE => |who| jobs::create(service, &who, request(), None);
        OPERATE => |who| jobs::cancel(service, &who, JobId::new(1));
        OPERATE => |who| retention::remove_job(service, &who, JobId::new(1));
        OPERATE => |who| retention::remove_batch(service, &who, BatchId::new(1));
        READ => |who| jobs::list(service, &who, &jobs_of, go_on);
        READ => |who| jobs::batches(service, &who, &batches_of, go_on);
        READ => |who| batches::show(service, &who, BatchId::new(1));
        READ => |who| jobs::show(service, &who, JobId::new(1), 0, false);
    }
}

#[tokio::test]
async fn users_are_for_admins_and_invitations_and_key_lists_for_operators() {
    let fixture = Service::start().await;
    let service: &service::Service = &fixture.inner;
    let request = || InvitationRequest {
        uses: 1,
        expires: 1,
        place: Place::default(),
    };
    let token = |owner: &str| api_tokens::NewToken {
        name: String::new(),
        owner: owner.into(),
        rights: Vec::new(),
        lifetime: 1,
        scope: Scope::everything(),
    };
    let secret = || Secret::new("short");
    let list = || SignedKeyList {
        list: Vec::new(),
        signature: String::new(),
    };
    roles! {
        &[Role::Admin] => |who| users::list(service, &who, "", go_on);
        &[Role::Admin] => |who| users::add(service, &who, "a b".into(), Role::Reader, Scope::everything(), secret());
        &[Role::Admin] => |who| users::remove(service, &who, "nobody".into());
        &[Role::Admin] => |who| users::set_role(service, &who, "nobody".into(), Role::Reader);
        &[Role::Admin] => |who| users::set_scope(service, &who, "nobody".into(), Scope::everything());
        &[Role::Admin] => |who| users::set_password(service, &who, "nobody".into(), secret());
        &ROLES => |who| users::set_password(service, &who, "ada".into(), secret());
        &[Role::Admin] => |who| api_tokens::list(service, &who, "bob", ("", ""), go_on);
        &ROLES => |who| api_tokens::list(service, &who, "", ("", ""), go_on);
        &ROLES => |who| api_tokens::add(service, &who, token(""));
        &[Role::Admin] => |who| api_tokens::add(service, &who, token("bob"));
        &[Role::Admin] => |who| api_tokens::remove(service, &who, "bob".into(), "t".into());
        &ROLES => |who| api_tokens::remove(service, &who, "ada".into(), "t".into());
        OPERATE => |who| invitations::create(service, &who, request(), None);
        READ => |who| key_lists::show(service, &who);
        OPERATE => |who| key_lists::import(service, &who, list());
    }
}

#[tokio::test]
async fn packages_are_pulled_by_all_and_pushed_by_publishers() {
    let fixture = Service::start().await;
    let service: &service::Service = &fixture.inner;
    let name = address("ops", "hello", "1").unwrap();
    let archive = || ArchiveInArrival::begin(service, &actor(Role::Admin)).unwrap();
    roles! {
        &ROLES => |who| packages::repositories(service, &who, String::new(), go_on);
        &ROLES => |who| packages::list(service, &who, "ops/hello", NEWEST, go_on);
        &ROLES => |who| packages::seal(service, &Puller::User(who), &name);
        &ROLES => |who| packages::by_digest(service, &Puller::User(who), &name, "sha256:1");
        &ROLES => |who| packages::tagged(service, &Puller::User(who), &name);
        &ROLES => |who| packages::archive(service, &Puller::User(who), &name);
        PUSH => |who| std::future::ready(ArchiveInArrival::begin(service, &who));
        PUSH => |who| packages::push(service, &who, name.clone(), Vec::new(), archive());
        PUSH => |who| packages::delete_tag(service, &who, &name);
    }
}
