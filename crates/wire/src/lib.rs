//! What crosses the wire between agent, control and runner.
//!
//! Types, and the exact bytes that tokens, answers and signatures cover. This
//! crate does no I/O, holds no state and knows no OpenPGP: it can be tested
//! with byte strings alone. `docs/protocol.md` describes the same in prose.
#![forbid(unsafe_code)]

pub mod answer;
pub mod bounded;
pub mod ca_file;
pub mod canonical;
pub mod code;
pub mod command;
pub mod encoding;
pub mod enrol;
pub mod envelope;
pub mod fit;
pub mod host_id;
pub mod host_key;
pub mod job_id;
pub mod key_list;
pub mod known;
pub mod labelled;
pub mod limits;
pub mod nearest;
pub mod no_proxy;
pub mod package;
pub mod ping;
pub mod printable;
pub mod register;
pub mod registry;
pub mod retry_after;
pub mod rotation;
pub mod seal;
pub mod status_line;
pub mod text;
pub mod time;
pub mod token;
pub mod value;

pub use host_id::HostId;
pub use host_key::HostKey;
pub use package::PackageName;
