//! Both sides of TLS, with certificates as `pilotctl tls init` makes them.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use std::io;
use std::net::{SocketAddr, TcpStream};
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

/// A client that trusts `ca.pem` of a folder.
pub fn client(folder: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(folder.join("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(versions.with_root_certificates(roots).with_no_client_auth())
}

/// Connects to `address:port`.
pub fn connect(
    config: &Arc<ClientConfig>,
    target: &str,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let address: SocketAddr = target.parse().unwrap();
    let name = ServerName::from(address.ip());
    let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    Ok(StreamOwned::new(connection, TcpStream::connect(address)?))
}
