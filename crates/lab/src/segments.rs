//! Sending bytes so that they are surely not read with those before.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A client that reads at all reads long before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends each part once the client, a process of this machine in any network namespace, has
/// read the one before.
pub(crate) fn send(mut stream: &TcpStream, parts: &[&[u8]]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    for part in parts {
        stream.write_all(part)?;
        wait_until_read(stream)?;
    }
    Ok(())
}

fn wait_until_read(stream: &TcpStream) -> io::Result<()> {
    let [client, server] = [stream.peer_addr()?, stream.local_addr()?];
    let deadline = Instant::now() + PATIENCE;
    // The kernel has no event for it.
    while unread(client, server).is_some_and(|bytes| bytes > 0) {
        if Instant::now() > deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// How many bytes the client's socket holds that nobody has read; `None` without such
/// a socket.
fn unread(client: SocketAddr, server: SocketAddr) -> Option<u64> {
    let wanted = [client, server].map(in_proc);
    let mut seen = HashSet::new();
    for process in fs::read_dir("/proc").ok()?.filter_map(Result::ok) {
        let of_process = |name: &str| process.path().join(name);
        let Ok(namespace) = fs::read_link(of_process("ns/net")) else {
            continue;
        };
        if !seen.insert(namespace) {
            continue;
        }
        for table in ["net/tcp", "net/tcp6"] {
            let sockets = fs::read_to_string(of_process(table)).unwrap_or_default();
            let mut counts = sockets.lines().filter_map(|line| count(line, &wanted));
            if let Some(bytes) = counts.next() {
                return Some(bytes);
            }
        }
    }
    None
}

/// `N: LOCAL REMOTE STATE SENT:UNREAD …`, see proc_net_tcp in the kernel's documents.
fn count(line: &str, [local, remote]: &[String; 2]) -> Option<u64> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, from, to, _, queues, ..] = fields[..] else {
        return None;
    };
    let (_, unread) = queues.split_once(':')?;
    (from == local && to == remote).then(|| u64::from_str_radix(unread, 16).unwrap())
}

/// As /proc writes it: words of four bytes in the machine's order.
fn in_proc(address: SocketAddr) -> String {
    let octets = match address {
        SocketAddr::V4(v4) => v4.ip().octets().to_vec(),
        SocketAddr::V6(v6) => v6.ip().octets().to_vec(),
    };
    let words = octets.chunks(4).map(|word| {
        let word: [u8; 4] = word.try_into().unwrap();
        format!("{:08X}", u32::from_ne_bytes(word))
    });
    format!("{}:{:04X}", words.collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn each_part_is_read_by_itself() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let sender = std::thread::spawn(move || send(&server, &[b"one", b"two"]).unwrap());
        let mut buffer = [0; 64];
        for part in ["one", "two"] {
            let count = client.read(&mut buffer).unwrap();
            assert_eq!(&buffer[..count], part.as_bytes());
        }
        sender.join().unwrap();
    }
}
