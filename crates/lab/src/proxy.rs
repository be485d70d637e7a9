//! An HTTP proxy that makes tunnels (CONNECT, RFC 9110, section 9.3.6) for
//! those whom it knows.

use crate::relay::{Conditions, pass};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use wire::encoding::base64;

pub struct Proxy {
    address: String,
    book: Arc<Mutex<Book>>,
}

/// What was asked of it: `host:port` of each tunnel.
#[derive(Clone, Default)]
pub struct Book {
    pub made: Vec<String>,
    pub refused: Vec<String>,
}

impl Proxy {
    /// Listens at a free port and wants this user and password.
    pub fn demanding(user: &str, password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let book = Arc::<Mutex<Book>>::default();
        let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (wanted, book) = (wanted.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(client, &wanted, &book));
            }
        });
        Self { address, book }
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.address
    }

    pub fn book(&self) -> Book {
        self.book.lock().unwrap().clone()
    }
}

fn serve(client: TcpStream, wanted: &str, book: &Mutex<Book>) -> io::Result<()> {
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
            name.eq_ignore_ascii_case("proxy-authorization") && value == wanted
        });
    }
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    if !known {
        book.lock().unwrap().refused.push(target);
        return refuse(
            client,
            "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic",
        );
    }
    let server = TcpStream::connect(&target)?;
    book.lock().unwrap().made.push(target);
    let mut answering = client.try_clone()?;
    answering.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    pass(client, server, Arc::new(Conditions::default()));
    Ok(())
}

fn refuse(mut client: TcpStream, status: &str) -> io::Result<()> {
    // In one piece, as proxies do: the agent's library reads no further.
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    client.write_all(head.as_bytes())
}
