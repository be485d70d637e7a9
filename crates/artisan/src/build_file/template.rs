//! What a value under `env:` says: text, and `${NAME}` for the values of other variables.
//!
//! Of the shell's forms these are known: `${NAME}`, `${NAME:-text}` and `${NAME-text}`. What
//! another one stands for would be missing without an error.

/// A piece of such a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// The value of a variable.
    Variable {
        /// Its name.
        name: &'a str,
        /// What stands there without it.
        fallback: Fallback<'a>,
    },
}

/// What stands in the place of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallback<'a> {
    /// Nothing: `${NAME}`.
    Nothing,
    /// This where the variable is not set: `${NAME-text}`.
    IfUnset(&'a str),
    /// This where it is not set or empty: `${NAME:-text}`.
    IfEmpty(&'a str),
}

/// Takes a value apart.
///
/// # Errors
/// The form that is not known, and what to do.
pub(crate) fn pieces(value: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, after)) = after.split_once('}') else {
            return Err("`${` is never closed: end the variable's name with `}`".to_owned());
        };
        pieces.push(Piece::Text(before));
        pieces.push(variable(inner)?);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn variable(inner: &str) -> Result<Piece<'_>, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let end = inner.bytes().position(|byte| !is_plain(byte));
    let (name, form) = inner.split_at(end.unwrap_or(inner.len()));
    let fallback = match form.split_at_checked(2) {
        _ if form.is_empty() => Some(Fallback::Nothing),
        Some((":-", text)) => Some(Fallback::IfEmpty(text)),
        _ => form.strip_prefix('-').map(Fallback::IfUnset),
    };
    let is_name = name.starts_with(|first: char| !first.is_ascii_digit());
    match fallback.filter(|_| is_name && !inner.contains("${")) {
        Some(fallback) => Ok(Piece::Variable { name, fallback }),
        None => Err(format!(
            "`${{{inner}}}` is none of `${{NAME}}`, `${{NAME:-text}}` and `${{NAME-text}}` (with no variable in \
             the text): let a run line work it out"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_are_known_are_taken_apart() {
        let variable = |name, fallback| Piece::Variable { name, fallback };
        assert_eq!(
            pieces("a${B}c${D:-e f}${G-}$H $ $[ x ] $(y) }").unwrap(),
            [
                Piece::Text("a"),
                variable("B", Fallback::Nothing),
                Piece::Text("c"),
                variable("D", Fallback::IfEmpty("e f")),
                Piece::Text(""),
                variable("G", Fallback::IfUnset("")),
                Piece::Text("$H $ $[ x ] $(y) }"),
            ]
        );
    }

    #[test]
    fn another_form_is_refused_and_shown() {
        for form in [
            "${A:+x}",
            "${A+x}",
            "${A:?x}",
            "${A#x}",
            "${A%x}",
            "${A/x/y}",
            "${A:=x}",
            "${#A}",
            "${!A}",
            "${A:1}",
            "${A }",
            "${}",
            "${1}",
            "${@}",
            "${A:-${B}}",
            "${é}",
        ] {
            let reason = pieces(&format!("x {form} y")).unwrap_err();
            let shown = &form[..=form.find('}').unwrap()];
            assert!(
                reason.starts_with(&format!("`{shown}` is none of")),
                "{form}: {reason}"
            );
        }
        assert!(pieces("${A").unwrap_err().contains("never closed"));
    }
}
