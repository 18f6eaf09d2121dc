//! The environment variables that libpq reads.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where variables are looked up: the process's, or a test's.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<&'a PathBuf>,
}

impl Environment<'_> {
    #[cfg(test)]
    pub(crate) fn of_test<'a>(
        lookup: &'a dyn Fn(&str) -> Option<OsString>,
        home: Option<&'a PathBuf>,
    ) -> Environment<'a> {
        Environment { lookup, home }
    }

    /// Calls `with` with the process's environment.
    pub(crate) fn of_process<T>(with: impl FnOnce(Environment<'_>) -> T) -> T {
        let home = env::home_dir().filter(|home| home.is_absolute());
        with(Environment {
            lookup: &|name| env::var_os(name),
            home: home.as_ref(),
        })
    }

    /// A variable that is set, not empty and Unicode.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?.into_string().ok()?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// A file: the one that a variable names, or else one in the home directory.
    pub(crate) fn file(&self, variable: &str, in_home: &str) -> Option<PathBuf> {
        let named = (self.lookup)(variable).filter(|value| !value.is_empty());
        named.map_or_else(|| Some(self.home?.join(in_home)), |path| Some(path.into()))
    }
}
