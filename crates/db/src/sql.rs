//! SQL text with its values.

use crate::Value;
use std::fmt::Write as _;

/// SQL text with its values.
///
/// Text is added only as `&'static str` and values only by [`bind`](Sql::bind), so nothing that a client sent can become
/// text.
#[derive(Debug, Default, Clone)]
pub struct Sql {
    text: String,
    args: Vec<Value>,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Sql::new(text)
    }
}

impl Sql {
    /// Starts a statement.
    pub fn new(text: &'static str) -> Self {
        Sql { text: text.to_owned(), args: Vec::new() }
    }

    /// Starts a statement whose text already says `$1`, `$2`, ... for these values.
    pub fn with(text: &'static str, args: impl IntoIterator<Item = Value>) -> Self {
        Sql { text: text.to_owned(), args: args.into_iter().collect() }
    }

    /// Adds text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value and writes its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.args.push(value.into());
        write!(self.text, "${}", self.args.len()).expect("writing to a String cannot fail");
        self
    }

    /// Writes the items with a separator between them.
    pub fn join<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        between: &'static str,
        mut write: impl FnMut(&mut Sql, T),
    ) -> &mut Self {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.push(between);
            }
            write(self, item);
        }
        self
    }

    /// Binds the values as a comma-separated list, for `in (...)`.
    pub fn bind_all<T: Into<Value>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.join(values, ", ", |sql, value| {
            sql.bind(value);
        })
    }

    /// The text, with `$1`, `$2`, ... where the values go.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values, in the order of their placeholders.
    pub fn args(&self) -> &[Value] {
        &self.args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_numbered_placeholders() {
        let mut sql = Sql::new("select id from users where id in (");
        sql.bind_all([1, 2]).push(") and name = ").bind("x'; drop table users");
        assert_eq!(sql.text(), "select id from users where id in ($1, $2) and name = $3");
        assert_eq!(sql.args().len(), 3);
    }
}
