//! Where the databases of the rivals are: each has a copy of the same one.

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::seed;

pub(crate) enum Place {
    Sqlite(TempDir),
    /// The URL of the server, without the name of a database.
    Postgres(String),
}

/// The database that is copied.
const SEEDED: &str = "zmodel_bench_seed";

impl Place {
    /// A folder.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        seed::sqlite(&folder.path().join("seed.db")).expect("a database");
        Self::Sqlite(folder)
    }

    /// The server that the tests use as well.
    pub(crate) fn postgres() -> Self {
        let url = std::env::var("ZMODEL_TEST_POSTGRES_URL");
        let url = url.unwrap_or_else(|_| "postgresql://postgres@127.0.0.1:5432/postgres".to_owned());
        let (server, _) = url.rsplit_once('/').expect("the name of a database");
        let place = Self::Postgres(server.to_owned());
        // Texts are ordered by their bytes, as SQLite does it.
        place.make(SEEDED, "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
        seed::postgres(&format!("{server}/{SEEDED}")).expect("a database");
        place
    }

    /// A copy for this rival.
    pub(crate) fn copy(&self, rival: &str) -> String {
        match self {
            Self::Sqlite(folder) => {
                let copy = folder.path().join(format!("{rival}.db"));
                std::fs::copy(folder.path().join("seed.db"), &copy).expect("a copy");
                copy.display().to_string()
            }
            Self::Postgres(server) => {
                let name = format!("zmodel_bench_{}", rival.replace('-', "_"));
                self.make(&name, &format!("TEMPLATE {SEEDED}"));
                // Some would speak in secret to a server on the same machine, and some would not.
                format!("{server}/{name}?sslmode=disable")
            }
        }
    }

    fn make(&self, name: &str, how: &str) {
        let Self::Postgres(server) = self else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let url = format!("{server}/postgres");
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a server");
            tokio::spawn(connection);
            for text in
                [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name} {how}")]
            {
                client.batch_execute(&text).await.expect("a new database");
            }
        });
    }
}
