//! Reading nothing but what one would write.
//!
//! `deny_unknown_fields` does not reach the variants of a tagged enum that have no fields: `{"do": "pass", "because": "tired"}`
//! would be read as a plain pass, and somebody would believe that the reason had been heard. Whatever a page says is therefore
//! compared with what the value read from it would write: a field that is not there was not understood, and is refused.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::{Map, Value};

/// For `#[serde(deserialize_with = "…")]`: reads an object, refusing fields that `T` does not write and fields said twice.
pub(super) fn exactly<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Serialize,
{
    deserializer.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned + Serialize> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut said = Map::new();
        while let Some((name, value)) = fields.next_entry::<String, Value>()? {
            if said.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("the field `{name}` is there twice")));
            }
        }
        let said = Value::Object(said);
        let read = T::deserialize(&said).map_err(A::Error::custom)?;
        let written = serde_json::to_value(&read).map_err(A::Error::custom)?;
        match unheard(&said, &written) {
            None => Ok(read),
            Some(field) => Err(A::Error::custom(format_args!("the field `{field}` means nothing here"))),
        }
    }
}

/// The first field that was said and would not be written.
fn unheard(said: &Value, written: &Value) -> Option<String> {
    match (said, written) {
        (Value::Object(said), Value::Object(written)) => {
            said.iter().find_map(|(name, value)| match written.get(name) {
                Some(known) => unheard(value, known),
                None => Some(name.clone()),
            })
        }
        (Value::Array(said), Value::Array(written)) => said
            .iter()
            .zip(written)
            .find_map(|(said, written)| unheard(said, written)),
        // serde also reads an object from a list of its fields; nobody who writes one means to be understood.
        (Value::Array(_), Value::Object(_)) => Some("[…]".to_owned()),
        _ => None,
    }
}
