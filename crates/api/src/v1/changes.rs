//! What programs send to change something.

use super::hosts::Place;
use crate::bounds::{MOST_LABELS, MOST_NOTES};
use crate::{BatchId, Input};
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong, characters};
use wire::known::Known;
use wire::known::Member::{Any, Of};
use wire::limits::{MOST_FACT, MOST_NAME};

/// The most hosts of a batch.
pub const MOST_HOSTS: usize = 10_000;

/// The longest `Idempotency-Key`, in characters.
pub const LONGEST_KEY: usize = 255;

/// The longest validity of an invitation, in seconds: a year.
pub const LONGEST_INVITATION: u64 = 366 * 86_400;

/// The most uses of an invitation.
pub const MOST_USES: i64 = 1_000_000;

const PLACE: Known = Known(&[
    ("org_group", Any),
    ("org", Any),
    ("area", Any),
    ("location", Any),
]);

fn labels(what: &'static str, labels: &[String]) -> Result<(), TooLong> {
    bounded::list(what, labels, MOST_LABELS)?;
    labels
        .iter()
        .try_for_each(|label| characters("a label", label, MOST_NAME))
}

impl Bounded for Place {
    fn check(&self) -> Result<(), TooLong> {
        characters("org_group", &self.org_group, MOST_NAME)?;
        characters("org", &self.org, MOST_NAME)?;
        characters("area", &self.area, MOST_NAME)?;
        characters("location", &self.location, MOST_NAME)
    }
}

/// An order to run a command on hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewBatch {
    /// The name of the batch.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub name: String,
    /// Free text.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NOTES)))]
    pub notes: String,
    /// Labels of the batch.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_LABELS), inner(length(max = MOST_NAME))))]
    pub labels: Vec<String>,
    /// The hosts. None: 422.
    #[serde(deserialize_with = "bounded::at_most::<MOST_HOSTS, _, _>")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::schema::Uuid>", length(max = MOST_HOSTS)))]
    pub hosts: Vec<HostId>,
    /// The key of the command.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub command: String,
}

impl Bounded for NewBatch {
    fn check(&self) -> Result<(), TooLong> {
        characters("name", &self.name, MOST_NAME)?;
        characters("notes", &self.notes, MOST_NOTES)?;
        characters("command", &self.command, MOST_NAME)?;
        labels("labels", &self.labels)
    }
}

impl Input for NewBatch {
    const KNOWN: &Known = &Known(&[
        ("name", Any),
        ("notes", Any),
        ("labels", Any),
        ("hosts", Any),
        ("command", Any),
    ]);
}

/// What was created by an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedBatch {
    /// The id of the batch.
    pub id: BatchId,
}

/// An invitation to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewInvitation {
    /// How many hosts may use the code.
    #[serde(default = "once")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MOST_USES)))]
    pub uses: i64,
    /// For how many seconds it is valid.
    #[serde(default = "one_hour")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = LONGEST_INVITATION)))]
    pub expires: u64,
    /// The place of the hosts that use it.
    #[serde(default)]
    pub place: Place,
    /// Their labels.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_LABELS), inner(length(max = MOST_NAME))))]
    pub labels: Vec<String>,
}

fn once() -> i64 {
    1
}

fn one_hour() -> u64 {
    3_600
}

impl Bounded for NewInvitation {
    fn check(&self) -> Result<(), TooLong> {
        self.place.check()?;
        labels("labels", &self.labels)
    }
}

impl Input for NewInvitation {
    const KNOWN: &Known = &Known(&[
        ("uses", Any),
        ("expires", Any),
        ("place", Of(&PLACE)),
        ("labels", Any),
    ]);
}

/// The admission of a host that waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
#[serde(default)]
pub struct Admission {
    /// The fingerprint that the operator read on the host. 409: its key has another one.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_FACT)))]
    pub fingerprint: String,
    /// Its place.
    pub place: Place,
    /// Its labels.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_LABELS), inner(length(max = MOST_NAME))))]
    pub labels: Vec<String>,
}

impl Bounded for Admission {
    fn check(&self) -> Result<(), TooLong> {
        characters("fingerprint", &self.fingerprint, MOST_FACT)?;
        self.place.check()?;
        labels("labels", &self.labels)
    }
}

impl Input for Admission {
    const KNOWN: &Known = &Known(&[("fingerprint", Any), ("place", Of(&PLACE)), ("labels", Any)]);
}

/// A change of the labels of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
#[serde(default)]
pub struct LabelChange {
    /// Labels that it is to have: `key` or `key=value`. A value replaces that of the same key.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_LABELS), inner(length(max = MOST_NAME))))]
    pub add: Vec<String>,
    /// Keys, or whole labels, that it is not to have.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_LABELS), inner(length(max = MOST_NAME))))]
    pub remove: Vec<String>,
}

impl Bounded for LabelChange {
    fn check(&self) -> Result<(), TooLong> {
        labels("add", &self.add)?;
        labels("remove", &self.remove)
    }
}

impl Input for LabelChange {
    const KNOWN: &Known = &Known(&[("add", Any), ("remove", Any)]);
}

/// The name that a host gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewName {
    /// The name; empty to take its name away.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub name: String,
}

impl Bounded for NewName {
    fn check(&self) -> Result<(), TooLong> {
        characters("name", &self.name, MOST_NAME)
    }
}

impl Input for NewName {
    const KNOWN: &Known = &Known(&[("name", Any)]);
}
