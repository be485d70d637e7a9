//! Why a command failed, and its exit code.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::ExitCode;
use tokio::signal::unix::SignalKind;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The request was refused or failed.
    #[error("{0}")]
    Refused(String),
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The service could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The answer of the service was lost.
    #[error("{0}")]
    Lost(String),
    /// The service refused the user's name and password.
    #[error("{0}")]
    Denied(String),
    /// A signal ended the command, which removed its unfinished files.
    #[error("interrupted: unfinished files were removed")]
    Interrupted(SignalKind),
}

impl Failure {
    /// A failed operation on a file.
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        let path = path.display();
        Self::Refused(match error.kind() {
            ErrorKind::NotFound => format!("{path}: there is no such file or folder"),
            ErrorKind::AlreadyExists => format!(
                "{path} exists already and is not replaced: choose another name, or move it away"
            ),
            ErrorKind::IsADirectory => format!("{path} is a folder: name a file"),
            ErrorKind::NotADirectory => {
                format!("{path}: a part of this path is a file: name a folder there")
            }
            ErrorKind::PermissionDenied => format!(
                "{path}: this user may not do that: check the owner with `ls -ld {path}`, or run this as another user"
            ),
            _ => format!("{path}: {error}"),
        })
    }

    /// The exit code.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) | Self::Lost(_) | Self::Denied(_) => 3,
            // The exit code of a shell for a program that a signal ended.
            Self::Interrupted(signal) => {
                u8::try_from(128 + signal.as_raw_value()).unwrap_or(u8::MAX)
            }
        })
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

impl From<crate::store::Error> for Failure {
    fn from(error: crate::store::Error) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<crate::domain::Error> for Failure {
    fn from(error: crate::domain::Error) -> Self {
        Self::Refused(error.to_string())
    }
}
