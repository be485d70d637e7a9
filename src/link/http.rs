//! One HTTP exchange with minreq, inside the courier.

use super::address::ControlUri;
use super::exchange::{Exchange, Transport};
use super::frame::{Class, LinkFailure, RawAnswer};
use super::{cas, tls};
use crate::sys::{clock, environment};
use std::io::{self, ErrorKind, Read};
use wire::limits::MOST_ANSWER;
use wire::text::of_connection;
use wire::{answer, retry_after};

const MOST_HEADER_BYTES: usize = 16 << 10;
const MOST_STATUS_LINE_BYTES: usize = 1 << 10;

const MOST_BODY_BYTES: u64 = MOST_ANSWER as u64;

const NO_CONTENT: u16 = 204;

/// The library would take a proxy from these; the configuration alone counts.
const PROXY_VARIABLES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// Sends the request and reads the answer.
///
/// # Errors
/// [`LinkFailure`] when there is no complete HTTP answer within the limits.
pub(super) fn exchange(
    exchange: Exchange,
    transport: &Transport,
) -> Result<RawAnswer, LinkFailure> {
    prepare(transport)?;
    let response = request(exchange, transport)?
        .send_lazy()
        .map_err(|error| classify(&error, transport))?;
    expect_head(&response)?;
    let asked = header(&response, "Retry-After").unwrap_or_default();
    let mut answer = RawAnswer {
        status: response_status(response.status_code)?,
        retry_after: retry_after::seconds(asked, header(&response, "Date"), clock::wall()),
        mac: header(&response, answer::HEADER)
            .unwrap_or_default()
            .as_bytes()
            .to_vec(),
        body: Vec::new(),
    };
    // A 204 has no body by definition; the library would wait for one.
    if answer.status != NO_CONTENT {
        answer.body = read_body(response)?;
    }
    Ok(answer)
}

/// Asks whether the service is up (`GET /`). The body of what is returned is
/// the time that its answer bears, in unix seconds, if it bears one.
///
/// # Errors
/// [`LinkFailure`] when there is no HTTP answer.
pub(super) fn probe(uri: &ControlUri, transport: &Transport) -> Result<RawAnswer, LinkFailure> {
    prepare(transport)?;
    let response = bounded(minreq::get(uri.join("/")), transport)?
        .send_lazy()
        .map_err(|error| classify(&error, transport))?;
    expect_head(&response)?;
    let time = header(&response, "Date").and_then(retry_after::unix);
    Ok(RawAnswer {
        status: response_status(response.status_code)?,
        body: time
            .map_or_else(String::new, |time| time.to_string())
            .into(),
        ..Default::default()
    })
}

fn prepare(transport: &Transport) -> Result<(), LinkFailure> {
    tls::install_ring();
    PROXY_VARIABLES.into_iter().for_each(environment::remove);
    if let Some(file) = &transport.ca_file {
        environment::set("SSL_CERT_FILE", cas::readable(file)?.as_os_str());
        environment::remove("SSL_CERT_DIR");
    }
    Ok(())
}

fn request(exchange: Exchange, transport: &Transport) -> Result<minreq::Request, LinkFailure> {
    let mut request = bounded(minreq::post(exchange.uri.join(exchange.path)), transport)?
        .with_header("Content-Type", "application/json")
        .with_body(exchange.body);
    if let Some(token) = &exchange.authorization {
        request = request.with_header("Authorization", token);
    }
    if !exchange.wait.is_zero() {
        request = request.with_header("Prefer", format!("wait={}", exchange.wait.as_secs()));
    }
    Ok(request)
}

/// A request that goes no other way than it should, for an answer of a head that
/// is bounded.
fn bounded(
    request: minreq::Request,
    transport: &Transport,
) -> Result<minreq::Request, LinkFailure> {
    let request = request
        .with_follow_redirects(false)
        .with_max_headers_size(MOST_HEADER_BYTES)
        .with_max_status_line_length(MOST_STATUS_LINE_BYTES)
        .with_header("User-Agent", concat!("pilot/", env!("CARGO_PKG_VERSION")));
    match &transport.proxy {
        Some(proxy) => {
            let proxy = minreq::Proxy::new(proxy.verbatim())
                .map_err(|error| classify(&error, transport))?;
            Ok(request.with_proxy(proxy))
        }
        None => Ok(request),
    }
}

/// The library takes a connection that is closed without an answer, and what is
/// not HTTP, for an answer of its own making.
fn expect_head(response: &minreq::ResponseLazy) -> Result<(), LinkFailure> {
    if response.reason_phrase == "Server did not provide a status line" {
        return Err(cut("the connection was closed without an HTTP answer"));
    }
    Ok(())
}

fn response_status(status: u16) -> Result<u16, LinkFailure> {
    match status {
        // The library does not read on to the answer itself (RFC 9110, section
        // 15.2), and there may never be one.
        0..200 => Err(LinkFailure::network(format!(
            "the server sent an interim answer ({status}) that nobody asked for"
        ))),
        300..400 => Err(LinkFailure::network(format!(
            "the server answered with a redirect ({status}); redirects are not followed: set PILOT_CTL_URI to the service's own address"
        ))),
        _ => Ok(status),
    }
}

fn header<'a>(response: &'a minreq::ResponseLazy, name: &str) -> Option<&'a str> {
    let mut headers = response.headers.iter();
    headers
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn read_body(response: minreq::ResponseLazy) -> Result<Vec<u8>, LinkFailure> {
    let mut body = Vec::new();
    let read = response.take(MOST_BODY_BYTES + 1).read_to_end(&mut body);
    read.map_err(|error| cut(format!("the answer broke off: {}", of_connection(&error))))?;
    if body.len() as u64 > MOST_BODY_BYTES {
        return Err(LinkFailure::network(format!(
            "the answer is larger than {MOST_BODY_BYTES} bytes"
        )));
    }
    Ok(body)
}

fn classify(error: &minreq::Error, transport: &Transport) -> LinkFailure {
    if let Some(error) = tls_error(error) {
        return tls::explain(error);
    }
    if let minreq::Error::IoError(error) = error
        && is_cut(error)
    {
        return cut(of_connection(error));
    }
    let text = match &transport.proxy {
        Some(proxy) => format!(
            "the proxy {} of PILOT_HTTP_PROXY {}",
            proxy.authority(),
            of_proxy(error)
        ),
        None => error.to_string(),
    };
    if is_before_connection(error) {
        return LinkFailure::unreached(text);
    }
    LinkFailure::network(text)
}

/// Whether there was no connection yet, to the service or to the proxy.
fn is_before_connection(error: &minreq::Error) -> bool {
    match error {
        minreq::Error::AddressNotFound => true,
        minreq::Error::IoError(error) => {
            matches!(
                error.kind(),
                ErrorKind::ConnectionRefused
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::NetworkDown
                    | ErrorKind::AddrNotAvailable
            ) || is_of_lookup(error)
        }
        _ => false,
    }
}

/// The standard library has no kind for an answer of the resolver.
fn is_of_lookup(error: &io::Error) -> bool {
    let text = error.to_string();
    text.starts_with("failed to lookup address information")
}

/// With a proxy on the way, nothing else is resolved and connected to.
fn of_proxy(error: &minreq::Error) -> String {
    match error {
        minreq::Error::InvalidProxyCreds => {
            "wants to know who asks, and does not accept the user and password there".to_owned()
        }
        minreq::Error::BadProxy | minreq::Error::ProxyConnect => {
            "did not make the connection".to_owned()
        }
        error => format!("cannot be reached: {error}"),
    }
}

/// Whether a connection that there was is there no more.
fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::TimedOut
    )
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
    use std::net::TcpStream;
    use std::time::Duration;

    #[test]
    fn abuse_control_redirects() {
        assert!(response_status(302).is_err());
        assert_eq!(response_status(401), Ok(401));
    }

    #[test]
    fn what_fails_before_there_is_a_connection_has_reached_no_server() {
        let transport = Transport {
            ca_file: None,
            proxy: None,
            patience: Duration::ZERO,
        };
        let class = |error: io::Error| classify(&minreq::Error::IoError(error), &transport).class;
        for place in ["127.0.0.1:1", "no-such-host.invalid:1"] {
            let error = TcpStream::connect(place).unwrap_err();
            assert_eq!(class(error), Class::Unreached, "{place}");
        }
        assert_eq!(class(ErrorKind::ConnectionReset.into()), Class::Cut);
        assert_eq!(class(ErrorKind::InvalidData.into()), Class::Network);
    }
}
