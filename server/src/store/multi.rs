//! Many rows in one statement. sqlx pays a hop between threads for every statement, so a batch says as few as it can.
//!
//! Few rows make one statement, many are cut into powers of two: few texts, each prepared once per connection and then reused.
//!
//! PostgreSQL wants its values numbered (`$1`). SQLite takes them in their order (`?`): a number is a name there, and looking up the names of
//! a thousand values, each in a list of all, cost more than writing them.

use std::sync::{Arc, OnceLock};

use sqlx::AssertSqlSafe;

use super::limits::MAX_ROWS_PER_STATEMENT;
use super::sql::{Row, Tx, Value};

/// Up to so many rows there is a text for every number: a commit for a handful of rooms is the commonest of all.
pub(super) const EXACT: usize = 16;
/// Every number up to [`EXACT`], then powers of two up to [`MAX_ROWS_PER_STATEMENT`].
const SIZES: usize = EXACT + (MAX_ROWS_PER_STATEMENT / EXACT).ilog2() as usize;

/// A statement around a list of rows: `head ($1, $2), ($3, $4) tail`.
pub(super) struct Multi {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    numbered: [OnceLock<Arc<str>>; SIZES],
    in_order: [OnceLock<Arc<str>>; SIZES],
}

/// A statement and its values.
pub(super) type Prepared = (AssertSqlSafe<Arc<str>>, Vec<Value>);

/// How a text marks its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    Numbered,
    InOrder,
}

impl Multi {
    pub(super) const fn new(columns: usize, head: &'static str, tail: &'static str) -> Self {
        Self {
            head,
            columns,
            tail,
            numbered: [const { OnceLock::new() }; SIZES],
            in_order: [const { OnceLock::new() }; SIZES],
        }
    }

    /// Runs it for all rows, given flat, and gives the rows it answers.
    pub(super) async fn rows(&self, tx: &mut Tx, values: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        let mut rows = Vec::new();
        for (size, values) in self.cut(values) {
            rows.extend(tx.rows(self.text(size, tx.signs()), values).await?);
        }
        Ok(rows)
    }

    /// SQLite's statement for so few rows that one says them all ([`EXACT`] at most), given flat.
    pub(super) fn one(&self, values: Vec<Value>) -> Prepared {
        (self.text(values.len() / self.columns, Signs::InOrder), values)
    }

    /// Runs it for all rows, given flat.
    pub(super) async fn run(&self, tx: &mut Tx, values: Vec<Value>) -> Result<(), sqlx::Error> {
        for (size, values) in self.cut(values) {
            tx.run(self.text(size, tx.signs()), values).await?;
        }
        Ok(())
    }

    /// The largest power of two first, until few are left.
    fn cut(&self, mut values: Vec<Value>) -> impl Iterator<Item = (usize, Vec<Value>)> {
        let columns = self.columns;
        std::iter::from_fn(move || {
            let left = values.len() / columns;
            let size = match left {
                0 => return None,
                1..=EXACT => left,
                more => 1 << more.min(MAX_ROWS_PER_STATEMENT).ilog2(),
            };
            let rest = values.split_off(size * columns);
            Some((size, std::mem::replace(&mut values, rest)))
        })
    }

    /// The text for one of the sizes. It is made of this program's own words and of numbers only.
    fn text(&self, size: usize, signs: Signs) -> AssertSqlSafe<Arc<str>> {
        let place = match size {
            ..=EXACT => size - 1,
            more => EXACT - 1 + (more / EXACT).ilog2() as usize,
        };
        let texts = match signs {
            Signs::Numbered => &self.numbered,
            Signs::InOrder => &self.in_order,
        };
        let text = texts[place].get_or_init(|| {
            let sign = |number: usize| match signs {
                Signs::Numbered => format!("${number}"),
                Signs::InOrder => "?".to_owned(),
            };
            let row = |row: usize| {
                let signs: Vec<String> = (1..=self.columns)
                    .map(|column| sign(row * self.columns + column))
                    .collect();
                format!("({})", signs.join(", "))
            };
            let rows: Vec<String> = (0..size).map(row).collect();
            format!("{} {} {}", self.head, rows.join(", "), self.tail).into()
        });
        AssertSqlSafe(Arc::clone(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: usize) -> Vec<usize> {
        let values = vec![Value::Int(None); rows * 3];
        Multi::new(3, "", "").cut(values).map(|(size, _)| size).collect()
    }

    #[test]
    fn few_rows_are_one_statement_and_many_are_cut_into_powers_of_two() {
        assert_eq!(sizes(0), Vec::<usize>::new());
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(13), [13]);
        assert_eq!(sizes(17), [16, 1]);
        assert_eq!(sizes(100), [64, 32, 4]);
        assert_eq!(sizes(600), [256, 256, 64, 16, 8]);
    }

    #[test]
    fn every_size_has_a_text_of_its_own() {
        let multi = Multi::new(1, "", "");
        let all = (1..=EXACT).chain([32, 64, 128, 256]);
        let rows = |size| multi.text(size, Signs::Numbered).0.matches('$').count();
        assert!(all.clone().all(|size| rows(size) == size), "the first time");
        assert!(all.clone().all(|size| rows(size) == size), "and again");
        assert_eq!(all.count(), SIZES);
    }

    #[test]
    fn every_value_has_its_number_or_its_place() {
        let multi = Multi::new(2, "INSERT INTO t VALUES", "RETURNING a");
        let text = |signs| multi.text(2, signs).0;
        assert_eq!(
            &*text(Signs::Numbered),
            "INSERT INTO t VALUES ($1, $2), ($3, $4) RETURNING a"
        );
        assert_eq!(
            &*text(Signs::InOrder),
            "INSERT INTO t VALUES (?, ?), (?, ?) RETURNING a"
        );
    }
}
