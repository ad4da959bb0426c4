//! What to print, and where lines may break.
//!
//! A layout is a flat list of [`Step`]s. A group is on one line if all of it fits; if it does not, each of its own
//! [`Step::Line`]s is a line break, and the groups in it have a try of their own.

/// How many characters a line should have at most.
pub(super) const WIDTH: usize = 120;

/// How many spaces a level of indentation is.
const INDENT: usize = 2;

/// A piece of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A token.
    Text(&'a str),
    /// A comment.
    Comment(&'a str),
    /// At least so many spaces, unless a line break stands here too.
    Space(usize),
    /// A line break in a broken group; in one on one line, so many spaces.
    Line(usize),
    /// A line break, with a blank line or without.
    Break {
        /// Whether a blank line is between the lines.
        blank: bool,
    },
    /// One level more from here on.
    Indent,
    /// One level less.
    Dedent,
    /// A group starts.
    Open {
        /// Whether it must be broken.
        broken: bool,
    },
    /// A group ends.
    Close,
}

/// What to print.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout<'a> {
    steps: Vec<Step<'a>>,
    /// Where the open groups start.
    open: Vec<usize>,
}

impl<'a> Layout<'a> {
    /// The position of the next step.
    pub(super) const fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn push(&mut self, step: Step<'a>) {
        match step {
            Step::Open { .. } => self.open.push(self.steps.len()),
            Step::Close => {
                self.open.pop();
            }
            Step::Break { .. } => self.break_groups(),
            _ => {}
        }
        self.steps.push(step);
    }

    /// The groups that are open must be broken.
    pub(super) fn break_groups(&mut self) {
        for at in &self.open {
            if let Some(Step::Open { broken }) = self.steps.get_mut(*at) {
                *broken = true;
            }
        }
    }

    /// How many spaces stand at `at` at least.
    pub(super) fn set_space(&mut self, at: usize, width: usize) {
        if let Some(step) = self.steps.get_mut(at) {
            *step = Step::Space(width);
        }
    }

    /// The width of the steps from `from` to `to`, if they are on one line.
    pub(super) fn width(&self, from: usize, to: usize) -> Option<usize> {
        let (mut width, mut space) = (0, 0);
        for step in self.steps.get(from..to)? {
            match *step {
                Step::Text(text) | Step::Comment(text) if !text.contains('\n') && !ends_line(text) => {
                    width += space + text.chars().count();
                    space = 0;
                }
                Step::Space(spaces) | Step::Line(spaces) => space = space.max(spaces),
                Step::Indent | Step::Dedent | Step::Close | Step::Open { broken: false } => {}
                Step::Text(_) | Step::Comment(_) | Step::Break { .. } | Step::Open { broken: true } => return None,
            }
        }
        Some(width)
    }

    /// The text, with this line ending.
    pub(super) fn print(&self, line_ending: &str) -> String {
        let mut printer = Printer { line_ending, text: String::new(), column: 0, level: 0, gap: Gap::default() };
        // Whether each of the open groups is on one line.
        let mut flat = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            match *step {
                Step::Text(text) => printer.write(text),
                Step::Comment(text) => printer.comment(text),
                Step::Space(spaces) => printer.gap.spaces = printer.gap.spaces.max(spaces),
                Step::Line(spaces) if flat.last() == Some(&true) => {
                    printer.gap.spaces = printer.gap.spaces.max(spaces);
                }
                Step::Line(_) => printer.gap.line = true,
                Step::Break { blank } => {
                    printer.gap.line = true;
                    printer.gap.blank |= blank;
                }
                Step::Indent => printer.level += 1,
                Step::Dedent => printer.level = printer.level.saturating_sub(1),
                Step::Open { broken } => {
                    let one_line = flat.last() == Some(&true) || !broken && self.fits(at + 1, printer.next_column());
                    flat.push(one_line);
                }
                Step::Close => {
                    flat.pop();
                }
            }
        }
        if !printer.text.is_empty() {
            printer.text.push_str(line_ending);
        }
        printer.text
    }

    /// Whether the group whose steps start at `from` fits on the line, with what must follow it there.
    fn fits(&self, from: usize, column: usize) -> bool {
        let (mut depth, mut column, mut space) = (1_usize, column, 0);
        for step in self.steps.iter().skip(from) {
            match *step {
                Step::Comment(text) if ends_line(text) => return true,
                Step::Text(text) | Step::Comment(text) => {
                    let first = text.lines().next().unwrap_or("");
                    column += space + first.chars().count();
                    space = 0;
                    if column > WIDTH {
                        return false;
                    }
                    if first.len() < text.len() {
                        return true;
                    }
                }
                Step::Space(spaces) => space = space.max(spaces),
                Step::Line(spaces) if depth > 0 => space = space.max(spaces),
                // What is around the group is broken, and what comes after it can be.
                Step::Line(_) | Step::Break { .. } => return true,
                Step::Open { .. } if depth > 0 => depth += 1,
                Step::Close if depth > 0 => depth -= 1,
                Step::Indent | Step::Dedent | Step::Open { .. } | Step::Close => {}
            }
        }
        true
    }
}

/// What is between the text so far and what comes next.
#[derive(Default)]
struct Gap {
    spaces: usize,
    line: bool,
    blank: bool,
}

struct Printer<'a> {
    line_ending: &'a str,
    text: String,
    column: usize,
    level: usize,
    gap: Gap,
}

impl Printer<'_> {
    /// Where the next text starts.
    fn next_column(&self) -> usize {
        if self.gap.line { self.level * INDENT } else { self.column + self.gap.spaces }
    }

    fn write(&mut self, text: &str) {
        let gap = std::mem::take(&mut self.gap);
        if self.text.is_empty() {
            // A file starts without blanks.
        } else if gap.line {
            self.text.push_str(self.line_ending);
            if gap.blank {
                self.text.push_str(self.line_ending);
            }
            self.spaces(self.level * INDENT);
            self.column = self.level * INDENT;
        } else {
            self.spaces(gap.spaces);
            self.column += gap.spaces;
        }
        self.text.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    /// A comment of several lines that each start with `*` moves as one; others stay as they are.
    fn comment(&mut self, text: &str) {
        if ends_line(text) {
            return self.write(text.trim_end());
        }
        let mut lines = text.lines();
        let first = lines.next().unwrap_or("");
        if !lines.clone().all(|line| line.trim_start().starts_with('*')) {
            return self.write(text);
        }
        self.write(first.trim_end());
        for line in lines {
            self.text.push_str(self.line_ending);
            let line = line.trim();
            self.spaces(self.level * INDENT + 1);
            self.text.push_str(line);
            self.column = self.level * INDENT + 1 + line.chars().count();
        }
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }
}

/// Whether nothing can follow a comment on its line.
fn ends_line(comment: &str) -> bool {
    comment.starts_with("//")
}
