//! Shows what is longer than the terminal in a pager.

use super::failure::Failure;
use super::output;
use super::presentation::Presentation;
use std::io::Write;
use std::process::{Command, Stdio};

/// Used without `PAGER`: it ends by itself where all fits on the screen.
const USUAL: &str = "less";

/// Prints text, on a terminal that is too short for it through `$PAGER`.
pub(super) fn print(
    text: &str,
    presentation: Presentation,
    size: Option<(usize, usize)>,
) -> Result<(), Failure> {
    let is_long = size.is_some_and(|(_, lines)| text.lines().count() >= lines);
    let wanted = std::env::var("PAGER").ok().filter(|_| !is_for_another());
    let pager = command(wanted.as_deref()).filter(|_| is_long && presentation.may_page());
    match pager.is_some_and(|pager| page(pager, text)) {
        true => Ok(()),
        false => output::write(text),
    }
}

/// Whether sudo or doas gave this command to somebody, who must not get a shell from the pager.
fn is_for_another() -> bool {
    ["SUDO_UID", "DOAS_USER"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some())
}

/// The pager; `None` for an empty `PAGER` or `cat`, as git and man(1) read it.
fn command(wanted: Option<&str>) -> Option<Command> {
    match wanted.unwrap_or(USUAL).trim() {
        "" | "cat" => None,
        // Its own shell: the variable may have options.
        line => {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]);
            if std::env::var_os("LESS").is_none() {
                shell.env("LESS", "FRX");
            }
            if is_for_another() {
                shell.env("LESSSECURE", "1").env_remove("LESSOPEN");
            }
            // A pager needs no secrets.
            shell.env_remove("PILOTCTL_PASSWORD");
            Some(shell)
        }
    }
}

/// Whether the pager showed the text. One that cannot be started did not.
fn page(mut pager: Command, text: &str) -> bool {
    const NOT_FOUND: i32 = 127;
    let Ok(mut child) = pager.stdin(Stdio::piped()).spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Someone who has seen enough ends the pager: that is no failure.
        let _ = input.write_all(text.as_bytes());
    }
    child
        .wait()
        .is_ok_and(|status| status.code() != Some(NOT_FOUND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_pager_is_none_and_a_missing_one_shows_nothing() {
        assert!(command(Some("")).is_none() && command(Some("cat")).is_none());
        assert!(command(None).is_some() && command(Some("less -R")).is_some());
        let pager = |line: &str| command(Some(line)).unwrap();
        assert!(page(pager("cat > /dev/null"), "text"));
        assert!(page(pager("true"), &"x".repeat(1 << 20)));
        assert!(!page(pager("no-such-pager-anywhere 2>/dev/null"), "text"));
    }
}
