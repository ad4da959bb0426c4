//! The verdicts of Clerk's own library on requests with an `Authorization` header, against the layer's.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::any;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use zmodel_runtime::axum::{ClerkAuth, ClerkLayer};
use zmodel_runtime::clerk::{Check, ClerkVerifier, FactorLevel, Reverification, SessionStatus, Verified};

/// Where we judge otherwise, with our verdict and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("no-scheme", "unsupported-scheme", "a token without a scheme is no `Bearer`"),
    ("basic-scheme", "unsupported-scheme", "Clerk takes it for no credential; we refuse what we cannot judge"),
    ("map-v2-fpm-number-type", "token-verification-failed", "Clerk's library throws"),
    ("map-pending", "session-pending", "Clerk shows a stranger; we say that somebody is there who is not done"),
    ("map-sub-empty", "token-verification-failed", "nobody has an empty id"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    jwt_key: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    method: String,
    headers: BTreeMap<String, String>,
    publishable_key: String,
    options: Options,
    status: String,
    reason: Option<String>,
    auth: Option<Value>,
    #[serde(default)]
    auth_throws: bool,
    #[serde(default)]
    has: Vec<(Value, bool)>,
    now: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    authorized_parties: Option<Vec<String>>,
}

async fn judge(case: &Case, key: &str) -> ClerkAuth {
    let now = UNIX_EPOCH + Duration::from_secs(case.now);
    let builder = ClerkVerifier::builder().pem(key).publishable_key(&case.publishable_key).clock(move || now);
    let builder = match &case.options.authorized_parties {
        Some(parties) => builder.authorized_parties(parties),
        None => builder.any_party(),
    };
    let verifier = builder.build().expect("the verifier builds");
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |auth: ClerkAuth| async move { sender.send(auth).map_err(|_| StatusCode::GONE) };
    let router: Router = Router::new().route("/", any(handler)).layer(ClerkLayer::new(verifier));
    let mut request = Request::builder().uri("/").method(case.method.as_str());
    for (name, value) in &case.headers {
        request = request.header(name, value);
    }
    let response = router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK, "the layer rejects nobody");
    receiver.recv().await.expect("the handler ran")
}

fn verdict(auth: &ClerkAuth) -> &'static str {
    match auth {
        ClerkAuth::SignedIn(_) => "signed-in",
        ClerkAuth::Anonymous => "anonymous",
        ClerkAuth::Refused(refusal) => refusal.as_str(),
    }
}

/// Clerk's verdict, in our words: requests have their own names for the three reasons of time, and one for strangers.
fn clerks(case: &Case) -> &str {
    let session = case.auth.as_ref().is_some_and(|auth| auth["userId"].is_string());
    match case.reason.as_deref() {
        None if case.auth_throws => "an exception",
        None if case.status == "signed-in" && session => "signed-in",
        None => "signed-out",
        Some("session-token-and-uat-missing") => "anonymous",
        Some("session-token-nbf") => "token-not-active-yet",
        Some(reason) if reason.starts_with("session-token-expired") => "token-expired",
        Some(reason) => reason,
    }
}

/// The session in the words of Clerk's library.
fn auth_object(verified: &Verified) -> Value {
    let session = &verified.session;
    let org = session.org.as_ref();
    json!({
        "userId": session.user_id,
        "sessionId": session.session_id,
        "sessionStatus": session.status.as_ref().map(SessionStatus::as_str),
        "orgId": org.map(|org| &org.id),
        "orgRole": org.and_then(|org| org.role.as_ref()),
        "orgSlug": org.and_then(|org| org.slug.as_ref()),
        "orgPermissions": org.map(|org| &org.permissions),
        "actor": session.actor.as_ref().map(|actor| {
            json!({ "sub": actor.id, "sid": actor.session_id, "iss": actor.issuer })
        }),
        "factorVerificationAge": session.factor_age,
    })
}

fn check(query: &Value) -> Check {
    let mut check = Check::default();
    for (kind, asked) in query.as_object().expect("an object") {
        let text = asked.as_str().unwrap_or_default();
        check = match kind.as_str() {
            "role" => check.and_role(text),
            "permission" => check.and_permission(text),
            "feature" => check.and_feature(text),
            "plan" => check.and_plan(text),
            "reverification" => check.and_reverification(reverification(asked)),
            other => panic!("unknown question {other}"),
        };
    }
    check
}

fn reverification(asked: &Value) -> Reverification {
    match asked.as_str() {
        Some("strict_mfa") => Reverification::STRICT_MFA,
        Some("strict") => Reverification::STRICT,
        Some("moderate") => Reverification::MODERATE,
        Some("lax") => Reverification::LAX,
        Some(other) => panic!("unknown level {other}"),
        None => Reverification {
            level: match asked["level"].as_str() {
                Some("first_factor") => FactorLevel::First,
                Some("second_factor") => FactorLevel::Second,
                Some("multi_factor") => FactorLevel::Multi,
                other => panic!("unknown factor {other:?}"),
            },
            after_minutes: asked["afterMinutes"].as_u64().and_then(|n| u32::try_from(n).ok()).expect("minutes"),
        },
    }
}

#[tokio::test]
async fn verdicts_are_clerks() {
    let vectors: Vectors = serde_json::from_str(include_str!("clerk/request.json")).expect("the vectors are JSON");
    let mut unused: BTreeSet<&str> = DIFFERENT.iter().map(|(name, ..)| *name).collect();
    let (mut same, mut different, mut sessions, mut checks) = (0, 0, 0, 0);
    for case in &vectors.cases {
        let auth = judge(case, &vectors.jwt_key).await;
        let (ours, clerks) = (verdict(&auth), clerks(case));
        if let Some((_, expected, why)) = DIFFERENT.iter().find(|(name, ..)| *name == case.name) {
            assert!(unused.remove(case.name.as_str()), "{} is listed or runs twice", case.name);
            assert_eq!(ours, *expected, "{}: {why}", case.name);
            assert_ne!(ours, clerks, "{} does not differ any more", case.name);
            different += 1;
        } else {
            assert_eq!(ours, clerks, "{}", case.name);
            same += 1;
        }
        let Some(verified) = auth.verified() else { continue };
        if let Some(mut expected) = case.auth.clone() {
            if case.name == "map-fva-malformed" {
                // Clerk hands the malformed claim on; for us it proves nothing.
                expected["factorVerificationAge"] = Value::Null;
            }
            assert_eq!(auth_object(verified), expected, "{}", case.name);
            sessions += 1;
        }
        for (query, expected) in &case.has {
            assert_eq!(verified.has(&check(query)), *expected, "{}: {query}", case.name);
            checks += 1;
        }
    }
    println!("{same} verdicts are Clerk's, {different} differ on purpose; {sessions} sessions, {checks} checks");
    assert!(unused.is_empty(), "listed, but not among the vectors: {unused:?}");
    assert_eq!((same, different), (42, 5));
    assert!(sessions > 20 && checks > 40);
}
