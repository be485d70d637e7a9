//! Reading a request as a server does.

use std::io::{self, ErrorKind, Read};

/// Reads a request to the end of its body.
pub(crate) fn read(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    read_head(stream, &mut request)?;
    read_body(stream, &mut request)?;
    Ok(request)
}

/// Reads until the request's head is there.
pub(crate) fn read_head(stream: &mut impl Read, request: &mut Vec<u8>) -> io::Result<()> {
    read_until(stream, request, |request| end_of_head(request).is_some())
}

/// Reads until the request is whole.
pub(crate) fn read_body(stream: &mut impl Read, request: &mut Vec<u8>) -> io::Result<()> {
    read_until(stream, request, is_whole)
}

fn read_until(
    stream: &mut impl Read,
    request: &mut Vec<u8>,
    is_there: fn(&[u8]) -> bool,
) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while !is_there(request) {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&buffer[..count]);
    }
    Ok(())
}

fn end_of_head(request: &[u8]) -> Option<usize> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n");
    end.map(|end| end + 4)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = end_of_head(request) else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let body = &request[end..];
    if head.contains("\r\ntransfer-encoding: chunked\r\n") {
        return body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n");
    }
    let length = head.lines().find_map(|line| {
        let value = line.strip_prefix("content-length: ")?;
        Some(value.parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}
