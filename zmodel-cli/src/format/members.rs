//! The members of declarations, in columns.

use super::layout::Layout;
use super::writer::{Blank, Writer};
use crate::source::Span;
use crate::syntax::ast::{Attribute, ConfigEntry, EnumMember, Field, TypeRef};
use crate::syntax::token::Kind;

#[derive(Clone, Copy)]
pub(super) enum Member<'a> {
    Field(&'a Field),
    Value(&'a EnumMember),
    Option(&'a ConfigEntry),
    Attribute(&'a Attribute),
}

impl Member<'_> {
    const fn span(self) -> Span {
        match self {
            Self::Field(field) => field.span,
            Self::Value(member) => member.span,
            Self::Option(entry) => entry.span,
            Self::Attribute(attribute) => attribute.span,
        }
    }
}

/// The lines that share their columns.
#[derive(Default)]
struct Columns {
    /// For each column, the cells in it: the steps from the first number to the second, which is the space after it.
    cells: [Vec<(usize, usize)>; 2],
}

impl Columns {
    /// The cells of one line, each from its first step to the space after it.
    fn add<const N: usize>(&mut self, cells: [(usize, usize); N]) {
        for (column, cell) in self.cells.iter_mut().zip(cells) {
            column.push(cell);
        }
    }

    /// Makes the cells of a column equally wide. Those that need several lines are left as they are.
    fn align(&mut self, layout: &mut Layout<'_>) {
        for column in &mut self.cells {
            let widths: Vec<_> = column.iter().map(|(from, to)| layout.width(*from, *to)).collect();
            let widest = widths.iter().flatten().max().copied().unwrap_or(0);
            for ((_, space), width) in column.drain(..).zip(widths) {
                if let Some(width) = width {
                    layout.set_space(space, widest - width + 1);
                }
            }
        }
    }
}

impl Writer<'_> {
    /// `{`, the members, each on a line, and `}`.
    pub(super) fn body(&mut self, mut members: Vec<Member<'_>>) {
        // The tree has fields and attributes apart.
        members.sort_by_key(|member| member.span().start);
        let mut columns = Columns::default();
        self.token();
        self.indent();
        for (at, member) in members.iter().enumerate() {
            let aired = self.start_line(if at == 0 { Blank::No } else { Blank::Keep });
            if aired || matches!(member, Member::Attribute(_)) {
                columns.align(self.layout());
            }
            match *member {
                Member::Field(field) => self.field(field, &mut columns),
                Member::Value(member) => self.enum_member(member, &mut columns),
                Member::Option(entry) => self.option(entry, &mut columns),
                Member::Attribute(attribute) => self.attribute(attribute),
            }
        }
        columns.align(self.layout());
        let comments = self.last_lines(if members.is_empty() { Blank::No } else { Blank::Keep }, Blank::Keep);
        self.dedent();
        if comments || !members.is_empty() {
            self.break_line();
        }
        self.token();
    }

    fn field(&mut self, field: &Field, columns: &mut Columns) {
        let start = self.line_start();
        self.token();
        let hangs = self.comment_breaks();
        if hangs {
            self.indent();
        }
        if self.next() == Some(Kind::LeftParen) {
            // The parameters would push the types of all fields aside.
            self.params(&field.params);
            self.space();
            self.type_ref(&field.ty);
        } else {
            let after_name = self.pad();
            self.type_ref(&field.ty);
            let after_type = self.pad();
            columns.add([(start, after_name), (after_name + 1, after_type)]);
        }
        self.further_attributes(&field.attributes, hangs);
        if hangs {
            self.dedent();
        }
    }

    fn enum_member(&mut self, member: &EnumMember, columns: &mut Columns) {
        let start = self.line_start();
        self.token();
        let after_name = self.pad();
        columns.add([(start, after_name)]);
        self.further_attributes(&member.attributes, false);
    }

    /// `key = value`
    fn option(&mut self, entry: &ConfigEntry, columns: &mut Columns) {
        let start = self.line_start();
        self.token();
        let after_key = self.pad();
        columns.add([(start, after_key)]);
        self.token();
        self.space();
        self.expression(&entry.value);
    }

    /// Attributes after something, on the lines they were on. From the first new line on they are `indented`.
    pub(super) fn further_attributes(&mut self, attributes: &[Attribute], indented: bool) {
        let mut indents = indented;
        for attribute in attributes {
            if self.on_new_line() {
                if !indents {
                    self.indent();
                }
                indents = true;
                self.break_line();
            } else {
                self.space();
            }
            self.attribute(attribute);
        }
        if indents && !indented {
            self.dedent();
        }
    }

    pub(super) fn type_ref(&mut self, ty: &TypeRef) {
        self.token();
        if let Some(literal) = &ty.unsupported {
            // No brackets that break: what is in a column has one line.
            self.token();
            self.expression(literal);
            self.token();
        }
        if ty.list {
            self.token();
            self.token();
        }
        if ty.optional {
            self.token();
        }
    }
}
