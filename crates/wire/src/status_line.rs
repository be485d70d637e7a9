//! The first line of an HTTP/1 answer (RFC 9112, section 4).

/// The status: `HTTP/1.1 200`, with a reason after it or not. `None` when the line is not
/// one of HTTP/1.
pub fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let code = rest.split(|byte| *byte == b' ').nth(1)?;
    let digits = std::str::from_utf8(code).ok()?;
    let status = digits.parse().ok()?;
    (digits.len() == 3 && status >= 100).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_three_digits() {
        for line in ["HTTP/1.1 204", "HTTP/1.0 204 ", "HTTP/1.1 204 No Content"] {
            assert_eq!(status(line.as_bytes()), Some(204), "{line}");
        }
        assert_eq!(status(b"HTTP/1.1 200 gr\xfcn"), Some(200));
        for line in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/1.1 abc",
            "HTTP/1.1 099",
            "HTTP/1.1 +99",
            "HTTP/2 200",
            "SSH-2.0",
        ] {
            assert_eq!(status(line.as_bytes()), None, "{line}");
        }
    }
}
