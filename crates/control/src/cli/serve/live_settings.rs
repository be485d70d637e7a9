//! The settings that count without a restart, once the settings' file has others.

use super::super::exposure;
use super::super::failure::Failure;
use super::super::log::Refilter;
use super::super::settings_file::{read, wrong};
use super::super::tls_files::TlsFiles;
use super::super::{address, duration};
use super::{Arguments, MIB, largest_package};
use crate::domain::delivery::Delivery;
use crate::domain::package::Largest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

const LOG: &str = "PILOTCTL_LOG";
const INTERVAL: &str = "PILOTCTL_INTERVAL";
const MAX_PACKAGE: &str = "PILOTCTL_MAX_PACKAGE";
pub(super) const URL: &str = "PILOTCTL_PUBLIC_URL";
const TLS_CERT: &str = "PILOTCTL_TLS_CERT";
const TLS_KEY: &str = "PILOTCTL_TLS_KEY";
const CA: &str = "PILOTCTL_CA";
const KEY_LIST: &str = "PILOTCTL_KEY_LIST";

/// All of them. The page on control has the same table.
const LIVE: [&str; 8] = [
    LOG,
    INTERVAL,
    MAX_PACKAGE,
    URL,
    TLS_CERT,
    TLS_KEY,
    CA,
    KEY_LIST,
];

/// The file, what it held, and what goes by it.
pub(super) struct LiveSettings {
    pub(super) file: PathBuf,
    /// What it held when it was last read.
    pub(super) seen: BTreeMap<String, String>,
    pub(super) refilter: Refilter,
    pub(super) largest: Arc<Largest>,
    pub(super) delivery: Arc<Delivery>,
}

impl LiveSettings {
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Takes what the file has otherwise than before. What was given on the command line and
    /// is not in the file stays. Which files are read, and for which address the certificate
    /// has to be, is for the caller.
    ///
    /// # Errors
    /// When something is wrong with the file; nothing of it is taken then.
    pub(super) fn renew(
        &mut self,
        files: &mut TlsFiles,
        key_list: &mut Option<PathBuf>,
    ) -> Result<(), Failure> {
        exposure::refuse([self.file.as_path()])?;
        let values = read::<Arguments>(&self.file)?;
        let changes = Changes::new(&self.file, &self.seen, &values);
        let level = changes.parsed(LOG, |text| {
            EnvFilter::try_new(text).map_err(|error| error.to_string())
        })?;
        let interval = changes.parsed(INTERVAL, duration::parse_interval)?;
        let largest = changes.parsed(MAX_PACKAGE, largest_package)?;
        let url = changes.parsed(URL, address::parse)?;
        if let Some(level) = level {
            tracing::info!("{LOG} of the file is in force: {level}");
            (self.refilter)(level);
        }
        if let Some(interval) = interval {
            tracing::info!("{INTERVAL} of the file is in force: {interval:?}");
            self.delivery.interval.set(interval);
            self.delivery.presence.wake_all();
        }
        if let Some(mebibytes) = largest {
            tracing::info!("{MAX_PACKAGE} of the file is in force: {mebibytes} MiB");
            self.largest.set(mebibytes * MIB);
        }
        files.url = url.or(files.url.take());
        changes.name(TLS_CERT, &mut files.certificate);
        changes.name(TLS_KEY, &mut files.key);
        if let Some(path) = changes.value(CA) {
            files.ca = Some(path.into());
        }
        // Without a root key there is nothing that lists are checked with.
        if let Some(path) = key_list {
            changes.name(KEY_LIST, path);
        }
        for name in changes.left(key_list.is_some()) {
            tracing::warn!("{name} of the file has changed: it counts from the next start");
        }
        self.seen = values;
        Ok(())
    }
}

/// What a file has otherwise than before.
struct Changes<'a> {
    file: &'a Path,
    values: &'a BTreeMap<String, String>,
    names: BTreeSet<&'a str>,
}

impl<'a> Changes<'a> {
    fn new(
        file: &'a Path,
        before: &'a BTreeMap<String, String>,
        values: &'a BTreeMap<String, String>,
    ) -> Self {
        let names = before.keys().chain(values.keys());
        let names = names.filter(|name| before.get(*name) != values.get(*name));
        Self {
            file,
            values,
            names: names.map(String::as_str).collect(),
        }
    }

    /// What a setting is now, if the file has it otherwise.
    fn value(&self, name: &str) -> Option<&'a String> {
        self.values.get(name).filter(|_| self.names.contains(name))
    }

    fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let parse = |text: &String| {
            let wrong = |why| wrong(self.file, &format!("{name}={text}: {why}"));
            parse(text).map_err(wrong)
        };
        self.value(name).map(parse).transpose()
    }

    /// Has another file read from now on.
    fn name(&self, name: &str, path: &mut PathBuf) {
        if let Some(value) = self.value(name) {
            *path = value.into();
        }
    }

    /// What counts from the next start: other settings, and what the file has no more.
    fn left(&self, has_key_list: bool) -> impl Iterator<Item = &'a str> {
        let counts = move |name: &str| {
            LIVE.contains(&name)
                && self.values.contains_key(name)
                && (has_key_list || name != KEY_LIST)
        };
        self.names.iter().copied().filter(move |name| !counts(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    #[test]
    fn what_was_added_removed_or_set_otherwise_has_changed() {
        let file = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
            owned.collect()
        };
        let before = file(&[("A", "1"), ("B", "2"), (LOG, "info"), (KEY_LIST, "a")]);
        let now = file(&[("A", "1"), ("B", "4"), (CA, "ca"), (KEY_LIST, "b")]);
        let changes = Changes::new(Path::new(""), &before, &now);
        assert_eq!(changes.value(CA), Some(&"ca".to_owned()));
        assert_eq!((changes.value("A"), changes.value(LOG)), (None, None));
        let left: Vec<_> = changes.left(true).collect();
        assert_eq!(left, ["B", LOG], "what was removed is not known again");
        assert!(changes.left(false).any(|name| name == KEY_LIST));
    }

    /// Nobody has to guess which setting needs a restart.
    #[test]
    fn the_page_says_of_each_setting_whether_it_counts_at_once() {
        let page = include_str!("../../../../../docs/operations/control.md");
        let options = Arguments::augment_args(clap::Command::new(""));
        for option in options.get_arguments() {
            let Some(name) = option.get_env().and_then(|name| name.to_str()) else {
                continue;
            };
            let row = page
                .lines()
                .find(|line| line.starts_with(&format!("| `{name}` |")));
            let row = row.unwrap_or_else(|| panic!("{name} is not in the table"));
            let counts = if LIVE.contains(&name) {
                "| at once |"
            } else {
                "| restart |"
            };
            assert!(row.contains(counts), "{row}");
        }
    }
}
