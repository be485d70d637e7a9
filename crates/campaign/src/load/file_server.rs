//! The least that serves a file over TLS: what pulls cost control is compared with it.
//!
//! It has the certificate, the TLS library and the ciphers of control, a thread for each
//! connection, and no store, no users and no rules.

use super::connection::Dialer;
use release::failure::{Context, Result, failed};
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How much it reads and sends at a time: as much as rustls takes.
const PIECE: usize = 64 << 10;

/// Serves one file to so many clients, and ends.
pub(super) struct FileServer {
    address: SocketAddr,
    thread: JoinHandle<io::Result<Duration>>,
}

impl FileServer {
    /// Listens, with the certificate of a folder that `pilotctl tls init` has filled.
    ///
    /// # Errors
    /// What the system reports.
    pub(super) fn begin(tls: &Path, file: PathBuf, clients: usize) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a file server")?;
        let address = listener.local_addr().context("a file server")?;
        let tls = lab::tls::server(tls);
        let thread = thread::spawn(move || {
            let serving = (0..clients).map(|_| {
                let (stream, _) = listener.accept()?;
                let (tls, file) = (Arc::clone(&tls), file.clone());
                Ok(thread::spawn(move || serve(&tls, stream, &file)))
            });
            let serving: io::Result<Vec<_>> = serving.collect();
            let used = serving?.into_iter().map(|one| match one.join() {
                Ok(used) => used,
                Err(_) => Err(io::Error::other("a thread panicked")),
            });
            used.sum()
        });
        Ok(Self { address, thread })
    }

    /// How it is reached by clients that trust the folder's CA.
    pub(super) fn dialer(&self, tls: &Path) -> Dialer {
        Dialer::new(tls, self.address)
    }

    /// The processor time of all connections, once the last client has been served.
    ///
    /// # Errors
    /// When one could not be served.
    pub(super) fn end(self) -> Result<Duration> {
        match self.thread.join() {
            Ok(used) => used.context("a file server"),
            Err(_) => failed("a file server panicked"),
        }
    }
}

/// Serves one client and returns the processor time of it.
fn serve(tls: &Arc<rustls::ServerConfig>, stream: TcpStream, path: &Path) -> io::Result<Duration> {
    let connection = rustls::ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
    let mut stream = lab::tls::Stream::new(connection, stream);
    let (mut piece, mut request) = (vec![0; PIECE], Vec::new());
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => request.extend_from_slice(&piece[..count]),
        }
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"
    )?;
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => stream.write_all(&piece[..count])?,
        }
    }
    stream.conn.send_close_notify();
    stream.flush()?;
    let used = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (used.tv_sec.try_into(), used.tv_nsec.try_into());
    Ok(Duration::new(
        seconds.unwrap_or_default(),
        nanoseconds.unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::control::prepare;
    use bytes::Bytes;
    use http_body_util::Full;
    use hyper::Request;
    use lab::programs::programs;
    use tokio::runtime::Runtime;

    #[test]
    fn each_client_gets_the_whole_file_and_what_that_cost_is_known() {
        let folder = tempfile::tempdir().unwrap();
        prepare(&programs().pilotctl, folder.path());
        let (tls, file) = (folder.path().join("tls"), folder.path().join("file"));
        std::fs::write(&file, vec![7; 3 * PIECE + 1]).unwrap();
        let server = FileServer::begin(&tls, file, 2).unwrap();
        let dialer = server.dialer(&tls);
        Runtime::new().unwrap().block_on(async {
            for _ in 0..2 {
                let mut connection = dialer.connect(Ipv4Addr::LOCALHOST).await.unwrap();
                let request = Request::get("/").body(Full::new(Bytes::new())).unwrap();
                let drained = connection.drain(request).await.unwrap();
                assert_eq!(drained, (200, 3 * PIECE as u64 + 1));
            }
        });
        assert!(server.end().unwrap() > Duration::ZERO);
    }
}
