//! Texts of the schema in the form that the table has.

use crate::hir::Casing;

/// Source text on one line: comments left out, blanks outside of quotes collapsed.
pub(super) fn one_line(source: &str) -> String {
    let mut line = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                line.push(c);
                line.extend(chars.next());
            }
            (Some(open), _) => {
                line.push(if c.is_control() { ' ' } else { c });
                quote = (c != open).then_some(open);
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                line.push(c);
            }
            (None, '/') if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                blank(&mut line);
            }
            (None, '/') if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                blank(&mut line);
            }
            (None, _) if c.is_whitespace() || c == '\u{feff}' => blank(&mut line),
            (None, _) => line.push(c),
        }
    }
    line.trim().to_owned()
}

/// A name in one of the ways to write it.
pub(super) fn cased(name: &str, casing: Casing) -> String {
    let first = |change: fn(char) -> String| {
        let mut rest = name.chars();
        rest.next().map(change).unwrap_or_default() + rest.as_str()
    };
    match casing {
        Casing::Original => name.to_owned(),
        Casing::Upper => name.to_uppercase(),
        Casing::Lower => name.to_lowercase(),
        Casing::Capitalize => first(|c| c.to_uppercase().collect()),
        Casing::Uncapitalize => first(|c| c.to_lowercase().collect()),
    }
}

fn blank(line: &mut String) {
    if !line.ends_with(' ') {
        line.push(' ');
    }
}

/// An instant in its full form, from a date or a date and a time.
pub(super) fn instant(text: &str) -> String {
    let upper = text.to_uppercase();
    let (date, time) = match upper.split_once('T') {
        Some((date, time)) => (date, time),
        None => (upper.as_str(), "00:00:00Z"),
    };
    let date = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone).unwrap_or((time, ""));
    let zone = if zone.is_empty() { "Z" } else { zone };
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    match clock.split_once('.').filter(|_| !seconds.is_empty()) {
        Some((clock, fraction)) => format!("{date}T{clock}{seconds}.{fraction}{zone}"),
        None => format!("{date}T{clock}{seconds}{zone}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(one_line("a\n  &&   b"), "a && b");
        assert_eq!(one_line("a // why\n && /* x */ b"), "a && b");
        assert_eq!(one_line("a && /* x / y * z */ b / c"), "a && b / c");
        assert_eq!(one_line("x == '  // y  \\' '"), "x == '  // y  \\' '");
        assert_eq!(one_line("x == 'a\nb'"), "x == 'a b'");
    }

    #[test]
    fn instants() {
        assert_eq!(instant("2020"), "2020-01-01T00:00:00Z");
        assert_eq!(instant("2020-03"), "2020-03-01T00:00:00Z");
        assert_eq!(instant("2020-03-04t10:20"), "2020-03-04T10:20:00Z");
        assert_eq!(instant("2020-03-04T10:20:30.5+02:00"), "2020-03-04T10:20:30.5+02:00");
        assert_eq!(instant("2020-03-04T10:20.5+02:00"), "2020-03-04T10:20:00.5+02:00");
    }
}
