//! TLS, as far as both ways of using it share it.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::{PrivateKeyDer, UnixTime};
use rustls::sign::SigningKey;

use super::frame::{Class, LinkFailure};
use wire::time::rfc3339;

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

/// Says which remedy applies: another CA, another name, another clock, another
/// certificate.
pub(super) fn explain(error: &rustls::Error) -> LinkFailure {
    let (class, text) = match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) => (
            Class::Network,
            format!("{error}; what answers there does not speak TLS: look at host and port"),
        ),
        _ => (Class::Network, error.to_string()),
    };
    LinkFailure {
        class,
        text: format!("TLS: {text}"),
    }
}

fn of_certificate(why: &rustls::CertificateError) -> (Class, String) {
    use rustls::CertificateError as C;
    const CLOCK: &str = "if the certificate is good, this host's clock is wrong";
    let at = |time: &UnixTime| rfc3339(time.as_secs());
    match why {
        C::ExpiredContext { not_after, .. } => (
            Class::Clock,
            format!(
                "the server's certificate expired at {}: have it renewed (pilotctl tls issue); {CLOCK}",
                at(not_after)
            ),
        ),
        C::NotValidYetContext { not_before, .. } => (
            Class::Clock,
            format!(
                "the server's certificate is not valid before {}; {CLOCK}",
                at(not_before)
            ),
        ),
        C::UnknownIssuer | C::BadSignature => (
            Class::Certificate,
            format!(
                "no CA that this host trusts issued the server's certificate ({why}); set PILOT_CA_FILE to the CA that did, or, where it issued itself, have one issued by a CA (pilotctl tls init)"
            ),
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            Class::Name,
            format!(
                "{why}; use a name that it has, or have one issued for this name (pilotctl tls issue)"
            ),
        ),
        _ => (
            Class::Server,
            format!(
                "the server's certificate is not one for a server ({why}); have another one issued for it (pilotctl tls issue)"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn explained(error: rustls::CertificateError) -> (Class, String) {
        let failure = explain(&rustls::Error::InvalidCertificate(error));
        (failure.class, failure.text)
    }

    #[test]
    fn each_flaw_of_a_certificate_has_a_remedy_of_its_own() {
        use rustls::CertificateError as C;
        let time = UnixTime::since_unix_epoch;
        let now = time(Duration::from_secs(1_800_000_000));
        let day = time(Duration::from_secs(1_767_225_600));
        let expired = C::ExpiredContext {
            time: now,
            not_after: day,
        };
        let early = C::NotValidYetContext {
            time: day,
            not_before: now,
        };
        for (error, class, words) in [
            (
                expired,
                Class::Clock,
                "expired at 2026-01-01T00:00:00Z: have it renewed",
            ),
            (
                early,
                Class::Clock,
                "is not valid before 2027-01-15T08:00:00Z",
            ),
            (C::UnknownIssuer, Class::Certificate, "set PILOT_CA_FILE"),
            (C::BadSignature, Class::Certificate, "set PILOT_CA_FILE"),
            (C::NotValidForName, Class::Name, "use a name that it has"),
            (C::InvalidPurpose, Class::Server, "have another one issued"),
            (C::BadEncoding, Class::Server, "have another one issued"),
        ] {
            let (found, text) = explained(error);
            assert!(found == class && text.contains(words), "{found:?} {text}");
            assert_eq!(text.contains("PILOT_CA_FILE"), class == Class::Certificate);
        }
        assert_eq!(explain(&rustls::Error::DecryptError).class, Class::Network);
    }
}
