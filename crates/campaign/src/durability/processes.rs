//! The processes of a host, and those that trace them.

use lab::host::processes_below;
use std::fs;
use std::path::Path;

/// The processes whose program is in a host's folder or below it.
pub(super) fn processes_of(folder: &Path) -> Vec<String> {
    let is_of_host = |pid: &String| {
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        program.starts_with(folder)
    };
    let below = processes_below(folder)
        .into_iter()
        .map(|pid| pid.to_string());
    let is_tracer = |pid: &String| {
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        program.ends_with("strace")
    };
    let mut found: Vec<String> = all_processes().filter(is_of_host).collect();
    found.extend(below.filter(|pid| !is_tracer(pid)));
    found
}

fn all_processes() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a tracer has a trace open.
pub(super) fn is_being_written(trace: &Path) -> bool {
    let trace = trace.to_string_lossy();
    all_processes().any(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.starts_with(b"strace\0")
            && String::from_utf8_lossy(&line).contains(&format!("{trace}\0"))
    })
}
