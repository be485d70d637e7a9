//! Having a proxy connect to control (CONNECT, RFC 9110 section 9.3.6).

use super::super::frame::LinkFailure;
use super::super::head::Head;
use crate::config::address::ControlUri;
use crate::config::proxy::Proxy;
use crate::sys::clock;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use wire::printable::on_one_line;
use wire::text::of_connection;

/// A request without a user name gets an error that says so.
const WHO_ASKS: u16 = 407;

/// What a proxy says that could not get further.
const NO_WAY_ON: [u16; 3] = [502, 503, 504];

/// Makes a tunnel: what is written to the stream afterwards goes to control. The
/// deadline is a time since boot.
///
/// # Errors
/// When the proxy says no, or nothing in time.
pub(super) fn make(
    stream: &TcpStream,
    proxy: &Proxy,
    uri: &ControlUri,
    deadline: Duration,
) -> Result<(), LinkFailure> {
    let mut timed = Timed { stream, deadline };
    let answer = timed
        .write_all(request(proxy, uri).as_bytes())
        .and_then(|()| Head::read(&mut timed))
        .and_then(|head| timed.end().map(|()| head));
    let head = answer.map_err(|error| {
        let why = match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_owned(),
            _ => of_connection(&error),
        };
        LinkFailure::network(of(proxy, uri, &why))
    })?;
    judge(&head, proxy, uri)
}

fn request(proxy: &Proxy, uri: &ControlUri) -> String {
    let target = format!("{}:{}", uri.host(), uri.port());
    let who = proxy.authorization();
    let who = who.map(|who| format!("Proxy-Authorization: {who}\r\n"));
    format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: pilot/{}\r\n{}\r\n",
        env!("CARGO_PKG_VERSION"),
        who.unwrap_or_default()
    )
}

fn judge(head: &Head, proxy: &Proxy, uri: &ControlUri) -> Result<(), LinkFailure> {
    let status_line = on_one_line(&head.line);
    match head.status {
        Some(200..300) => Ok(()),
        Some(WHO_ASKS) => Err(LinkFailure::network(of(
            proxy,
            uri,
            &format!(
                "it asks for a user and a password, or rejects those that are set ({status_line})"
            ),
        ))),
        Some(status) if NO_WAY_ON.contains(&status) => {
            Err(LinkFailure::unreached(of(proxy, uri, &status_line)))
        }
        Some(_) => Err(LinkFailure::network(of(proxy, uri, &status_line))),
        None => Err(LinkFailure::network(of(
            proxy,
            uri,
            "what it answers is not HTTP",
        ))),
    }
}

fn of(proxy: &Proxy, uri: &ControlUri, why: &str) -> String {
    format!(
        "the proxy {} of PILOT_HTTP_PROXY did not connect to {}:{}: {why}",
        proxy.authority(),
        uri.host(),
        uri.port()
    )
}

/// A stream on which all reading and writing together has a deadline.
struct Timed<'a> {
    stream: &'a TcpStream,
    deadline: Duration,
}

impl Timed<'_> {
    /// From here on, the caller keeps the deadline.
    fn end(&self) -> io::Result<()> {
        self.stream.set_read_timeout(None)?;
        self.stream.set_write_timeout(None)
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        match self.deadline.saturating_sub(clock::boottime()) {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        let mut stream = self.stream;
        stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        let mut stream = self.stream;
        stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Class;
    use super::*;

    fn proxy() -> Proxy {
        "http://me:p%40s@proxy.example:3128".parse().unwrap()
    }

    fn control() -> ControlUri {
        "https://control.example:8443".parse().unwrap()
    }

    #[test]
    fn the_request_names_the_host_and_who_asks() {
        let request = request(&proxy(), &control());
        assert!(request.starts_with("CONNECT control.example:8443 HTTP/1.1\r\n"));
        assert!(request.contains("\r\nHost: control.example:8443\r\n"));
        assert!(request.contains("\r\nProxy-Authorization: Basic bWU6cEBz\r\n"));
        assert!(request.ends_with("\r\n\r\n"));
    }

    #[test]
    fn the_status_is_named_and_the_passwords_are_not() {
        let judged = |answer: &str| {
            let head = Head::read(&mut format!("{answer}\r\n\r\n").as_bytes()).unwrap();
            judge(&head, &proxy(), &control())
        };
        for tunnel in ["HTTP/1.1 200 Connection established", "HTTP/1.0 204"] {
            assert_eq!(judged(tunnel), Ok(()));
        }
        let fails = |answer: &str| judged(answer).unwrap_err();
        let failure = fails("HTTP/1.1 403 Forbidden by \u{202e}policy");
        assert!(failure.text.contains("403 Forbidden"), "{}", failure.text);
        assert!(!failure.text.contains('\u{202e}'));
        assert_eq!(
            fails("HTTP/1.1 504 Gateway Timeout").class,
            Class::Unreached
        );
        assert!(
            fails("HTTP/1.1 407 No")
                .text
                .contains("user and a password")
        );
        for none in ["SSH-2.0-x", "HTTP/1.1", "HTTP/1.1 20 x", ""] {
            assert!(fails(none).text.contains("not HTTP"), "{none}");
        }
    }
}
