//! Large schemas that are full of rules.

use std::fmt::Write as _;

/// A schema with an even number of models, each with ten fields, three relations and three rules.
pub(crate) fn schema(models: usize) -> String {
    let mut text = String::from(
        "datasource db { provider = \"sqlite\" }\n\n\
         type Caller {\n  id String @id\n  role Role?\n  @@auth\n}\n\n\
         enum Role { MEMBER MANAGER ADMIN }\n",
    );
    for at in 0..models {
        let (next, previous, twin) = ((at + 1) % models, (at + models - 1) % models, at ^ 1);
        // Of each two models the first holds the key of what they have with each other.
        let (twin_key, twin) = if at % 2 == 0 {
            ("twinId String? @unique", format!("Thing{twin}? @relation(\"twin\", fields: [twinId], references: [id])"))
        } else {
            ("note String?", format!("Thing{twin}? @relation(\"twin\")"))
        };
        let _ = write!(
            text,
            r#"
/// The thing with the number {at}.
model Thing{at} {{
  id        String     @id @default(cuid())
  createdAt DateTime   @default(now())
  updatedAt DateTime   @updatedAt
  title     String
  /// How good it is.
  score     Int        @default(0)
  price     Decimal?
  needs     Role       @default(MEMBER)
  ownerId   String     @map("owner_id")
  nextId    String?
  {twin_key}
  next      Thing{next}? @relation("chain", fields: [nextId], references: [id], onDelete: SetNull)
  previous  Thing{previous}[] @relation("chain")
  twin      {twin}

  @@allow('all', auth() != null && auth().id == ownerId)
  @@allow('read', needs == MEMBER || auth().role == needs || next.title == 'open')
  @@deny('delete', previous?[score > 10 && twin.ownerId != this.ownerId])
}}
"#
        );
    }
    text
}
