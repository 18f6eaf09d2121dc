//! Values of any type where one type is expected: only what can't be used is missing.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// A type that a field may have. Each method takes one kind of JSON value and returns `None` unless
/// the type can be made of it.
pub(crate) trait Field: Sized {
    fn from_text(_text: &str) -> Option<Self> {
        Self::from_other()
    }

    fn from_bool(_value: bool) -> Option<Self> {
        Self::from_other()
    }

    fn from_integer(_value: i128) -> Option<Self> {
        Self::from_other()
    }

    fn from_float(_value: f64) -> Option<Self> {
        Self::from_other()
    }

    fn from_object<'de, M: MapAccess<'de>>(map: M) -> Result<Option<Self>, M::Error> {
        number_or_skip(map)
    }

    fn from_array<'de, S: SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::from_other())
    }

    /// Takes any value but null that the other methods don't, such as text that can't be decoded.
    fn from_other() -> Option<Self> {
        None
    }
}

/// A field's value; `None` if it is null or can't be used.
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

impl<'de, T: Field> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(LenientVisitor(PhantomData));
        value.map(Self)
    }
}

/// Deserializes a value whose errors don't quote what was found, as serde's own do.
pub(crate) fn deserialize<'de, T: Field, D: Deserializer<'de>>(
    deserializer: D,
    expected: &str,
) -> Result<T, D::Error> {
    let Lenient(value) = Lenient::deserialize(deserializer)?;
    value.ok_or_else(|| Error::custom(format_args!("expected {expected}")))
}

/// Deserializes text, also from a format that isn't self-describing.
pub(crate) fn deserialize_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<str>>, D::Error> {
    deserializer.deserialize_str(LenientVisitor(PhantomData))
}

struct LenientVisitor<T>(PhantomData<T>);

impl<'de, T: Field> Visitor<'de> for LenientVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
        Ok(T::from_text(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<T>, E> {
        Ok(T::from_bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<T>, E> {
        Ok(T::from_integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<T>, E> {
        Ok(T::from_integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Option<T>, E> {
        Ok(T::from_integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Option<T>, E> {
        let integer = i128::try_from(value);
        Ok(integer.map_or_else(|_| T::from_other(), T::from_integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<T>, E> {
        Ok(T::from_float(value))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Option<T>, E> {
        Ok(T::from_other())
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Option<T>, M::Error> {
        T::from_object(map)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Option<T>, S::Error> {
        T::from_array(seq)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Field for Box<str> {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl Field for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl Field for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl Field for i64 {
    fn from_integer(value: i128) -> Option<Self> {
        value.try_into().ok()
    }
}

impl Field for f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an integer in a field of fractions is rounded, as JSON readers do"
    )]
    fn from_integer(value: i128) -> Option<Self> {
        Some(value as Self)
    }

    fn from_float(value: f64) -> Option<Self> {
        Some(value)
    }
}

/// An object that is large to move.
impl<T: Field> Field for Box<T> {
    fn from_object<'de, M: MapAccess<'de>>(map: M) -> Result<Option<Self>, M::Error> {
        Ok(T::from_object(map)?.map(Self::new))
    }
}

impl<T: Field> Field for Vec<T> {
    /// Leaves out the elements that can't be used.
    fn from_array<'de, S: SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        let mut elements = Self::new();
        while let Some(Lenient(element)) = seq.next_element()? {
            elements.extend(element);
        }
        Ok(Some(elements))
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    /// Leaves out the entries that can't be used. The last of several with the same name counts.
    fn from_object<'de, M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut entries = Self::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value()? {
                Lenient(Some(value)) => entries.insert(name, value),
                Lenient(None) => entries.remove(&name),
            };
        }
        Ok(Some(entries))
    }
}

/// Reads past an object, unless it is how `serde_json` passes on a number: it does once any crate in
/// the build turns on its feature `arbitrary_precision`.
fn number_or_skip<'de, T: Field, M: MapAccess<'de>>(map: M) -> Result<Option<T>, M::Error> {
    let mut members = Members {
        map,
        is_value_next: false,
    };
    if let Ok(number) = Number::deserialize(MapAccessDeserializer::new(&mut members)) {
        let integer = number.as_i128();
        return Ok(match (integer, number.as_f64()) {
            (Some(integer), _) => T::from_integer(integer),
            (None, Some(float)) => T::from_float(float),
            (None, None) => T::from_other(),
        });
    }
    if members.is_value_next {
        members.next_value::<IgnoredAny>()?;
    }
    while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(T::from_other())
}

/// Knows whether a name was read and its value was not.
struct Members<M> {
    map: M,
    is_value_next: bool,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Members<M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        let name = self.map.next_key_seed(seed);
        // An error is the seed's, which has read the name.
        self.is_value_next = !matches!(name, Ok(None));
        name
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.is_value_next = false;
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Field>(json: &str) -> Option<T> {
        let Lenient(value) = serde_json::from_str(json).unwrap();
        value
    }

    #[test]
    fn a_value_of_the_expected_type_is_read() {
        assert_eq!(read(r#""a\u0062""#), Some("ab".to_owned()));
        assert_eq!(read("true"), Some(true));
        assert_eq!(
            (read("-7"), read("9223372036854775807")),
            (Some(-7), Some(i64::MAX))
        );
        assert_eq!(
            (read("2.5"), read("2"), read("-2")),
            (Some(2.5), Some(2.0), Some(-2.0))
        );
        assert_eq!(read(r#"["a"]"#), Some(vec!["a".to_owned()]));
    }

    #[test]
    fn a_value_of_another_type_is_none() {
        fn are_none<T: Field>(values: &[&str]) -> bool {
            values.iter().all(|value| read::<T>(value).is_none())
        }
        let (text, truth, integer) = (r#""a""#, "true", "1");
        let float = ["2.625", "9223372036854775808"];
        let (array, object) = ("[1,[2]]", r#"{"a":{"b":1},"c":[{}]}"#);
        assert!(are_none::<String>(&[
            truth, integer, float[0], array, object, "null"
        ]));
        assert!(are_none::<bool>(&[
            text, integer, float[0], array, object, "null"
        ]));
        assert!(are_none::<i64>(&[
            text, truth, float[0], float[1], array, object, "null", "{}"
        ]));
        assert!(are_none::<f64>(&[text, truth, array, object, "null", "{}"]));
        assert!(are_none::<Vec<i64>>(&[
            text, truth, integer, float[0], object, "null", "{}"
        ]));
        let others = [text, truth, integer, float[0], array, "null", "[]"];
        assert!(are_none::<BTreeMap<String, i64>>(&others));
    }

    #[test]
    fn an_unusable_element_or_entry_is_left_out() {
        assert_eq!(
            read(r#"[1,null,"a",{"b":[2]},[3],4]"#),
            Some(vec![1_i64, 4])
        );
        let entries = read(r#"{"a":1,"b":"x","c":null,"d":{"e":1},"a":2,"f":3,"f":[]}"#);
        assert_eq!(entries, Some(BTreeMap::from([("a".to_owned(), 2_i64)])));
    }

    #[test]
    fn what_follows_an_unusable_value_is_read() {
        assert_eq!(read(r#"[{"a":{}},1,[],{},2]"#), Some(vec![1_i64, 2]));
    }

    #[test]
    fn an_error_names_what_was_expected_and_quotes_nothing() {
        let mut json = serde_json::Deserializer::from_str(r#""someone@customer.example""#);
        let error = deserialize::<i64, _>(&mut json, "a number").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("expected a number") && !text.contains("someone"),
            "{text}"
        );
    }
}
