//! What a file looks like.

use super::columns::{COLUMNS, Column, Kind, Source};
use super::error::{LayoutError, Problem};
use super::kind::{Compression, Format, Formulas};

/// The format, compression and columns of files: rows written with equal layouts can be read together.
///
/// By default, files are compressed with zstd, have all columns (`docs/columns.md`), and formulas in CSV
/// are disarmed. To pin the columns, keep the names that [`columns`](Self::columns) returns and pass them
/// to [`with_columns`](Self::with_columns) later: a newer version may know more.
///
/// ```
/// use journey_events_dataset::format::{Compression, Format, Layout};
///
/// let layout = Layout::new(Format::Ndjson).with_compression(Compression::Gzip)?;
/// assert_eq!(layout.extension(), "ndjson.gz");
///
/// let layout = Layout::new(Format::Parquet);
/// assert_eq!(layout.extension(), "parquet");
/// let error = layout.with_compression(Compression::Gzip).unwrap_err();
/// assert_eq!(error.to_string(), "parquet can't be compressed with gzip; allowed: zstd, none");
/// # Ok::<(), journey_events_dataset::format::LayoutError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    format: Format,
    compression: Compression,
    columns: Vec<&'static Column>,
    formulas: Formulas,
}

impl Layout {
    /// Returns the default layout of a format: compressed with zstd, all columns. `json` is a column of
    /// Parquet alone, but can be named for CSV.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// let layout = Layout::new(Format::Csv);
    /// assert_eq!(layout.columns().next(), Some("event_id"));
    /// ```
    #[must_use]
    pub fn new(format: Format) -> Self {
        let columns = COLUMNS.iter().filter(|column| match format {
            Format::Ndjson => false,
            Format::Csv => column.source != Source::Json,
            Format::Parquet => true,
        });
        Self {
            format,
            compression: Compression::default(),
            columns: columns.collect(),
            formulas: Formulas::default(),
        }
    }

    /// Sets the compression.
    ///
    /// # Errors
    ///
    /// For gzip with Parquet.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, Format, Layout};
    ///
    /// let layout = Layout::new(Format::Csv).with_compression(Compression::None)?;
    /// assert_eq!(layout.extension(), "csv");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_compression(mut self, compression: Compression) -> Result<Self, LayoutError> {
        if self.format == Format::Parquet && compression == Compression::Gzip {
            return Err(Problem::ParquetCompression(compression).into());
        }
        self.compression = compression;
        Ok(self)
    }

    /// Sets the columns by name, in this order.
    ///
    /// # Errors
    ///
    /// For a name that isn't known or is repeated, for no name, and for any name with NDJSON, which has no
    /// columns.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// let layout = Layout::new(Format::Parquet).with_columns(["event_id", "created_date", "json"])?;
    /// assert_eq!(layout.columns().count(), 3);
    /// assert!(layout.with_columns(["colour"]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_columns<N: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, LayoutError> {
        self.columns.clear();
        for name in names {
            let column = Column::named(name.as_ref())?;
            if self.columns.contains(&column) {
                return Err(Problem::RepeatedColumn(column.name).into());
            }
            self.columns.push(column);
        }
        match (self.format, self.columns.is_empty()) {
            (Format::Ndjson, false) => Err(Problem::ColumnsOfNdjson.into()),
            (Format::Csv | Format::Parquet, true) => Err(Problem::NoColumns(self.format).into()),
            _ => Ok(self),
        }
    }

    /// Drops the column `synced_at`, for events whose [`Row::synced_at`](super::Row::synced_at) isn't
    /// known.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// let layout = Layout::new(Format::Csv).without_synced_at();
    /// assert!(layout.columns().all(|name| name != "synced_at"));
    /// ```
    #[must_use]
    pub fn without_synced_at(mut self) -> Self {
        let is_kept = |column: &&Column| column.source != Source::SyncedAt;
        self.columns.retain(is_kept);
        self
    }

    /// Sets what CSV does with text that a spreadsheet would run as a formula.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Formulas, Layout};
    ///
    /// // For a database, which runs no formulas.
    /// let layout = Layout::new(Format::Csv).with_formulas(Formulas::Keep);
    /// assert_eq!(layout.formulas(), Formulas::Keep);
    /// ```
    #[must_use]
    pub fn with_formulas(mut self, formulas: Formulas) -> Self {
        self.formulas = formulas;
        self
    }

    /// Checks that this build can write such files.
    ///
    /// # Errors
    ///
    /// For Parquet without the feature `parquet`. The message names the feature.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// if let Err(error) = Layout::new(Format::Parquet).check() {
    ///     eprintln!("{error}"); // this build lacks the feature
    /// }
    /// ```
    pub fn check(&self) -> Result<(), LayoutError> {
        match self.format {
            Format::Parquet if cfg!(not(feature = "parquet")) => {
                Err(Problem::MissingParquet.into())
            }
            _ => Ok(()),
        }
    }

    /// Returns the format.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// assert_eq!(Layout::new(Format::Csv).format(), Format::Csv);
    /// ```
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the compression.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, Format, Layout};
    ///
    /// assert_eq!(Layout::new(Format::Ndjson).compression(), Compression::Zstd);
    /// ```
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Returns the names of the columns, in order; none for NDJSON.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// assert_eq!(Layout::new(Format::Ndjson).columns().count(), 0);
    /// let pinned: Vec<&str> = Layout::new(Format::Parquet).columns().collect();
    /// ```
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }

    /// Returns the types of the columns, in the order of [`columns`](Self::columns); none for NDJSON.
    ///
    /// ```
    /// use journey_events_dataset::format::{ColumnKind, Format, Layout};
    ///
    /// let layout = Layout::new(Format::Csv);
    /// let mut columns = layout.columns().zip(layout.kinds());
    /// assert_eq!(columns.next(), Some(("event_id", ColumnKind::Text)));
    /// ```
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.columns.iter().map(|column| column.kind)
    }

    /// Returns what CSV does with formulas.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Formulas, Layout};
    ///
    /// assert_eq!(Layout::new(Format::Csv).formulas(), Formulas::Disarm);
    /// ```
    #[must_use]
    pub fn formulas(&self) -> Formulas {
        self.formulas
    }

    /// Returns the extension of such files: `parquet`, or one like `ndjson` or `csv.zst`.
    ///
    /// ```
    /// use journey_events_dataset::format::{Format, Layout};
    ///
    /// assert_eq!(Layout::new(Format::Ndjson).extension(), "ndjson.zst");
    /// ```
    #[must_use]
    pub fn extension(&self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Parquet, _) => "parquet",
            (Format::Ndjson, Compression::None) => "ndjson",
            (Format::Ndjson, Compression::Zstd) => "ndjson.zst",
            (Format::Ndjson, Compression::Gzip) => "ndjson.gz",
            (Format::Csv, Compression::None) => "csv",
            (Format::Csv, Compression::Zstd) => "csv.zst",
            (Format::Csv, Compression::Gzip) => "csv.gz",
        }
    }

    pub(super) fn definitions(&self) -> &[&'static Column] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(layout: Result<Layout, LayoutError>) -> String {
        layout.unwrap_err().to_string()
    }

    #[test]
    fn columns_are_pinned_by_name_and_order() {
        for format in [Format::Csv, Format::Parquet] {
            let all = Layout::new(format);
            let pinned = Layout::new(format).with_columns(all.columns()).unwrap();
            assert_eq!(pinned, all);
            let names = ["synced_at", "event_id", "json"];
            let pinned = all.with_columns(names).unwrap();
            assert!(pinned.columns().eq(names));
        }
        let ndjson = Layout::new(Format::Ndjson);
        let pinned = ndjson.clone().with_columns(ndjson.columns());
        assert_eq!(pinned.unwrap(), ndjson);
    }

    #[test]
    fn a_layout_that_no_file_can_have_is_an_error_that_names_what_is_allowed() {
        let csv = || Layout::new(Format::Csv);
        let unknown = message(csv().with_columns(["event_id", "colour"]));
        assert!(
            unknown.starts_with("unknown column `colour`; allowed: event_id, ")
                && unknown.ends_with(", synced_at"),
            "{unknown}"
        );
        assert_eq!(
            message(csv().with_columns(["country", "event_id", "country"])),
            "column `country` is listed twice"
        );
        assert_eq!(
            message(csv().with_columns([""; 0])),
            "csv needs at least one column"
        );
        assert_eq!(
            message(Layout::new(Format::Ndjson).with_columns(["event_id"])),
            "ndjson has no columns: every line is an event as sent"
        );
        assert_eq!(
            message(Layout::new(Format::Parquet).with_compression(Compression::Gzip)),
            "parquet can't be compressed with gzip; allowed: zstd, none"
        );
    }

    #[test]
    fn extensions_name_the_format_and_compression() {
        let extensions = [Compression::Zstd, Compression::Gzip, Compression::None].map(|with| {
            [Format::Ndjson, Format::Csv, Format::Parquet].map(|format| {
                let layout = Layout::new(format).with_compression(with);
                layout.map_or("", |layout| layout.extension())
            })
        });
        assert_eq!(
            extensions,
            [
                ["ndjson.zst", "csv.zst", "parquet"],
                ["ndjson.gz", "csv.gz", ""],
                ["ndjson", "csv", "parquet"],
            ]
        );
    }
}
