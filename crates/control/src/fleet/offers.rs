//! What the answer to a ping asks of a host: what is due is read, written down as sent, and signed.

use super::delivery::Delivery;
use super::to_its_end;
use super::visit::Visit;
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::root::Listed;
use crate::domain::session::{Caller, Session};
use crate::store::{DueWork, NextJob, Offer, Recorded};
use api::JobId;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use wire::HostId;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::job_id;
use wire::limits::MOST_ANSWER;
use wire::ping::Status;

/// How long an envelope is valid, in seconds.
const VALID: u64 = 300;

/// What was found due for a host.
enum Due {
    Nothing,
    Answer(Box<Answer>),
    /// This job is next, and cannot be delivered for this reason.
    Undeliverable(JobId, String),
}

/// An answer that is not written down or signed yet.
struct Answer {
    host: HostId,
    n: u64,
    session: Arc<Session>,
    offer: Offer,
}

impl Delivery {
    /// The body of the answer, if something is due for the host.
    ///
    /// # Errors
    /// When the store or the key fails.
    pub(crate) async fn offer(
        self: &Arc<Self>,
        caller: &Caller,
        visit: &mut Visit,
    ) -> Result<Option<Vec<u8>>, Error> {
        visit.look = false;
        let _woken = visit.is_woken.then(|| self.precedence.begin());
        self.read_again(caller, visit).await?;
        // For as long as the job is in memory. Who gets no job does not wait for those who do, and
        // so not for the disk.
        let may_get_job = visit.session.has_jobs && !visit.is_busy && !visit.is_gone;
        let _turn = match may_get_job {
            true => Some(self.offers.acquire().await),
            false => None,
        };
        while !visit.is_gone {
            let answer = match self.due(caller, visit).await? {
                Due::Nothing => return Ok(None),
                Due::Answer(answer) => answer,
                Due::Undeliverable(job, why) => {
                    self.give_up(caller.host, job, why).await?;
                    continue;
                }
            };
            let delivery = Arc::clone(self);
            let body = match answer.offer.is_known() {
                true => delivery.send(*answer).await?,
                false => to_its_end(async move { delivery.send(*answer).await }).await?,
            };
            if body.is_some() {
                return Ok(body);
            }
        }
        Ok(None)
    }

    /// Reads the session again. Whoever was removed or disabled meanwhile, or has an old key, gets
    /// the answer for strangers: nothing may be noted as sent to them.
    async fn read_again(&self, caller: &Caller, visit: &mut Visit) -> Result<(), Error> {
        let read = self.sessions.read(caller.host).await?;
        match read.filter(|read| read.has_same_key(&caller.session)) {
            Some(session) => visit.session = session,
            None => visit.is_gone = true,
        }
        Ok(())
    }

    /// What is due for the host.
    async fn due(&self, caller: &Caller, visit: &mut Visit) -> Result<Due, Error> {
        let (offer, again) = match self.due_work(visit).await? {
            DueWork::Offer(offer) => (Some(*offer), None),
            DueWork::Nothing(again) => (None, again),
            DueWork::Unreadable(job, error) => {
                let why = format!("control can no longer read its command: {error}");
                return Ok(Due::Undeliverable(job, why));
            }
        };
        let notice = || {
            let is_due = self.has_due_key_notice(visit.host, &visit.session);
            is_due.then(Offer::default)
        };
        let offer = offer.or_else(notice);
        let again = again.filter(|_| offer.is_none());
        visit.again = again.map(|wait| Instant::now() + wait);
        Ok(match self.complete(offer, visit) {
            None => Due::Nothing,
            Some(offer) => Due::Answer(Box::new(Answer {
                host: caller.host,
                n: caller.n,
                session: Arc::clone(&visit.session),
                offer,
            })),
        })
    }

    async fn due_work(&self, visit: &Visit) -> Result<DueWork, Error> {
        let interval = self.new_interval(&visit.session);
        if !visit.session.has_jobs && interval.is_none() {
            return Ok(DueWork::Nothing(None));
        }
        let (store, now) = (&self.store, unix_now());
        let due = store.due_work(visit.host, visit.is_busy, interval, now);
        Ok(due.await?)
    }

    /// Adds what the ping itself gives a reason for, and the jobs that clients follow.
    fn complete(&self, offer: Option<Offer>, visit: &Visit) -> Option<Offer> {
        let Visit {
            host,
            received,
            effects,
            ..
        } = visit;
        let mut follow = self.live.followed(*host, Instant::now().into_std());
        follow.retain(|job| received.contains(job));
        let has_reason =
            !(effects.ended.is_empty() && effects.unnamed.is_empty() && follow.is_empty());
        if offer.is_none() && !has_reason {
            return None;
        }
        let mut offer = offer.unwrap_or_default();
        offer.cancel.extend(&effects.ended);
        offer.query.clone_from(&effects.unnamed);
        offer.follow = follow;
        Some(offer)
    }

    /// Writes an answer down as sent, and signs it. `None` if its job was cancelled or offered
    /// meanwhile, or cannot be delivered: then something else is due.
    async fn send(self: &Arc<Self>, mut answer: Answer) -> Result<Option<Vec<u8>>, Error> {
        let host = answer.host;
        let sent = self.store.note_sent(host, &mut answer.offer, unix_now());
        if !sent.await? {
            return Ok(None);
        }
        let keys = self.newer_key_list(&answer.session);
        let body = self.sign(&answer, keys.as_deref()).await?;
        if let Some(job) = answer
            .offer
            .job
            .as_ref()
            .filter(|_| body.len() > MOST_ANSWER)
        {
            self.give_up(host, job.id, too_large(body.len())).await?;
            return Ok(None);
        }
        self.note_offer(host, &answer.offer);
        if let Some(keys) = keys {
            self.note_key_list_sent(host, keys.list.number);
        }
        Ok(Some(body))
    }

    async fn sign(&self, answer: &Answer, keys: Option<&Listed>) -> Result<Vec<u8>, Error> {
        let _turn = self.signatures.acquire().await;
        let (now, offer) = (unix_now(), &answer.offer);
        let value = match &offer.job {
            Some(job) => self.request_of(job, answer.host),
            None => Command::default(),
        };
        let envelope = Envelope {
            value,
            interval: self.interval.nanoseconds(),
            host: Some(answer.host),
            n: Some(answer.n),
            issued: Some(now),
            expires: Some(now + VALID),
            cancel: offer.cancel.clone(),
            query: offer.query.clone(),
            follow: offer.follow.clone(),
            rotate: self.note_rotation_sent(answer.host, &answer.session),
        };
        let keys = keys.map(|keys| keys.signed.clone());
        let key = Arc::clone(&self.key);
        spawn_blocking(move || key.sign(&envelope, keys, now))
            .await
            .map_err(|error| Error::internal("signing a job request", error))?
    }

    /// The command of a job, with what its host pulls the package with.
    fn request_of(&self, job: &NextJob, host: HostId) -> Command {
        let mut request = Command {
            job_id: job.number,
            ..Command::clone(&job.command)
        };
        let pull_key = self.store.pull_key();
        pull_key.complete(&mut request, job.id, host, &self.names.borrow());
        request
    }

    /// Ends a job that cannot be delivered: it would block the jobs behind it for ever.
    async fn give_up(self: &Arc<Self>, host: HostId, job: JobId, why: String) -> Result<(), Error> {
        let delivery = Arc::clone(self);
        to_its_end(async move {
            let recorded = delivery.store.refuse(job, &why, unix_now()).await?;
            let number = u64::from(matches!(recorded, Recorded::Yes(_)));
            let metrics = &delivery.metrics;
            metrics.count_results(Status::Refused.name(), number);
            tracing::error!(%job, %host, why, "a job cannot be delivered");
            Ok(())
        })
        .await
    }

    fn note_offer(&self, host: HostId, offer: &Offer) {
        log_offer(host, offer);
        if let Some(job) = offer.job.as_ref().filter(|job| job.is_first) {
            let created = job_id::unix_seconds(job.id.number());
            let delay = unix_now().saturating_sub(created);
            self.metrics.note_first_offer(Duration::from_secs(delay));
        }
    }
}

fn too_large(size: usize) -> String {
    format!(
        "control cannot deliver it: the signed request takes {size} bytes, and agents read up to {MOST_ANSWER}"
    )
}

/// Logs what an answer asks of a host. Every answer offers a job until the host has it, so
/// only the first offer is logged at the default level.
fn log_offer(host: HostId, offer: &Offer) {
    if let Some(next) = &offer.job {
        log_job(host, next);
    }
    if !offer.cancel.is_empty() {
        tracing::info!(numbers = ?offer.cancel, %host, "asked the host to end jobs, signed");
    }
    if !offer.query.is_empty() {
        tracing::warn!(numbers = ?offer.query, %host, "the host no longer names jobs that it held: asked for their results");
    }
}

fn log_job(host: HostId, next: &NextJob) {
    let (job, number) = (next.id, next.number);
    let Command {
        package, function, ..
    } = &*next.command;
    if next.is_first {
        tracing::info!(%job, number, %host, package, function, "offered a job, signed");
    } else {
        tracing::debug!(%job, number, %host, package, function, "offered a job again, signed");
    }
}
