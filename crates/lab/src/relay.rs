//! What stands between a host and control: it passes bytes on, and can lose
//! the answers, take its time, or lose patience.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Relay {
    address: String,
    conditions: Arc<Conditions>,
}

/// How the relay is doing. All times are in milliseconds; zero means never.
#[derive(Default)]
pub(crate) struct Conditions {
    losing: AtomicBool,
    lost: AtomicU32,
    delay: AtomicU64,
    cut_after: AtomicU64,
    swallow_after: AtomicU64,
    /// In bytes.
    break_after: AtomicU64,
    connections: AtomicU32,
    bytes: AtomicU64,
    holding: Mutex<Holding>,
    changed: Condvar,
}

/// Whether answers are kept back, and how many are.
#[derive(Default)]
struct Holding {
    holds: bool,
    held: u32,
}

impl Conditions {
    /// Waits while answers are kept back; whether this one was.
    fn holds_answer(&self) -> bool {
        let mut holding = self.holding.lock().unwrap();
        if !holding.holds {
            return false;
        }
        holding.held += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(holding, |it| it.holds).unwrap());
        true
    }
}

impl Relay {
    /// Passes connections on to `target`, `host:port`.
    pub fn to(target: &str) -> Self {
        Self::listen("127.0.0.1", target)
    }

    /// Listens at a free port of `ip`.
    pub fn listen(ip: &str, target: &str) -> Self {
        Self::listen_at(ip, 0, target)
    }

    /// Listens at this port of `ip`.
    pub fn listen_at(ip: &str, port: u16, target: &str) -> Self {
        let listener = TcpListener::bind((ip, port)).unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap().to_string(),
            conditions: Arc::default(),
        };
        let conditions = Arc::clone(&relay.conditions);
        let target = target.to_owned();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                conditions.connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(&target);
                let Ok(server) = server else { continue };
                pass(client, server, Arc::clone(&conditions));
            }
        });
        relay
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.address
    }

    /// From now on answers are lost, or no longer.
    pub fn lose_answers(&self, lose: bool) {
        self.conditions.losing.store(lose, Ordering::SeqCst);
    }

    /// Keeps answers of any length back from now on.
    pub fn hold_answers(&self) {
        let holds = Holding {
            holds: true,
            held: 0,
        };
        *self.conditions.holding.lock().unwrap() = holds;
    }

    /// Waits until an answer is kept back, and loses what is, with its connections; what comes
    /// later is passed on.
    pub fn lose_held(&self) {
        let Conditions {
            holding, changed, ..
        } = &*self.conditions;
        let holding = holding.lock().unwrap();
        let waited = changed.wait_timeout_while(holding, PATIENCE, |it| it.held == 0);
        let (mut holding, waited) = waited.unwrap();
        assert!(!waited.timed_out(), "no answer came");
        holding.holds = false;
        changed.notify_all();
    }

    /// How many answers were lost.
    pub fn lost(&self) -> u32 {
        self.conditions.lost.load(Ordering::SeqCst)
    }

    /// From now on bytes take this long, in both directions.
    pub fn delay(&self, delay: Duration) {
        set(&self.conditions.delay, delay);
    }

    /// Closes connections this long after the last byte, as many proxies do;
    /// zero ends that. Connections that are there already are not affected.
    pub fn cut_after(&self, silence: Duration) {
        set(&self.conditions.cut_after, silence);
    }

    /// Forgets connections this long after the last byte, as many NATs do:
    /// nothing is passed on any more, without a sign to either end; zero ends that.
    pub fn swallow_after(&self, silence: Duration) {
        set(&self.conditions.swallow_after, silence);
    }

    /// Breaks each connection off once it has passed on so many bytes in one direction;
    /// zero ends that.
    pub fn break_after(&self, bytes: u64) {
        self.conditions.break_after.store(bytes, Ordering::SeqCst);
    }

    /// How many connections there were.
    pub fn connections(&self) -> u32 {
        self.conditions.connections.load(Ordering::SeqCst)
    }

    /// How many bytes were passed on, in both directions together.
    pub fn bytes(&self) -> u64 {
        self.conditions.bytes.load(Ordering::SeqCst)
    }
}

fn set(field: &AtomicU64, time: Duration) {
    field.store(time.as_millis().try_into().unwrap(), Ordering::SeqCst);
}

fn get(field: &AtomicU64) -> Option<Duration> {
    let milliseconds = field.load(Ordering::SeqCst);
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

/// A handshake takes three flights; application data of the server comes
/// after the client's second one.
pub(crate) fn pass(client: TcpStream, server: TcpStream, conditions: Arc<Conditions>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let line = Arc::new(Line {
        ends: [client.try_clone().unwrap(), server.try_clone().unwrap()],
        swallows: AtomicBool::new(false),
        quiet_since: Mutex::new(Instant::now()),
        conditions,
    });
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    line.clone().carry(from, to, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        true
    });
    let conditions = Arc::clone(&line.conditions);
    line.clone().carry(server, client, move |bytes| {
        // Type 23 is application data (RFC 8446, section 5.1); a job
        // request is longer than the session tickets.
        let is_answer = asked.load(Ordering::SeqCst) > 1 && bytes[0] == 23 && bytes.len() > 900;
        let held = asked.load(Ordering::SeqCst) > 1 && conditions.holds_answer();
        let lose = held || is_answer && conditions.losing.load(Ordering::SeqCst);
        if lose {
            conditions.lost.fetch_add(1, Ordering::SeqCst);
        }
        !lose
    });
    line.lose_patience();
}

/// One connection through the relay.
struct Line {
    ends: [TcpStream; 2],
    swallows: AtomicBool,
    quiet_since: Mutex<Instant>,
    conditions: Arc<Conditions>,
}

impl Line {
    /// Passes bytes on in one direction. Reading goes on during the delay, so
    /// that it is one of time and not of throughput.
    fn carry(
        self: Arc<Self>,
        mut from: TcpStream,
        mut to: TcpStream,
        mut pass_on: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) {
        let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
        let line = Arc::clone(&self);
        thread::spawn(move || {
            let mut buffer = [0; 64 << 10];
            while let Ok(n @ 1..) = from.read(&mut buffer) {
                let due = Instant::now() + get(&line.conditions.delay).unwrap_or_default();
                if !pass_on(&buffer[..n]) || sender.send((due, buffer[..n].to_vec())).is_err() {
                    return line.close();
                }
            }
        });
        thread::spawn(move || {
            let mut passed_on = 0;
            for (due, bytes) in receiver {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                *self.quiet_since.lock().unwrap() = Instant::now();
                if self.swallows.load(Ordering::SeqCst) {
                    continue;
                }
                let count = bytes.len() as u64;
                self.conditions.bytes.fetch_add(count, Ordering::SeqCst);
                passed_on += count;
                let most = self.conditions.break_after.load(Ordering::SeqCst);
                if to.write_all(&bytes).is_err() || (most > 0 && passed_on >= most) {
                    break;
                }
            }
            if !self.swallows.load(Ordering::SeqCst) {
                self.close();
            }
        });
    }

    fn close(&self) {
        for end in &self.ends {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Cuts or swallows once the line has been quiet for long enough.
    fn lose_patience(self: Arc<Self>) {
        let cut = get(&self.conditions.cut_after);
        let Some(limit) = cut.or(get(&self.conditions.swallow_after)) else {
            return;
        };
        thread::spawn(move || {
            loop {
                let due = *self.quiet_since.lock().unwrap() + limit;
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                thread::sleep(left);
            }
            match cut {
                Some(_) => self.close(),
                None => self.swallows.store(true, Ordering::SeqCst),
            }
        });
    }
}
