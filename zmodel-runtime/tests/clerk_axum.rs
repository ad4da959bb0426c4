//! The layer and the extractors, in a small application.
#![expect(clippy::expect_used, reason = "a test may")]

#[path = "clerk/support.rs"]
mod support;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, COOKIE, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use axum::routing::get;
use serde_json::json;
use support::{NOW, claims, now, sign, token, verifier};
use tower::ServiceExt as _;
use zmodel_runtime::axum::{Auth, ClerkAuth, ClerkLayer, MaybeAuth, MaybeSignedIn, SignedIn};
use zmodel_runtime::clerk::claims::{ClaimError, Reader, Source};
use zmodel_runtime::clerk::{ClerkVerifier, FromClerk, SignIn, Verified};

struct User {
    id: String,
    email: String,
}

impl FromClerk for User {
    fn from_clerk(verified: &Verified) -> Result<Self, ClaimError> {
        let claims = Reader::new(verified);
        Ok(Self {
            id: claims.required("id", Source::Subject)?,
            email: claims.required("email", Source::Path("metadata.email"))?,
        })
    }
}

#[derive(Clone)]
struct Db {
    name: &'static str,
}

struct Client {
    db: Db,
    user: Option<User>,
}

impl Client {
    fn whoami(&self) -> String {
        format!("{}:{}", self.db.name, self.user.as_ref().map_or("nobody", |user| &user.id))
    }
}

impl SignIn for Db {
    type User = User;
    type Client = Client;

    fn auth(&self, user: User) -> Client {
        Client { db: self.clone(), user: Some(user) }
    }

    fn anonymous(&self) -> Client {
        Client { db: self.clone(), user: None }
    }
}

fn routes() -> Router {
    let name = |user: Option<User>| user.map_or_else(|| "nobody".into(), |user| format!("{} {}", user.id, user.email));
    Router::new()
        .route("/auth", get(move |Auth(user): Auth<User>| async move { name(Some(user)) }))
        .route("/maybe", get(move |MaybeAuth(user): MaybeAuth<User>| async move { name(user) }))
        .route("/option", get(move |auth: Option<Auth<User>>| async move { name(auth.map(|auth| auth.0)) }))
        .route("/signed", get(|SignedIn(client): SignedIn<Db>| async move { client.whoami() }))
        .route("/maybe-signed", get(|MaybeSignedIn(client): MaybeSignedIn<Db>| async move { client.whoami() }))
        .route("/raw", get(|auth: ClerkAuth| async move { format!("{}", auth.verified().is_some()) }))
        .route("/open", get(|| async { ([(VARY, "Origin")], "open") }))
        .with_state(Db { name: "main" })
}

fn application() -> Router {
    let verifier = verifier().authorized_parties(["https://example.com"]).build().expect("the verifier builds");
    routes().layer(ClerkLayer::new(verifier))
}

async fn send(router: Router, path: &str, headers: &[(&str, &[u8])]) -> Response<Body> {
    let mut request = Request::builder().uri(path).body(Body::empty()).expect("a request");
    for (name, value) in headers {
        let name = axum::http::HeaderName::try_from(*name).expect("a name");
        request.headers_mut().append(name, HeaderValue::from_bytes(value).expect("a value"));
    }
    router.oneshot(request).await.expect("infallible")
}

async fn get_with(path: &str, authorization: Option<&str>) -> (StatusCode, String, String) {
    let headers: Vec<_> = authorization.iter().map(|value| (AUTHORIZATION.as_str(), value.as_bytes())).collect();
    answer(send(application(), path, &headers).await).await
}

/// The status, the challenge and the body.
async fn answer(response: Response<Body>) -> (StatusCode, String, String) {
    let vary: Vec<_> = response.headers().get_all(VARY).iter().filter_map(|value| value.to_str().ok()).collect();
    let mentions = vary.iter().filter(|value| value.contains("Authorization")).count();
    assert_eq!(mentions, 1, "{vary:?}");
    let challenge = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let challenge = challenge.to_owned();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1024).await.expect("a body");
    (status, challenge, String::from_utf8_lossy(&body).into_owned())
}

fn good() -> String {
    token(json!({ "metadata": { "email": "a@b.test" } }))
}

const NEEDS_A_USER: [&str; 2] = ["/auth", "/signed"];
const TAKES_NOBODY: [&str; 3] = ["/maybe", "/option", "/maybe-signed"];

fn all() -> impl Iterator<Item = &'static str> {
    NEEDS_A_USER.into_iter().chain(TAKES_NOBODY)
}

#[tokio::test]
async fn a_good_token_is_somebody_everywhere() {
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", good());
        for path in all() {
            let (status, _, body) = get_with(path, Some(&header)).await;
            let expected = if path.contains("signed") { "main:user_1" } else { "user_1 a@b.test" };
            assert_eq!((status, body.as_str()), (StatusCode::OK, expected), "{path}");
        }
        assert_eq!(get_with("/raw", Some(&header)).await.2, "true");
    }
}

#[tokio::test]
async fn no_credential_is_nobody() {
    for path in NEEDS_A_USER {
        let answer = get_with(path, None).await;
        assert_eq!(answer, (StatusCode::UNAUTHORIZED, "Bearer".into(), String::new()), "{path}");
    }
    for path in TAKES_NOBODY {
        let (status, _, body) = get_with(path, None).await;
        let expected = if path.contains("signed") { "main:nobody" } else { "nobody" };
        assert_eq!((status, body.as_str()), (StatusCode::OK, expected), "{path}");
    }
    assert_eq!(get_with("/raw", None).await.2, "false");
    assert_eq!(get_with("/open", None).await.2, "open");
}

#[tokio::test]
async fn cookies_are_no_credential() {
    let cookie = format!("__session={}; __client_uat={NOW}", good());
    let response = send(application(), "/maybe", &[(COOKIE.as_str(), cookie.as_bytes())]).await;
    assert_eq!(answer(response).await.2, "nobody");
}

#[tokio::test]
async fn a_bad_credential_is_never_nobody() {
    let expired = token(json!({ "exp": NOW - 60 }));
    let pending = token(json!({ "sts": "pending" }));
    let template = sign(&json!({ "alg": "RS256", "cat": "cl_B7d4PD222AAA" }), &claims(json!({})));
    let good = good();
    for (header, reason) in [
        (format!("Bearer {expired}"), "token-expired"),
        (format!("Bearer {pending}"), "session-pending"),
        (format!("Bearer {template}"), "token-type-mismatch"),
        (format!("Bearer {}", token(json!({ "azp": "https://evil.test" }))), "token-invalid-authorized-parties"),
        ("Bearer".into(), "token-invalid"),
        ("Bearer ".into(), "token-invalid"),
        ("Bearer garbage".into(), "token-invalid"),
        (format!("Bearer  {good}"), "token-invalid"),
        (format!("Bearer {good} extra"), "token-invalid"),
        (format!("Bearer {good}, Bearer {good}"), "token-invalid"),
        ("Basic dTpw".into(), "unsupported-scheme"),
        (good.clone(), "unsupported-scheme"),
        (String::new(), "unsupported-scheme"),
        (format!("Bearer\t{good}"), "unsupported-scheme"),
    ] {
        for path in all() {
            let (status, challenge, body) = get_with(path, Some(&header)).await;
            let expected = format!(r#"Bearer error="invalid_token", error_description="{reason}""#);
            assert_eq!((status, challenge, body.as_str()), (StatusCode::UNAUTHORIZED, expected, ""), "{path} {header}");
        }
        assert_eq!(get_with("/open", Some(&header)).await.0, StatusCode::OK, "the layer rejects nobody");
    }
}

#[tokio::test]
async fn a_header_that_is_no_text() {
    for path in all() {
        let response = send(application(), path, &[(AUTHORIZATION.as_str(), "Bearer é".as_bytes())]).await;
        let (status, challenge, _) = answer(response).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(challenge.contains("token-invalid"), "{challenge}");
    }
}

#[tokio::test]
async fn several_headers_are_ambiguous() {
    let header = format!("Bearer {}", good());
    for second in [header.as_str(), "Basic dTpw", ""] {
        for path in all() {
            let headers = [(AUTHORIZATION.as_str(), header.as_bytes()), (AUTHORIZATION.as_str(), second.as_bytes())];
            let (status, challenge, _) = answer(send(application(), path, &headers).await).await;
            assert_eq!((status, challenge.as_str()), (StatusCode::BAD_REQUEST, r#"Bearer error="invalid_request""#));
        }
    }
}

#[tokio::test]
async fn claims_that_make_no_user_are_forbidden() {
    for metadata in [json!(null), json!({}), json!({ "email": null }), json!({ "email": 1 }), json!("secret")] {
        let header = format!("Bearer {}", token(json!({ "metadata": metadata })));
        for path in all() {
            let answer = get_with(path, Some(&header)).await;
            assert_eq!(answer, (StatusCode::FORBIDDEN, String::new(), r#"{"code":"claims"}"#.into()), "{path}");
        }
    }
}

#[tokio::test]
async fn a_missing_layer_is_the_servers_mistake() {
    let header = format!("Bearer {}", good());
    for path in all().chain(["/raw"]) {
        for headers in [&[][..], &[(AUTHORIZATION.as_str(), header.as_bytes())]] {
            let (status, _, body) = answer(send(routes(), path, headers).await).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert!(body.contains("ClerkLayer"), "{body}");
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_judge_says_so() {
    let clock = || std::time::UNIX_EPOCH - std::time::Duration::from_secs(1);
    let verifier: ClerkVerifier = verifier().clock(clock).any_party().build().expect("the verifier builds");
    let header = format!("Bearer {}", good());
    for path in all() {
        let router = routes().layer(ClerkLayer::new(verifier.clone()));
        let response = send(router, path, &[(AUTHORIZATION.as_str(), header.as_bytes())]).await;
        let (status, challenge, _) = answer(response).await;
        assert_eq!((status, challenge.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    }
    assert!(now() > std::time::UNIX_EPOCH);
}
