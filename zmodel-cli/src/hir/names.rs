//! The nearest known name to one that is not known.

/// The candidate that `name` was most likely meant to be.
pub(crate) fn closest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let far = distance(&name.to_lowercase(), &candidate.to_lowercase());
            (far <= limit && candidate != name).then_some((far, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names for a message: all of them, or the first few of many.
pub(super) fn some(names: &[&str]) -> String {
    const MOST: usize = 12;
    match names.get(..MOST).filter(|few| few.len() < names.len()) {
        Some(few) => format!("{}, …", few.join(", ")),
        None => names.join(", "),
    }
}

/// How many characters must be added, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 8 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let swapped = match (i.checked_sub(1).and_then(|i| a.get(i)), j.checked_sub(1).and_then(|j| b.get(j))) {
                (Some(p), Some(q)) if p == y && q == x => at(&before, j - 1) + 1,
                _ => usize::MAX,
            };
            let replaced = at(&last, j) + usize::from(x != y);
            row.push(replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1).min(swapped));
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest() {
        assert_eq!(closest("Strng", ["String", "Int"]), Some("String"));
        assert_eq!(closest("user", ["User", "Int"]), Some("User"));
        assert_eq!(closest("Sitrng", ["String"]), Some("String"));
        assert_eq!(closest("authro", ["title", "author"]), Some("author"));
        assert_eq!(closest("Comment", ["Post", "User"]), None);
        assert_eq!(closest("x", []), None);
    }
}
