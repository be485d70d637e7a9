//! Why a job has not begun.

use super::host::HostState;

/// What control knows of the host of a job that it has not received.
pub(crate) struct Waiting {
    /// How far the host has come.
    pub(crate) state: HostState,
    /// Why it takes no job, if it said so.
    pub(crate) declines: Option<String>,
    /// Whether a ping of its is held now: it hears of the job at once.
    pub(crate) is_there: bool,
    /// Whether it pinged lately.
    pub(crate) is_connected: bool,
    /// How long ago it was last seen, in words, if it ever was.
    pub(crate) seen: Option<String>,
    /// A job that it holds.
    pub(crate) busy: Option<i64>,
}

impl Waiting {
    /// Why, in a sentence without its end; nothing where the job is on its way.
    pub(crate) fn why(self) -> Option<String> {
        if self.state == HostState::Disabled {
            return Some("the host is disabled (`pilotctl host enable`)".into());
        }
        let seen = match self.seen {
            Some(ago) => format!("it was last seen {ago} ago"),
            None => "it was never seen".into(),
        };
        if !self.is_connected {
            return Some(format!("the host is not connected: {seen}"));
        }
        if let Some(why) = self.declines {
            return Some(format!("the host takes no job: {why}"));
        }
        if let Some(job) = self.busy {
            return Some(format!("the host has another job: {job}"));
        }
        (!self.is_there).then(|| format!("the host has not asked yet: {seen}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> Waiting {
        Waiting {
            state: HostState::Enrolled,
            declines: None,
            is_there: true,
            is_connected: true,
            seen: Some("3 second(s)".into()),
            busy: None,
        }
    }

    #[test]
    fn each_reason_is_told_and_none_where_the_job_is_on_its_way() {
        assert_eq!(there().why(), None);
        for (waiting, words) in [
            (
                Waiting {
                    state: HostState::Disabled,
                    ..there()
                },
                "is disabled",
            ),
            (
                Waiting {
                    is_there: false,
                    ..there()
                },
                "has not asked yet: it was last seen 3 second(s) ago",
            ),
            (
                Waiting {
                    is_there: false,
                    is_connected: false,
                    ..there()
                },
                "is not connected: it was last",
            ),
            (
                Waiting {
                    is_there: false,
                    is_connected: false,
                    seen: None,
                    ..there()
                },
                "never seen",
            ),
            (
                Waiting {
                    declines: Some("disk full".into()),
                    ..there()
                },
                "takes no job: disk full",
            ),
            (
                Waiting {
                    busy: Some(7),
                    ..there()
                },
                "has another job: 7",
            ),
        ] {
            let why = waiting.why().unwrap();
            assert!(why.contains(words), "{why}");
        }
    }
}
