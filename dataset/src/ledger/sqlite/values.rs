//! Values as SQLite stores them.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

use crate::ledger::ids::{ContactKey, Epoch, FileId, RunStamp, SessionKey, WorkerId};
use crate::ledger::uuid;

macro_rules! integer {
    ($($id:ty),*) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }
        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    )*};
}

integer!(SessionKey, ContactKey, WorkerId, FileId, RunStamp, Epoch);

/// A count, which SQLite stores signed.
#[derive(Clone, Copy)]
pub(super) struct Count(pub(super) u64);

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(|count| Self(count.try_into().unwrap_or(0)))
    }
}

/// A date in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Date(pub(super) Timestamp);

impl ToSql for Date {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_millisecond().into())
    }
}

impl FromSql for Date {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let date = Timestamp::from_millisecond(i64::column_result(value)?);
        date.map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A session's id: the 16 bytes of a UUID, or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionId(pub(super) String);

impl ToSql for SessionId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match uuid::to_bytes(&self.0) {
            Some(bytes) => ToSqlOutput::Owned(Value::Blob(bytes.to_vec())),
            None => ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_bytes())),
        })
    }
}

impl FromSql for SessionId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Blob(bytes) => {
                let bytes = bytes
                    .try_into()
                    .map_err(|_| FromSqlError::InvalidBlobSize {
                        expected_size: 16,
                        blob_size: bytes.len(),
                    })?;
                Ok(Self(uuid::to_text(u128::from_be_bytes(bytes))))
            }
            text => Ok(Self(String::column_result(text)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_takes_16_bytes_and_is_read_in_lower_case() {
        let stored = |id: &str| match SessionId(id.to_owned()).to_sql().unwrap() {
            ToSqlOutput::Owned(Value::Blob(blob)) => {
                assert_eq!(blob.len(), 16);
                SessionId::column_result(ValueRef::Blob(&blob)).unwrap().0
            }
            ToSqlOutput::Borrowed(text) => SessionId::column_result(text).unwrap().0,
            _ => panic!("neither"),
        };
        for id in [
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(stored(id), id);
            assert_eq!(stored(&id.to_uppercase()), id);
        }
        for other in [
            "",
            "session-1",
            "0a1b2c3d4-e5f-6071-8293-a4b5c6d7e8f9",
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fg",
            "ä",
        ] {
            assert_eq!(stored(other), other);
        }
    }
}
