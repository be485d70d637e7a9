//! The head of an HTTP/1.1 answer, where the HTTP library does not read it: a proxy's
//! answer to CONNECT, and what follows interim answers (RFC 9112, sections 2 to 7).

use std::io::{self, ErrorKind, Read};
use wire::status_line;

/// Of a head, the interim answers before it included.
const MOST_BYTES: usize = 16 << 10;

/// What a length of a chunk takes, with extensions.
const MOST_CHUNK_LINE_BYTES: usize = 1 << 10;

/// The head of an answer.
pub(crate) struct Head {
    /// The status line, as it came.
    pub(crate) line: String,
    /// The status; `None` when the line is not one of HTTP.
    pub(crate) status: Option<u16>,
    /// Names and values, as they came.
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    /// Reads the head of the first answer that is not an interim one (RFC 9110, section 15.2),
    /// and nothing behind it. Bytes that are not text are replaced: they occur only in headers
    /// that are not used.
    ///
    /// # Errors
    /// When the stream ends before the head does, or the head has no end.
    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let mut left = MOST_BYTES;
        loop {
            let line = read_line(stream, &mut left)?;
            let status = status_line::status(line.as_bytes());
            let mut headers = Vec::new();
            loop {
                let header = read_line(stream, &mut left)?;
                if header.is_empty() {
                    break;
                }
                if let Some((name, value)) = header.split_once(':') {
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
            // 101 is the last answer that there is of this protocol.
            if !status.is_some_and(is_interim) {
                return Ok(Self {
                    line,
                    status,
                    headers,
                });
            }
        }
    }

    /// Reads the body that follows this head, up to `most` bytes and one more.
    ///
    /// # Errors
    /// When the stream ends before the body does, or its length makes no sense.
    pub(crate) fn read_body(&self, stream: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if header(&self.headers, "Transfer-Encoding")
            .is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
        {
            read_chunks(stream, most, &mut body)?;
            return Ok(body);
        }
        let Some(length) = header(&self.headers, "Content-Length") else {
            stream.take(most + 1).read_to_end(&mut body)?;
            return Ok(body);
        };
        let length: u64 = length.parse().map_err(|_| nonsense("its length"))?;
        let length = length.min(most + 1);
        if stream.take(length).read_to_end(&mut body)? as u64 != length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(body)
    }
}

/// Whether another answer follows.
pub(crate) fn is_interim(status: u16) -> bool {
    (100..200).contains(&status) && status != 101
}

/// A header's value, without the white space around it (RFC 9110, section 5.5).
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim_matches([' ', '\t']))
}

fn read_chunks(stream: &mut impl Read, most: u64, body: &mut Vec<u8>) -> io::Result<()> {
    while body.len() as u64 <= most {
        let line = read_line(stream, &mut MOST_CHUNK_LINE_BYTES.clone())?;
        let length = line.split(';').next().unwrap_or_default().trim();
        let length =
            u64::from_str_radix(length, 16).map_err(|_| nonsense("the length of a part"))?;
        if length == 0 {
            return Ok(());
        }
        // One more than the most shows that there is too much.
        let taken = length.min(most + 1 - body.len() as u64);
        if stream.by_ref().take(taken).read_to_end(body)? as u64 != taken {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if taken == length && !read_line(stream, &mut 2)?.is_empty() {
            return Err(nonsense("the end of a part"));
        }
    }
    Ok(())
}

fn nonsense(what: &str) -> io::Error {
    io::Error::other(format!("{what} makes no sense"))
}

/// Byte by byte: the bytes after the head belong to another reader.
fn read_line(stream: &mut impl Read, left: &mut usize) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        *left = left
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("the head of the answer has no end"))?;
        stream.read_exact(&mut byte)?;
        match byte {
            [b'\n'] => break,
            [byte] => line.push(byte),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: &[u8]) -> io::Result<(Head, Vec<u8>)> {
        let mut stream = bytes;
        let head = Head::read(&mut stream)?;
        let body = head.read_body(&mut stream, 64)?;
        Ok((head, body))
    }

    #[test]
    fn a_head_is_read_to_its_blank_line_and_no_further() {
        for head in [
            "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
            "HTTP/1.0 200\n\n".to_owned(),
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\n\r\n".to_owned(),
            format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(512 - 24)),
        ] {
            let stream = [head.as_bytes(), b"TLS"].concat();
            let mut rest = stream.as_slice();
            assert_eq!(Head::read(&mut rest).unwrap().status, Some(200), "{head}");
            assert_eq!(rest, b"TLS", "{head}");
        }
    }

    #[test]
    fn white_space_and_bytes_that_are_not_text_do_not_matter() {
        let (head, _) = answer(b"HTTP/1.1 200 gr\xfcn\r\nA: \t x \t\r\nVia: \xfc\r\n\r\n").unwrap();
        assert_eq!(header(&head.headers, "a"), Some("x"));
    }

    #[test]
    fn a_body_has_the_length_that_its_head_states() {
        let long = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore";
        let parts =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x\r\no\r\n1\r\nk\r\n0\r\n\r\n";
        let open = "HTTP/1.1 200 OK\r\n\r\nok";
        for text in [long, parts, open] {
            assert_eq!(answer(text.as_bytes()).unwrap().1, b"ok", "{text}");
        }
    }

    #[test]
    fn abuse_an_answer_ends_early_or_never() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\n",
        ] {
            assert!(answer(text.as_bytes()).is_err(), "{text}");
        }
        let endless = [
            "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000),
            "x".repeat(MOST_BYTES + 1),
        ];
        for text in endless {
            assert!(answer(text.as_bytes()).is_err());
        }
        let huge = "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n".to_owned();
        let body = answer((huge + &"x".repeat(100)).as_bytes()).unwrap().1;
        assert_eq!(
            body.len(),
            65,
            "one more than the most, for its reader to see"
        );
    }
}
