//! What control, and this program, have used between two moments.

use super::control::Control;
use crate::measure::processor_time;
use release::failure::{Context, Result, failed};
use std::fs;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often is looked whether control has come to rest, and how long it may take.
const LOOK: Duration = Duration::from_millis(200);
const LONGEST_WORK: Duration = Duration::from_secs(120);

/// Processor time of a control that is at rest, in one look; it is counted in ticks of 10 ms.
const AT_REST: Duration = Duration::from_millis(10);

/// One moment.
pub(super) struct Look {
    at: Instant,
    control: Duration,
    generator: Duration,
    syncs: u64,
}

/// What was used since.
pub(super) struct Used {
    pub(super) time: Duration,
    /// Processor time of control, and of this program.
    pub(super) control: Duration,
    pub(super) generator: Duration,
    /// How often control had data put onto the disk.
    pub(super) syncs: u64,
}

impl Look {
    /// Now.
    ///
    /// # Errors
    /// When control is gone.
    pub(super) fn at(control: &Control) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            control: processor_time(control.pid()?)?,
            generator: processor_time(std::process::id())?,
            syncs: control.syncs.count()?,
        })
    }

    /// What was used until now.
    ///
    /// # Errors
    /// As [`Look::at`].
    pub(super) fn used(&self, control: &Control) -> Result<Used> {
        let now = Self::at(control)?;
        Ok(Used {
            time: now.at - self.at,
            control: now.control.saturating_sub(self.control),
            generator: now.generator.saturating_sub(self.generator),
            syncs: now.syncs - self.syncs,
        })
    }
}

/// Waits until control does nothing but wait.
///
/// # Errors
/// When it works on and on.
pub(super) async fn rest(control: &Control) -> Result<()> {
    let deadline = Instant::now() + LONGEST_WORK;
    let mut before = processor_time(control.pid()?)?;
    while Instant::now() < deadline {
        sleep(LOOK).await;
        let now = processor_time(control.pid()?)?;
        if now.saturating_sub(before) <= AT_REST {
            return Ok(());
        }
        before = now;
    }
    failed(format!("control still works after {LONGEST_WORK:?}"))
}

/// The most memory that control has had, in MiB, since [`forget_peak`].
///
/// # Errors
/// When it is gone.
pub(super) fn peak(control: &Control) -> Result<f64> {
    let pid = control.pid()?;
    Ok(mebibytes(lab::memory::peak_kib(&pid.to_string())))
}

/// Begins anew to look for the most memory that control has (proc_pid_clear_refs(5)).
///
/// # Errors
/// When it is gone, or is not for this user to change.
pub(super) fn forget_peak(control: &Control) -> Result<()> {
    let path = format!("/proc/{}/clear_refs", control.pid()?);
    fs::write(&path, "5").context(&path)
}

/// KiB in MiB.
pub(super) fn mebibytes(kibibytes: u64) -> f64 {
    float(kibibytes) / 1024.0
}

/// A number to divide, or to print.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}

/// Milliseconds with their fraction.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
