//! The parts of a request.

use crate::http::App;
use crate::http::error::Error;
use crate::http::params::Query;
use api::v1::Filter;
use axum::extract::FromRequestParts;
use axum::http::request;
use std::str::FromStr;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The parameters of a call, each within its bounds.
pub(super) struct Filtered<F>(pub(super) F);

impl<F: Filter> FromRequestParts<App> for Filtered<F> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Error> {
        let Query(filter) = Query::<F>::from_request_parts(parts, app).await?;
        let too_long = |error: wire::bounded::TooLong| Error::BadRequest(error.to_string());
        filter.check().map_err(too_long)?;
        Ok(Self(filter))
    }
}

/// Reads the id of a job or batch: up to 19 digits. What is larger than all ids is none that exists.
///
/// # Errors
/// [`Error::BadRequest`] when it is something else.
pub(super) fn id<T: FromStr + From<i64>>(text: &str) -> Result<T, Error> {
    let is_id = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_id {
        let shown: String = text.chars().take(64).collect();
        return Err(Error::BadRequest(format!(
            "{shown:?} is not the id of a job or batch: ids have digits only"
        )));
    }
    Ok(text.parse().unwrap_or_else(|_| i64::MAX.into()))
}

/// Reads a time, in seconds since 1970; what was before counts as 1970.
///
/// # Errors
/// [`Error::BadRequest`] when it is not as RFC 3339 has it.
pub(super) fn time(name: &str, text: Option<&str>) -> Result<Option<u64>, Error> {
    let Some(text) = text else {
        return Ok(None);
    };
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
        Error::BadRequest(format!(
            "{name}= is not a time: write it as 2026-11-30T15:00:00Z"
        ))
    })?;
    Ok(Some(time.unix_timestamp().try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::JobId;

    #[test]
    fn an_id_has_digits_only() {
        assert_eq!(id::<JobId>("007").unwrap(), JobId::new(7));
        assert_eq!(
            id::<JobId>("9999999999999999999").unwrap(),
            JobId::new(i64::MAX)
        );
        for other in ["", "+7", "-7", "x", "7 ", "99999999999999999999"] {
            assert!(id::<JobId>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn times_may_have_any_offset() {
        let read = |text| time("since", Some(text)).ok().flatten();
        assert_eq!(read("1970-01-01T01:00:07.5+01:00"), Some(7));
        assert_eq!(read("1969-12-31T00:00:00Z"), Some(0));
        assert_eq!(time("since", None).unwrap(), None);
        assert_eq!((read(""), read("yesterday")), (None, None));
    }
}
