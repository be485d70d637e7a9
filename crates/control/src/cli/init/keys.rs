//! The keys and certificates of a new control.

use super::super::failure::Failure;
use super::super::tls;
use crate::clock::unix_now;
use trust::{Algorithm, SecretKey};
use wire::key_list::{KeyList, SignedKeyList};
use zeroize::Zeroizing;

/// Who may read a file, besides root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Everyone,
    Service,
    /// Nobody: it leaves the service's machine, for this reason.
    Elsewhere(&'static str),
}

/// A file to write.
pub(super) struct Made {
    /// Its name below the folder.
    pub(super) name: &'static str,
    pub(super) reader: Reader,
    pub(super) content: Zeroizing<String>,
}

/// The folder with what leaves the service's machine.
pub(super) const OFFLINE: &str = "offline";

/// Makes a CA and a certificate for these hosts, three keys and their list.
///
/// # Errors
/// When a certificate or a key cannot be made.
pub(super) fn make(hosts: &[String]) -> Result<Vec<Made>, Failure> {
    use Reader::{Elsewhere, Everyone, Service};
    let control = hosts.first().map(String::as_str).unwrap_or_default();
    let now = unix_now();
    let generate = |use_: &str| {
        let key = SecretKey::generate(
            &format!("{use_} key of {control}"),
            Algorithm::default(),
            now,
        );
        key.map_err(not_made)
    };
    let (root, job, registry) = (generate("root")?, generate("job")?, generate("registry")?);
    let public = |key: &SecretKey| Zeroizing::new(key.certificate().to_armor());
    let secret = |key: &SecretKey| key.to_armor().map_err(not_made);
    let list = list(&root, &job, &registry, now)?;
    let file = |name, reader, content| Made {
        name,
        reader,
        content,
    };
    let mut made = vec![
        file("job_key.pgp", Service, secret(&job)?),
        file("job_pub.pgp", Everyone, public(&job)),
        file("root_pub.pgp", Everyone, public(&root)),
        file("registry_pub.pgp", Everyone, public(&registry)),
        file("list.signed.json", Everyone, Zeroizing::new(list)),
        file(
            "offline/root_key.pgp",
            Elsewhere("signs lists of keys, which decide what hosts run: keep it offline"),
            secret(&root)?,
        ),
        file(
            "offline/registry_key.pgp",
            Elsewhere("signs packages: it belongs where those are published"),
            secret(&registry)?,
        ),
    ];
    let certificates = tls::init(hosts).map_err(not_made)?;
    made.extend(certificates.into_iter().map(|(name, _, content)| {
        let (name, reader) = match name {
            "ca.key" => (
                "offline/ca.key",
                Elsewhere("issues control's certificates: keep it offline"),
            ),
            "ca.pem" => ("tls/ca.pem", Everyone),
            "server.key" => ("tls/server.key", Service),
            _ => ("tls/server.pem", Everyone),
        };
        file(name, reader, Zeroizing::new(content))
    }));
    Ok(made)
}

/// The first list of keys, signed, as `pilotctl key list-sign` writes it.
fn list(
    root: &SecretKey,
    job: &SecretKey,
    registry: &SecretKey,
    now: u64,
) -> Result<String, Failure> {
    let armored = |key: &SecretKey| vec![key.certificate().to_armor()];
    let list = KeyList {
        number: 1,
        issued: now,
        job: armored(job),
        registry: armored(registry),
    };
    let list = serde_json::to_vec(&list).map_err(not_made)?;
    let signature = root
        .sign(&SignedKeyList::message(&list), now)
        .map_err(not_made)?;
    serde_json::to_string_pretty(&SignedKeyList { list, signature }).map_err(not_made)
}

fn not_made(error: impl std::fmt::Display) -> Failure {
    Failure::Refused(format!("making keys and certificates: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_does_not_need_lies_apart() {
        let made = make(&["control.example.com".into()]).unwrap();
        for Made {
            name,
            reader,
            content,
        } in &made
        {
            let is_offline = name.starts_with(OFFLINE);
            assert_eq!(is_offline, matches!(reader, Reader::Elsewhere(_)), "{name}");
            let is_secret = content.contains("PRIVATE KEY");
            assert_eq!(is_secret, *reader != Reader::Everyone, "{name}");
        }
        assert_eq!(made.len(), 11);
    }
}
