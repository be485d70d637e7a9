//! How deep JSON is nested, told without decoding it.
//!
//! A digest covers JSON that is laid out with two spaces per level, so brackets
//! alone would make a seal of 100 kB grow to gigabytes before anything about it
//! is verified.

/// The deepest nesting that is laid out. Manifests need 8 levels; a seal of the
/// greatest length then takes 140 MB at worst.
const MAX_DEPTH: usize = 32;

/// Whether a document is nested too deep to be laid out.
pub(super) fn is_too_deep(json: &[u8]) -> bool {
    let mut depth = Depth::default();
    json.iter().any(|byte| depth.after(*byte) > MAX_DEPTH)
}

#[derive(Default)]
struct Depth {
    open: usize,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    /// How many brackets are open behind this byte.
    fn after(&mut self, byte: u8) -> usize {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = self.in_string,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.open += 1,
            b'}' | b']' => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn only_open_brackets_count() {
        assert!(!is_too_deep(nested(MAX_DEPTH).as_bytes()));
        assert!(is_too_deep(nested(MAX_DEPTH + 1).as_bytes()));
        assert!(!is_too_deep("[{}],".repeat(100).as_bytes()));
    }

    #[test]
    fn brackets_in_strings_are_text() {
        let text = format!(r#"["\"{}", "\\"]"#, "[".repeat(100));
        assert!(!is_too_deep(text.as_bytes()));
        let behind = format!(r#"["\\", {}]"#, nested(100));
        assert!(is_too_deep(behind.as_bytes()));
    }
}
