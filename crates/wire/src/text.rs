//! Text as people's files hold it.

/// What some editors begin a file with (U+FEFF in UTF-8).
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The bytes without a byte order mark.
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes)
}

/// A file's whole text, less a byte order mark and one final newline.
///
/// # Errors
/// When it is not UTF-8; the text is not repeated, for it may be a secret.
pub fn whole(bytes: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(without_bom(bytes)).map_err(|_| "it is not UTF-8 text")?;
    let text = text.strip_suffix('\n').map_or(text, without_return);
    Ok(text)
}

fn without_return(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// The one line of a file that can hold only one.
///
/// # Errors
/// When it holds none or several, or is not UTF-8.
pub fn only_line(bytes: &[u8]) -> Result<&str, &'static str> {
    match whole(bytes)? {
        "" => Err("there is nothing in it"),
        text if text.contains(['\n', '\r']) => {
            Err("it has more than one line: leave one line in it")
        }
        line => Ok(line),
    }
}

/// What a connection's error says. The text of the TLS library about one that ended early
/// is an address of its manual.
pub fn of_connection(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the connection ended before the answer did".into(),
        _ => error.to_string(),
    }
}

/// Whether a connection that there was is there no more: the other end may have got what
/// was sent.
pub fn is_cut(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::TimedOut
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_but_for_a_bom_and_one_final_newline() {
        for (bytes, text) in [
            (&b"a"[..], "a"),
            (b"a\n", "a"),
            (b"a\r\n", "a"),
            (b"a\n\n", "a\n"),
            (b"\nb\n", "\nb"),
            (b"a\r\nb\r\n", "a\r\nb"),
            (b" a \n", " a "),
            (b"\xEF\xBB\xBFa\n", "a"),
            (b"a\r", "a\r"),
            (b"", ""),
        ] {
            assert_eq!(whole(bytes), Ok(text), "{bytes:?}");
        }
        assert!(whole(b"\xFF\xFEa").is_err());
    }

    #[test]
    fn a_librarys_manual_is_not_shown() {
        let manual = "closed: https://docs.rs/rustls/";
        let ended = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, manual);
        assert!(!of_connection(&ended).contains("https:"));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(of_connection(&refused).contains("refused"));
    }

    #[test]
    fn a_second_line_is_an_error_where_one_is_meant() {
        assert_eq!(only_line(b"\xEF\xBB\xBFhunter 2 \r\n"), Ok("hunter 2 "));
        for bytes in [
            &b"a\nb"[..],
            b"\na",
            b"a\n\n",
            b"",
            b"\n",
            b"\xEF\xBB\xBF\n",
        ] {
            assert!(only_line(bytes).is_err(), "{bytes:?}");
        }
    }
}
