//! What each token of a file is, for colours that know more than a grammar does.

use std::collections::BTreeMap;

use lsp_types::{SemanticToken, SemanticTokenType};

use super::declared::Declared;
use super::workspace::Workspace;
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};
use crate::syntax::ast::ModelKind;
use crate::syntax::lexer;
use crate::syntax::token::{CommentKind, Kind};

/// What tokens can be; a token names its position in this list.
pub(super) const LEGEND: &[SemanticTokenType] = &[
    SemanticTokenType::KEYWORD,
    SemanticTokenType::TYPE,
    SemanticTokenType::CLASS,
    SemanticTokenType::STRUCT,
    SemanticTokenType::ENUM,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::DECORATOR,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::COMMENT,
    SemanticTokenType::OPERATOR,
];

/// The tokens of a file, each relative to the one before.
pub(super) fn tokens(workspace: &Workspace, file: FileId) -> Vec<SemanticToken> {
    let files = &workspace.files;
    let Some(document) = files.get(file) else { return Vec::new() };
    let names = names(workspace, file);
    let lexed = lexer::lex(file, &document.text, &mut Diagnostics::default());
    let words = lexed.tokens.iter().filter_map(|token| {
        let kind = match token.kind {
            Kind::Word => match names.get(&token.span) {
                Some(kind) => kind.clone(),
                None => word(files.text(token.span))?,
            },
            Kind::Number => SemanticTokenType::NUMBER,
            Kind::String | Kind::OpenString => SemanticTokenType::STRING,
            Kind::FieldAttribute | Kind::ModelAttribute | Kind::InternalAttribute => SemanticTokenType::DECORATOR,
            Kind::AndAnd
            | Kind::OrOr
            | Kind::EqualsEquals
            | Kind::BangEquals
            | Kind::Less
            | Kind::LessEquals
            | Kind::Greater
            | Kind::GreaterEquals => SemanticTokenType::OPERATOR,
            _ => return None,
        };
        Some((token.span, kind))
    });
    let comments = lexed.comments.iter().filter(|comment| comment.kind != CommentKind::Block);
    let mut all: Vec<_> = words.chain(comments.map(|comment| (comment.span, SemanticTokenType::COMMENT))).collect();
    all.sort_by_key(|(span, _)| span.start);
    let mut tokens = Vec::new();
    let (mut line, mut column) = (0, 0);
    for (span, kind) in all {
        let range = document.range(span, files.encoding);
        // Most clients do not take tokens over several lines; the grammar knows them.
        if range.start.line != range.end.line {
            continue;
        }
        let Some(at) = LEGEND.iter().position(|known| *known == kind) else { continue };
        let delta_line = range.start.line - line;
        let delta_start = if delta_line == 0 { range.start.character - column } else { range.start.character };
        tokens.push(SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character - range.start.character,
            token_type: u32::try_from(at).unwrap_or(0),
            token_modifiers_bitset: 0,
        });
        (line, column) = (range.start.line, range.start.character);
    }
    tokens
}

/// The names of a file that stand for something known.
fn names(workspace: &Workspace, file: FileId) -> BTreeMap<Span, SemanticTokenType> {
    let mut kinds: BTreeMap<Span, SemanticTokenType> = BTreeMap::new();
    let mut seen: BTreeMap<Span, SemanticTokenType> = BTreeMap::new();
    let tree = workspace.files.tree(file);
    for declared in Declared::all(tree) {
        kinds.insert(declared.name().span, kind(declared));
        let ty = match declared {
            Declared::Field(_, field) => &field.ty,
            Declared::Param(param) => &param.ty,
            _ => continue,
        };
        kinds.insert(ty.name.span, SemanticTokenType::TYPE);
    }
    let projects = workspace.projects_of(file);
    for one in projects.flat_map(|project| &project.schema.uses).filter(|one| one.span.file == file) {
        let found = seen.entry(one.target).or_insert_with(|| {
            Declared::at(workspace.files.tree(one.target.file), one.target).map_or(SemanticTokenType::VARIABLE, kind)
        });
        kinds.insert(one.span, found.clone());
    }
    kinds
}

const fn kind(declared: Declared<'_>) -> SemanticTokenType {
    match declared {
        Declared::Model(model) => match model.kind {
            ModelKind::Type => SemanticTokenType::STRUCT,
            ModelKind::Model | ModelKind::View | ModelKind::Abstract => SemanticTokenType::CLASS,
        },
        Declared::Field(..) => SemanticTokenType::PROPERTY,
        Declared::Enum(_) => SemanticTokenType::ENUM,
        Declared::Member(..) => SemanticTokenType::ENUM_MEMBER,
        Declared::Function(_) | Declared::Procedure(_) => SemanticTokenType::FUNCTION,
        Declared::Param(_) | Declared::AttributeParam(_) => SemanticTokenType::PARAMETER,
        Declared::Attribute(_) => SemanticTokenType::DECORATOR,
        Declared::Config(..) => SemanticTokenType::NAMESPACE,
    }
}

/// A word that is no name.
fn word(text: &str) -> Option<SemanticTokenType> {
    let keyword = crate::syntax::parser::DECLARATIONS.contains(&text)
        || matches!(text, "extends" | "with" | "true" | "false" | "null" | "this" | "in");
    keyword.then_some(SemanticTokenType::KEYWORD)
}
