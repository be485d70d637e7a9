//! Requests with an Idempotency-Key: a client that lost the answer repeats the request, and control
//! does not carry it out twice.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::keyed_request::key_reused;
use crate::domain::repeats::{KEPT, KeptAnswer, LONGEST_ANSWER, MOST_KEYS, Repeat, check_key};
use crate::fleet::to_its_end;
use crate::random;
use crate::store::{self, BegunRequest, Store};
use wire::encoding::hex;

/// A request with a key.
pub(crate) struct Keyed {
    /// The key that the client chose.
    pub(crate) key: String,
    /// Its method and address.
    pub(crate) address: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// What was created: the answer without secrets, and what the client gets.
pub(crate) struct Created<T> {
    /// What is kept.
    pub(crate) kept: KeptAnswer,
    /// What the client gets.
    pub(crate) answer: T,
}

/// The outcome of a request.
pub(crate) enum Outcome<T> {
    /// It was carried out.
    New(T),
    /// An equal one was carried out before, with this answer.
    Before(KeptAnswer),
}

/// Carries a request out once, however often it is sent: `work` gets what its creation is to be known
/// by. With `shows_secret`, the answer cannot be kept: then `work` is done again, and finds by
/// the same id what it did before.
///
/// # Errors
/// [`Error::Invalid`] when the key is malformed or belongs to another request, [`Error::Conflict`]
/// while an equal request is being carried out, and those of the work.
pub(crate) async fn once<T, F>(
    service: &Service,
    actor: &Actor,
    keyed: Keyed,
    shows_secret: bool,
    work: impl FnOnce(Service, Actor, String) -> F + Send + 'static,
) -> Result<Outcome<T>, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<Created<T>, Error>> + Send + 'static,
{
    check_key(&keyed.key)?;
    let (service, actor) = (service.clone(), actor.clone());
    // To its end, even if the client hangs up: otherwise the key would have no answer for long.
    to_its_end(async move {
        let id = match begin(&service, &actor, &keyed).await? {
            Repeat::CarryOut(id) => id,
            Repeat::Answered(id, _) if shows_secret => id,
            Repeat::Answered(_, answer) => return Ok(Outcome::Before(answer)),
            Repeat::Running => return Err(running()),
            Repeat::OfAnother => return Err(key_reused()),
        };
        let store = service.store().clone();
        let created = work(service, actor.clone(), id).await;
        end(&store, &actor.who, &keyed.key, created).await
    })
    .await
}

async fn begin(service: &Service, actor: &Actor, keyed: &Keyed) -> Result<Repeat, Error> {
    let (store, now) = (service.store(), unix_now());
    // In another scope it is another request: its answer may tell of other hosts.
    let address = format!("{}{}", keyed.address, actor.scope);
    let hash = store.hash_request(&address, &keyed.body);
    let id = hex(&random::bytes::<16>());
    let request = BegunRequest {
        owner: &actor.who,
        key: &keyed.key,
        id: &id,
        hash: &hash,
        now,
    };
    let decide = |earlier: crate::domain::repeats::EarlierRequest| earlier.decide(&hash, now);
    Ok(store.begin_keyed(request, MOST_KEYS, decide).await?)
}

async fn end<T>(
    store: &Store,
    owner: &str,
    key: &str,
    created: Result<Created<T>, Error>,
) -> Result<Outcome<T>, Error> {
    match created {
        Ok(Created { kept, answer }) => {
            debug_assert!(kept.body.len() <= LONGEST_ANSWER, "answers are short");
            // Without the answer, a repetition finds what was created by its id.
            if let Err(error) = store.finish_keyed(owner, key, &kept).await {
                tracing::warn!(%error, "the answer to a request with a key was not kept");
            }
            Ok(Outcome::New(answer))
        }
        Err(error) => {
            if let Err(error) = store.forget_keyed(owner, key).await {
                tracing::warn!(%error, "a request with a key that failed was not forgotten");
            }
            Err(error)
        }
    }
}

fn running() -> Error {
    Error::Conflict(
        "a request with this Idempotency-Key is being carried out: repeat it in a few seconds"
            .into(),
    )
}

/// Removes up to `most` requests whose keys were kept long enough at `now`; returns how many.
pub(super) async fn remove_old(store: &Store, now: u64, most: u32) -> store::Result<u64> {
    store.remove_keyed(now.saturating_sub(KEPT), most).await
}
