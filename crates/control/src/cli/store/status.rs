//! `pilotctl store status`.

use super::{Failure, exposure, output, size, table};
use crate::files::is_unfinished;
use crate::store::{self, Status};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::Path;
use wire::time::rfc3339;

/// Files beside the database.
struct Files {
    /// Bytes of the journal file, which is as large as it ever had to be.
    journal: u64,
    /// Archives of packages.
    archives: Counted,
    /// Archives that are being received, or were when the service was killed.
    unfinished: Counted,
}

/// How many files there are, and their bytes.
#[derive(Default)]
struct Counted {
    files: u64,
    bytes: u64,
}

impl Counted {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    fn in_words(&self) -> String {
        format!("{}, {}", self.files, size::in_words(self.bytes))
    }
}

/// Prints how large the database of a folder is and what is in it.
pub(super) async fn show(data: &Path, as_json: bool) -> Result<(), Failure> {
    exposure::refuse([data])?;
    if !data.join(store::FILE).is_file() {
        return Err(Failure::Refused(format!(
            "{} has no {}: use the same --data as `pilotctl serve`",
            data.display(),
            store::FILE
        )));
    }
    let status = store::status(data).await?;
    let files = Files::of(data).map_err(|error| Failure::file(data, error))?;
    match as_json {
        true => output::json(&to_json(&status, &files)),
        false => print(&status, &files),
    }
}

impl Files {
    fn of(data: &Path) -> io::Result<Self> {
        let journal = data.join(format!("{}-wal", store::FILE));
        let mut files = Self {
            journal: fs::metadata(journal).map_or(0, |file| file.len()),
            archives: Counted::default(),
            unfinished: Counted::default(),
        };
        files.count(&data.join("packages"))?;
        Ok(files)
    }

    /// Counts the archives in a folder and those in it. What the service removes meanwhile does
    /// not count.
    fn count(&mut self, folder: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Ok(about) if about.is_dir() => self.count(&entry.path())?,
                Ok(about) if is_unfinished(&entry.file_name()) => self.unfinished.add(about.len()),
                Ok(about) => self.archives.add(about.len()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn to_json(status: &Status, files: &Files) -> Value {
    let hosts = status.hosts.iter();
    let hosts = hosts.map(|(state, count)| (state.name().to_owned(), json!(count)));
    let open = status.open_jobs.iter();
    let open = open.map(|(status, count)| ((*status).to_owned(), json!(count)));
    json!({
        "database": {
            "bytes": status.bytes, "free_bytes": status.free_bytes, "journal_bytes": files.journal,
        },
        "hosts": Value::Object(hosts.collect()),
        "batches": status.batches,
        "jobs": {
            "open": Value::Object(open.collect()),
            "ended": status.ended_jobs,
            "oldest_end": status.oldest_end.map(rfc3339),
            "output_bytes": status.output_bytes,
        },
        "packages": {
            "archives": files.archives.files, "bytes": files.archives.bytes,
            "unfinished": files.unfinished.files, "unfinished_bytes": files.unfinished.bytes,
        },
    })
}

fn print(status: &Status, files: &Files) -> Result<(), Failure> {
    let hosts = status.hosts.iter();
    let hosts = hosts.map(|(state, count)| format!("{count} {}", state.name()));
    let open = status.open_jobs.iter();
    let open = open.map(|(status, count)| format!("{count} {status}"));
    let ended = match status.oldest_end {
        Some(oldest) => format!(
            "{}, the first one on {}",
            status.ended_jobs,
            rfc3339(oldest)
        ),
        None => status.ended_jobs.to_string(),
    };
    let database = format!(
        "{}, of which {} are free; the journal has {}",
        size::in_words(status.bytes),
        size::in_words(status.free_bytes),
        size::in_words(files.journal)
    );
    table::print_titled(&[
        ("database", database),
        ("hosts", in_list(hosts)),
        ("batches", status.batches.to_string()),
        ("open jobs", in_list(open)),
        ("ended jobs", ended),
        ("outputs", size::in_words(status.output_bytes)),
        ("archives", files.archives.in_words()),
        ("uploads", files.unfinished.in_words()),
    ])
}

fn in_list(counts: impl Iterator<Item = String>) -> String {
    let counts: Vec<String> = counts.collect();
    match counts.is_empty() {
        true => "none".into(),
        false => counts.join(", "),
    }
}
