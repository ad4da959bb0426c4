//! Signs tokens with a key made for these tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use zmodel_runtime::clerk::ClerkVerifier;
use zmodel_runtime::clerk::verify::{Builder, PartiesOpen};

/// The public half of the key.
pub(crate) const PUBLIC_KEY: &str = include_str!("signing-key.pub.pem");

/// The second at which every test runs.
pub(crate) const NOW: u64 = 1_750_000_000;

/// What the clock says in every test.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// A verifier that lacks only its parties.
pub(crate) fn verifier() -> Builder<PartiesOpen> {
    ClerkVerifier::builder().pem(PUBLIC_KEY).clock(now)
}

/// A good token's claims, with `extra` over them.
pub(crate) fn claims(extra: Value) -> Value {
    let mut claims = json!({
        "azp": "https://example.com", "exp": NOW + 60, "iat": NOW, "iss": "https://clerk.example.com",
        "nbf": NOW - 10, "sid": "sess_1", "sub": "user_1", "sts": "active", "v": 2,
    });
    if let (Value::Object(claims), Value::Object(extra)) = (&mut claims, extra) {
        claims.extend(extra);
    }
    claims
}

/// A signed token.
pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    sign_text(&header.to_string(), &claims.to_string())
}

/// A signed session token with `extra` claims.
pub(crate) fn token(extra: Value) -> String {
    sign(&json!({ "alg": "RS256", "typ": "JWT", "kid": "ins_1" }), &claims(extra))
}

/// A signed token of a header and a payload that need not be JSON.
pub(crate) fn sign_text(header: &str, payload: &str) -> String {
    let pair = RsaKeyPair::from_pkcs8(include_bytes!("signing-key.pk8")).expect("the key is good");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).expect("the key signs");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}
