//! A file in pieces, as the body of an answer. What is in the page cache is read at once: another
//! thread, which waits for the disk, costs more than the reading.

use axum::body::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use rustix::io::{ReadWriteFlags, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::{spawn_blocking, yield_now};

/// The size of a piece. A pull has up to two of them in memory.
const PIECE: usize = 128 << 10;

/// So many bytes of a file, from `start` on.
///
/// # Errors
/// Those of the file system, and [`io::ErrorKind::UnexpectedEof`] if the file is shorter.
pub(super) fn pieces(
    file: File,
    start: u64,
    count: u64,
) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let (file, buffers) = (Arc::new(file), Buffers::default());
    try_unfold(start, move |at| {
        let (file, buffers) = (Arc::clone(&file), buffers.clone());
        async move {
            let left = start + count - at;
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let piece = read(file, at, buffers.take(most)).await?;
            let next = at + piece.length as u64;
            Ok(Some((Bytes::from_owner(piece), next)))
        }
    })
}

async fn read(file: Arc<File>, at: u64, mut piece: Piece) -> io::Result<Piece> {
    // A pull whose client is fast never waits: without this, it would keep its thread from pings.
    yield_now().await;
    if let Some(count) = read_cached(&file, at, piece.bytes()) {
        piece.length = count;
        return Ok(piece);
    }
    let from_disk = move || {
        file.read_exact_at(piece.bytes(), at)?;
        Ok(piece)
    };
    spawn_blocking(from_disk).await.map_err(io::Error::other)?
}

/// Reads what the page cache has; `None` if it has nothing, or the file system cannot tell
/// (preadv2(2), RWF_NOWAIT). An error is met again where the disk is read.
fn read_cached(file: &File, at: u64, into: &mut [u8]) -> Option<usize> {
    let into = &mut [IoSliceMut::new(into)];
    let read = preadv2(file, into, at, ReadWriteFlags::NOWAIT);
    read.ok().filter(|count| *count > 0)
}

/// The memory of pieces that were sent: new memory would be mapped and cleared for each.
#[derive(Clone, Default)]
struct Buffers(Arc<Mutex<Vec<Box<[u8]>>>>);

impl Buffers {
    /// Memory for a piece of this length.
    fn take(&self, length: usize) -> Piece {
        let unused = self.lock(Vec::pop);
        Piece {
            memory: unused.unwrap_or_else(|| vec![0; PIECE].into()),
            length,
            home: self.clone(),
        }
    }

    fn lock<T>(&self, on: impl FnOnce(&mut Vec<Box<[u8]>>) -> T) -> T {
        // A vector is whole after each of its methods, so a panic elsewhere leaves it so.
        on(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The bytes of a piece; when it was sent, its memory is used again.
struct Piece {
    memory: Box<[u8]>,
    length: usize,
    home: Buffers,
}

impl Piece {
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length]
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        self.home.lock(|unused| unused.push(memory));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use std::pin::pin;

    fn file(size: usize) -> (File, Vec<u8>) {
        let content: Vec<u8> = (0..size).map(|at| (at / 7) as u8).collect();
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&content, 0).unwrap();
        (file, content)
    }

    async fn all(file: File, start: u64, count: u64) -> io::Result<Vec<u8>> {
        let mut pieces = pin!(pieces(file, start, count));
        let mut read = Vec::new();
        while let Some(piece) = pieces.next().await {
            read.extend_from_slice(&piece?);
        }
        Ok(read)
    }

    #[tokio::test]
    async fn a_part_is_read_whole() {
        for (start, count) in [(0, 0), (0, 300_000), (1, PIECE), (299_999, 1), (7, 290_000)] {
            let (file, content) = file(300_000);
            let read = all(file, start as u64, count as u64).await.unwrap();
            assert!(read == content[start..start + count], "{start} {count}");
        }
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_is_an_error() {
        let (file, _) = file(PIECE + 5);
        let error = all(file, 0, PIECE as u64 + 6).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn the_disk_is_read_as_the_cache_is() {
        let (file, content) = file(1_000);
        let mut piece = Buffers::default().take(1_000);
        let cached = read_cached(&file, 0, piece.bytes());
        // Not every file system can tell what is cached.
        assert!(cached.is_none_or(|count| piece.as_ref()[..count] == content[..count]));
        let closed = File::from(std::os::fd::OwnedFd::from(
            std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        ));
        assert_eq!(read_cached(&closed, 0, piece.bytes()), None);
        assert!(read(Arc::new(closed), 0, piece).await.is_err());
    }

    #[test]
    fn memory_of_sent_pieces_is_used_again() {
        let buffers = Buffers::default();
        let unused = || buffers.lock(|unused| unused.len());
        let sent = [buffers.take(5), buffers.take(PIECE)].map(Bytes::from_owner);
        assert_eq!((sent[0].len(), sent[1].len(), unused()), (5, PIECE, 0));
        drop(sent);
        assert_eq!(unused(), 2);
        assert_eq!((buffers.take(7).bytes().len(), unused()), (7, 1));
    }
}
