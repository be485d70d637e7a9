//! Names that are nearly what was typed.

/// How many names are suggested.
const MOST: usize = 3;

/// How alike two names have to be, of 1.
const ALIKE: f64 = 0.75;

/// `, did you mean …?` with the names that are nearest, or nothing.
pub(super) fn hint<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> String {
    let alike = |name: &'a str| (strsim::normalized_damerau_levenshtein(typed, name), name);
    let begins = |name: &str| typed.len() >= 3 && name.starts_with(typed);
    let mut near: Vec<(f64, &str)> = names
        .map(alike)
        .filter(|(likeness, name)| *likeness >= ALIKE || begins(name))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
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
        assert_eq!(hint("nothing"), "");
    }
}
