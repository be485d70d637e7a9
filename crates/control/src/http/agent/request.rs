//! Requests of agents: authenticated by a token, with a MAC over each answer.

use crate::clock::unix_now;
use crate::domain::pace::LONGEST_HOLD;
use crate::domain::session::Caller;
use crate::domain::unavailable::Unavailable;
use crate::domain::verdict::Verdict;
use crate::http::body::{Patience, Progress, Reader};
use crate::http::error::Error;
use crate::http::guard::guarded;
use crate::http::head::{authorization, preferred_wait, source, vouch, wait_for_control};
use crate::http::{App, json};
use crate::metrics::AuthenticationFailure;
use crate::service::{SHORT, Turn};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use wire::answer::{self, Answer, Reason};
use wire::bounded::Bounded;
use wire::limits::MOST_REQUEST;
use wire::token::{self, Token};
use wire::{HostId, HostKey};

/// The largest body of an agent's request.
const LARGEST: usize = MOST_REQUEST;

/// The largest body whose digest is still computed, so that the sender gets an
/// authenticated answer that says that it is too large.
const MOST_READ: usize = 4 * LARGEST;

/// How long an answer may take beyond the hold, mostly to wait for the database.
const WORK: Duration = Duration::from_secs(45);

/// A larger body is read only if the token names an enrolled host, and there is memory for it. The
/// MAC covers the body, so without this rule strangers could fill the memory: for all connections
/// that control bears, bodies of this size are half a gigabyte. A host id has 122 secret bits, so the
/// rule reveals no ids.
const SMALL: u64 = 8 * 1024;

/// A request with a valid token, whose number is used up.
pub(crate) struct AgentRequest {
    caller: Caller,
    key: HostKey,
    source: IpAddr,
    body: Vec<u8>,
    wait: Duration,
    /// Until when it counts as worked on, with the memory of a large body.
    turns: Vec<Turn>,
}

/// The sender of a request, and the number of its token, to seal the answer.
struct Sender {
    host: HostId,
    n: u64,
    key: HostKey,
}

/// An answer that is authenticated with the host key, or the answer for strangers. Handlers
/// of agents' routes can return nothing else.
pub(crate) struct AgentAnswer(Response);

impl IntoResponse for AgentAnswer {
    fn into_response(self) -> Response {
        self.0
    }
}

impl AgentRequest {
    /// The host that sent it.
    pub(crate) fn host(&self) -> HostId {
        self.caller.host
    }

    /// The host that sent it, and what control knew of it then.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Takes what counts it as worked on: while it is held it does not.
    pub(crate) fn take_turns(&mut self) -> Vec<Turn> {
        std::mem::take(&mut self.turns)
    }

    /// How long it may be held (RFC 7240, `Prefer: wait`).
    pub(crate) fn wait(&self) -> Duration {
        self.wait
    }

    /// Takes its JSON body, which is not kept while the request is held; the default if it has
    /// none.
    ///
    /// # Errors
    /// Where the JSON is wrong.
    pub(crate) fn take_json<T: DeserializeOwned + Bounded + Default>(
        &mut self,
    ) -> Result<T, Error> {
        let body = std::mem::take(&mut self.body);
        if body.is_empty() {
            return Ok(T::default());
        }
        json::parse(&body)
    }

    /// Its JSON body, if it is short: one without a result.
    ///
    /// # Errors
    /// Where the JSON is wrong, or that it is too long.
    pub(crate) fn small_json<T: DeserializeOwned + Bounded>(&self) -> Result<T, Error> {
        if self.body.len() as u64 > SHORT {
            return Err(Error::TooLarge(format!(
                "the body is too large: it may have up to {SHORT} bytes"
            )));
        }
        json::parse(&self.body)
    }

    /// Answers with the outcome of the work, including its failures, authenticated with the
    /// host key. The work may take long: if the host was removed or has another key by then, it
    /// gets the answer for strangers.
    pub(crate) async fn answer(
        &self,
        app: &App,
        work: impl Future<Output = Outcome>,
    ) -> AgentAnswer {
        let limit = self.wait.min(LONGEST_HOLD) + WORK;
        let outcome = guarded(limit, work).await;
        let Caller { host, session, .. } = &self.caller;
        // Boxed, as refusing is: there would be room for it while the work waits.
        let may_hear = Box::pin(app.delivery.sessions.may_hear(*host, session, &self.key));
        AgentAnswer(match (may_hear.await, outcome) {
            (Ok(true), Ok((status, body))) => self.sender().seal(status, body),
            (Ok(true), Err(error)) => Box::pin(self.sender().refuse(error)).await,
            (Ok(false), _) => unknown(app, self.source),
            // Control cannot find out whether the host may still read the answer.
            (Err(error), _) => Error::from(error).into_response(),
        })
    }

    /// The answer without a body, at once: the host was as it is known to be when the number of
    /// the request was used up.
    pub(crate) fn nothing(&self) -> AgentAnswer {
        AgentAnswer(self.sender().seal(StatusCode::NO_CONTENT, Vec::new()))
    }

    fn sender(&self) -> Sender {
        Sender {
            host: self.caller.host,
            n: self.caller.n,
            key: self.key.clone(),
        }
    }
}

/// Status and body of an answer.
pub(crate) type Outcome = Result<(StatusCode, Vec<u8>), Error>;

impl Sender {
    async fn refuse(&self, error: Error) -> Response {
        let (mut head, body) = error.into_response().into_parts();
        let body = axum::body::to_bytes(body, LARGEST).await;
        let mut answer = self.seal(head.status, body.map(Into::into).unwrap_or_default());
        if let Some(wait) = head.headers.remove(header::RETRY_AFTER) {
            answer.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        answer
    }

    fn seal(&self, status: StatusCode, body: Vec<u8>) -> Response {
        let header = Answer {
            host: self.host,
            n: self.n,
            status: status.as_u16(),
            body: &body,
        }
        .seal(&self.key, unix_now());
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if let Ok(value) = HeaderValue::from_str(&header) {
            response.headers_mut().insert(answer::HEADER, value);
        }
        if !body.is_empty() {
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

impl FromRequest<App> for AgentRequest {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        // Boxed, so that its memory is free again while the request is held.
        Box::pin(accept(request, app)).await
    }
}

/// For pings: they are held, and an argument takes its room twice.
impl FromRequest<App> for Box<AgentRequest> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let accepted = Box::pin(accept(request, app)).await;
        accepted.map(Self::new)
    }
}

/// Reads a request, and verifies and uses up its token.
async fn accept(request: Request, app: &App) -> Result<AgentRequest, Response> {
    let (parts, body) = request.into_parts();
    let mut turns = Vec::new();
    let (digest, body) = read(app, &parts, body, &mut turns).await?;
    let waiting = wait_for_control(&parts.extensions);
    turns.push(app.admission.turn().await.map_err(refusal)?);
    let caller = authenticate(app, &parts, digest).await?;
    drop(waiting);
    app.delivery.presence.end_before(caller.host, caller.n);
    let mut request = AgentRequest {
        key: caller.session.keys.present.clone(),
        source: source(&parts),
        wait: preferred_wait(&parts.headers),
        caller,
        body: Vec::new(),
        turns,
    };
    match body {
        Ok(body) => {
            request.body = body;
            Ok(request)
        }
        Err(error) => Err(request.sender().refuse(error).await),
    }
}

/// Refuses a request without anything being done for it, and so without a seal.
fn refusal(why: Unavailable) -> Response {
    Error::from(why).into_response()
}

/// Reads a body: a short one from any sender that is fast, a longer one only from hosts, if there
/// is memory for it.
async fn read(
    app: &App,
    parts: &request::Parts,
    body: Body,
    turns: &mut Vec<Turn>,
) -> Result<([u8; 32], Result<Vec<u8>, Error>), Response> {
    let mut reader = Reader::new(body, LARGEST, MOST_READ);
    let most = reader.most().min(LARGEST as u64);
    if most > SMALL || is_late(&mut reader, Patience::STRANGER).await? {
        let host = expect_host(app, parts).await?;
        let mut memory = memory_for(app, parts, host, most).await?;
        if is_late(&mut reader, Patience::KNOWN).await? {
            return Err(Error::Slow.into_response());
        }
        memory.shrink(reader.kept());
        turns.push(memory);
    }
    Ok(reader.finish())
}

async fn memory_for(
    app: &App,
    parts: &request::Parts,
    host: HostId,
    bytes: u64,
) -> Result<Turn, Response> {
    let _waiting = wait_for_control(&parts.extensions);
    app.admission.memory(host, bytes).await.map_err(refusal)
}

async fn is_late(reader: &mut Reader, patience: Patience) -> Result<bool, Response> {
    let progress = reader.read(patience).await;
    let progress = progress.map_err(IntoResponse::into_response)?;
    Ok(progress == Progress::Late)
}

/// Whether an `Authorization` header has the scheme of agents.
pub(crate) fn is_token(header: &str) -> bool {
    Token::parse(header).is_ok()
}

/// The enrolled host that the token of a request names. To look for one that is not remembered takes
/// a turn, which ends before control waits for the rest of the body.
async fn expect_host(app: &App, parts: &request::Parts) -> Result<HostId, Response> {
    let header = authorization(&parts.headers).unwrap_or("");
    let is_remembered = Token::parse(header)
        .is_ok_and(|token| app.delivery.sessions.remembered(token.host).is_some());
    let _waiting = wait_for_control(&parts.extensions);
    let _turn = match is_remembered {
        true => None,
        false => Some(app.admission.turn().await.map_err(refusal)?),
    };
    let host = app.tokens.named_host(&app.delivery.sessions, header).await;
    let host = host.map_err(|error| Error::from(error).into_response())?;
    host.ok_or_else(|| unknown(app, source(parts)))
}

async fn authenticate(
    app: &App,
    parts: &request::Parts,
    body: [u8; 32],
) -> Result<Caller, Response> {
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let request = token::Digested {
        method: parts.method.as_str(),
        target,
        body,
    };
    let header = authorization(&parts.headers).unwrap_or("");
    // Counted before the host's work is compared: a wake-up in between is not missed.
    let wakes = Token::parse(header)
        .ok()
        .and_then(|token| app.delivery.presence.wakes(token.host));
    let sessions = &app.delivery.sessions;
    let (host, n, verdict) = app
        .tokens
        .verify(sessions, header, &request, unix_now())
        .await
        .map_err(|error| Error::from(error).into_response())?;
    match verdict {
        Verdict::Accepted(session) => {
            tracing::debug!(%host, n, target, "accepted a token");
            vouch(&parts.extensions);
            Ok(Caller {
                host,
                n,
                session,
                wakes,
            })
        }
        Verdict::Rejected(key, rejection) => {
            tracing::info!(%host, reason = ?rejection.reason, "refused a token");
            let sender = Sender { host, n, key };
            let mut answer = sender.seal(StatusCode::UNAUTHORIZED, body_of(&rejection));
            answer.extensions_mut().insert(failure(rejection.reason));
            Err(answer)
        }
        Verdict::Failed(key, error) => {
            let sender = Sender { host, n, key };
            Err(sender.refuse(error.into()).await)
        }
        Verdict::Unknown => Err(unknown(app, source(parts))),
    }
}

/// How a rejected token is counted.
fn failure(reason: Reason) -> AuthenticationFailure {
    match reason {
        Reason::Clock => AuthenticationFailure::Clock,
        Reason::Sequence => AuthenticationFailure::Sequence,
    }
}

/// The answer to every invalid token; it does not depend on the reason. A source that fails
/// too often is no longer logged.
fn unknown(app: &App, source: IpAddr) -> Response {
    if app.throttles.tokens.begin(source, Instant::now()).is_ok() {
        tracing::info!(%source, "refused a request without a valid token");
    }
    let body = br#"{"error":"not authenticated"}"#;
    (
        StatusCode::UNAUTHORIZED,
        [(header::CONTENT_TYPE, "application/json")],
        body.as_slice(),
    )
        .into_response()
}

/// A value as JSON.
pub(crate) fn body_of(value: &impl Serialize) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "answers have only string keys and finite numbers"
    )]
    serde_json::to_vec(value).expect("an answer is JSON")
}
