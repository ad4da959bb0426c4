//! Changes to the text that a finding proposes.

use super::Resolver;
use super::attributes::Holder;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};

/// A change: what is replaced, and by what.
pub(super) type Edit = (Span, String);

/// Something inserted after a stretch.
pub(super) fn after(span: Span, text: impl Into<String>) -> Edit {
    (Span { start: span.end, ..span }, text.into())
}

/// Something inserted before a stretch.
pub(super) fn before(span: Span, text: impl Into<String>) -> Edit {
    (Span { end: span.start, ..span }, text.into())
}

impl Resolver<'_, '_> {
    /// Lines added at the end of a declaration; none if it is not clear where it ends.
    pub(super) fn new_members(&self, holder: Holder, lines: &[String]) -> Option<Edit> {
        let body = self.decls.body(&self.holder_name(holder)).filter(|body| body.closed)?;
        let members = body.fields.iter().map(|field| field.span).chain(body.attributes.iter().map(|used| used.span));
        let inside = members.map(|span| span.end).max().unwrap_or(body.name.span.end + 1);
        let brace = body.span.end.checked_sub(1).filter(|brace| inside <= *brace)?;
        let text = lines.iter().flat_map(|line| ["  ", line, "\n"]).collect();
        Some((Span { start: brace, end: brace, ..body.span }, text))
    }
}

/// Parentheses for a chain of `&&` and `||`: operands with the operator before each but the first.
///
/// First those that say how the chain is read, then those that make `&&` bind tighter.
pub(super) fn parentheses(first: &ast::Expr, rest: &[(BinaryOp, &ast::Expr)]) -> Vec<Vec<Edit>> {
    let mut as_read = Vec::new();
    let mut last = first;
    for pair in rest.windows(2) {
        let [(op, operand), (next, _)] = pair else { continue };
        if op != next {
            as_read.push(before(first.span, "("));
            as_read.push(after(operand.span, ")"));
        }
    }
    let mut tighter = Vec::new();
    let mut open: Option<&ast::Expr> = None;
    for (op, operand) in rest {
        match (op, open) {
            (BinaryOp::And, None) => open = Some(last),
            (BinaryOp::Or, Some(start)) => {
                tighter.extend([before(start.span, "("), after(last.span, ")")]);
                open = None;
            }
            _ => {}
        }
        last = operand;
    }
    if let Some(start) = open {
        tighter.extend([before(start.span, "("), after(last.span, ")")]);
    }
    if as_read == tighter { vec![as_read] } else { vec![as_read, tighter] }
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, codes};

    /// The text after each fix of the only finding, and that it has no finding afterwards.
    fn fixed(text: &str) -> Vec<String> {
        let checked = check(text);
        let [found] = checked.diagnostics.iter().as_slice() else { panic!("{:?}", checked.diagnostics) };
        let fixes = found.fixes.iter().map(|fix| {
            let (mut fixed, mut done) = (String::new(), 0);
            for (span, new) in &fix.edits {
                fixed.push_str(&text[done..span.start as usize]);
                fixed.push_str(new);
                done = span.end as usize;
            }
            fixed.push_str(&text[done..]);
            assert_eq!(codes(&fixed), [""; 0], "{fixed}");
            fixed
        });
        fixes.collect()
    }

    #[test]
    fn the_other_end_of_a_relation() {
        let many =
            "model A { id Int @id b B @relation('x', fields: [bId], references: [id]) bId Int @@allow('all', true) }
model B {
  id Int @id
  @@allow('all', true)
  // the end
}";
        let [fixed_many] = fixed(many).try_into().unwrap();
        assert_eq!(fixed_many, many.replace("// the end\n}", "// the end\n  as A[] @relation(\"x\")\n}"));
        let one = "model A { id Int @id bs B[] @@allow('all', true) }\nmodel B { id Int @id @@allow('all', true)\n}";
        let [fixed_one] = fixed(one).try_into().unwrap();
        let lines = "\n  a A @relation(fields: [aId], references: [id])\n  aId Int\n}";
        assert_eq!(fixed_one, one.replace("\n}", lines));
        // The name is taken.
        let taken = "model A { id Int @id b B @relation(fields: [bId], references: [id]) bId Int @@allow('all', true) }
model B { id Int @id as Int @@allow('all', true) }";
        assert_eq!(fixed(taken), [""; 0]);
    }

    #[test]
    fn an_id() {
        let there = "model A { id String? x Int @@allow('all', true) }";
        assert_eq!(fixed(there), [""; 0]);
        let there = "model A { id String /* x */ x Int @@allow('all', true) }";
        assert_eq!(fixed(there), [there.replace("id String", "id String @id")]);
        let new = "model A { x Int @@allow('all', true) }";
        assert_eq!(fixed(new), [new.replace(" }", "   id Int @id @default(autoincrement())\n}")]);
    }

    #[test]
    fn what_a_one_to_one_relation_needs() {
        let text = "model A { id Int @id b B? @@allow('all', true) }
model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int @@allow('all', true) }";
        assert_eq!(fixed(text), [text.replace("aId Int", "aId Int @unique")]);
        let text = "model A { id Int @id b B @@allow('all', true) }
model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int @unique @@allow('all', true) }";
        assert_eq!(fixed(text), [text.replace("b B ", "b B? ")]);
    }

    #[test]
    fn parentheses() {
        let model = |rule: &str| {
            format!("model A {{ id Int @id a Boolean b Boolean c Boolean d Boolean @@allow('all', {rule}) }}")
        };
        let all = |rule: &str, expected: &[&str]| {
            let expected: Vec<String> = expected.iter().map(|rule| model(rule)).collect();
            assert_eq!(fixed(&model(rule)), expected, "{rule}");
        };
        all("a && b || c", &["(a && b) || c"]);
        all("a || b && c", &["(a || b) && c", "a || (b && c)"]);
        all("a || b && c && d", &["(a || b) && c && d", "a || (b && c && d)"]);
        all("a && b || c && d", &["((a && b) || c) && d", "(a && b) || (c && d)"]);
        let list = |rule: &str| {
            format!(
                "model A {{ id Int @id bs B[] @@allow('read', {rule}) }} model B {{ id Int @id x Boolean a A @relation(fields: [aId], references: [id]) aId Int @@allow('all', true) }}"
            )
        };
        assert_eq!(fixed(&list("!bs?[x]")), [list("!(bs?[x])")]);
    }
}
