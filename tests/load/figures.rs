//! Figures: what was measured, beside what must be, and how it was got.
//!
//! A figure that misses its mark is printed as missed and nothing more: the machine is shared, and a time is not a count. What fails a
//! bench is a wrong count, and that is said where it is counted.

#![expect(clippy::print_stdout, reason = "a bench speaks on stdout")]

use std::fmt::Write as _;

/// What a goal asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Must {
    AtMost(f64),
    AtLeast(f64),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) goal: u8,
    pub(crate) what: String,
    pub(crate) must: Must,
    pub(crate) is: f64,
    /// How it was got: rounds, spread, absolute values.
    pub(crate) how: String,
}

pub(crate) fn print_table(figures: &[Figure]) {
    println!("\nFigures. Each is a ratio inside this run unless it carries a unit; nothing here is asserted.\n");
    println!("goal  {:58} {:>12}  {:>10}", "", "must", "is");
    for figure in figures {
        let (must, met) = match figure.must {
            Must::AtMost(bound) => (format!("<= {bound}"), figure.is <= bound),
            Must::AtLeast(bound) => (format!(">= {bound}"), figure.is >= bound),
        };
        let is = rounded(figure.is);
        let missed = if met { "" } else { "  MISSED" };
        println!("{:4}  {:58} {must:>12}  {is:>10}{missed}", figure.goal, figure.what);
        println!("      {}", figure.how);
    }
}

fn rounded(value: f64) -> String {
    if value >= 1_000.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    at_share(values, 0.5)
}

/// The value below which this share of all lies.
pub(crate) fn at_share(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values.get(at).or(values.last()).copied().unwrap_or(f64::NAN)
}

/// The median of the three lowest: what a shared machine's best rounds say.
pub(crate) fn best_three(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.truncate(3);
    median(values)
}

/// `1.02 1.05 1.10`: every round's value, in order of rounds.
pub(crate) fn all(values: impl IntoIterator<Item = f64>) -> String {
    let mut text = String::new();
    for value in values {
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{}", rounded(value));
    }
    text
}
