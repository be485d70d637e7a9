//! What an attacker would try, on the real programs. `cargo test --workspace
//! abuse` runs these and all other tests of that name: one that needs no whole
//! system stands beside the code that it attacks.

mod answers;
mod certificates;
mod courier;
mod host;
mod keys;
mod passwords;
mod registry;
mod replays;
