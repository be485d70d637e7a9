//! The settings file of the service. The service manager has put it into the environment.
//! systemd and a shell read some lines differently.

use super::failure::Failure;
use clap::Args;
use std::collections::BTreeMap;
use std::path::Path;

const PREFIX: &str = "PILOTCTL_";

/// The settings of a file. Refuses lines that systemd and a shell read differently, and
/// variables that belong to none of the options.
///
/// # Errors
/// The file, the line or the variable, and what is wrong.
pub(super) fn read<Options: Args>(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    let options = Options::augment_args(clap::Command::new(""));
    let known: Vec<_> = options
        .get_arguments()
        .filter_map(|option| option.get_env())
        .collect();
    let values = settings::parse(&text).map_err(|why| wrong(path, &why))?;
    let ours = values.keys().filter(|key| key.starts_with(PREFIX));
    for key in ours {
        if !known.iter().any(|name| *name == key.as_str()) {
            let why = format!("{key} is not a setting of the service; pilotctl(1) lists them");
            return Err(wrong(path, &why));
        }
    }
    Ok(values)
}

pub(super) fn wrong(path: &Path, why: &str) -> Failure {
    Failure::Usage(format!("{}: {why}", path.display()))
}
