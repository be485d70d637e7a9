//! The head of a proxy's answer (RFC 9112, section 4).

use crate::Refusal;
use wire::status_line;

/// The longest head that is read, including interim answers before it.
pub(crate) const MOST: usize = 16 << 10;

/// A whole head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// How many bytes it takes.
    pub(crate) length: usize,
}

/// The head at the start of what came so far; `None` while its end has not come.
///
/// # Errors
/// When it is none of HTTP/1, or longer than it may be.
pub(crate) fn parse(came: &[u8]) -> Result<Option<Head>, Refusal> {
    const VERSION: &[u8] = b"HTTP/1.";
    let compared = came.len().min(VERSION.len());
    if came[..compared] != VERSION[..compared] {
        return Err(Refusal::NotHttp);
    }
    match end(came) {
        Some(length) if length <= MOST => {
            let status = status(came).ok_or(Refusal::NotHttp)?;
            Ok(Some(Head { status, length }))
        }
        None if came.len() < MOST => Ok(None),
        _ => Err(Refusal::Endless),
    }
}

/// Where the first empty line ends. Some servers end lines without a carriage return.
fn end(came: &[u8]) -> Option<usize> {
    let mut line = 0;
    for (at, _) in came.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        if matches!(&came[line..at], b"" | b"\r") {
            return Some(at + 1);
        }
        line = at + 1;
    }
    None
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    status_line::status(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_whole_with_its_empty_line_and_not_before() {
        for text in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 204\r\nVia: K\u{f6}ln\r\n\r\n",
            "HTTP/1.1 200 OK\nVia: 1.1 x\n\n",
        ] {
            let whole = parse(format!("{text}\x16\x03").as_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(whole.length, text.len());
            assert!(matches!(whole.status, 200 | 204));
            for length in 0..text.len() {
                assert_eq!(parse(&text.as_bytes()[..length]), Ok(None), "{length}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_head_are_refused_at_once() {
        for text in ["S", "SSH-2.0", "HTTP/2 200\r\n\r\n"] {
            assert_eq!(parse(text.as_bytes()), Err(Refusal::NotHttp), "{text}");
        }
        for line in [
            "HTTP/1.1",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/1.1 abc",
            "HTTP/1.1 099",
        ] {
            let head = format!("{line}\r\n\r\n");
            assert_eq!(parse(head.as_bytes()), Err(Refusal::NotHttp), "{line}");
        }
    }

    #[test]
    fn a_head_has_a_longest_length() {
        let head = |length: usize| {
            let frame = "HTTP/1.1 200 OK\r\nA: \r\n\r\n";
            let filling = "x".repeat(length - frame.len());
            frame.replace("A: ", &format!("A: {filling}"))
        };
        let longest = parse(head(MOST).as_bytes()).unwrap();
        assert_eq!(longest.unwrap().length, MOST);
        assert_eq!(parse(head(MOST + 1).as_bytes()), Err(Refusal::Endless));
        assert_eq!(
            parse(&head(MOST + 9).as_bytes()[..MOST]),
            Err(Refusal::Endless)
        );
    }
}
