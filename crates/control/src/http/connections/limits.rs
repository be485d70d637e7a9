//! How many connections may be open.

/// The limits of open connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// All connections.
    pub(super) all: usize,
    /// Those of strangers at unknown addresses: the rest is reserved.
    pub(super) strangers: usize,
    /// Those of strangers at one unknown address, and at one known address with few clients: many
    /// hosts behind it may reconnect at the same time.
    pub(super) of_address: usize,
    pub(super) of_known_address: usize,
}

impl Limits {
    /// The limits for a limit of open files, less those that files, the database and outgoing
    /// connections need.
    pub(crate) fn of_descriptors(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let all = limit.saturating_sub((limit / 4).clamp(48, 128)).max(8);
        let strangers = (all / 2).min(4_096);
        Self {
            all,
            strangers,
            of_address: (strangers / 2).max(1),
            of_known_address: (all / 4).clamp(1, 8_192),
        }
    }

    /// How many strangers' connections one address may have. `clients` is how many with valid
    /// credentials it had at a time, if it is known: so many may return at once, as far as a quarter
    /// of all connections is left for other addresses.
    pub(super) fn for_address(&self, clients: Option<usize>) -> usize {
        match clients {
            Some(clients) => clients
                .min(self.all - self.all / 4)
                .max(self.of_known_address),
            None => self.of_address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_follow_the_limit_of_open_files() {
        let limits = Limits::of_descriptors(1_024);
        assert_eq!((limits.all, limits.strangers), (896, 448));
        assert_eq!((limits.of_address, limits.of_known_address), (224, 224));
        let limits = Limits::of_descriptors(65_536);
        assert_eq!((limits.strangers, limits.of_address), (4_096, 2_048));
        assert_eq!(limits.of_known_address, 8_192);
        assert_eq!(limits.for_address(Some(1)), 8_192);
        assert_eq!(limits.for_address(Some(10_000)), 10_000);
        assert_eq!(limits.for_address(Some(1_000_000)), 49_056);
        assert_eq!(limits.for_address(None), 2_048);
        assert_eq!(Limits::of_descriptors(100).all, 52);
        assert!(Limits::of_descriptors(16).of_address >= 1);
    }
}
