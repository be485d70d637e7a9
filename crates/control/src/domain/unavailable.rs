//! Why control cannot work at the moment: failures of its disk and its database.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// The cause. It may be over when the client retries, so each has a time after which a
/// retry makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The disk is full, or the quota is used up.
    Full,
    /// The disk or the database can only be read.
    ReadOnly,
    /// Another process has held the database for long.
    Locked,
    /// The disk reports errors.
    Failing,
    /// The process may open no more files.
    Descriptors,
    /// The database does not answer.
    Away,
    /// There is more to do than the machine can.
    Busy,
}

impl Unavailable {
    /// The cause of a file's error, if a retry may help.
    pub(crate) fn of_io(error: &io::Error) -> Option<Self> {
        const EIO: i32 = 5;
        const ENFILE: i32 = 23;
        const EMFILE: i32 = 24;
        match (error.kind(), error.raw_os_error()) {
            (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => Some(Self::Full),
            (ErrorKind::ReadOnlyFilesystem, _) => Some(Self::ReadOnly),
            (_, Some(EIO)) => Some(Self::Failing),
            (_, Some(EMFILE | ENFILE)) => Some(Self::Descriptors),
            (ErrorKind::StaleNetworkFileHandle | ErrorKind::TimedOut, _) => Some(Self::Away),
            _ => None,
        }
    }

    /// Its name, for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Locked => "locked",
            Self::Failing => "failing",
            Self::Descriptors => "descriptors",
            Self::Away => "away",
            Self::Busy => "busy",
        }
    }

    /// The message for the client.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Full => "control's disk is full: free some space on it",
            Self::ReadOnly => "control's disk or database is read-only: see its log",
            Self::Locked => "control's database is locked by another program or a long write",
            Self::Failing => "control's disk reports errors: see its log",
            Self::Descriptors => "control has no file descriptor left: see its log",
            Self::Away => "control's database does not answer: see its log",
            Self::Busy => "control has more to do than it can at the moment",
        }
    }

    /// When the client may retry.
    pub(crate) fn retry_after(self) -> Duration {
        Duration::from_secs(match self {
            Self::Locked | Self::Descriptors | Self::Busy => 5,
            Self::Away => 15,
            Self::Full | Self::ReadOnly | Self::Failing => 30,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_errors_of_files_are_recognized() {
        let of = |errno| Unavailable::of_io(&io::Error::from_raw_os_error(errno));
        let (eperm, eio, enfile, emfile, enospc, erofs, edquot) = (1, 5, 23, 24, 28, 30, 122);
        assert_eq!(of(enospc), Some(Unavailable::Full));
        assert_eq!(of(edquot), Some(Unavailable::Full));
        assert_eq!(of(erofs), Some(Unavailable::ReadOnly));
        assert_eq!(of(eio), Some(Unavailable::Failing));
        assert_eq!(of(emfile), Some(Unavailable::Descriptors));
        assert_eq!(of(enfile), Some(Unavailable::Descriptors));
        assert_eq!(of(eperm), None);
    }
}
