//! The resources of the programs, and how much they may grow.

use std::fmt;

/// The resources of one program.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// KiB of heap and stacks.
    pub(super) memory: u64,
    pub(super) descriptors: usize,
    /// Files and folders, without those of jobs and packages.
    pub(super) files: usize,
    /// Bytes of these files.
    pub(super) bytes: u64,
}

/// The resources of all programs.
pub(super) struct Usage {
    pub(super) agents: Vec<Share>,
    /// Whether these are linked statically.
    pub(super) static_agents: bool,
    pub(super) control: Share,
}

/// How much the resources may grow.
pub(super) struct Growth {
    /// KiB of an agent that is linked statically.
    agent: u64,
    /// KiB of control.
    control: u64,
    /// Bytes of control's files for which jobs are the reason.
    rows: u64,
}

/// KiB more for an agent with glibc, whose allocator keeps for a while what was
/// freed at the end of its heap.
const KEPT_BY_GLIBC: u64 = 512;

/// Control keeps pages of
/// its database at hand for each of its connections, up to SQLite's 2 MiB.
pub(super) const OF_JOBS: Growth = Growth {
    agent: 32,
    control: 8 << 10,
    rows: 16 << 20,
};

/// A ping leaves nothing at all.
pub(super) const OF_PINGS: Growth = Growth {
    agent: 32,
    control: 4 << 10,
    rows: 0,
};

/// Of the database's bytes: a journal that comes and goes. Jobs leave rows there,
/// which is what it is for.
const JOURNAL: u64 = 8 << 20;

/// Control's connections come and go: so many more may be open at one look
/// than at another.
const OPEN_CONNECTIONS: usize = 16;

impl Usage {
    /// Panics if a resource grew more than allowed.
    pub(super) fn compare(&self, before: &Self, growth: &Growth) {
        let kept = if self.static_agents { 0 } else { KEPT_BY_GLIBC };
        for (agent, before) in self.agents.iter().zip(&before.agents) {
            agent.compare(before, growth.agent + kept, 2);
        }
        self.control
            .compare(&before.control, growth.control, OPEN_CONNECTIONS);
        let most = before.control.bytes + growth.rows + JOURNAL;
        assert!(
            self.control.bytes <= most,
            "bytes: from [{}] to [{}]",
            before.control,
            self.control
        );
    }
}

impl Share {
    fn compare(&self, before: &Self, memory: u64, descriptors: usize) {
        let grown = format!("from [{before}] to [{self}]");
        assert!(self.memory <= before.memory + memory, "memory: {grown}");
        assert!(
            self.descriptors <= before.descriptors + descriptors,
            "descriptors: {grown}"
        );
        assert!(self.files <= before.files, "files: {grown}");
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} KiB, {} descriptors, {} files of {} bytes",
            self.memory, self.descriptors, self.files, self.bytes
        )
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.agents.iter().max_by_key(|agent| agent.memory);
        if let Some(agent) = largest {
            write!(f, "largest agent {agent}; ")?;
        }
        write!(f, "control {}", self.control)
    }
}
