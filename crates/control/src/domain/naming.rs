//! What names a host: its whole id, a beginning of the id, the name that an operator gave it, or the
//! hostname that it reports.

use super::Error;
use super::host::HostState;
use std::collections::BTreeSet;
use wire::HostId;
use wire::printable;

/// The most bytes of a name.
const LONGEST: usize = 63;

/// The shortest beginning of an id that stands for it, in characters.
const SHORTEST_PREFIX: usize = 4;

/// The characters of a whole id.
const WHOLE_ID: usize = 36;

/// How many hosts an error names.
pub(crate) const MOST_NAMED: usize = 8;

/// Checks a name that an operator gives a host.
///
/// # Errors
/// A sentence that says which names are possible.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| plain(byte) || matches!(byte, b'-' | b'_' | b'.');
    let bytes = name.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let has_ends = ends.iter().all(|end| end.is_some_and(|byte| plain(*byte)));
    if !has_ends || name.len() > LONGEST || !bytes.iter().all(|byte| inner(*byte)) {
        return Err(format!(
            "{:?} cannot be a host's name: use up to {LONGEST} lower-case letters, digits, '-', '_' and '.', \
             with a letter or digit at both ends",
            printable::cut(name, LONGEST)
        ));
    }
    match id_prefix(name) {
        Some(_) => Err(format!(
            "{name} could be the beginning of a host's id: choose a name with another letter than a to f"
        )),
        None => Ok(()),
    }
}

/// The text as the beginning of an id, if it can be one.
pub(crate) fn id_prefix(text: &str) -> Option<String> {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    let is_prefix =
        (SHORTEST_PREFIX..=WHOLE_ID).contains(&text.len()) && text.bytes().enumerate().all(fits);
    is_prefix.then(|| text.to_ascii_lowercase())
}

/// A host that a text may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The host.
    pub(crate) id: HostId,
    /// Its state.
    pub(crate) state: HostState,
    /// Whether the text is the name that an operator gave it.
    pub(crate) is_named_so: bool,
    /// The hostname that it reports.
    pub(crate) hostname: String,
}

/// What a host is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Anything.
    Any,
    /// To get a job: hosts that wait for admission do not count.
    Jobs,
}

impl Purpose {
    fn suits(self, state: HostState) -> bool {
        self == Self::Any || matches!(state, HostState::Enrolled | HostState::Disabled)
    }
}

/// The one of these hosts that the text names. An operator's name counts before all else: what a
/// host reports of itself takes no name away.
///
/// # Errors
/// [`Error::NotFound`] if it names none, [`Error::Conflict`] with the hosts if it may be several.
pub(crate) fn choose(text: &str, hosts: &[Candidate], purpose: Purpose) -> Result<HostId, Error> {
    let shown = printable::cut(&printable::on_one_line(text), LONGEST);
    let is_named = hosts.iter().any(|host| host.is_named_so);
    let meant = hosts.iter().filter(|host| host.is_named_so == is_named);
    let (able, unable): (Vec<&Candidate>, Vec<&Candidate>) =
        meant.partition(|host| purpose.suits(host.state));
    let ids: BTreeSet<HostId> = able.iter().map(|host| host.id).collect();
    match (ids.len(), unable.first()) {
        (0, None) => Err(Error::NotFound(format!(
            "no host is called {shown}: see `pilotctl host ls`"
        ))),
        (0, Some(host)) => Err(Error::Conflict(format!(
            "{shown} is {} and takes no job yet: `pilotctl host admit {}`",
            host.state.name(),
            host.id
        ))),
        (1, _) => Ok(able[0].id),
        _ => Err(Error::Conflict(format!(
            "{shown} may be several hosts: give the id of one of them: {}",
            in_words(&able)
        ))),
    }
}

fn in_words(hosts: &[&Candidate]) -> String {
    let mut words: Vec<String> = Vec::new();
    for host in hosts {
        let hostname = printable::on_one_line(&host.hostname);
        let text = format!("{} ({})", host.id, printable::cut(&hostname, LONGEST));
        if !words.contains(&text) {
            words.push(text);
        }
    }
    let more = words.len() > MOST_NAMED;
    words.truncate(MOST_NAMED);
    words.extend(more.then(|| "and others".to_owned()));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> HostId {
        HostId::derive(name, "", b"")
    }

    fn host(name: &str, state: HostState) -> Candidate {
        Candidate {
            id: id(name),
            state,
            is_named_so: false,
            hostname: "web".into(),
        }
    }

    #[test]
    fn a_name_is_a_word_that_is_no_beginning_of_an_id() {
        for name in [
            "shop1",
            "web-1.example.com",
            "a",
            "abc",
            "dead-beef",
            "x_1",
            "caffee0-",
        ] {
            let is_good = !name.ends_with('-');
            assert_eq!(check_name(name).is_ok(), is_good, "{name}");
        }
        let long = "x".repeat(64);
        for name in [
            "",
            "Shop",
            "a b",
            "-a",
            "é",
            "a,b",
            "a\n",
            "cafe",
            "1234",
            "deadbeef-1",
            &long,
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_beginning_of_an_id_has_its_form() {
        let whole = "3F2b8c1e-7d64-8a90-b1c2-d3e4f5061728";
        for length in SHORTEST_PREFIX..=WHOLE_ID {
            assert_eq!(
                id_prefix(&whole[..length]),
                Some(whole[..length].to_ascii_lowercase())
            );
        }
        for text in [
            "3f2",
            "3f2g",
            "3f2b-8c1e",
            "3f2b8c1e7",
            &format!("{whole}0"),
            "",
        ] {
            assert_eq!(id_prefix(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_has_to_name_one_host() {
        let (a, b) = (
            host("a", HostState::Enrolled),
            host("b", HostState::Disabled),
        );
        let pending = host("c", HostState::Pending);
        let chosen = |hosts: &[Candidate], purpose| choose("web", hosts, purpose);
        assert_eq!(chosen(&[a.clone(), a.clone()], Purpose::Any).unwrap(), a.id);
        assert_eq!(
            chosen(std::slice::from_ref(&pending), Purpose::Any).unwrap(),
            pending.id
        );
        let to_run = [a.clone(), pending.clone()];
        assert_eq!(chosen(&to_run, Purpose::Jobs).unwrap(), a.id);
        for (hosts, purpose, words) in [
            (&[][..], Purpose::Any, "no host is called web"),
            (&[a.clone(), b], Purpose::Jobs, "web may be several hosts"),
            (&to_run, Purpose::Any, "web may be several hosts"),
            (
                &[pending],
                Purpose::Jobs,
                "web is pending and takes no job yet: `pilotctl host admit ",
            ),
        ] {
            let why = chosen(hosts, purpose).unwrap_err().to_string();
            assert!(why.starts_with(words), "{why}");
        }
    }

    #[test]
    fn abuse_a_host_reports_the_name_of_another() {
        let named = Candidate {
            is_named_so: true,
            ..host("a", HostState::Enrolled)
        };
        let hosts = [host("b", HostState::Enrolled), named.clone()];
        assert_eq!(choose("web", &hosts, Purpose::Any).unwrap(), named.id);
    }

    #[test]
    fn abuse_an_error_names_few_hosts_on_one_line() {
        let many: Vec<_> = (0..100)
            .map(|number| Candidate {
                hostname: "x\n".repeat(200),
                ..host(&number.to_string(), HostState::Enrolled)
            })
            .collect();
        let why = choose("\u{1b}[2J", &many, Purpose::Any)
            .unwrap_err()
            .to_string();
        assert!(why.len() < 1_200 && why.ends_with("and others"), "{why}");
        assert!(!why.contains(['\n', '\u{1b}']));
    }
}
