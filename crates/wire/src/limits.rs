//! What both ends hold each other to. A limit that only one end has stands where
//! it is used.

/// Bytes of an answer's body that an agent reads.
pub const MOST_ANSWER: usize = 1 << 20;

/// Bytes of a command in an answer, as JSON. The rest is for a key list, the
/// signature, and the lists of jobs that travel beside it.
pub const MOST_COMMAND: usize = 768 << 10;

/// Bytes of a signed key list, as JSON.
pub const MOST_KEY_LIST: usize = 192 << 10;

/// Bytes of an armored root key, which an answer to an enrolment brings.
pub const MOST_ROOT_KEY: usize = 512 << 10;

/// Bytes of the body of an agent's request that control reads: a result with [`MOST_OUTPUT`]
/// bytes of output; JSON may take six bytes for each.
pub const MOST_REQUEST: usize = 8 << 20;

/// Bytes of an environment variable with its name, its `=` and its NUL: what
/// execve(2) takes (`MAX_ARG_STRLEN`).
pub const MOST_VARIABLE: usize = 128 << 10;

/// Variables and secrets of a command, together.
pub const MOST_INPUTS: usize = 256;

/// Bytes of output that are kept of a job.
pub const MOST_OUTPUT: u32 = 1 << 20;

/// Bytes of output that one ping brings of a job that runs.
pub const MOST_PROGRESS: usize = 16 << 10;

/// Jobs that a host holds at once, and names in a ping.
pub const MOST_HELD: usize = 64;

/// Processes that a result names, and the bytes of each name.
pub const MOST_SURVIVORS: usize = 100;
/// See [`MOST_SURVIVORS`].
pub const MOST_SURVIVOR: usize = 256;

/// Jobs that one list of an answer names: to be cancelled, asked about, followed.
pub const MOST_TOLD: usize = 256;

/// Keys of one kind in a key list.
pub const MOST_KEYS: usize = 100;

/// Bytes of a signature as it travels beside an envelope.
pub const MOST_SIGNATURE: usize = 64 << 10;

/// Bytes of the reason why a host takes no job, or why control refuses one of its requests.
pub const MOST_REASON: usize = 1 << 10;

/// Bytes of a time for people to read.
pub const MOST_TIME: usize = 64;

/// Bytes of a name for people: that of a host, of an area, of a label.
pub const MOST_NAME: usize = 253;

/// Bytes of an address, an operating system, a version.
pub const MOST_FACT: usize = 64;

/// Hardware addresses that a host reports.
pub const MOST_ADDRESSES: usize = 128;

/// Bytes of a package's whole name.
pub const MOST_PACKAGE_NAME: usize = 512;

/// Bytes of a package's archive, and of its seal.
pub const MOST_ARCHIVE: u64 = 512 << 20;
/// See [`MOST_ARCHIVE`].
pub const MOST_SEAL: u64 = 4 << 20;

/// Nanoseconds between two pings, at least and at most.
pub const SHORTEST_INTERVAL: i64 = 100_000_000;
/// See [`SHORTEST_INTERVAL`].
pub const LONGEST_INTERVAL: i64 = 86_400_000_000_000;

// Everything that control accepts reaches the host: the two largest parts fit into one answer.
const _: () = assert!(MOST_COMMAND + MOST_KEY_LIST + (64 << 10) <= MOST_ANSWER);
const _: () = assert!(MOST_ROOT_KEY + MOST_KEY_LIST + (64 << 10) <= MOST_ANSWER);
const _: () = assert!(6 * MOST_OUTPUT as usize + (1 << 20) <= MOST_REQUEST);
