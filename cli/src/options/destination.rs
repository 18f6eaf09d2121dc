//! Where events go, and in which format: `--output` and `--format`.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use journey_events_dataset::format::Compression;

use crate::atomic_file::folder_of;
use crate::format::Format;

/// Most links that are followed, as on Linux.
const MOST_LINKS: usize = 40;

/// Why a folder is refused.
const FOLDER: &str = "it is a folder; `journey-events sync` writes many files into one";

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    /// A device or a named pipe, which is written through.
    Through(PathBuf),
    /// A file, which is replaced once it is complete. A link to it stays.
    File(PathBuf),
}

impl Destination {
    /// Finds what a path names. Opens nothing.
    pub(crate) fn locate(path: &Path) -> Result<Self, String> {
        match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => Err(FOLDER.to_owned()),
            Ok(existing) if !existing.is_file() => Ok(Self::Through(path.to_owned())),
            Ok(_) => fs::canonicalize(path)
                .map(Self::File)
                .map_err(|error| error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => new_file(path).map(Self::File),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Returns where a file is created: at the end of a link that leads to none yet.
fn new_file(path: &Path) -> Result<PathBuf, String> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(linked) = fs::read_link(&target) else {
            break;
        };
        target = folder_of(&target).join(linked);
    }
    if target.as_os_str().as_encoded_bytes().ends_with(b"/") || target.file_name().is_none() {
        return Err(FOLDER.to_owned());
    }
    let folder = folder_of(&target);
    let name = target.file_name().unwrap_or_default();
    match fs::canonicalize(folder) {
        Ok(folder) if folder.is_dir() => Ok(folder.join(name)),
        _ => Err(format!("{} isn't an existing folder", folder.display())),
    }
}

/// A destination, and the format that its name or `--format` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) destination: Destination,
    pub(crate) format: Format,
    pub(crate) compression: Compression,
}

impl Output {
    /// Resolves the options. Opens nothing.
    pub(crate) fn resolve(path: Option<&Path>, format: Option<Format>) -> Result<Self, String> {
        match path {
            Some(path) if path != Path::new("-") => {
                let output = Self::at(path, format).map_err(|problem| {
                    format!(
                        "--output {}: {problem}\n  next: name a file such as events.ndjson, \
                         events.csv.gz or events.parquet in an existing folder",
                        path.display()
                    )
                })?;
                output.format.check()?;
                Ok(output)
            }
            _ if format == Some(Format::Parquet) => Err(
                "Parquet can't be written to stdout, since its readers need a file\n  next: name it \
                 with --output FILE.parquet"
                    .to_owned(),
            ),
            _ => Ok(Self {
                destination: Destination::Stdout,
                format: format.unwrap_or(Format::Ndjson),
                compression: Compression::None,
            }),
        }
    }

    fn at(path: &Path, format: Option<Format>) -> Result<Self, String> {
        let destination = Destination::locate(path)?;
        let (compression, stem) = match extension_of(path).as_str() {
            "gz" => (Compression::Gzip, path.with_extension("")),
            "zst" => (Compression::Zstd, path.with_extension("")),
            _ => (Compression::None, path.to_owned()),
        };
        let format = match (named_format(&stem), format) {
            (Named::Format(named), Some(given)) if named != given => {
                let (named, given) = (named.name(), given.name());
                return Err(format!(
                    "its extension says {named}, and --format says {given}"
                ));
            }
            (Named::Format(format), _) | (_, Some(format)) => format,
            (Named::Nothing, None) => Format::Ndjson,
            (Named::Unknown(extension), None) => {
                return Err(format!(
                    "`.{extension}` isn't a known extension; allowed: .ndjson, \
                     .jsonl, .json, .csv, .parquet, and .ndjson.gz and the like (or give --format)"
                ));
            }
        };
        if format == Format::Parquet && matches!(destination, Destination::Through(_)) {
            return Err("readers of Parquet need a file, not a device or pipe".to_owned());
        }
        let compression = match (format, compression) {
            // Its pages are compressed.
            (Format::Parquet, Compression::None) => Compression::Zstd,
            (Format::Json | Format::Parquet, Compression::Gzip | Compression::Zstd) => {
                let name = format.name();
                return Err(format!("{name} files can't be compressed as a whole"));
            }
            (_, compression) => compression,
        };
        Ok(Self {
            destination,
            format,
            compression,
        })
    }
}

/// What the end of a file's name says about its format.
enum Named {
    Format(Format),
    Unknown(String),
    Nothing,
}

fn named_format(path: &Path) -> Named {
    let extension = extension_of(path);
    match Format::of_extension(&extension) {
        Some(format) => Named::Format(format),
        None if extension.is_empty() => Named::Nothing,
        None => Named::Unknown(extension),
    }
}

fn extension_of(path: &Path) -> String {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(name: &str, format: Option<Format>) -> Result<(Format, Compression), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let output = Output::resolve(Some(&path), format)?;
        let folder = fs::canonicalize(folder.path()).unwrap();
        assert_eq!(output.destination, Destination::File(folder.join(name)));
        Ok((output.format, output.compression))
    }

    #[test]
    fn the_extension_says_the_format_and_compression() {
        for (name, format, compression) in [
            ("a.ndjson", Format::Ndjson, Compression::None),
            ("a.jsonl", Format::Ndjson, Compression::None),
            ("a.b.CSV", Format::Csv, Compression::None),
            ("a.json", Format::Json, Compression::None),
            ("a.parquet", Format::Parquet, Compression::Zstd),
            ("a.gz", Format::Ndjson, Compression::Gzip),
            ("a.csv.gz", Format::Csv, Compression::Gzip),
            ("a.jsonl.zst", Format::Ndjson, Compression::Zstd),
            ("a", Format::Ndjson, Compression::None),
        ] {
            assert_eq!(resolved(name, None), Ok((format, compression)), "{name}");
            let given = resolved(name, Some(format));
            assert_eq!(given, Ok((format, compression)), "{name}");
        }
        let given = resolved("a.log", Some(Format::Csv));
        assert_eq!(given, Ok((Format::Csv, Compression::None)));
    }

    #[test]
    fn a_name_that_contradicts_itself_or_the_format_is_an_error() {
        for (name, format, problem) in [
            (
                "a.csv",
                Some(Format::Ndjson),
                "says csv, and --format says ndjson",
            ),
            (
                "a.csv.gz",
                Some(Format::Parquet),
                "says csv, and --format says parquet",
            ),
            (
                "a.gz",
                Some(Format::Parquet),
                "parquet files can't be compressed as a whole",
            ),
            (
                "a.json.gz",
                None,
                "json files can't be compressed as a whole",
            ),
            ("a.xlsx", None, "`.xlsx` isn't"),
            ("none/a.csv", None, "isn't an existing folder"),
            ("a.csv/", None, "it is a folder"),
            ("", None, "it is a folder"),
        ] {
            let error = resolved(name, format).unwrap_err();
            assert!(error.contains(problem), "{name}: {error}");
            assert!(error.starts_with("--output ") && error.contains("next: "));
        }
    }

    #[test]
    fn stdout_is_the_default_and_cannot_be_parquet() {
        for path in [None, Some(Path::new("-"))] {
            let output = Output::resolve(path, Some(Format::Csv)).unwrap();
            assert_eq!(output.destination, Destination::Stdout);
            let error = Output::resolve(path, Some(Format::Parquet)).unwrap_err();
            assert!(error.contains("--output FILE.parquet"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_to_a_file_that_may_not_exist_yet() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let (link, second) = (folder.join("link.csv"), folder.join("second.csv"));
        symlink("second.csv", &link).unwrap();
        symlink("target.csv", &second).unwrap();
        let target = folder.join("target.csv");
        assert_eq!(
            Destination::locate(&link),
            Ok(Destination::File(target.clone()))
        );
        fs::write(&target, "").unwrap();
        assert_eq!(Destination::locate(&link), Ok(Destination::File(target)));
        let null = PathBuf::from("/dev/null");
        assert_eq!(Destination::locate(&null), Ok(Destination::Through(null)));
        symlink("loop", folder.join("loop")).unwrap();
        Destination::locate(&folder.join("loop")).unwrap_err();
    }
}
