//! Relations, and the `datasource` block.

use super::declared;
use crate::testing::{check_whole, rendered};

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn relations() {
    for (text, expected) in [
        (
            "model A { id Int @id bs B[] } model B { id Int @id aId Int a A @relation(fields: [aId], references: [id]) }",
            "",
        ),
        (
            "model A { id Int @id } model B { id Int @id aId Int a A @relation(fields: [aId], references: [id]) }",
            "missing-opposite",
        ),
        ("model A { id Int @id bs B[] } model B { id Int @id }", "missing-opposite"),
        ("model A { id Int @id bs B[] } model B { id Int @id a A }", "relation-without-key"),
        ("model A { id Int @id bs B[] } model B { id Int @id as A[] }", ""),
        ("model A { id Int @id a A? }", "unnamed-self-relation"),
        ("model A { id Int @id a A? @relation('x') }", "missing-opposite"),
        (
            "model A { id Int @id a A? @relation('x', fields: [aId], references: [id]) aId Int? b A[] @relation('x') }",
            "",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A[] @relation(fields: [x], references: [id]) x Int }",
            "list-owns-relation",
        ),
        (
            "model A { id Int @id b B } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int @unique }",
            "required-relation",
        ),
        (
            "model A { id Int @id b B? } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int }",
            "one-to-one-not-unique",
        ),
        (
            "model A { id Int @id b B? } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int @unique }",
            "",
        ),
        (
            "model A { id Int @id b B? @relation(fields: [id], references: [id]) } model B { id Int @id a A @relation(fields: [id], references: [id]) }",
            "relation-on-both-sides",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int? }",
            "optional-foreign-key",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A? @relation(fields: [aId], references: [id]) aId Int }",
            "",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId BigInt }",
            "",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId String }",
            "foreign-key-type",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [nope]) aId Int }",
            "unknown-field",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [nope], references: [id]) aId Int }",
            "unknown-field",
        ),
        ("model A { id Int @id b B[] } model B { id Int @id a A @relation([aId], [id]) aId Int }", "wrong-argument"),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId]) aId Int }",
            "incomplete-relation",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId, id], references: [id]) aId Int }",
            "relation-lengths",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [], references: [id]) aId Int }",
            "empty-field-list",
        ),
        (
            "model A { id Int @id x Int b B[] } model B { id Int @id a A @relation(fields: [aId], references: [x]) aId Int }",
            "references-not-unique",
        ),
        (
            "model A { id Int @id b B[] c B[] } model B { id Int @id a A @relation(fields: [aId], references: [id]) aId Int }",
            "ambiguous-relation",
        ),
        (
            "model A { id Int @id b B[] @relation('x') } model B { id Int @id a A @relation('y', fields: [aId], references: [id]) aId Int }",
            "relation-names-differ",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [id], onDelete: SetNull) aId Int }",
            "set-null-on-required",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a A @relation(fields: [aId], references: [id], onDelete: Casc) aId Int }",
            "unknown-enum-member",
        ),
        (
            "model A { id Int @id b B[] } model B { id Int @id a Aa @relation(fields: [aId], references: [id]) aId Int }",
            "unknown-type",
        ),
        (
            "model A { x Int y Int b B? @@id([x, y]) } model B { id Int @id a A @relation(fields: [p, q], references: [x, y]) p Int @unique q Int }",
            "",
        ),
        (
            "model A { x Int y Int b B? @@id([x, y]) } model B { id Int @id a A @relation(fields: [p, q], references: [x, y]) p Int q Int r Int @@unique([p, r]) @@unique([q, r]) }",
            "one-to-one-not-unique",
        ),
        (
            "model User { id Int @id @@ignore } model B { id Int @id a User @relation(fields: [aId], references: [id]) aId Int }",
            "",
        ),
        ("model User { id Int @id bs B[] @@ignore } model B { id Int @id }", ""),
        (
            "model User { id Int @id bs B[] @@ignore } model B { id Int @id a User @relation(fields: [aId], references: [id]) aId Int }",
            "",
        ),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(declared(text), expected, "{text}\n{}", rendered(text));
    }
}

#[test]
fn datasources() {
    for (text, code) in [
        ("model A { id Int @id @@allow('all', true) }", "no-datasource"),
        ("datasource a { provider = 'sqlite' } datasource b { provider = 'sqlite' }", "several-datasources"),
        ("datasource a { url = 'x' }", "no-provider"),
        ("datasource a { provider = env('X') }", "no-provider"),
        ("datasource a { provider = 'postgres' }", "unknown-provider"),
        ("datasource a { provider = 'sqlite' url = 1 }", "wrong-url"),
        ("datasource a { provider = 'sqlite' provider = 'sqlite' }", "duplicate-name"),
        ("datasource a { provider = 'sqlite' schemas = ['x'] }", "wrong-provider"),
        (
            "datasource a { provider = 'postgresql' schemas = ['x'] } model A { id Int @id @@allow('all', true) }",
            "unlisted-schema",
        ),
        ("datasource a { provider = 'mysql' relationMode = 'triggers' }", "wrong-setting"),
        (
            "datasource a { provider = 'sqlite' relationMode = 'prisma' }
             model A { id Int @id bs B[] @@allow('all', true) } model B { id Int @id aId Int? @@allow('all', true)
               a A? @relation(fields: [aId], references: [id], onDelete: SetDefault) }",
            "wrong-setting",
        ),
        ("datasource a { provider = 'mysql' colour = 'red' }", "unknown-setting"),
    ] {
        let found: Vec<&str> = check_whole(text).diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(found, [code], "{text}");
    }
    let fine = "datasource a { provider = 'mysql' url = env('URL') }
        generator client { provider = 'x' } plugin policy { provider = '@zenstackhq/plugin-policy' }";
    assert!(check_whole(fine).diagnostics.is_empty());
}
