//! `too-many`: positions in the schema table have 16 bits.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Schema;

/// So many of a kind fit.
const MOST: usize = u16::MAX as usize;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let counts = [(schema.models.len(), "models"), (schema.types.len(), "types"), (schema.enums.len(), "enums")];
    for (count, what) in counts {
        if count > MOST {
            out.push(Diagnostic::global("too-many", format!("{count} {what} are more than the {MOST} that fit")));
        }
    }
    let fields = schema.models.iter().map(|model| (&model.name, model.fields.len(), "fields"));
    let members = schema.enums.iter().map(|it| (&it.name, it.members.len(), "members"));
    for (name, count, what) in fields.chain(members) {
        if count > MOST {
            let message = format!("`{}` has {count} {what}, more than the {MOST} that fit", name.text);
            out.push(Diagnostic::error("too-many", name.span, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::testing::codes;

    #[test]
    fn members_beyond_16_bits() {
        let mut text = "enum E { ".to_owned();
        for at in 0..=super::MOST {
            write!(text, "m{at} ").unwrap();
        }
        assert_eq!(codes(&format!("{text}}}")), ["too-many"]);
    }
}
