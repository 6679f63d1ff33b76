//! The one value type that travels between fields and both engines.

use bytes::BytesMut;
use postgres::types as pg;
use rusqlite::types::{FromSqlResult, ToSqlOutput, ValueRef as LiteRef};

/// A database value. The schema uses only these kinds, so every value means the same in both engines.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A `bigint`: a number, a boolean as 0 or 1, an instant in seconds.
    Int(i64),
    /// A `double precision`.
    Real(f64),
    /// A `{text}`; never holds U+0000, which PostgreSQL refuses.
    Text(String),
    /// A `{bytes}`.
    Bytes(Vec<u8>),
}

impl Value {
    /// Whether this is the absence of a value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Value::Int(it)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Value::Int(it.into())
    }
}

impl From<f64> for Value {
    fn from(it: f64) -> Self {
        Value::Real(it)
    }
}

impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Value::Text(it.to_owned())
    }
}

impl From<String> for Value {
    fn from(it: String) -> Self {
        Value::Text(it)
    }
}

impl From<Vec<u8>> for Value {
    fn from(it: Vec<u8>) -> Self {
        Value::Bytes(it)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => LiteRef::Null,
            Value::Int(it) => LiteRef::Integer(*it),
            Value::Real(it) => LiteRef::Real(*it),
            Value::Text(it) => LiteRef::Text(it.as_bytes()),
            Value::Bytes(it) => LiteRef::Blob(it),
        }))
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(it: LiteRef<'_>) -> FromSqlResult<Self> {
        ValueRef::of_sqlite(it).map(ValueRef::to_owned)
    }
}

type Boxed = Box<dyn std::error::Error + Sync + Send>;

impl pg::ToSql for Value {
    fn to_sql(&self, ty: &pg::Type, out: &mut BytesMut) -> Result<pg::IsNull, Boxed> {
        match self {
            Value::Null => Ok(pg::IsNull::Yes),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a number compared with a real column may lose digits, as in SQLite"
            )]
            Value::Int(it) if *ty == pg::Type::FLOAT8 => (*it as f64).to_sql(ty, out),
            Value::Int(it) if *ty == pg::Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
            Value::Int(it) => it.to_sql(ty, out),
            Value::Real(it) => it.to_sql(ty, out),
            Value::Text(it) => it.as_str().to_sql(ty, out),
            Value::Bytes(it) => it.as_slice().to_sql(ty, out),
        }
    }

    fn accepts(_: &pg::Type) -> bool {
        true
    }

    pg::to_sql_checked!();
}

impl<'a> pg::FromSql<'a> for Value {
    fn from_sql(ty: &pg::Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        ValueRef::from_sql(ty, raw).map(ValueRef::to_owned)
    }

    fn from_sql_null(_: &pg::Type) -> Result<Self, Boxed> {
        Ok(Value::Null)
    }

    fn accepts(_: &pg::Type) -> bool {
        true
    }
}

/// A value where it lies in an answer of the database.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// A number, a boolean as 0 or 1, an instant in seconds.
    Int(i64),
    /// A `double precision`.
    Real(f64),
    /// A `{text}`.
    Text(&'a str),
    /// A `{bytes}`.
    Bytes(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// The value by itself.
    pub fn to_owned(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Int(it) => Value::Int(it),
            ValueRef::Real(it) => Value::Real(it),
            ValueRef::Text(it) => Value::Text(it.to_owned()),
            ValueRef::Bytes(it) => Value::Bytes(it.to_owned()),
        }
    }

    pub(crate) fn of_sqlite(it: LiteRef<'a>) -> FromSqlResult<Self> {
        Ok(match it {
            LiteRef::Null => ValueRef::Null,
            LiteRef::Integer(it) => ValueRef::Int(it),
            LiteRef::Real(it) => ValueRef::Real(it),
            LiteRef::Text(_) => ValueRef::Text(it.as_str()?),
            LiteRef::Blob(it) => ValueRef::Bytes(it),
        })
    }
}

impl<'a> pg::FromSql<'a> for ValueRef<'a> {
    fn from_sql(ty: &pg::Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(match *ty {
            pg::Type::INT8 => ValueRef::Int(i64::from_sql(ty, raw)?),
            pg::Type::INT4 => ValueRef::Int(i32::from_sql(ty, raw)?.into()),
            pg::Type::FLOAT8 => ValueRef::Real(f64::from_sql(ty, raw)?),
            pg::Type::BYTEA => ValueRef::Bytes(raw),
            pg::Type::TEXT | pg::Type::VARCHAR | pg::Type::NAME => ValueRef::Text(<&str>::from_sql(ty, raw)?),
            _ => return Err(format!("a column of type {ty} has no Value; cast it in the SQL").into()),
        })
    }

    fn from_sql_null(_: &pg::Type) -> Result<Self, Boxed> {
        Ok(ValueRef::Null)
    }

    fn accepts(_: &pg::Type) -> bool {
        true
    }
}
