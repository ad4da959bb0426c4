//! The blog over HTTP: a page, and the same operations as JSON.
//!
//! No handler looks at who owns what. Each takes the database acting for whoever asks, and the rules of the schema are
//! in every query.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRef, Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post as on_post};
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use zmodel_runtime::Error;
use zmodel_runtime::axum::{Auth, ClerkLayer, MaybeSignedIn, SignedIn};
use zmodel_runtime::model::Patch;

use crate::Failure;
use crate::db::{Db, Post, User, post};
use crate::people::{DEMO, People, Person};

/// What the handlers share.
#[derive(Clone)]
struct App {
    db: Db,
    people: Arc<People>,
}

impl FromRef<App> for Db {
    fn from_ref(app: &App) -> Self {
        app.db.clone()
    }
}

impl FromRef<App> for Arc<People> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.people)
    }
}

/// The whole blog.
pub(crate) fn router(db: Db, people: People) -> Result<Router, Failure> {
    let people = Arc::new(people);
    let policy = HeaderValue::from_str(&content_policy(&people))?;
    let clerk = ClerkLayer::new(people.verifier().clone());
    let api = Router::new()
        .route("/posts", get(list).post(create))
        .route("/posts/{id}", get(read).patch(update).delete(remove))
        .route("/me", get(me))
        .layer(clerk);
    let mut router = Router::new()
        .nest("/api", api)
        .route("/", get(page))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route("/app.js", get(|| async { asset("text/javascript; charset=utf-8", include_str!("../assets/app.js")) }))
        .route("/style.css", get(|| async { asset("text/css; charset=utf-8", include_str!("../assets/style.css")) }));
    if people.are_demo() {
        router = router.route("/development/token", on_post(token));
    }
    let headers = move |mut response: Response| {
        let policy = policy.clone();
        async move {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
            response
        }
    };
    Ok(router.layer(axum::middleware::map_response(headers)).with_state(App { db, people }))
}

/// The posts that the caller may see, newest first.
async fn list(MaybeSignedIn(db): MaybeSignedIn<Db>) -> Result<Json<Vec<Post>>, Error> {
    let posts = db.post().find_many().order_by(|post| post.created_at.desc().then(post.id.asc())).await?;
    Ok(Json(posts))
}

async fn read(MaybeSignedIn(db): MaybeSignedIn<Db>, Path(id): Path<String>) -> Result<Json<Post>, Error> {
    Ok(Json(db.post().find_unique_or_err(id).await?))
}

/// A post to create.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Draft {
    title: String,
    #[serde(default)]
    published: bool,
    /// Whom it is by; the rules refuse anybody but the caller.
    author_id: Option<String>,
}

async fn create(
    Auth(user): Auth<User>,
    SignedIn(db): SignedIn<Db>,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Post>), Error> {
    let new = post::New { title: draft.title, author_id: draft.author_id.unwrap_or(user.id) };
    let post = db.post().create(new).set(|post| post.published, draft.published).await?;
    Ok((StatusCode::CREATED, Json(post)))
}

/// What an author may change. An update rule looks at the row as it was, so it is for the handler to say that a post
/// cannot be given away.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Revision {
    title: Patch<String>,
    published: Patch<bool>,
}

async fn update(
    SignedIn(db): SignedIn<Db>,
    Path(id): Path<String>,
    Json(Revision { title, published }): Json<Revision>,
) -> Result<Json<Post>, Error> {
    let changes = post::Changes { title, published, ..post::Changes::default() };
    Ok(Json(db.post().update(id).patch(changes).await?))
}

async fn remove(SignedIn(db): SignedIn<Db>, Path(id): Path<String>) -> Result<Json<Post>, Error> {
    Ok(Json(db.post().delete(id).await?))
}

/// Who the caller is, or null.
async fn me(user: Option<Auth<User>>) -> Json<serde_json::Value> {
    Json(user.map_or(serde_json::Value::Null, |Auth(user)| json!({ "id": user.id })))
}

/// Whom to sign in as.
#[derive(Debug, Deserialize)]
struct SignInAs {
    id: String,
}

/// A token for a demo person. Anybody may have one: that is what a demo is.
async fn token(State(people): State<Arc<People>>, Json(SignInAs { id }): Json<SignInAs>) -> Response {
    match people.token(&id) {
        Ok(Some(token)) => Json(json!({ "token": token })).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, Json(json!({ "message": "there is no such person" }))).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The page.
#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    people: &'a [Person],
    clerk: Option<(&'a str, &'a str)>,
}

async fn page(State(people): State<Arc<People>>) -> Response {
    let page = match &*people {
        People::Demo { .. } => Page { people: DEMO, clerk: None },
        People::Clerk { publishable_key, frontend_api, .. } => {
            Page { people: &[], clerk: Some((publishable_key, frontend_api)) }
        }
    };
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

/// The page runs its own script and, with Clerk, Clerk's; nothing else.
fn content_policy(people: &People) -> String {
    let clerk = match people {
        People::Demo { .. } => String::new(),
        People::Clerk { frontend_api, .. } => format!(" https://{frontend_api}"),
    };
    let frames = if clerk.is_empty() { "'none'".to_owned() } else { "https://challenges.cloudflare.com".to_owned() };
    let scripts = if clerk.is_empty() { String::new() } else { format!("{clerk} https://challenges.cloudflare.com") };
    let (images, workers, styles) = if clerk.is_empty() {
        ("", "'none'", "")
    } else {
        (" https://img.clerk.com", "'self' blob:", " 'unsafe-inline'")
    };
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self'{images}; \
         connect-src 'self'{clerk}; frame-src {frames}; worker-src {workers}; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
