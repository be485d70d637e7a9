//! The address of a repository, the same for everybody who cloned it from there.

/// The address that a remote's URL stands for: without credentials, which would be
/// published, and alike for all ways to reach the same repository (`git@host:a/b.git`,
/// `ssh://git@host/a/b`, `https://host/a/b`). There is none for a path of this machine.
pub(super) fn address(url: &str) -> Option<String> {
    let (scheme, authority, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/')?);
            (scheme, authority, path)
        }
        None => {
            // As git has it: a colon before any slash.
            let (authority, path) = url.split_once(':')?;
            ("ssh", authority, path)
        }
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_host = !name.is_empty() && name.bytes().all(is_plain);
    if !is_host || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let host = match scheme {
        "https" | "http" => host.to_ascii_lowercase(),
        // A port of one of these says nothing of HTTPS.
        "ssh" | "git" | "git+ssh" | "ssh+git" => name.to_ascii_lowercase(),
        _ => return None,
    };
    let scheme = if scheme == "http" { "http" } else { "https" };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!path.is_empty() && !path.starts_with(':')).then(|| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_of_a_repository_has_the_same_address() {
        for url in [
            "https://git.example.com/a/b",
            "https://ann:token@git.example.com/a/b.git",
            "https://GIT.example.com/a/b/?access_token=x",
            "git@git.example.com:a/b.git",
            "git.example.com:/a/b",
            "ssh://git@git.example.com:2222/a/b.git/",
            "git://git.example.com/a/b",
        ] {
            let found = address(url);
            assert_eq!(
                found.as_deref(),
                Some("https://git.example.com/a/b"),
                "{url}"
            );
        }
        for (url, shown) in [
            ("http://git.example.com/a", "http://git.example.com/a"),
            ("https://h:8443/a@b", "https://h:8443/a@b"),
        ] {
            assert_eq!(address(url).as_deref(), Some(shown));
        }
    }

    #[test]
    fn paths_and_malformed_addresses_are_not_published() {
        for url in [
            "",
            "/srv/git/a.git",
            "../a",
            "./a:b",
            "file:///srv/git/a",
            "ext::sh -c evil",
            "https://ann:to/ken@host/a",
            "https://host",
            "https://host/.git",
        ] {
            assert_eq!(address(url), None, "{url}");
        }
    }
}
