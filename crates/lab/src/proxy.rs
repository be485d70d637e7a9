//! An HTTP proxy that makes tunnels (CONNECT, RFC 9110, section 9.3.6) for
//! those whom it knows.

use crate::relay::{Conditions, pass};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use wire::encoding::base64;

pub struct Proxy {
    address: String,
    desk: Arc<Desk>,
}

/// Where tunnels are asked for.
#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
    /// What somebody has to say who is known.
    wanted: String,
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

impl Proxy {
    /// Listens at a free port and wants this user and password.
    pub fn demanding(user: &str, password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let desk = Arc::new(Desk {
            wanted: format!("Basic {}", base64(format!("{user}:{password}").as_bytes())),
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

    pub fn book(&self) -> Book {
        self.desk.book.lock().unwrap().clone()
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
        let mut lines = BufReader::new(client.try_clone()?).lines();
        let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let mut known = false;
        for line in lines.by_ref() {
            let line = line?;
            if line.is_empty() {
                break;
            }
            let header = line.split_once(": ");
            known |= header.is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("proxy-authorization") && value == self.wanted
            });
        }
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        if !known {
            self.book.lock().unwrap().refused.push(target);
            return refuse(
                client,
                "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic",
            );
        }
        self.wait_for_release(&target);
        let server = TcpStream::connect(&target)?;
        self.book.lock().unwrap().made.push(target);
        let mut answering = client.try_clone()?;
        answering.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        pass(client, server, Arc::new(Conditions::default()));
        Ok(())
    }

    fn wait_for_release(&self, target: &str) {
        let held = self.held.lock().unwrap();
        if *held {
            self.book.lock().unwrap().waiting.push(target.to_owned());
            drop(self.released.wait_while(held, |held| *held));
        }
    }
}

fn refuse(mut client: TcpStream, status: &str) -> io::Result<()> {
    // In one piece, as proxies do: the agent's library reads no further.
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    client.write_all(head.as_bytes())
}
