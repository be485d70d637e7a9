//! A server in control's place that stalls, breaks off or talks nonsense, at
//! any point of an exchange. Its TLS is real, with control's certificate.

use crate::relay::{Conditions, pass};
use crate::request;
use crate::tls::{self, Stream};
use rustls::{ServerConfig, ServerConnection};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: bytes are passed on to control.
    None,
    /// The connection is accepted, and nothing is ever said on it.
    Silence,
    /// The connection is closed as soon as it is there.
    Close,
    /// A flood of bytes that are no TLS.
    NotTls,
    /// Half of the server's first flight, and no more.
    HalfHandshake,
    /// As before, and then the connection is closed.
    BrokenHandshake,
    /// The request is read, and nothing is ever said.
    NoAnswer,
    /// The request is read, and the connection is closed without a word.
    CutOff,
    /// The request is read, and the connection is closed as TLS wants it.
    Farewell,
    /// The connection is closed in the middle of a header.
    HalfHeader,
    /// The connection is closed in the middle of the body.
    HalfBody,
    /// A flood of bytes that are no HTTP.
    NotHttp,
    /// Headers come one byte at a time.
    Drip,
    /// A header line of 64 MB.
    LongHeader,
    /// Headers without end, on lines that end without a carriage return.
    EndlessHeaders,
    /// A body without end.
    EndlessBody,
    /// Chunks without end.
    EndlessChunks,
    /// Interim answers without end (RFC 9110, section 15.2).
    EndlessInterim,
    /// A 204 with a body, on a connection that stays open.
    BodyWith204,
    /// A redirect to another host.
    Redirect,
    /// A redirect to plain HTTP at this port of the loopback interface.
    RedirectToPlain(u16),
    /// An answer by somebody who is not control.
    Status(u16),
    /// As before, with a wish to be left alone for a while.
    RetryAfter(u16, &'static str),
}

/// All of them but the ones with a number.
pub const TROUBLES: [Trouble; 19] = [
    Trouble::Silence,
    Trouble::Close,
    Trouble::NotTls,
    Trouble::HalfHandshake,
    Trouble::BrokenHandshake,
    Trouble::NoAnswer,
    Trouble::CutOff,
    Trouble::Farewell,
    Trouble::HalfHeader,
    Trouble::HalfBody,
    Trouble::NotHttp,
    Trouble::Drip,
    Trouble::LongHeader,
    Trouble::EndlessHeaders,
    Trouble::EndlessBody,
    Trouble::EndlessChunks,
    Trouble::EndlessInterim,
    Trouble::BodyWith204,
    Trouble::Redirect,
];

pub struct Hostile {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Arc<ServerConfig>,
    target: String,
    trouble: Mutex<Trouble>,
    served: AtomicUsize,
}

impl Hostile {
    /// Listens at a free port of `ip` in the place of `target`, `host:port`,
    /// with the certificate of a folder.
    pub fn listen(ip: &str, tls: &Path, target: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            tls: tls::server(tls),
            target: target.to_owned(),
            trouble: Mutex::new(Trouble::None),
            served: AtomicUsize::new(0),
        });
        let of_listener = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_listener);
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// From now on, connections meet this.
    pub fn set(&self, trouble: Trouble) {
        *self.shared.trouble.lock().unwrap() = trouble;
    }

    /// How many connections met trouble.
    pub fn served(&self) -> usize {
        self.shared.served.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// An error is the client's going away.
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let trouble = *self.trouble.lock().unwrap();
        if trouble == Trouble::None {
            let server = TcpStream::connect(&self.target)?;
            pass(client, server, Arc::new(Conditions::default()));
            return Ok(());
        }
        self.served.fetch_add(1, Ordering::SeqCst);
        match trouble {
            Trouble::Silence => hold(client),
            Trouble::Close => Ok(()),
            Trouble::NotTls => flood(client, &[b'x'; 4096]),
            Trouble::HalfHandshake => hold(self.half_handshake(client)?),
            Trouble::BrokenHandshake => self.half_handshake(client).map(drop),
            _ => answer(self.request(client)?, trouble),
        }
    }

    fn half_handshake(&self, mut client: TcpStream) -> io::Result<TcpStream> {
        let mut connection = ServerConnection::new(Arc::clone(&self.tls)).unwrap();
        connection.read_tls(&mut client)?;
        connection.process_new_packets().map_err(io::Error::other)?;
        let mut flight = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut flight)?;
        }
        client.write_all(&flight[..flight.len() / 2])?;
        Ok(client)
    }

    /// Reads a request to its end.
    fn request(&self, client: TcpStream) -> io::Result<Stream> {
        let connection = ServerConnection::new(Arc::clone(&self.tls)).unwrap();
        let mut stream = Stream::new(connection, client);
        request::read(&mut stream)?;
        Ok(stream)
    }
}

fn answer(mut stream: Stream, trouble: Trouble) -> io::Result<()> {
    if let Some(whole) = whole_answer(trouble) {
        return end(stream, &whole);
    }
    if let Some((begin, piece)) = endless_answer(trouble) {
        say(&mut stream, &begin)?;
        return flood(stream, piece.as_bytes());
    }
    match trouble {
        Trouble::NoAnswer => hold(stream),
        Trouble::HalfHeader => say(&mut stream, "HTTP/1.1 204 No Content\r\nPilot-Ans"),
        Trouble::HalfBody => say(
            &mut stream,
            "HTTP/1.1 201 Ok\r\nContent-Length: 900\r\n\r\nhalf",
        ),
        Trouble::Drip => drip(stream),
        Trouble::LongHeader => {
            say(&mut stream, "HTTP/1.1 200 Ok\r\nX: ")?;
            (0..64).try_for_each(|_| stream.write_all(&[b'x'; 1 << 20]))?;
            end(stream, "\r\n\r\n")
        }
        Trouble::BodyWith204 => {
            say(
                &mut stream,
                "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
            )?;
            hold(stream)
        }
        _ => Ok(()),
    }
}

/// An answer that ends, as does the connection after it.
fn whole_answer(trouble: Trouble) -> Option<String> {
    let answer = |status: &str, headers: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n")
    };
    Some(match trouble {
        Trouble::Farewell => String::new(),
        Trouble::Redirect => answer("307 Elsewhere", "Location: https://192.0.2.1/ping\r\n"),
        Trouble::RedirectToPlain(port) => {
            let location = format!("Location: http://127.0.0.1:{port}/ping\r\n");
            answer("307 Elsewhere", &location)
        }
        Trouble::Status(status) => answer(&format!("{status} Said"), ""),
        Trouble::RetryAfter(status, when) => answer(
            &format!("{status} Said"),
            &format!("Retry-After: {when}\r\n"),
        ),
        _ => return None,
    })
}

/// How an answer without an end begins, and what is repeated after that.
fn endless_answer(trouble: Trouble) -> Option<(String, String)> {
    let (begin, piece) = match trouble {
        Trouble::NotHttp => (String::new(), "no HTTP at all\n".repeat(300)),
        Trouble::EndlessHeaders => {
            // The first line takes the whole of what is allowed.
            let line = format!("A: {}\n", "a".repeat((16 << 10) - 4));
            (format!("HTTP/1.1 200 Ok\r\n{line}"), "A: b\n".repeat(800))
        }
        Trouble::EndlessBody => ("HTTP/1.1 200 Ok\r\n\r\n".to_owned(), "x".repeat(4096)),
        Trouble::EndlessChunks => (
            "HTTP/1.1 200 Ok\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            "1\r\nx\r\n".repeat(600),
        ),
        Trouble::EndlessInterim => (String::new(), "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        _ => return None,
    };
    Some((begin, piece))
}

fn say(stream: &mut Stream, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

fn end(mut stream: Stream, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// Says nothing until the client goes away.
fn hold(mut stream: impl Read) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Says it until the client goes away.
fn flood(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(bytes)?;
    }
}

fn drip(mut stream: Stream) -> io::Result<()> {
    let header = "HTTP/1.1 200 Ok\r\nX: ".bytes();
    for byte in header.chain(std::iter::repeat(b'x')) {
        stream.write_all(&[byte])?;
        stream.flush()?;
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
