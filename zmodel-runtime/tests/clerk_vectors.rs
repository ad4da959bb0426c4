//! The verdicts of Clerk's own library on whole tokens, against ours.
#![expect(clippy::panic, reason = "a test may")]

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;
use zmodel_runtime::clerk::ClerkVerifier;

/// Where we judge otherwise, with our verdict and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("exp-1e300", "token-verification-failed", "a number that is no date never expires for Clerk"),
    ("aud-missing-but-configured", "token-verification-failed", "an audience that is asked for must be there"),
    ("aud-empty-array-configured", "token-verification-failed", "an audience that is asked for must be there"),
    ("aud-number-configured", "token-verification-failed", "an audience is text"),
    ("aud-mixed-array-configured", "token-verification-failed", "an audience is text"),
    ("alg-rs512", "token-invalid-algorithm", "only RS256 is accepted, and that is the reason to give"),
    ("typ-at+jwt", "token-type-mismatch", "an access token, as Clerk says when it judges requests"),
    ("crit-unknown", "token-invalid", "RFC 7515: extensions that are not understood must be refused"),
    ("cat-jwt-template", "token-type-mismatch", "no session, as Clerk says when it judges requests"),
    ("cat-unknown", "token-type-mismatch", "no session, as Clerk says when it judges requests"),
    ("sig-padded", "token-invalid", "one token has one text"),
    ("header-json-null", "token-invalid", "Clerk's library fails with a TypeError"),
    ("key-pkcs1-pem", "ok", "the key is good"),
    ("key-rsa4096", "ok", "the key is good"),
    ("key-empty", "configuration", "found out when the verifier is built"),
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
    token: String,
    options: Options,
    now: u64,
    ok: bool,
    jwt_key: Option<String>,
    reason: Option<String>,
    sub: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    authorized_parties: Option<Vec<String>>,
    audience: Option<Value>,
    issuer: Option<Value>,
    clock_skew_in_ms: Option<u64>,
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => panic!("neither text nor a list: {other}"),
    }
}

/// `ok`, the reason, or `configuration`.
fn judge(case: &Case, key: &str) -> (&'static str, Option<String>) {
    let now = UNIX_EPOCH + Duration::from_secs(case.now);
    let mut builder = ClerkVerifier::builder().pem(key).clock(move || now);
    if let Some(audience) = &case.options.audience {
        builder = builder.audiences(texts(audience));
    }
    if let Some(issuer) = &case.options.issuer {
        builder = builder.issuers(texts(issuer));
    }
    if let Some(millis) = case.options.clock_skew_in_ms {
        builder = builder.clock_skew(Duration::from_millis(millis));
    }
    let builder = match &case.options.authorized_parties {
        Some(parties) => builder.authorized_parties(parties),
        None => builder.any_party(),
    };
    match builder.build().map(|verifier| verifier.verify(&case.token)) {
        Err(_) => ("configuration", None),
        Ok(Err(error)) => (error.reason.as_str(), None),
        Ok(Ok(verified)) => ("ok", Some(verified.session.user_id)),
    }
}

#[test]
fn verdicts_are_clerks() {
    let vectors: Vectors = serde_json::from_str(include_str!("clerk/verify.json")).expect("the vectors are JSON");
    let mut unused: BTreeSet<&str> = DIFFERENT.iter().map(|(name, ..)| *name).collect();
    let (mut same, mut different) = (0, 0);
    for case in &vectors.cases {
        assert!(!case.name.starts_with("clerk-published"), "that token is not ours to publish");
        let (ours, user) = judge(case, case.jwt_key.as_ref().unwrap_or(&vectors.jwt_key));
        let clerks = if case.ok { "ok" } else { case.reason.as_deref().unwrap_or("an exception") };
        if let Some((_, expected, why)) = DIFFERENT.iter().find(|(name, ..)| *name == case.name) {
            assert!(unused.remove(case.name.as_str()), "{} is listed or runs twice", case.name);
            assert_eq!(ours, *expected, "{}: {why}", case.name);
            assert_ne!(ours, clerks, "{} does not differ any more", case.name);
            different += 1;
        } else {
            assert_eq!(ours, clerks, "{}", case.name);
            same += 1;
        }
        if ours == "ok" && case.ok {
            assert_eq!(user, case.sub, "{}", case.name);
        }
    }
    println!("{same} verdicts are Clerk's, {different} differ on purpose");
    assert!(unused.is_empty(), "listed, but not among the vectors: {unused:?}");
    assert_eq!((same, different), (59, 15));
}
