//! Names that are nearly what was typed.

/// How many names are suggested.
const MOST: usize = 3;

/// Of so many characters one may be wrong.
const PER_SLIP: usize = 3;

/// `, did you mean …?` with the names that are nearest, or nothing.
pub(super) fn hint<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> String {
    let length = typed.chars().count();
    let most = (length / PER_SLIP).max(1).min(length.saturating_sub(1));
    let begins = |name: &str| length >= PER_SLIP && name.starts_with(typed);
    let mut near: Vec<(usize, &str)> = names
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(slips, name)| *slips <= most || begins(name))
        .collect();
    near.sort();
    near.dedup_by_key(|(_, name)| *name);
    let near: Vec<String> = near
        .iter()
        .take(MOST)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    match near.as_slice() {
        [] => String::new(),
        near => format!(", did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_suggested() {
        let hint = |typed: &str| {
            hint(
                typed,
                ["web1", "web2", "database", "production"].into_iter(),
            )
        };
        assert_eq!(hint("databse"), ", did you mean `database`?");
        assert_eq!(hint("web3"), ", did you mean `web1` or `web2`?");
        assert_eq!(hint("prod"), ", did you mean `production`?");
        assert_eq!(hint("wbe1"), ", did you mean `web1`?");
        assert_eq!(hint("nothing"), "");
        assert_eq!(super::hint("a", ["b"].into_iter()), "");
    }
}
