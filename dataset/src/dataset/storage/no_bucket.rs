//! What stands in for buckets in a build without the feature `cloud`.

use super::operations::Storage;
use crate::dataset::location::BucketUrl;
use crate::error::{Error, Result};
use crate::waiting::Waiting;

pub(super) fn open(_: &BucketUrl, _: &Waiting) -> Result<Box<dyn Storage>> {
    Err(Error::missing_feature("a dataset in a bucket", "cloud"))
}
