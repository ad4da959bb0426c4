//! Words that are always the same: declarations, and the settings of blocks.

use lsp_types::CompletionItemKind;

use super::Proposal;
use super::cursor::Cursor;
use crate::syntax::token::Kind;

/// Keywords of declarations, with what follows them.
const DECLARATIONS: &[(&str, &str)] = &[
    ("abstract model", "abstract model ${1:Name} {\n  $0\n}"),
    ("attribute", "attribute @${1:name}($2)"),
    ("datasource", "datasource db {\n  provider = \"${1:sqlite}\"\n  url      = ${2:env(\"DATABASE_URL\")}\n}"),
    ("enum", "enum ${1:Name} {\n  $0\n}"),
    ("function", "function ${1:name}($2): ${3:Boolean} {\n  $0\n}"),
    ("generator", "generator ${1:name} {\n  provider = \"$2\"\n}"),
    ("import", "import \"./${1:file}\""),
    ("model", "model ${1:Name} {\n  id Int @id @default(autoincrement())\n  $0\n}"),
    ("mutation procedure", "mutation procedure ${1:name}($2): ${3:Void}"),
    ("plugin", "plugin ${1:name} {\n  provider = \"$2\"\n}"),
    ("procedure", "procedure ${1:name}($2): ${3:Void}"),
    ("type", "type ${1:Name} {\n  $0\n}"),
    ("view", "view ${1:Name} {\n  $0\n}"),
];

/// The settings of a block, each with how its value is written.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("datasource", "provider", "\"$1\""),
    ("datasource", "url", "env(\"${1:DATABASE_URL}\")"),
    ("datasource", "directUrl", "env(\"${1:DIRECT_URL}\")"),
    ("datasource", "shadowDatabaseUrl", "env(\"${1:SHADOW_DATABASE_URL}\")"),
    ("datasource", "relationMode", "\"$1\""),
    ("datasource", "schemas", "[$1]"),
    ("datasource", "defaultSchema", "\"$1\""),
    ("datasource", "extensions", "[$1]"),
    ("generator", "provider", "\"$1\""),
    ("generator", "output", "\"$1\""),
    ("generator", "previewFeatures", "[$1]"),
    ("plugin", "provider", "\"$1\""),
    ("plugin", "output", "\"$1\""),
];

pub(super) fn declarations() -> Vec<Proposal> {
    let words = DECLARATIONS.iter();
    words.map(|(word, snippet)| Proposal::new(*word, CompletionItemKind::KEYWORD).snippet(*snippet)).collect()
}

/// Inside the braces of a block.
pub(super) fn entry(cursor: &Cursor<'_>, block: &str) -> Vec<Proposal> {
    if cursor.back(1) == Some(Kind::Equals) {
        let key = cursor.back_text(2);
        let quoted =
            choices(block, key).iter().map(|word| Proposal::new(format!("\"{word}\""), CompletionItemKind::VALUE));
        return quoted.chain(if block == "datasource" { values(cursor) } else { Vec::new() }).collect();
    }
    if cursor.back(1) != Some(Kind::LeftBrace) && !cursor.starts_line() {
        return Vec::new();
    }
    let settings = SETTINGS.iter().filter(|(known, _, _)| *known == block);
    let proposals = settings
        .map(|(_, key, value)| Proposal::new(*key, CompletionItemKind::PROPERTY).snippet(format!("{key} = {value}")));
    proposals.collect()
}

/// What stands for the value of a setting.
pub(super) fn values(cursor: &Cursor<'_>) -> Vec<Proposal> {
    let url = matches!(cursor.back_text(2), "url" | "directUrl" | "shadowDatabaseUrl");
    let env = Proposal::new("env()", CompletionItemKind::FUNCTION).snippet("env(\"${1:DATABASE_URL}\")");
    url.then_some(env).into_iter().collect()
}

/// The values that a setting can have, if there are only some.
pub(super) fn choices(block: &str, key: &str) -> &'static [&'static str] {
    match (block, key) {
        ("datasource", "provider") => &["sqlite", "postgresql", "mysql"],
        ("datasource", "relationMode") => &["foreignKeys", "prisma"],
        _ => &[],
    }
}
