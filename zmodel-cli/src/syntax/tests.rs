use crate::source::SourceMap;
use super::*;
#[test]
fn smoke() {
    let text = r#"
import "./a"
/// A user.
model User extends Base with A, B { /// trailing
  /// the id
  id Int @id @default(autoincrement()) /// more
  type String @db.VarChar(255)
  model Foo?
  posts Post[] @relation("x", fields: [a, b], references: [id(sort: Desc)])
  full(a: Int, b: String?) String @computed
  loc Unsupported("point")?
  @@allow('read', auth() != null && !(posts?[p, p.n == this.n || a in [1, -2]]) && {a: 1, "b": [],} == null)
}
enum Role { ADMIN @map("x") USER in with }
function f(a: Int): Boolean { a == 1 } @@@expressionContext([A])
attribute @a(_ b: Int? @@@x(['a']), c: String[]) @@@once
mutation procedure p(a: Int): User[]
datasource db { provider = "sqlite" url = env("X") extensions = [a, postgis(version: "3")] }
plugin policy { provider = "x" o = { a: 1 } }
"#;
    let mut d = Diagnostics::default();
    let mut m = SourceMap::new();
    let f = m.add("s.zmodel", text);
    let t = parse(f, text, &mut d);
    println!("{t:#?}");
    assert!(d.is_empty(), "{d:#?}");
}
