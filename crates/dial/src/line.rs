//! A TCP connection, as ureq reads and writes it. Ureq's own type cannot be made from a
//! connection that exists.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, ShutdownHandle, Transport};

/// A connection and its buffers.
pub(crate) struct Line {
    socket: Arc<Socket>,
    buffers: LazyBuffers,
}

/// What the agent may shut down while it is in use.
struct Socket(TcpStream);

impl Line {
    pub(crate) fn new(stream: TcpStream, config: &Config) -> Self {
        Self {
            socket: Arc::new(Socket(stream)),
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        }
    }

    pub(crate) fn shutdown_handle(&self) -> Weak<dyn ShutdownHandle> {
        let weak: Weak<Socket> = Arc::downgrade(&self.socket);
        weak
    }
}

impl ShutdownHandle for Socket {
    fn shutdown(&self) {
        // It fails where the connection has ended already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let mut stream = &self.socket.0;
        let output = &self.buffers.output()[..amount];
        within(timeout, TcpStream::set_write_timeout, stream, || {
            stream.write_all(output)
        })
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let mut stream = &self.socket.0;
        let space = self.buffers.input_append_buf();
        let count = within(timeout, TcpStream::set_read_timeout, stream, || {
            stream.read(space)
        })?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// A connection on which the server sent something unasked is not used again.
    fn is_open(&mut self) -> bool {
        let mut stream = &self.socket.0;
        let silent = |stream: &mut &TcpStream| {
            stream.set_nonblocking(true)?;
            let read = stream.read(&mut [0]);
            stream.set_nonblocking(false)?;
            read
        };
        matches!(silent(&mut stream), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

/// Reads or writes, again where a signal came in between, until the time-out.
fn within<T>(
    timeout: NextTimeout,
    set: impl Fn(&TcpStream, Option<Duration>) -> io::Result<()>,
    stream: &TcpStream,
    mut step: impl FnMut() -> io::Result<T>,
) -> Result<T, Error> {
    let begun = Instant::now();
    let limit = (!timeout.after.is_not_happening()).then_some(*timeout.after);
    loop {
        let left = limit.map(|limit| limit.saturating_sub(begun.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Error::Timeout(timeout.reason));
        }
        set(stream, left)?;
        match step() {
            Ok(done) => return Ok(done),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    return Err(Error::Timeout(timeout.reason));
                }
                _ => return Err(error.into()),
            },
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.socket.0).finish()
    }
}
