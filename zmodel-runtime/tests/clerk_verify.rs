//! The verifier: its settings, and tokens that Clerk's vectors do not have.
#![expect(clippy::expect_used, clippy::needless_pass_by_value, clippy::indexing_slicing, reason = "a test may")]

#[path = "clerk/support.rs"]
mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{NOW, PUBLIC_KEY, claims, sign, sign_text, token, verifier};
use zmodel_runtime::clerk::verify::{ConfigError, KeyError, PublishableKey};
use zmodel_runtime::clerk::{ClerkVerifier, Reason};

fn any() -> ClerkVerifier {
    verifier().any_party().build().expect("the verifier builds")
}

fn reason(verifier: &ClerkVerifier, token: &str) -> Option<Reason> {
    verifier.verify(token).err().map(|error| error.reason)
}

fn of_header(header: Value) -> Option<Reason> {
    reason(&any(), &sign(&header, &claims(json!({}))))
}

fn of_claims(extra: Value) -> Option<Reason> {
    reason(&any(), &token(extra))
}

#[test]
fn a_good_token() {
    let verified = any().verify(&token(json!({ "metadata": { "role": "editor" } }))).unwrap();
    assert_eq!(verified.session.user_id, "user_1");
    assert_eq!(verified.session.expires_at.map(|time| time.timestamp()), Some(1_750_000_060));
    assert_eq!(verified.claims["metadata"]["role"], "editor");
}

#[test]
fn any_change_of_one_byte_is_refused() {
    let verifier = any();
    let good = token(json!({}));
    assert_eq!(reason(&verifier, &good), None);
    for index in 0..good.len() {
        for change in [1_u8, 2, 4, 8, 16, 32, 64] {
            let mut bytes = good.clone().into_bytes();
            bytes[index] ^= change;
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(reason(&verifier, &text).is_some(), "byte {index} ^ {change}");
            }
        }
        let mut shorter = good.clone();
        shorter.remove(index);
        assert!(reason(&verifier, &shorter).is_some(), "without byte {index}");
        for letter in ['=', '.', 'A', '_', ' ', '\n', 'é'] {
            let mut longer = good.clone();
            longer.insert(index, letter);
            assert!(reason(&verifier, &longer).is_some(), "{letter:?} before byte {index}");
        }
    }
    for end in ["=", "==", ".", "A", " ", "\n", "\0"] {
        assert!(reason(&verifier, &format!("{good}{end}")).is_some(), "{end:?} at the end");
    }
}

#[test]
fn nothing_panics() {
    let verifier = any();
    let mut state = 0x2545_F491_u32;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for round in 0..20_000_u32 {
        let bytes: Vec<u8> = (0..random() % 64).map(|_| random().to_le_bytes()[1]).collect();
        let text = String::from_utf8_lossy(&bytes);
        let json: String =
            text.chars().map(|c| ['{', '}', '"', ':', ',', '[', ']', '1', 'e'][c as usize % 9]).collect();
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = match round % 4 {
            0 => text.into_owned(),
            1 => format!("{}.{}.{}", encode(&text), encode(&json), encode(&text)),
            2 => format!("{}.{}.", encode(r#"{"alg":"RS256"}"#), encode(&json)),
            _ => format!("{}.{}.{text}", encode(&json), encode("{}")),
        };
        assert!(reason(&verifier, &token).is_some());
    }
    // Signed, so that every check after the signature sees it.
    for payload in ["[]", "1", "true", "\"x\"", "{}", r#"{"sub":{}}"#, r#"{"sub":"u","exp":[]}"#] {
        let token = sign_text(r#"{"alg":"RS256"}"#, payload);
        assert_eq!(reason(&verifier, &token), Some(Reason::TokenVerificationFailed), "{payload}");
    }
    for payload in ["null", "", "{", "\u{feff}{}", r#"{"sub":"\ud800"}"#, r#"{"sub":"u","exp":1e999}"#] {
        let token = sign_text(r#"{"alg":"RS256"}"#, payload);
        assert_eq!(reason(&verifier, &token), Some(Reason::TokenInvalid), "{payload}");
    }
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    assert_eq!(reason(&verifier, &sign_text(r#"{"alg":"RS256"}"#, &deep)), Some(Reason::TokenInvalid));
}

#[test]
fn a_token_is_at_most_8_kib() {
    let padding = "x".repeat(5000);
    assert_eq!(of_claims(json!({ "x": padding })), None);
    let padding = "x".repeat(6000);
    assert_eq!(of_claims(json!({ "x": padding })), Some(Reason::TokenInvalid));
}

#[test]
fn only_tokens_of_sessions() {
    let mismatch = Some(Reason::TokenTypeMismatch);
    for cat in [json!("cl_B7d4PD222AAA"), json!("cl_B7d4PD333AAA"), json!("x"), json!(""), json!(null), json!(1)] {
        assert_eq!(of_header(json!({ "alg": "RS256", "cat": cat })), mismatch, "{cat}");
    }
    for typ in ["at+jwt", "application/at+jwt"] {
        assert_eq!(of_header(json!({ "alg": "RS256", "typ": typ })), mismatch, "{typ}");
    }
    assert_eq!(of_claims(json!({ "sub": "mch_1" })), mismatch);
    for cat in ["cl_B7d4PD111AAA", "cl_I7d4PD111III"] {
        assert_eq!(of_header(json!({ "alg": "RS256", "cat": cat })), None, "{cat}");
    }
}

#[test]
fn only_plain_rs256_headers() {
    for header in [
        json!({ "alg": "RS256", "crit": [] }),
        json!({ "alg": "RS256", "crit": null }),
        json!({ "alg": "RS256", "b64": false, "crit": ["b64"] }),
        json!({ "alg": "RS256", "typ": "jwt" }),
        json!({ "alg": "RS256", "typ": null }),
        json!({ "alg": "none", "typ": "JWE" }),
    ] {
        assert_eq!(of_header(header.clone()), Some(Reason::TokenInvalid), "{header}");
    }
    for alg in ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", ""] {
        assert_eq!(of_header(json!({ "alg": alg })), Some(Reason::TokenInvalidAlgorithm), "{alg}");
    }
    for header in [json!({}), json!({ "alg": null }), json!({ "alg": ["RS256"] }), json!([])] {
        assert_eq!(of_header(header.clone()), Some(Reason::TokenInvalidAlgorithm), "{header}");
    }
    assert_eq!(of_header(json!(null)), Some(Reason::TokenInvalid));
}

#[test]
fn parties_are_compared_letter_by_letter() {
    let verifier = verifier().authorized_parties(["https://example.com", "http://localhost:3000"]).build().unwrap();
    let of = |azp: Value| reason(&verifier, &token(json!({ "azp": azp })));
    assert_eq!(of(json!("https://example.com")), None);
    assert_eq!(of(json!("http://localhost:3000")), None);
    for azp in [
        json!(null),
        json!(""),
        json!(1),
        json!(["https://example.com"]),
        json!("https://example.com/"),
        json!("https://EXAMPLE.com"),
        json!("https://example.com:443"),
        json!("http://example.com"),
        json!("https://example.com.evil.test"),
    ] {
        assert_eq!(of(azp.clone()), Some(Reason::TokenInvalidAuthorizedParties), "{azp}");
    }
    let expired = token(json!({ "azp": "https://evil.test", "exp": 1 }));
    assert_eq!(reason(&verifier, &expired), Some(Reason::TokenInvalidAuthorizedParties));
}

#[test]
fn the_publishable_key_names_the_issuer() {
    let key = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k";
    let ours = token(json!({}));
    let foreign = token(json!({ "iss": "https://clerk.evil.test" }));
    let none = token(json!({ "iss": null }));

    let bound = verifier().publishable_key(key).any_party().build().unwrap();
    assert_eq!(reason(&bound, &ours), None);
    assert_eq!(reason(&bound, &foreign), Some(Reason::TokenInvalidIssuer));
    assert_eq!(reason(&bound, &none), Some(Reason::TokenInvalidIssuer));

    let open = verifier().publishable_key(key).any_issuer().any_party().build().unwrap();
    assert_eq!(reason(&open, &foreign), None);
    let proxied = verifier().publishable_key(key).issuers(["https://clerk.evil.test"]).any_party().build().unwrap();
    assert_eq!((reason(&proxied, &foreign), reason(&proxied, &ours)), (None, Some(Reason::TokenInvalidIssuer)));
    assert_eq!(reason(&any(), &foreign), None);
}

#[test]
fn an_audience_that_is_asked_for_must_be_there() {
    let verifier = verifier().audiences(["api", "web"]).any_party().build().unwrap();
    let of = |aud: Value| reason(&verifier, &token(json!({ "aud": aud })));
    for aud in [json!("api"), json!(["web"]), json!(["other", "api"])] {
        assert_eq!(of(aud.clone()), None, "{aud}");
    }
    for aud in [json!(null), json!("other"), json!([]), json!(["other"]), json!(["api", 1]), json!(1), json!({})] {
        assert_eq!(of(aud.clone()), Some(Reason::TokenVerificationFailed), "{aud}");
    }
}

#[test]
fn times_to_the_millisecond() {
    let at = |millis: u64, skew: Duration| {
        let clock = move || UNIX_EPOCH + Duration::from_millis(millis);
        let verifier = verifier().clock(clock).clock_skew(skew).any_party().build().unwrap();
        reason(&verifier, &token(json!({ "exp": 2000, "nbf": 1000, "iat": 1001.9 })))
    };
    let five = Duration::from_secs(5);
    assert_eq!(at(2_004_999, five), None);
    assert_eq!(at(2_005_000, five), Some(Reason::TokenExpired));
    assert_eq!(at(996_000, five), None);
    assert_eq!(at(995_999, five), Some(Reason::TokenIatInTheFuture));
    assert_eq!(at(994_999, five), Some(Reason::TokenNotActiveYet));
    assert_eq!(at(1_999_999, Duration::ZERO), None);
    assert_eq!(at(2_000_000, Duration::ZERO), Some(Reason::TokenExpired));
    assert_eq!(at(u64::MAX, Duration::MAX), None);
}

#[test]
fn dates_that_are_no_dates() {
    for date in [json!(null), json!("1750000060"), json!(true), json!([]), json!(1e300), json!(8_640_000_000_001_i64)] {
        for name in ["exp", "nbf", "iat"] {
            assert_eq!(of_claims(json!({ name: date })), Some(Reason::TokenVerificationFailed), "{name} {date}");
        }
    }
    assert_eq!(of_claims(json!({ "exp": -1 })), Some(Reason::TokenExpired));
    assert_eq!(of_claims(json!({ "exp": 8_640_000_000_000_i64 })), None);
}

#[test]
fn a_clock_before_1970_is_an_error() {
    let clock = || SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let verifier = verifier().clock(clock).any_party().build().unwrap();
    assert_eq!(reason(&verifier, &token(json!({}))), Some(Reason::UnexpectedError));
}

#[test]
fn pending_sessions_are_a_choice() {
    let pending = token(json!({ "sts": "pending" }));
    assert_eq!(reason(&any(), &pending), Some(Reason::SessionPending));
    let verified = verifier().accept_pending().any_party().build().unwrap().verify(&pending).unwrap();
    assert!(verified.session.is_pending());
}

#[test]
fn malformed_claims_are_refused_and_named() {
    let error = any().verify(&token(json!({ "o": { "id": "org_1", "rol": 1 } }))).unwrap_err();
    assert_eq!(error.reason, Reason::TokenVerificationFailed);
    assert_eq!(error.malformed.map(|malformed| malformed.claim()), Some("o.rol"));
    assert_eq!(of_claims(json!({ "sub": "" })), Some(Reason::TokenVerificationFailed));
}

#[test]
fn keys_in_every_form() {
    let other = support_key();
    let bare: String = PUBLIC_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let forms = [
        PUBLIC_KEY.to_owned(),
        PUBLIC_KEY.replace('\n', "\r\n"),
        PUBLIC_KEY.replace('\n', "\\n"),
        PUBLIC_KEY.replace('\n', "\\r\\n"),
        PUBLIC_KEY.replace('\n', " "),
        PUBLIC_KEY.replace('\n', ""),
        format!("\n\n  {PUBLIC_KEY}  \n"),
        bare.clone(),
        format!("{other}{PUBLIC_KEY}"),
        format!("{PUBLIC_KEY}\n\n{other}"),
    ];
    for form in forms {
        let verifier = ClerkVerifier::builder().pem(&form).clock(support::now).any_party().build().unwrap();
        assert_eq!(reason(&verifier, &token(json!({}))), None, "{form}");
    }
    let stranger = ClerkVerifier::builder().pem(other).clock(support::now).any_party().build().unwrap();
    assert_eq!(reason(&stranger, &token(json!({}))), Some(Reason::TokenInvalidSignature));
}

#[test]
fn keys_that_cannot_work_fail_at_once() {
    let error = |pem: &str| match ClerkVerifier::builder().pem(pem).any_party().build() {
        Err(ConfigError::Key(error)) => error,
        other => unreachable!("{pem}: {other:?}"),
    };
    let block =
        |label: &str, der: &[u8]| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der));
    let spki = |body: &str| STANDARD.decode(body).expect("base64");
    let der = spki(&PUBLIC_KEY.lines().filter(|line| !line.starts_with('-')).collect::<String>());

    assert_eq!(error(""), KeyError::Empty);
    assert_eq!(error(" \\n "), KeyError::Empty);
    assert_eq!(error("garbage!"), KeyError::NotBase64);
    assert_eq!(error("AAAA"), KeyError::NotAKey);
    assert_eq!(error(&format!("\"{PUBLIC_KEY}\"")), KeyError::NotPem);
    assert_eq!(error(&PUBLIC_KEY.replace("END PUBLIC", "END RSA PUBLIC")), KeyError::NotPem);
    assert_eq!(error(&block("CERTIFICATE", &der)), KeyError::Label { label: "CERTIFICATE".into() });
    assert_eq!(error(&block("PRIVATE KEY", &der)), KeyError::Private);
    assert_eq!(error(&block("RSA PUBLIC KEY", &der)), KeyError::NotAKey);
    assert_eq!(error(&PUBLIC_KEY.repeat(5)), KeyError::TooMany);

    // An elliptic curve's key, by its algorithm.
    let ec = [0x30, 0x0D, 0x30, 0x07, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x02, 0x00, 0x04];
    assert_eq!(error(&block("PUBLIC KEY", &ec)), KeyError::NotRsa);
    // 512 bits, and an exponent of 3.
    let mut short = vec![0x30, 0x48, 0x02, 0x41, 0x00];
    short.extend([0xC1; 64]);
    short.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    assert_eq!(error(&block("RSA PUBLIC KEY", &short)), KeyError::Size { bits: 512 });
    let mut three = der[24..].to_vec();
    let last = three.len() - 1;
    three[last] = 3;
    assert_eq!(error(&block("RSA PUBLIC KEY", &three)), KeyError::Exponent);

    for length in 0..der.len() {
        assert!(ClerkVerifier::builder().pem(block("PUBLIC KEY", &der[..length])).any_party().build().is_err());
    }
    let mut longer = der;
    longer.push(0);
    assert_eq!(error(&block("PUBLIC KEY", &longer)), KeyError::NotAKey);
}

/// A key that signed nothing: ours with another modulus.
fn support_key() -> String {
    let mut der =
        STANDARD.decode(PUBLIC_KEY.lines().filter(|line| !line.starts_with('-')).collect::<String>()).expect("base64");
    der[100] ^= 1;
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let none: [&str; 0] = [];
    assert_eq!(ClerkVerifier::builder().any_party().build().unwrap_err(), ConfigError::NoKey);
    assert_eq!(verifier().authorized_parties(none).build().unwrap_err(), ConfigError::NoAuthorizedParties);
    assert_eq!(verifier().issuers(none).any_party().build().unwrap_err(), ConfigError::NoIssuers);
    assert_eq!(verifier().audiences(none).any_party().build().unwrap_err(), ConfigError::NoAudiences);
    for party in ["", "example.com", "https://example.com/", "https://", "https://a b", "*"] {
        let error = verifier().authorized_parties([party]).build().unwrap_err();
        assert_eq!(error, ConfigError::NotAnOrigin { party: party.into() });
    }
    for key in ["", "pk_live_", "sk_live_Y2xlcmsuZXhhbXBsZS5jb20k"] {
        let error = verifier().publishable_key(key).any_party().build().unwrap_err();
        assert!(matches!(error, ConfigError::PublishableKey(_)), "{key}");
    }
}

#[test]
fn from_variables() {
    let build = |parties: Option<&str>, key: Option<&str>, publishable: Option<&str>| {
        ClerkVerifier::from_variables(|name| {
            let value = match name {
                "CLERK_AUTHORIZED_PARTIES" => parties,
                "CLERK_JWT_KEY" => key,
                "CLERK_PUBLISHABLE_KEY" => publishable,
                other => unreachable!("{other}"),
            };
            value.map(str::to_owned)
        })
    };
    let publishable = Some("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k");
    let verifier = build(Some("https://a.test, https://b.test"), Some(PUBLIC_KEY), publishable).unwrap();
    let text = format!("{verifier:?}");
    assert!(text.contains("https://b.test") && text.contains("https://clerk.example.com"), "{text}");
    // The tokens of these tests ended in 2025.
    assert_eq!(
        reason(&build(Some("*"), Some(PUBLIC_KEY), None).unwrap(), &token(json!({}))),
        Some(Reason::TokenExpired)
    );
    assert_eq!(build(None, Some(PUBLIC_KEY), None).unwrap_err(), ConfigError::NoAuthorizedParties);
    assert_eq!(build(Some(" "), Some(PUBLIC_KEY), None).unwrap_err(), ConfigError::NoAuthorizedParties);
    assert_eq!(build(Some("*"), None, None).unwrap_err(), ConfigError::NoKey);
    assert!(matches!(build(Some("*"), Some(PUBLIC_KEY), Some("x")), Err(ConfigError::PublishableKey(_))));
}

#[test]
fn publishable_keys() {
    let key: PublishableKey = "pk_test_aGFwcHktY2F0LTEuY2xlcmsuYWNjb3VudHMuZGV2JA".parse().unwrap();
    assert_eq!((key.frontend_api(), key.is_production()), ("happy-cat-1.clerk.accounts.dev", false));
    for host in [
        "clerk.example.com",
        "clerk.example.com$$",
        "localhost$",
        "a.test/x$",
        "a@b.test$",
        "a.test:1$",
        "a b.test$",
        ".a$",
        "a.$",
        "-a.b$",
        "$",
        "",
    ] {
        let key = format!("pk_live_{}", STANDARD.encode(host));
        assert!(key.parse::<PublishableKey>().is_err(), "{host}");
    }
    for key in ["pk_live", "pk_prod_Y2xlcmsuZXhhbXBsZS5jb20k", "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k_x", "pk_livé_x"] {
        assert!(key.parse::<PublishableKey>().is_err(), "{key}");
    }
}

#[test]
fn the_verifier_is_shared_between_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    is_shared(&any());
    assert_eq!(support::now(), UNIX_EPOCH + Duration::from_secs(NOW));
}
