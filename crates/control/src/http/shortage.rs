//! What the log says while connections cannot be let in: that it begins, that it goes on,
//! once a minute, and that it is over.

use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often the log says that a shortage goes on.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// A shortage is over once nothing was refused for this long.
const QUIET: Duration = Duration::from_secs(10);

/// What there was too little of for a connection.
#[derive(Clone, Copy)]
pub(super) enum Lack {
    /// Its address has as many connections without credentials as one may have.
    Address,
    /// There are as many connections as there may be, in all or of strangers.
    Connections,
    /// The process has as many files open as it may have.
    Descriptors,
    /// Something else of the system's.
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
            Self::Address => "no address has too many connections without credentials any more",
            Self::Connections => "there is room for connections again",
            Self::Descriptors => "there are file descriptors for connections again",
            Self::Other => "connections can be accepted again",
        }
    }

    const ALL: [Self; LACKS] = [
        Self::Address,
        Self::Connections,
        Self::Descriptors,
        Self::Other,
    ];
}

/// One that has not been over for [`QUIET`] yet.
struct Shortage {
    said: Instant,
    last: Instant,
    refusals: u64,
}

/// Those of now: each kind has its own lines in the log, so that none hides another.
#[derive(Default)]
pub(super) struct Shortages([Option<Shortage>; LACKS]);

impl Shortages {
    /// A connection was not let in, while this many were open.
    pub(super) fn note(&mut self, lack: Lack, open: usize, why: Why<'_>) {
        let now = Instant::now();
        let slot = &mut self.0[lack as usize];
        let is_news = slot
            .as_ref()
            .is_none_or(|shortage| now.duration_since(shortage.said) >= SAY_AGAIN);
        let shortage = slot.get_or_insert(Shortage {
            said: now,
            last: now,
            refusals: 0,
        });
        shortage.last = now;
        shortage.refusals += 1;
        let refusals = shortage.refusals;
        let text = lack.begins();
        if is_news {
            shortage.said = now;
            match why {
                Why::Source(source) => tracing::warn!(%source, open, refusals, "{text}"),
                Why::Error(error) => tracing::error!(%error, open, refusals, "{text}"),
            }
        } else if let Why::Source(source) = why {
            tracing::debug!(%source, open, "{text}");
        }
    }

    /// Waits until a shortage may be over, and says so; for ever if there is none.
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

/// Whose connection it was, or what the system said.
#[derive(Clone, Copy)]
pub(super) enum Why<'a> {
    Source(IpAddr),
    Error(&'a io::Error),
}
