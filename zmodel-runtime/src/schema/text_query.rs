//! What is looked for in a text by its words: words with operators between them, as `to_tsquery` of PostgreSQL has it.
//!
//! It is read here and written anew, since the database reports a query that it does not understand only when it comes
//! to a row, which may be one that the caller cannot see.

use std::iter::Peekable;
use std::str::Chars;

/// How deep parentheses can be, and how many `!` can follow each other: the database has its limits too.
const DEPTH: u8 = 16;

/// The longest query, in bytes.
const LONGEST: usize = 8192;

/// The furthest distance between two words that the database counts.
const FURTHEST: u32 = 16384;

/// A query, written such that the database understands it; none if it is no query.
#[must_use]
pub fn text_query(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { rest: text.chars().peekable(), out: String::with_capacity(text.len() + 8) };
    reader.operands(0)?;
    reader.rest.next().is_none().then_some(reader.out)
}

/// A word such that nothing in it is an operator.
#[must_use]
pub fn quoted(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    out.push('\'');
    for c in word.chars() {
        if matches!(c, '\'' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
    out
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    out: String,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// `operand (('&' | '|' | '<->' | '<2>') operand)*`; which of them binds closer is left to the database.
    fn operands(&mut self, depth: u8) -> Option<()> {
        loop {
            self.operand(depth)?;
            self.blanks();
            match self.rest.peek() {
                Some(c @ ('&' | '|')) => {
                    self.out.push(*c);
                    self.rest.next();
                }
                Some('<') => self.distance()?,
                _ => return Some(()),
            }
        }
    }

    /// `'!'* ('(' operands ')' | word)`
    fn operand(&mut self, depth: u8) -> Option<()> {
        let mut negations = 0;
        self.blanks();
        while self.rest.next_if_eq(&'!').is_some() {
            negations += 1;
            (negations <= DEPTH).then(|| self.out.push('!'))?;
            self.blanks();
        }
        if self.rest.next_if_eq(&'(').is_some() {
            (depth < DEPTH).then(|| self.out.push('('))?;
            self.operands(depth + 1)?;
            self.out.push(')');
            return self.rest.next_if_eq(&')').map(drop);
        }
        let word = if self.rest.next_if_eq(&'\'').is_some() { self.quote()? } else { self.word()? };
        // Letters that the database does not keep are not bound.
        (!word.is_empty() && !word.contains('\0')).then(|| self.out.push_str(&quoted(&word)))?;
        self.weights();
        Some(())
    }

    /// The rest of `'it''s'`.
    fn quote(&mut self) -> Option<String> {
        let mut word = String::new();
        loop {
            match self.rest.next()? {
                '\\' => word.push(self.rest.next()?),
                '\'' => match self.rest.next_if_eq(&'\'') {
                    Some(quote) => word.push(quote),
                    None => return Some(word),
                },
                c => word.push(c),
            }
        }
    }

    fn word(&mut self) -> Option<String> {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| !c.is_whitespace() && !matches!(c, '!' | '&' | '|' | '(' | ')' | ':'))
        {
            word.push(if c == '\\' { self.rest.next()? } else { c });
        }
        Some(word)
    }

    /// `':*'`: a beginning of words; `':AB'`: words with such a weight.
    fn weights(&mut self) {
        if self.rest.next_if_eq(&':').is_some() {
            self.out.push(':');
            while let Some(weight) = self.rest.next_if(|c| matches!(c, '*' | 'a'..='d' | 'A'..='D')) {
                self.out.push(weight);
            }
        }
    }

    /// `'<->'`, `'<2>'`
    fn distance(&mut self) -> Option<()> {
        let mut inside = String::new();
        self.rest.next();
        loop {
            match self.rest.next()? {
                '>' => break,
                c => inside.push(c),
            }
        }
        let fits = inside == "-"
            || inside.bytes().all(|b| b.is_ascii_digit()) && inside.parse::<u32>().is_ok_and(|far| far <= FURTHEST);
        fits.then(|| self.out.extend(["<", &inside, ">"]))
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, text_query};

    #[test]
    fn queries_are_written_anew() {
        for (text, written) in [
            ("cat", "'cat'"),
            (" cat&dog | !(mouse & 'it''s')", "'cat'&'dog'|!('mouse'&'it''s')"),
            ("fat <-> cat <2> dog", "'fat'<->'cat'<2>'dog'"),
            ("super:*AB & a\\&b", "'super':*AB&'a&b'"),
            ("don't", "'don''t'"),
            ("'a\\'b\\\\'", "'a''b\\\\'"),
            ("a<b", "'a<b'"),
        ] {
            assert_eq!(text_query(text).as_deref(), Some(written), "{text}");
        }
        assert_eq!(text_query(&quoted("a'b\\c & d")).as_deref(), Some("'a''b\\\\c & d'"));
    }

    #[test]
    fn what_the_database_does_not_understand_is_none() {
        let deep = format!("{}a{}", "(".repeat(99), ")".repeat(99));
        let many = format!("{}a", "!".repeat(99));
        let long = "a".repeat(9000);
        for text in [
            "",
            " ",
            "cat dog",
            "cat &",
            "& cat",
            "(cat",
            "cat)",
            "'cat",
            "''",
            "!",
            "a <> b",
            "a <x> b",
            "a <99999> b",
            "a < b",
            "http://x",
            ":*",
            "a\\",
            &deep,
            &many,
            &long,
        ] {
            assert_eq!(text_query(text), None, "{text}");
        }
    }
}
