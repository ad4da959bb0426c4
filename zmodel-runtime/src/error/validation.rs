//! Given values do not satisfy the schema.

use std::fmt;

/// Everything that is wrong with the values of one call; nothing was sent to the database. Holds none of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    /// The model that was asked for.
    pub model: String,
    /// What is wrong, in the order of the input; at least one thing.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with given values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place in the values: `title`, `tags[2]`, `comments.create[1].text`. Empty where it is the row as a whole.
    pub path: String,
    /// What was not satisfied: the name of the attribute (`length`, `email`, `validate`, …), or `range` for a number
    /// that the field's type cannot hold, or `type` for another kind of value.
    pub code: &'static str,
    /// What is wrong there: the schema's own words if it has some.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, message, .. } = self;
        if path.is_empty() { write!(f, "{message}") } else { write!(f, "{path}: {message}") }
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "values for `{}` cannot be used: ", self.model)?;
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationError {}
