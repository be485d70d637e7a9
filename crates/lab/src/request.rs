//! Reading a request as a server does.

use std::io::{self, ErrorKind, Read};

/// Reads a request to the end of its body.
pub(crate) fn read(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&buffer[..count]);
    }
    Ok(request)
}

fn is_whole(request: &[u8]) -> bool {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end.map(|end| end + 4) else {
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
