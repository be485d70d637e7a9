//! What TLS says of a registry, and what can be done about it.

use rustls::CertificateError as Certificate;
use rustls::pki_types::UnixTime;
use wire::time::rfc3339;

/// Why TLS was refused, if it was that.
pub(super) fn of_tls(error: &ureq::Error) -> Option<String> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        _ => return None,
    };
    match error {
        rustls::Error::InvalidCertificate(why) => Some(of_certificate(why)),
        rustls::Error::InvalidMessage(_) => {
            Some("what answers there does not speak TLS: look at host and port".into())
        }
        _ => None,
    }
}

fn of_certificate(why: &Certificate) -> String {
    const CLOCK: &str = "if the certificate is good, this machine's clock is wrong";
    let at = |time: &UnixTime| rfc3339(time.as_secs());
    match why {
        Certificate::ExpiredContext { not_after, .. } => format!(
            "its certificate expired at {}: have it renewed; {CLOCK}",
            at(not_after)
        ),
        Certificate::NotValidYetContext { not_before, .. } => format!(
            "its certificate is not valid before {}; {CLOCK}",
            at(not_before)
        ),
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            format!("{why}: use a name that it has")
        }
        Certificate::UnknownIssuer | Certificate::BadSignature => format!(
            "no CA that is trusted here issued its certificate ({why}); if it has a CA of its own, \
             name that CA's certificate in ART_CA_FILE; where it issued itself, have one issued by a CA"
        ),
        _ => format!("its certificate is not one for a server ({why}): have another one issued"),
    }
}
