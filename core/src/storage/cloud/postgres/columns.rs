//! The facts of a record as columns of PostgreSQL.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::database::Parameter;
use crate::record::{FACTS, ImageRecord, InvalidRecord, Kind, Value, hexadecimal};

/// The names of the columns, separated by commas.
pub(super) static NAMES: LazyLock<String> =
    LazyLock::new(|| FACTS.iter().map(|fact| fact.name).collect::<Vec<_>>().join(", "));

/// The definitions of the columns for `CREATE TABLE`, one per line.
pub(super) fn definitions() -> String {
    let lines = FACTS.iter().map(|fact| {
        let null = if fact.optional { "" } else { " NOT NULL" };
        format!("    {} {}{null},\n", fact.name, type_name(fact.kind))
    });
    lines.collect()
}

/// The statements that add the columns of facts that are new since the version `since` of SQLite's tables. A column
/// that cannot be NULL gets a default, which the fact reads as none.
pub(super) fn additions(schema: &str, since: i64) -> String {
    let new = FACTS.iter().filter(|fact| fact.since > since).map(|fact| {
        let fill = match (fact.optional, fact.kind) {
            (true, _) => "",
            (false, Kind::Integer) => " NOT NULL DEFAULT 0",
            (false, Kind::Text | Kind::Json) => " NOT NULL DEFAULT ''",
            (false, Kind::Bytes) => " NOT NULL DEFAULT ''::bytea",
        };
        let kind = type_name(fact.kind);
        format!("ALTER TABLE {schema}.images ADD COLUMN {} {kind}{fill};\n", fact.name)
    });
    new.collect()
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "bigint",
        // Compared byte by byte, which needs no collation's tables.
        Kind::Text | Kind::Json => "text COLLATE \"C\"",
        Kind::Bytes => "bytea",
    }
}

/// The values of a record, in the order of the columns.
pub(super) fn values(record: &ImageRecord) -> Vec<(Box<dyn ToSql + Sync + Send>, Type)> {
    let values = FACTS.iter().map(|fact| {
        let value: Box<dyn ToSql + Sync + Send> = match ((fact.get)(record), fact.kind) {
            (Value::Integer(number), _) => Box::new(number),
            (Value::Text(text), _) => Box::new(text),
            (Value::Bytes(bytes), _) => Box::new(bytes),
            (Value::Null, Kind::Integer) => Box::new(None::<i64>),
            (Value::Null, Kind::Text | Kind::Json) => Box::new(None::<String>),
            (Value::Null, Kind::Bytes) => Box::new(None::<Vec<u8>>),
        };
        (value, type_of(fact.kind))
    });
    values.collect()
}

/// The values of a record by the names of their columns, as `jsonb_populate_record` reads them.
pub(super) fn json(record: &ImageRecord) -> Map<String, Json> {
    let values = FACTS.iter().map(|fact| {
        let value = match (fact.get)(record) {
            Value::Integer(number) => Json::from(number),
            Value::Text(text) => Json::from(text),
            Value::Bytes(bytes) => Json::from(format!("\\x{}", hexadecimal(&bytes))),
            Value::Null => Json::Null,
        };
        (fact.name.to_owned(), value)
    });
    values.collect()
}

/// The values as parameters.
pub(super) fn parameters(values: &[(Box<dyn ToSql + Sync + Send>, Type)]) -> Vec<Parameter<'_>> {
    values.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect()
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Integer => Type::INT8,
        Kind::Text | Kind::Json => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}

/// Reads the record of a row whose columns start at `first`.
pub(super) fn read(
    row: &Row,
    first: usize,
) -> Result<Result<ImageRecord, InvalidRecord>, tokio_postgres::Error> {
    let mut values = Vec::with_capacity(FACTS.len());
    for (at, fact) in FACTS.iter().enumerate() {
        let column = first + at;
        let value = match fact.kind {
            Kind::Integer => row.try_get::<_, Option<i64>>(column)?.map(Value::Integer),
            Kind::Text | Kind::Json => row.try_get::<_, Option<String>>(column)?.map(Value::Text),
            Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Bytes),
        };
        values.push(value.unwrap_or(Value::Null));
    }
    Ok(ImageRecord::from_values(|fact| {
        FACTS
            .iter()
            .position(|other| other.name == fact.name)
            .and_then(|at| values.get(at))
            .cloned()
    }))
}
