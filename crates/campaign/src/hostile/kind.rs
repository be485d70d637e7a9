//! The kinds of hostile jobs.

/// One way to misbehave; `package/misbehave.pl` does it.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// The status of such a job.
    pub(super) status: &'static str,
    /// Whether only a cgroup finds its processes: without one, the result says that some may be
    /// left.
    pub(super) is_out_of_sight: bool,
    /// Whether it kills its shim, which only works as the same Unix user.
    pub(super) kills_its_shim: bool,
}

const fn ends(name: &'static str, status: &'static str) -> Kind {
    Kind {
        name,
        status,
        is_out_of_sight: false,
        kills_its_shim: false,
    }
}

/// All kinds; the last job shows that the host still works.
pub(super) const KINDS: [Kind; 18] = [
    ends("ignores TERM", "timed_out"),
    ends("sleeps silently", "timed_out"),
    ends("double-forks", "succeeded"),
    ends("begins a session", "succeeded"),
    ends("daemonises", "succeeded"),
    ends("hops from pid to pid", "succeeded"),
    ends("forks in a storm", "timed_out"),
    ends("floods its output", "timed_out"),
    ends("holds its output open", "succeeded"),
    ends("stops itself", "timed_out"),
    ends("stops all of its group", "timed_out"),
    ends("opens thousands of files", "timed_out"),
    ends("fills its folders", "timed_out"),
    ends("leaves a grandchild that goes on", "succeeded"),
    ends("ends badly and leaves a child", "failed"),
    Kind {
        kills_its_shim: true,
        ..ends("kills its shim", "interrupted")
    },
    Kind {
        kills_its_shim: true,
        is_out_of_sight: true,
        ..ends("kills its shim and hides", "interrupted")
    },
    ends("behaves", "succeeded"),
];
