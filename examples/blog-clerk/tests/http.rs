//! The blog over HTTP, as the program that people start.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

const DEVELOPMENT_KEY: &[u8] = include_bytes!("../assets/development-key.pk8");
const OTHER_KEY: &[u8] = include_bytes!("other-key.pk8");

/// The blog, running on a port of its own with a database of its own.
struct Blog {
    program: Child,
    address: String,
    agent: ureq::Agent,
    _folder: tempfile::TempDir,
}

impl Drop for Blog {
    fn drop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

impl Blog {
    /// With the demo people.
    fn start() -> Self {
        Self::with(&[])
    }

    fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("blog.db").display());
        let mut program = Command::new(env!("CARGO_BIN_EXE_blog-clerk"))
            .args(["--port", "0", "--database", &database])
            .env_remove("CLERK_JWT_KEY")
            .env_remove("CLERK_PUBLISHABLE_KEY")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("The blog is at ").unwrap().to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build().into();
        let blog = Self { program, address, agent, _folder: folder };
        // The address is told before the first request is taken.
        for _ in 0..100 {
            if blog.agent.get(&blog.address).call().is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        blog
    }

    /// A request to the API: its status, its body, and what it says of the credential.
    fn request(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Value, String) {
        let mut request = http::Request::builder().method(method).uri(format!("{}/api{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string()
            }
            None => String::new(),
        };
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null), challenge.unwrap_or_default())
    }

    fn titles(&self, token: Option<&str>) -> Vec<String> {
        let (status, posts, _) = self.request("GET", "/posts", token, None);
        assert_eq!(status, 200);
        let mut titles: Vec<String> =
            posts.as_array().unwrap().iter().map(|post| post["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles
    }

    /// The claims of a good token for `id`.
    fn claims(&self, id: &str) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({
            "azp": self.address, "exp": now + 60, "iat": now, "iss": "https://development.invalid", "nbf": now,
            "sid": "sess_test", "sts": "active", "sub": id, "v": 2,
        })
    }

    fn token(&self, id: &str) -> String {
        sign(DEVELOPMENT_KEY, &self.claims(id))
    }
}

fn sign(key: &[u8], claims: &Value) -> String {
    let key = RsaKeyPair::from_pkcs8(key).unwrap();
    let input = unsigned(&json!({ "alg": "RS256", "typ": "JWT" }), claims);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims.as_object_mut().unwrap().insert(name.to_owned(), value);
    claims
}

#[test]
fn visitors_see_nothing_and_readers_see_what_is_published_and_their_own() {
    let blog = Blog::start();
    let (ann, bob, eve) = (blog.token("user_ann"), blog.token("user_bob"), blog.token("user_eve"));
    assert_eq!(blog.titles(None), [""; 0]);
    assert_eq!(blog.titles(Some(&ann)), ["A rule is written once", "Hello from Bob", "Only I can see this draft"]);
    assert_eq!(blog.titles(Some(&bob)), ["A rule is written once", "Hello from Bob"]);
    assert_eq!(blog.titles(Some(&eve)), ["A rule is written once", "Hello from Bob"]);
    assert_eq!(blog.request("GET", "/me", None, None), (200, Value::Null, String::new()));
    assert_eq!(blog.request("GET", "/me", Some(&eve), None).1, json!({ "id": "user_eve" }));
}

#[test]
fn an_author_creates_publishes_unpublishes_and_deletes() {
    let blog = Blog::start();
    let (ann, bob) = (blog.token("user_ann"), blog.token("user_bob"));
    let (status, post, _) = blog.request("POST", "/posts", Some(&ann), Some(&json!({ "title": "New" })));
    assert_eq!((status, &post["authorId"], &post["published"]), (201, &json!("user_ann"), &json!(false)));
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(blog.request("GET", &path, Some(&bob), None).0, 404);
    for published in [true, false] {
        let (status, post, _) = blog.request("PATCH", &path, Some(&ann), Some(&json!({ "published": published })));
        assert_eq!((status, &post["published"]), (200, &json!(published)));
        assert_eq!(blog.request("GET", &path, Some(&bob), None).0, if published { 200 } else { 404 });
    }
    assert_eq!(blog.request("DELETE", &path, Some(&ann), None).0, 200);
    assert_eq!(blog.request("GET", &path, Some(&ann), None).0, 404);
}

#[test]
fn nobody_writes_in_anothers_name_or_touches_anothers_post() {
    let blog = Blog::start();
    let (ann, bob) = (blog.token("user_ann"), blog.token("user_bob"));
    let forged = json!({ "title": "Ann says", "authorId": "user_ann" });
    let (status, body, _) = blog.request("POST", "/posts", Some(&bob), Some(&forged));
    assert_eq!((status, &body["code"]), (403, &json!("denied")));
    let own = blog.request("POST", "/posts", Some(&bob), Some(&json!({ "title": "Mine" }))).1;
    let given_away = json!({ "authorId": "user_ann" });
    let own = format!("/posts/{}", own["id"].as_str().unwrap());

    let public = json!({ "title": "Public", "published": true });
    let post = blog.request("POST", "/posts", Some(&ann), Some(&public)).1;
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    let missing = blog.request("PATCH", "/posts/nothing", Some(&bob), Some(&json!({ "title": "x" })));
    // As if it did not exist, although Bob can read it.
    assert_eq!(missing.0, 404);
    assert_eq!(blog.request("PATCH", &path, Some(&bob), Some(&json!({ "title": "x" }))), missing);
    assert_eq!(blog.request("DELETE", &path, Some(&bob), None), missing);
    for (method, path) in [("PATCH", &path), ("DELETE", &path), ("PATCH", &own)] {
        let (status, _, challenge) = blog.request(method, path, None, Some(&given_away));
        assert_eq!((status, challenge.as_str()), (401, "Bearer"), "{method}");
    }
    assert_eq!(blog.request("GET", &path, Some(&ann), None).1["title"], "Public");
}

#[test]
fn a_bad_credential_is_refused_with_its_reason_and_never_taken_for_none() {
    let blog = Blog::start();
    let good = blog.claims("user_ann");
    let header = json!({ "alg": "none", "typ": "JWT" });
    for (token, reason) in [
        (sign(DEVELOPMENT_KEY, &with(good.clone(), "exp", json!(1_000_000_000))), "token-expired"),
        (format!("{}.", unsigned(&header, &good)), "token-invalid-algorithm"),
        (sign(OTHER_KEY, &good), "token-invalid-signature"),
        (sign(DEVELOPMENT_KEY, &with(good.clone(), "iss", json!("https://evil.invalid"))), "token-invalid-issuer"),
        (
            sign(DEVELOPMENT_KEY, &with(good.clone(), "azp", json!("https://evil.invalid"))),
            "token-invalid-authorized-parties",
        ),
        (sign(DEVELOPMENT_KEY, &with(good, "sts", json!("pending"))), "session-pending"),
        ("nonsense".to_owned(), "token-invalid"),
    ] {
        for (method, path) in [("GET", "/posts"), ("GET", "/me"), ("POST", "/posts")] {
            let body = (method == "POST").then(|| json!({ "title": "x" }));
            let (status, body, challenge) = blog.request(method, path, Some(&token), body.as_ref());
            assert_eq!((status, body), (401, Value::Null), "{reason}: {method} {path}");
            let expected = format!(r#"Bearer error="invalid_token", error_description="{reason}""#);
            assert_eq!(challenge, expected, "{method} {path}");
        }
    }
}

#[test]
fn with_clerks_keys_its_people_sign_in_and_nobody_else() {
    let public_key = include_str!("../assets/development-key.pub.pem");
    // Names the host `clerk.example.com`.
    let publishable_key = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k";
    let blog = Blog::with(&[("CLERK_JWT_KEY", public_key), ("CLERK_PUBLISHABLE_KEY", publishable_key)]);
    let claims = with(blog.claims("user_2abc"), "iss", json!("https://clerk.example.com"));
    let token = sign(DEVELOPMENT_KEY, &claims);
    assert_eq!(blog.request("GET", "/me", Some(&token), None).1, json!({ "id": "user_2abc" }));
    // A token of the demo has another issuer, and there is no demo to ask for one.
    assert_eq!(blog.request("GET", "/me", Some(&blog.token("user_ann")), None).0, 401);
    let demo = http::Request::post(format!("{}/development/token", blog.address)).body(r#"{"id":"user_ann"}"#).unwrap();
    assert_eq!(blog.agent.run(demo).unwrap().status().as_u16(), 404);
    let page = blog.agent.get(&blog.address).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains(publishable_key) && page.contains("https://clerk.example.com/npm/@clerk/clerk-js"));
    assert!(!page.contains("Sign in as"), "{page}");
}

#[test]
fn input_that_cannot_be_used_is_refused() {
    let blog = Blog::start();
    let ann = blog.token("user_ann");
    for body in [json!({}), json!({ "title": null }), json!({ "title": 1 }), json!({ "title": "x", "evil": true })] {
        let (status, ..) = blog.request("POST", "/posts", Some(&ann), Some(&body));
        assert_eq!(status, 422, "{body}");
    }
    let post = blog.request("POST", "/posts", Some(&ann), Some(&json!({ "title": "x" }))).1;
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    for body in [json!({ "title": null }), json!({ "published": "yes" }), json!({ "authorId": "user_bob" })] {
        assert_eq!(blog.request("PATCH", &path, Some(&ann), Some(&body)).0, 422, "{body}");
    }
    assert_eq!(blog.request("PATCH", &path, Some(&ann), Some(&json!({}))).1, post);
}

#[test]
fn the_tour_ends_well() {
    let output = Command::new(env!("CARGO_BIN_EXE_blog-clerk")).arg("--tour").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("SELECT") && text.ends_with("Every rule did what the schema says.\n"), "{text}");
}

#[test]
fn half_of_clerks_keys_and_a_taken_port_are_said_plainly() {
    let run = |args: &[&str], variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blog-clerk"));
        command.args(args).env_remove("CLERK_JWT_KEY").env_remove("CLERK_PUBLISHABLE_KEY");
        if let Some(name) = variable {
            command.env(name, "x");
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let half = run(&["--port", "0", "--database", "sqlite::memory:"], Some("CLERK_JWT_KEY"));
    assert!(half.contains("CLERK_PUBLISHABLE_KEY is not; set both or neither"), "{half}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = run(&["--port", &port], None);
    assert!(text.contains("choose another port with `--port`"), "{text}");
}
