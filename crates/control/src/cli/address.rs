//! The address of a service on the command line: `https://HOST:PORT`.

use axum::http::uri::Authority;

/// Reads an address for hosts: TLS only, without a path, and without a user's name.
///
/// # Errors
/// A sentence that says how to write one.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let address = text.strip_suffix('/').unwrap_or(text);
    let authority = address.strip_prefix("https://").unwrap_or_default();
    let superfluous = match authority.find(['/', '?', '#']) {
        Some(at) => format!(", without {}", &authority[at..]),
        None if authority.contains('@') => ", without a user's name".to_owned(),
        None => String::new(),
    };
    match authority.parse::<Authority>() {
        Ok(_) if superfluous.is_empty() => Ok(address.to_owned()),
        _ => Err(format!(
            "write https://HOST or https://HOST:PORT{superfluous}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_hosts_can_use_are_accepted() {
        let address = parse("https://control.example.com:8443/");
        assert_eq!(address.unwrap(), "https://control.example.com:8443");
        assert!(parse("https://[2001:db8::1]:8443").is_ok());
        for text in [
            "",
            "control.example.com",
            "http://control.example.com",
            "http:/x",
            "https://",
            "https://control.example.com/pilot",
            "https://ada:secret@control.example.com",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let why = parse("https://control.example.com:8443/pilot").unwrap_err();
        assert!(why.ends_with("without /pilot"), "{why}");
    }
}
