//! Which distribution this is (os-release(5)).

/// "platform, family, version", as existing agents write it.
pub(super) fn platform() -> String {
    let text = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(super::text);
    describe(&text.unwrap_or_default())
}

fn describe(text: &str) -> String {
    let id = value(text, "ID").unwrap_or("linux");
    let family = value(text, "ID_LIKE").unwrap_or(id);
    let version = value(text, "VERSION_ID").unwrap_or("unknown");
    format!("{id}, {family}, {version}")
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(line.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_described() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n";
        assert_eq!(describe(debian), "debian, debian, 12");
        assert_eq!(
            describe("ID=rocky\nID_LIKE=\"rhel centos\"\nVERSION_ID=9.4"),
            "rocky, rhel centos, 9.4"
        );
        assert_eq!(describe(""), "linux, linux, unknown");
    }
}
