//! What an exchange consists of, decided before a courier starts.

use super::connect::Peers;
use crate::config::address::ControlUri;
use crate::config::proxy::Proxy;
use std::path::PathBuf;
use std::time::Duration;

/// How to get to control.
#[derive(Clone)]
pub(crate) struct Transport {
    /// PEM file of the CAs that replace the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// The proxy to go through.
    pub(crate) proxy: Option<Proxy>,
    /// Which addresses of the first stop worked before.
    pub(crate) peers: Peers,
    /// How long an exchange may take, beside what the server may hold it back
    /// and what its size takes.
    pub(crate) patience: Duration,
}

/// One request.
pub(crate) struct Exchange {
    /// The service.
    pub(crate) uri: ControlUri,
    /// For instance `/ping`.
    pub(crate) path: &'static str,
    /// The token; none at enrolment.
    pub(crate) authorization: Option<String>,
    /// The body, JSON; may be empty.
    pub(crate) body: Vec<u8>,
    /// How long the server may hold the answer back.
    pub(crate) wait: Duration,
}
