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
    /// The value of an environment variable or the text of a file, which no error shows.
    Secret(String),
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
    /// Parses a document. Every `{"env": "NAME"}` in it is the value of that environment variable, and every
    /// `{"file": "path"}` the text of that file.
    pub(super) fn parse(json: &str) -> Result<Self, ConfigError> {
        let mut root = serde_json::from_str(json)
            .map_err(|error| ConfigError::new(format!("not a JSON document: {error}")))?;
        read_secrets(&mut root, "")?;
        Ok(Self { root, texts: false })
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

/// The path of the member `key` of the object at `path`.
fn path_of(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Replaces every `{"env": "NAME"}` and `{"file": "path"}` in `value`, which stands at `path`.
fn read_secrets(value: &mut Json, path: &str) -> Result<(), ConfigError> {
    match value {
        Json::List(list) => list
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| read_secrets(value, &format!("{path}[{index}]"))),
        Json::Object(members) => {
            if let [(key, Json::Text(name))] = &members[..]
                && let Some(secret) = secret(key, name, path)
            {
                *value = Json::Secret(secret?);
                return Ok(());
            }
            members.iter_mut().try_for_each(|(key, value)| read_secrets(value, &path_of(path, key)))
        }
        _ => Ok(()),
    }
}

/// What the object with the member `key` alone stands for.
fn secret(key: &str, name: &str, path: &str) -> Option<Result<String, ConfigError>> {
    match key {
        "env" => Some(variable(name, path)),
        "file" => Some(text_of_file(name, path)),
        _ => None,
    }
}

/// The text of the file `name`, without the line's end, which stands at `path`.
fn text_of_file(name: &str, path: &str) -> Result<String, ConfigError> {
    match std::fs::read_to_string(name) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(ConfigError::new(format!("{path}: cannot read {name}: {error}"))),
    }
}

/// The value of the environment variable `name`, which stands at `path`.
fn variable(name: &str, path: &str) -> Result<String, ConfigError> {
    // `var` panics at some names that no variable can have.
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    let problem = match is_name.then(|| std::env::var(name)) {
        Some(Ok(value)) if !value.is_empty() => return Ok(value),
        Some(Ok(_)) => "is empty",
        Some(Err(std::env::VarError::NotUnicode(_))) => "is not UTF-8",
        Some(Err(std::env::VarError::NotPresent)) | None => "is not set",
    };
    Err(ConfigError::new(format!("{path}: the environment variable {name:?} {problem}")))
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

    /// The elements of a list. In a document of texts an empty text is an empty list: so `IConfiguration` has it.
    pub(super) fn list(&self) -> Result<impl Iterator<Item = Node<'a>>, ConfigError> {
        let list: &[Json] = match self.value {
            Json::List(list) => list,
            Json::Text(text) if self.texts && text.is_empty() => &[],
            _ => return Err(self.expected("a list")),
        };
        let (path, texts) = (self.path.clone(), self.texts);
        Ok(list.iter().enumerate().map(move |(index, value)| Node {
            path: format!("{path}[{index}]"),
            value,
            texts,
        }))
    }

    pub(super) fn text(&self) -> Result<&'a str, ConfigError> {
        match self.value {
            Json::Text(text) | Json::Secret(text) => Ok(text),
            _ => Err(self.expected("a text")),
        }
    }

    /// An error about a member of this value, whose key `problem` begins with.
    #[cfg(feature = "cloud")]
    pub(super) fn error_inside(&self, problem: impl fmt::Display) -> ConfigError {
        ConfigError::new(format!("{}.{problem}", self.path))
    }

    /// Whether it is an object.
    #[cfg(feature = "cloud")]
    pub(super) fn is_object(&self) -> bool {
        matches!(self.value, Json::Object(_))
    }

    /// Whether it is `null`, which is the same as no member.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Json::Null)
    }

    /// The members of an object, of any keys.
    pub(super) fn entries(&self) -> Result<impl Iterator<Item = (&'a str, Node<'a>)>, ConfigError> {
        let Json::Object(members) = self.value else { return Err(self.expected("an object")) };
        let (path, texts) = (self.path.clone(), self.texts);
        Ok(members.iter().map(move |(key, value)| {
            (key.as_str(), Node { path: path_of(&path, key), value, texts })
        }))
    }

    /// A text that no error shows.
    #[cfg(feature = "cloud")]
    pub(super) fn secret(&self) -> Result<&'a str, ConfigError> {
        match self.value {
            Json::Text(text) | Json::Secret(text) => Ok(text),
            _ => Err(self.error("a text, or an object with \"env\" or \"file\", is expected")),
        }
    }

    /// A list of texts that are never shown in an error. A variable of the environment and a file have them
    /// with spaces between.
    pub(super) fn secrets(&self) -> Result<Vec<String>, ConfigError> {
        let list = match self.value {
            Json::Secret(texts) => {
                return Ok(texts.split_whitespace().map(str::to_owned).collect());
            }
            Json::Text(text) if self.texts && text.is_empty() => return Ok(Vec::new()),
            Json::List(list) => list,
            _ => return Err(self.error("a list of texts is expected")),
        };
        let texts = list.iter().enumerate().map(|(index, value)| match value {
            Json::Text(text) | Json::Secret(text) => Ok(text.clone()),
            _ => Err(ConfigError::new(format!("{}[{index}]: a text is expected", self.path))),
        });
        texts.collect()
    }

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

    /// A number of `min` to `max`, with a fraction or not.
    pub(super) fn decimal(&self, min: f64, max: f64) -> Result<f64, ConfigError> {
        let number = match self.value {
            Json::Number(number) => number.as_f64(),
            Json::Text(text) if self.texts => text.trim().parse().ok(),
            _ => return Err(self.expected("a number")),
        };
        number
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| self.expected(&format!("a number of {min} to {max}")))
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
        path_of(&self.path, key)
    }

    /// The member `key`. `null` is the same as no member.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let (_, value) = self.members.iter().find(|(name, _)| name == key)?;
        let given = !matches!(value, Json::Null);
        given.then(|| Node { path: self.path_of(key), value, texts: self.texts })
    }

    /// As [`get`](Self::get), for an object without required members. In a document of texts `null` is an empty
    /// one: so `IConfiguration` has it.
    pub(super) fn get_object(&self, key: &str) -> Option<Node<'a>> {
        const EMPTY: &Json = &Json::Object(Vec::new());
        let (_, value) = self.members.iter().find(|(name, _)| name == key)?;
        let value = if self.texts && matches!(value, Json::Null) { EMPTY } else { value };
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
            Self::Secret(_) => f.write_str("the value of an environment variable"),
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
