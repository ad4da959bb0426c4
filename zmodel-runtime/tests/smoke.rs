#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    clippy::allow_attributes
)]
use std::borrow::Cow;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::client::Operations;
use zmodel_runtime::engine::{Engine, Session};
use zmodel_runtime::field::Field;
use zmodel_runtime::filter::Filter;
use zmodel_runtime::include::{Many, One};
use zmodel_runtime::model::{Model, Row, Values};
use zmodel_runtime::schema as s;
use zmodel_runtime::value::{ContextValue, IntoContext};
use zmodel_runtime::{DateTime, Result};

const fn t(x: &'static str) -> s::Text {
    Cow::Borrowed(x)
}
const fn f(name: &'static str, ty: s::Type, optional: bool, default: Option<s::Default>) -> s::Field {
    s::Field { name: t(name), column: t(name), ty, optional, default, updated_at: false }
}
const fn rule(effect: s::Effect, ops: u8, c: s::Condition) -> s::Rule {
    s::Rule {
        effect,
        operations: s::Operations(ops),
        condition: c,
        text: t(""),
        place: s::Place { file: t(""), line: 1, column: 1 },
    }
}
const ROW: s::Row = s::Row(0);
static SCHEMA: s::Schema = s::Schema {
    provider: s::Provider::Sqlite,
    models: Cow::Borrowed(&[
        s::Model {
            name: t("Post"),
            table: s::TableName::new("Post"),
            fields: Cow::Borrowed(&[
                f("id", s::Type::String, false, Some(s::Default::Generated(s::Generator::Cuid))),
                f("title", s::Type::String, false, None),
                f("published", s::Type::Boolean, false, Some(s::Default::Literal(s::Literal::Boolean(false)))),
                f("authorId", s::Type::String, false, None),
                f("createdAt", s::Type::DateTime, false, Some(s::Default::Now)),
                f("score", s::Type::Float, true, None),
                f("data", s::Type::Bytes, true, None),
            ]),
            relations: Cow::Borrowed(&[s::Relation {
                name: t("comments"),
                target: s::ModelId(1),
                on: Cow::Borrowed(&[(s::FieldId(0), s::FieldId(2))]),
                many: true,
                owner: false,
                on_delete: s::ReferentialAction::NoAction,
                on_update: s::ReferentialAction::NoAction,
            }]),
            id: Cow::Borrowed(&[s::FieldId(0)]),
            uniques: Cow::Borrowed(&[]),
            indexes: Cow::Borrowed(&[]),
            rules: Cow::Borrowed(&[
                rule(
                    s::Effect::Allow,
                    15,
                    s::Condition::All(Cow::Borrowed(&[
                        s::Condition::Not(s::Node::Static(&s::Condition::Anonymous)),
                        s::Condition::Compare(
                            s::Comparison::Equal,
                            s::Operand::Caller(Cow::Borrowed(&[0])),
                            s::Operand::Field(ROW, Cow::Borrowed(&[]), s::FieldId(3)),
                        ),
                    ])),
                ),
                rule(
                    s::Effect::Allow,
                    2,
                    s::Condition::All(Cow::Borrowed(&[
                        s::Condition::Not(s::Node::Static(&s::Condition::Anonymous)),
                        s::Condition::Holds(s::Operand::Field(ROW, Cow::Borrowed(&[]), s::FieldId(2))),
                    ])),
                ),
            ]),
        },
        s::Model {
            name: t("Comment"),
            table: s::TableName::new("Comment"),
            fields: Cow::Borrowed(&[
                f("id", s::Type::Int, false, Some(s::Default::AutoIncrement)),
                f("text", s::Type::String, false, None),
                f("postId", s::Type::String, false, None),
                f("score", s::Type::Float, true, None),
                f("data", s::Type::Bytes, true, None),
            ]),
            relations: Cow::Borrowed(&[s::Relation {
                name: t("post"),
                target: s::ModelId(0),
                on: Cow::Borrowed(&[(s::FieldId(2), s::FieldId(0))]),
                many: false,
                owner: true,
                on_delete: s::ReferentialAction::Cascade,
                on_update: s::ReferentialAction::Cascade,
            }]),
            id: Cow::Borrowed(&[s::FieldId(0)]),
            uniques: Cow::Borrowed(&[]),
            indexes: Cow::Borrowed(&[]),
            rules: Cow::Borrowed(&[
                // read if post.published; all if post.authorId == auth().id
                rule(
                    s::Effect::Allow,
                    2,
                    s::Condition::Holds(s::Operand::Field(ROW, Cow::Borrowed(&[s::RelationId(0)]), s::FieldId(2))),
                ),
                rule(
                    s::Effect::Allow,
                    15,
                    s::Condition::Compare(
                        s::Comparison::Equal,
                        s::Operand::Caller(Cow::Borrowed(&[0])),
                        s::Operand::Field(ROW, Cow::Borrowed(&[s::RelationId(0)]), s::FieldId(3)),
                    ),
                ),
                rule(
                    s::Effect::Deny,
                    4,
                    s::Condition::Compare(
                        s::Comparison::Greater,
                        s::Operand::Field(ROW, Cow::Borrowed(&[]), s::FieldId(3)),
                        s::Operand::Literal(s::Literal::Int(10)),
                    ),
                ),
            ]),
        },
    ]),
    enums: Cow::Borrowed(&[]),
    shapes: Cow::Borrowed(&[]),
    auth: None,
};

#[derive(Debug, Clone, PartialEq)]
struct Post {
    id: String,
    title: String,
    published: bool,
    author_id: String,
    created_at: DateTime,
    score: Option<f64>,
    data: Option<Vec<u8>>,
}
#[derive(Clone, Copy)]
struct PostFields {
    id: Field<Post, String>,
    title: Field<Post, String>,
    published: Field<Post, bool>,
    author_id: Field<Post, String>,
    score: Field<Post, Option<f64>>,
    data: Field<Post, Option<Vec<u8>>>,
    comments: Many<Post, Comment>,
}
struct PostKey(String);
impl From<&str> for PostKey {
    fn from(x: &str) -> Self {
        Self(x.into())
    }
}
impl From<PostKey> for Filter<Post> {
    fn from(k: PostKey) -> Self {
        Post::FIELDS.id.eq(k.0)
    }
}
struct PostNew {
    title: String,
    author_id: String,
}
impl From<PostNew> for Values<Post> {
    fn from(n: PostNew) -> Self {
        Values::with_capacity(2).with(Post::FIELDS.title, n.title).with(Post::FIELDS.author_id, n.author_id)
    }
}
impl Model for Post {
    const ID: s::ModelId = s::ModelId(0);
    const NAME: &'static str = "Post";
    type Fields = PostFields;
    const FIELDS: PostFields = PostFields {
        id: Field::new(s::FieldId(0)),
        title: Field::new(s::FieldId(1)),
        published: Field::new(s::FieldId(2)),
        author_id: Field::new(s::FieldId(3)),
        score: Field::new(s::FieldId(5)),
        data: Field::new(s::FieldId(6)),
        comments: Many::new(s::RelationId(0)),
    };
    type Key = PostKey;
    type New = PostNew;
    type Changes = PostNew;
    fn decode(r: &mut Row) -> Result<Self> {
        Ok(Self {
            id: r.field("id")?,
            title: r.field("title")?,
            published: r.field("p")?,
            author_id: r.field("a")?,
            created_at: r.field("c")?,
            score: r.field("score")?,
            data: r.field("d")?,
        })
    }
}
#[derive(Debug, Clone, PartialEq)]
struct Comment {
    id: i32,
    text: String,
    post_id: String,
    score: Option<f64>,
    data: Option<Vec<u8>>,
}
#[derive(Clone, Copy)]
struct CommentFields {
    id: Field<Comment, i32>,
    text: Field<Comment, String>,
    post_id: Field<Comment, String>,
    score: Field<Comment, Option<f64>>,
    data: Field<Comment, Option<Vec<u8>>>,
    post: One<Comment, Post>,
}
struct CommentKey(i32);
impl From<i32> for CommentKey {
    fn from(x: i32) -> Self {
        Self(x)
    }
}
impl From<CommentKey> for Filter<Comment> {
    fn from(k: CommentKey) -> Self {
        Comment::FIELDS.id.eq(k.0)
    }
}
struct CommentNew {
    text: String,
    post_id: String,
}
impl From<CommentNew> for Values<Comment> {
    fn from(n: CommentNew) -> Self {
        Values::with_capacity(2).with(Comment::FIELDS.text, n.text).with(Comment::FIELDS.post_id, n.post_id)
    }
}
impl Model for Comment {
    const ID: s::ModelId = s::ModelId(1);
    const NAME: &'static str = "Comment";
    type Fields = CommentFields;
    const FIELDS: CommentFields = CommentFields {
        id: Field::new(s::FieldId(0)),
        text: Field::new(s::FieldId(1)),
        post_id: Field::new(s::FieldId(2)),
        score: Field::new(s::FieldId(3)),
        data: Field::new(s::FieldId(4)),
        post: One::new(s::RelationId(0)),
    };
    type Key = CommentKey;
    type New = CommentNew;
    type Changes = CommentNew;
    fn decode(r: &mut Row) -> Result<Self> {
        Ok(Self {
            id: r.field("id")?,
            text: r.field("title")?,
            post_id: r.field("p")?,
            score: r.field("score")?,
            data: r.field("d")?,
        })
    }
}
struct User(String);
impl IntoContext for User {
    fn to_context(&self) -> ContextValue {
        ContextValue::Members(vec![self.0.to_context()].into())
    }
}

struct Log;
impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, e: &tracing::Event<'_>) {
        struct V;
        impl tracing::field::Visit for V {
            fn record_debug(&mut self, f: &tracing::field::Field, v: &dyn std::fmt::Debug) {
                print!("{}={v:?} ", f.name());
            }
        }
        e.record(&mut V);
        println!();
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn smoke() {
    let _g = tracing::subscriber::set_default(Log);
    let e = Engine::connect(Cow::Borrowed(&SCHEMA), "sqlite::memory:").unwrap();
    e.create_tables().await.unwrap();
    let ann = Session::new(e.clone(), Caller::user(&User("ann".into())));
    let bob = Session::new(e.clone(), Caller::user(&User("bob".into())));
    let anon = Session::new(e.clone(), Caller::Anonymous);
    let posts = |s| Operations::<Post>::new(s);
    let comments = |s| Operations::<Comment>::new(s);
    let p = posts(&ann)
        .create(PostNew { title: "Hi".into(), author_id: "ann".into() })
        .set(|p| p.score, 0.1)
        .await
        .unwrap();
    println!("{p:?}");
    let q = posts(&ann)
        .create(PostNew { title: "Ha_%".into(), author_id: "ann".into() })
        .set(|p| p.published, true)
        .await
        .unwrap();
    assert!(posts(&bob).create(PostNew { title: "x".into(), author_id: "ann".into() }).await.unwrap_err().is_denied());
    assert!(posts(&anon).create(PostNew { title: "x".into(), author_id: "ann".into() }).await.unwrap_err().is_denied());
    assert_eq!(posts(&anon).find_many().await.unwrap().len(), 0);
    assert_eq!(posts(&ann).find_many().await.unwrap().len(), 2);
    assert_eq!(posts(&bob).find_many().await.unwrap().len(), 1);
    for i in 0..5 {
        comments(&ann)
            .create(CommentNew { text: format!("c{i}"), post_id: q.id.clone() })
            .set(|c| c.score, 0.1 + f64::from(i))
            .set(|c| c.data, vec![1u8, 255])
            .await
            .unwrap();
    }
    comments(&ann).create(CommentNew { text: "secret".into(), post_id: p.id.clone() }).await.unwrap();
    assert!(
        comments(&bob).create(CommentNew { text: "c".into(), post_id: q.id.clone() }).await.unwrap_err().is_denied()
    );
    let all = posts(&ann)
        .find_many()
        .filter(|p| p.comments.some(|c| c.text.starts_with("c")) | !p.title.contains("_%"))
        .include(|p| (p.comments.order_by(|c| c.id.desc()).take(2).include(|c| c.post), p.comments))
        .order_by(|p| p.title.asc())
        .take(20)
        .skip(0)
        .await
        .unwrap();
    println!("{all:#?}");
    let one = comments(&bob).find_unique_or_err(1).include(|c| (c.post,)).await.unwrap();
    println!("{one:?}");
    assert!(comments(&bob).find_unique(6).await.unwrap().is_none());
    assert_eq!(
        comments(&bob)
            .count()
            .filter(|c| c.text.ends_with("1") & c.post.is(|p| p.title.ignore_case().contains("HA")))
            .await
            .unwrap(),
        1
    );
    assert!(posts(&bob).update(&*q.id).set(|p| p.title, "stolen").await.unwrap_err().is_not_found());
    assert_eq!(
        posts(&ann).update(&*q.id).set(|p| p.title, "mine").when(|p| p.published.eq(true)).await.unwrap().title,
        "mine"
    );
    assert!(posts(&bob).delete(&*q.id).await.unwrap_err().is_not_found());
    assert_eq!(comments(&ann).count().filter(|c| c.id.any_of([1, 2, 3])).take(2).await.unwrap(), 2);
    assert_eq!(posts(&ann).delete(&*q.id).await.unwrap().title, "mine");
    assert_eq!(comments(&ann).count().await.unwrap(), 1);
    let root = Session::new(e.clone(), Caller::Unguarded("test"));
    assert_eq!(posts(&root).delete(&*p.id).await.unwrap().title, "Hi");
}
