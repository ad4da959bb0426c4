//! Filling the context struct that is generated for a schema's `@@auth` type.
//!
//! Generated code implements [`FromClerk`] with a [`Reader`]; its enums and nested types implement [`FromClaim`]:
//!
//! ```
//! use serde_json::{Value, json};
//! use zmodel_runtime::clerk::claims::{Fault, FromClaim, Reader, Source, member};
//!
//! #[derive(Debug, Clone, Copy, PartialEq)]
//! enum Role { Admin, Member }
//!
//! impl FromClaim for Role {
//!     fn from_claim(value: &Value) -> Result<Self, Fault> {
//!         member(value, &[("ADMIN", Self::Admin), ("MEMBER", Self::Member)])
//!     }
//! }
//!
//! struct Team { id: String, role: Role }
//!
//! impl FromClaim for Team {
//!     fn from_claim(value: &Value) -> Result<Self, Fault> {
//!         let claims = Reader::nested(value)?;
//!         Ok(Self {
//!             id: claims.required("id", Source::Named("id"))?,
//!             role: claims.required("role", Source::Named("role"))?,
//!         })
//!     }
//! }
//!
//! let team = Team::from_claim(&json!({ "id": "t1", "role": "org:admin" }))?;
//! assert_eq!((team.id.as_str(), team.role), ("t1", Role::Admin));
//! # Ok::<(), Fault>(())
//! ```
//!
//! Invariant: a required field is never filled with nothing, and errors never quote a claim's value.

mod convert;
mod fault;

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

pub use self::convert::{FromClaim, member};
pub use self::fault::{ClaimError, Fault, JsonKind};
use super::session::{ClaimsVersion, ClerkSession, Entitlement, Verified};

/// A type that can be filled from a verified session: the user, as access rules see them.
pub trait FromClerk: Sized {
    /// Fills it.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when a claim that a field needs is missing, or has another type than the field.
    fn from_clerk(verified: &Verified) -> Result<Self, ClaimError>;
}

/// For a handler that wants everything: the session as it is.
impl FromClerk for Verified {
    fn from_clerk(verified: &Verified) -> Result<Self, ClaimError> {
        Ok(verified.clone())
    }
}

/// For a handler that needs the session but none of the custom claims.
impl FromClerk for ClerkSession {
    fn from_clerk(verified: &Verified) -> Result<Self, ClaimError> {
        Ok(verified.session.clone())
    }
}

/// A database that can act for somebody. The generated database type implements it.
pub trait SignIn {
    /// The user that rules call `auth()`.
    type User: FromClerk;
    /// The database, acting for one caller.
    type Client;

    /// A client that acts for `user`.
    fn auth(&self, user: Self::User) -> Self::Client;

    /// A client that acts for nobody: rules see `auth()` as null.
    fn anonymous(&self) -> Self::Client;
}

/// Where a field of the context struct comes from.
///
/// The compiler picks it. An explicit `@claim("path")` gives [`Path`](Self::Path); else the field's name decides,
/// without regard to case:
///
/// | field | source |
/// |-|-|
/// | the single `@id` field; `id`, `userId`, `clerkId` | [`Subject`](Self::Subject) |
/// | `sessionId` | [`SessionId`](Self::SessionId) |
/// | `orgId`, `organizationId`, `currentOrgId`, `activeOrgId`, `tenantId` | [`OrgId`](Self::OrgId) |
/// | `orgSlug`, `organizationSlug`, `currentOrgSlug` | [`OrgSlug`](Self::OrgSlug) |
/// | `orgRole`, `organizationRole`, `currentOrgRole` | [`OrgRole`](Self::OrgRole), with its `org:` |
/// | `orgPermissions`, `permissions` | [`OrgPermissions`](Self::OrgPermissions), `org:feature:permission` |
/// | `plan`, `features` | [`Plan`](Self::Plan), [`Features`](Self::Features) |
/// | `actorId`, `impersonatorId` | [`ActorId`](Self::ActorId) |
/// | anything else | [`Named`](Self::Named) |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The user's id (`sub`).
    Subject,
    /// The session's id (`sid`).
    SessionId,
    /// The id of the active organisation.
    OrgId,
    /// The slug of the active organisation.
    OrgSlug,
    /// The user's role in the active organisation, with its prefix: `org:admin`.
    OrgRole,
    /// The user's permissions in the active organisation, a list. Without an organisation it is an empty one, which
    /// is not a missing claim: there is nothing they could be permissions in.
    OrgPermissions,
    /// The slug of the plan, whoever has it.
    Plan,
    /// The names of the features, a list. Tokens of version 1 do not have this.
    Features,
    /// The id of the impersonator (`act.sub`).
    ActorId,
    /// A claim by its dotted path. A claim whose name is the whole text, dots included, comes first.
    Path(&'static str),
    /// The claim with this name, or else with this name in `snake_case`, at the top level.
    Named(&'static str),
}

/// Reads the fields of one struct from claims.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    claims: &'a Map<String, Value>,
    session: Option<&'a ClerkSession>,
}

impl<'a> Reader<'a> {
    /// Reads from a verified session.
    pub const fn new(verified: &'a Verified) -> Self {
        Self { claims: &verified.claims, session: Some(&verified.session) }
    }

    /// Reads from an object within a claim. [`Path`](Source::Path) and [`Named`](Source::Named) start at that object;
    /// the other sources belong to the session and are not available here.
    ///
    /// # Errors
    ///
    /// [`Fault::Type`] when `value` is no object.
    pub fn nested(value: &'a Value) -> Result<Self, Fault> {
        match value {
            Value::Object(claims) => Ok(Self { claims, session: None }),
            other => Err(Fault::Type { expected: "an object", found: JsonKind::of(other) }),
        }
    }

    /// The value of `field`, which must be there.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when the claim is missing, null, or no `T`.
    pub fn required<T: FromClaim>(&self, field: &'static str, source: Source) -> Result<T, ClaimError> {
        self.optional(field, source)?.ok_or_else(|| self.error(field, source, Fault::Missing))
    }

    /// The value of `field`, if the claim is there; a claim that is null is not.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when the claim is there and no `T`.
    pub fn optional<T: FromClaim>(&self, field: &'static str, source: Source) -> Result<Option<T>, ClaimError> {
        let read = |value: Cow<'a, Value>| T::from_claim(&value);
        self.find(source)
            .and_then(|found| found.map(read).transpose())
            .map_err(|fault| self.error(field, source, fault))
    }

    /// The values of the list `field`, which must be there, if only as an empty array.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when the claim is missing, null, no array, or an element is null or no `T`.
    pub fn required_list<T: FromClaim>(&self, field: &'static str, source: Source) -> Result<Vec<T>, ClaimError> {
        self.optional_list(field, source)?.ok_or_else(|| self.error(field, source, Fault::Missing))
    }

    /// The values of the list `field`, if the claim is there; a claim that is null is not.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when the claim is there and no array, or an element is null or no `T`.
    pub fn optional_list<T: FromClaim>(
        &self,
        field: &'static str,
        source: Source,
    ) -> Result<Option<Vec<T>>, ClaimError> {
        let found = self.find(source).map_err(|fault| self.error(field, source, fault))?;
        let Some(value) = found else { return Ok(None) };
        let Value::Array(items) = value.as_ref() else {
            let fault = Fault::Type { expected: "an array", found: JsonKind::of(&value) };
            return Err(self.error(field, source, fault));
        };
        let element = |(index, item): (usize, &Value)| {
            let read = if item.is_null() { Err(Fault::Missing) } else { T::from_claim(item) };
            read.map_err(|fault| self.error(field, source, fault).at(field, self.path(source), index))
        };
        items.iter().enumerate().map(element).collect::<Result<_, _>>().map(Some)
    }

    fn find(&self, source: Source) -> Result<Option<Cow<'a, Value>>, Fault> {
        let found = match source {
            Source::Path(path) => self.walk(path)?.map(Cow::Borrowed),
            Source::Named(name) => {
                self.claims.get(name).or_else(|| self.claims.get(&snake_case(name))).map(Cow::Borrowed)
            }
            of_session => from_session(self.session.ok_or(Fault::NoSession)?, of_session).map(Cow::Owned),
        };
        Ok(found.filter(|value| !value.is_null()))
    }

    fn walk(&self, path: &str) -> Result<Option<&'a Value>, Fault> {
        if let Some(literal) = self.claims.get(path) {
            return Ok(Some(literal));
        }
        let mut keys = path.split('.');
        let mut value = keys.next().and_then(|key| self.claims.get(key));
        for key in keys {
            value = match value {
                None | Some(Value::Null) => return Ok(None),
                Some(Value::Object(object)) => object.get(key),
                Some(other) => return Err(Fault::Type { expected: "an object", found: JsonKind::of(other) }),
            };
        }
        Ok(value)
    }

    fn error(&self, field: &'static str, source: Source, fault: Fault) -> ClaimError {
        ClaimError::new(field, self.path(source), fault)
    }

    /// What the claim is called in a token of this version.
    fn path(&self, source: Source) -> &'static str {
        let is_v2 = self.session.is_some_and(|session| session.version == ClaimsVersion::V2);
        match source {
            Source::Subject => "sub",
            Source::SessionId => "sid",
            Source::OrgId if is_v2 => "o.id",
            Source::OrgId => "org_id",
            Source::OrgSlug if is_v2 => "o.slg",
            Source::OrgSlug => "org_slug",
            Source::OrgRole if is_v2 => "o.rol",
            Source::OrgRole => "org_role",
            Source::OrgPermissions if is_v2 => "o.per",
            Source::OrgPermissions => "org_permissions",
            Source::Plan => "pla",
            Source::Features => "fea",
            Source::ActorId => "act.sub",
            Source::Path(path) | Source::Named(path) => path,
        }
    }
}

/// Prints the names of the claims, never their values.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("claims", &self.claims.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

fn from_session(session: &ClerkSession, source: Source) -> Option<Value> {
    let org = session.org.as_ref();
    let name = |entitlement: &Entitlement| Value::from(entitlement.name.as_str());
    match source {
        Source::Subject => Some(session.user_id.as_str().into()),
        Source::SessionId => session.session_id.as_deref().map(Value::from),
        Source::OrgId => org.map(|org| org.id.as_str().into()),
        Source::OrgSlug => org?.slug.as_deref().map(Value::from),
        Source::OrgRole => org?.role.as_deref().map(Value::from),
        Source::OrgPermissions => Some(org.map(|org| org.permissions.as_slice()).unwrap_or_default().into()),
        Source::Plan => session.plans.first().map(name),
        Source::Features => (session.version == ClaimsVersion::V2).then(|| session.features.iter().map(name).collect()),
        Source::ActorId => session.actor.as_ref().map(|actor| actor.id.as_str().into()),
        Source::Path(_) | Source::Named(_) => None,
    }
}

/// `imageUrl` and `imageURL` become `image_url`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut before = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts_word = match before {
            Some(before) if letter.is_uppercase() => {
                char::is_lowercase(before)
                    || char::is_numeric(before)
                    || char::is_uppercase(before) && letters.peek().is_some_and(|next| next.is_lowercase())
            }
            _ => false,
        };
        if starts_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
        before = Some(letter);
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn snake_case_of_field_names() {
        let pairs = [
            ("imageUrl", "image_url"),
            ("imageURL", "image_url"),
            ("URLPath", "url_path"),
            ("line2Text", "line2_text"),
        ];
        for (camel, snake) in pairs {
            assert_eq!(snake_case(camel), snake);
        }
        assert_eq!(snake_case("already_snake"), "already_snake");
    }
}
