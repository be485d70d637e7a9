//! A job whose function counts its runs, and waits at a barrier if it is closed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

use lab::host::Host;
use lab::{Barrier, Lab};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A posted job, its barrier, and the file in which its function counts its runs.
#[derive(Clone)]
pub(crate) struct TallyJob {
    pub(crate) id: i64,
    barrier: PathBuf,
    tally: PathBuf,
}

impl TallyJob {
    /// Posts a job of this function with a barrier that is `open` or closed. The number keeps its
    /// files apart from those of other jobs; `more` are further inputs.
    pub(crate) fn post(
        (lab, host): (&Lab, &Host),
        number: u32,
        function: &str,
        open: bool,
        more: &[(&str, &str)],
    ) -> Self {
        let [barrier, tally] =
            ["barrier", "tally"].map(|name| lab.path(&format!("{name}{number}")));
        if open {
            fs::write(&barrier, "go\n").unwrap();
        } else {
            Barrier::make(&barrier);
        }
        let mut inputs = vec![("BARRIER", text(&barrier)), ("TALLY", text(&tally))];
        inputs.extend(more);
        lab.command(function, &inputs, json!({}));
        let id = lab.job(function, &[host])[0];
        Self { id, barrier, tally }
    }

    /// How often the function began.
    pub(crate) fn runs(&self) -> usize {
        let tally = fs::read_to_string(&self.tally);
        tally.unwrap_or_default().lines().count()
    }

    /// Waits until the function has reached the barrier.
    pub(crate) fn reached(&self) -> Barrier {
        Barrier::reached(&self.barrier)
    }

    /// The job at control.
    pub(crate) fn entry(&self, lab: &Lab) -> Value {
        lab.control.rest().get(&format!("/job/{}", self.id))
    }

    /// How many lines of control's log about the job have this text.
    pub(crate) fn lines(&self, lab: &Lab, text: &str) -> usize {
        let log = lab.control.service().log();
        let job = format!("job={} ", self.id);
        let is_it = |line: &&str| line.contains(text) && line.contains(&job);
        log.lines().filter(is_it).count()
    }

    /// How often control logged that it recorded a result of the job. If the host breaks the
    /// exchange off at that moment, it records the result without logging it.
    pub(crate) fn records(&self, lab: &Lab) -> usize {
        self.lines(lab, "recorded a result")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests have names in UTF-8")
}
