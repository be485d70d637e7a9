//! How many streams of events may be open: each is a connection, and looks at the database once a
//! second.

use super::Service;
use crate::domain::Error;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most streams of a user.
pub(crate) const MOST_OF_USER: usize = 16;

/// The most streams of all users.
const MOST: usize = 256;

/// The open streams, by user.
#[derive(Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<BTreeMap<String, usize>>>);

/// An open stream; it counts until it is dropped.
pub(crate) struct Open {
    streams: Streams,
    user: String,
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        // Every change is a single step, so a panic elsewhere leaves it consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, user: &str) -> Option<Open> {
        let mut open = self.lock();
        let (all, own) = (open.values().sum::<usize>(), open.get(user).copied());
        let own = own.unwrap_or_default();
        if all >= MOST || own >= MOST_OF_USER {
            return None;
        }
        open.insert(user.to_owned(), own + 1);
        Some(Open {
            streams: self.clone(),
            user: user.to_owned(),
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// Opens a stream for a user.
///
/// # Errors
/// [`Error::Busy`] if there are too many.
pub(crate) fn open(service: &Service, user: &str) -> Result<Open, Error> {
    service.streams.open(user).ok_or_else(|| {
        Error::Busy(format!(
            "too many streams of events are open, of {user} or of all users: a user may have {MOST_OF_USER}"
        ))
    })
}

/// Waits until control stops.
pub(crate) async fn stopped(service: &Service) {
    let mut stopping = service.delivery.stopping.clone();
    // An error means that the sender is gone: the service stops.
    drop(stopping.wait_for(|stopping| *stopping).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_counted_by_user_and_together() {
        let streams = Streams::default();
        let of = |user: &str, count| -> Vec<Option<Open>> {
            (0..count).map(|_| streams.open(user)).collect()
        };
        let ada = of("ada", MOST_OF_USER + 1);
        assert_eq!(ada.iter().flatten().count(), MOST_OF_USER);
        let others: Vec<_> = (0..MOST)
            .map(|number| streams.open(&number.to_string()))
            .collect();
        assert_eq!(others.iter().flatten().count(), MOST - MOST_OF_USER);
        drop(ada);
        assert!(streams.open("ada").is_some() && streams.lock().len() == MOST - MOST_OF_USER);
    }
}
