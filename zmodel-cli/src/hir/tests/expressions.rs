//! Conditions of rules, and what is reported about them.

use crate::testing::{check_whole, codes};

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
