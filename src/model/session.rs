//! A journey session.

use std::fmt;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::date;
use super::part::fields;
use crate::decode::entity::Entity;
use crate::decode::error::JsonError;
use crate::decode::lenient::{self, Field};
use crate::decode::reader::JsonReader;
use crate::position::identities::Identity;

/// A journey session: its id, its dates, how many events it has.
///
/// The JSON is kept as the service sent it, in [`json`](Session::json). Of its fields only the id is
/// required. `Debug` shows id and type only.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// let session = client.session(&session).await?;
/// println!("{} has {:?} events since {:?}", session.id(), session.event_count(), session.created_at());
/// # Ok(()) });
/// ```
#[derive(Clone)]
pub struct Session {
    json: Box<str>,
    envelope: SessionEnvelope,
}

/// The fields that are decoded.
#[derive(Clone)]
struct SessionEnvelope {
    id: Box<str>,
    optional: Optional,
}

#[derive(Clone, Default)]
struct Optional {
    id: Option<Box<str>>,
    r#type: Option<Box<str>>,
    created_date: Option<Box<str>>,
    ended_date: Option<Ended>,
    last_event_date: Option<Box<str>>,
    event_count: Option<Count>,
}

fields!(Optional {
    id,
    r#type,
    created_date,
    ended_date,
    last_event_date,
    event_count,
});

impl<'de> Deserialize<'de> for SessionEnvelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut optional: Optional = lenient::deserialize(deserializer, "a session")?;
        let id = optional.id.take();
        let id = id.ok_or_else(|| D::Error::missing_field("id"))?;
        Ok(Self { id, optional })
    }
}

/// The end of a session: the date if it is text.
#[derive(Clone)]
struct Ended(Option<Box<str>>);

impl Field for Ended {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self(Some(text.into())))
    }

    /// In whatever format the date is, the session has ended.
    fn from_other() -> Option<Self> {
        Some(Self(None))
    }
}

/// A number of events. The service may also write it as `12.0` or `"12"`.
#[derive(Clone, Copy)]
struct Count(u64);

impl Field for Count {
    fn from_integer(value: i128) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn from_float(value: f64) -> Option<Self> {
        // Without an exponent or sign, the text of a whole number is the number.
        Self::from_text(&value.to_string())
    }

    fn from_text(text: &str) -> Option<Self> {
        let whole = text.trim_end_matches('0').strip_suffix('.').unwrap_or(text);
        whole.parse().ok().map(Self)
    }
}

impl Session {
    /// Returns the session's JSON, exactly as the service sent it.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert!(session.json().contains("\"eventCount\""));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns the id, for [`Client::session_events`](crate::Client::session_events).
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut sessions = client.contact_sessions(contact).stream();
    /// while let Some(session) = sessions.try_next().await? {
    ///     let events: Vec<_> = client.session_events(session.id()).stream().try_collect().await?;
    ///     assert_eq!(events.len(), 450);
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.envelope.id
    }

    /// Returns the type, such as `web` or `app`.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert!(matches!(session.session_type(), Some("web" | "app")));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn session_type(&self) -> Option<&str> {
        self.envelope.optional.r#type.as_deref()
    }

    /// Returns when it began; `None` if the date is absent or can't be parsed.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert!(session.created_at() <= session.last_event_at());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        date::instant(self.envelope.optional.created_date.as_deref()?)
    }

    /// Returns whether it has ended: `endedDate` is neither absent nor null, whatever its format.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert!(session.has_ended());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.envelope.optional.ended_date.is_some()
    }

    /// Returns when it ended; `None` while it is open, or if the date can't be parsed.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert!(session.ended_at() >= session.last_event_at());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        let Ended(date) = self.envelope.optional.ended_date.as_ref()?;
        date::instant(date.as_deref()?)
    }

    /// Returns when its last event so far happened; `None` if the date is absent or can't be parsed.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// println!("last seen {:?}", session.last_event_at());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn last_event_at(&self) -> Option<Timestamp> {
        date::instant(self.envelope.optional.last_event_date.as_deref()?)
    }

    /// Returns how many events it has so far; `None` if the number is absent or invalid.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let session = client.session(&session).await?;
    /// assert_eq!(session.event_count(), Some(450));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn event_count(&self) -> Option<u64> {
        self.envelope.optional.event_count.map(|Count(count)| count)
    }
}

impl Entity for Session {
    const REQUIRED: &'static str = "id";

    fn read<'a>(json: &mut JsonReader<'a>) -> Result<(Option<Self>, &'a str), JsonError> {
        let (envelope, json) = json.lossy_value()?;
        let session = envelope.map(|envelope| Self {
            json: json.into(),
            envelope,
        });
        Ok((session, json))
    }

    fn id(&self) -> Option<&str> {
        Some(&self.envelope.id)
    }

    fn identity(&self) -> Identity<'_> {
        Identity::Id(self.id())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("session_type", &self.session_type())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;

    fn session(members: &str) -> Session {
        decode::single(format!(r#"{{"id":"s"{members}}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn row_78_an_event_count_is_read_in_any_notation() {
        for (count, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("1.2e1", Some(12)),
            (r#""12""#, Some(12)),
            (r#""12.00""#, Some(12)),
            (r#""100""#, Some(100)),
            ("0.0", Some(0)),
            ("12.5", None),
            ("-1", None),
            ("-1.0", None),
            (r#""a dozen""#, None),
            (r#""""#, None),
            ("1e30", None),
            ("1e999", None),
            ("null", None),
            ("[12]", None),
            (r#"{"count":12}"#, None),
        ] {
            let session = session(&format!(r#","eventCount":{count},"type":"web""#));
            assert_eq!(session.event_count(), expected, "{count}");
            assert_eq!(session.session_type(), Some("web"), "{count}");
        }
    }

    #[test]
    fn row_78_a_session_has_ended_once_its_end_is_not_null() {
        assert!(!session("").has_ended());
        assert!(!session(r#","endedDate":null"#).has_ended());
        for date in [
            r#""2026-03-01T10:00:00Z""#,
            r#""2026-03-01T10:00:00.000+0000""#,
            r#""01/03/2026 10:00""#,
            r#""\ud83d""#,
            r#""""#,
            "1772359200000",
            "1e999",
            "false",
            "[2026,3,1]",
            r#"{"date":"2026-03-01"}"#,
        ] {
            let session = session(&format!(r#","endedDate":{date},"eventCount":1"#));
            assert!(session.has_ended(), "{date}");
            assert_eq!(session.ended_at().is_some(), date.contains("T10"), "{date}");
            assert_eq!(session.event_count(), Some(1), "{date}");
        }
    }

    #[test]
    fn row_78_only_an_id_is_required() {
        let json = r#"{"type":7,"id":"s","createdDate":[],"lastEventDate":{"a":1}}"#;
        let session: Session = decode::single(json.as_bytes()).unwrap();
        assert_eq!((session.id(), session.json()), ("s", json));
        assert_eq!((session.session_type(), session.created_at()), (None, None));
        for json in [
            "{}",
            r#"{"id":12}"#,
            r#"{"id":null}"#,
            r#"["s"]"#,
            r#"{"id":"\ud83d"}"#,
        ] {
            assert!(
                decode::single::<Session>(json.as_bytes()).is_err(),
                "{json}"
            );
        }
    }
}
