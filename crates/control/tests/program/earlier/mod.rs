//! Databases that earlier versions of `pilotctl` have filled: this version opens each of them, and
//! finds all that is in it. `tests/earlier/README.md` says how they are made.

mod checks;
mod fill;
mod host;
mod kept;
mod opens;

use lab::control::{Setup, User};

use super::fixture::PASSWORD;

/// What all have in common that fill a database or look into it: keys and users.
fn setup() -> Setup<'static> {
    let user = |(name, role)| User {
        name,
        role,
        password: PASSWORD.to_owned(),
    };
    Setup {
        made: Some(["ed25519", "nistp256", "nistp384"]),
        users: [("ada", "admin"), ("pia", "publisher"), ("rob", "reader")]
            .map(user)
            .into(),
        ..Setup::default()
    }
}
