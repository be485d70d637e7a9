//! `KEY=VALUE` lines, as systemd's EnvironmentFile= and a shell read them.

use std::collections::BTreeMap;

/// Reads the lines. Empty lines and those that begin with `#` are passed over;
/// a value may stand in single or double quotes.
///
/// # Errors
/// The number of the line, and what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = pair(line).map_err(|why| format!("line {number}: {why}"))?;
        if values.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(format!("line {number}: {key} is set twice"));
        }
    }
    Ok(values)
}

fn pair(line: &str) -> Result<(&str, &str), &'static str> {
    let (key, value) = line.split_once('=').ok_or("not of the form KEY=VALUE")?;
    let named = key
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if key.is_empty() || !named {
        return Err("the key before '=' has to be of capitals, digits and '_', without blanks");
    }
    Ok((key, unquote(value.trim())?))
}

fn unquote(value: &str) -> Result<&str, &'static str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.strip_suffix(quote).ok_or("the quote is not closed");
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_a_shell_would() {
        let text = "# a comment\n\nPILOT_A=1\n PILOT_B=\"two words\"\nPILOT_C='x=y'\nPILOT_D=\n";
        let values = parse(text).unwrap();
        let pairs: Vec<_> = values
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("PILOT_A", "1"),
                ("PILOT_B", "two words"),
                ("PILOT_C", "x=y"),
                ("PILOT_D", "")
            ]
        );
    }

    #[test]
    fn a_malformed_line_is_named() {
        for (text, number) in [
            ("A=1\nnonsense", 2),
            ("a=1", 1),
            ("A =1", 1),
            ("A=\"x", 1),
            ("A=1\n\nA=2", 3),
            ("=x", 1),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("line {number}: ")),
                "{text:?}: {error}"
            );
        }
    }
}
