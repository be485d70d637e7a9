//! A registry on loopback, over TLS with a CA of its own, that answers what a test sets.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(crate) struct Answer {
    /// 0 where the connection is closed without an answer.
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
    /// The length to declare, if it is not the body's.
    pub(crate) length: Option<usize>,
    /// Whether to send the body again and again, until the client stops reading.
    pub(crate) is_endless: bool,
    /// How much of the request's body to read before answering, if not all.
    pub(crate) after: Option<usize>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }
}

#[derive(Clone)]
pub(crate) struct Request {
    /// `METHOD path`.
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) range: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// In their order; the last one stays.
type Answers = Arc<Mutex<BTreeMap<String, Vec<Answer>>>>;

pub(crate) struct Registry {
    pub(crate) ca: String,
    /// `127.0.0.1:PORT`.
    pub(crate) domain: String,
    answers: Answers,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        Self::with_certificate(|_| {})
    }

    /// With a certificate that differs from a good one.
    pub(crate) fn with_certificate(change: impl Fn(&mut CertificateParams)) -> Self {
        let (ca, config) = certificates(change);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Self {
            ca,
            domain: listener.local_addr().unwrap().to_string(),
            answers: Arc::default(),
            requests: Arc::default(),
        };
        let (answers, requests) = (registry.answers.clone(), registry.requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that gives up is what some tests are about.
                let _ = serve(stream.unwrap(), &config, &answers, &requests);
            }
        });
        registry
    }

    /// Answers `METHOD path` with this from now on.
    pub(crate) fn answer(&self, line: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.insert(line.to_owned(), vec![answer]);
    }

    /// Answers with these before it goes on as it would.
    pub(crate) fn answer_first(&self, line: &str, first: impl IntoIterator<Item = Answer>) {
        let mut answers = self.answers.lock().unwrap();
        answers.get_mut(line).unwrap().splice(..0, first);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Offers a package's two files, as `ops/hello` with the tag `1`.
    pub(crate) fn offer(&self, reference: &str, seal: &[u8], archive: &[u8]) {
        let manifest = format!("{{\"ref\": \"{reference}\"}}");
        self.answer(
            "GET /package/manifest/ops/hello/1",
            Answer::new(200, manifest),
        );
        self.answer(
            &format!("GET /package/seal/ops/hello/{reference}"),
            Answer::new(200, seal),
        );
        self.answer(
            &format!("GET /package/archive/ops/hello/{reference}"),
            Answer::new(200, archive),
        );
    }

    /// Offers what lies in a store.
    pub(crate) fn offer_from(&self, store: &Path, reference: &str) {
        let read =
            |extension| std::fs::read(store.join(format!("{reference}.{extension}"))).unwrap();
        self.offer(reference, &read("json"), &read("zip"));
    }

    /// The name that leads to what is offered.
    pub(crate) fn name(&self) -> String {
        format!("{}/ops/hello:1", self.domain)
    }
}

fn certificates(change: impl Fn(&mut CertificateParams)) -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    change(&mut leaf);
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (ca.pem(), Arc::new(config))
}

fn serve(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
    answers: &Answers,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config.clone()).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut request = read_head(&mut stream)?;
    let answer = next(answers, &request.line);
    let read = answer.after.unwrap_or(request.body.len());
    stream.read_exact(&mut request.body[..read])?;
    requests.lock().unwrap().push(request);
    let stream = stream.get_mut();
    if answer.status == 0 {
        return Ok(());
    }
    if answer.is_endless {
        return say_for_ever(stream, &answer);
    }
    let length = answer.length.unwrap_or(answer.body.len());
    // In one piece: what waits for an acknowledgement is lost to who sends on.
    let head = format!(
        "HTTP/1.1 {} Answer\r\nContent-Length: {length}\r\nConnection: close\r\n{}\r\n",
        answer.status, answer.headers
    );
    stream.write_all(&[head.as_bytes(), &answer.body].concat())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn next(answers: &Answers, line: &str) -> Answer {
    match answers.lock().unwrap().get_mut(line) {
        None => Answer::new(404, "nothing here"),
        Some(last) if last.len() == 1 => last[0].clone(),
        Some(queue) => queue.remove(0),
    }
}

fn say_for_ever(stream: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} Answer\r\n\r\n", answer.status)?;
    loop {
        stream.write_all(&answer.body)?;
    }
}

/// The body has its length, and is still to come.
fn read_head(stream: &mut impl BufRead) -> std::io::Result<Request> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let mut pairs = head.iter().filter_map(|line| line.split_once(": "));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    Ok(Request {
        line: head
            .first()
            .map_or("", |line| line.trim_end_matches(" HTTP/1.1"))
            .to_owned(),
        authorization: header("authorization"),
        range: header("range"),
        body: vec![0; length],
    })
}
