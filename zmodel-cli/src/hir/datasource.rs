//! The `datasource` block.

use zmodel_runtime::schema::{Provider, RelationMode};

use super::names::closest;
use super::{Datasource, Resolver, Url};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

/// What a `datasource` can say.
const SETTINGS: [&str; 5] = ["provider", "url", "relationMode", "schemas", "defaultSchema"];

impl Resolver<'_, '_> {
    /// Exactly one `datasource`, with a known provider.
    pub(super) fn datasource(&mut self) {
        let blocks = self.decls.datasources.clone();
        let Some(first) = blocks.first() else {
            let message = "the schema has no `datasource`";
            let help = "add `datasource db { provider = \"sqlite\" url = env(\"DATABASE_URL\") }`";
            self.report(Diagnostic::global("no-datasource", message).help(help));
            return;
        };
        for second in blocks.iter().skip(1) {
            let found = Diagnostic::error("several-datasources", second.name.span, "a schema has one `datasource`");
            self.report(found.related(first.name.span, "the first one").help("remove this one"));
        }
        super::collect::duplicates(first.entries.iter().map(|entry| &entry.key), "setting", self.out);
        let provider = self.provider(first);
        let (mut url, mut schemas, mut default) = (None, None, None);
        let mut relation_mode = RelationMode::ForeignKeys;
        for entry in &first.entries {
            match entry.key.text.as_str() {
                "provider" | "directUrl" | "shadowDatabaseUrl" | "extensions" => {}
                "url" => url = self.url(&entry.value),
                "relationMode" => relation_mode = self.relation_mode(&entry.value),
                key @ ("schemas" | "defaultSchema") if provider.is_some_and(|p| p != Provider::Postgresql) => {
                    let message = format!("`{key}` is only for `postgresql`");
                    let found = Diagnostic::error("wrong-provider", entry.key.span, message).help("remove it");
                    self.report(found.removing("the setting", entry.span));
                }
                "schemas" => schemas = self.schemas(&entry.value),
                "defaultSchema" => default = self.default_schema(&entry.value),
                key => {
                    let message = format!("`{key}` is not a setting of a `datasource`, and has no effect");
                    let found = Diagnostic::warning("unknown-setting", entry.key.span, message);
                    self.report(match closest(key, SETTINGS) {
                        Some(meant) => found.did_you_mean(meant),
                        None => found.help("remove it").removing("the setting", entry.span),
                    });
                }
            }
        }
        if let (Some(known), Some((name, span))) = (&schemas, &default)
            && !known.contains(name)
        {
            let found = Diagnostic::error("unlisted-schema", *span, format!("`{name}` is not among the `schemas`"));
            self.report(found.help(format!("its schemas are: {}", known.join(", "))));
        }
        if let (Some(known), None) = (&schemas, &default)
            && !known.iter().any(|name| name == "public")
        {
            self.unplaced();
        }
        if let Some(provider) = provider {
            let (schemas, default) = (schemas.unwrap_or_default(), default.map(|(name, _)| name));
            let name = first.name.clone();
            self.schema.datasource = Some(Datasource { name, provider, url, relation_mode, schemas, default });
        }
    }

    fn provider(&mut self, block: &ast::Config) -> Option<Provider> {
        let help = "write `provider = \"sqlite\"`, `\"postgresql\"` or `\"mysql\"`";
        let Some(entry) = block.entries.iter().find(|entry| entry.key.text == "provider") else {
            let message = format!("`{}` does not say which database it is", block.name.text);
            self.report(Diagnostic::error("no-provider", block.name.span, message).help(help));
            return None;
        };
        let ExprKind::String(name) = &entry.value.kind else {
            if entry.value.kind != ExprKind::Error {
                let found = Diagnostic::error("no-provider", entry.value.span, "the provider must be a text");
                self.report(found.help(help));
            }
            return None;
        };
        match name.as_str() {
            "sqlite" => Some(Provider::Sqlite),
            "postgresql" => Some(Provider::Postgresql),
            "mysql" => Some(Provider::Mysql),
            _ => {
                let message = format!("`{name}` is not a database that is supported");
                let found = Diagnostic::error("unknown-provider", entry.value.span, message);
                self.report(match closest(name, ["sqlite", "postgresql", "mysql"]) {
                    Some(meant) => found.did_you_mean(&format!("\"{meant}\"")),
                    None => found.help(help),
                });
                None
            }
        }
    }

    fn url(&mut self, value: &ast::Expr) -> Option<Url> {
        match &value.kind {
            ExprKind::Error => return None,
            ExprKind::String(text) if !text.is_empty() => return Some(Url::Literal(text.clone())),
            ExprKind::Call(name, args) if name.text == "env" => {
                if let [ast::Expr { kind: ExprKind::String(variable), .. }] = args.as_slice()
                    && !variable.is_empty()
                {
                    return Some(Url::Env(variable.clone()));
                }
            }
            _ => {}
        }
        let found = Diagnostic::error("wrong-url", value.span, "the url must be a text or `env(\"NAME\")`");
        self.report(found.help("write `url = env(\"DATABASE_URL\")`"));
        None
    }

    fn schemas(&mut self, value: &ast::Expr) -> Option<Vec<String>> {
        let names = match &value.kind {
            ExprKind::Array(items) => items.iter().map(text).collect::<Option<Vec<String>>>(),
            _ => None,
        };
        if names.is_none() {
            let found = Diagnostic::error("wrong-setting", value.span, "`schemas` must be a list of texts");
            self.report(found.help("write `schemas = [\"public\"]`"));
        }
        names
    }

    fn default_schema(&mut self, value: &ast::Expr) -> Option<(String, Span)> {
        let Some(name) = text(value) else {
            let found = Diagnostic::error("wrong-setting", value.span, "`defaultSchema` must be a text");
            self.report(found.help("write `defaultSchema = \"public\"`"));
            return None;
        };
        Some((name, value.span))
    }

    /// Without a default, everything that says nothing is in `public`, which has to be listed then.
    fn unplaced(&mut self) {
        let says = |attributes: &[ast::Attribute]| attributes.iter().any(|attribute| attribute.name.text == "schema");
        let models = self.decls.models.iter().map(|model| (&model.name, &model.attributes));
        let enums = self.decls.enums.iter().take(self.decls.own_enums).map(|it| (&it.name, &it.attributes));
        let Some((name, _)) = models.chain(enums).find(|(_, attributes)| !says(attributes)) else { return };
        let message = format!("`{}` does not say which schema it is in, and `public` is not listed", name.text);
        let found = Diagnostic::error("unlisted-schema", name.span, message);
        self.report(found.help("add `@@schema(\"…\")`, or set `defaultSchema` in the datasource"));
    }

    fn relation_mode(&mut self, value: &ast::Expr) -> RelationMode {
        match &value.kind {
            ExprKind::String(mode) if mode == "prisma" => return RelationMode::Prisma,
            ExprKind::String(mode) if mode == "foreignKeys" => {}
            ExprKind::Error => {}
            _ => {
                let message = "`relationMode` must be \"foreignKeys\" or \"prisma\"";
                let found = Diagnostic::error("wrong-setting", value.span, message);
                self.report(found.help("write `relationMode = \"foreignKeys\"`, or remove it: that is what it means"));
            }
        }
        RelationMode::ForeignKeys
    }
}

fn text(value: &ast::Expr) -> Option<String> {
    match &value.kind {
        ExprKind::String(text) => Some(text.clone()),
        _ => None,
    }
}
