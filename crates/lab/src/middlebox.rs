//! A middlebox that ends TLS, with control's certificate, and passes requests on to
//! control over a connection of its own. What answers it passes back say the same in
//! other bytes, as HTTP allows (RFC 9110 and 9112), or nearly allows.

use crate::request;
use crate::tls::{self, Stream};
use rustls::{ClientConfig, ServerConfig, ServerConnection};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is done to answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    Nothing,
    /// These stand before and behind each header's value (RFC 9112, section 5.1);
    /// only blanks and tabs are white space.
    Blanks(&'static str, &'static str),
    /// A byte of Latin-1 in a header that nobody reads.
    Latin1,
    /// So many answers come before, 100 and 103 by turns (RFC 9110, section 15.2).
    Interim(usize),
    /// An answer with this status line, and a header, comes as soon as the head of the
    /// request is there, and nothing more before its body is.
    Early(&'static str),
    /// A header that nobody reads goes on in a second line, which is obsolete (RFC
    /// 9112, section 5.2).
    Folded,
    /// In the manner of HTTP/1.0: the end of the connection is that of the body.
    Http10,
    /// The body comes in chunks of so many bytes.
    Chunked(usize),
}

pub struct Middlebox {
    address: String,
    desk: Arc<Desk>,
}

struct Desk {
    inward: Arc<ServerConfig>,
    outward: Arc<ClientConfig>,
    target: String,
    rewrite: Mutex<Rewrite>,
    answered: AtomicUsize,
}

impl Middlebox {
    /// Listens at a free port of `ip` before `target`, `address:port`, with the
    /// certificate and the CA of a folder that `pilotctl tls init` made.
    pub fn listen(ip: &str, tls: &Path, target: &str) -> Self {
        Self::listen_at(ip, 0, tls, target)
    }

    /// As [`Middlebox::listen`], at this port.
    pub fn listen_at(ip: &str, port: u16, tls: &Path, target: &str) -> Self {
        let listener = TcpListener::bind((ip, port)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let desk = Arc::new(Desk {
            inward: tls::server(tls),
            outward: tls::client(tls),
            target: target.to_owned(),
            rewrite: Mutex::new(Rewrite::Nothing),
            answered: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&desk);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let desk = Arc::clone(&shared);
                thread::spawn(move || desk.serve(client));
            }
        });
        Self { address, desk }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.address
    }

    /// From now on, this is done to answers.
    pub fn set(&self, rewrite: Rewrite) {
        *self.desk.rewrite.lock().unwrap() = rewrite;
    }

    /// How many answers were passed back whole.
    pub fn answered(&self) -> usize {
        self.desk.answered.load(Ordering::SeqCst)
    }
}

impl Desk {
    /// One request; an error is somebody's going away.
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let connection = ServerConnection::new(Arc::clone(&self.inward)).unwrap();
        let mut client = Stream::new(connection, client);
        let mut request = Vec::new();
        request::read_head(&mut client, &mut request)?;
        let rewrite = *self.rewrite.lock().unwrap();
        if let Rewrite::Early(status) = rewrite {
            write!(client, "HTTP/1.1 {status}\r\nX-Box: 1\r\n\r\n")?;
            client.flush()?;
        }
        request::read_body(&mut client, &mut request)?;
        let answer = self.ask(&request)?;
        client.write_all(&rewritten(&answer, rewrite))?;
        client.conn.send_close_notify();
        client.flush()?;
        self.answered.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// What control answers, to its end.
    fn ask(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut control = tls::connect(&self.outward, &self.target)?;
        let (head, body) = split(request);
        let head = with_headers(&without(&head, &["connection", "expect"]), CLOSE);
        control.write_all(&[&head, body].concat())?;
        control.flush()?;
        let mut answer = Vec::new();
        control.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

const CLOSE: &[u8] = b"Connection: close\r\n";

fn rewritten(answer: &[u8], rewrite: Rewrite) -> Vec<u8> {
    let (head, body) = split(answer);
    let more = |line: &[u8]| [&with_headers(&head, line), body].concat();
    match rewrite {
        Rewrite::Nothing | Rewrite::Early(_) => answer.to_vec(),
        Rewrite::Blanks(before, behind) => [&with_blanks(&head, before, behind), body].concat(),
        Rewrite::Latin1 => more(b"X-Town: K\xf6ln\r\n"),
        Rewrite::Folded => more(b"X-Path: a,\r\n b\r\n"),
        Rewrite::Interim(count) => {
            let both = ["100 Continue", "103 Early Hints\r\nLink: </x>; rel=preload"];
            let interim = both.iter().cycle().take(count);
            let interim = interim.map(|status| format!("HTTP/1.1 {status}\r\n\r\n"));
            [interim.collect::<String>().as_bytes(), answer].concat()
        }
        Rewrite::Http10 => {
            let head = without(&head, &["content-length", "transfer-encoding"]);
            let mut whole = [&head, body].concat();
            whole[..8].copy_from_slice(b"HTTP/1.0");
            whole
        }
        Rewrite::Chunked(_) if body.is_empty() => answer.to_vec(),
        Rewrite::Chunked(size) => {
            let head = without(&head, &["content-length"]);
            let head = with_headers(&head, b"Transfer-Encoding: chunked\r\n");
            [head, in_chunks(body, size)].concat()
        }
    }
}

/// The head of a message with the empty line at its end, and the body.
fn split(message: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut places = message.windows(4);
    let end = places.position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (message[..end].to_vec(), &message[end..])
}

/// A head with these lines at its end.
fn with_headers(head: &[u8], lines: &[u8]) -> Vec<u8> {
    [&head[..head.len() - 2], lines, b"\r\n"].concat()
}

/// A head without the headers of these names, in lower case.
fn without(head: &[u8], names: &[&str]) -> Vec<u8> {
    let text = std::str::from_utf8(head).unwrap();
    let is_kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        !names.contains(&name.to_ascii_lowercase().as_str())
    };
    let kept = text.split_inclusive("\r\n").filter(is_kept);
    kept.collect::<String>().into_bytes()
}

fn with_blanks(head: &[u8], before: &str, behind: &str) -> Vec<u8> {
    let text = std::str::from_utf8(head).unwrap();
    let lines = text
        .split_inclusive("\r\n")
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{name}:{before}{}{behind}\r\n", value.trim_end()),
            None => line.to_owned(),
        });
    lines.collect::<String>().into_bytes()
}

fn in_chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in body.chunks(size) {
        chunks.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunks.extend([chunk, b"\r\n"].concat());
    }
    [chunks, b"0\r\n\r\n".to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello";

    #[test]
    fn answers_say_the_same_in_other_bytes() {
        for (rewrite, expected) in [
            (
                Rewrite::Blanks("", " \t"),
                &b"HTTP/1.1 200 OK\r\nContent-Length:5 \t\r\nA:b \t\r\n\r\nhello"[..],
            ),
            (
                Rewrite::Latin1,
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\nX-Town: K\xf6ln\r\n\r\nhello",
            ),
            (Rewrite::Http10, b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nhello"),
            (
                Rewrite::Chunked(3),
                b"HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            ),
        ] {
            assert_eq!(rewritten(ANSWER, rewrite), expected, "{rewrite:?}");
        }
        let interim = rewritten(ANSWER, Rewrite::Interim(3));
        assert!(interim.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103"));
        assert!(interim.ends_with(ANSWER));
    }
}
