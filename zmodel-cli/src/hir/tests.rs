//! What is reported, and that each mistake is reported once.

use crate::testing::{check_whole, codes, rendered};

mod functions;
mod relations;

/// A schema that the expressions of the language's conformance vectors are written for.
fn vector(rule: &str) -> Vec<&'static str> {
    codes(&format!(
        "enum Role {{ ADMIN USER }}
         enum Other {{ ADMIN X }}
         type Prof {{ age Int sub Sub }}
         type Sub {{ z Int }}
         type Me {{ id Int @id role Role flag Boolean? prof Prof? names String[] profs Prof[] @@auth }}
         model User {{ id Int @id role Role flag Boolean? posts Post[] boss User? @relation('Boss', fields: [bossId], references: [id])
           bossId Int? staff User[] @relation('Boss') @@allow('all', auth().id == id) }}
         model Comment {{ id Int @id x Int postId Int post Post @relation(fields: [postId], references: [id])
           @@allow('all', true) }}
         model Post {{ id Int @id n Int nn Int? s String a Boolean b Boolean c Boolean j Json dt DateTime role Role
           authorId Int author User @relation(fields: [authorId], references: [id]) comments Comment[]
           @@allow('read', {rule}) }}"
    ))
}

#[test]
fn expressions_that_are_fine() {
    for rule in [
        "n < 3 == a",
        "a == n < 3",
        "!(author.posts?[a])",
        "author.posts?[p, p.n == this.n && a]",
        "author.posts?[p, comments?[c, c.x == p.n && c.x == this.n]]",
        "nn == null",
        "null != nn",
        "author == null",
        "j == null",
        "dt < now()",
        "this.author == author",
        "auth().prof.age > 1",
        "auth().prof.sub.z > 1",
        "auth() == null",
        "auth() != null && auth().id == authorId",
        "role == ADMIN",
        "ADMIN == role",
        "role == 'ADMIN'",
        "role in [ADMIN, USER]",
        "s in ['a', auth().role, s]",
        "s in auth().names",
        "contains(s, 'x')",
        "startsWith(s, 'x', true) && endsWith('x', s, false)",
        "author.boss.boss.role == USER",
        "auth().role == role",
        "auth().flag",
        "auth().prof == null",
        "auth().profs?[age > 1 && this.n == age]",
        "auth().profs![p, p.age in [this.n] && this.author.posts?[n == p.age]]",
        "auth().profs^[sub.z > 1]",
        "isEmpty(comments) || isEmpty(auth().profs) || isEmpty(auth().names)",
        "has(auth().names, s) && has(['x'], s) && has([ADMIN], role)",
        "hasSome(auth().names, [s, 'x']) && hasEvery([s], auth().names)",
        "!a",
        "author.staff^[flag]",
        "n == 1.5",
    ] {
        assert_eq!(vector(rule), [""; 0], "{rule}");
    }
}

#[test]
fn without_foreign_keys_a_required_relation_can_lead_nowhere() {
    let found = |mode: &str| {
        let checked = check_whole(&format!(
            "type Me {{ id Int @id @@auth }}
             model Folder {{ id Int @id owner Int files File[] @@allow('all', auth().id == owner) }}
             model File {{ id Int @id folder Folder @relation(fields: [folderId], references: [id]) folderId Int
               @@index([folderId]) @@allow('read', folder.owner == null) }}
             datasource db {{ provider = 'sqlite' url = 'file:test.db' relationMode = '{mode}' }}"
        ));
        checked.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(found("prisma"), [""; 0]);
    assert_eq!(found("foreignKeys"), ["never-null"]);
}

#[test]
fn expressions_that_are_wrong() {
    for (rule, code) in [
        ("a || b && c", "mixed-and-or"),
        ("a || (b && c || a)", "mixed-and-or"),
        ("!author.posts?[a]", "negated-collection"),
        ("comments?[n == 1]", "unknown-name"),
        ("comments?[c, c == null]", "bare-binding"),
        ("comments.x > 0", "member-of-list"),
        ("comments?[y.x == 1]", "unknown-name"),
        ("author?[flag]", "not-a-collection"),
        ("s?[true]", "not-a-collection"),
        ("role == X", "enum-mismatch"),
        ("role == 'nope'", "enum-mismatch"),
        ("USER == X", "enum-mismatch"),
        ("role == 1", "type-mismatch"),
        ("role > ADMIN", "wrong-operand"),
        ("n == null", "never-null"),
        ("comments == null", "type-mismatch"),
        ("dt > '2020-01-01'", "wrong-operand"),
        ("dt == '2020-01-01'", "type-mismatch"),
        ("s > 'a'", "wrong-operand"),
        ("n > 1 > 2", "wrong-operand"),
        ("a && n", "wrong-operand"),
        ("a || author", "wrong-operand"),
        ("a && comments", "wrong-operand"),
        ("!n", "wrong-operand"),
        ("!auth()", "wrong-operand"),
        ("auth() == this", "type-mismatch"),
        ("auth() == author", "type-mismatch"),
        ("author == this", "type-mismatch"),
        ("author == author", "model-comparison"),
        ("author == 1", "type-mismatch"),
        ("author.posts.n == 1", "member-of-list"),
        ("n in 1", "wrong-operand"),
        ("n in comments", "wrong-operand"),
        ("author in [1]", "wrong-operand"),
        ("n in ['x']", "type-mismatch"),
        ("null in [1]", "wrong-operand"),
        ("nn in [null]", "null-in-list"),
        ("n", "not-a-condition"),
        ("author", "not-a-condition"),
        ("null", "not-a-condition"),
        ("comments", "not-a-condition"),
        ("comments?[x]", "not-a-condition"),
        ("now(1) == now()", "wrong-argument"),
        ("length(s) > 1", "wrong-context"),
        ("uuid() == s", "wrong-context"),
        ("contains(s)", "missing-argument"),
        ("contains(n, 'x')", "wrong-argument-type"),
        ("contains(s, 'x', 1)", "wrong-argument-type"),
        ("contians(s, 'x')", "unknown-function"),
        ("foo", "unknown-name"),
        ("this.foo == 1", "unknown-field"),
        ("author.foo == 1", "unknown-field"),
        ("auth().foo == 1", "unknown-field"),
        ("n.foo == 1", "no-members"),
        ("now().foo == 1", "no-members"),
        ("a == {x: 1}", "object-in-rule"),
        ("title(sort: 1) == 1", "named-argument"),
        ("j == bytes", "unknown-name"),
        ("auth().profs?[n > 1]", "unknown-name"),
        ("auth().profs?[p, p == null]", "bare-binding"),
        ("auth().profs?[age]", "not-a-condition"),
        ("auth().profs.age > 1", "member-of-list"),
        ("auth().prof?[age > 1]", "not-a-collection"),
        ("auth().names?[true]", "not-a-collection"),
        ("auth().profs == null", "type-mismatch"),
        ("check(author.posts)", "wrong-argument"),
        ("check(this.author)", "wrong-argument"),
        ("check(comments)", "wrong-argument"),
        ("check(n)", "wrong-argument"),
        ("check(auth())", "wrong-argument"),
        ("check(author, 'all')", "wrong-argument"),
        ("check(author, s)", "wrong-argument"),
        ("check()", "missing-argument"),
        ("currentModel('loud') == s", "wrong-argument"),
        ("currentModel(s) == s", "wrong-argument"),
        ("currentOperation() == 1", "type-mismatch"),
        ("before().n == n", "wrong-context"),
        ("future().n == n", "wrong-context"),
        ("isEmpty(s)", "wrong-argument-type"),
        ("has(auth().names, 1)", "type-mismatch"),
        ("has(auth().profs, 1)", "wrong-operand"),
        ("has(['a'], null)", "wrong-operand"),
        ("has(comments, 1)", "wrong-operand"),
        ("hasSome(auth().names, s)", "wrong-argument-type"),
        ("hasSome(auth().names, [1])", "type-mismatch"),
        ("hasEvery([1], auth().names)", "type-mismatch"),
        ("search(s, 'x')", "wrong-provider"),
        ("search(s, 'x y')", "wrong-argument"),
    ] {
        assert_eq!(vector(rule), [code], "{rule}");
    }
}

#[test]
fn ancestors_above_each_other() {
    let chain = |length: usize| {
        let links = (0..length).map(|at| format!("type T{at} with T{} {{ a{at} Int }}\n", at + 1));
        let links: String = links.collect();
        codes(&format!("{links}type T{length} {{ id Int @id }}\nmodel M with T0 {{ @@allow('all', true) }}"))
    };
    assert_eq!(chain(60), [""; 0]);
    assert!(chain(70).contains(&"nesting-too-deep"));
}

#[test]
fn expressions_nested_too_deeply() {
    let deep = format!("{}a{}", "(".repeat(150), ")".repeat(150));
    assert_eq!(vector(&deep), ["nesting-too-deep"]);
    assert_eq!(vector(&vec!["(n < 3)"; 60].join(" == ")), ["nesting-too-deep"]);
    assert_eq!(vector("n < 3 == a == b == c"), [""; 0]);
    let long = vec!["a"; 400].join(" || ");
    assert_eq!(vector(&long), [""; 0]);
}

#[test]
fn rules_on_fields() {
    let schema = |rule: &str, on_relation: &str| {
        codes(&format!(
            "type Me {{ id Int @id @@auth }}
             model A {{ id Int @id n Int? {rule} bId Int? b B? @relation(fields: [bId], references: [id]) {on_relation}
               @@allow('all', true) }}
             model B {{ id Int @id n Int? as A[] @@allow('all', true) }}"
        ))
    };
    for (rule, expected) in [
        ("@allow('read', auth().id == id)", ""),
        ("@allow('read,update', check(b, 'read')) @deny('all', n != null && b.n == n)", ""),
        ("@allow('update', true, true)", ""),
        ("@deny('update', true, true)", "wrong-argument"),
        ("@allow('create', true)", "unknown-operation"),
        ("@allow('delete', true)", "unknown-operation"),
        ("@allow('post-update', true)", "unknown-operation"),
        ("@allow('update', before().n == n)", "wrong-context"),
        ("@deny('update', future().n == n)", "wrong-context"),
        ("@allow('read', n)", "not-a-condition"),
    ] {
        let expected: Vec<&str> = Some(expected).into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(schema(rule, ""), expected, "{rule}");
    }
    assert_eq!(schema("", "@allow('read', true)"), ["rule-on-relation"]);
}

#[test]
fn states_of_an_updated_row() {
    let schema = |rule: &str| {
        codes(&format!(
            "model A {{ id Int @id n Int? bId Int? b B? @relation(fields: [bId], references: [id]) cs C[]
               @@allow('read', true) {rule} }}
             model B {{ id Int @id n Int? as A[] @@allow('all', true) }}
             model C {{ id Int @id n Int? aId Int a A @relation(fields: [aId], references: [id]) @@allow('all', true) }}"
        ))
    };
    for (rule, expected) in [
        ("@@allow('post-update', before().n == n)", ""),
        ("@@deny(' post-update ', before() != this)", ""),
        ("@@allow('post-update', cs?[n == before().n])", ""),
        ("@@allow('post-update', before().b.n == n)", "relation-before"),
        ("@@allow('post-update', before().b == null)", "relation-before"),
        ("@@allow('post-update', before().cs?[true])", "relation-before"),
        ("@@allow('post-update,update', before().n == n)", "wrong-context"),
        ("@@allow('update', before().n == n)", "wrong-context"),
        ("@@allow('update', future().n == n)", ""),
        ("@@allow('update', future().b.n == n && future().cs?[this.n == n])", ""),
        ("@@allow('update,delete', future().n == n)", "wrong-context"),
        ("@@allow('post-update', future().n == n)", "wrong-context"),
    ] {
        let expected: Vec<&str> = Some(expected).into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(schema(rule), expected, "{rule}");
    }
}

#[test]
fn comparing_the_caller_with_rows() {
    let schema = |rule: &str| {
        codes(&format!(
            "model User {{ id Int @id age Int? posts Post[] @@allow('all', auth() == this) }}
             model Post {{ id Int @id authorId Int author User @relation(fields: [authorId], references: [id])
               @@allow('read', {rule}) }}"
        ))
    };
    for rule in ["auth() == author", "auth() != author", "author == auth()", "auth().age > 1", "auth().age == null"] {
        assert_eq!(schema(rule), [""; 0], "{rule}");
    }
    assert_eq!(schema("auth() == this"), ["type-mismatch"]);
    assert_eq!(schema("auth().posts?[id == this.id && author.posts^[id == 1]]"), [""; 0]);
    assert_eq!(schema("auth().posts.id == 1"), ["member-of-list"]);
    assert_eq!(schema("auth() == authorId"), ["type-mismatch"]);
}

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
