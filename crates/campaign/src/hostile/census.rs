//! Counts the processes of a job from outside.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often processes are counted.
const OFTEN: Duration = Duration::from_millis(100);

/// The counted processes of a job.
#[derive(Default)]
struct Seen {
    first: Option<Instant>,
    last: Option<Instant>,
    most: usize,
    is_over: bool,
}

/// Counts the processes of a job until [`Census::end`].
pub(super) struct Census {
    seen: Arc<Mutex<Seen>>,
    counting: JoinHandle<()>,
}

impl Census {
    /// Begins to count the processes whose command line has `mark`.
    pub(super) fn of(mark: &str) -> Self {
        let (seen, mark) = (Arc::<Mutex<Seen>>::default(), mark.to_owned());
        let counting = thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                while count(&mark, &seen) {
                    thread::sleep(OFTEN);
                }
            }
        });
        Self { seen, counting }
    }

    /// How long there were any, and how many at most.
    pub(super) fn end(self) -> (Duration, usize) {
        self.seen.lock().unwrap().is_over = true;
        self.counting.join().unwrap();
        let seen = self.seen.lock().unwrap();
        let lived = seen.first.zip(seen.last).map(|(first, last)| last - first);
        (lived.unwrap_or_default(), seen.most)
    }
}

/// Counts once; returns whether to go on.
fn count(mark: &str, seen: &Mutex<Seen>) -> bool {
    let number = alive(mark).len();
    let now = Instant::now();
    let mut seen = seen.lock().unwrap();
    if number > 0 {
        seen.first.get_or_insert(now);
        seen.last = Some(now);
        seen.most = seen.most.max(number);
    }
    !seen.is_over
}

/// The processes whose command line has `mark`. Zombies have none.
pub(super) fn alive(mark: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_marked = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    };
    pids.filter(is_marked).collect()
}
