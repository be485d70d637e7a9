//! The settings that count without a restart, once the settings' file has others: the log's
//! level and the time between pings.

use super::super::duration;
use super::super::exposure;
use super::super::failure::Failure;
use super::super::log::Refilter;
use super::super::settings_file::{read, wrong};
use super::Arguments;
use crate::domain::delivery::Delivery;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

const LOG: &str = "PILOTCTL_LOG";
const INTERVAL: &str = "PILOTCTL_INTERVAL";

/// The file, what it held, and what goes by it.
pub(super) struct LiveSettings {
    pub(super) file: PathBuf,
    /// What it held when it was last read.
    pub(super) seen: BTreeMap<String, String>,
    pub(super) refilter: Refilter,
    pub(super) delivery: Arc<Delivery>,
}

impl LiveSettings {
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Takes what the file has otherwise than before. What was given on the command line and
    /// is not in the file stays.
    ///
    /// # Errors
    /// When something is wrong with the file; nothing of it is taken then.
    pub(super) fn renew(&mut self) -> Result<(), Failure> {
        exposure::refuse([self.file.as_path()])?;
        let values = read::<Arguments>(&self.file)?;
        let changed = changed(&self.seen, &values);
        let level = self.parsed(&values, &changed, LOG, |text| {
            EnvFilter::try_new(text).map_err(|error| error.to_string())
        })?;
        let interval = self.parsed(&values, &changed, INTERVAL, duration::parse_interval)?;
        if let Some(level) = level {
            tracing::info!("{LOG} of the file is in force: {level}");
            (self.refilter)(level);
        }
        if let Some(interval) = interval {
            tracing::info!("{INTERVAL} of the file is in force: {interval:?}");
            self.delivery.interval.set(interval);
            self.delivery.presence.wake_all();
        }
        let counts = |name: &str| [LOG, INTERVAL].contains(&name) && values.contains_key(name);
        for name in changed.into_iter().filter(|name| !counts(name)) {
            tracing::warn!("{name} of the file has changed: it counts from the next start");
        }
        self.seen = values;
        Ok(())
    }

    /// What a setting is now, if the file has it otherwise than before.
    fn parsed<T>(
        &self,
        values: &BTreeMap<String, String>,
        changed: &BTreeSet<&str>,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let value = values.get(name).filter(|_| changed.contains(name));
        let parse = |text: &String| {
            let wrong = |why| wrong(&self.file, &format!("{name}={text}: {why}"));
            parse(text).map_err(wrong)
        };
        value.map(parse).transpose()
    }
}

/// The names of what is there in one of two files alone, or otherwise.
fn changed<'a>(
    before: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> BTreeSet<&'a str> {
    let names = before.keys().chain(now.keys());
    names
        .filter(|name| before.get(*name) != now.get(*name))
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_removed_or_set_otherwise_has_changed() {
        let file = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
            owned.collect()
        };
        let before = file(&[("A", "1"), ("B", "2"), ("C", "3")]);
        let now = file(&[("A", "1"), ("B", "4"), ("D", "5")]);
        let names: Vec<_> = changed(&before, &now).into_iter().collect();
        assert_eq!(names, ["B", "C", "D"]);
    }
}
