//! What earlier versions have filled, and copies of it.

use crate::fixture::{Fixture, Served, now, pilotctl, run, stderr};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// This version's migrations.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The folders in `tests/earlier`: the newest migration of a version, and its commit.
pub(super) const EARLIER: [&str; 4] = [
    "0007-527b5e3",
    "0018-0acfd01",
    "0019-2e979c0",
    "0020-05ff0c4",
];

/// The archive of a package; nobody unpacks it.
pub(super) fn archive(reference: &str) -> Vec<u8> {
    format!("archive of {reference}").into_bytes()
}

/// A control with the data that an earlier version has filled.
pub(super) struct Kept {
    pub(super) fixture: Fixture,
    /// Where that data is kept.
    from: PathBuf,
}

impl Kept {
    /// A control with a copy of what is in this folder of [`EARLIER`].
    pub(super) fn copy(name: &str) -> Self {
        let kept = Self {
            fixture: Fixture::new(),
            from: Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/earlier")
                .join(name),
        };
        kept.copy_again();
        kept
    }

    /// Puts a copy in the place of the data.
    pub(super) fn copy_again(&self) {
        fs::remove_dir_all(self.fixture.path("data")).unwrap();
        let archives = self.fixture.path("data/packages/ops%2Fhello");
        let mut folders = DirBuilder::new();
        let folders = folders.recursive(true).mode(0o700);
        folders.create(&archives).unwrap();
        for reference in ["r1.zip", "r2.zip"] {
            fs::copy(self.from.join(reference), archives.join(reference)).unwrap();
        }
        let key = self.fixture.path("data.key");
        fs::copy(self.from.join("store.key"), &key).unwrap();
        fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
        let dump = fs::read_to_string(self.from.join("pilotctl.sql")).unwrap();
        // The invitation was valid for an hour.
        let later = now() + 3_600;
        let dump = format!("{dump}; UPDATE invitation SET expires = {later};");
        self.with_database(async |database| execute(database, &dump).await);
    }

    /// The code of an invitation that nobody has used.
    pub(super) fn code(&self) -> String {
        fs::read_to_string(self.from.join("invitation")).unwrap()
    }

    fn database(&self) -> PathBuf {
        self.fixture.path("data/pilotctl.db")
    }

    /// Does something to the database while no `pilotctl` has it open.
    pub(super) fn with_database<T>(&self, work: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            let options = SqliteConnectOptions::new()
                .filename(self.database())
                .create_if_missing(true);
            let mut database = options.connect().await.unwrap();
            let done = work(&mut database).await;
            database.close().await.unwrap();
            done
        })
    }

    /// Starts this version's service.
    pub(super) fn serve(&self) -> Served {
        let mut serve = self.fixture.serve_command();
        for (option, file) in [
            ("--root-key", "root_pub.pgp"),
            ("--key-list", "list.signed.json"),
        ] {
            serve.arg(option).arg(self.fixture.path(file));
        }
        // However old the jobs are by now.
        serve.args(["--keep-jobs", "forever", "--keep-outputs", "forever"]);
        // As the hosts were sent.
        Served::start(serve.args(["--interval", "1s"]))
    }

    /// A subcommand for the data, while the service does not run.
    pub(super) fn command(&self, arguments: &[&str]) -> Output {
        let mut command: Command = pilotctl();
        command.args(arguments).arg("--data");
        run(command.arg(self.fixture.path("data")))
    }

    /// What such a command prints; it has to succeed.
    pub(super) fn printed(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Executes statements.
pub(super) async fn execute(database: &mut SqliteConnection, statements: &str) {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    statements.execute(database).await.unwrap();
}
