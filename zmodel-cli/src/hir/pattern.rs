//! Patterns of `@regex` and `regex()`: read as JavaScript reads them, and written in the dialect of the engine.
//!
//! Letters that JavaScript knows only as ASCII (`\d`, `\w`, `\b`) stay so. What one of the two dialects alone has is
//! spelled out or refused: a pattern never means something else than it did.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::Regex;

const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0B\f\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";

/// The pattern in the dialect of the engine; else what is wrong with it.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut reader = Reader { rest: pattern.chars().peekable(), out: String::with_capacity(pattern.len()) };
    reader.whole()?;
    match Regex::new(&reader.out) {
        Ok(_) => Ok(reader.out),
        Err(_) => Err("this pattern cannot be read".to_owned()),
    }
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<(), String> {
        // Whether something stands before that can be repeated.
        let mut repeatable = false;
        while let Some(c) = self.rest.next() {
            repeatable = match c {
                '\\' => self.escape()?,
                '[' => {
                    self.class()?;
                    true
                }
                '.' => {
                    self.out.push_str(r"[^\n\r\u{2028}\u{2029}]");
                    true
                }
                '$' => {
                    self.out.push_str(r"\z");
                    false
                }
                '^' => {
                    self.out.push_str(r"\A");
                    false
                }
                '(' => {
                    self.group()?;
                    false
                }
                '*' | '+' | '?' if repeatable => {
                    self.out.push(c);
                    self.lazy();
                    false
                }
                '{' => match self.bounds() {
                    Some(_) if !repeatable => return Err("there is nothing to repeat before `{`".to_owned()),
                    Some(bounds) => {
                        self.out.push_str(&bounds);
                        self.lazy();
                        false
                    }
                    None => {
                        self.out.push_str(r"\{");
                        true
                    }
                },
                '*' | '+' | '?' => return Err(format!("there is nothing to repeat before `{c}`")),
                '|' => {
                    self.out.push('|');
                    false
                }
                ')' => {
                    self.out.push(')');
                    true
                }
                other => {
                    literal(&mut self.out, other);
                    true
                }
            };
        }
        Ok(())
    }

    /// A `?` after a repetition: as few as possible.
    fn lazy(&mut self) {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
    }

    /// `{2}`, `{2,}`, `{2,3}` after the `{`; none if it is only a brace.
    fn bounds(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let mut bounds = String::from("{");
        loop {
            let c = ahead.next()?;
            bounds.push(c);
            match c {
                '0'..='9' => {}
                ',' if bounds.len() > 2 && bounds.matches(',').count() == 1 => {}
                '}' if bounds.len() > 2 => break,
                _ => return None,
            }
        }
        self.rest = ahead;
        Some(bounds)
    }

    /// What follows a `(`.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        match self.rest.next() {
            Some(c @ (':' | '=' | '!')) => self.out.push(c),
            Some('<') => {
                self.out.push('<');
                if let Some(c) = self.rest.next_if(|c| matches!(c, '=' | '!')) {
                    self.out.push(c);
                } else {
                    let name = self.name()?;
                    self.out.push_str(&name);
                    self.out.push('>');
                }
            }
            _ => return Err("a group can start with `(?:`, `(?=`, `(?!`, `(?<=`, `(?<!` or `(?<name>`".to_owned()),
        }
        Ok(())
    }

    /// A name up to `>`.
    fn name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        for c in self.rest.by_ref() {
            match c {
                '>' if !name.is_empty() => return Ok(name),
                c if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                _ => break,
            }
        }
        Err("the name of a group is letters and digits between `<` and `>`".to_owned())
    }

    /// What follows a `\` outside of a class; whether it can be repeated.
    fn escape(&mut self) -> Result<bool, String> {
        let Some(c) = self.rest.next() else { return Err("the pattern ends in `\\`".to_owned()) };
        match c {
            'b' | 'B' => {
                let (same, other) = if c == 'b' { ("!", "=") } else { ("=", "!") };
                let edge = format!("(?:(?<=[{WORD}])(?{same}[{WORD}])|(?<![{WORD}])(?{other}[{WORD}]))");
                self.out.push_str(&edge);
                return Ok(false);
            }
            'k' => {
                let named = self.rest.next_if_eq(&'<').is_some();
                let name = if named { self.name()? } else { return Err("`\\k` needs a name: `\\k<name>`".to_owned()) };
                let _ = write!(self.out, r"\k<{name}>");
            }
            '1'..='9' => {
                self.out.push('\\');
                self.out.push(c);
                while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
                    self.out.push(digit);
                }
                // So that a digit after it is not read as a part of it.
                self.out.push_str("(?:)");
            }
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                self.out.push('[');
                self.out.push_str(&set(c));
                self.out.push(']');
            }
            c => {
                let c = self.character(c)?;
                literal(&mut self.out, c);
            }
        }
        Ok(true)
    }

    /// The character that an escape stands for, inside and outside of classes.
    fn character(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'f' => '\u{c}',
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => '\0',
            'x' => self.code(2)?,
            'u' => {
                let high = self.number(4)?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or_else(|| "`\\u` names half a character".to_owned());
                }
                let low =
                    if self.rest.next() == Some('\\') && self.rest.next() == Some('u') { self.number(4)? } else { 0 };
                let pair = u16::try_from(high).into_iter().chain(u16::try_from(low));
                let whole = char::decode_utf16(pair).next().and_then(Result::ok);
                whole.ok_or_else(|| "`\\u` names half a character".to_owned())?
            }
            'c' => match self.rest.next() {
                Some(letter) if letter.is_ascii_alphabetic() => char::from(letter as u8 % 32),
                _ => return Err("`\\c` needs a letter".to_owned()),
            },
            'p' | 'P' | '0'..='9' => return Err(format!("`\\{c}` means nothing here")),
            other => other,
        })
    }

    fn code(&mut self, digits: usize) -> Result<char, String> {
        let number = self.number(digits)?;
        char::from_u32(number).ok_or_else(|| "there is no such character".to_owned())
    }

    fn number(&mut self, digits: usize) -> Result<u32, String> {
        let text: String = self.rest.by_ref().take(digits).collect();
        let whole = text.len() == digits && text.chars().all(|c| c.is_ascii_hexdigit());
        let number = if whole { u32::from_str_radix(&text, 16).ok() } else { None };
        number.ok_or_else(|| format!("{digits} hexadecimal digits are expected after `\\x` or `\\u`"))
    }

    /// What follows a `[`.
    fn class(&mut self) -> Result<(), String> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut items = String::new();
        // A character that may be the start of a range.
        let mut start: Option<char> = None;
        loop {
            let Some(c) = self.rest.next() else { return Err("a `[` is not closed".to_owned()) };
            match c {
                ']' => break,
                '-' if start.is_some() && self.rest.peek().is_some_and(|next| *next != ']') => {
                    let Some(from) = start.take() else { continue };
                    let Some(to) = self.member()? else { return Err("a range ends in a character".to_owned()) };
                    if from > to {
                        return Err("a range goes from the lower character to the higher one".to_owned());
                    }
                    items.push('-');
                    literal(&mut items, to);
                }
                '\\' => {
                    let kind = self.rest.peek().copied();
                    if let Some(kind @ ('d' | 'D' | 'w' | 'W' | 's' | 'S')) = kind {
                        self.rest.next();
                        let _ = write!(items, "[{}]", set(kind));
                        start = None;
                    } else {
                        let c = self.escaped_member()?;
                        literal(&mut items, c);
                        start = Some(c);
                    }
                }
                c => {
                    literal(&mut items, c);
                    start = Some(c);
                }
            }
        }
        let (open, close) = match (items.is_empty(), negated) {
            (true, false) => ("(?!", ")"),
            (true, true) => (r"[\u{0}-\u{10FFFF}", "]"),
            (false, false) => ("[", "]"),
            (false, true) => ("[^", "]"),
        };
        self.out.extend([open, &items, close]);
        Ok(())
    }

    /// The character at the end of a range.
    fn member(&mut self) -> Result<Option<char>, String> {
        match self.rest.next() {
            Some('\\') if self.rest.peek().is_some_and(|kind| "dDwWsS".contains(*kind)) => Ok(None),
            Some('\\') => self.escaped_member().map(Some),
            other => Ok(other),
        }
    }

    fn escaped_member(&mut self) -> Result<char, String> {
        match self.rest.next() {
            Some('b') => Ok('\u{8}'),
            Some(c) => self.character(c),
            None => Err("a `[` is not closed".to_owned()),
        }
    }
}

/// A character that stands for itself.
fn literal(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() || c == '_' {
        out.push(c);
    } else if c.is_ascii_graphic() {
        out.extend(['\\', c]);
    } else {
        let _ = write!(out, "\\x{:02X}", u32::from(c));
    }
}

/// What is inside the brackets of a set such as `\d`.
fn set(kind: char) -> String {
    let not = if kind.is_ascii_uppercase() { "^" } else { "" };
    let items = match kind.to_ascii_lowercase() {
        'd' => "0-9",
        'w' => WORD,
        _ => SPACE,
    };
    format!("{not}{items}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let translated = translate(pattern).unwrap();
        Regex::new(&translated).unwrap().is_match(text).unwrap()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        for (pattern, yes, no) in [
            (r"^[A-Z]{2}[0-9]+$", vec!["AB1"], vec!["ab1", "AB", "AB1\n"]),
            (r"^\d$", vec!["7"], vec!["\u{661}", "x"]),
            (r"^\w+$", vec!["a_9"], vec!["\u{e9}", ""]),
            (r"^\s$", vec![" ", "\u{feff}", "\u{a0}"], vec!["\u{85}", "x"]),
            (r"^.$", vec!["a", "\u{e9}"], vec!["\n", "\u{2028}"]),
            (r"\bcat\b", vec!["a cat", "cat!", "\u{e9}cat"], vec!["cats"]),
            (r"\Bcat", vec!["scat"], vec!["a cat"]),
            (r"^a{$", vec!["a{"], vec!["a"]),
            (r"^a{,2}$", vec!["a{,2}"], vec!["aa"]),
            (r"^[^]$", vec!["x", "\n"], vec![""]),
            (r"^[a&&b]+$", vec!["a&b"], vec!["c"]),
            (r"^[\]\\-]+$", vec!["]\\-"], vec!["a"]),
            (r"^[\w.-]+$", vec!["a.b-c"], vec!["a b"]),
            (r"^[+-]?\d+\/\d+$", vec!["-1/2"], vec!["1"]),
            (r"^(?<a>x)\k<a>$", vec!["xx"], vec!["x"]),
            (r"^(a|b)\1$", vec!["aa", "bb"], vec!["ab"]),
            (r"^(?!.*admin)[a-z]+$", vec!["user"], vec!["theadmin"]),
            (r"^\x41\u0042\A\z$", vec!["ABAz"], vec!["AB"]),
            (r"^\uD83D\uDE00$", vec!["\u{1f600}"], vec!["\u{1f601}"]),
            (r"^a-b #c$", vec!["a-b #c"], vec!["a-b"]),
            (r"^[[a]$", vec!["[", "a"], vec!["]"]),
        ] {
            for text in yes {
                assert!(matches(pattern, text), "{pattern} {text:?}");
            }
            for text in no {
                assert!(!matches(pattern, text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_in_javascript_is_refused() {
        for pattern in ["(", ")", "[", "a**", "*a", "a++", "(?>a)", "(?i)a", "{2}", r"\", "[b-a]", r"\p{L}", r"a{2}{3}"]
        {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }
}
