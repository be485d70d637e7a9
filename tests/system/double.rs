//! A control service that the test plays itself, to say what the real one
//! never would. TLS, tokens and MACs are real.

use lab::host::Host;
use lab::programs::programs;
use lab::tls::{self, Stream};
use lab::{clean, run};
use rustls::{ServerConfig, ServerConnection};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use trust::{Algorithm, SecretKey};
use wire::HostKey;
use wire::answer::{Answer, HEADER};
use wire::enrol::{EnrolAnswer, EnrolRequest};
use wire::envelope::{Envelope, Signed};
use wire::ping::Ping;
use wire::register::{Operation, Registered};
use wire::token::Token;

/// A ping as it came.
pub struct Asked {
    pub token: Token,
    pub ping: Ping,
    /// The host's key, as it was enrolled.
    pub key: HostKey,
}

/// An HTTP answer.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub mac: Option<String>,
    pub body: Vec<u8>,
}

impl Asked {
    /// An answer with a good MAC.
    pub fn reply(&self, status: u16, body: Vec<u8>) -> Reply {
        let answer = Answer {
            host: self.token.host,
            n: self.token.n,
            status,
            body: &body,
        };
        Reply {
            status,
            mac: Some(answer.seal(&self.key, now())),
            body,
        }
    }

    /// There is nothing to do.
    pub fn nothing(&self) -> Reply {
        self.reply(204, vec![])
    }
}

pub fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A job key.
pub fn job_key() -> SecretKey {
    SecretKey::generate("job", Algorithm::Ed25519, now() - 10).unwrap()
}

/// A signed envelope, as the body of an answer.
pub fn signed(envelope: &Envelope, key: &SecretKey) -> Vec<u8> {
    serde_json::to_vec(&Signed::new(envelope, |message| key.sign(message, now())).unwrap()).unwrap()
}

pub type Script = Box<dyn FnMut(u32, &Asked) -> Reply + Send>;

/// A running double.
pub struct Double {
    port: u16,
    pings: Receiver<Ping>,
}

impl Double {
    /// Enrols every host, and answers its pings, which it counts from 1, as
    /// the script says.
    pub fn start(folder: &Path, script: Script) -> Self {
        let tls = folder.join("tls");
        run(clean(&programs().pilotctl)
            .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
            .arg(&tls));
        let config = tls::server(&tls);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, pings) = mpsc::channel();
        let service = Arc::new(Mutex::new(Service {
            script,
            key: None,
            count: 0,
            sender,
        }));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, service) = (Arc::clone(&config), Arc::clone(&service));
                thread::spawn(move || serve(stream, config, &service));
            }
        });
        Self { port, pings }
    }

    /// A host beside this double's folder that trusts `key`, with its agent
    /// running.
    pub fn host(&self, folder: &Path, key: &SecretKey, more: &str) -> Host {
        self.host_via(&format!("https://{}", self.authority()), folder, key, more)
    }

    /// `host:port`.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// As [`Double::host`], with other addresses than this double's own.
    pub fn host_via(&self, uris: &str, folder: &Path, key: &SecretKey, more: &str) -> Host {
        let mut host = self.host_to_start_via(uris, folder, key, more);
        host.start();
        host
    }

    /// As [`Double::host`], with its agent not started yet.
    pub fn host_to_start(&self, folder: &Path, key: &SecretKey, more: &str) -> Host {
        let uri = format!("https://{}", self.authority());
        self.host_to_start_via(&uri, folder, key, more)
    }

    fn host_to_start_via(&self, uris: &str, folder: &Path, key: &SecretKey, more: &str) -> Host {
        let host = Host::new(folder.join("host"), 1);
        host.write(".pilot_verify.pgp", &key.certificate().to_armor());
        let ca = folder.join("tls/ca.pem");
        host.configure(&format!(
            "PILOT_CTL_URI={uris}\nPILOT_CA_FILE={}\n{more}",
            ca.display()
        ));
        host
    }

    /// The next ping.
    pub fn next_ping(&self) -> Ping {
        self.pings
            .recv_timeout(Duration::from_secs(90))
            .expect("the agent pings")
    }
}

struct Service {
    script: Script,
    key: Option<HostKey>,
    count: u32,
    sender: Sender<Ping>,
}

impl Service {
    fn answer(&mut self, target: &str, authorization: Option<&str>, body: &[u8]) -> Reply {
        if target == "/enrol" {
            self.key = Some(serde_json::from_slice::<EnrolRequest>(body).unwrap().key);
            let enrolled = EnrolAnswer::Enrolled {
                interval: 1_000_000_000,
                root: None,
                keys: None,
            };
            return Reply {
                status: 201,
                mac: None,
                body: serde_json::to_vec(&enrolled).unwrap(),
            };
        }
        let token = Token::parse(authorization.unwrap()).unwrap();
        let key = self.key.clone().unwrap();
        if target == "/register" {
            let registered = Registered {
                operation: Operation::Inserted,
                interval: Some(1_000_000_000),
            };
            let asked = Asked {
                token,
                ping: Ping::default(),
                key,
            };
            return asked.reply(201, serde_json::to_vec(&registered).unwrap());
        }
        let asked = Asked {
            token,
            ping: serde_json::from_slice(body).unwrap(),
            key,
        };
        self.count += 1;
        let reply = (self.script)(self.count, &asked);
        let _ = self.sender.send(asked.ping);
        reply
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, service: &Mutex<Service>) -> Option<()> {
    let tls = Stream::new(ServerConnection::new(config).ok()?, stream);
    let mut reader = BufReader::new(tls);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let target = line()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<String> =
        std::iter::from_fn(|| line().filter(|line| !line.is_empty())).collect();
    let header = |name: &str| {
        let found = headers.iter().find_map(|line| {
            line.split_once(": ")
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        });
        found.map(|(_, value)| value)
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let reply = service
        .lock()
        .unwrap()
        .answer(&target, header("authorization"), &body);
    let mac = reply
        .mac
        .map(|mac| format!("{HEADER}: {mac}\r\n"))
        .unwrap_or_default();
    let length = match reply.status {
        204 => String::new(),
        _ => format!("Content-Length: {}\r\n", reply.body.len()),
    };
    // What is in front of a service says when to come back.
    let later = match (reply.status, mac.is_empty()) {
        (503, true) => "Retry-After: 1\r\n",
        _ => "",
    };
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 {} Answer\r\n{mac}{later}{length}Connection: close\r\n\r\n",
        reply.status
    )
    .ok()?;
    stream.write_all(&reply.body).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}
