//! JSON with text or numbers that can't be decoded, such as half of a surrogate pair or `1e999`.

use std::fmt;

use serde::de::{
    DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::value::RawValue;
use serde_json::{Error, Value};

/// Deserializes valid JSON value by value, so that one that can't be decoded doesn't fail the rest.
///
/// Such a value reaches the visitor as bytes; a member with such a name is skipped. Every level is
/// scanned again, so this is only for what `serde_json` alone has failed on.
pub(crate) struct LossyJson<'de>(pub(crate) &'de str);

impl<'de> Deserializer<'de> for LossyJson<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        match self.0.bytes().next() {
            Some(b'{') => json.deserialize_map(Lossy(visitor)),
            Some(b'[') => json.deserialize_seq(Lossy(visitor)),
            _ => match serde_json::from_str::<Value>(self.0) {
                Ok(scalar) => scalar.deserialize_any(visitor),
                Err(_) => visitor.visit_bytes(self.0.as_bytes()),
            },
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// Passes on each value of an object or array as [`LossyJson`].
struct Lossy<T>(T);

impl<'de, V: Visitor<'de>> Visitor<'de> for Lossy<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<V::Value, M::Error> {
        self.0.visit_map(Lossy(map))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<V::Value, S::Error> {
        self.0.visit_seq(Lossy(seq))
    }
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Lossy<M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        while let Some(Name(name)) = self.0.next_key()? {
            if let Some(name) = name {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, M::Error> {
        let json: &RawValue = self.0.next_value()?;
        let value = seed.deserialize(LossyJson(json.get()));
        value.map_err(M::Error::custom)
    }
}

impl<'de, S: SeqAccess<'de>> SeqAccess<'de> for Lossy<S> {
    type Error = S::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, S::Error> {
        let Some(json) = self.0.next_element::<&RawValue>()? else {
            return Ok(None);
        };
        let element = seed.deserialize(LossyJson(json.get()));
        element.map(Some).map_err(S::Error::custom)
    }
}

/// A member's name; `None` if it can't be decoded. As bytes, `serde_json` passes on any name.
struct Name(Option<String>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_bytes<E>(self, name: &[u8]) -> Result<Name, E> {
                Ok(Name(str::from_utf8(name).ok().map(str::to_owned)))
            }
        }

        deserializer.deserialize_bytes(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::decode::lenient::Lenient;

    const HALF: &str = r#""\ud83d""#;

    #[test]
    fn a_value_that_cannot_be_decoded_costs_only_itself() {
        let json = format!(r#"{{"a":"x","b":{HALF},"c":1e999,"d":"\ud83d\ude00","e":["é"]}}"#);
        let Lenient(read) = Lenient::deserialize(LossyJson(&json)).unwrap();
        let expected = [("a", "x"), ("d", "\u{1f600}")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read, Some(BTreeMap::from(expected)));

        let json = format!(r"[1,{HALF},1e999, -2 ,[{HALF}],{{{HALF}:{HALF}}},3]");
        let Lenient(read) = Lenient::deserialize(LossyJson(&json)).unwrap();
        assert_eq!(read, Some(vec![1_i64, -2, 3]));
    }

    #[test]
    fn a_member_whose_name_cannot_be_decoded_is_skipped() {
        let json = format!(r#"{{ {HALF} : 1, "a\u0062": 2, {HALF}: {{}}, "c": 3 }}"#);
        let Lenient(read) = Lenient::deserialize(LossyJson(&json)).unwrap();
        let expected = [("ab", 2_i64), ("c", 3)].map(|(name, value)| (name.to_owned(), value));
        assert_eq!(read, Some(BTreeMap::from(expected)));
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = open.repeat(100_000) + "1" + &close.repeat(100_000);
            let json = format!(r"[{HALF},{deep},7]");
            let Lenient(read) = Lenient::deserialize(LossyJson(&json)).unwrap();
            assert_eq!(read, Some(vec![7_i64]));
        }
    }
}
