//! Why a document or a row is not the record of an image.

/// A document or a database's row is not the record of an image.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidRecord(#[from] Damage);

#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("the record is not a JSON document: {0}")]
    NotJson(#[source] serde_json::Error),
    #[error("the record is not an object")]
    NotAnObject,
    #[error("the record is damaged: {0} is missing")]
    Missing(&'static str),
    #[error("the record is damaged: {0} has an impossible value")]
    Impossible(&'static str),
}

impl InvalidRecord {
    pub(crate) fn not_json(error: serde_json::Error) -> Self {
        Self(Damage::NotJson(error))
    }

    pub(crate) fn not_an_object() -> Self {
        Self(Damage::NotAnObject)
    }

    pub(crate) fn missing(fact: &'static str) -> Self {
        Self(Damage::Missing(fact))
    }

    pub(crate) fn impossible(fact: &'static str) -> Self {
        Self(Damage::Impossible(fact))
    }
}
