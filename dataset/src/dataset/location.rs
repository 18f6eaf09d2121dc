//! Where a dataset is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// Where a dataset is: a folder, or a bucket with a prefix (`s3://bucket/prefix`, `gs://bucket/prefix`,
/// `az://container/prefix`).
///
/// Parsed from text, anything without `://` is a folder. A [`Path`] is always one. A URL contains no
/// credentials: those are read from the store's usual environment variables.
///
/// ```
/// use journey_events_dataset::Location;
///
/// let bucket: Location = "s3://company-events/journeys".parse()?;
/// assert_eq!(bucket.to_string(), "s3://company-events/journeys");
/// assert_eq!(bucket.as_folder(), None);
/// assert!("s3://key:secret@company-events/journeys".parse::<Location>().is_err());
/// # Ok::<(), journey_events_dataset::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Location(Place);

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Folder(PathBuf),
    Bucket(BucketUrl),
}

/// A bucket and a prefix in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BucketUrl {
    pub(super) scheme: Scheme,
    pub(super) bucket: String,
    /// Without `/` at its ends; empty for the whole bucket.
    pub(super) prefix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scheme {
    S3,
    Gs,
    Az,
}

const ALLOWED: &str = "next: give a folder, `s3://bucket/prefix`, `gs://bucket/prefix` or \
                       `az://container/prefix`";

impl Location {
    /// Returns the folder, if it is one.
    ///
    /// ```
    /// use std::path::Path;
    /// use journey_events_dataset::Location;
    ///
    /// let folder: Location = "data/journeys".parse()?;
    /// assert_eq!(folder.as_folder(), Some(Path::new("data/journeys")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_folder(&self) -> Option<&Path> {
        match &self.0 {
            Place::Folder(folder) => Some(folder),
            Place::Bucket(_) => None,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.0
    }
}

impl FromStr for Location {
    type Err = Error;

    /// Parses a URL of a bucket; anything else is a folder.
    ///
    /// # Errors
    ///
    /// If it is another kind of URL, or contains a user, a password, a query or a fragment. The error
    /// repeats none of these.
    fn from_str(text: &str) -> Result<Self> {
        let refused = |what: &str| {
            let message = format!("the location of the dataset {what}; {ALLOWED}");
            Error::new(ErrorKind::Settings, message)
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            // Without its second slash it would be a folder that no one wants.
            let scheme = text.split_once(":/").map(|(scheme, _)| scheme);
            return match scheme.and_then(Scheme::named) {
                Some(scheme) => Err(refused(&format!("begins with `{scheme}:/`"))),
                None => Ok(Self::from(Path::new(text))),
            };
        };
        if !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) || scheme.is_empty() {
            return Ok(Self::from(Path::new(text)));
        }
        let scheme = Scheme::named(scheme)
            .ok_or_else(|| refused(&format!("is a URL of scheme `{scheme}`")))?;
        if rest.contains(['?', '#']) {
            return Err(refused("has a query or a fragment"));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains('@') {
            return Err(refused(
                "has a user or password, which other users of the machine could see",
            ));
        }
        let in_names = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(in_names) {
            return Err(refused("doesn't name a bucket"));
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_odd = |part: &str| matches!(part, "" | "." | "..");
        if !prefix.is_empty() && prefix.split('/').any(is_odd) {
            return Err(refused("has an empty, `.` or `..` folder in its prefix"));
        }
        if prefix.contains(|c: char| c.is_control() || "%\\*".contains(c)) {
            return Err(refused(
                "has `%`, `*`, `\\` or a control character in its prefix",
            ));
        }
        Ok(Self(Place::Bucket(BucketUrl {
            scheme,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })))
    }
}

impl From<&Path> for Location {
    fn from(folder: &Path) -> Self {
        Self(Place::Folder(folder.to_owned()))
    }
}

impl From<PathBuf> for Location {
    fn from(folder: PathBuf) -> Self {
        Self(Place::Folder(folder))
    }
}

impl From<&PathBuf> for Location {
    fn from(folder: &PathBuf) -> Self {
        Self(Place::Folder(folder.clone()))
    }
}

impl From<&Self> for Location {
    fn from(location: &Self) -> Self {
        location.clone()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Folder(folder) => folder.display().fmt(f),
            Place::Bucket(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.bucket)?;
        match &*self.prefix {
            "" => Ok(()),
            prefix => write!(f, "/{prefix}"),
        }
    }
}

impl Scheme {
    fn named(name: &str) -> Option<Self> {
        [Self::S3, Self::Gs, Self::Az]
            .into_iter()
            .find(|scheme| scheme.to_string().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_folder_or_a_bucket_and_shows_as_it_was_given() {
        for folder in ["data", "/srv/a b", "../x", "C:\\data", "a?b#c@d", ""] {
            let location: Location = folder.parse().unwrap();
            assert_eq!(location.as_folder(), Some(Path::new(folder)));
        }
        for (given, shown) in [
            ("s3://b", "s3://b"),
            ("s3://b/", "s3://b"),
            ("S3://b/x/y/", "s3://b/x/y"),
            ("gs://b.c_d-e/date=1/ü", "gs://b.c_d-e/date=1/ü"),
            ("az://container/p@q", "az://container/p@q"),
        ] {
            let location: Location = given.parse().unwrap();
            assert_eq!(
                (location.to_string(), location.as_folder()),
                (shown.to_owned(), None)
            );
        }
    }

    #[test]
    fn another_url_is_refused_naming_what_is_allowed_and_nothing_secret() {
        for text in [
            "https://bucket.example/secret",
            "s3://key:secret@bucket/x",
            "s3://secret@bucket",
            "az://c/x?sig=secret",
            "gs://b/x#secret",
            "s3:///x",
            "s3://b//x",
            "s3://b/../x",
            "s3://b/a%20secret",
            "s3:/b/x",
        ] {
            let error = text.parse::<Location>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings, "{text}");
            let message = error.to_string();
            assert!(message.contains("s3://bucket/prefix"), "{message}");
            assert!(!message.contains("secret") && !format!("{error:?}").contains("secret"));
        }
    }
}
