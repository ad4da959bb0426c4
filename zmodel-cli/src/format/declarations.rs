//! A file and its declarations.

use super::members::Member;
use super::writer::{Blank, Writer};
use crate::syntax::ast::{AttributeDecl, AttributeParam, Config, Enum, File, Function, Item, Model, Param, Procedure};
use crate::syntax::token::Kind;

impl Writer<'_> {
    pub(super) fn file(&mut self, file: &File) {
        for (at, _) in file.imports.iter().enumerate() {
            self.start_line(if at == 0 { Blank::No } else { Blank::Keep });
            self.token();
            self.space();
            self.token();
            self.token_if(Kind::Semicolon);
        }
        let mut previous = None;
        for item in &file.items {
            let blank = match previous {
                None if file.imports.is_empty() => Blank::No,
                Some(previous) if takes_a_line(previous) && takes_a_line(item) => Blank::Keep,
                _ => Blank::Yes,
            };
            self.start_line(blank);
            self.item(item);
            previous = Some(item);
        }
        self.last_lines(Blank::Keep, Blank::Keep);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Datasource(config) | Item::Generator(config) | Item::Plugin(config) => self.config(config),
            Item::Model(model) => self.model(model),
            Item::Enum(decl) => self.enumeration(decl),
            Item::Function(function) => self.function(function),
            Item::Attribute(decl) => self.attribute_declaration(decl),
            Item::Procedure(procedure) => self.procedure(procedure),
        }
    }

    fn config(&mut self, config: &Config) {
        self.head();
        self.body(config.entries.iter().map(Member::Option).collect());
    }

    fn model(&mut self, model: &Model) {
        self.head();
        let fields = model.fields.iter().map(Member::Field);
        self.body(fields.chain(model.attributes.iter().map(Member::Attribute)).collect());
    }

    fn enumeration(&mut self, decl: &Enum) {
        self.head();
        let members = decl.members.iter().map(Member::Value);
        self.body(members.chain(decl.attributes.iter().map(Member::Attribute)).collect());
    }

    /// What stands before the `{`: words, and commas between some of them.
    ///
    /// After a comment that starts a new line, the parser could take what follows on that line for a field: line breaks
    /// are kept.
    fn head(&mut self) {
        self.token();
        let mut over_lines = false;
        while self.next().is_some_and(|next| next != Kind::LeftBrace) {
            over_lines |= self.comment_breaks();
            if over_lines && self.on_new_line() {
                self.break_line();
            } else if self.next() != Some(Kind::Comma) {
                self.space();
            }
            self.token();
        }
        self.space();
    }

    fn function(&mut self, function: &Function) {
        self.words(2);
        self.params(&function.params);
        self.colon();
        self.type_ref(&function.returns);
        self.space();
        let body: Vec<_> = function.body.iter().collect();
        self.brackets(1, &body, 0, |writer, body| writer.expression(body));
        self.further_attributes(&function.attributes, false);
    }

    fn procedure(&mut self, procedure: &Procedure) {
        self.words(if procedure.mutation { 3 } else { 2 });
        self.params(&procedure.params);
        self.colon();
        self.type_ref(&procedure.returns);
        self.further_attributes(&procedure.attributes, false);
    }

    fn attribute_declaration(&mut self, decl: &AttributeDecl) {
        self.words(2);
        self.brackets(0, &decl.params, 0, Self::attribute_param);
        self.further_attributes(&decl.attributes, false);
    }

    fn attribute_param(&mut self, param: &AttributeParam) {
        // `_name` may stand for `_ name`.
        self.words(if self.next_text() == "_" { 2 } else { 1 });
        self.colon();
        self.type_ref(&param.ty);
        self.further_attributes(&param.attributes, false);
    }

    pub(super) fn params(&mut self, params: &[Param]) {
        self.brackets(0, params, 0, |writer, param| {
            writer.token();
            writer.colon();
            writer.type_ref(&param.ty);
        });
    }

    fn words(&mut self, count: usize) {
        for at in 0..count {
            if at > 0 {
                self.space();
            }
            self.token();
        }
    }

    pub(super) fn colon(&mut self) {
        self.token();
        self.space();
    }
}

/// Whether it may stand right below another of its kind.
const fn takes_a_line(item: &Item) -> bool {
    matches!(item, Item::Function(_) | Item::Attribute(_) | Item::Procedure(_))
}
