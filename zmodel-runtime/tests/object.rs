//! Structs and enums of generated code in formats of serde: what the derive of serde would read and write, is.
#![expect(clippy::unwrap_used, reason = "a test may")]

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer, U32Deserializer};
use zmodel_runtime::model::Patch;
use zmodel_runtime::serde;

#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: i32,
    r#type: String,
    body: Option<String>,
}

zmodel_runtime::object!(row Row { id "id", r#type "type", body "bodyText" });

#[derive(Debug, Clone, PartialEq)]
struct New<AuthorIdKey = i32> {
    title: String,
    author_id: AuthorIdKey,
}

zmodel_runtime::object!(new New[AuthorIdKey] { title "title", author_id "authorId" });

#[derive(Debug, Clone, PartialEq, Default)]
struct Nothing {}

zmodel_runtime::object!(new Nothing[] {});

#[derive(Debug, Clone, PartialEq, Default)]
struct Changes {
    title: Patch<String>,
    body: Patch<Option<String>>,
}

zmodel_runtime::object!(changes Changes { title "title", body "body" });

#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Admin,
    Member,
}

impl Role {
    const ALL: &'static [Self] = &[Self::Admin, Self::Member];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Member => "member",
        }
    }
}

zmodel_runtime::object!(enum Role { Admin "ADMIN", Member "member" });

fn row() -> Row {
    Row { id: 1, r#type: "note".into(), body: None }
}

fn refusal<'t, T: Deserialize<'t> + std::fmt::Debug>(text: &'t str) -> String {
    serde_json::from_str::<T>(text).unwrap_err().to_string()
}

#[test]
fn members_have_the_names_of_the_schema_and_any_order() {
    let text = r#"{"id":1,"type":"note","bodyText":null}"#;
    assert_eq!(serde_json::to_string(&row()).unwrap(), text);
    assert_eq!(serde_json::from_str::<Row>(text).unwrap(), row());
    let other_order = r#"{"type":"note","id":1}"#;
    assert_eq!(serde_json::from_str::<Row>(other_order).unwrap(), row(), "an optional member may be absent");
    assert_eq!(serde_json::from_value::<Row>(serde_json::to_value(row()).unwrap()).unwrap(), row());
}

#[test]
fn a_row_passes_over_what_it_does_not_know() {
    let text = r#"{"id":1,"more":{"id":[2]},"type":"note"}"#;
    assert_eq!(serde_json::from_str::<Row>(text).unwrap(), row());
}

#[test]
fn what_is_wrong_is_said_with_its_name_and_place() {
    assert_eq!(refusal::<Row>(r#"{"id":1}"#), "missing field `type` at line 1 column 8");
    assert_eq!(refusal::<Row>(r#"{"id":1,"id":2,"type":"a"}"#), "duplicate field `id` at line 1 column 12");
    assert_eq!(
        refusal::<Row>(r#"{"id":"x","type":"a"}"#),
        "invalid type: string \"x\", expected i32 at line 1 column 9"
    );
    assert_eq!(refusal::<Row>("7"), "invalid type: integer `7`, expected struct Row at line 1 column 1");
    assert_eq!(
        refusal::<New<i32>>(r#"{"title":"a","authorId":1,"id":9}"#),
        "unknown field `id`, expected `title` or `authorId` at line 1 column 30"
    );
    assert_eq!(
        refusal::<Changes>(r#"{"titel":"a"}"#),
        "unknown field `titel`, expected `title` or `body` at line 1 column 8"
    );
    assert_eq!(refusal::<Changes>(r#"{"title":null}"#), "invalid type: null, expected a string at line 1 column 13");
}

#[test]
fn changes_keep_what_is_absent_and_set_what_is_null() {
    assert_eq!(serde_json::from_str::<Changes>("{}").unwrap(), Changes::default());
    let changes = serde_json::from_str::<Changes>(r#"{"body":null}"#).unwrap();
    assert_eq!(changes, Changes { title: Patch::Keep, body: Patch::Set(None) });
}

#[test]
fn a_new_row_can_leave_its_keys_to_a_parameter() {
    let new = New { title: "a".into(), author_id: Some(3) };
    let text = serde_json::to_string(&new).unwrap();
    assert_eq!(text, r#"{"title":"a","authorId":3}"#);
    assert_eq!(serde_json::from_str::<New<Option<i32>>>(&text).unwrap(), new);
    assert_eq!(
        serde_json::from_str::<New<Option<i32>>>(r#"{"title":"a"}"#).unwrap(),
        New { title: "a".into(), author_id: None }
    );
    assert_eq!(serde_json::from_str::<Nothing>("{}").unwrap(), Nothing {});
    assert_eq!(serde_json::to_string(&Nothing {}).unwrap(), "{}");
}

#[test]
fn a_format_without_names_has_the_order_of_the_struct() {
    assert_eq!(serde_json::from_str::<Row>(r#"[1,"note",null]"#).unwrap(), row());
    assert!(refusal::<Row>("[1]").starts_with("invalid length 1, expected as many values as the struct has"));
    let values: SeqDeserializer<_, serde::de::value::Error> = SeqDeserializer::new(["a", "b"].into_iter());
    let new = New::<String>::deserialize(values).unwrap();
    assert_eq!(new, New { title: "a".into(), author_id: "b".into() });
}

#[test]
fn a_format_with_numbers_for_names_is_read() {
    let members = [(0_u32, "a"), (1, "b")].into_iter();
    let map: MapDeserializer<'_, _, serde::de::value::Error> = MapDeserializer::new(members);
    assert_eq!(New::<String>::deserialize(map).unwrap(), New { title: "a".into(), author_id: "b".into() });
    let map: MapDeserializer<'_, _, serde::de::value::Error> = MapDeserializer::new([(2_u32, "a")].into_iter());
    assert!(New::<String>::deserialize(map).is_err());
}

#[test]
fn an_enum_is_the_name_of_its_member() {
    assert_eq!(serde_json::to_string(&[Role::Admin, Role::Member]).unwrap(), r#"["ADMIN","member"]"#);
    assert_eq!(serde_json::from_str::<Role>(r#""member""#).unwrap(), Role::Member);
    assert_eq!(
        refusal::<Role>(r#""Admin""#),
        "unknown variant `Admin`, expected `ADMIN` or `member` at line 1 column 7"
    );
    let text: StrDeserializer<'_, serde::de::value::Error> = serde::de::IntoDeserializer::into_deserializer("ADMIN");
    assert_eq!(Role::deserialize(text).unwrap(), Role::Admin);
    let number: U32Deserializer<serde::de::value::Error> = serde::de::IntoDeserializer::into_deserializer(1_u32);
    assert_eq!(Role::deserialize(number).unwrap(), Role::Member);
    let map = std::collections::BTreeMap::from([("role", Role::Admin)]);
    assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"role":"ADMIN"}"#);
}
