//! What broke off a call to a service, and what can be done about it.

use dial::Failure;
use rustls::CertificateError as Certificate;
use std::io::ErrorKind;
use wire::text::{is_cut, of_connection};

/// A call that did not get through; `proxy` is the one on the way.
pub(super) fn call(error: &ureq::Error, proxy: Option<&str>) -> String {
    if let Some(why) = of_tls(error) {
        return why;
    }
    let told = in_words(error);
    match (proxy, Failure::of(error)) {
        (Some(proxy), _) => format!(
            "{proxy} did not lead there: {told} (is that its address? NO_PROXY names what is reached without it)"
        ),
        (None, Some(failure)) if failure.is_refused() => {
            format!("{told} (is `pilotctl serve` running there?)")
        }
        _ => told,
    }
}

/// What the library reports, in our words.
fn in_words(error: &ureq::Error) -> String {
    use ureq::Timeout::Connect;
    if let Some(failure) = Failure::of(error) {
        return failure.to_string();
    }
    match error {
        ureq::Error::Io(error) => of_connection(error),
        ureq::Error::Timeout(Connect) => "no connection with TLS came about in time".into(),
        ureq::Error::Timeout(_) => "it did not answer in time".into(),
        ureq::Error::BodyExceedsLimit(most) => {
            format!("its answer is longer than the {most} bytes that are read")
        }
        _ => "what answers there does not speak HTTP as expected: is the address right?".into(),
    }
}

/// Whether the service may have got the request of a call that failed.
pub(super) fn may_have_arrived(error: &ureq::Error) -> bool {
    use ureq::Timeout::{Connect, Resolve};
    match error {
        ureq::Error::Io(error) => is_cut(error) || error.kind() == ErrorKind::WouldBlock,
        ureq::Error::Timeout(step) => !matches!(step, Resolve | Connect),
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => true,
        _ => false,
    }
}

/// What TLS says, if it was that.
fn of_tls(error: &ureq::Error) -> Option<String> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        _ => return None,
    };
    Some(match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) => {
            "what answers there does not speak TLS: is the port right?".into()
        }
        _ => "what answers there ended the TLS handshake: are host and port right?".into(),
    })
}

fn of_certificate(why: &Certificate) -> String {
    match why {
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired: renew it (`pilotctl tls issue`), if the clock of this \
             machine is right"
                .into()
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet: set the clock of this machine, if that is wrong"
                .into()
        }
        Certificate::NotValidForName => format!("its certificate is for another name: {OTHER_NAME}"),
        Certificate::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names: Vec<_> = presented.iter().map(|name| plain(name)).collect();
            format!(
                "its certificate is not for {}, but for {}: {OTHER_NAME}",
                expected.to_str(),
                names.join(", ")
            )
        }
        Certificate::UnknownIssuer | Certificate::BadSignature => {
            "no CA that is trusted here issued its certificate (PILOTCTL_CA_FILE has to name the CA \
             that issued its certificate)"
                .into()
        }
        other => format!("its certificate is refused: {other}"),
    }
}

const OTHER_NAME: &str = "use a name that it has in PILOTCTL_URL, or issue one with this name \
                          (`pilotctl tls issue`)";

/// A name as people write it: the library has `DnsName("a.example")` and
/// `IpAddress(192.0.2.1)`.
fn plain(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use dial::Refusal;
    use std::io;

    fn no_connection(why: ErrorKind) -> ureq::Error {
        let tried = vec![("192.0.2.1:443".parse().unwrap(), why.into())];
        Failure::NoConnection("c.test".into(), tried).into()
    }

    fn refused(why: Certificate) -> String {
        let tls = rustls::Error::InvalidCertificate(why);
        call(
            &ureq::Error::Io(io::Error::new(ErrorKind::InvalidData, tls)),
            None,
        )
    }

    #[test]
    fn each_fault_of_a_certificate_has_its_own_remedy() {
        for (why, words) in [
            (Certificate::UnknownIssuer, "PILOTCTL_CA_FILE"),
            (Certificate::Expired, "has expired"),
            (Certificate::NotValidYet, "not valid yet"),
            (Certificate::NotValidForName, "use a name that it has"),
        ] {
            let ca = matches!(why, Certificate::UnknownIssuer);
            let told = refused(why);
            assert!(told.contains(words), "{told}");
            assert_eq!(told.contains("PILOTCTL_CA_FILE"), ca, "{told}");
        }
    }

    #[test]
    fn names_are_told_as_people_write_them() {
        let told = refused(Certificate::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: vec![
                "DnsName(\"a.example\")".into(),
                "IpAddress(192.0.2.1)".into(),
            ],
        });
        let words = "is not for localhost, but for a.example, 192.0.2.1: use a name";
        assert!(told.contains(words), "{told}");
    }

    #[test]
    fn no_text_or_address_of_a_library_is_shown() {
        let manual = "peer closed connection: https://docs.rs/rustls/latest/";
        let ended = io::Error::new(ErrorKind::UnexpectedEof, manual);
        for error in [
            ureq::Error::Io(ended),
            ureq::Error::Timeout(ureq::Timeout::Global),
            ureq::Error::ConnectionFailed,
            ureq::Error::BadUri("https://a b".into()),
            ureq::Error::TlsRequired,
        ] {
            let (told, library) = (call(&error, None), error.to_string());
            assert!(
                !told.contains("https://") && !told.contains(&library),
                "{told}"
            );
        }
    }

    #[test]
    fn only_what_may_have_arrived_may_have_been_done() {
        let io = |kind: ErrorKind| ureq::Error::Io(kind.into());
        for error in [io(ErrorKind::UnexpectedEof), io(ErrorKind::ConnectionReset)] {
            assert!(may_have_arrived(&error), "{error}");
        }
        for error in [
            no_connection(ErrorKind::ConnectionRefused),
            Failure::NoAddress("c.test".into()).into(),
            Failure::Proxy(Refusal::Silent).into(),
            ureq::Error::Timeout(ureq::Timeout::Connect),
        ] {
            assert!(!may_have_arrived(&error), "{error}");
        }
    }

    #[test]
    fn who_cannot_get_there_is_told_what_to_look_at() {
        let silent = no_connection(ErrorKind::TimedOut);
        assert!(!call(&silent, None).contains("pilotctl serve"));
        let refused = no_connection(ErrorKind::ConnectionRefused);
        assert!(call(&refused, None).contains("pilotctl serve"));
        let told = call(&refused, Some("the proxy p:1 of HTTPS_PROXY"));
        assert!(told.starts_with("the proxy p:1 of HTTPS_PROXY"), "{told}");
        assert!(!told.contains("pilotctl serve"), "{told}");
    }
}
