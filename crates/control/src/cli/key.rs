//! `pilotctl key`: the key list that hosts trust. Signing it needs the root key and no
//! network, so it can be done on an offline machine.

use super::client::Connection;
use super::failure::Failure;
use super::text_file::bytes;
use super::{help, output, size, table};
use crate::clock::unix_now;
use crate::files;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use trust::{Keyring, SecretKey};
use wire::bounded::Bounded;
use wire::key_list::{KeyList, SignedKeyList};

/// `pilotctl key …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a list, for `key list-sign`
    #[command(after_help = help::of_files!("pilotctl key list-make --number 1 --job job_pub.pgp --registry registry_pub.pgp -o list.json"))]
    ListMake {
        /// Number of the list: increase it with every change; hosts refuse a lower one
        #[arg(long, value_parser = size::count::<u64>)]
        number: u64,
        /// Public key that may sign job requests (may be repeated)
        #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
        job: Vec<PathBuf>,
        /// Public key that may sign packages (may be repeated)
        #[arg(long, value_name = "FILE", num_args = 1..)]
        registry: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Sign a list with the root key
    #[command(after_help = help::of_files!("pilotctl key list-sign --root root_key.pgp list.json -o list.signed.json"))]
    ListSign {
        /// The root's secret key
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The list
        list: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Give a signed list to a running service, and with it to all hosts
    #[command(after_help = help::of_client!("pilotctl key list-import list.signed.json"))]
    ListImport {
        /// The signed list
        list: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the list of a running service, and how many hosts trust it
    #[command(after_help = help::of_client!("pilotctl key ls"))]
    Ls {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the fingerprints in a list or in files of keys
    #[command(after_help = help::of_files!("pilotctl key show list.signed.json"))]
    Show {
        /// A list, a signed list or a public key
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// The file to write.
#[derive(clap::Args)]
pub(super) struct Output {
    /// File to create
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::ListMake {
            number,
            job,
            registry,
            output,
        } => {
            let list = KeyList {
                number,
                issued: unix_now(),
                job: armored(&job)?,
                registry: armored(&registry)?,
            };
            write(&output, &list)
        }
        Command::ListSign { root, list, output } => write(&output, &sign(&root, &list)?),
        Command::ListImport { list, connection } => import(&list, &connection),
        Command::Ls { connection } => ls(&connection),
        Command::Show { files, json } => show(&files, json),
    }
}

fn import(path: &Path, connection: &Connection) -> Result<(), Failure> {
    let signed: SignedKeyList = serde_json::from_slice(&bytes(path)?).map_err(|error| {
        Failure::Usage(format!(
            "{} is not a list that `pilotctl key list-sign` made: {error}",
            path.display()
        ))
    })?;
    connection.client()?.put("/key-list", &json!(signed))?;
    output::done(
        connection.json,
        &json!({ "imported": path.display().to_string() }),
        "in force; hosts get it with their next pings (`pilotctl key ls` shows how many have it)",
    )
}

fn ls(connection: &Connection) -> Result<(), Failure> {
    let shown = connection.client()?.get("/key-list")?;
    if connection.json {
        return output::json(&shown);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = |name: &str| shown[name].as_array().cloned().unwrap_or_default();
    output::line(format_args!(
        "list {} of root key {}, made {}",
        shown["number"],
        text(&shown["root"]),
        text(&shown["issued"])
    ))?;
    let keys: Vec<_> = entries("keys")
        .iter()
        .map(|key| {
            let in_use = if key["in_use"] == true {
                "signs now"
            } else {
                ""
            };
            vec![
                text(&key["use"]),
                text(&key["fingerprint"]),
                text(&key["user"]),
                in_use.to_owned(),
            ]
        })
        .collect();
    table::print(&["USE", "FINGERPRINT", "OWNER", ""], &keys)?;
    let hosts: Vec<_> = entries("hosts")
        .iter()
        .map(|entry| {
            let number = entry["number"].as_u64();
            let number = number.map_or("not reported".to_owned(), |number| number.to_string());
            vec![number, entry["hosts"].to_string()]
        })
        .collect();
    table::print(&["LIST", "HOSTS"], &hosts)
}

fn armored(paths: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut keys = Vec::new();
    for path in paths {
        let ring = ring(path, &bytes(path)?)?;
        keys.extend(ring.certificates().iter().map(trust::Certificate::to_armor));
    }
    Ok(keys)
}

fn ring(path: &Path, bytes: &[u8]) -> Result<Keyring, Failure> {
    Keyring::from_bytes(bytes)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn sign(root: &Path, list: &Path) -> Result<SignedKeyList, Failure> {
    let key = SecretKey::from_bytes(&bytes(root)?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", root.display())))?;
    let bytes = bytes(list)?.to_vec();
    serde_json::from_slice::<KeyList>(&bytes).map_err(|error| {
        Failure::Usage(format!("{} is not a key list: {error}", list.display()))
    })?;
    let signature = key
        .sign(&SignedKeyList::message(&bytes), unix_now())
        .map_err(|error| Failure::Refused(format!("{}: {error}", root.display())))?;
    let signed = SignedKeyList {
        list: bytes,
        signature,
    };
    signed
        .check()
        .map_err(|error| Failure::Usage(format!("{}: {error}", list.display())))?;
    Ok(signed)
}

fn write(output: &Output, value: &impl serde::Serialize) -> Result<(), Failure> {
    let path = &output.file;
    let json = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::Refused(format!("writing JSON: {error}")))?;
    files::write_new(path, 0o644, &json).map_err(|error| Failure::file(path, error))?;
    let written = json!({ "file": path.display().to_string() });
    output::made(output.json, &written, path.display())
}

/// A key of a file.
struct Row {
    file: String,
    /// The number of its list.
    list: Option<u64>,
    purpose: &'static str,
    fingerprint: String,
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let list = self.list.map(|number| number.to_string());
        vec![
            self.file.clone(),
            list.unwrap_or_default(),
            self.purpose.to_owned(),
            self.fingerprint.clone(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "file": self.file, "list": self.list, "use": self.purpose, "fingerprint": self.fingerprint,
        })
    }
}

fn show(paths: &[PathBuf], as_json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for path in paths {
        rows.extend(rows_of(path, &bytes(path)?)?);
    }
    if as_json {
        return output::json(&rows.iter().map(Row::json).collect());
    }
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    table::print(&["FILE", "LIST", "USE", "FINGERPRINT"], &cells)
}

fn rows_of(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, Failure> {
    let signed = serde_json::from_slice::<SignedKeyList>(bytes).map(|signed| signed.list);
    let Ok(list) = serde_json::from_slice::<KeyList>(signed.as_deref().unwrap_or(bytes)) else {
        return keys(path, None, "key", bytes);
    };
    let mut rows = Vec::new();
    for (purpose, armored) in [("job", &list.job), ("registry", &list.registry)] {
        for key in armored {
            rows.extend(keys(path, Some(list.number), purpose, key.as_bytes())?);
        }
    }
    Ok(rows)
}

fn keys(
    path: &Path,
    list: Option<u64>,
    purpose: &'static str,
    armored: &[u8],
) -> Result<Vec<Row>, Failure> {
    let row = |certificate: &trust::Certificate| Row {
        file: path.display().to_string(),
        list,
        purpose,
        fingerprint: certificate.fingerprint().to_string(),
    };
    Ok(ring(path, armored)?
        .certificates()
        .iter()
        .map(row)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust::Algorithm;

    fn public() -> String {
        let key = SecretKey::generate("k", Algorithm::Ed25519, unix_now() - 10).unwrap();
        key.certificate().to_armor()
    }

    #[test]
    fn a_key_of_a_list_is_shown_with_its_use_and_the_number_of_the_list() {
        let list = KeyList {
            number: 3,
            issued: unix_now(),
            job: vec![public()],
            registry: vec![public()],
        };
        let bytes = serde_json::to_vec(&list).unwrap();
        let rows = rows_of(Path::new("list.json"), &bytes).unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.list, row.purpose)).collect();
        assert_eq!(shown, [(Some(3), "job"), (Some(3), "registry")]);
        assert_eq!(rows[0].json()["file"], "list.json");
    }

    #[test]
    fn a_single_key_has_no_list() {
        let rows = rows_of(Path::new("k_pub.pgp"), public().as_bytes()).unwrap();
        assert_eq!((rows[0].list, rows[0].purpose), (None, "key"));
    }
}
