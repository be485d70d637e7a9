//! A name server (RFC 1035) that answers by a table, over UDP and TCP, as good and
//! as badly as those of real networks.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which addresses are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `A`.
    V4,
    /// `AAAA`.
    V6,
}

/// What is answered to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Addresses(Vec<IpAddr>),
    /// SERVFAIL: the server could not find out.
    Failure,
    /// NXDOMAIN: there is no such name. Broken servers say so for one family of a
    /// name that has the other.
    NoSuchName,
    /// The name has no address of this family.
    NoData,
    /// Nothing.
    Silence,
    /// Over UDP nothing but that the answer is too long (TC); over TCP these.
    Truncated(Vec<IpAddr>),
}

/// A running name server.
pub struct Names {
    address: SocketAddr,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    table: Mutex<HashMap<Question, Answer>>,
    asked: Mutex<Vec<Question>>,
}

/// A name, in lower case and without a dot at its end, and a family.
type Question = (String, Family);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Udp,
    Tcp,
}

impl Names {
    /// Listens at `ip:port`; port 0 means a free one. What resolves names asks at
    /// port 53 of the address that `resolv.conf` names.
    pub fn listen(at: &str) -> Self {
        let udp = UdpSocket::bind(at).unwrap();
        let address = udp.local_addr().unwrap();
        let tcp = TcpListener::bind(address).unwrap();
        let desk = Arc::<Desk>::default();
        let shared = Arc::clone(&desk);
        thread::spawn(move || shared.serve_udp(&udp));
        let shared = Arc::clone(&desk);
        thread::spawn(move || {
            for client in tcp.incoming().map_while(Result::ok) {
                let desk = Arc::clone(&shared);
                thread::spawn(move || desk.serve_tcp(client));
            }
        });
        Self { address, desk }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, this is the answer for a name and a family. A name without any
    /// answer does not exist; one with an answer has no address of the other family.
    pub fn set(&self, name: &str, family: Family, answer: Answer) {
        let question = (name.to_ascii_lowercase(), family);
        self.desk.table.lock().unwrap().insert(question, answer);
    }

    /// From now on, a name has these addresses and no others.
    pub fn lead(&self, name: &str, addresses: &[IpAddr]) {
        for family in [Family::V4, Family::V6] {
            let of_family = |ip: &&IpAddr| ip.is_ipv4() == (family == Family::V4);
            let found: Vec<IpAddr> = addresses.iter().filter(of_family).copied().collect();
            let answer = match found.is_empty() {
                true => Answer::NoData,
                false => Answer::Addresses(found),
            };
            self.set(name, family, answer);
        }
    }

    /// What it was asked for, in that order.
    pub fn asked(&self) -> Vec<(String, Family)> {
        self.desk.asked.lock().unwrap().clone()
    }
}

impl Desk {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 512];
        loop {
            // An error is about an answer before, whose client went away.
            let Ok((count, client)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            if let Some(answer) = self.answer(&buffer[..count], Transport::Udp) {
                let _ = socket.send_to(&answer, client);
            }
        }
    }

    /// Each message has its length before it (RFC 1035, section 4.2.2).
    fn serve_tcp(&self, mut client: TcpStream) -> io::Result<()> {
        loop {
            let mut length = [0; 2];
            client.read_exact(&mut length)?;
            let mut query = vec![0; u16::from_be_bytes(length).into()];
            client.read_exact(&mut query)?;
            if let Some(answer) = self.answer(&query, Transport::Tcp) {
                let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                client.write_all(&[&length[..], &answer].concat())?;
            }
        }
    }

    /// `None` for silence, and for what is no question.
    fn answer(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let (name, kind, end) = question(query)?;
        let family = match kind {
            1 => Some(Family::V4),
            28 => Some(Family::V6),
            _ => None,
        };
        let answer = family.map_or(Answer::NoData, |family| self.look_up(name, family));
        reply(&query[..end], &answer, transport)
    }

    fn look_up(&self, name: String, family: Family) -> Answer {
        let question = (name, family);
        self.asked.lock().unwrap().push(question.clone());
        let table = self.table.lock().unwrap();
        let exists = table.keys().any(|(name, _)| *name == question.0);
        let otherwise = match exists {
            true => Answer::NoData,
            false => Answer::NoSuchName,
        };
        table.get(&question).cloned().unwrap_or(otherwise)
    }
}

/// The name and the type that a query asks for, and where its question ends.
fn question(query: &[u8]) -> Option<(String, u16, usize)> {
    let mut labels = vec![];
    let mut at = HEADER;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
    let kind = query.get(at..at + 2)?;
    query.get(at + 2..at + 4)?;
    Some((
        labels.join("."),
        u16::from_be_bytes([kind[0], kind[1]]),
        at + 4,
    ))
}

const HEADER: usize = 12;

/// An answer to a query that ends with its question.
fn reply(query: &[u8], answer: &Answer, transport: Transport) -> Option<Vec<u8>> {
    const NO_ADDRESSES: &[IpAddr] = &[];
    let (code, truncated, addresses) = match answer {
        Answer::Silence => return None,
        Answer::Failure => (2, false, NO_ADDRESSES),
        Answer::NoSuchName => (3, false, NO_ADDRESSES),
        Answer::NoData => (0, false, NO_ADDRESSES),
        Answer::Truncated(_) if transport == Transport::Udp => (0, true, NO_ADDRESSES),
        Answer::Addresses(found) | Answer::Truncated(found) => (0, false, found.as_slice()),
    };
    let mut reply = query.to_vec();
    // A response, truncated or not, with the client's wish for recursion.
    reply[2] = 0x80 | (u8::from(truncated) << 1) | (query[2] & 1);
    // Recursion is available.
    reply[3] = 0x80 | code;
    reply[4..6].copy_from_slice(&1_u16.to_be_bytes());
    reply[6..8].copy_from_slice(&u16::try_from(addresses.len()).unwrap().to_be_bytes());
    reply[8..HEADER].fill(0);
    for address in addresses {
        reply.extend(record(*address));
    }
    Some(reply)
}

/// An address of the name that was asked for, not to be kept.
fn record(address: IpAddr) -> Vec<u8> {
    let (kind, bytes) = match address {
        IpAddr::V4(ip) => (1_u8, ip.octets().to_vec()),
        IpAddr::V6(ip) => (28, ip.octets().to_vec()),
    };
    let length = u8::try_from(bytes.len()).unwrap();
    // A pointer to the name in the question; type, class IN, time to live, length.
    let head = [0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, length];
    [&head[..], &bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A query for `a.test`.
    fn query(family: Family) -> Vec<u8> {
        let kind = match family {
            Family::V4 => 1,
            Family::V6 => 28,
        };
        let mut query = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        query.extend(b"\x01A\x04test\0");
        query.extend([0, kind, 0, 1]);
        query
    }

    /// What is answered over UDP, if anything is before another question's answer.
    fn over_udp(names: &Names, family: Family) -> Vec<u8> {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        socket.send_to(&query(family), names.address()).unwrap();
        let mut buffer = [0; 512];
        let count = socket.recv(&mut buffer).unwrap();
        buffer[..count].to_vec()
    }

    fn over_tcp(names: &Names, family: Family) -> Vec<u8> {
        let mut stream = TcpStream::connect(names.address()).unwrap();
        let query = query(family);
        let length = u16::try_from(query.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &query].concat()).unwrap();
        stream.read_exact(&mut [0; 2]).unwrap();
        let mut answer = vec![0; query.len()];
        stream.read_exact(&mut answer).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    #[test]
    fn answers_are_as_in_the_table_and_can_be_changed() {
        let names = Names::listen("127.0.0.1:0");
        assert_eq!(over_udp(&names, Family::V4)[3] & 0xf, 3);
        names.lead("a.test", &["192.0.2.7".parse().unwrap()]);
        let found = over_udp(&names, Family::V4);
        assert_eq!((found[3] & 0xf, found[7]), (0, 1));
        assert!(found.ends_with(&[0, 4, 192, 0, 2, 7]));
        let none = over_udp(&names, Family::V6);
        assert_eq!((none[3] & 0xf, none[7]), (0, 0));
        names.set("a.test", Family::V6, Answer::Failure);
        assert_eq!(over_udp(&names, Family::V6)[3] & 0xf, 2);
        assert_eq!(names.asked().len(), 4);
    }

    #[test]
    fn what_is_too_long_for_udp_comes_over_tcp() {
        let names = Names::listen("127.0.0.1:0");
        let long = vec!["2001:db8::7".parse().unwrap(); 9];
        names.set("a.test", Family::V6, Answer::Truncated(long));
        let cut = over_udp(&names, Family::V6);
        assert_eq!((cut[2] & 2, cut[7]), (2, 0));
        let whole = over_tcp(&names, Family::V6);
        assert_eq!((whole[2] & 2, whole[7]), (0, 9));
    }
}
