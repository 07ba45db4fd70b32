//! The facts of a record as columns of SQLite.

use std::sync::LazyLock;

use rusqlite::types::{Value as SqlValue, ValueRef};

use crate::record::{FACTS, ImageRecord, InvalidRecord, Kind, Value};

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

/// The statements that add the columns that tables of `version` lack. A column that cannot be NULL gets
/// a default that the migration replaces.
pub(super) fn additions(version: i64) -> String {
    let new = FACTS.iter().filter(|fact| fact.since > version).map(|fact| {
        let fill = match (fact.optional, fact.kind) {
            (true, _) => "",
            (false, Kind::Integer) => " NOT NULL DEFAULT 0",
            (false, Kind::Text | Kind::Json) => " NOT NULL DEFAULT ''",
            (false, Kind::Bytes) => " NOT NULL DEFAULT x''",
        };
        format!("ALTER TABLE images ADD COLUMN {} {}{fill};\n", fact.name, type_name(fact.kind))
    });
    new.collect()
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "INTEGER",
        Kind::Text | Kind::Json => "TEXT",
        Kind::Bytes => "BLOB",
    }
}

/// The `INSERT` into `table` of the columns `before` and those of a record.
pub(super) fn insert(table: &str, before: &[&str]) -> String {
    let (names, before_names) = (NAMES.as_str(), before.join(", "));
    let marks = vec!["?"; before.len() + FACTS.len()].join(", ");
    format!("INSERT INTO {table} ({before_names}, {names}) VALUES ({marks})")
}

/// The values of a record, in the order of the columns.
pub(super) fn values(record: &ImageRecord) -> impl Iterator<Item = SqlValue> {
    FACTS.iter().map(|fact| match (fact.get)(record) {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => bytes.into(),
    })
}

/// Reads the record of a row whose columns start at `first`.
pub(super) fn read(
    row: &rusqlite::Row<'_>,
    first: usize,
) -> rusqlite::Result<Result<ImageRecord, InvalidRecord>> {
    let values = (first..first + FACTS.len())
        .map(|column| row.get_ref(column).map(value))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(ImageRecord::from_values(|fact| {
        FACTS
            .iter()
            .position(|other| other.name == fact.name)
            .and_then(|at| values.get(at))
            .cloned()
    }))
}

/// Converts a value. One of a type that no fact has becomes NULL.
fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).map_or(Value::Null, Value::Text),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) | ValueRef::Null => Value::Null,
    }
}
