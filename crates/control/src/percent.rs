//! Percent-encoding of text in addresses (RFC 3986, section 2.1).

/// Encodes text as one segment of a path, or as a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(encoded("disk-usage_1.0"), "disk-usage_1.0");
        assert_eq!(encoded("a b/c?é"), "a%20b%2Fc%3F%C3%A9");
    }
}
