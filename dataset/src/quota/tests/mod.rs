//! The quota as a whole: in the file, within one process, and between real processes.

mod processes;
mod ring;
mod waiting;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use journey_events::Quota;

use super::PostgresQuota;
use super::rules::Rules;
use super::shared::SharedQuota;
use crate::postgres::init;
use crate::postgres::test_server::Database;

/// A period of two seconds and the margin, so that tests needn't wait for a minute.
fn short() -> Rules {
    Rules {
        period: Duration::from_secs(2 + 1),
        ..Rules::default()
    }
}

fn open(folder: &Path, per_minute: u32, rules: Rules) -> SharedQuota {
    let per_minute = NonZeroU32::new(per_minute).unwrap();
    SharedQuota::with_rules(folder, "name", per_minute, rules).unwrap()
}

/// A ring of a test's own, which goes with it.
enum House {
    Folder(tempfile::TempDir),
    Database(Database),
}

impl House {
    fn folder() -> Self {
        Self::Folder(tempfile::tempdir().unwrap())
    }

    /// `None` without a server for tests.
    fn database() -> Option<Self> {
        let database = Database::create()?;
        init(database.url()).unwrap();
        Some(Self::Database(database))
    }

    fn place(&self) -> Place {
        match self {
            Self::Folder(folder) => Place::Folder(folder.path().to_owned()),
            Self::Database(database) => Place::Database(database.url().to_string()),
        }
    }

    fn open(&self, per_minute: u32) -> Arc<dyn Quota> {
        self.place().open(per_minute, short())
    }
}

/// Where a ring is, as another process can be told.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Place {
    Folder(PathBuf),
    Database(String),
}

impl Place {
    fn open(&self, per_minute: u32, rules: Rules) -> Arc<dyn Quota> {
        match self {
            Self::Folder(folder) => Arc::new(open(folder, per_minute, rules)),
            Self::Database(url) => {
                let (url, per_minute) = (url.parse().unwrap(), NonZeroU32::new(per_minute));
                let opened = PostgresQuota::with_rules(&url, "name", per_minute.unwrap(), rules);
                Arc::new(opened.unwrap())
            }
        }
    }
}

/// Makes tests of functions that take a [`House`]: one with a file, and one with a database.
macro_rules! in_every_house {
    ($($test:ident),* $(,)?) => {
        mod in_a_file {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::House::folder()).await;
            })*
        }

        mod in_a_database {
            $(#[tokio::test]
            async fn $test() {
                if let Some(house) = super::House::database() {
                    super::$test(house).await;
                }
            })*
        }
    };
}
use in_every_house;
