//! The settings that take effect without a restart when the settings file changes.

use super::super::exposure;
use super::super::failure::Failure;
use super::super::log::Refilter;
use super::super::settings_file::{read, wrong};
use super::super::tls_files::TlsFiles;
use super::super::{address, duration};
use super::arguments::{Arguments, MIB, largest_package};
use crate::domain::package::SizeLimit;
use crate::fleet::delivery::Delivery;
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

/// All of them. docs/operations/control.md has the same table.
const RELOADABLE: [&str; 8] = [
    LOG,
    INTERVAL,
    MAX_PACKAGE,
    URL,
    TLS_CERT,
    TLS_KEY,
    CA,
    KEY_LIST,
];

/// The settings file, its last content, and what the settings change.
pub(super) struct ReloadableSettings {
    pub(super) file: PathBuf,
    /// Its content when it was last read.
    pub(super) last: BTreeMap<String, String>,
    pub(super) refilter: Refilter,
    pub(super) largest: Arc<SizeLimit>,
    pub(super) delivery: Arc<Delivery>,
}

impl ReloadableSettings {
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Applies the settings that changed in the file. Options of the command line that the file
    /// does not set stay in force. Changed paths and addresses are stored in `files` and
    /// `key_list`; the caller reads those files.
    ///
    /// # Errors
    /// When the file is invalid; nothing is applied then.
    pub(super) fn reload(
        &mut self,
        files: &mut TlsFiles,
        key_list: &mut Option<PathBuf>,
    ) -> Result<(), Failure> {
        exposure::refuse([self.file.as_path()])?;
        let values = read::<Arguments>(&self.file)?;
        let changes = Changes::new(&self.file, &self.last, &values);
        let url = changes.parsed(URL, address::parse)?;
        self.apply(&changes)?;
        files.url = url.or(files.url.take());
        changes.set_path(TLS_CERT, &mut files.certificate);
        changes.set_path(TLS_KEY, &mut files.key);
        if let Some(path) = changes.value(CA) {
            files.ca = Some(path.into());
        }
        // Without a root key, no list can be verified.
        if let Some(path) = key_list {
            changes.set_path(KEY_LIST, path);
        }
        for name in changes.need_restart(key_list.is_some()) {
            tracing::warn!("{name} of the file has changed: restart the service to apply it");
        }
        self.last = values;
        Ok(())
    }

    /// Parses all of these settings before applying the first.
    fn apply(&self, changes: &Changes<'_>) -> Result<(), Failure> {
        let level = changes.parsed(LOG, |text| {
            EnvFilter::try_new(text).map_err(|error| error.to_string())
        })?;
        let interval = changes.parsed(INTERVAL, duration::parse_interval)?;
        let largest = changes.parsed(MAX_PACKAGE, largest_package)?;
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
        Ok(())
    }
}

/// The differences between two versions of the file.
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

    /// The new value of a setting, if it has changed.
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

    /// Replaces a path, if its setting has changed.
    fn set_path(&self, name: &str, path: &mut PathBuf) {
        if let Some(value) = self.value(name) {
            *path = value.into();
        }
    }

    /// The changed settings that need a restart, including those that were removed.
    fn need_restart(&self, has_key_list: bool) -> impl Iterator<Item = &'a str> {
        let is_applied = move |name: &str| {
            RELOADABLE.contains(&name)
                && self.values.contains_key(name)
                && (has_key_list || name != KEY_LIST)
        };
        let names = self.names.iter().copied();
        names.filter(move |name| !is_applied(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    #[test]
    fn added_removed_and_changed_settings_are_found() {
        let file = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
            owned.collect()
        };
        let before = file(&[("A", "1"), ("B", "2"), (LOG, "info"), (KEY_LIST, "a")]);
        let now = file(&[("A", "1"), ("B", "4"), (CA, "ca"), (KEY_LIST, "b")]);
        let changes = Changes::new(Path::new(""), &before, &now);
        assert_eq!(changes.value(CA), Some(&"ca".to_owned()));
        assert_eq!((changes.value("A"), changes.value(LOG)), (None, None));
        let restart: Vec<_> = changes.need_restart(true).collect();
        assert_eq!(restart, ["B", LOG], "a removed setting needs a restart");
        assert!(changes.need_restart(false).any(|name| name == KEY_LIST));
    }

    #[test]
    fn the_page_says_which_settings_need_a_restart() {
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
            let takes_effect = if RELOADABLE.contains(&name) {
                "| at once |"
            } else {
                "| restart |"
            };
            assert!(row.contains(takes_effect), "{row}");
        }
    }
}
