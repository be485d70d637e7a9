//! The address of a service on the command line: `https://HOST:PORT`.

use super::failure::Failure;
use axum::http::uri::Authority;

/// Reads an address for hosts: TLS only, without a path, and without a user's name.
///
/// # Errors
/// A sentence that says how to write one.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let address = text.strip_suffix('/').unwrap_or(text);
    let (scheme, authority) = address.split_once("://").unwrap_or(("", address));
    let superfluous = match authority.find(['/', '?', '#']) {
        Some(at) => format!(", without {}", &authority[at..]),
        None if authority.contains('@') => ", without a user's name".to_owned(),
        None => String::new(),
    };
    match authority.parse::<Authority>() {
        Ok(_) if superfluous.is_empty() && scheme == "https" => Ok(address.to_owned()),
        Ok(_) if superfluous.is_empty() && scheme == "http" => Err(format!(
            "the service is reached with TLS only: write https://{authority}"
        )),
        Ok(_) if superfluous.is_empty() && scheme.is_empty() => {
            Err(format!("the scheme is missing: write https://{authority}"))
        }
        _ => Err(format!(
            "write https://HOST or https://HOST:PORT{superfluous}"
        )),
    }
}

/// As [`parse`], with an error that repeats the address, but no password in it.
///
/// # Errors
/// As [`parse`].
pub(super) fn named(text: &str) -> Result<String, Failure> {
    parse(text).map_err(|why| Failure::Usage(format!("{}: {why}", without_user(text))))
}

fn without_user(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        (None, Some((_, host))) => format!("…@{host}"),
        _ => text.to_owned(),
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
        for text in [
            "control.example.com:8443",
            "http://control.example.com:8443",
        ] {
            let why = parse(text).unwrap_err();
            assert!(
                why.ends_with(": write https://control.example.com:8443"),
                "{why}"
            );
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        for text in [
            "https://ada:secret@c",
            "ada:secret@c",
            "http://ada:se@cret@c:1",
        ] {
            let why = named(text).unwrap_err().to_string();
            assert!(!why.contains("secret") && !why.contains("se@"), "{why}");
        }
    }
}
