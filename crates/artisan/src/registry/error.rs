//! What can go wrong between here and a registry.

use super::explain;
use crate::files;
use serde_json::Value;
use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use ureq::http::Response;
use ureq::{Body, http::StatusCode};
use wire::command::JOB_USER;
use wire::printable;
use wire::text::of_connection;

/// Whose credentials a registry is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// Those that somebody has set, if any.
    Set,
    /// Those that control gave a job for as long as it runs.
    OfJob,
}

impl Credentials {
    /// Those of this user.
    pub(super) fn of(user: Option<&str>) -> Self {
        match user.is_some_and(|user| user.starts_with(JOB_USER)) {
            true => Self::OfJob,
            false => Self::Set,
        }
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The registry was not called: its name, its certificate or its port is not
    /// what it should be.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The call or its answer did not get through; in words, as the others are.
    #[error("{0}")]
    Interrupted(String),
    /// As [`Error::Interrupted`], after a good part of the answer.
    #[error("{0}")]
    GotFurther(String),
    /// The disk did not take what came.
    #[error("sent what cannot be kept here: {0}")]
    Disk(io::Error),
    /// The answer was longer than it may be, or is not what it should be.
    #[error("answered with a body that cannot be used: {0}")]
    Body(String),
    /// The registry refused.
    #[error("{}{}", meaning(*code, *by), in_brackets(reason))]
    Status {
        /// HTTP status.
        code: StatusCode,
        /// Whose credentials it refused.
        by: Credentials,
        /// The first line of its answer.
        reason: String,
        /// When to ask again, if it states that (`Retry-After`).
        retry_after: Option<Duration>,
    },
}

impl Error {
    /// What an answer other than 2xx means.
    pub(super) fn from_answer(answer: Response<Body>, by: Credentials) -> Self {
        const MAX_SAID: u64 = 2_000;
        let code = answer.status();
        let retry_after = retry_after(&answer);
        let body = files::read_up_to(answer.into_body().into_reader(), MAX_SAID);
        let text = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
        let reason = printable::on_one_line(&reason(&text));
        Self::Status {
            code,
            by,
            reason,
            retry_after,
        }
    }

    /// What a body means that could not be read to its end.
    pub(super) fn from_body(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::FileTooLarge => Self::Body(error.to_string()),
            _ => Self::Interrupted(Self::Body(of_connection(error)).to_string()),
        }
    }

    /// Whether the same call may have another answer a little later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Interrupted(_) | Self::GotFurther(_) => true,
            Self::Status { code, .. } => matches!(code.as_u16(), 408 | 429 | 500..=504),
            Self::Unreachable(_) | Self::Body(_) | Self::Disk(_) => false,
        }
    }

    /// Whether the next attempt has less left to do than this one had.
    pub(super) fn got_further(&self) -> bool {
        matches!(self, Self::GotFurther(_))
    }

    /// Whether the registry refused the call before it looked at it.
    pub(super) fn is_throttled(&self) -> bool {
        matches!(self, Self::Status { code, .. } if code.as_u16() == 429)
    }

    /// How long the registry asks to be left alone.
    pub(super) fn retry_after(&self) -> Duration {
        match self {
            Self::Status { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let header = |name| answer.headers().get(name)?.to_str().ok();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs());
    let seconds = wire::retry_after::seconds(header("retry-after")?, header("date"), now);
    Some(Duration::from_secs(seconds.into()))
}

/// What an answer says in words: the sentence of a control service, or the first line.
fn reason(text: &str) -> String {
    let sentence = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|json| json["error"].as_str().map(str::to_owned));
    sentence.unwrap_or_else(|| text.lines().next().unwrap_or_default().to_owned())
}

impl From<ureq::Error> for Error {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error::{Io, Timeout};
        if let Some(why) = explain::of_tls(&error) {
            return Self::Unreachable(why);
        }
        if let Some(failure) = dial::Failure::of(&error) {
            let unreachable = Self::Unreachable(failure.to_string());
            return match failure.may_pass() {
                true => Self::Interrupted(unreachable.to_string()),
                false => unreachable,
            };
        }
        let reason = in_words(&error);
        match error {
            Io(_) | Timeout(_) => Self::Interrupted(Self::Unreachable(reason).to_string()),
            _ => Self::Unreachable(reason),
        }
    }
}

/// What the library reports, in our words.
fn in_words(error: &ureq::Error) -> String {
    use ureq::Error::{Io, Timeout};
    match error {
        Io(error) => of_connection(error),
        Timeout(_) => "it did not answer in time".into(),
        _ => "what answers there does not speak HTTP as expected".into(),
    }
}

fn meaning(code: StatusCode, by: Credentials) -> String {
    match code.as_u16() {
        401 if by == Credentials::OfJob => "does not accept the token of this job: the job has ended or was cancelled, its host is disabled, or control has a new store key; run it again".into(),
        401 => "does not know user and password: set ART_REG_USER and ART_REG_PWD".into(),
        403 => "does not allow this user to do that: ask its administrator".into(),
        404 => "has no such package: check its name and tag, and that it was pushed".into(),
        409 => "refuses it: it conflicts with a package that the registry has".into(),
        410 => "has lost what it had".into(),
        413 => "refuses it as too large".into(),
        429 => "was given too many wrong passwords from this address: check ART_REG_USER and ART_REG_PWD".into(),
        300..=399 => format!("answered {code}: redirects are not followed; use its real name"),
        500.. => format!("answered {code}: it has a fault; try again later"),
        _ => format!("answered {code}"),
    }
}

fn in_brackets(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(" ({reason})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_answer_is_explained() {
        assert_eq!(
            reason(r#"{"error":"it is not signed"}"#),
            "it is not signed"
        );
        assert_eq!(reason("no such thing\nat all"), "no such thing");
        assert_eq!(reason("{}"), "{}");
    }

    /// Nobody could set other credentials: control made these.
    #[test]
    fn a_refused_token_of_a_job_needs_no_other_password() {
        let refused = |user| Error::Status {
            code: StatusCode::UNAUTHORIZED,
            by: Credentials::of(user),
            reason: String::new(),
            retry_after: None,
        };
        for user in [None, Some("reader"), Some("jobs")] {
            let text = refused(user).to_string();
            assert!(text.contains("set ART_REG_USER"), "{text}");
        }
        let text = refused(Some("job/7301000000000000001")).to_string();
        assert!(text.contains("token of this job"), "{text}");
        assert!(!text.contains("ART_REG"), "{text}");
    }

    #[test]
    fn no_address_of_a_librarys_manual_is_shown() {
        let manual = "closed: https://docs.rs/rustls/latest/";
        let ended = || io::Error::new(ErrorKind::UnexpectedEof, manual);
        for error in [
            Error::from(ureq::Error::Io(ended())),
            Error::from_body(&ended()),
            Error::from(ureq::Error::BadUri("https://a b".into())),
        ] {
            assert!(!error.to_string().contains("https://"), "{error}");
        }
        let ended = Error::from(ureq::Error::Io(ended()));
        assert!(ended.may_pass() && ended.to_string().contains("ended before"));
    }
}
