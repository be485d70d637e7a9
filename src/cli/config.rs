//! `pilot config`: the ids and settings of this host.

use super::{output, parse, usage_error};
use crate::config::{Config, SETTINGS, Source};
use crate::failure::Failure;
use crate::home;
use crate::host::{facts, machine_id};
use crate::identity::Identity;
use crate::keys;
use std::collections::BTreeMap;
use std::path::PathBuf;
use wire::HostId;
use wire::nearest::suggestion;

/// Prints the requested settings.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    let what = match matches.free.as_slice() {
        [] => "ALL",
        [what] => what.as_str(),
        _ => {
            return Err(usage_error(
                "config takes one argument; see `pilot config --help`",
            ));
        }
    };
    let source = Source::of_this_process()?;
    let config = source.load()?;
    if what == "ALL" {
        let everything = everything(&source, &config)?;
        return if matches.opt_present("json") {
            let everything: BTreeMap<_, _> = everything.into_iter().collect();
            output::json(&serde_json::json!(everything))
        } else {
            let lines = everything.iter();
            let lines: Vec<_> = lines
                .map(|(name, value)| format!("{name:21} {value}"))
                .collect();
            output::print(lines.join("\n"))
        };
    }
    let text = match what {
        "host-uuid" => host_id(&config)?.to_string(),
        "mac-addr" => facts::hardware_addresses().join("\n"),
        "hw-id" => hardware_id()?,
        "machine-id" => machine_id::read(&config.machine_id_file)?,
        other => {
            let known = ["host-uuid", "mac-addr", "hw-id", "machine-id", "ALL"];
            return Err(usage_error(format!(
                "there is no {other:?}{}",
                suggestion(other, &known)
            )));
        }
    };
    if matches.opt_present("json") {
        return output::json(&serde_json::json!({ what: text }));
    }
    output::print(text)
}

/// The id that is in use, else the one that would be.
pub(super) fn host_id(config: &Config) -> Result<HostId, Failure> {
    home::refuse_hidden(config)?;
    match Identity::load(&config.home)? {
        Some(identity) => Ok(identity.host),
        None => Ok(HostId::derive(
            &machine_id::read(&config.machine_id_file)?,
            &config.instance,
            &[],
        )),
    }
}

fn hardware_id() -> Result<String, Failure> {
    machine_id::hardware().ok_or_else(|| {
        Failure::configuration("this machine's hardware shows no id, or only to root")
    })
}

/// What identifies this host, and every setting with the value in force.
fn everything(source: &Source, config: &Config) -> Result<Vec<(&'static str, String)>, Failure> {
    let path = |path: PathBuf| path.display().to_string();
    let file = source.file().map(path);
    let mut everything = vec![
        ("host-uuid", Some(host_id(config)?.to_string())),
        ("mac-addr", Some(facts::hardware_addresses().join(" "))),
        ("hw-id", machine_id::hardware()),
        ("machine-id", machine_id::read(&config.machine_id_file).ok()),
        ("configuration", file),
    ];
    everything.extend(SETTINGS.iter().map(|setting| {
        let value = match setting.key {
            // The CA that the enrolment pinned, if none is set.
            "PILOT_CA_FILE" => keys::ca_file(config).map(path),
            _ => (setting.value)(config),
        };
        (setting.key, value)
    }));
    let shown = everything.into_iter().map(|(name, value)| {
        let value = value.unwrap_or_else(|| "(none)".to_owned());
        (name, value)
    });
    Ok(shown.collect())
}
