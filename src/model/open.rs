//! Enumerations that the service may extend.

use std::fmt;

/// Declares an enumeration of its published values; any other value is kept as sent.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $variant:ident $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$value_doc])*
                #[doc = concat!("`", $text, "`.")]
                $variant,
            )+
            /// Any other value, as sent: one that was published after this version of the crate.
            Other(Box<str>),
        }

        impl $name {
            /// Returns the value as the service writes it.
            ///
            /// ```
            /// use journey_events::model::ActionState;
            ///
            /// assert_eq!(ActionState::TimedOut.as_str(), "timedout");
            /// assert_eq!(ActionState::from("new-state").as_str(), "new-state");
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl crate::decode::lenient::Field for $name {
            fn from_text(text: &str) -> Option<Self> {
                Some(text.into())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::decode::lenient::deserialize(deserializer, "text")
            }
        }
    };
}

open_enum! {
    /// A kind of device.
    DeviceCategory {
        Desktop "desktop",
        Mobile "mobile",
        Tablet "tablet",
        /// A device that the service puts in none of its categories. Values that this version of the
        /// crate doesn't know are `Other`.
        OtherDevice "other",
    }
}

open_enum! {
    /// The state of an action.
    ActionState {
        Accepted "accepted",
        Rejected "rejected",
        TimedOut "timedout",
        Errored "errored",
        Ignored "ignored",
        Qualified "qualified",
        Offered "offered",
        Started "started",
        Engaged "engaged",
        QualifiedOutsideSchedule "qualifiedOutsideSchedule",
        OfferedOutsideSchedule "offeredOutsideSchedule",
        Abandoned "abandoned",
        Completed "completed",
        FrequencyCapReached "frequencyCapReached",
    }
}

open_enum! {
    /// A kind of action.
    MediaType {
        WebMessagingOffer "webMessagingOffer",
        ContentOffer "contentOffer",
        IntegrationAction "integrationAction",
        ArchitectFlow "architectFlow",
        OpenAction "openAction",
    }
}

open_enum! {
    /// The kind of link that led the visitor to the page.
    ReferrerMedium {
        Internal "internal",
        Search "search",
        Social "social",
        Email "email",
        /// A medium that the service doesn't know. Values that this version of the crate doesn't know
        /// are `Other`.
        UnknownMedium "unknown",
        Paid "paid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_value_is_a_variant_and_serialized_as_sent() {
        let state: ActionState = serde_json::from_str(r#""timedout""#).unwrap();
        assert_eq!(state, ActionState::TimedOut);
        assert_eq!(serde_json::to_string(&state).unwrap(), r#""timedout""#);
    }

    #[test]
    fn an_unknown_value_is_kept_as_sent() {
        let category: DeviceCategory = serde_json::from_str(r#""watch""#).unwrap();
        assert_eq!(category, DeviceCategory::Other("watch".into()));
        assert_eq!(serde_json::to_string(&category).unwrap(), r#""watch""#);
    }

    #[test]
    fn an_error_quotes_nothing() {
        let error = serde_json::from_str::<MediaType>("12345").unwrap_err();
        assert!(!error.to_string().contains("12345"), "{error}");
    }
}
