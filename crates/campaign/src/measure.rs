//! Resources of running processes, from proc(5).

use release::failure::{Context, Result};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

/// The pause between two measurements of memory that settles. A courier releases memory once it has
/// waited for a second.
const MOMENT: Duration = Duration::from_secs(2);

/// The units of processor time on Linux, on all architectures (time(7)).
const TICK: Duration = Duration::from_millis(10);

/// Kibibytes of memory that are a process's share (Pss).
///
/// # Errors
/// When the process is gone, or this user may not read its files: agents are not
/// dumpable, so that needs root.
pub(crate) fn memory(pid: u32) -> Result<u64> {
    lab::memory::pss_kib(pid).context(needs_root(&format!("/proc/{pid}/smaps_rollup")))
}

/// Kibibytes of heap and stacks that are a process's share (Pss_Anon).
///
/// # Errors
/// As [`memory`].
pub(crate) fn anonymous(pid: u32) -> Result<u64> {
    lab::memory::anonymous_kib(pid).context(needs_root(&format!("/proc/{pid}/smaps_rollup")))
}

/// As [`memory`], of a process that is about to wait: measured when it no longer changes.
///
/// # Errors
/// As [`memory`].
pub(crate) fn settled(pid: u32) -> Result<u64> {
    let mut before = memory(pid)?;
    loop {
        thread::sleep(MOMENT);
        let now = memory(pid)?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
}

/// How much processor time a process has used, with the children that it has
/// waited for (proc_pid_stat(5)).
///
/// # Errors
/// When the process is gone.
pub(crate) fn processor_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).context(&path)?;
    // The name, in parentheses, may hold anything.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> = fields
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    let ticks: u64 = fields.iter().skip(11).take(4).sum();
    Ok(TICK * u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// How many descriptors a process has open.
///
/// # Errors
/// As [`memory`].
pub(crate) fn descriptors(pid: u32) -> Result<usize> {
    let path = format!("/proc/{pid}/fd");
    Ok(fs::read_dir(&path).context(needs_root(&path))?.count())
}

/// The children of a process that has one thread.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let list = list.unwrap_or_default();
    list.split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}

/// How many files and folders lie below a folder, and how many bytes they have.
///
/// # Errors
/// When one of the folders cannot be read.
pub(crate) fn below(folder: &Path) -> Result<(usize, u64)> {
    let (mut count, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder).context(folder.display())? {
        let entry = entry.context(folder.display())?;
        // A file may be removed while its folder is read.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let inside = if metadata.is_dir() {
            below(&entry.path())?
        } else {
            (0, metadata.len())
        };
        count += 1 + inside.0;
        bytes += inside.1;
    }
    Ok((count, bytes))
}

/// Whether a program is linked statically (elf(5)).
///
/// # Errors
/// When it cannot be read.
pub(crate) fn is_static(program: &Path) -> Result<bool> {
    let bytes = fs::read(program).context(program.display())?;
    let loader = b"/ld-linux";
    Ok(!bytes.windows(loader.len()).any(|window| window == loader))
}

fn needs_root(path: &str) -> String {
    format!("cannot read {path} (that takes root)")
}
