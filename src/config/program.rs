//! A program with arguments, as a setting.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where programs are found, unless the agent was started with another PATH.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program by its absolute path, and its arguments. They are separated by
/// blanks; no shell reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    words: Vec<String>,
    path: PathBuf,
}

impl Program {
    /// The program's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its name and its arguments.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

impl FromStr for Program {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        match words.first() {
            Some(first) if first.starts_with('/') => Ok(Self {
                path: first.into(),
                words,
            }),
            _ => Err("write the absolute path of a program, and its arguments behind it"),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_a_path_and_words() {
        let program: Program = " /usr/bin/sudo -n /sbin/reboot".parse().unwrap();
        assert_eq!(program.path(), Path::new("/usr/bin/sudo"));
        assert_eq!(program.words().len(), 3);
        assert_eq!(program.to_string(), "/usr/bin/sudo -n /sbin/reboot");
        assert!("reboot now".parse::<Program>().is_err() && "".parse::<Program>().is_err());
    }
}
