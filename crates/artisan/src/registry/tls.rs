//! Which registries are talked to, and for how long.

use super::interim::InterimConnector;
use crate::failure::{Context, Failure};
use crate::files;
use crate::settings::Settings;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Proxy};
use wire::ca_file;

/// For finding the addresses of a name, and then for a connection to any of them.
const CONNECT: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(60);
/// From the end of a request to the end of the answer's headers, however many
/// interim answers (RFC 9110, section 15.2) a server sends before.
const ANSWER: Duration = Duration::from_secs(120);
/// For the slowest line: half a gibibyte at a little over 1 Mbit/s.
const WHOLE_CALL: Duration = Duration::from_secs(3_600);

/// An HTTP agent for a registry, and the proxy on the way to it.
///
/// # Errors
/// When the CA file cannot be read or holds no certificate.
pub(super) fn agent(settings: &Settings, proxy: Option<Proxy>) -> Result<Agent, Failure> {
    let roots = match &settings.ca_file {
        Some(path) => from_file(path)?,
        None => RootCerts::PlatformVerifier,
    };
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .proxy(proxy)
        .https_only(true)
        .max_redirects(0)
        .http_status_as_error(false)
        .tls_config(tls)
        .user_agent(concat!("art/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .timeout_per_read(Some(SILENCE))
        .timeout_per_write(Some(SILENCE))
        .timeout_global(Some(WHOLE_CALL))
        .build();
    let connector = dial::connector()
        .chain(RustlsConnector::default())
        .chain(InterimConnector);
    Ok(Agent::with_parts(config, connector, dial::Names))
}

fn from_file(path: &Path) -> Result<RootCerts, Failure> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let bytes = files::read_if_there(path, ca_file::MOST_BYTES)?
        .ok_or_else(missing)
        .context("cannot read ART_CA_FILE", path)?;
    let found = ca_file::certificates(&bytes).map_err(|why| {
        Failure::own(format!(
            "ART_CA_FILE {} {why}: name the CA's certificate",
            path.display()
        ))
    })?;
    let owned = |der: &Vec<u8>| Certificate::from_der(der).to_owned();
    let roots: Vec<_> = found.iter().map(owned).collect();
    Ok(RootCerts::new_with_certs(&roots))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_of_a_call_may_last_for_ever() {
        let agent = agent(&Settings::default(), None).unwrap();
        let limits = agent.config().timeouts();
        assert_eq!(limits.global, Some(WHOLE_CALL));
        for limit in [limits.resolve, limits.connect, limits.recv_response] {
            assert!(limit.is_some_and(|limit| limit <= ANSWER), "{limits:?}");
        }
        assert!(agent.config().https_only() && agent.config().max_redirects() == 0);
    }
}
