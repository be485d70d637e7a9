//! A time that does not fit into 32 bits, for all programs that are linked dynamically:
//! emulators, and so what they run, and control.

use lab::wall_clock::WallClock;
use release::failure::{Context, Result};
use tempfile::TempDir;

/// Some day in 2040; 32 bits with a sign end in January 2038.
const A_DAY_IN_2040: i64 = 2_220_000_000;

/// Lays a folder over /etc, which is no new file for anybody else.
const LAY: &str = r#"
set -e
mount -t overlay overlay -o "lowerdir=$1:/etc" /etc
shift
exec "$@"
"#;

/// What is laid over /etc.
pub(super) struct Later(TempDir);

impl Later {
    /// # Errors
    /// When there is no room for a folder.
    pub(super) fn make() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        WallClock::of_all_programs(folder.path()).set(A_DAY_IN_2040);
        Ok(Self(folder))
    }

    /// What starts a program then, in a namespace where it may mount.
    pub(super) fn starter(&self) -> Vec<String> {
        let folder = self.0.path().display().to_string();
        ["sh", "-c", LAY, "sh", &folder].map(str::to_owned).to_vec()
    }
}
