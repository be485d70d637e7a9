//! What stands between a host and control: it passes bytes on, and can lose
//! the answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

pub struct Relay {
    port: u16,
    losing: Arc<AtomicBool>,
    lost: Arc<AtomicU32>,
}

impl Relay {
    /// Passes connections on to `target`, `host:port`.
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Self {
            port,
            losing: Arc::default(),
            lost: Arc::default(),
        };
        let (losing, lost) = (Arc::clone(&relay.losing), Arc::clone(&relay.lost));
        let target = target.to_owned();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&target);
                let Ok(server) = server else { continue };
                pass(client, server, Arc::clone(&losing), Arc::clone(&lost));
            }
        });
        relay
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// From now on answers are lost, or no longer.
    pub fn lose_answers(&self, lose: bool) {
        self.losing.store(lose, Ordering::SeqCst);
    }

    /// How many answers were lost.
    pub fn lost(&self) -> u32 {
        self.lost.load(Ordering::SeqCst)
    }
}

/// A handshake takes three flights; application data of the server comes
/// after the client's second one.
fn pass(client: TcpStream, server: TcpStream, losing: Arc<AtomicBool>, lost: Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        copy(from, to, |_| {
            count.fetch_add(1, Ordering::SeqCst);
            true
        });
    });
    thread::spawn(move || {
        copy(server, client, |bytes| {
            // Type 23 is application data (RFC 8446, section 5.1); a job
            // request is longer than the session tickets.
            let is_answer = asked.load(Ordering::SeqCst) > 1 && bytes[0] == 23 && bytes.len() > 900;
            let lose = is_answer && losing.load(Ordering::SeqCst);
            if lose {
                lost.fetch_add(1, Ordering::SeqCst);
            }
            !lose
        });
    });
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut pass_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 64 << 10];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if !pass_on(&buffer[..n]) || to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
