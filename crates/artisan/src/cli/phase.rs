//! Reports the phase to the program that started `art`.

use crate::failure::{Context as _, Failure};
use crate::settings::Settings;
use std::fs;

/// The phases of `art exe`, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Pull,
    Verify,
    Unpack,
    Run,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Verify => "verify",
            Self::Unpack => "unpack",
            Self::Run => "run",
        }
    }

    /// Says that this phase begins, on a line of its own. The file is written in
    /// place: it may be a pipe.
    pub(super) fn enter(self, settings: &Settings) -> Result<(), Failure> {
        match &settings.phase_file {
            Some(path) => fs::write(path, format!("{}\n", self.name()))
                .context("cannot write ART_PHASE_FILE", path),
            None => Ok(()),
        }
    }
}
