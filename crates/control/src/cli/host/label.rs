//! `pilotctl host label`: gives hosts labels, and takes them away.

use super::named;
use crate::cli::client::{Connection, json, read};
use crate::cli::complete::Kind;
use crate::cli::failure::Failure;
use crate::cli::output;
use api::labels::{LabelChange, Relabelled};
use serde_json::json;

/// `pilotctl host label`
#[derive(clap::Args)]
pub(in crate::cli) struct Options {
    /// Hosts, by id, name or hostname, with commas between them
    #[arg(
        required = true,
        value_name = "HOST",
        value_delimiter = ',',
        num_args = 1,
        add = Kind::Hosts.offered()
    )]
    hosts: Vec<String>,
    /// KEY or KEY=VALUE gives a label, KEY- takes it away
    #[arg(required = true, value_name = "LABEL")]
    labels: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let client = options.connection.client()?;
    let hosts = options.hosts.iter().map(|host| named::host(&client, host));
    let change = change(hosts.collect::<Result<_, _>>()?, options.labels);
    let answer = client.post("/host/label", &json!(change))?;
    let Relabelled { changed } = read(json(&answer)?)?;
    output::done(
        options.connection.json,
        &json!({ "changed": changed }),
        match changed {
            1 => "changed the labels of 1 host".to_owned(),
            _ => format!("changed the labels of {changed} hosts"),
        },
    )
}

fn change(host_uuid: Vec<api::HostId>, labels: Vec<String>) -> LabelChange {
    let mut change = LabelChange {
        host_uuid,
        ..LabelChange::default()
    };
    for label in labels {
        match label.strip_suffix('-') {
            Some(key) => change.remove.push(key.to_owned()),
            None => change.add.push(label),
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_at_the_end_takes_a_label_away() {
        let texts = ["canary", "os=arm", "old-"].map(str::to_owned);
        let change = change(Vec::new(), texts.into());
        assert_eq!(change.add, ["canary", "os=arm"]);
        assert_eq!(change.remove, ["old"]);
    }
}
