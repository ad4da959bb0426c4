//! The operations.

use std::future::Future;

use crate::Show;

macro_rules! operations {
    ($($name:ident $text:literal $method:ident $batch:literal $rows:literal $kind:ident,)*) => {
        /// What is measured.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operation { $($name),* }

        impl Operation {
            /// All of them, in the order in which they are measured.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($method)),* }
            }

            /// What it does, in words.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// How often it is done in one turn.
            pub const fn batch(self) -> u64 {
                match self { $(Self::$name => $batch),* }
            }

            /// How many rows it gives or changes.
            pub const fn rows(self) -> u64 {
                match self { $(Self::$name => $rows),* }
            }

            /// Whether it only reads.
            pub const fn reads(self) -> bool {
                match self { $(Self::$name => operations!(@$kind)),* }
            }

            /// The operation with this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|operation| operation.name() == name)
            }
        }
    };
    (@read) => { true };
    (@write) => { false };
}

operations! {
    FindUnique "point read: `find_unique`" find_unique 2000 1 read,
    List "filtered list of 100: `find_many` with filter, order and page" list 100 100 read,
    Nested "nested include 100 × 10 × 5" nested 2 6100 read,
    Count "`count` of 5,000 in 12,000" count 20 1 read,
    RelationRule "list of 100 under a rule about a relation" relation_rule 100 100 read,
    FindMany "`find_many` of 1,000" find_many 20 1000 read,
    OneLevel "`find_many`, one level: 100 × 10" one_level 10 1100 read,
    FindFirst "`find_first`" find_first 1000 1 read,
    FindFirstNested "`find_first`, one level: 1 × 5" find_first_nested 500 6 read,
    FindUniqueNested "`find_unique`, one level: 1 × 5" find_unique_nested 500 6 read,
    Create "`create`" create 300 1 write,
    CreateNested "nested `create` 1 + 3" create_nested 100 4 write,
    Update "`update` by id" update 300 1 write,
    UpdateNested "nested `update` 1 + 1" update_nested 100 2 write,
    Upsert "`upsert`" upsert 300 1 write,
    UpsertNested "nested `upsert` 1 + 1" upsert_nested 100 2 write,
    UpdateMany "`update_many` of 1,000" update_many 10 1000 write,
    CreateMany "`create_many` of 10,000" create_many 1 10000 write,
    Delete "`delete` by id" delete 200 1 write,
}

/// One way to work with the database.
///
/// Each method is what a programmer would write with it. Where the library knows no rules, the rule is part of the
/// condition: the caller is [`ME`](crate::data::ME).
#[rustfmt::skip]
pub trait Rival: Send + Sync + 'static {
    /// A post by its id.
    fn find_unique(&self, id: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// Posts with at least so many views, the newest ids first, the second hundred.
    fn list(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// A hundred users by id, with their posts by id, with their comments by id.
    fn nested(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// How many posts have so many views.
    fn count(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// A hundred attachments of at least a size, by id. One may see those of posts that one may see.
    fn relation_rule(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// Every user, by id.
    fn find_many(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// A hundred users by id, with their posts by id.
    fn one_level(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// The first post with this title, by id.
    fn find_first(&self, views: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// The same, with its comments by id.
    fn find_first_nested(&self, views: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// A post by its id, with its comments by id.
    fn find_unique_nested(&self, id: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// A new post of the caller, as it is then in the database.
    fn create(&self, n: i32) -> impl Future<Output = (i32, impl Show + Send)> + Send;
    /// A new post of the caller with three approved comments, as they are then, by id; all or nothing.
    fn create_nested(&self, n: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// A post of the caller gets another title; as it is then.
    fn update(&self, id: i32, title: String) -> impl Future<Output = impl Show + Send> + Send;
    /// The same, and one of its comments another text; both or neither. The post as it is then.
    fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Future<Output = impl Show + Send> + Send;
    /// A tag is used once more, or made; as it is then.
    fn upsert(&self, name: String) -> impl Future<Output = impl Show + Send> + Send;
    /// As `update_nested` if the post is there, otherwise it is made with a comment.
    fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Future<Output = impl Show + Send> + Send;
    /// The caller's tasks of batch 0 get a priority; how many they were.
    fn update_many(&self, priority: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// So many new tasks of the caller in batch 1; how many they are.
    fn create_many(&self, many: i32) -> impl Future<Output = impl Show + Send> + Send;
    /// A post of the caller is gone.
    fn delete(&self, id: i32) -> impl Future<Output = impl Show + Send> + Send;

    /// The tasks of batch 1 are gone. Not measured.
    fn clear(&self) -> impl Future<Output = ()> + Send;
    /// How many comments have a text that none has: a long statement.
    fn long(&self) -> impl Future<Output = impl Show + Send> + Send;
    /// How many requests it has sent to the database, if it is known.
    fn requests(&self) -> Option<u64> {
        None
    }
}
