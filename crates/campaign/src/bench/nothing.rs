//! The smallest static program, for comparison with the agent.

use super::start::quickest;
use crate::measure;
use release::failure::{Context, Result, failed};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(super) struct Nothing {
    program: PathBuf,
    _folder: TempDir,
}

impl Nothing {
    /// Needs a C compiler, and the C library to link with.
    pub(super) fn compile() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let program = folder.path().join("nothing");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench/nothing.c");
        let mut compile = Command::new("cc");
        compile.args(["-static", "-Os", "-s", "-o"]).arg(&program);
        let status = compile.arg(source).status().context("cc")?;
        if !status.success() {
            return failed("the program to compare with could not be compiled");
        }
        Ok(Self {
            program,
            _folder: folder,
        })
    }

    /// KiB that it takes while it sleeps.
    pub(super) fn memory(&self) -> Result<u64> {
        let mut child = Command::new(&self.program).arg("wait").spawn();
        let child = child.as_mut().map_err(|error| &*error).context("nothing")?;
        let memory = measure::settled(child.id());
        child
            .kill()
            .and_then(|()| child.wait())
            .context("nothing")?;
        memory
    }

    /// Microseconds from its start to its end.
    pub(super) fn start_up(&self) -> Result<u64> {
        quickest(|| Command::new(&self.program))
    }
}
