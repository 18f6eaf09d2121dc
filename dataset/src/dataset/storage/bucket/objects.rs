//! Objects below a prefix: put under a condition, read, listed.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt as _;
use futures::stream::StreamExt as _;
use object_store::path::Path as Key;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
};

use super::error::{Meaning, failure, meaning, unsupported};
use super::requests::Requests;
use crate::dataset::location::BucketUrl;
use crate::dataset::storage::operations::{Put, Version, damaged_part};
use crate::error::{Error, Result};
use crate::waiting::Waiting;

/// How often a put is repeated whose condition failed although nothing is there.
const PUTS: u32 = 5;

/// A prefix of a bucket.
pub(super) struct Objects {
    url: BucketUrl,
    store: Arc<dyn ObjectStore>,
    requests: Requests,
}

/// Without the client, which has the credentials.
impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.url)
    }
}

impl Objects {
    pub(super) fn new(
        url: &BucketUrl,
        store: Arc<dyn ObjectStore>,
        waiting: &Waiting,
    ) -> Result<Self> {
        Ok(Self {
            url: url.clone(),
            store,
            requests: Requests::new(url.scheme, waiting)?,
        })
    }

    /// Name of an object in messages; of the prefix for an empty key.
    pub(super) fn shown(&self, key: &str) -> String {
        match key {
            "" => self.url.to_string(),
            key => format!("{}/{key}", self.url),
        }
    }

    /// Keys are used as they are: parsing would encode some characters of others' files.
    fn key(&self, key: &str) -> Key {
        let whole = match (&*self.url.prefix, key) {
            ("", key) => key.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, key) => format!("{prefix}/{key}"),
        };
        Key::parse(&whole).unwrap_or_else(|_| Key::from(whole))
    }

    fn fail(&self, action: &str, key: &str, error: &object_store::Error) -> Error {
        failure(&self.url, action, &self.shown(key), error)
    }

    /// Reads an object of about `bytes`; `None` if there is none.
    pub(super) fn get(&self, key: &str, bytes: u64) -> Result<Option<(Bytes, Version)>> {
        let (store, path) = (Arc::clone(&self.store), self.key(key));
        let got = self.requests.run(bytes, move || {
            let (store, path) = (Arc::clone(&store), path.clone());
            async move {
                let got = store.get(&path).await?;
                let version = Version {
                    e_tag: got.meta.e_tag.clone(),
                    version: got.meta.version.clone(),
                };
                Ok((got.bytes().await?, version))
            }
        });
        match got {
            Ok(got) => Ok(Some(got)),
            Err(error) if meaning(&error) == Meaning::NotFound => Ok(None),
            Err(error) => Err(self.fail("read", key, &error)),
        }
    }

    /// Puts an object in one request.
    fn put(&self, key: &str, bytes: &Bytes, mode: &PutMode) -> object_store::Result<()> {
        let (store, path) = (Arc::clone(&self.store), self.key(key));
        let (bytes, mode) = (bytes.clone(), mode.clone());
        self.requests.run(bytes.len() as u64, move || {
            let (store, path) = (Arc::clone(&store), path.clone());
            let payload = PutPayload::from(bytes.clone());
            let options = PutOptions::from(mode.clone());
            async move { store.put_opts(&path, payload, options).await.map(drop) }
        })
    }

    /// Puts an object in place of any other.
    pub(super) fn overwrite(&self, key: &str, bytes: &Bytes) -> Result<()> {
        self.put(key, bytes, &PutMode::Overwrite)
            .map_err(|error| self.fail("write", key, &error))
    }

    /// Puts a new object. One that is there with the same bytes is this one: its reply was lost, or
    /// another worker built the same file.
    pub(super) fn put_new(&self, key: &str, bytes: &Bytes) -> Result<Put> {
        let mut last = None;
        for _ in 0..PUTS {
            match self.put(key, bytes, &PutMode::Create) {
                Ok(()) => return Ok(Put::AsWritten),
                Err(error) if meaning(&error) == Meaning::ConditionFailed => last = Some(error),
                Err(error) => return Err(self.fail("write", key, &error)),
            }
            // S3 also answers so if another request to the key is under way: then nothing may be there.
            if let Some(length) = self.size(key)? {
                if length != bytes.len() as u64 {
                    return Ok(Put::Other);
                }
                let found = self.get(key, length)?;
                return Ok(match found {
                    Some((found, _)) if found == bytes => Put::AsWritten,
                    _ => Put::Other,
                });
            }
        }
        match last {
            Some(error) => Err(self.fail("write", key, &error)),
            None => Ok(Put::Other),
        }
    }

    /// Replaces a version of an object. Returns whether it was still there.
    pub(super) fn put_over(&self, key: &str, bytes: &Bytes, version: &Version) -> Result<bool> {
        let update = PutMode::Update(UpdateVersion {
            e_tag: version.e_tag.clone(),
            version: version.version.clone(),
        });
        match self.put(key, bytes, &update) {
            Ok(()) => Ok(true),
            Err(error)
                if matches!(
                    meaning(&error),
                    Meaning::ConditionFailed | Meaning::NotFound
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.fail("replace", key, &error)),
        }
    }

    /// Refuses a store that ignores conditions, as some of the S3-compatible ones do: it would answer both
    /// puts as if it had done them.
    pub(super) fn check_conditions(&self, key: &str, bytes: &Bytes) -> Result<()> {
        let never = PutMode::Update(UpdateVersion {
            e_tag: Some(r#""00000000000000000000000000000000""#.to_owned()),
            version: Some("1".to_owned()),
        });
        for mode in [PutMode::Create, never] {
            match self.put(key, bytes, &mode) {
                Ok(()) => return Err(unsupported(&self.url)),
                Err(error)
                    if matches!(
                        meaning(&error),
                        Meaning::ConditionFailed | Meaning::NotFound
                    ) => {}
                Err(error) => return Err(self.fail("write", key, &error)),
            }
        }
        Ok(())
    }

    /// Lists what is below a prefix, with lengths, by key relative to the dataset.
    pub(super) fn list(&self, below: &str) -> Result<Vec<(String, u64)>> {
        let (store, prefix) = (Arc::clone(&self.store), self.key(below));
        let listed = self.requests.collect(move || {
            let prefix = Some(&prefix).filter(|prefix| !prefix.as_ref().is_empty());
            let listing = store.list(prefix);
            listing
                .map_ok(|object| (object.location.to_string(), object.size))
                .boxed()
        });
        let listed = listed.map_err(|error| self.fail("list", below, &error))?;
        let root = match &*self.url.prefix {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let relative =
            |(key, size): (String, u64)| Some((key.strip_prefix(&root)?.to_owned(), size));
        Ok(listed.into_iter().filter_map(relative).collect())
    }

    /// Returns an object's length; `None` if there is none.
    pub(super) fn size(&self, key: &str) -> Result<Option<u64>> {
        let (store, path) = (Arc::clone(&self.store), self.key(key));
        let found = self.requests.run(0, move || {
            let (store, path) = (Arc::clone(&store), path.clone());
            async move { store.head(&path).await }
        });
        match found {
            Ok(found) => Ok(Some(found.size)),
            Err(error) if meaning(&error) == Meaning::NotFound => Ok(None),
            Err(error) => Err(self.fail("read", key, &error)),
        }
    }

    /// Removes an object, unless it is gone.
    pub(super) fn remove(&self, key: &str) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), self.key(key));
        let removed = self.requests.run(0, move || {
            let (store, path) = (Arc::clone(&store), path.clone());
            async move { store.delete(&path).await }
        });
        match removed {
            Err(error) if meaning(&error) != Meaning::NotFound => {
                Err(self.fail("remove", key, &error))
            }
            _ => Ok(()),
        }
    }

    /// Reads a range of a part. One that is gone or too short is an error.
    pub(super) fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        let (store, path) = (Arc::clone(&self.store), self.key(key));
        let range = offset..offset + length;
        let read = self.requests.run(length, move || {
            let (store, path, range) = (Arc::clone(&store), path.clone(), range.clone());
            async move { store.get_range(&path, range).await }
        });
        match read {
            Ok(bytes) if bytes.len() as u64 == length => Ok(bytes.to_vec()),
            Ok(_) => Err(damaged_part(&self.shown(key))),
            Err(error) if meaning(&error) == Meaning::NotFound => {
                Err(damaged_part(&self.shown(key)))
            }
            Err(error) => Err(self.fail("read the part", key, &error)),
        }
    }
}
