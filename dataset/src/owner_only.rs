//! Files and folders that only their owner can read, because they hold customer data; umask narrows them.

use std::fs::{DirBuilder, OpenOptions};

/// Makes what these options create a file of mode 0600.
pub(crate) fn file(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Returns a builder of folders of mode 0700.
pub(crate) fn folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
