//! Cells of one column as an Arrow array.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};

use super::cell::Cell;
use super::columns::Kind;

#[derive(Debug)]
pub(super) enum ArrayBuilder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl ArrayBuilder {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    /// Appends a cell of the column's kind, or null.
    pub(super) fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(array), Cell::Text(text)) => array.append_value(text),
            (Self::Text(array), _) => array.append_null(),
            (Self::Integer(array), Cell::Integer(number)) => array.append_value(number),
            (Self::Integer(array), _) => array.append_null(),
            (Self::Number(array), Cell::Number(number)) => array.append_value(number),
            (Self::Number(array), _) => array.append_null(),
            (Self::Boolean(array), Cell::Boolean(value)) => array.append_value(value),
            (Self::Boolean(array), _) => array.append_null(),
            (Self::Time(array), Cell::Time(at)) => array.append_value(at.as_microsecond()),
            (Self::Time(array), _) => array.append_null(),
        }
    }

    /// Returns the array and starts a new one.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(array) => Arc::new(array.finish()),
            Self::Integer(array) => Arc::new(array.finish()),
            Self::Number(array) => Arc::new(array.finish()),
            Self::Boolean(array) => Arc::new(array.finish()),
            Self::Time(array) => Arc::new(array.finish()),
        }
    }
}
