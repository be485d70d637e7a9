//! `/enrolment`: invitations; and `/admission`: hosts that enrol without one.

use crate::{Input, Place, Time};
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;
use wire::limits::MOST_FACT;

/// The body of `POST /enrolment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRequest {
    /// How many hosts may use the code.
    #[serde(default = "once")]
    pub uses: i64,
    /// For how many seconds it is valid.
    #[serde(default = "one_hour")]
    pub expires: u64,
    /// The place and labels of the hosts that use it.
    #[serde(flatten)]
    pub place: Place,
}

fn once() -> i64 {
    1
}

fn one_hour() -> u64 {
    3_600
}

impl Bounded for InvitationRequest {
    fn check(&self) -> Result<(), TooLong> {
        self.place.check()
    }
}

impl Input for InvitationRequest {
    const KNOWN: &Known = &Known(&[
        ("uses", Any),
        ("expires", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
        ("label", Any),
    ]);
}

/// The answer to `POST /enrolment`. Its code is a secret, and shown only here.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Invitation {
    /// The code.
    pub code: String,
    /// How many hosts may use it.
    pub uses: i64,
    /// When it expires.
    pub expires: Time,
    /// The address by which hosts reach the service, if control knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The most hosts of one request: as many as may wait for admission.
pub const MOST_ADMISSIONS: usize = 1_000;

/// The body of `PUT /admission`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Admissions {
    /// One for each host.
    #[serde(deserialize_with = "bounded::at_most::<MOST_ADMISSIONS, _, _>")]
    pub entries: Vec<Admission>,
}

/// The admission of a host, or another place for one that is admitted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// The host.
    pub host_uuid: HostId,
    /// The fingerprint that the operator read on the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Its place and labels.
    #[serde(flatten)]
    pub place: Place,
}

impl Bounded for Admissions {
    fn check(&self) -> Result<(), TooLong> {
        self.entries.iter().try_for_each(|entry| {
            bounded::texts("fingerprint", &entry.fingerprint, MOST_FACT)?;
            entry.place.check()
        })
    }
}

impl Input for Admissions {
    const KNOWN: &Known = &Known(&[
        ("host_uuid", Any),
        ("fingerprint", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
        ("label", Any),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_request_is_for_one_host_and_one_hour() {
        let request = InvitationRequest::from_json(b"{}").unwrap();
        assert_eq!((request.uses, request.expires), (1, 3_600));
        assert!(InvitationRequest::from_json(br#"{"use":2}"#).is_err());
    }

    #[test]
    fn what_is_sent_is_read() {
        let place = Place {
            label: vec!["web".into()],
            ..Place::default()
        };
        let request = InvitationRequest {
            uses: 2,
            expires: 60,
            place: place.clone(),
        };
        let json = json!(request).to_string();
        assert_eq!(InvitationRequest::from_json(json.as_bytes()), Ok(request));
        let host = "11111111-2222-4333-8444-555555555555";
        let admissions = Admissions {
            entries: vec![Admission {
                host_uuid: host.parse().unwrap(),
                fingerprint: None,
                place,
            }],
        };
        let json = json!(admissions);
        assert_eq!(json[0]["host_uuid"], host);
        assert!(Admissions::from_json(json.to_string().as_bytes()).is_ok());
    }
}
