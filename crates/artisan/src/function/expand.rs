//! What a run line means: a call of another function, or a line for the shell.
//!
//! `$[ command ]` is written as the shell's own `$(command)`, so its output is
//! data, too. Text in single quotes is left alone, as the shell would.

/// How deep `$[ … ]` may lie in each other.
const MAX_DEPTH: usize = 32;

/// The longest line that the system passes to a shell (MAX_ARG_STRLEN, execve(2)), less
/// the byte that ends it.
const MAX_LINE: usize = (128 << 10) - 1;

/// No name of a function is longer with the blanks around it, so that what looks like a
/// call is not searched for its end through all of a long line.
const LONGEST_CALL: usize = 512;

/// A run line, ready to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Run another function of the file.
    Call(String),
    /// Give this to the shell.
    Shell(String),
}

/// Why a run line cannot be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// A `$[` has no `]`.
    #[error("`$[` is never closed: end the command with ` ]`")]
    Unclosed,
    /// A NUL byte cannot be passed to the shell.
    #[error("it holds a NUL byte: remove it")]
    Nul,
    /// There are more `$[` in each other than [`MAX_DEPTH`].
    #[error("`$[ … ]` lies in itself more than {MAX_DEPTH} deep: use a variable, or a script")]
    TooDeep,
    /// It is longer than [`MAX_LINE`].
    #[error("it has more than {MAX_LINE} bytes: put a script beside build.yaml, and run that")]
    TooLong,
    /// A call shares its line with something else.
    #[error(
        "`$({0})` calls the function {0:?} and so must stand alone on its line; \
         for the output of a command of that name write `$[ {0} ]`"
    )]
    CallInside(String),
}

/// Reads a run line; `is_function` knows the functions of the file.
pub(crate) fn expand(line: &str, is_function: impl Fn(&str) -> bool) -> Result<Line, Malformed> {
    if line.contains('\0') {
        return Err(Malformed::Nul);
    }
    let call = called(line.trim()).filter(|name| is_function(name));
    if let Some(name) = call {
        return Ok(Line::Call(name.to_owned()));
    }
    let mut scanner = Scanner::new(line, &is_function);
    scanner.words(Ends::WithTheLine)?;
    if scanner.out.len() > MAX_LINE {
        return Err(Malformed::TooLong);
    }
    Ok(Line::Shell(scanner.out))
}

/// The name in `$(name)` at the beginning of `text`, if all of it is one name.
fn called(text: &str) -> Option<&str> {
    let name = text.strip_prefix("$(")?.strip_suffix(')')?.trim();
    (!name.contains(['(', ')'])).then_some(name)
}

/// Where a stretch of unquoted text ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    WithTheLine,
    AtBracket,
}

struct Scanner<'a, F> {
    rest: &'a str,
    out: String,
    /// How many `$[` are open.
    depth: usize,
    is_function: &'a F,
}

impl<'a, F: Fn(&str) -> bool> Scanner<'a, F> {
    fn new(line: &'a str, is_function: &'a F) -> Self {
        Self {
            rest: line,
            out: String::with_capacity(line.len() + 8),
            depth: 0,
            is_function,
        }
    }

    /// Copies one character.
    fn copy(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.copy_bytes(character.len_utf8());
        Some(character)
    }

    fn copy_bytes(&mut self, length: usize) {
        let (head, tail) = self.rest.split_at(length);
        self.out.push_str(head);
        self.rest = tail;
    }

    /// Copies up to and with the next `end`, or everything.
    fn copy_past(&mut self, end: char) {
        let length = self
            .rest
            .find(end)
            .map_or(self.rest.len(), |at| at + end.len_utf8());
        self.copy_bytes(length);
    }

    /// Unquoted text.
    fn words(&mut self, ends: Ends) -> Result<(), Malformed> {
        let mut open_brackets = 0_usize;
        loop {
            if ends == Ends::AtBracket && open_brackets == 0 && self.rest.starts_with(']') {
                return Ok(());
            }
            if self.begins_comment() {
                self.copy_past('\n');
            } else if !self.substitution()? {
                match self.copy() {
                    Some('\\') => drop(self.copy()),
                    Some('\'') => self.copy_past('\''),
                    Some('"') => self.double_quoted()?,
                    Some('[') => open_brackets += 1,
                    Some(']') => open_brackets = open_brackets.saturating_sub(1),
                    Some(_) => {}
                    None if ends == Ends::AtBracket => return Err(Malformed::Unclosed),
                    None => return Ok(()),
                }
            }
        }
    }

    /// A `#` begins a comment only at the beginning of a word.
    fn begins_comment(&self) -> bool {
        let after = self.out.chars().next_back();
        self.rest.starts_with('#') && after.is_none_or(|before| " \t\n;&|(".contains(before))
    }

    /// Text after a double quote, up to and with the next.
    fn double_quoted(&mut self) -> Result<(), Malformed> {
        loop {
            if !self.substitution()? {
                match self.copy() {
                    Some('\\') => drop(self.copy()),
                    Some('"') | None => return Ok(()),
                    Some(_) => {}
                }
            }
        }
    }

    /// Writes `$[ command ]` as the shell has it; false where there is none.
    fn substitution(&mut self) -> Result<bool, Malformed> {
        self.refuse_call()?;
        let Some(command) = self.rest.strip_prefix("$[") else {
            return Ok(false);
        };
        if self.depth == MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
        self.depth += 1;
        self.rest = command;
        // The space keeps a parenthesis that follows from making it arithmetic.
        self.out.push_str("$( ");
        self.words(Ends::AtBracket)?;
        self.depth -= 1;
        self.rest = &self.rest[1..];
        // The line's end keeps a comment in the command from hiding this.
        self.out.push_str("\n)");
        Ok(true)
    }

    fn refuse_call(&self) -> Result<(), Malformed> {
        if !self.rest.starts_with("$(") {
            return Ok(());
        }
        let mut bytes = self.rest.bytes().take(LONGEST_CALL);
        let end = bytes.position(|byte| byte == b')').map_or(0, |at| at + 1);
        match called(&self.rest[..end]) {
            Some(name) if (self.is_function)(name) => Err(Malformed::CallInside(name.into())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(line: &str) -> Result<Line, Malformed> {
        expand(line, |name| name == "greet" || name == "date")
    }

    fn shell(line: &str) -> String {
        match expanded(line) {
            Ok(Line::Shell(text)) => text,
            other => panic!("{line:?} became {other:?}"),
        }
    }

    #[test]
    fn a_call_stands_alone() {
        for line in ["$(greet)", "  $( greet )\n"] {
            assert_eq!(expanded(line), Ok(Line::Call("greet".into())));
        }
        for line in [
            "echo $(greet)",
            "$(greet) && ls",
            "echo \"$(greet)\"",
            "echo $[ $(greet) ]",
        ] {
            assert_eq!(
                expanded(line),
                Err(Malformed::CallInside("greet".into())),
                "{line}"
            );
        }
    }

    #[test]
    fn shell_syntax_is_left_to_the_shell() {
        for line in [
            "echo ${GREETING} from ${ART_FX_NAME}",
            "echo $(hostname) `id` $((1+2))",
            "$(unknown)",
            "echo '$[ id ]' '$(greet)'",
            "echo \\$[ id ]",
            "# don't $[ id ]",
            "echo a[1] ]",
            "echo 'it",
            "",
        ] {
            assert_eq!(shell(line), line);
        }
    }

    #[test]
    fn a_sub_shell_is_written_as_the_shell_has_it() {
        for (line, text) in [
            ("echo $[ id -u ]", "echo $(  id -u \n)"),
            ("echo \"a $[id] b\"", "echo \"a $( id\n) b\""),
            (
                "echo $[ [ -f a ] && echo ']' ]",
                "echo $(  [ -f a ] && echo ']' \n)",
            ),
            ("echo $[ echo $[ id ] ]", "echo $(  echo $(  id \n) \n)"),
            ("a#b $[ id ]", "a#b $(  id \n)"),
        ] {
            assert_eq!(shell(line), text);
        }
    }

    #[test]
    fn a_line_that_cannot_run_is_refused_with_its_reason() {
        assert_eq!(expanded("echo $[ id"), Err(Malformed::Unclosed));
        assert_eq!(expanded("echo \"$[ id\""), Err(Malformed::Unclosed));
        assert_eq!(expanded("a\0b"), Err(Malformed::Nul));
        let long = "x".repeat(MAX_LINE + 1);
        assert_eq!(expanded(&long), Err(Malformed::TooLong));
        assert!(
            expanded("x $(date)")
                .unwrap_err()
                .to_string()
                .contains("$[ date ]")
        );
    }
    #[test]
    fn abuse_a_line_that_nests_without_end() {
        let nested = |depth| format!("{}id{}", "$[ ".repeat(depth), " ]".repeat(depth));
        assert!(expanded(&nested(MAX_DEPTH)).is_ok());
        for depth in [MAX_DEPTH + 1, 20_000] {
            assert_eq!(expanded(&nested(depth)), Err(Malformed::TooDeep));
        }
        let quoted = "\"$[ ".repeat(20_000);
        assert_eq!(expanded(&quoted), Err(Malformed::TooDeep));
    }

    /// Each call was searched for its end through all that follows it.
    #[test]
    fn abuse_a_line_with_many_calls_that_are_none() {
        let line = "$(".repeat(500_000);
        assert_eq!(expanded(&line), Err(Malformed::TooLong));
    }
}
