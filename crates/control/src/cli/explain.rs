//! Explains why a call to the service failed, and what to do about it.

use dial::Failure;
use rustls::CertificateError as Certificate;
use std::io::ErrorKind;
use wire::text::{is_cut, of_connection};

/// Explains a failed call; `proxy` is the proxy that it used.
pub(super) fn call(error: &ureq::Error, proxy: Option<&str>) -> String {
    if let Some(why) = of_tls(error) {
        return why;
    }
    let text = in_words(error);
    match (proxy, Failure::of(error)) {
        (Some(proxy), _) => format!(
            "cannot connect through {proxy}: {text} (is its address right? NO_PROXY lists the hosts that are reached without it)"
        ),
        (None, Some(failure)) if failure.is_refused() => {
            format!("{text} (is `pilotctl serve` running there?)")
        }
        _ => text,
    }
}

/// The error of the library in our words.
fn in_words(error: &ureq::Error) -> String {
    use ureq::Timeout::Connect;
    if let Some(failure) = Failure::of(error) {
        return failure.to_string();
    }
    match error {
        ureq::Error::Io(error) => of_connection(error),
        ureq::Error::Timeout(Connect) => "connecting with TLS took too long".into(),
        ureq::Error::Timeout(_) => "the answer took too long".into(),
        ureq::Error::BodyExceedsLimit(most) => {
            format!("the answer is longer than {most} bytes")
        }
        _ => "the server there does not speak HTTP as expected: is the address right?".into(),
    }
}

/// Whether the service may have received the request of a failed call.
pub(super) fn may_have_arrived(error: &ureq::Error) -> bool {
    use ureq::Timeout::{Connect, Resolve};
    match error {
        ureq::Error::Io(error) => is_cut(error) || error.kind() == ErrorKind::WouldBlock,
        ureq::Error::Timeout(step) => !matches!(step, Resolve | Connect),
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => true,
        _ => false,
    }
}

/// Explains an error of TLS.
fn of_tls(error: &ureq::Error) -> Option<String> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        _ => return None,
    };
    Some(match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) => {
            "the server there does not speak TLS: is the port right?".into()
        }
        _ => "the server there ended the TLS handshake: are host and port right?".into(),
    })
}

fn of_certificate(why: &Certificate) -> String {
    match why {
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired: renew it (`pilotctl tls issue`) if the clock of this \
             machine is right"
                .into()
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet: set the clock of this machine if it is wrong"
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
            "no CA that this machine trusts issued its certificate (PILOTCTL_CA_FILE has to name the CA \
             that issued its certificate)"
                .into()
        }
        other => format!("its certificate is refused: {other}"),
    }
}

const OTHER_NAME: &str = "use a name that it has in PILOTCTL_URL, or issue one with this name \
                          (`pilotctl tls issue`)";

/// The plain name in the library's `DnsName("a.example")` or `IpAddress(192.0.2.1)`.
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
            let text = refused(why);
            assert!(text.contains(words), "{text}");
            assert_eq!(text.contains("PILOTCTL_CA_FILE"), ca, "{text}");
        }
    }

    #[test]
    fn names_are_shown_as_people_write_them() {
        let text = refused(Certificate::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: vec![
                "DnsName(\"a.example\")".into(),
                "IpAddress(192.0.2.1)".into(),
            ],
        });
        let words = "is not for localhost, but for a.example, 192.0.2.1: use a name";
        assert!(text.contains(words), "{text}");
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
            let (text, library) = (call(&error, None), error.to_string());
            assert!(
                !text.contains("https://") && !text.contains(&library),
                "{text}"
            );
        }
    }

    #[test]
    fn a_request_that_was_sent_may_have_arrived() {
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
    fn a_failed_connection_names_what_to_check() {
        let silent = no_connection(ErrorKind::TimedOut);
        assert!(!call(&silent, None).contains("pilotctl serve"));
        let refused = no_connection(ErrorKind::ConnectionRefused);
        assert!(call(&refused, None).contains("pilotctl serve"));
        let text = call(&refused, Some("the proxy p:1 of HTTPS_PROXY"));
        assert!(
            text.starts_with("cannot connect through the proxy p:1 of HTTPS_PROXY"),
            "{text}"
        );
        assert!(!text.contains("pilotctl serve"), "{text}");
    }
}
