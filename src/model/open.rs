//! Enumerated values whose set grows.

use std::fmt;

/// Declares an enumeration with its published values; any other value is kept as it came.
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
            /// A value published after this version of the crate, as it came.
            Other(Box<str>),
        }

        impl $name {
            /// The value as the service writes it.
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

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

open_enum! {
    /// The kind of device.
    DeviceCategory {
        Desktop "desktop",
        Mobile "mobile",
        Tablet "tablet",
        /// Published under this name; not the same as a value unknown to this crate.
        OtherDevice "other",
    }
}

open_enum! {
    /// What has become of an action.
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
    /// What kind of action was offered.
    MediaType {
        WebMessagingOffer "webMessagingOffer",
        ContentOffer "contentOffer",
        IntegrationAction "integrationAction",
        ArchitectFlow "architectFlow",
        OpenAction "openAction",
    }
}

open_enum! {
    /// By what kind of link the visitor came.
    ReferrerMedium {
        Internal "internal",
        Search "search",
        Social "social",
        Email "email",
        /// Published under this name; not the same as a value unknown to this crate.
        UnknownMedium "unknown",
        Paid "paid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value_is_named_and_written_back() {
        let state: ActionState = serde_json::from_str(r#""timedout""#).unwrap();
        assert_eq!(state, ActionState::TimedOut);
        assert_eq!(serde_json::to_string(&state).unwrap(), r#""timedout""#);
    }

    #[test]
    fn an_unknown_value_is_kept() {
        let category: DeviceCategory = serde_json::from_str(r#""watch""#).unwrap();
        assert_eq!(category, DeviceCategory::Other("watch".into()));
        assert_eq!(serde_json::to_string(&category).unwrap(), r#""watch""#);
    }
}
