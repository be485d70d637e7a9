//! The values of labels.

/// One label and its value. The values are few and known in advance.
pub(super) type Label = [(&'static str, &'static str); 1];

/// What the answer to a ping was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PingOutcome {
    /// The host had something to do.
    Work,
    /// The host had nothing to do.
    Nothing,
    /// The sender was not authenticated.
    Refused,
    /// The ping was malformed or too large.
    Invalid,
    /// Control could not work at the moment: 503.
    Unavailable,
    /// Control failed.
    Failed,
}

impl PingOutcome {
    /// All of them.
    pub(super) const ALL: [Self; 6] = [
        Self::Work,
        Self::Nothing,
        Self::Refused,
        Self::Invalid,
        Self::Unavailable,
        Self::Failed,
    ];

    /// The outcome of a ping that was answered with this HTTP status.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            201 => Self::Work,
            200..300 => Self::Nothing,
            401 => Self::Refused,
            503 => Self::Unavailable,
            400..500 => Self::Invalid,
            _ => Self::Failed,
        }
    }

    /// The value of the label.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// Why a sender could not be authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthenticationFailure {
    /// A token that no key of an enrolled host made; also that of a disabled host.
    Token,
    /// A host's token, from another time than control's.
    Clock,
    /// A host's token whose number was used before.
    Sequence,
    /// A job's token that is not its own, or whose job has ended or may not pull this package.
    Job,
    /// An API token that no user has, or that has expired.
    ApiToken,
    /// No user has this name and this password.
    Password,
    /// Too many failures came from the address: the credentials were not looked at.
    Throttled,
}

impl AuthenticationFailure {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::Token,
        Self::Clock,
        Self::Sequence,
        Self::Job,
        Self::ApiToken,
        Self::Password,
        Self::Throttled,
    ];

    /// The value of the label.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Clock => "clock",
            Self::Sequence => "sequence",
            Self::Job => "job",
            Self::ApiToken => "api_token",
            Self::Password => "password",
            Self::Throttled => "throttled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_outcome() {
        for (status, outcome) in [
            (201, PingOutcome::Work),
            (204, PingOutcome::Nothing),
            (401, PingOutcome::Refused),
            (413, PingOutcome::Invalid),
            (422, PingOutcome::Invalid),
            (500, PingOutcome::Failed),
            (503, PingOutcome::Unavailable),
        ] {
            assert_eq!(PingOutcome::of_status(status), outcome, "{status}");
        }
    }
}
