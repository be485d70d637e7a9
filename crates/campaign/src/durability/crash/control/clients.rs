//! Hosts and users who work with control, and note what it has acknowledged. What a cut connection
//! leaves open is not acknowledged.

use super::Scenario;
use crate::load::connection::{Connection, Fault};
use crate::load::control::{Target, operator};
use crate::load::exchange::{PATIENCE, send_ping};
use crate::load::host::{Host, Said};
use crate::load::jobs::{self, offered};
use crate::load::package;
use release::failure::{Context, Result};
use std::sync::Arc;
use wire::HostId;
use wire::ping::Ping;

/// How many hosts there are.
pub(super) const HOSTS: usize = 3;

/// How many batches an operator creates, and how often hosts meanwhile ask for jobs.
const BATCHES: usize = 3;
const TURNS: u32 = 4;

/// The names of the packages, and how large they are.
const PACKAGES: [&str; 2] = ["small", "large"];
const SIZES: [usize; 2] = [9, 200_000];

/// All clients of a control.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) hosts: [HostClient; HOSTS],
    /// The acknowledged batches.
    pub(super) batches: Vec<String>,
    pub(super) packages: Vec<Package>,
}

/// A host with what it has sent.
#[derive(Clone)]
pub(super) struct HostClient {
    pub(super) host: Host,
    /// The numbers that it used, and whether control accepted them.
    pub(super) numbers: Vec<(u64, bool)>,
    /// The job that it has.
    job: Option<i64>,
    /// Jobs whose receipt control has acknowledged, and those whose result.
    pub(super) received: Vec<i64>,
    pub(super) reported: Vec<i64>,
}

/// A package to push.
#[derive(Clone)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) archive: Vec<u8>,
    pub(super) is_acknowledged: bool,
}

/// Where a host sends, and the connection that it has.
struct Link<'a> {
    target: &'a Target,
    kept: Option<Connection>,
}

impl Clients {
    /// Clients who have not done anything yet.
    pub(super) fn new(hosts: [Host; HOSTS]) -> Self {
        let package = |(name, size)| Package {
            name,
            archive: vec![b'a'; size],
            is_acknowledged: false,
        };
        Self {
            hosts: hosts.map(HostClient::new),
            batches: Vec::new(),
            packages: PACKAGES.into_iter().zip(SIZES).map(package).collect(),
        }
    }

    /// Does what belongs to a scenario, until that is done or control is gone.
    ///
    /// # Errors
    /// Why something could not be done.
    pub(super) async fn act(&mut self, target: &Arc<Target>, scenario: Scenario) -> Result<()> {
        match scenario {
            Scenario::Start => Ok(()),
            Scenario::Jobs => self.work(target).await,
            Scenario::Push => push(&mut self.packages, target).await,
            Scenario::All => {
                let mut packages = std::mem::take(&mut self.packages);
                let (worked, pushed) = tokio::join!(self.work(target), push(&mut packages, target));
                self.packages = packages;
                worked.and(pushed)
            }
        }
    }

    async fn work(&mut self, target: &Arc<Target>) -> Result<()> {
        let ids = self.ids();
        let [a, b, c] = &mut self.hosts;
        let (created, a, b, c) = tokio::join!(
            create(&mut self.batches, BATCHES, &ids, target),
            a.work(target, TURNS),
            b.work(target, TURNS),
            c.work(target, TURNS),
        );
        [a, b, c].into_iter().fold(created, Result::and)
    }

    /// Creates a batch for all hosts.
    ///
    /// # Errors
    /// When control refuses it.
    pub(super) async fn create_batch(&mut self, target: &Arc<Target>) -> Result<()> {
        let ids = self.ids();
        create(&mut self.batches, 1, &ids, target).await
    }

    /// Sends again what was not acknowledged, and carries out all jobs.
    ///
    /// # Errors
    /// When control refuses something.
    pub(super) async fn finish(&mut self, target: &Arc<Target>) -> Result<()> {
        push(&mut self.packages, target).await?;
        for host in &mut self.hosts {
            host.work(target, 1).await?;
            while host.job.is_some() {
                host.work(target, 1).await?;
            }
        }
        Ok(())
    }

    fn ids(&self) -> [HostId; HOSTS] {
        self.hosts.each_ref().map(|client| client.host.id())
    }
}

async fn create(
    batches: &mut Vec<String>,
    number: usize,
    hosts: &[HostId],
    target: &Arc<Target>,
) -> Result<()> {
    let mut operator = operator(target);
    for _ in 0..number {
        batches.push(jobs::post(&mut operator, hosts).await?);
    }
    Ok(())
}

/// Pushes the packages that are not acknowledged.
async fn push(packages: &mut [Package], target: &Arc<Target>) -> Result<()> {
    let mut operator = operator(target);
    for package in packages {
        if !package.is_acknowledged {
            package::push(&mut operator, package.name, package.archive.clone()).await?;
            package.is_acknowledged = true;
        }
    }
    Ok(())
}

impl HostClient {
    fn new(host: Host) -> Self {
        Self {
            host,
            numbers: Vec::new(),
            job: None,
            received: Vec::new(),
            reported: Vec::new(),
        }
    }

    /// Carries out the job that it has, and those that it is offered in so many turns.
    ///
    /// # Errors
    /// Why control gave no good answer.
    ///
    /// # Panics
    /// When that is no cut connection.
    pub(super) async fn work(&mut self, target: &Target, turns: u32) -> Result<()> {
        let worked = self
            .take_turns(&mut Link { target, kept: None }, turns)
            .await;
        if let Err(fault) = worked {
            let is_cut = matches!(fault, Fault::Unconnected | Fault::NoTls | Fault::Closed);
            assert!(is_cut, "control answered a host: {fault}");
        }
        worked.context("a ping")
    }

    async fn take_turns(
        &mut self,
        link: &mut Link<'_>,
        turns: u32,
    ) -> std::result::Result<(), Fault> {
        for _ in 0..turns {
            if self.job.is_none() {
                self.job = self.say(link, &Ping::default()).await?;
            }
            if let Some(job) = self.job {
                self.carry_out(link, job).await?;
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, link: &mut Link<'_>, job: i64) -> std::result::Result<(), Fault> {
        let received = Ping {
            received: vec![job],
            ..Ping::default()
        };
        self.say(link, &received).await?;
        self.received.push(job);
        let ended = Ping {
            result: Some(jobs::result(job)),
            ..Ping::default()
        };
        let next = self.say(link, &ended).await?;
        self.reported.push(job);
        self.job = next;
        Ok(())
    }

    /// Sends a ping, and returns the job that its answer offers.
    async fn say(
        &mut self,
        link: &mut Link<'_>,
        ping: &Ping,
    ) -> std::result::Result<Option<i64>, Fault> {
        let body = serde_json::to_vec(ping).unwrap();
        let said = Said {
            body: &body,
            wait: 0,
        };
        let sent = self.host.post("/ping", &link.target.authority, said);
        let n = sent.n;
        let answer = send_ping(link.target, &mut self.host, sent, PATIENCE, &mut link.kept).await;
        self.numbers.push((n, answer.is_ok()));
        Ok(offered(answer?.as_ref()))
    }

    /// Sends a ping with a number that it has used.
    ///
    /// # Errors
    /// Why there is no good answer.
    pub(super) async fn replay(
        &mut self,
        n: u64,
        target: &Target,
    ) -> std::result::Result<(), Fault> {
        let sent = self
            .host
            .post_as(n, "/ping", &target.authority, Said::default());
        let answer = send_ping(target, &mut self.host, sent, PATIENCE, &mut None).await;
        answer.map(drop)
    }
}
