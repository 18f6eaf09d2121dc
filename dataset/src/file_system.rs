//! What kind of file system a folder is on.

use std::io;
use std::path::Path;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_on_network(folder: &Path) -> io::Result<bool> {
    /// Magic numbers, from statfs(2) and the kernels' sources.
    const NETWORK: [u32; 13] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x0102_1997, // 9P
        0x5346_414f, // AFS
        0x7375_7245, // Coda
        0x00c3_6400, // Ceph
        0x0bd0_0bd0, // Lustre
        0x4750_4653, // GPFS
        0x1983_0326, // BeeGFS
        0x7461_636f, // OCFS2
        0x0116_1970, // GFS2
    ];
    #[allow(clippy::useless_conversion, reason = "it isn't on all platforms")]
    let kind = i64::from(rustix::fs::statfs(folder)?.f_type);
    // Some platforms extend the sign.
    let kind = kind & 0xffff_ffff;
    Ok(NETWORK.iter().any(|network| i64::from(*network) == kind))
}

#[cfg(target_os = "macos")]
pub(crate) fn is_on_network(folder: &Path) -> io::Result<bool> {
    const LOCAL: u32 = 0x1000; // MNT_LOCAL of statfs(2)
    Ok(rustix::fs::statfs(folder)?.f_flags & LOCAL == 0)
}

/// Elsewhere it isn't known.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
pub(crate) fn is_on_network(_: &Path) -> io::Result<bool> {
    Ok(false)
}
