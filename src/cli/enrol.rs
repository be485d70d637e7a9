//! `pilot enrol`: the first contact, with a code.

use super::{output, parse, usage_error};
use crate::config::Source;
use crate::config::address::ControlUri;
use crate::enrol::Enroller;
use crate::failure::{Context, Failure};
use crate::identity::IdSource;
use crate::storage;
use crate::sys::terminal;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use wire::code::EnrolCode;

const MOST_CODE_BYTES: u64 = 4096;

/// Enrols this host.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options
        .optopt("", "code-file", "", "FILE")
        .optflag("w", "hw-id", "")
        .optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    let [url] = matches.free.as_slice() else {
        return Err(usage_error(
            "enrol takes the address of Pilot Control and nothing else: pilot enrol https://host:port",
        ));
    };
    let uri: ControlUri = url
        .parse()
        .map_err(|error| usage_error(format!("{url:?}: {error}")))?;
    let code = read_code(matches.opt_str("code-file").as_deref())?;
    let config = Source::of_this_process()?.load()?;
    let source = if matches.opt_present("hw-id") {
        IdSource::Hardware
    } else {
        IdSource::MachineId
    };
    let identity = Enroller {
        config,
        uri,
        code,
        source,
        notice: |text| output::message(text),
    }
    .enrol()?;
    let (host, fingerprint) = (identity.host, identity.key.fingerprint());
    if matches.opt_present("json") {
        return output::json(&serde_json::json!({ "host": host, "fingerprint": fingerprint }));
    }
    output::print(format_args!(
        "enrolled as host {host} (key fingerprint {fingerprint})"
    ))
}

fn read_code(file: Option<&str>) -> Result<EnrolCode, Failure> {
    let text = match file {
        Some(path) if path != "-" => {
            let bytes = storage::read_limited(Path::new(path), MOST_CODE_BYTES).context(path)?;
            let bytes =
                bytes.ok_or_else(|| Failure::configuration(format!("{path}: no such file")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ if io::stdin().is_terminal() => {
            terminal::read_hidden("enrolment code: ").context("cannot read the code")?
        }
        _ => {
            let mut text = String::new();
            // One byte more makes it no code.
            io::stdin()
                .take(MOST_CODE_BYTES + 1)
                .read_to_string(&mut text)
                .context("cannot read the code")?;
            text
        }
    };
    text.parse().map_err(|error| {
        usage_error(format!(
            "{error}; ask an operator for one (`pilotctl host invite`)"
        ))
    })
}
