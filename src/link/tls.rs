//! TLS, as far as both ways of using it share it.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

use super::frame::{Class, LinkFailure};

/// The library would otherwise use a provider that takes much longer to start.
pub(super) fn install_ring() {
    let provider = CryptoProvider {
        key_provider: &NoKeys,
        ..ring::default_provider()
    };
    // It fails only when a provider is installed already.
    let _ = provider.install_default();
}

/// The agent has no certificate of its own to show: what reads private keys and
/// signs with them would be linked for nothing.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(
            "the agent shows no certificate of its own".to_owned(),
        ))
    }
}

/// Says which remedy applies: another CA, another name, another clock.
pub(super) fn explain(error: &rustls::Error) -> LinkFailure {
    use rustls::CertificateError as C;
    let (class, hint) = match error {
        rustls::Error::InvalidCertificate(
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. },
        ) => (
            Class::Clock,
            "; if the certificate is good, this host's clock is wrong",
        ),
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => (
            Class::Certificate,
            "; set PILOT_CA_FILE to the CA that issued the server's certificate",
        ),
        rustls::Error::InvalidCertificate(
            C::NotValidForName | C::NotValidForNameContext { .. },
        ) => (
            Class::Name,
            "; use a name that it has, or have one issued for this name (pilotctl tls issue)",
        ),
        rustls::Error::InvalidCertificate(_) => (Class::Certificate, ""),
        rustls::Error::InvalidMessage(_) => (
            Class::Network,
            "; what answers there does not speak TLS: look at host and port",
        ),
        _ => (Class::Network, ""),
    };
    LinkFailure {
        class,
        text: format!("TLS: {error}{hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_from_a_wrong_ca() {
        let class = |error| explain(&rustls::Error::InvalidCertificate(error)).class;
        assert_eq!(class(rustls::CertificateError::Expired), Class::Clock);
        assert_eq!(class(rustls::CertificateError::NotValidYet), Class::Clock);
        assert_eq!(
            class(rustls::CertificateError::UnknownIssuer),
            Class::Certificate
        );
        assert_eq!(
            class(rustls::CertificateError::NotValidForName),
            Class::Name
        );
        assert_eq!(explain(&rustls::Error::DecryptError).class, Class::Network);
    }
}
