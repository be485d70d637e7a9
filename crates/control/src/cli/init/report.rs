//! What `pilotctl init` says: what was made, and what comes next.

use super::super::failure::Failure;
use super::super::output;
use super::keys::{Made, Reader};
use super::{Arguments, PACKAGED};
use serde_json::json;
use std::path::Path;

/// Prints what was made, what has to be carried away, and how the service starts.
///
/// # Errors
/// When it cannot be printed.
pub(super) fn print(
    arguments: &Arguments,
    url: &str,
    settings: &Path,
    made: &[Made],
) -> Result<(), Failure> {
    let dir = settings.parent().unwrap_or(settings);
    let offline: Vec<_> = made
        .iter()
        .filter_map(|file| elsewhere(dir, file))
        .collect();
    if arguments.json {
        let files = made
            .iter()
            .map(|file| dir.join(file.name).display().to_string());
        let carry_away = offline
            .iter()
            .map(|(file, why)| json!({ "file": file, "why": why }));
        return output::json(&json!({
            "url": url,
            "admin": arguments.admin,
            "settings": settings.display().to_string(),
            "data": arguments.data.display().to_string(),
            "files": files.collect::<Vec<_>>(),
            "carry_away": carry_away.collect::<Vec<_>>(),
        }));
    }
    output::line(format_args!(
        "made keys, certificates and settings in {}, and {} with the admin {}\n\n\
         Carry these files away, and then remove them here. Who has them decides what hosts run:",
        dir.display(),
        arguments.data.display(),
        arguments.admin
    ))?;
    for (file, why) in &offline {
        output::line(format_args!("  {file}\n      {why}"))?;
    }
    let ca = dir.join("tls/ca.pem");
    output::line(format_args!(
        "\nStart the service:\n  {}\nThen sign in at {url}, with --ca-file {}.",
        start(settings),
        ca.display()
    ))
}

/// A file that leaves this machine, and why.
fn elsewhere(dir: &Path, file: &Made) -> Option<(String, &'static str)> {
    match file.reader {
        Reader::Elsewhere(why) => Some((dir.join(file.name).display().to_string(), why)),
        _ => None,
    }
}

/// The command that starts the service with these settings.
fn start(settings: &Path) -> String {
    match settings.parent() == Some(Path::new(PACKAGED)) {
        true => {
            "systemctl enable --now pilotctl    # with OpenRC: rc-service pilotctl start".into()
        }
        false => format!("(set -a; . {}; exec pilotctl serve)", settings.display()),
    }
}
