//! The file of the service's settings. A service manager has put it into the environment,
//! and may have read it otherwise than it was meant: systemd and a shell differ.

use super::failure::Failure;
use clap::Args;
use std::collections::BTreeMap;
use std::path::Path;

const PREFIX: &str = "PILOTCTL_";

/// What a file sets. A line that is not read alike by all is refused, and so is one that
/// sets what no option of these has.
///
/// # Errors
/// The file, the line or the variable, and what is wrong with it.
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
            let why = format!("{key} is no setting of the service; pilotctl(1) has all");
            return Err(wrong(path, &why));
        }
    }
    Ok(values)
}

pub(super) fn wrong(path: &Path, why: &str) -> Failure {
    Failure::Usage(format!("{}: {why}", path.display()))
}
