//! Closes a connection whose client may still be sending.
//!
//! Control often refuses a request before its body has arrived, and answers at once. If it
//! closed the socket then, the kernel would reset the connection when more of the body
//! arrives, and a client that reads only after sending everything would lose the answer. So
//! control reads the rest of the body and drops it.

use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// How long the client may pause; most close their side long before.
const PAUSE: Duration = Duration::from_secs(5);

/// How long the client may send. A stranger's connection may be closed for others earlier.
const LONGEST: Duration = Duration::from_secs(300);

const AT_ONCE: usize = 16 << 10;

/// Reads and drops bytes, without decrypting them, until the client closes its side, pauses,
/// or takes too long.
pub(super) async fn linger(stream: &mut TcpStream) {
    let until = Instant::now() + LONGEST;
    let mut dropped = Vec::with_capacity(AT_ONCE);
    loop {
        dropped.clear();
        let next = until.min(Instant::now() + PAUSE);
        match timeout_at(next, stream.read_buf(&mut dropped)).await {
            Ok(Ok(1..)) if next < until => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await;
        (client.unwrap(), listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn everything_is_read_until_the_client_closes() {
        let (mut client, mut server) = pair().await;
        let lingering = tokio::spawn(async move { linger(&mut server).await });
        client.write_all(&vec![b'x'; 8 << 20]).await.unwrap();
        drop(client);
        lingering.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_a_client_that_neither_sends_nor_closes() {
        let (_client, mut server) = pair().await;
        let began = Instant::now();
        linger(&mut server).await;
        assert_eq!(began.elapsed(), PAUSE);
    }
}
