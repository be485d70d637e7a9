//! A tunnel through an HTTP proxy (CONNECT, RFC 9110, section 9.3.6).

use crate::failure::{Failure, Refusal};
use crate::head;
use crate::names::{deadline, host_and_port};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::Uri;
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Proxy, ProxyProtocol};

/// Asks the configuration's proxy, if it has one, for a tunnel to the server.
#[derive(Debug)]
pub(crate) struct Tunnel;

/// Whether this proxy makes tunnels. SOCKS proxies are not supported.
#[must_use]
pub fn supports(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
}

impl Connector<()> for Tunnel {
    type Out = Through;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Through>, Error> {
        match details.config.proxy() {
            Some(proxy) if !proxy.is_no_proxy(details.uri) => through(proxy, details).map(Some),
            _ => Ok(None),
        }
    }
}

fn through(proxy: &Proxy, details: &ConnectionDetails<'_>) -> Result<Through, Error> {
    if !supports(proxy) {
        return Err(Failure::Proxy(Refusal::NotHttp).into());
    }
    let steps = Steps::until(details.timeout);
    let request = request(proxy, details.uri, details.config.user_agent())?;
    let mut line = to_proxy(proxy, details)?;
    send(&mut *line, &request, &steps)?;
    match receive(&mut *line, &steps)? {
        200..=299 => Ok(Through(line)),
        status => Err(Failure::Proxy(Refusal::Status(status)).into()),
    }
}

/// A connection to the proxy itself, with TLS if its address is one of `https`.
fn to_proxy(proxy: &Proxy, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> {
    let config = Config::builder()
        .proxy(None)
        .tls_config(details.config.tls_config().clone())
        .build();
    let uri = proxy.uri();
    let addrs = details.resolver.resolve(uri, &config, details.timeout)?;
    (details.run_connector)(&ConnectionDetails {
        uri,
        addrs,
        config: &config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    })
}

fn request(proxy: &Proxy, target: &Uri, agent: &AutoHeaderValue) -> Result<Vec<u8>, Error> {
    let (host, port) = host_and_port(target)?;
    let target = match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    };
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let AutoHeaderValue::Provided(agent) = agent {
        head += &format!("User-Agent: {agent}\r\n");
    }
    if proxy.username().is_some() || proxy.password().is_some() {
        let [user, password] = [proxy.username(), proxy.password()].map(Option::unwrap_or_default);
        let pair = STANDARD.encode(format!("{user}:{password}"));
        head += &format!("Proxy-Authorization: Basic {pair}\r\n");
    }
    Ok(format!("{head}\r\n").into_bytes())
}

fn send(line: &mut dyn Transport, request: &[u8], steps: &Steps) -> Result<(), Error> {
    let space = line.buffers().output().len();
    for part in request.chunks(space) {
        line.buffers().output()[..part.len()].copy_from_slice(part);
        let sent = line.transmit_output(part.len(), steps.next()?);
        sent.map_err(of_proxy)?;
    }
    Ok(())
}

/// The status of the proxy's answer. The bytes after its head belong to the tunnel.
fn receive(line: &mut dyn Transport, steps: &Steps) -> Result<u16, Error> {
    let mut interim = 0;
    loop {
        let came = line.buffers().input();
        if let Some(head) = head::parse(came).map_err(Failure::Proxy)? {
            line.buffers().input_consume(head.length);
            if !matches!(head.status, 100..=199) {
                return Ok(head.status);
            }
            interim += head.length;
            if interim > head::MOST {
                return Err(Failure::Proxy(Refusal::Endless).into());
            }
            continue;
        }
        if !line.await_input(steps.next()?).map_err(of_proxy)? {
            return Err(Failure::Proxy(Refusal::Closed).into());
        }
    }
}

/// Turns an error of the connection to the proxy into one that names the proxy.
fn of_proxy(error: Error) -> Error {
    let refusal = match &error {
        Error::Timeout(_) => Refusal::Silent,
        Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
                Refusal::Closed
            }
            _ => return error,
        },
        _ => return error,
    };
    Failure::Proxy(refusal).into()
}

/// One deadline for all steps: a proxy may answer byte by byte.
struct Steps {
    whole: NextTimeout,
    deadline: Option<Instant>,
}

impl Steps {
    fn until(whole: NextTimeout) -> Self {
        let deadline = deadline(whole);
        Self { whole, deadline }
    }

    /// What is left for the next step.
    fn next(&self) -> Result<NextTimeout, Error> {
        let Some(deadline) = self.deadline else {
            return Ok(self.whole);
        };
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(Failure::Proxy(Refusal::Silent).into()),
            left => Ok(NextTimeout {
                after: left.into(),
                ..self.whole
            }),
        }
    }
}

/// A tunnel. The server at its other end has TLS of its own.
#[derive(Debug)]
pub(crate) struct Through(Box<dyn Transport>);

impl Transport for Through {
    fn buffers(&mut self) -> &mut dyn ureq::unversioned::transport::Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}
