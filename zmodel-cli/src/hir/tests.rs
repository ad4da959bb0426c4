//! What is reported, and that each mistake is reported once.

use crate::testing::{codes, rendered};

mod expressions;
mod functions;
mod relations;

/// Declarations, and what is reported about them besides warnings about rules.
fn declared(text: &str) -> Vec<&'static str> {
    let mut found = codes(text);
    found.retain(|code| *code != "no-rules");
    found
}

#[test]
fn declarations() {
    for (text, expected) in [
        // names and types
        ("model A { id Int @id } model A { id Int @id }", "duplicate-name"),
        ("model source { id Int @id }", "duplicate-name"),
        ("enum E { A A }", "duplicate-name"),
        ("model A { id Int @id id String }", "duplicate-field"),
        ("type T { x Int } model A with T { id Int @id x Int }", "duplicate-field"),
        ("model A { id Int @id x Strng }", "unknown-type"),
        ("model A with B { id Int @id }", "unknown-type"),
        ("model A extends B { id Int @id } abstract model C { x Int }", "unknown-type"),
        ("model A with B { id Int @id } abstract model B { x Int }", "wrong-ancestor"),
        ("model A extends B { id Int @id } type B { x Int }", "wrong-ancestor"),
        ("model A extends B { x Int } model B { id Int @id }", "wrong-ancestor"),
        ("model A with B { id Int @id @@allow('read', x == 1 && author.y) }", "unknown-type"),
        ("type T with T { x Int } model A with T { id Int @id }", "inheritance-cycle"),
        ("type T with U { x Int } type U with T { y Int } model A with T { id Int @id }", "inheritance-cycle"),
        ("type B { b Int } type T with B { t Int } type U with B { u Int } model A with T, U { id Int @id }", ""),
        ("abstract model B { id Int @id @@unique([x]) x Int } model A extends B { y Int }", ""),
        ("function contains(a: Int): Int {}", "reserved-name"),
        ("attribute @id(foo: Int)", "reserved-name"),
        ("attribute @mine(_ x: Int) model A { id Int @id @mine(1) }", ""),
        ("attribute @mine(_ x: Int) model A { id Int @id @mine('a') }", "wrong-argument-type"),
        ("attribute @mine() @@@foo", "unknown-attribute"),
        // attributes
        ("model A { id Int @id x Int @uniqe }", "unknown-attribute"),
        ("model A { id Int @id @@default(1) }", "unknown-attribute"),
        ("model A { id Int @id x Int @default(1) @default(2) }", "repeated-attribute"),
        ("model A { id Int @id x Int @updatedAt }", "wrong-field-type"),
        ("model A { id Int @id x Int @relation('a') }", "wrong-field-type"),
        ("model A { id Int @id x String @db.VarChar(10) }", "wrong-native-type"),
        ("model A { id Int @id x Int @db.VarChar(10) }", "wrong-field-type"),
        ("model A { id Int @id x String @db.Varchar(10) }", "unknown-attribute"),
        ("model A { id Int @id x Int @map }", "missing-argument"),
        ("model A { id Int @id x Int @map(1) }", "wrong-argument-type"),
        ("model A { id Int @id x Int @map('a', 'b') }", "wrong-argument"),
        ("model A { id Int @id x Int @map(nam: 'a') }", "wrong-argument"),
        ("model A { id Int @id x Int @map('a', name: 'b') }", "wrong-argument"),
        ("model A { id Int @id x Int? @ignore('a') }", "wrong-argument"),
        ("enum E { A @id }", "unused-attribute"),
        ("enum E { A @@allow('all', true) }", "unused-rule"),
        ("enum E { A @map('a') B @map('a') }", "duplicate-map"),
        ("model A { id Int @id @meta('a', {b: 1}) @@meta('a', [1]) }", ""),
        // identity
        ("model A { x Int }", "no-id"),
        ("model A { x Int @unique }", ""),
        ("model A { x Int? @unique }", "no-id"),
        ("model A { x Int y Int @@unique([x, y]) }", ""),
        ("model A { id Int @id @ignore @default(1) }", "no-id"),
        ("model A { x Int @@ignore }", ""),
        ("model A { x Int @id y Int @@id([x, y]) }", "several-ids"),
        ("model A { x Int @id y Int @id }", "several-ids"),
        ("model A { x Int @@id([y]) }", "unknown-field"),
        ("model A { x Int @@id([]) }", "empty-field-list"),
        ("model A { x Int @@id(x) }", "not-a-field-list"),
        ("model A { x Int @@id([1]) }", "not-a-field"),
        ("model A { x Int @@id([x, x]) }", "repeated-field"),
        (
            "model A { id Int @id b B @relation(fields: [bId], references: [id]) @unique bId Int } model B { id Int @id as A[] }",
            "relation-in-key",
        ),
        ("model A { id Int @id x Int @@index([x(sort: Desc)]) }", ""),
        ("model A { id Int @id x Int @@index([x], type: Hash) }", ""),
        ("model A { id Int @id x Int @@index([x], type: Hsh) }", "unknown-enum-member"),
        ("model A { id Int @id(sort: Desc) }", ""),
        // fields
        ("model A { id Int @id x Int[] }", ""),
        ("model A { id Int @id x Int[]? }", "optional-list"),
        ("type T { x Int[]? }", ""),
        ("model A { id Int @id x T } type T { y Int }", "missing-json"),
        ("model A { id Int @id x T @json } type T { y Int }", ""),
        ("model A { id Int @id x Json @json }", "wrong-field-type"),
        ("model A { id Int @id x Unsupported('point')? }", ""),
        ("model A { id Int @id x B } abstract model B { y Int }", "unknown-type"),
        ("view V { id Int }", ""),
        ("model A { id Int @id k String @@delegate(k) } model B extends A { x Int }", ""),
        ("model A { id Int @id s String @omit }", ""),
        ("model A { id Int @id s String @password(salt: 'x') }", "password-setting"),
        (
            "type User { id Int @id s String @encrypted } model A { id Int @id @@allow('read', auth().s == 'x') }",
            "rule-on-encrypted",
        ),
        // operations
        ("model A { id Int @id @@allow('read,', true) }", "unknown-operation"),
        ("model A { id Int @id @@allow('READ', true) }", "unknown-operation"),
        ("model A { id Int @id @@allow('', true) }", "unknown-operation"),
        ("model A { id Int @id @@allow(' read , update ', true) }", ""),
        ("model A { id Int @id @@allow(condition: true, operation: 'read') }", ""),
        ("model A { id Int @id @@allow('read') }", "missing-argument"),
        // auth
        ("model A { id Int @id @@allow('read', auth() != null) @@allow('all', auth().x == 1) }", "no-auth"),
        ("enum User { A } model A { id Int @id @@allow('read', auth() != null) }", "no-auth"),
        ("type U { id Int @id @@auth } type V { id Int @id @@auth }", "several-auth"),
        ("model User { id String @id @@ignore } model A { id Int @id @@allow('read', auth().id == 'x') }", ""),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(declared(text), expected, "{text}");
    }
}

#[test]
fn procedures() {
    for (text, expected) in [
        (
            "procedure p(a: Int[]?, b: Any, c: B): B[] mutation procedure q(t: T, e: E): Void type T { x Int } enum E { X } view B { id Int @unique }",
            "",
        ),
        ("procedure p(): Undefined", ""),
        ("procedure p(a: Void): Int", ""),
        ("procedure p(): Void[]", ""),
        ("procedure p(a: B): Int model B { id Int @id @@ignore }", ""),
        ("procedure p(t: T): Int type T { b B } model B { id Int @id @@allow('all', true) }", ""),
        ("procedure p(a: Int, a: Int): Int", "duplicate-name"),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(declared(text), expected, "{text}");
    }
}

#[test]
fn rows_without_a_table() {
    for (text, expected) in [
        (
            "model User { id Int @id n Int @@ignore } model A { id Int @id u User @relation(fields: [k], references: [id]) k Int @@allow('read', u.id == 1 && auth() == u && u != null) }",
            "",
        ),
        (
            "model User { id Int @id n Int @@ignore } model A { id Int @id u User @relation(fields: [k], references: [id]) k Int @@allow('read', u.n == 1) }",
            "ignored-field",
        ),
        (
            "model User { id Int @id as A[] @@ignore } model A { id Int @id u User @relation(fields: [k], references: [id]) k Int @@allow('read', check(u)) }",
            "ignored-field",
        ),
        (
            "model U { id Int @id @@ignore } model A { id Int @id us U[] @@allow('read', us?[id == 1]) }",
            "ignored-field",
        ),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(declared(text), expected, "{text}");
    }
}

#[test]
fn what_is_asked_of_values() {
    for (text, expected) in [
        ("model A { id Int @id s String @length(1, 2) }", ""),
        ("model A { id Int @id s String @length(-1) }", "wrong-argument"),
        ("model A { id Int @id s String @regex('^(') }", "wrong-pattern"),
        ("model A { id Int @id s String @time(10) }", "wrong-argument"),
        ("model A { id Int @id n Int @gt('1') }", "wrong-argument-type"),
        ("model A { id Int @id n Int @gt((-1)) }", ""),
        ("type T { s String @trim } model A with T { id Int @id }", ""),
        ("type T { s String @trim } model A { id Int @id t T @json }", ""),
        ("type T { n Int @@validate(n > 'x') } model A { id Int @id t T @json }", "wrong-operand"),
        ("type T { n Int us U[] @@validate(us?[m > 1]) } type U { m Int }", "relation-in-validation"),
        ("type T { n Int @@validate(m > 1) }", "unknown-name"),
        ("type T { n Int } model A { id Int @id t T @json @@validate(t.n > 1) }", ""),
        ("type T { s String @@validate(s == 'a') } type U { t T? } model A { id Int @id u U @json }", ""),
        ("model A { id Int @id s String @@validate(s == 'a') }", ""),
        ("model A { id Int @id s String @@validate(regex(s, '[')) }", "wrong-pattern"),
        ("model A { id Int @id s String @@validate(length(s, 1, -2)) }", "wrong-argument"),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(declared(text), expected, "{text}");
    }
}

#[test]
fn defaults() {
    for (field, code) in [
        ("Int @default(1)", ""),
        ("Int @default('1')", "wrong-default"),
        ("Int @default(1.5)", "wrong-default"),
        ("Int @default(3000000000)", "wrong-default"),
        ("BigInt @default(3000000000)", ""),
        ("Float @default(1)", ""),
        ("Decimal @default(1.50)", ""),
        ("Boolean @default(false)", ""),
        ("Boolean @default(0)", "wrong-default"),
        ("String @default('x')", ""),
        ("String? @default(null)", "wrong-default"),
        ("String @default(x)", "unknown-name"),
        ("String @default(A)", "wrong-default"),
        ("String @default(id)", "not-a-constant"),
        ("Boolean @default(1 == 1)", "not-a-constant"),
        ("String @default(now())", "wrong-default"),
        ("DateTime @default(now())", ""),
        ("DateTime @default('2020')", ""),
        ("DateTime @default('2020abc')", "wrong-default"),
        ("Json @default('{}')", ""),
        ("Json @default('{')", "wrong-default"),
        ("Json @default({a: 1})", "wrong-default"),
        ("Bytes @default('aGk=')", ""),
        ("Bytes @default('')", ""),
        ("Bytes @default('aGk')", "wrong-default"),
        ("Bytes @default('aGl=')", "wrong-default"),
        ("E @default(A)", ""),
        ("E @default(B)", ""),
        ("F @default(A)", ""),
        ("E @default(C)", "unknown-enum-member"),
        ("E @default('A')", "wrong-default"),
        ("String @default(uuid())", ""),
        ("String @default(uuid(7))", ""),
        ("String @default(uuid(5))", "wrong-argument"),
        ("String @default(uuid('7'))", "wrong-argument-type"),
        ("String @default(uuid(4, 'a_%s'))", ""),
        ("String @default(cuid(2))", ""),
        ("String @default(nanoid(10))", ""),
        ("String @default(nanoid(0))", "wrong-argument"),
        ("String @default(ulid())", ""),
        ("String @default(ulid('a_%s'))", ""),
        ("String @default(dbgenerated('x'))", ""),
        ("String @default(dbgenerated())", ""),
        ("String @default(env('X'))", "wrong-context"),
        ("String @default(contains('a', 'b'))", "wrong-context"),
        ("String @default(uuid(version: 4))", "not-a-constant"),
        ("String @default(auth().name)", ""),
        ("String @default(auth().org.name)", ""),
        ("Int @default(auth().name)", "wrong-default"),
        ("String @default(auth())", "wrong-default"),
        ("String @default(auth().nam)", "unknown-field"),
        ("String @default()", "missing-argument"),
    ] {
        let text = format!(
            "enum F {{ A }} enum E {{ A B }}
             type Me {{ id Int @id name String org Org @@auth }} type Org {{ name String }}
             model M {{ id Int @id y {field} }}"
        );
        let expected: &[&str] = if code.is_empty() { &[] } else { &[code] };
        assert_eq!(declared(&text), expected, "{field}");
    }
}

#[test]
fn five_mistakes_are_five_findings() {
    let text = "model User {
  id String @id
  posts Post[]
  @@allow('all', auth() == this)
}
model Post {
  id String @id @default(uid())
  title Strng
  authorId String
  author User @relation(fields: [authorId], references: [id])
  @@allow('raed', true)
  @@allow('read', auth().nmae == title && titel == 'x' && title == 'y')
}";
    let lines = rendered(text);
    let codes = ["unknown-function", "unknown-type", "unknown-operation", "unknown-field", "unknown-name"];
    let found: Vec<&str> = lines.lines().filter(|line| !line.starts_with("  ")).collect();
    assert_eq!(found.len(), codes.len(), "{lines}");
    for (line, code) in found.iter().zip(codes) {
        assert!(line.contains(code), "{lines}");
    }
}

#[test]
fn declarations_of_all_files_see_each_other() {
    let texts = [
        "model A with T { id Int @id bs B[] @@allow('read', r == X) }",
        "type T { r R }  enum R { X }
        model B { id Int @id aId Int a A @relation(fields: [aId], references: [id]) @@allow('all', a.r == X) }
        datasource db { provider = 'sqlite' }",
    ];
    let mut found = crate::diagnostic::Diagnostics::default();
    let files: Vec<_> =
        (0..).zip(texts).map(|(at, text)| crate::syntax::parse(crate::source::FileId(at), text, &mut found)).collect();
    let schema = super::resolve(&files, &mut found);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(schema.models.len(), 2);
    let twice = [files[0].clone(), files[0].clone()];
    super::resolve(&twice, &mut found);
    assert!(found.iter().any(|found| found.code == "duplicate-name"));
}

#[test]
fn texts_cut_off_anywhere_are_no_problem() {
    let text = "enum R { A B @map('b') } type T { id Int @id x R? @@auth } type M { m Int? @@index([m]) }
        model U with M { id Int @id ps P[] n N? @@allow('all', ps?[p, p.u == this && x in [A]] || auth().x == A) }
        model N { id Int @id uId Int @unique u U @relation(fields: [uId], references: [id], onDelete: Cascade) }
        model P { id Int @id @default(autoincrement()) s String @default(nanoid(5)) u U @relation('x', fields: [id]) }";
    let ends = (0..text.len()).step_by(9);
    for end in ends {
        drop(rendered(text.get(..end).unwrap_or(text)));
    }
    for (at, word) in text.match_indices(|c: char| !c.is_alphanumeric()).step_by(4) {
        let (before, after) = text.split_at(at);
        drop(rendered(&format!("{before}{}", after.get(word.len()..).unwrap_or(""))));
    }
}

#[test]
fn helps_say_the_way_out() {
    for (text, help) in [
        (
            "model User { id String @id @@allow('all', true) }
             model Post { id Int @id uId String u User @relation(fields: [uId], references: [id]) @@allow('all', true) }",
            "add `posts Post[]` to `User`",
        ),
        (
            "model User { id String @id posts Post[] @@allow('all', true) } model Post { id Int @id @@allow('all', true) }",
            "add `user User @relation(fields: [userId], references: [id])` and `userId String` to `Post`",
        ),
        (
            "model User { id String @id posts Post[] @@allow('all', true) }
             model Post { id Int @id author User @@allow('all', true) }",
            "write `author User @relation(fields: [authorId], references: [id])`, and add `authorId String`",
        ),
        ("model A { id Int @id x Strng @@allow('all', true) }", "did you mean `String`?"),
        ("model A { id Int @id title Int @@allow('read', titel == 1) }", "did you mean `title`?"),
        ("model A { id Int @id @@alow('read', true) @@allow('all', true) }", "did you mean `@@allow`?"),
        ("enum R { ADMIN } model A { id Int @id r R @@allow('read', r == ADMNI) }", "did you mean `ADMIN`?"),
        ("enum R { ADMIN } model A { id Int @id r R @default(ADMINN) @@allow('read', true) }", "did you mean `ADMIN`?"),
        ("model A { id Int @id n Int @@allow('read', contians(n, 'x')) }", "did you mean `contains`?"),
    ] {
        let lines = rendered(text);
        assert!(lines.contains(help), "{lines}");
    }
}
