//! What a session may be asked: Clerk's `has()`.

use super::{ActiveOrg, ClerkSession, Entitlement};

/// A question to a session: does it have this role, this permission, this feature …
///
/// Everything asked must hold, and a question that asks for nothing never does. Whatever the token does not say
/// counts as not held.
///
/// ```
/// # use serde_json::json;
/// # use zmodel_runtime::clerk::{Check, Reverification, Verified};
/// # let serde_json::Value::Object(claims) = json!({ "sub": "user_1", "org_id": "org_1", "org_role": "org:admin" })
/// #     else { unreachable!() };
/// # let session = Verified::from_claims(claims)?.session;
/// assert!(session.has(&Check::role("org:admin")));
/// assert!(session.has(&Check::role("admin")));
/// assert!(!session.has(&Check::role("admin").and_reverification(Reverification::STRICT)));
/// assert!(!session.has(&Check::default()));
/// # Ok::<(), zmodel_runtime::clerk::MalformedClaims>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Check {
    all: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    Role(String),
    Permission(String),
    Feature(String),
    Plan(String),
    Reverification(Reverification),
}

impl Check {
    /// Asks for a role in the active organisation, with or without its `org:`.
    pub fn role(role: impl Into<String>) -> Self {
        Self::default().and_role(role)
    }

    /// Asks for a permission in the active organisation, `org:feature:permission` or `feature:permission`.
    pub fn permission(permission: impl Into<String>) -> Self {
        Self::default().and_permission(permission)
    }

    /// Asks for a feature: of either scope by its bare name, of one scope as `org:name` or `user:name` (also `o:`,
    /// `organization:` and `u:`).
    pub fn feature(feature: impl Into<String>) -> Self {
        Self::default().and_feature(feature)
    }

    /// Asks for a plan, named as a [feature](Self::feature) is.
    pub fn plan(plan: impl Into<String>) -> Self {
        Self::default().and_plan(plan)
    }

    /// Asks that the user has proved who they are recently.
    pub fn reverification(reverification: Reverification) -> Self {
        Self::default().and_reverification(reverification)
    }

    /// Asks for a role as well; see [`role`](Self::role).
    pub fn and_role(self, role: impl Into<String>) -> Self {
        self.and(Requirement::Role(role.into()))
    }

    /// Asks for a permission as well; see [`permission`](Self::permission).
    pub fn and_permission(self, permission: impl Into<String>) -> Self {
        self.and(Requirement::Permission(permission.into()))
    }

    /// Asks for a feature as well; see [`feature`](Self::feature).
    pub fn and_feature(self, feature: impl Into<String>) -> Self {
        self.and(Requirement::Feature(feature.into()))
    }

    /// Asks for a plan as well; see [`plan`](Self::plan).
    pub fn and_plan(self, plan: impl Into<String>) -> Self {
        self.and(Requirement::Plan(plan.into()))
    }

    /// Asks for a recent proof as well; see [`reverification`](Self::reverification).
    pub fn and_reverification(self, reverification: Reverification) -> Self {
        self.and(Requirement::Reverification(reverification))
    }

    fn and(mut self, requirement: Requirement) -> Self {
        self.all.push(requirement);
        self
    }

    pub(super) fn holds(&self, session: &ClerkSession) -> bool {
        !self.all.is_empty() && self.all.iter().all(|requirement| requirement.holds(session))
    }
}

impl Requirement {
    fn holds(&self, session: &ClerkSession) -> bool {
        let org = session.org.as_ref();
        match self {
            Self::Role(role) => org.and_then(|org| org.role.as_deref()).is_some_and(|held| bare(held) == bare(role)),
            Self::Permission(permission) => org.is_some_and(|org| has_permission(org, permission)),
            Self::Feature(feature) => is_entitled(&session.features, feature),
            Self::Plan(plan) => is_entitled(&session.plans, plan),
            Self::Reverification(wanted) => session.factor_age.is_some_and(|ages| wanted.is_met(ages)),
        }
    }
}

fn has_permission(org: &ActiveOrg, permission: &str) -> bool {
    org.permissions.iter().any(|held| bare(held) == bare(permission))
}

fn is_entitled(held: &[Entitlement], asked: &str) -> bool {
    let (name, org, user) = match asked.split_once(':') {
        None => (asked, true, true),
        Some(("o" | "org" | "organization", name)) => (name, true, false),
        Some(("u" | "user", name)) => (name, false, true),
        Some(_) => return false,
    };
    held.iter().any(|entitlement| {
        let scope = entitlement.scope;
        entitlement.name == name && (org && scope.includes_org() || user && scope.includes_user())
    })
}

/// Without any `org:` in front, so that `org:admin`, `admin` and Clerk's accidental `org:org:admin` are one role.
fn bare(key: &str) -> &str {
    key.trim_start_matches("org:")
}

/// How recently, and with which factor, the user must have proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reverification {
    /// The factor that counts.
    pub level: FactorLevel,
    /// The proof must be younger than this many minutes.
    pub after_minutes: u32,
}

impl Reverification {
    /// Both factors within 10 minutes.
    pub const STRICT_MFA: Self = Self { level: FactorLevel::Multi, after_minutes: 10 };
    /// The second factor within 10 minutes.
    pub const STRICT: Self = Self { level: FactorLevel::Second, after_minutes: 10 };
    /// The second factor within an hour.
    pub const MODERATE: Self = Self { level: FactorLevel::Second, after_minutes: 60 };
    /// The second factor within a day.
    pub const LAX: Self = Self { level: FactorLevel::Second, after_minutes: 1440 };

    fn is_met(self, [first, second]: [i64; 2]) -> bool {
        let is_fresh = |age: i64| age >= 0 && age < i64::from(self.after_minutes);
        match self.level {
            FactorLevel::First => is_fresh(first),
            // Somebody without a second factor can only show the first.
            _ if second == -1 => is_fresh(first),
            FactorLevel::Second => is_fresh(second),
            FactorLevel::Multi => is_fresh(first) && is_fresh(second),
        }
    }
}

/// Which factor a [`Reverification`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorLevel {
    /// The first factor.
    First,
    /// The second factor; the first, for a user who has no second.
    Second,
    /// Both; the first alone, for a user who has no second.
    Multi,
}
