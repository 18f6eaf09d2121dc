//! What stands in for PostgreSQL in a build without the feature `postgres`: no URL of a database can be made, so
//! nothing else is ever called.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

#[path = "postgres/schema.rs"]
mod schema;

pub use schema::schema_sql;

/// The URL of a database. Without the feature `postgres`, there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Infallible);

impl PostgresUrl {
    pub(crate) fn never(&self) -> ! {
        match self.0 {}
    }
}

impl FromStr for PostgresUrl {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::MissingFeature`](crate::ErrorKind::MissingFeature), whatever the text.
    fn from_str(_: &str) -> Result<Self> {
        Err(Error::missing_feature("PostgreSQL", "postgres"))
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.never()
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.never()
    }
}

/// Creates the tables. Without the feature `postgres`, there is no URL to call it with.
///
/// # Errors
///
/// None.
pub fn init(url: &PostgresUrl) -> Result<()> {
    url.never()
}
