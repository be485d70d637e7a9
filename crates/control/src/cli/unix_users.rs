//! The Unix users of this machine, from /etc/passwd (passwd(5)).

/// The name of a user.
pub(super) fn name(id: u32) -> Option<String> {
    let users = read();
    let mut entries = users.lines().filter_map(entry);
    entries
        .find(|entry| entry.user == id)
        .map(|entry| entry.name.to_owned())
}

/// The ids of a user and of its group.
pub(super) fn ids(name: &str) -> Option<(u32, u32)> {
    let users = read();
    let mut entries = users.lines().filter_map(entry);
    entries
        .find(|entry| entry.name == name)
        .map(|entry| (entry.user, entry.group))
}

fn read() -> String {
    std::fs::read_to_string("/etc/passwd").unwrap_or_default()
}

/// A line.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    name: &'a str,
    user: u32,
    group: u32,
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let mut fields = line.split(':');
    let (name, _password) = (fields.next()?, fields.next()?);
    let (user, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Entry { name, user, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_name_and_two_ids() {
        let (name, user, group) = ("ada", 1_000, 100);
        let line = "ada:x:1000:100:Ada:/home/ada:/bin/sh";
        assert_eq!(entry(line), Some(Entry { name, user, group }));
        for broken in ["", "broken", "ada:x:1000", "ada:x:-1:100::", "ada:x::100::"] {
            assert_eq!(entry(broken), None, "{broken}");
        }
    }

    #[test]
    fn root_is_found_both_ways() {
        assert_eq!(name(0).as_deref(), Some("root"));
        assert_eq!(ids("root"), Some((0, 0)));
        assert_eq!(
            (name(3_999_999_999), ids("nobody of this name")),
            (None, None)
        );
    }
}
