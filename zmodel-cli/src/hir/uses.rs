//! Which name in the text stands for what: for tools that show, find and rename things.

use crate::source::Span;

/// A name in the text that stands for something declared elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Where the name is used; for an attribute, with the `@`s.
    pub span: Span,
    /// The name in the declaration of what it stands for, which can be in the standard library (see
    /// [`super::stdlib`]).
    pub target: Span,
}

/// All uses of names, sorted by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    list: Vec<Use>,
}

impl Uses {
    /// Notes what a name stands for. What several models inherit is resolved for each of them: the first one counts.
    pub(super) fn add(&mut self, span: Span, target: Span) {
        self.list.push(Use { span, target });
    }

    /// To be called when all names are resolved.
    pub(super) fn sort(&mut self) {
        self.list.sort_by_key(|one| one.span);
        self.list.dedup_by_key(|one| one.span);
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Use> {
        self.list.iter()
    }

    /// The use that a byte of a file is in or right after.
    #[must_use]
    pub fn at(&self, place: Span) -> Option<Use> {
        let end = self.list.partition_point(|one| (one.span.file, one.span.start) <= (place.file, place.start));
        let inside = |one: &&Use| one.span.file == place.file && one.span.end >= place.start;
        self.list.get(..end)?.last().filter(inside).copied()
    }

    /// All uses of what is declared with this name.
    pub fn of(&self, target: Span) -> impl Iterator<Item = Use> {
        self.list.iter().copied().filter(move |one| one.target == target)
    }
}

impl<'a> IntoIterator for &'a Uses {
    type Item = &'a Use;
    type IntoIter = std::slice::Iter<'a, Use>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// Every use, as `name -> what is declared with the name it stands for`, and the line of that.
    fn uses(text: &str) -> Vec<String> {
        let checked = check(text);
        let stdlib = crate::hir::stdlib().0;
        let uses = checked.schema.uses.iter().map(|one| {
            let line = checked.sources.line_column(one.target).line;
            let place = if one.target.file == crate::hir::STDLIB {
                let name = stdlib.get(one.target.start as usize..one.target.end as usize).unwrap_or_default();
                format!("library {name}")
            } else {
                format!("{line} {}", checked.sources.text(one.target))
            };
            format!("{} -> {place}", checked.sources.text(one.span))
        });
        uses.collect()
    }

    #[test]
    fn every_name_is_known_for_what_it_stands_for() {
        insta::assert_snapshot!(
            uses(
                "enum Role { USER ADMIN }
                type Base { id Int @id }
                model User with Base { role Role @default(USER) posts Post[] @@allow('all', auth().role == ADMIN) }
                model Post with Base {
                  author User @relation(fields: [authorId], references: [id], onDelete: Cascade)
                  authorId Int
                  @@index([authorId, id])
                  @@allow('read', author.posts?[p, p.authorId == this.authorId && contains(p.author.role, 'x')])
                }
                function mine(user: User): Boolean { user.posts?[p, p.author == auth() && mine(user)] }
                attribute @@own(_ role: Role) @@@once"
            )
            .join("\n")
        );
    }
}
