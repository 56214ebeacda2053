//! "Did you mean …?": the known word that is fewest keystrokes away.

/// The known word nearest to `word`, where one is near enough to be meant: a third of its letters may differ.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // A key of hundreds of letters is not a slip of the finger, and the distance costs their product.
    if word.chars().count() > 64 {
        return None;
    }
    let near = known.iter().map(|known| (distance(word, known), *known)).min()?;
    let most = (near.1.chars().count() / 3).max(1);
    (near.0 <= most).then_some(near.1)
}

/// Letters to add, take away or change (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}
