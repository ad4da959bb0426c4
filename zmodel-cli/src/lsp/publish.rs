//! Findings and the changes that take care of them, as the protocol has them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString,
    PublishDiagnosticsParams, Range, TextEdit, Uri, WorkspaceEdit,
};

use super::files::Files;
use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::source::{FileId, Span};

/// What clients were told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The revision and the findings of each file that has or had some.
    files: BTreeMap<FileId, (u32, Vec<lsp_types::Diagnostic>)>,
}

impl Told {
    /// What has to be told now.
    pub(super) fn update(&mut self, workspace: &Workspace) -> Vec<PublishDiagnosticsParams> {
        let mut all: BTreeMap<FileId, Vec<lsp_types::Diagnostic>> = BTreeMap::new();
        for (id, found) in findings(workspace) {
            let Some(told) = diagnostic(&workspace.files, found, id) else { continue };
            all.entry(id).or_default().push(told);
        }
        let open = workspace.files.iter().filter(|(_, document)| document.open).map(|(id, _)| id);
        let files: BTreeSet<FileId> = all.keys().copied().chain(self.files.keys().copied()).chain(open).collect();
        let mut told = Vec::new();
        for id in files {
            let Some(document) = workspace.files.get(id) else { continue };
            let now = (document.revision, all.remove(&id).unwrap_or_default());
            let before = self.files.get(&id);
            let same = before.is_some_and(|(revision, list)| list == &now.1 && (!document.open || *revision == now.0));
            if same || (before.is_none() && now.1.is_empty() && !document.open) {
                continue;
            }
            told.push(PublishDiagnosticsParams::new(document.uri.clone(), now.1.clone(), document.version));
            self.files.insert(id, now);
        }
        told
    }
}

/// All findings with the file to show them in, each once.
fn findings(workspace: &Workspace) -> Vec<(FileId, &Diagnostic)> {
    let mut files: BTreeSet<FileId> = BTreeSet::new();
    let mut all: Vec<(FileId, &Diagnostic)> = Vec::new();
    for project in workspace.projects.values() {
        let Some((root, _)) = project.files.first() else { continue };
        for found in project.found.iter().chain(&project.schema.unsupported) {
            all.push((found.span.map_or(*root, |span| span.file), found));
        }
        files.extend(project.files.iter().map(|(id, _)| *id));
    }
    for (id, document) in files.iter().filter_map(|id| Some((*id, workspace.files.get(*id)?))) {
        all.extend(document.edited.found().map(|found| (id, found)));
    }
    all.sort_by(|(a, x), (b, y)| (a, x.span, x.severity, x.code).cmp(&(b, y.span, y.severity, y.code)));
    all.dedup();
    all
}

fn diagnostic(files: &Files, found: &Diagnostic, file: FileId) -> Option<lsp_types::Diagnostic> {
    let start = Span::new(file, 0, 0);
    let range = files.location(found.span.unwrap_or(start))?.range;
    let severity = match found.severity {
        // Well written, and nothing for who only checks.
        Severity::Error if found.code == "function-without-body" => DiagnosticSeverity::INFORMATION,
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    };
    let related = found.related.iter().filter_map(|(span, text)| {
        Some(DiagnosticRelatedInformation { location: files.location(*span)?, message: text.clone() })
    });
    let related: Vec<_> = related.collect();
    let help = found.help.iter().map(|help| format!("\nhelp: {help}"));
    let label = found.label.iter().map(|label| format!("\n{label}"));
    let message = std::iter::once(found.message.clone()).chain(label).chain(help).collect();
    Some(lsp_types::Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(found.code.to_owned())),
        source: Some("zmodel".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    })
}

/// The changes that take care of what was found in a stretch.
pub(super) fn actions(workspace: &Workspace, stretch: Span) -> Vec<CodeActionOrCommand> {
    let mut actions = Vec::new();
    for (_, found) in findings(workspace) {
        let Some(span) = found
            .span
            .filter(|span| span.file == stretch.file && span.start <= stretch.end && stretch.start <= span.end)
        else {
            continue;
        };
        for (at, fix) in found.fixes.iter().enumerate() {
            let Some(edit) = edit(&workspace.files, &fix.edits) else { continue };
            actions.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: title(fix),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: diagnostic(&workspace.files, found, span.file).map(|told| vec![told]),
                edit: Some(edit),
                is_preferred: Some(at == 0),
                ..CodeAction::default()
            }));
        }
    }
    actions
}

/// With a capital, as editors show it in a menu.
fn title(fix: &Fix) -> String {
    let mut chars = fix.title.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Changes to texts; none if one of them belongs to the language itself.
#[expect(clippy::mutable_key_type, reason = "the protocol's type; a URI does not change while it is a key")]
pub(super) fn edit(files: &Files, edits: &[(Span, String)]) -> Option<WorkspaceEdit> {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (span, text) in edits {
        let location = files.location(*span)?;
        let range: Range = location.range;
        changes.entry(location.uri).or_default().push(TextEdit::new(range, text.clone()));
    }
    Some(WorkspaceEdit::new(changes))
}
