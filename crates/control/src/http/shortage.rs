//! Logs that connections cannot be accepted: when that begins, once a minute while it lasts,
//! and when it is over.

use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often a shortage that lasts is logged.
const LOG_PAUSE: Duration = Duration::from_secs(60);

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

/// A shortage that lasts, or has been over for less than [`QUIET`].
struct Shortage {
    logged: Instant,
    last: Instant,
    refusals: u64,
}

/// The present shortages. Each kind is logged separately, so that none hides another.
#[derive(Default)]
pub(super) struct Shortages([Option<Shortage>; LACKS]);

impl Shortages {
    /// Notes that a connection was refused while this many were open.
    pub(super) fn note(&mut self, lack: Lack, open: usize, why: Why<'_>) {
        let now = Instant::now();
        let slot = &mut self.0[lack as usize];
        let is_due = slot
            .as_ref()
            .is_none_or(|shortage| now.duration_since(shortage.logged) >= LOG_PAUSE);
        let shortage = slot.get_or_insert(Shortage {
            logged: now,
            last: now,
            refusals: 0,
        });
        shortage.last = now;
        shortage.refusals += 1;
        let refusals = shortage.refusals;
        let text = lack.begins();
        if is_due {
            shortage.logged = now;
            match why {
                Why::Source(source) => tracing::warn!(%source, open, refusals, "{text}"),
                Why::Error(error) => tracing::error!(%error, open, refusals, "{text}"),
            }
        } else if let Why::Source(source) = why {
            tracing::debug!(%source, open, "{text}");
        }
    }

    /// Waits until a shortage may be over, and logs it if so; for ever if there is none.
    pub(super) async fn over(&mut self) {
        let ends = self
            .0
            .iter()
            .flatten()
            .map(|shortage| shortage.last + QUIET);
        match ends.min() {
            Some(end) => sleep_until(end).await,
            None => std::future::pending().await,
        }
        let now = Instant::now();
        for lack in Lack::ALL {
            let is_over = |shortage: &mut Shortage| shortage.last + QUIET <= now;
            if let Some(shortage) = self.0[lack as usize].take_if(is_over) {
                tracing::info!(refusals = shortage.refusals, "{}", lack.is_over());
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
