//! One HTTP exchange with minreq, inside the courier.

use super::connect::Connected;
use super::exchange::{Exchange, Transport};
use super::frame::{Class, LinkFailure, RawAnswer};
use super::head::{Head, header, is_interim};
use super::{cas, connect, tls};
use crate::config::address::ControlUri;
use crate::sys::{clock, environment, handover, receive};
use std::io::{self, Read};
use wire::limits::MOST_ANSWER;
use wire::text::{is_cut, of_connection};
use wire::{answer, retry_after};

const MOST_HEADER_BYTES: usize = 16 << 10;
const MOST_STATUS_LINE_BYTES: usize = 1 << 10;

const MOST_BODY_BYTES: u64 = MOST_ANSWER as u64;

const NO_CONTENT: u16 = 204;

/// The library reads headers as UTF-8 and gives up where they are not (decision 47).
const NOT_UTF8: &str = "a header of the answer is not UTF-8: have the device that adds it (a proxy, \
     a load balancer) write it in ASCII";

/// Sends the request and reads the answer.
///
/// # Errors
/// [`LinkFailure`] when there is no complete HTTP answer within the limits.
pub(super) fn exchange(
    exchange: Exchange,
    transport: &Transport,
    connected: Connected<'_>,
) -> Result<RawAnswer, LinkFailure> {
    let uri = exchange.uri.clone();
    over_a_connection(&uri, transport, connected, || {
        let (head, body) = ask(request(exchange))?;
        let asked = head.header("Retry-After").unwrap_or_default();
        Ok(RawAnswer {
            status: acceptable(head.status)?,
            retry_after: retry_after::seconds(asked, head.header("Date"), clock::wall()),
            mac: head
                .header(answer::HEADER)
                .unwrap_or_default()
                .as_bytes()
                .to_vec(),
            body,
        })
    })
}

/// Asks whether control is up (`GET /`). The body of the report is the time that its answer
/// bears, in unix seconds, if it bears one.
///
/// # Errors
/// [`LinkFailure`] when there is no HTTP answer.
pub(super) fn probe(
    uri: &ControlUri,
    transport: &Transport,
    connected: Connected<'_>,
) -> Result<RawAnswer, LinkFailure> {
    over_a_connection(uri, transport, connected, || {
        let (head, _) = ask(bounded(minreq::get(uri.join("/"))))?;
        let time = head.header("Date").and_then(retry_after::unix);
        Ok(RawAnswer {
            status: acceptable(head.status)?,
            body: time
                .map_or_else(String::new, |time| time.to_string())
                .into(),
            ..Default::default()
        })
    })
}

/// The library takes the connection that is made here for its own.
fn over_a_connection(
    uri: &ControlUri,
    transport: &Transport,
    connected: Connected<'_>,
    work: impl FnOnce() -> Result<RawAnswer, LinkFailure>,
) -> Result<RawAnswer, LinkFailure> {
    prepare(transport)?;
    let connection = connect::connect(uri, transport, connected)?;
    handover::hand_over(connection);
    receive::release_text_while_waiting();
    let outcome = work();
    handover::take_back();
    outcome
}

fn prepare(transport: &Transport) -> Result<(), LinkFailure> {
    tls::install_ring();
    // With a time-out, the library starts a thread, for which there is no connection.
    environment::remove("MINREQ_TIMEOUT");
    if let Some(file) = &transport.ca_file {
        environment::set("SSL_CERT_FILE", cas::readable(file)?.as_os_str());
        environment::remove("SSL_CERT_DIR");
    }
    Ok(())
}

fn request(exchange: Exchange) -> minreq::Request {
    let mut request = bounded(minreq::post(exchange.uri.join(exchange.path)))
        .with_header("Content-Type", "application/json")
        .with_body(exchange.body);
    if let Some(token) = &exchange.authorization {
        request = request.with_header("Authorization", token);
    }
    if !exchange.wait.is_zero() {
        request = request.with_header("Prefer", format!("wait={}", exchange.wait.as_secs()));
    }
    request
}

/// A request that goes no other way than it should, for an answer of a head that
/// is bounded.
fn bounded(request: minreq::Request) -> minreq::Request {
    request
        .with_follow_redirects(false)
        .with_max_headers_size(MOST_HEADER_BYTES)
        .with_max_status_line_length(MOST_STATUS_LINE_BYTES)
        .with_header("User-Agent", concat!("pilot/", env!("CARGO_PKG_VERSION")))
}

/// Status and headers of an answer.
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

fn ask(request: minreq::Request) -> Result<(Answered, Vec<u8>), LinkFailure> {
    let mut response = request.send_lazy().map_err(|error| classify(&error))?;
    // The library takes a connection that is closed without an answer, and what is not
    // HTTP, for an answer of its own making.
    if response.reason_phrase == "Server did not provide a status line" {
        return Err(cut("the connection was closed without an HTTP answer"));
    }
    if is_interim(response.status_code) {
        return read_on(response).map_err(|error| unreadable(&error))?;
    }
    let head = Answered {
        status: response.status_code,
        headers: std::mem::take(&mut response.headers),
    };
    // A 204 has no body by definition; the library would wait for one.
    let mut body = Vec::new();
    if head.status != NO_CONTENT {
        let read = response.take(MOST_BODY_BYTES + 1).read_to_end(&mut body);
        read.map_err(|error| broke_off(&error))?;
    }
    within_bounds(head, body)
}

/// What the library takes for the body of an interim answer is the answer.
fn read_on(mut rest: minreq::ResponseLazy) -> io::Result<Result<(Answered, Vec<u8>), LinkFailure>> {
    let head = Head::read(&mut rest)?;
    let Some(status) = head.status else {
        return Err(io::Error::other(
            "what follows an interim answer is not HTTP",
        ));
    };
    let body = match status {
        NO_CONTENT => Vec::new(),
        _ => head.read_body(&mut rest, MOST_BODY_BYTES)?,
    };
    Ok(within_bounds(
        Answered {
            status,
            headers: head.headers,
        },
        body,
    ))
}

fn within_bounds(head: Answered, body: Vec<u8>) -> Result<(Answered, Vec<u8>), LinkFailure> {
    if body.len() as u64 > MOST_BODY_BYTES {
        return Err(LinkFailure::network(format!(
            "the answer is larger than {MOST_BODY_BYTES} bytes"
        )));
    }
    Ok((head, body))
}

fn acceptable(status: u16) -> Result<u16, LinkFailure> {
    match status {
        0..200 => Err(LinkFailure::network(format!(
            "the server answered with status {status}, which is none for such a request"
        ))),
        300..400 => Err(LinkFailure::network(format!(
            "the server answered with a redirect ({status}); redirects are not followed: set PILOT_CTL_URI to the service's own address"
        ))),
        _ => Ok(status),
    }
}

fn broke_off(error: &io::Error) -> LinkFailure {
    cut(format!("the answer broke off: {}", of_connection(error)))
}

fn unreadable(error: &io::Error) -> LinkFailure {
    match is_cut(error) {
        true => broke_off(error),
        false => LinkFailure::network(format!("the answer cannot be read: {error}")),
    }
}

fn classify(error: &minreq::Error) -> LinkFailure {
    if let Some(error) = tls_error(error) {
        return tls::explain(error);
    }
    let text = match error {
        minreq::Error::IoError(error) if is_cut(error) => return cut(of_connection(error)),
        minreq::Error::IoError(error) => error.to_string(),
        minreq::Error::HeadersOverflow => {
            format!("the answer's headers are longer than {MOST_HEADER_BYTES} bytes")
        }
        minreq::Error::StatusLineOverflow => {
            format!("the answer's first line is longer than {MOST_STATUS_LINE_BYTES} bytes")
        }
        minreq::Error::MalformedContentLength => "the answer's length makes no sense".to_owned(),
        minreq::Error::InvalidUtf8InResponse => NOT_UTF8.to_owned(),
        error => error.to_string(),
    };
    LinkFailure::network(text)
}

fn cut(text: impl Into<String>) -> LinkFailure {
    LinkFailure {
        class: Class::Cut,
        text: text.into(),
    }
}

fn tls_error(error: &minreq::Error) -> Option<&rustls::Error> {
    match error {
        minreq::Error::RustlsCreateConnection(error) => Some(error),
        minreq::Error::IoError(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_control_redirects() {
        assert!(acceptable(302).is_err());
        assert_eq!(acceptable(401), Ok(401));
    }
}
