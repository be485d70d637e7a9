//! Logs that connections cannot be accepted: when that begins, once a minute while it lasts,
//! and when it is over.

use crate::domain::incident::Incident;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A shortage is over once no connection was refused for this long.
const QUIET: Duration = Duration::from_secs(10);

/// What a connection lacked.
#[derive(Clone, Copy)]
pub(super) enum Lack {
    /// Its address has too many connections without credentials.
    Address,
    /// Too many connections are open, of strangers or in total.
    Connections,
    /// The process may open no more files.
    Descriptors,
    /// Another resource of the system.
    Other,
}

const LACKS: usize = 4;

impl Lack {
    fn begins(self) -> &'static str {
        match self {
            Self::Address => "refused a connection: this address has too many without credentials",
            Self::Connections => {
                "refused a connection: too many are open; raise the limit of open files (LimitNOFILE)"
            }
            Self::Descriptors => {
                "no file descriptor is left for a connection: raise the limit of open files (LimitNOFILE)"
            }
            Self::Other => "a connection could not be accepted",
        }
    }

    fn is_over(self) -> &'static str {
        match self {
            Self::Address => "no address has too many connections without credentials any longer",
            Self::Connections => "connections are accepted again: fewer are open",
            Self::Descriptors => "connections are accepted again: file descriptors are free",
            Self::Other => "connections are accepted again",
        }
    }

    const ALL: [Self; LACKS] = [
        Self::Address,
        Self::Connections,
        Self::Descriptors,
        Self::Other,
    ];
}

/// The present shortages. Each kind is logged separately, so that none hides another.
#[derive(Default)]
pub(super) struct Shortages([Option<Incident>; LACKS]);

impl Shortages {
    /// Notes that a connection was refused while this many were open.
    pub(super) fn note(&mut self, lack: Lack, open: usize, why: Why<'_>) {
        let now = Instant::now().into_std();
        let (is_due, refusals) = match &mut self.0[lack as usize] {
            Some(incident) => (incident.again(now), incident.times),
            begins => {
                *begins = Some(Incident::begin(now));
                (true, 1)
            }
        };
        let text = lack.begins();
        match why {
            Why::Source(source) if is_due => tracing::warn!(%source, open, refusals, "{text}"),
            Why::Source(source) => tracing::debug!(%source, open, "{text}"),
            Why::Error(error) if is_due => tracing::error!(%error, open, refusals, "{text}"),
            Why::Error(_) => {}
        }
    }

    /// Waits until a shortage may be over, and logs it if so; for ever if there is none.
    pub(super) async fn over(&mut self) {
        let ends = self.0.iter().flatten().map(|lasting| lasting.end(QUIET));
        match ends.min() {
            Some(end) => sleep_until(end.into()).await,
            None => std::future::pending().await,
        }
        let now = Instant::now().into_std();
        for lack in Lack::ALL {
            let is_over = |lasting: &mut Incident| lasting.end(QUIET) <= now;
            if let Some(over) = self.0[lack as usize].take_if(is_over) {
                tracing::info!(refusals = over.times, "{}", lack.is_over());
            }
        }
    }
}

/// The source of the refused connection, or the error of the system.
#[derive(Clone, Copy)]
pub(super) enum Why<'a> {
    Source(IpAddr),
    Error(&'a io::Error),
}
