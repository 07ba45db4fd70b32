//! A JSON document whose every value knows its path, so that an error can name it.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::config_error::ConfigError;

/// A JSON value. Objects keep their keys in order; a key that is given twice is an error.
#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// A value of a document, and its path: `websites[0].policy.max_bytes`.
pub(super) struct Node<'a> {
    path: String,
    value: &'a Json,
    texts: bool,
}

/// A JSON document.
pub(super) struct Document {
    root: Json,
    texts: bool,
}

impl Document {
    pub(super) fn parse(json: &str) -> Result<Self, ConfigError> {
        serde_json::from_str(json)
            .map(|root| Self { root, texts: false })
            .map_err(|error| ConfigError::new(format!("not a JSON document: {error}")))
    }

    /// The same, where a number, `true` and `false` may also be a text.
    pub(super) fn with_texts(mut self) -> Self {
        self.texts = true;
        self
    }

    pub(super) fn root(&self) -> Node<'_> {
        Node { path: String::new(), value: &self.root, texts: self.texts }
    }
}

impl<'a> Node<'a> {
    /// An error about this value.
    pub(super) fn error(&self, problem: impl fmt::Display) -> ConfigError {
        if self.path.is_empty() {
            ConfigError::new(problem.to_string())
        } else {
            ConfigError::new(format!("{}: {problem}", self.path))
        }
    }

    pub(super) fn expected(&self, what: &str) -> ConfigError {
        self.error(format_args!("{what} is expected, not {}", self.value))
    }

    /// The members of an object, whose keys must all be in `known`.
    pub(super) fn members(&self, known: &[&str]) -> Result<Members<'a>, ConfigError> {
        let Json::Object(members) = self.value else { return Err(self.expected("an object")) };
        let node = Members { path: self.path.clone(), members, texts: self.texts };
        if let Some((unknown, _)) = members.iter().find(|(key, _)| !known.contains(&&**key)) {
            let problem = format!("the key is not known; known are {}", known.join(", "));
            return Err(ConfigError::new(format!("{}: {problem}", node.path_of(unknown))));
        }
        Ok(node)
    }

    /// The elements of a list.
    pub(super) fn list(&self) -> Result<impl Iterator<Item = Node<'a>>, ConfigError> {
        let Json::List(list) = self.value else { return Err(self.expected("a list")) };
        let (path, texts) = (self.path.clone(), self.texts);
        Ok(list.iter().enumerate().map(move |(index, value)| Node {
            path: format!("{path}[{index}]"),
            value,
            texts,
        }))
    }

    pub(super) fn text(&self) -> Result<&'a str, ConfigError> {
        match self.value {
            Json::Text(text) => Ok(text),
            _ => Err(self.expected("a text")),
        }
    }

    /// A list of texts that are never shown in an error.
    pub(super) fn secrets(&self) -> Result<Vec<String>, ConfigError> {
        let Json::List(list) = self.value else {
            return Err(self.error("a list of texts is expected"));
        };
        let texts = list.iter().enumerate().map(|(index, value)| match value {
            Json::Text(text) => Ok(text.clone()),
            _ => Err(ConfigError::new(format!("{}[{index}]: a text is expected", self.path))),
        });
        texts.collect()
    }

    #[cfg(feature = "http")]
    pub(super) fn bool(&self) -> Result<bool, ConfigError> {
        match self.value {
            Json::Bool(value) => Ok(*value),
            Json::Text(text) if self.texts && text.eq_ignore_ascii_case("true") => Ok(true),
            Json::Text(text) if self.texts && text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// A whole number of `min` to `max`.
    pub(super) fn number<T: TryFrom<u64>>(&self, min: u64, max: u64) -> Result<T, ConfigError> {
        let number = match self.value {
            Json::Number(number) => number.as_u64(),
            Json::Text(text) if self.texts => text.trim().parse().ok(),
            _ => return Err(self.expected("a number")),
        };
        number
            .filter(|number| (min..=max).contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| {
                if max == u64::MAX {
                    self.expected(&format!("a whole number of at least {min}"))
                } else {
                    self.expected(&format!("a whole number of {min} to {max}"))
                }
            })
    }

    /// A text that is one of these names; returns the value paired with it.
    pub(super) fn one_of<T: Copy>(&self, names: &[(&str, T)]) -> Result<T, ConfigError> {
        let text = self.text()?;
        names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            self.expected(&format!("one of {}", names.join(", ")))
        })
    }
}

/// The members of an object.
pub(super) struct Members<'a> {
    path: String,
    members: &'a [(String, Json)],
    texts: bool,
}

impl<'a> Members<'a> {
    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The member `key`. `null` is the same as no member.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let (_, value) = self.members.iter().find(|(name, _)| name == key)?;
        let given = !matches!(value, Json::Null);
        given.then(|| Node { path: self.path_of(key), value, texts: self.texts })
    }

    /// The member `key`, which must be there.
    pub(super) fn required(&self, key: &str) -> Result<Node<'a>, ConfigError> {
        self.get(key).ok_or_else(|| ConfigError::new(format!("{} is missing", self.path_of(key))))
    }

    /// The member `key` as `read` reads it, or `default`.
    pub(super) fn read_or<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&Node<'a>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        self.get(key).map_or(Ok(default), |node| read(&node))
    }

    /// The member `key` as `read` reads it, or `None`.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Node<'a>) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        self.get(key).map(|node| read(&node)).transpose()
    }
}

impl fmt::Display for Json {
    /// As an error shows it: short.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 60;
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) if text.chars().count() > LONGEST => f.write_str("a long text"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(_) => f.write_str("a list"),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Json::Number).ok_or_else(|| E::custom("the number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::<(String, Json)>::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if members.iter().any(|(other, _)| *other == key) {
                return Err(de::Error::custom(format_args!("the key {key:?} is given twice")));
            }
            members.push((key, value));
        }
        Ok(Json::Object(members))
    }
}
