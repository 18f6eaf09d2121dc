//! How a part of the model is declared.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// Declares a part of the model: a plain struct whose fields are all optional, so that each file reads
/// as the table of its fields. The service writes their names in camelCase.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$field_doc:meta])* $field:ident: $kind:ty, )+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>,
            )+
        }

        crate::model::part::fields!($name { $($field),+ });

        impl<'de> serde::Deserialize<'de> for $name {
            /// A field that is null or of another type is `None`. Of several with the same name, the
            /// last counts.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::decode::lenient::deserialize(
                    deserializer,
                    concat!("an object, ", stringify!($name)),
                )
            }
        }
    };
}
pub(super) use part;

/// Reads a struct of optional fields from an object, whatever the types of its values.
macro_rules! fields {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl crate::decode::lenient::Field for $name {
            fn from_object<'de, M: serde::de::MapAccess<'de>>(
                mut map: M,
            ) -> Result<Option<Self>, M::Error> {
                let mut part = Self::default();
                while let Some(crate::model::part::Name(name)) = map.next_key()? {
                    $(
                        if name == crate::model::part::camel_case!($field) {
                            crate::decode::lenient::Lenient(part.$field) = map.next_value()?;
                            continue;
                        }
                    )+
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(Some(part))
            }
        }
    };
}
pub(super) use fields;

/// A field's name as the service writes it, converted at compile time.
macro_rules! camel_case {
    ($field:ident) => {{
        const NAME: &([u8; 32], usize) = &crate::model::part::to_camel_case(stringify!($field));
        const TEXT: &str = match str::from_utf8(NAME.0.split_at(NAME.1).0) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        };
        TEXT
    }};
}
pub(super) use camel_case;

/// The bytes of a name in camelCase, and their number.
#[expect(
    clippy::indexing_slicing,
    reason = "only evaluated at compile time, where a panic is a compile error"
)]
pub(super) const fn to_camel_case(snake_case: &str) -> ([u8; 32], usize) {
    let mut rest = match snake_case.as_bytes() {
        [b'r', b'#', rest @ ..] => rest,
        all => all,
    };
    let mut name = [0; 32];
    let mut length = 0;
    while let [byte, after @ ..] = rest {
        (name[length], rest) = match (*byte, after) {
            (b'_', [first, after @ ..]) => (first.to_ascii_uppercase(), after),
            (byte, after) => (byte, after),
        };
        length += 1;
    }
    (name, length)
}

/// The name of a member, borrowed where it has no escapes.
pub(super) struct Name<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
        }

        deserializer.deserialize_identifier(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_converted_to_camel_case() {
        assert_eq!(camel_case!(url), "url");
        assert_eq!(camel_case!(r#type), "type");
        assert_eq!(camel_case!(mkt_campaign), "mktCampaign");
        assert_eq!(camel_case!(visit_created_date), "visitCreatedDate");
    }
}
