//! What is wrong with a schema, where, and what to do about it.
//!
//! A [`Diagnostic`] is plain data. The stages of the compiler push them into a [`Diagnostics`] list and go on; the
//! doors render them, each in its own way (see [`render`]).

use crate::source::Span;

pub mod render;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name for the kind of finding, such as `unknown-field`.
    pub code: &'static str,
    /// Whether code can be generated all the same.
    pub severity: Severity,
    /// One sentence: lower case, no full stop, what the user wrote in backticks.
    pub message: String,
    /// The stretch to underline; none for a finding about the whole schema.
    pub span: Option<Span>,
    /// What to write beside the underlined stretch.
    pub label: Option<String>,
    /// Other places that matter, and why.
    pub related: Vec<(Span, String)>,
    /// What to do next.
    pub help: Vec<String>,
    /// Changes to the text that do it, to choose from.
    pub fixes: Vec<Fix>,
}

/// A change to the text that takes care of a finding, for tools to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: lower case, no full stop.
    pub title: String,
    /// What is replaced by what, in order. The stretches do not overlap; an empty one is where the text is inserted.
    pub edits: Vec<(Span, String)>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No code is generated.
    Error,
    /// Worth a look.
    Warning,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: None,
            related: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// A warning at `span`.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// An error about the schema as a whole.
    pub fn global(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: None,
            related: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// With a text beside the underlined stretch.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// With another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }

    /// With a way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// With a change to the text that takes care of it.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, mut edits: Vec<(Span, String)>) -> Self {
        edits.sort();
        self.fixes.push(Fix { title: title.into(), edits });
        self
    }

    /// With the name that the underlined one was most likely meant to be.
    #[must_use]
    pub fn did_you_mean(self, meant: &str) -> Self {
        self.help(format!("did you mean `{meant}`?")).replacing(meant)
    }

    /// With another text in the place of the underlined one as the change that takes care of it.
    #[must_use]
    pub fn replacing(self, text: &str) -> Self {
        match self.span {
            Some(span) => self.fix(format!("replace by `{text}`"), vec![(span, text.to_owned())]),
            None => self,
        }
    }

    /// Shows each span of it to `see`, which can change it.
    pub(crate) fn each_span(&mut self, see: &mut impl FnMut(&mut Span)) {
        self.span.iter_mut().for_each(&mut *see);
        self.related.iter_mut().for_each(|(span, _)| see(span));
        self.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|(span, _)| see(span));
    }

    /// With the removal of a stretch, called `what`, as the change that takes care of it.
    #[must_use]
    pub fn removing(self, what: &str, span: Span) -> Self {
        self.fix(format!("remove {what}"), vec![(span, String::new())])
    }
}

/// The findings of one compilation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds findings.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.list.append(&mut others.list);
    }

    /// Keeps those that `wanted` holds for.
    pub(crate) fn retain(&mut self, wanted: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(wanted);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// In the order of the files and of the places in them, each said once.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)));
        self.list.dedup();
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
