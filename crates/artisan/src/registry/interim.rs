//! Interim answers with headers (100, 103; RFC 9110, section 15.2), which middleboxes may send
//! while a push waits for `100 Continue`.
//!
//! ureq takes one that comes then for the answer itself, does not send the body, and
//! waits for an answer to a request that is not whole. It never sees them here; without
//! a 100 it sends the body a second later.

use std::time::{Duration, Instant};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Comes last: what it looks at is HTTP.
#[derive(Debug)]
pub(super) struct InterimConnector;

impl<In: Transport> Connector<In> for InterimConnector {
    type Out = Interim<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Interim<In>>, Error> {
        Ok(chained.map(|inner| Interim {
            inner,
            is_awaited: false,
        }))
    }
}

/// A connection on which interim answers with headers are passed over.
#[derive(Debug)]
pub(super) struct Interim<T> {
    inner: T,
    /// Whether what comes next is the start of an answer.
    is_awaited: bool,
}

impl<T: Transport> Transport for Interim<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.is_awaited = true;
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let begun = Instant::now();
        while self.inner.await_input(rest(timeout, begun)?)? {
            if !self.is_awaited {
                return Ok(true);
            }
            while let Start::Passed(length) = start(self.inner.buffers().input()) {
                self.inner.buffers().input_consume(length);
            }
            if start(self.inner.buffers().input()) == Start::Other {
                self.is_awaited = false;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// The rest of a time-out, which all interim answers share.
fn rest(timeout: NextTimeout, begun: Instant) -> Result<NextTimeout, Error> {
    if timeout.after.is_not_happening() {
        return Ok(timeout);
    }
    match timeout.after.saturating_sub(begun.elapsed()) {
        Duration::ZERO => Err(Error::Timeout(timeout.reason)),
        left => Ok(NextTimeout {
            after: left.into(),
            ..timeout
        }),
    }
}

/// What an answer begins with.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// An interim one with headers, of so many bytes.
    Passed(usize),
    /// What may become one.
    Unclear,
    /// What ureq understands: an interim one without headers, or the answer.
    Other,
}

fn start(came: &[u8]) -> Start {
    const LINE: &[u8] = b"HTTP/1.1 1";
    let compared = came.len().min(LINE.len());
    if came[..compared] != LINE[..compared] {
        return Start::Other;
    }
    let end = came.windows(4).position(|four| four == b"\r\n\r\n");
    let first = came.windows(2).position(|two| two == b"\r\n");
    match (first, end) {
        // Another protocol follows it.
        _ if came.starts_with(b"HTTP/1.1 101") => Start::Other,
        (Some(first), Some(end)) if first == end => Start::Other,
        (_, Some(end)) => Start::Passed(end + 4),
        (_, None) => Start::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_interim_answers_with_headers_are_passed_over() {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        for length in 0..hints.len() {
            assert_eq!(
                start(&hints.as_bytes()[..length]),
                Start::Unclear,
                "{length}"
            );
        }
        for rest in ["", "HTTP/1.1 204 No Content\r\n\r\n"] {
            let came = format!("{hints}{rest}");
            assert_eq!(start(came.as_bytes()), Start::Passed(hints.len()));
        }
        for other in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
            "HTTP/1.1 2",
            "HTTP/2",
            "no HTTP",
        ] {
            assert_eq!(start(other.as_bytes()), Start::Other, "{other}");
        }
    }
}
