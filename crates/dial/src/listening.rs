//! Connections on which an answer is read even while a request is still being sent.
//!
//! A server that refuses an upload answers before it has read all of it, and closes the
//! connection. Sending the rest then fails, but the answer can still be read.

use std::io::ErrorKind;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Comes after the connectors that connect, and before TLS.
#[derive(Debug)]
pub(crate) struct ListeningConnector;

impl<In: Transport> Connector<In> for ListeningConnector {
    type Out = Listening<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Listening<In>>, Error> {
        Ok(chained.map(|inner| Listening {
            inner,
            is_heard: true,
        }))
    }
}

/// A connection whose other end may stop reading.
#[derive(Debug)]
pub(crate) struct Listening<T> {
    inner: T,
    /// Whether the other end still takes what is sent.
    is_heard: bool,
}

impl<T: Transport> Transport for Listening<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.is_heard {
            return Ok(());
        }
        match self.inner.transmit_output(amount, timeout) {
            Err(error) if is_closed(&error) => {
                self.is_heard = false;
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.is_heard && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn is_closed(error: &Error) -> bool {
    match error {
        Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
        ),
        _ => false,
    }
}
