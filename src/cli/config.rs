//! `pilot config`: the ids and settings of this host.

use super::{output, parse, usage_error};
use crate::config::{Config, Source};
use crate::failure::Failure;
use crate::home;
use crate::host::{facts, machine_id};
use crate::identity::Identity;
use crate::keys;
use std::collections::BTreeMap;
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
            output::json(&serde_json::json!(BTreeMap::from(everything)))
        } else {
            let lines = everything.map(|(name, value)| format!("{name:18} {value}"));
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

fn everything(source: &Source, config: &Config) -> Result<[(&'static str, String); 24], Failure> {
    let none = || "(none)".to_owned();
    let path = |path: Option<std::path::PathBuf>| {
        path.map_or_else(none, |path| path.display().to_string())
    };
    let control: Vec<String> = config.control.iter().map(ToString::to_string).collect();
    let (reboot, policy) = (config.reboot.as_ref(), &config.job_policy);
    Ok([
        ("host-uuid", host_id(config)?.to_string()),
        ("mac-addr", facts::hardware_addresses().join(" ")),
        ("hw-id", machine_id::hardware().unwrap_or_else(none)),
        (
            "machine-id",
            machine_id::read(&config.machine_id_file).unwrap_or_else(|_| none()),
        ),
        ("configuration", path(source.file())),
        ("PILOT_CTL_URI", control.join(",")),
        ("PILOT_HOME", config.home.display().to_string()),
        ("PILOT_CA_FILE", path(keys::ca_file(config))),
        (
            "PILOT_HTTP_PROXY",
            config
                .proxy
                .as_ref()
                .map_or_else(none, |_| "(set)".to_owned()),
        ),
        ("PILOT_NO_PROXY", config.no_proxy.to_string()),
        (
            "PILOT_LOG_LEVEL",
            format!("{:?}", config.log_level).to_lowercase(),
        ),
        ("PILOT_ART", config.art.display().to_string()),
        ("PILOT_INSTANCE", config.instance.clone()),
        ("PILOT_WAIT", config.wait.as_secs().to_string()),
        ("PILOT_TIMEOUT", config.timeout.as_secs().to_string()),
        (
            "PILOT_MIN_INTERVAL",
            config.min_interval.as_secs().to_string(),
        ),
        (
            "PILOT_MAX_BACKOFF",
            config.max_backoff.as_secs().to_string(),
        ),
        ("PILOT_SPOOL_LIMIT", (config.spool_limit >> 20).to_string()),
        (
            "PILOT_REBOOT",
            reboot.map_or_else(none, ToString::to_string),
        ),
        ("PILOT_PULL_LIMIT", policy.pull_limit.to_string()),
        ("PILOT_GRACE", policy.grace.to_string()),
        (
            "PILOT_NO_NEW_PRIVS",
            u8::from(policy.no_new_privileges).to_string(),
        ),
        ("PILOT_JOB_USER", policy.user.clone().unwrap_or_else(none)),
        ("PILOT_PROCESS_LIMIT", policy.processes.to_string()),
    ])
}
