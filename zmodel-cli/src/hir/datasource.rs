//! The `datasource` block.

use zmodel_runtime::schema::Provider;

use super::{Datasource, Resolver, Url};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, ExprKind};

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
        let mut url = None;
        for entry in &first.entries {
            match entry.key.text.as_str() {
                "provider" | "directUrl" | "shadowDatabaseUrl" => {}
                "url" => url = self.url(&entry.value),
                "relationMode" => self.relation_mode(&entry.value),
                key @ ("schemas" | "defaultSchema") if provider.is_some_and(|p| p != Provider::Postgresql) => {
                    let message = format!("`{key}` is only for `postgresql`");
                    self.report(Diagnostic::error("wrong-provider", entry.key.span, message).help("remove it"));
                }
                key @ ("schemas" | "defaultSchema" | "extensions") => {
                    self.not_supported(entry.key.span, &format!("`{key}`"));
                }
                key => {
                    let message = format!("`{key}` is not a setting of a `datasource`, and has no effect");
                    self.report(Diagnostic::warning("unknown-setting", entry.key.span, message));
                }
            }
        }
        if let Some(provider) = provider {
            self.schema.datasource = Some(Datasource { name: first.name.clone(), provider, url });
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
                self.report(Diagnostic::error("unknown-provider", entry.value.span, message).help(help));
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

    fn relation_mode(&mut self, value: &ast::Expr) {
        match &value.kind {
            ExprKind::String(mode) if mode == "foreignKeys" => {}
            ExprKind::String(mode) if mode == "prisma" => {
                self.not_supported(value.span, "`relationMode = \"prisma\"`");
            }
            ExprKind::Error => {}
            _ => {
                let message = "`relationMode` must be \"foreignKeys\" or \"prisma\"";
                self.report(Diagnostic::error("wrong-setting", value.span, message));
            }
        }
    }
}
