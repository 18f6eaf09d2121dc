//! A folder or a bucket, behind the same operations.
//!
//! ```text
//! open ──┬──► folder    files, synced, linked, locked
//!        └──► bucket    objects, put under a condition
//!               both ──► operations (the trait, and what it passes)
//! ```

#[cfg(feature = "cloud")]
mod bucket;
#[cfg(not(feature = "cloud"))]
#[path = "no_bucket.rs"]
mod bucket;
mod folder;
mod operations;

use super::location::{Location, Place};
use crate::error::Result;
use crate::waiting::Waiting;

pub(super) use operations::{
    Copied, Lock, NewFile, Put, RangeReader, Replacement, Storage, Version, damaged_part,
};

#[cfg(test)]
#[cfg(all(feature = "cloud", feature = "postgres"))]
pub(super) use bucket::Bucket;

/// Returns the storage of a location. Nothing is requested or written yet.
pub(super) fn open(location: &Location, waiting: &Waiting) -> Result<Box<dyn Storage>> {
    Ok(match location.place() {
        Place::Folder(folder) => Box::new(folder::Folder::new(folder)),
        Place::Bucket(url) => bucket::open(url, waiting)?,
    })
}
