//! An HTTP proxy that makes tunnels (CONNECT, RFC 9110, section 9.3.6), for those
//! whom it knows, and answers as differently as real ones do.

use crate::relay::{Conditions, pass};
use crate::segments;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use wire::encoding::base64;

pub struct Proxy {
    address: String,
    desk: Arc<Desk>,
}

/// How it answers who asks for a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// With a short 200.
    #[default]
    Usual,
    /// With a 200 in two segments, the second one not before the first is read.
    InTwo,
    /// With a 200 whose head has exactly this many bytes.
    Long(usize),
    /// With this status of 2xx.
    Success(u16),
    /// With 400 to whom does not say `Host` (RFC 9112, section 3.2).
    Strict,
    /// With this status and no tunnel.
    Refusal(u16),
    /// With a head without end, on lines.
    Endless,
    /// With a line without end.
    EndlessLine,
    /// Never.
    Silence,
    /// By closing the connection in the middle of its answer.
    CutOff,
}

/// Where tunnels are asked for.
#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
    /// What somebody has to say who is known, if that matters.
    wanted: Option<String>,
    manner: Mutex<Manner>,
    /// Where a target really is, `host:port` both.
    targets: Mutex<HashMap<String, String>>,
    held: Mutex<bool>,
    released: Condvar,
}

/// What was asked of it: `host:port` of each tunnel.
#[derive(Clone, Default)]
pub struct Book {
    /// Those that came while tunnels were held.
    pub waiting: Vec<String>,
    pub made: Vec<String>,
    pub refused: Vec<String>,
}

/// The head of a request for a tunnel.
struct Asked {
    target: String,
    /// Names in lower case.
    headers: HashMap<String, String>,
}

impl Proxy {
    /// Listens at a free port and wants this user and password.
    pub fn demanding(user: &str, password: &str) -> Self {
        let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        Self::listen("127.0.0.1", Some(wanted))
    }

    /// Listens at a free port of an address for everybody.
    pub fn open(ip: &str) -> Self {
        Self::listen(ip, None)
    }

    fn listen(ip: &str, wanted: Option<String>) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let desk = Arc::new(Desk {
            wanted,
            ..Desk::default()
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

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.address
    }

    pub fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    pub fn book(&self) -> Book {
        self.desk.book.lock().unwrap().clone()
    }

    /// From now on it answers in this manner.
    pub fn answer(&self, manner: Manner) {
        *self.desk.manner.lock().unwrap() = manner;
    }

    /// From now on, tunnels to `target` lead to `address`, `host:port` both: a proxy
    /// looks up names itself.
    pub fn lead(&self, target: &str, address: &str) {
        let mut targets = self.desk.targets.lock().unwrap();
        targets.insert(target.to_owned(), address.to_owned());
    }

    /// From now on tunnels are made later, when they are released.
    pub fn hold(&self) {
        *self.desk.held.lock().unwrap() = true;
    }

    pub fn release(&self) {
        *self.desk.held.lock().unwrap() = false;
        self.desk.book.lock().unwrap().waiting.clear();
        self.desk.released.notify_all();
    }
}

impl Desk {
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let asked = read(&client)?;
        let manner = *self.manner.lock().unwrap();
        if let Some(status) = self.refusal(&asked, manner) {
            self.book.lock().unwrap().refused.push(asked.target);
            return refuse(client, &status);
        }
        self.wait_for_release(&asked.target);
        match manner {
            Manner::Endless => return flood(client, "X-More: of the same\r\n"),
            Manner::EndlessLine => return flood(client, "X-More: of the same"),
            Manner::Silence => return io::copy(&mut &client, &mut io::sink()).map(drop),
            Manner::CutOff => return say(&client, "HTTP/1.1 200 Conn"),
            _ => {}
        }
        let server = TcpStream::connect(self.address_of(&asked.target))?;
        self.book.lock().unwrap().made.push(asked.target);
        accept(&client, manner)?;
        pass(client, server, Arc::new(Conditions::default()));
        Ok(())
    }

    /// Why there is no tunnel, if there is none: a status, and what belongs to it.
    fn refusal(&self, asked: &Asked, manner: Manner) -> Option<String> {
        const UNKNOWN: &str = "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic";
        let said = asked.headers.get("proxy-authorization");
        match manner {
            _ if self.wanted.is_some() && self.wanted.as_ref() != said => Some(UNKNOWN.into()),
            Manner::Refusal(407) => Some(UNKNOWN.into()),
            Manner::Refusal(status) => Some(format!("{status} Refused")),
            Manner::Strict if asked.headers.get("host") != Some(&asked.target) => {
                Some("400 Bad Request".into())
            }
            _ => None,
        }
    }

    fn address_of(&self, target: &str) -> String {
        let targets = self.targets.lock().unwrap();
        targets
            .get(target)
            .map_or(target, String::as_str)
            .to_owned()
    }

    fn wait_for_release(&self, target: &str) {
        let held = self.held.lock().unwrap();
        if *held {
            self.book.lock().unwrap().waiting.push(target.to_owned());
            drop(self.released.wait_while(held, |held| *held));
        }
    }
}

/// Reads the head of a request; nothing comes behind it before the answer.
fn read(client: &TcpStream) -> io::Result<Asked> {
    let mut lines = BufReader::new(client).take(16 << 10).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
    }
    Ok(Asked {
        target: first.split(' ').nth(1).unwrap_or_default().to_owned(),
        headers,
    })
}

fn accept(client: &TcpStream, manner: Manner) -> io::Result<()> {
    const USUAL: &str = "HTTP/1.1 200 Connection established\r\n";
    match manner {
        Manner::InTwo => segments::send(client, &[USUAL.as_bytes(), b"Via: 1.1 lab\r\n\r\n"]),
        Manner::Long(bytes) => {
            let frame = USUAL.len() + "Via: \r\n\r\n".len();
            let filling = "x".repeat(bytes - frame);
            say(client, &format!("{USUAL}Via: {filling}\r\n\r\n"))
        }
        Manner::Success(status) => say(client, &format!("HTTP/1.1 {status} Fine\r\n\r\n")),
        _ => say(client, &format!("{USUAL}\r\n")),
    }
}

fn refuse(client: TcpStream, status: &str) -> io::Result<()> {
    // In one piece, as proxies do: the agent's library reads no further.
    say(
        &client,
        &format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"),
    )
}

fn say(mut client: &TcpStream, text: &str) -> io::Result<()> {
    client.write_all(text.as_bytes())
}

/// Says it until the client goes away.
fn flood(client: TcpStream, text: &str) -> io::Result<()> {
    say(&client, "HTTP/1.1 200 Connection established\r\n")?;
    let text = text.repeat(100);
    loop {
        say(&client, &text)?;
    }
}
