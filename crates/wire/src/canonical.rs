//! JSON as Go prints it, because signatures and digests cover those bytes.
//!
//! Go's `json.Marshal` escapes `<`, `>`, `&`, U+2028 and U+2029, and `json.Indent` lays a
//! document out with one member per line. Received JSON is only laid out again, never decoded: a
//! decoder that read it differently from the signer would be a vulnerability.

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use std::io::{self, Write};

/// The deepest nesting of a message. Deeper lines are indented no further, so that a few bytes
/// of brackets cannot become gigabytes of blanks before their signature is found to be bad.
pub(crate) const DEEPEST: usize = 32;

/// Compact JSON with Go's escapes, members in the order of the type's fields.
///
/// # Errors
/// Only what the type's own `Serialize` reports.
pub fn compact<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes, GoEscapes,
    ))?;
    Ok(bytes)
}

/// Lays valid JSON out as Go's `json.Indent(…, "", "  ")` does: white space
/// outside strings is replaced, everything else is kept byte for byte.
pub fn indent(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    indent_into(json, &mut out);
    out
}

/// As [`indent`], for what needs the bytes only once.
pub(crate) fn indent_into(json: &[u8], out: &mut impl Sink) {
    let mut layout = Layout::new(out);
    for &byte in json {
        layout.push(byte);
    }
}

/// Takes the bytes of a document that is laid out.
pub(crate) trait Sink {
    /// Takes the next bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Whether valid JSON is nested no deeper than it can be laid out.
pub(crate) fn is_shallow(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in json {
        match byte {
            _ if std::mem::take(&mut escaped) => {}
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// The bytes that a signature or a digest covers: [`compact`], then [`indent`].
///
/// # Errors
/// As [`compact`].
pub fn print<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    compact(value).map(|bytes| indent(&bytes))
}

/// The state of laying a document out.
struct Layout<'a, S> {
    out: &'a mut S,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// An object or array was opened and nothing has been put into it yet.
    just_opened: bool,
}

impl<'a, S: Sink> Layout<'a, S> {
    fn new(out: &'a mut S) -> Self {
        Self {
            out,
            depth: 0,
            in_string: false,
            escaped: false,
            just_opened: false,
        }
    }

    fn push(&mut self, byte: u8) {
        if self.in_string {
            self.push_in_string(byte);
        } else if !byte.is_ascii_whitespace() {
            self.push_token(byte);
        }
    }

    fn push_in_string(&mut self, byte: u8) {
        self.out.put(&[byte]);
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    fn push_token(&mut self, byte: u8) {
        if matches!(byte, b'}' | b']') {
            return self.close(byte);
        }
        if std::mem::take(&mut self.just_opened) {
            self.depth += 1;
            self.new_line();
        }
        self.out.put(&[byte]);
        match byte {
            b'{' | b'[' => self.just_opened = true,
            b',' => self.new_line(),
            b':' => self.out.put(b" "),
            b'"' => self.in_string = true,
            _ => {}
        }
    }

    /// An empty object or array stays `{}` or `[]`.
    fn close(&mut self, byte: u8) {
        if !std::mem::take(&mut self.just_opened) {
            self.depth = self.depth.saturating_sub(1);
            self.new_line();
        }
        self.out.put(&[byte]);
    }

    fn new_line(&mut self) {
        const BLANKS: [u8; 2 * DEEPEST] = [b' '; 2 * DEEPEST];
        self.out.put(b"\n");
        self.out.put(&BLANKS[..self.depth.min(DEEPEST) * 2]);
    }
}

/// The escapes in which Go differs from `serde_json`.
struct GoEscapes;

impl Formatter for GoEscapes {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut characters = rest[at..].chars();
            if let Some(character) = characters.next() {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indented(json: &str) -> String {
        String::from_utf8(indent(json.as_bytes())).unwrap()
    }

    #[test]
    fn members_stand_on_lines_of_their_own() {
        assert_eq!(
            indented(r#"{"a":1,"b":[true,null]}"#),
            "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}"
        );
    }

    #[test]
    fn what_is_empty_stays_on_its_line() {
        assert_eq!(
            indented(r#"{"a":{},"b":[ ]}"#),
            "{\n  \"a\": {},\n  \"b\": []\n}"
        );
    }

    #[test]
    fn strings_are_kept_whatever_they_hold() {
        assert_eq!(indented(r#"["{,:}\"\\"]"#), "[\n  \"{,:}\\\"\\\\\"\n]");
    }

    #[test]
    fn laying_out_twice_changes_nothing() {
        let once = indented(r#"{"a":[{},{"b":"c d"}]}"#);
        assert_eq!(indented(&once), once);
    }

    #[test]
    fn go_escapes_what_html_would_read() {
        let text =
            String::from_utf8(compact("<a>&\u{2028}\u{2029}\u{8}\u{c}\n\u{1}é").unwrap()).unwrap();
        assert_eq!(
            text,
            r#""\u003ca\u003e\u0026\u2028\u2029\u0008\u000c\n\u0001é""#
        );
    }

    #[test]
    fn many_brackets_stay_small() {
        let heap = "[".repeat(100_000);
        assert!(indented(&heap).len() < 100_000 * (2 + 2 * DEEPEST));
    }

    #[test]
    fn brackets_in_strings_do_not_count_as_nesting() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_shallow(nested(DEEPEST).as_bytes()));
        assert!(!is_shallow(nested(DEEPEST + 1).as_bytes()));
        assert!(is_shallow("[[],[]]".repeat(50).as_bytes()));
        let in_a_string = format!(r#"["{}\"{}"]"#, "[".repeat(50), "{".repeat(50));
        assert!(is_shallow(in_a_string.as_bytes()));
        let after_a_string = format!(r#"["\\",{}"#, "[".repeat(50));
        assert!(!is_shallow(after_a_string.as_bytes()));
    }

    #[test]
    fn broken_nesting_does_no_harm() {
        assert_eq!(indented("]]}"), "\n]\n]\n}");
    }
}
