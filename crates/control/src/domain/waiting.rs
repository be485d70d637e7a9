//! Why no host has a job yet.

use super::host::HostState;
use api::JobId;

/// The host of a queued job.
pub(crate) struct Waiting {
    /// Its state.
    pub(crate) state: HostState,
    /// Why it declines jobs, if it does.
    pub(crate) declines: Option<String>,
    /// Whether a ping of it is held: it gets the job at once.
    pub(crate) has_held_ping: bool,
    /// Whether it pinged within the last two intervals.
    pub(crate) is_connected: bool,
    /// How long ago it last pinged, in words; `None` if it never did.
    pub(crate) seen: Option<String>,
    /// Another job that it holds.
    pub(crate) busy: Option<JobId>,
}

impl Waiting {
    /// The reason, without a full stop; `None` if the job is on its way.
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
        (!self.has_held_ping).then(|| format!("the host has no ping waiting: {seen}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Waiting {
        Waiting {
            state: HostState::Enrolled,
            declines: None,
            has_held_ping: true,
            is_connected: true,
            seen: Some("3 second(s)".into()),
            busy: None,
        }
    }

    #[test]
    fn each_reason_has_a_sentence_and_a_job_on_its_way_has_none() {
        assert_eq!(ready().why(), None);
        for (waiting, words) in [
            (
                Waiting {
                    state: HostState::Disabled,
                    ..ready()
                },
                "is disabled",
            ),
            (
                Waiting {
                    has_held_ping: false,
                    ..ready()
                },
                "has no ping waiting: it was last seen 3 second(s) ago",
            ),
            (
                Waiting {
                    has_held_ping: false,
                    is_connected: false,
                    ..ready()
                },
                "is not connected: it was last",
            ),
            (
                Waiting {
                    has_held_ping: false,
                    is_connected: false,
                    seen: None,
                    ..ready()
                },
                "never seen",
            ),
            (
                Waiting {
                    declines: Some("disk full".into()),
                    ..ready()
                },
                "takes no job: disk full",
            ),
            (
                Waiting {
                    busy: Some(JobId::new(7)),
                    ..ready()
                },
                "has another job: 7",
            ),
        ] {
            let why = waiting.why().unwrap();
            assert!(why.contains(words), "{why}");
        }
    }
}
