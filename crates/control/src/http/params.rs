//! The parts of a request's address, with errors in the usual form.

use super::error::Error;
use axum::extract::FromRequestParts;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{Uri, request};
use std::collections::BTreeSet;
use wire::nearest::suggestion;

/// The names of the parameters that a route has.
#[derive(Clone, Copy)]
pub(crate) struct ParameterNames(pub(crate) &'static [&'static str]);

/// Checks that a request has only parameters of its route, each once. Without this check, a
/// misspelt filter would be ignored and the answer would have everything.
///
/// # Errors
/// [`Error::BadRequest`] with the name of the parameter.
pub(crate) fn check(parts: &request::Parts) -> Result<(), Error> {
    let names = parts.extensions.get::<ParameterNames>();
    names.map_or(Ok(()), |ParameterNames(names)| {
        check_names(&parts.uri, names)
    })
}

fn check_names(uri: &Uri, known: &[&str]) -> Result<(), Error> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)?;
    let mut seen = BTreeSet::new();
    for (name, _) in &pairs.0 {
        if !known.contains(&name.as_str()) {
            let hint = match known.is_empty() {
                true => ": this address takes none".into(),
                false => suggestion(name, known),
            };
            let shown: String = name.chars().take(64).collect();
            return Err(Error::BadRequest(format!(
                "unknown parameter {shown:?}{hint}"
            )));
        }
        if !seen.insert(name) {
            return Err(Error::BadRequest(format!(
                "the parameter {name} is given twice"
            )));
        }
    }
    Ok(())
}

/// An argument of an open route that takes no parameters.
pub(crate) struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Error> {
        check_names(&parts.uri, &[]).map(|()| Self)
    }
}

/// The variable segments of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub(crate) struct Path<T>(pub(crate) T);

/// The parameters after the question mark.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Error))]
pub(crate) struct Query<T>(pub(crate) T);

impl From<PathRejection> for Error {
    fn from(rejection: PathRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

impl From<QueryRejection> for Error {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_or_repeated_parameter_is_named() {
        let refusal = |query: &str, known: &[&str]| {
            let uri: Uri = format!("/host?{query}").parse().unwrap();
            check_names(&uri, known)
                .err()
                .map(|error| format!("{error:?}"))
        };
        for query in ["", "label=a|b&og=", "label=a%7Cb", "%6Cabel=x"] {
            assert_eq!(refusal(query, &["label", "og"]), None, "{query}");
        }
        for (query, expected) in [
            ("lable=ship", "did you mean label?"),
            ("label=a&x=1", "known are label, og"),
            ("label=a&label=b", "label is given twice"),
            ("=1", "unknown parameter"),
        ] {
            let refusal = refusal(query, &["label", "og"]);
            assert!(
                refusal.is_some_and(|text| text.contains(expected)),
                "{query}"
            );
        }
        assert!(refusal("x=1", &[]).unwrap().contains("takes none"));
    }
}
