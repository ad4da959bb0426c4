//! From claims to a [`ClerkSession`], for both layouts.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::numeric_date::NumericDate;
use super::{ActiveOrg, Actor, ClaimsVersion, ClerkSession, Entitlement, Scope, SessionStatus, permissions};

type Claims = Map<String, Value>;

/// A claim that Clerk defines is not as Clerk writes it. It names the claim, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("claim `{claim}` is not {expected}")]
pub struct MalformedClaims {
    claim: &'static str,
    expected: &'static str,
}

impl MalformedClaims {
    /// The claim, as a dotted path.
    pub const fn claim(&self) -> &'static str {
        self.claim
    }
}

pub(super) fn session(claims: &Claims) -> Result<ClerkSession, MalformedClaims> {
    let user_id = required(claims, "sub", "sub")?;
    // Anything but the number 2 is the older layout: also `"2"`, and versions to come.
    let version = match claims.get("v") {
        Some(Value::Number(v)) if v.as_f64() == Some(2.0) => ClaimsVersion::V2,
        _ => ClaimsVersion::V1,
    };
    let (org, features, plans) = match version {
        ClaimsVersion::V1 => (org_v1(claims)?, Vec::new(), Vec::new()),
        ClaimsVersion::V2 => {
            let features = entitlements(claims, "fea")?;
            (
                org_v2(claims, features.as_deref())?,
                features.unwrap_or_default(),
                entitlements(claims, "pla")?.unwrap_or_default(),
            )
        }
    };
    Ok(ClerkSession {
        user_id,
        session_id: text(claims, "sid", "sid")?.map(str::to_owned),
        status: text(claims, "sts", "sts")?.map(status),
        org,
        actor: actor(claims)?,
        factor_age: claims.get("fva").and_then(factor_age),
        features,
        plans,
        expires_at: expires_at(claims)?,
        version,
    })
}

fn status(text: &str) -> SessionStatus {
    match text {
        "active" => SessionStatus::Active,
        "pending" => SessionStatus::Pending,
        other => SessionStatus::Other(other.into()),
    }
}

fn org_v1(claims: &Claims) -> Result<Option<ActiveOrg>, MalformedClaims> {
    if is_absent(claims.get("org_id")) {
        return Ok(None);
    }
    let permissions = match present(claims, "org_permissions") {
        None => Some(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    Ok(Some(ActiveOrg {
        id: required(claims, "org_id", "org_id")?,
        slug: filled(claims, "org_slug", "org_slug")?.map(str::to_owned),
        role: filled(claims, "org_role", "org_role")?.map(str::to_owned),
        permissions: permissions
            .ok_or(MalformedClaims { claim: "org_permissions", expected: "an array of strings" })?,
    }))
}

fn org_v2(claims: &Claims, features: Option<&[Entitlement]>) -> Result<Option<ActiveOrg>, MalformedClaims> {
    let Some(org) = present(claims, "o") else { return Ok(None) };
    let org = org.as_object().ok_or(MalformedClaims { claim: "o", expected: "an object" })?;
    let features = features.ok_or(MalformedClaims { claim: "fea", expected: "a comma list of `scope:feature`" })?;
    let per = text(org, "per", "o.per")?.unwrap_or_default();
    let fpm = text(org, "fpm", "o.fpm")?.unwrap_or_default();
    // The masks count the organisation's features only.
    let features = features.iter().filter(|feature| feature.scope.includes_org()).map(|feature| feature.name.as_str());
    Ok(Some(ActiveOrg {
        id: required(org, "id", "o.id")?,
        slug: filled(org, "slg", "o.slg")?.map(str::to_owned),
        role: filled(org, "rol", "o.rol")?.map(|role| format!("org:{role}")),
        permissions: permissions::unpack(features, per, fpm),
    }))
}

/// A comma list of `scope:name`; unknown scopes are skipped. `None` when an element has no scope: that is malformed
/// where the list decides about permissions, and elsewhere nothing that can be held.
fn entitlements(claims: &Claims, claim: &'static str) -> Result<Option<Vec<Entitlement>>, MalformedClaims> {
    let list = text(claims, claim, claim)?.unwrap_or_default();
    if list.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut entitlements = Vec::new();
    for element in list.split(',') {
        let Some((scope, name)) = element.trim().split_once(':') else { return Ok(None) };
        let scope = match scope {
            "o" => Scope::Org,
            "u" => Scope::User,
            "uo" | "ou" => Scope::Both,
            _ => continue,
        };
        entitlements.push(Entitlement { scope, name: name.to_owned() });
    }
    Ok(Some(entitlements))
}

fn actor(claims: &Claims) -> Result<Option<Actor>, MalformedClaims> {
    let Some(actor) = present(claims, "act") else { return Ok(None) };
    let actor = actor.as_object().ok_or(MalformedClaims { claim: "act", expected: "an object" })?;
    Ok(Some(Actor {
        id: required(actor, "sub", "act.sub")?,
        session_id: text(actor, "sid", "act.sid")?.map(str::to_owned),
        issuer: text(actor, "iss", "act.iss")?.map(str::to_owned),
        kind: text(actor, "type", "act.type")?.map(str::to_owned),
    }))
}

/// `[first, second]` in minutes. Anything else proves nothing, so it is as good as absent.
fn factor_age(value: &Value) -> Option<[i64; 2]> {
    let [first, second] = value.as_array()?.as_slice() else { return None };
    let ages = [first.as_i64()?, second.as_i64()?];
    ages.iter().all(|age| *age >= -1).then_some(ages)
}

fn expires_at(claims: &Claims) -> Result<Option<DateTime<Utc>>, MalformedClaims> {
    let Some(value) = present(claims, "exp") else { return Ok(None) };
    let date = NumericDate::read(value).ok_or(MalformedClaims { claim: "exp", expected: "a date in seconds" })?;
    Ok(DateTime::from_timestamp(date.seconds(), 0))
}

fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_null)
}

fn present<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

fn text<'a>(claims: &'a Claims, name: &str, claim: &'static str) -> Result<Option<&'a str>, MalformedClaims> {
    match present(claims, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(MalformedClaims { claim, expected: "a string" }),
    }
}

fn filled<'a>(claims: &'a Claims, name: &str, claim: &'static str) -> Result<Option<&'a str>, MalformedClaims> {
    Ok(text(claims, name, claim)?.filter(|text| !text.is_empty()))
}

fn required(claims: &Claims, name: &str, claim: &'static str) -> Result<String, MalformedClaims> {
    match filled(claims, name, claim)? {
        Some(text) => Ok(text.to_owned()),
        None => Err(MalformedClaims { claim, expected: "a string that is not empty" }),
    }
}
