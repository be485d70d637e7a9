//! How much the system passes to a shell: one line, and all variables with it.

use super::environment::Environment;
use rustix::process::{Resource, getrlimit};
use wire::limits::MOST_VARIABLE;

/// What a system takes however little stack it gives (ARG_MAX, execve(2)).
const LEAST: u64 = 128 << 10;
/// What it takes at most: three quarters of the usual stack.
const MOST: u64 = 6 << 20;
/// The default stack limit of Linux.
const USUAL_STACK: u64 = 8 << 20;
/// Each text has its address beside it.
const ADDRESS: usize = size_of::<usize>();
/// The shell's own arguments, and what the system puts beside them.
const OVERHEAD: usize = 512;

/// So many bytes of a line and all variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room(u64);

impl Room {
    /// What this system gives.
    pub(super) fn here() -> Self {
        Self::of_stack(getrlimit(Resource::Stack).current.unwrap_or(u64::MAX))
    }

    /// What hosts usually give.
    pub(super) fn usual() -> Self {
        Self::of_stack(USUAL_STACK)
    }

    fn of_stack(bytes: u64) -> Self {
        Self((bytes / 4).clamp(LEAST, MOST))
    }

    /// Checks that each variable can be passed on, and all of them with a line of so many
    /// bytes.
    ///
    /// # Errors
    /// The part that is too long, and what to do.
    pub(super) fn check(self, environment: &Environment, line: usize) -> Result<(), String> {
        let mut all = OVERHEAD + line;
        for (name, value) in environment.iter() {
            let length = name.len() + value.len() + "=\0".len();
            if length > MOST_VARIABLE {
                return Err(format!(
                    "the value of {} is too long: it takes {length} bytes with its name, and the system passes on \
                     up to {MOST_VARIABLE}; put it into a file beside build.yaml",
                    name.display()
                ));
            }
            all += length + ADDRESS;
        }
        if all as u64 > self.0 {
            return Err(format!(
                "its variables and its longest run line take {all} bytes together, and the system passes on up to \
                 {}; put the longest into files beside build.yaml",
                self.0
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn environment(pairs: &[(&str, usize)]) -> Environment {
        let pairs = pairs.iter();
        Environment::of(pairs.map(|(name, length)| ((*name).into(), "x".repeat(*length).into())))
    }

    fn runs(environment: &Environment, line: &str) -> bool {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-e", "-c", line]).env_clear();
        shell.envs(environment.iter()).status().is_ok()
    }

    /// Every size that passes here is accepted by the system, and a much larger one is not.
    #[test]
    fn the_check_agrees_with_the_system() {
        let longest = MOST_VARIABLE - "A=".len() - 1;
        for (length, fits) in [(longest, true), (longest + 1, false)] {
            let one = environment(&[("A", length)]);
            assert_eq!(Room::here().check(&one, 1).is_ok(), fits);
            assert_eq!(runs(&one, ":"), fits, "{length}");
        }
        let names: Vec<String> = (0..64).map(|n| format!("A{n}")).collect();
        let most = usize::try_from(Room::here().0).unwrap();
        for count in 1..=64 {
            let pairs: Vec<_> = names[..count]
                .iter()
                .map(|name| (name.as_str(), 100_000))
                .collect();
            let many = environment(&pairs);
            match Room::here().check(&many, 1) {
                Ok(()) => assert!(runs(&many, ":"), "{count}"),
                Err(reason) => {
                    assert!(reason.contains("together"), "{reason}");
                    assert!(count * 100_000 + 110_000 > most, "{count}");
                    break;
                }
            }
        }
    }

    #[test]
    fn a_stack_gives_a_quarter_within_bounds() {
        assert_eq!(Room::usual().0, 2 << 20);
        assert_eq!(
            (Room::of_stack(0).0, Room::of_stack(u64::MAX).0),
            (LEAST, MOST)
        );
    }
}
