//! The server's side of TLS, with certificates as `pilotctl tls init` makes them.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

/// A connection on which TLS is spoken.
pub type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A server with `server.pem` and `server.key` of a folder.
pub fn server(folder: &Path) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(folder.join("server.pem"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = versions.with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.unwrap())
}
