//! What schemas become.

use zmodel_runtime::schema::{
    CallerPath, Collection, Comparison, Condition, Default, Effect, EnumId, FieldId, Generator, Items, Literal,
    ModelId, Needle, Operand, Operation, Operations, Place, Provider, Quantifier, ReferentialAction, RelationId, Row,
    Schema, ShapeId, ShapeType, Type,
};

use crate::testing::lower;

const BLOG: &str = "model User {
    id String @id
    @@ignore
}

model Post {
  id String @id @default(cuid())
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
  title String
  published Boolean @default(false)
  authorId String // stores Clerk's user ID

  // author has full access
  @@allow('all', auth() != null && auth().id == authorId)

  // logged-in users can view published posts
  @@allow('read', auth() != null
      && published) // really
}";

fn field(at: u16) -> Operand {
    Operand::Field(Row(0), vec![].into(), FieldId(at))
}

fn caller(path: &[u16]) -> Operand {
    Operand::Caller(CallerPath { from: None, members: path.to_vec().into() })
}

fn not(condition: Condition) -> Condition {
    super::condition::not(condition)
}

#[test]
fn the_blog() {
    let schema = lower(BLOG);
    assert_eq!(schema.provider, Provider::Sqlite);
    assert_eq!(schema.auth, Some(ShapeId(0)));
    let shape = &schema.shapes[0];
    assert_eq!((shape.name.as_ref(), shape.id.to_vec(), shape.members.len()), ("User", vec![0], 1));
    assert_eq!(shape.members[0].ty, ShapeType::Scalar(Type::String));
    assert!(!shape.members[0].optional && !shape.members[0].list);

    let [post] = schema.models.as_ref() else { panic!("only posts have a table") };
    let columns: Vec<(&str, Type)> = post.fields.iter().map(|field| (field.column.as_ref(), field.ty)).collect();
    let expected = [
        ("id", Type::String),
        ("createdAt", Type::DateTime),
        ("updatedAt", Type::DateTime),
        ("title", Type::String),
        ("published", Type::Boolean),
        ("authorId", Type::String),
    ];
    assert_eq!(columns, expected);
    assert_eq!(post.id.as_ref(), [FieldId(0)]);
    assert_eq!(post.fields[0].default, Some(Default::Generated(Generator::Cuid, None)));
    assert_eq!(post.fields[1].default, Some(Default::Now));
    assert_eq!(post.fields[2].updated_at.as_deref(), Some(&[][..]));
    assert_eq!(post.fields[4].default, Some(Default::Literal(Literal::Boolean(false))));
    assert!(post.relations.is_empty() && post.uniques.is_empty() && post.indexes.is_empty());

    let [all, read] = post.rules.as_ref() else { panic!("two rules") };
    assert_eq!((all.effect, all.operations), (Effect::Allow, Operations::ALL));
    assert_eq!(all.text, "auth() != null && auth().id == authorId");
    assert_eq!(all.place, Place { file: "schema.zmodel".into(), line: 15, column: 3 });
    let own = Condition::Compare(Comparison::Equal, caller(&[0]), field(5));
    assert_eq!(all.condition, Condition::All(vec![not(Condition::Anonymous), own].into()));
    assert_eq!(read.operations, Operations::NONE.with(Operation::Read));
    assert_eq!(read.text, "auth() != null && published");
    assert_eq!(read.condition, Condition::All(vec![not(Condition::Anonymous), Condition::Holds(field(4))].into()));
}

#[test]
fn relations_from_both_sides() {
    let schema = lower(
        "model Team { a Int b String @map('bee') name String @unique members Member[] @@id([a, b]) @@map('teams')
           @@index([b, a]) @@unique([a, name], map: 'mine') @@allow('all', true) }
         model Ghost { id Int @id @@ignore }
         model Member { id Int @id @default(autoincrement()) hidden Int? @ignore x Int? y String? @map('why')
           team Team? @relation(fields: [x, y], references: [a, b], onUpdate: Restrict)
           @@unique([x, y]) @@allow('all', true) }",
    );
    let team = schema.model(ModelId(0)).unwrap();
    assert_eq!(team.id.as_ref(), [FieldId(0), FieldId(1)]);
    let uniques: Vec<(&str, &[FieldId])> = team.uniques.iter().map(|u| (u.name.as_ref(), u.fields.as_ref())).collect();
    assert_eq!(uniques, [("teams_name_key", &[FieldId(2)][..]), ("mine", &[FieldId(0), FieldId(2)][..])]);
    assert_eq!(team.indexes[0].name, "teams_bee_a_idx");
    let members = &team.relations[0];
    assert_eq!(
        (members.name.as_ref(), members.target, members.many, members.owner),
        ("members", ModelId(1), true, false)
    );
    assert_eq!(members.on.as_ref(), [(FieldId(0), FieldId(2)), (FieldId(1), FieldId(3))]);

    let member = schema.model(ModelId(1)).unwrap();
    let names: Vec<&str> = member.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(names, ["id", "hidden", "x", "y"]);
    assert_eq!(member.uniques[0].name, "Member_x_why_key");
    let team = &member.relations[0];
    assert_eq!((team.target, team.many, team.owner), (ModelId(0), false, true));
    assert_eq!(team.on.as_ref(), [(FieldId(2), FieldId(0)), (FieldId(3), FieldId(1))]);
    assert_eq!((team.on_delete, team.on_update), (ReferentialAction::SetNull, ReferentialAction::Restrict));
}

/// A schema with a synchronised user, whose id has two fields, and the condition of a rule of its posts.
fn condition(rule: &str) -> Condition {
    let schema = lower(&format!(
        "enum Role {{ ADMIN USER @map('user') }}
         model User {{ org Int id Int name String? role Role posts Post[] tags Tag[] @@id([org, id]) @@allow('all', auth() == this) }}
         model Tag {{ id Int @id n Int uo Int u Int user User @relation(fields: [uo, u], references: [org, id]) @@allow('all', true) }}
         model Post {{ id Int @id n Int nn Int? s String a Boolean role Role o Int? u Int?
           author User? @relation(fields: [o, u], references: [org, id]) @@allow('read', {rule}) }}"
    ));
    schema.models[2].rules[0].condition.clone()
}

fn author(at: u16) -> Operand {
    Operand::Field(Row(0), vec![RelationId(0)].into(), FieldId(at))
}

fn int(value: i64) -> Operand {
    Operand::Literal(Literal::Int(value))
}

fn equal(left: Operand, right: Operand) -> Condition {
    Condition::Compare(Comparison::Equal, left, right)
}

#[test]
fn conditions() {
    let is_author = || Condition::All(vec![equal(caller(&[0]), author(0)), equal(caller(&[1]), author(1))].into());
    let admin = || Operand::Member(EnumId(0), 0);
    let user = || Operand::Member(EnumId(0), 1);
    let holds = || Condition::Holds(field(4));
    for (rule, expected) in [
        ("true", Condition::Constant(true)),
        ("!true", Condition::Constant(false)),
        ("a", holds()),
        ("!a", not(holds())),
        ("auth() == author", is_author()),
        ("auth() != author", not(is_author())),
        ("auth() == null", Condition::Anonymous),
        ("author == null", Condition::Missing(Row(0), vec![RelationId(0)].into())),
        ("author != null", not(Condition::Missing(Row(0), vec![RelationId(0)].into()))),
        ("nn == null", Condition::IsNull(field(2))),
        ("author.name == null", Condition::IsNull(author(2))),
        ("auth().name == null", Condition::IsNull(caller(&[2]))),
        ("null == null", Condition::Constant(true)),
        ("null == nn", Condition::IsNull(field(2))),
        ("null != nn", not(Condition::IsNull(field(2)))),
        ("n != 1", Condition::Compare(Comparison::NotEqual, field(1), int(1))),
        ("n >= -1", Condition::Compare(Comparison::GreaterOrEqual, field(1), int(-1))),
        ("role == USER", equal(field(5), user())),
        ("'USER' == role", equal(user(), field(5))),
        ("auth().role == ADMIN", equal(caller(&[3]), admin())),
        (
            "role in [ADMIN, 'USER', auth().role]",
            Condition::In(field(5), Items::Written(vec![admin(), user(), caller(&[3])].into())),
        ),
        ("a == true", equal(field(4), Operand::Literal(Literal::Boolean(true)))),
        ("(n < 3) == true", Condition::Compare(Comparison::Less, field(1), int(3))),
        ("(n < 3) != true", not(Condition::Compare(Comparison::Less, field(1), int(3)))),
        ("contains(s, auth().name, true)", Condition::Text(Needle::Contains, field(3), caller(&[2]), true)),
        (
            "a && a && (a && a)",
            Condition::All(vec![holds(), holds(), Condition::All(vec![holds(), holds()].into())].into()),
        ),
    ] {
        assert_eq!(condition(rule), expected, "{rule}");
    }
}

#[test]
fn a_condition_compared_with_another() {
    let less = || Condition::Compare(Comparison::Less, field(1), int(3));
    let holds = || Condition::Holds(field(4));
    let expected = Condition::Any(
        vec![Condition::All(vec![less(), holds()].into()), Condition::All(vec![not(less()), not(holds())].into())]
            .into(),
    );
    assert_eq!(condition("n < 3 == a"), expected);
}

#[test]
fn predicates_see_rows_around_them() {
    let found = condition("author.tags?[t, user.posts![p, p.n == t.n && n == this.n && p.author == this.author]]");
    let Condition::Quantified(Quantifier::Some, tags, inner) = &found else { panic!("{found:?}") };
    assert_eq!(*tags, Collection { row: Row(0), through: vec![RelationId(0)].into(), relation: RelationId(1) });
    let Condition::Quantified(Quantifier::Every, posts, inner) = &**inner else { panic!("{inner:?}") };
    assert_eq!(*posts, Collection { row: Row(0), through: vec![RelationId(0)].into(), relation: RelationId(0) });
    let Condition::All(parts) = &**inner else { panic!("{inner:?}") };
    let at = |row: u8, field: u16| Operand::Field(Row(row), vec![].into(), FieldId(field));
    assert_eq!(parts[0], equal(at(0, 1), at(1, 1)));
    assert_eq!(parts[1], equal(at(0, 1), at(2, 1)));
    let through = |row: u8, field: u16| Operand::Field(Row(row), vec![RelationId(0)].into(), FieldId(field));
    let same = Condition::All(vec![equal(through(0, 0), through(2, 0)), equal(through(0, 1), through(2, 1))].into());
    assert_eq!(parts[2], same);
}

#[test]
fn shapes_of_context_types() {
    let schema: Schema = lower(
        "type Me { id String @id name String? roles String[] org Org? orgs Org[] role Role? @@auth }
         type Org { id String @id owner Me? } type Other { x Int } enum Role { A }
         model Post { id Int @id org String @default(auth().org.id) s String
           @@allow('read', s in auth().roles && auth().org.id == org) }",
    );
    let names: Vec<&str> = schema.shapes.iter().map(|shape| shape.name.as_ref()).collect();
    assert_eq!(names, ["Me", "Org"]);
    let me = &schema.shapes[0];
    assert!(me.members[2].list && me.members[3].optional && me.members[4].list);
    assert_eq!(me.members[4].ty, ShapeType::Shape(ShapeId(1)));
    assert_eq!(schema.shapes[1].members[1].ty, ShapeType::Shape(ShapeId(0)));
    let post = &schema.models[0];
    assert_eq!(post.fields[1].default, Some(Default::Caller(vec![3, 0].into())));
    let Condition::All(parts) = &post.rules[0].condition else { panic!("two parts") };
    assert_eq!(parts[0], Condition::In(field(2), Items::Caller(CallerPath { from: None, members: vec![2].into() })));
    assert_eq!(parts[1], equal(caller(&[3, 0]), field(1)));
}

#[test]
fn the_shape_of_a_synchronised_user() {
    let schema = lower(
        "type Prefs { dark Boolean }
         model User { id String @id posts Post[] email String age Int? prefs Prefs @json @@allow('all', auth() == this) }
         model Post { id Int @id u String user User @relation(fields: [u], references: [id]) @@allow('all', auth().email == u) }",
    );
    let user = &schema.shapes[0];
    let members: Vec<(&str, bool)> = user.members.iter().map(|m| (m.name.as_ref(), m.optional)).collect();
    assert_eq!(members, [("id", false), ("email", true), ("age", true)]);
    assert_eq!(schema.models[0].rules[0].condition, equal(caller(&[0]), field(0)));
    assert_eq!(schema.models[1].rules[0].condition, equal(caller(&[1]), field(1)));
}

#[test]
fn mixins_and_abstract_models() {
    let schema = lower(
        "type Base { id String @id @default(uuid(7)) @@allow('delete', false) }
         abstract model Named { name String @@index([name]) @@allow('read', name == 'x') }
         model A extends Named with Base { n Int @@allow('create', n > 1) }
         model B with Base { at DateTime @default('2020-02') @@allow('read', true) }",
    );
    let a = &schema.models[0];
    let names: Vec<&str> = a.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(names, ["id", "name", "n"]);
    assert_eq!(a.indexes[0].name, "A_name_idx");
    let rules: Vec<&str> = a.rules.iter().map(|rule| rule.text.as_ref()).collect();
    assert_eq!(rules, ["false", "name == 'x'", "n > 1"]);
    assert_eq!(a.rules[1].condition, equal(field(1), Operand::Literal(Literal::String("x".into()))));
    let at = &schema.models[1].fields[1];
    assert_eq!(at.default, Some(Default::Literal(Literal::String("2020-02-01T00:00:00Z".into()))));
}

#[test]
fn documents_are_what_is_kept_or_passed() {
    let schema = lower(
        "type Kept { inner Inner? } type Inner { n Int } type Passed { n Int } type Given { n Int } type Other { n Int }
         model Post { id Int @id kept Kept[] @json @@allow('all', true) }
         model Ghost { id Int @id other Other @json @@ignore }
         procedure find(what: Passed): Given",
    );
    let names: Vec<&str> = schema.documents.iter().map(|document| document.name.as_ref()).collect();
    assert_eq!(names, ["Kept", "Inner", "Passed", "Given"]);
}
