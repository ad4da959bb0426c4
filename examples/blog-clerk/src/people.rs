//! Who may sign in: the people of a Clerk application, or a few made up for a development key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Serialize;
use serde_json::json;
use zmodel_runtime::clerk::ClerkVerifier;
use zmodel_runtime::clerk::verify::PublishableKey;

use crate::Failure;
use crate::db::{Db, User, post};

/// A person to try the blog as.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Person {
    /// The user id, as Clerk would have it.
    pub(crate) id: &'static str,
    /// What to call them.
    pub(crate) name: &'static str,
}

/// The demo people.
pub(crate) const DEMO: &[Person] = &[Person { id: "user_ann", name: "Ann" }, Person { id: "user_bob", name: "Bob" }];

/// How long a demo token lives, which is how long Clerk's do.
const TOKEN_LIFE: Duration = Duration::from_mins(1);

const PRIVATE_KEY: &[u8] = include_bytes!("../assets/development-key.pk8");
const PUBLIC_KEY: &str = include_str!("../assets/development-key.pub.pem");

/// Where people come from.
#[derive(Debug)]
pub(crate) enum People {
    /// From Clerk.
    Clerk {
        /// Checks their tokens.
        verifier: ClerkVerifier,
        /// The publishable key, for the page.
        publishable_key: String,
        /// The host of the Frontend API, which the page loads Clerk's script from.
        frontend_api: String,
    },
    /// Made up.
    Demo {
        /// Checks their tokens.
        verifier: ClerkVerifier,
        /// Whom the tokens are for.
        address: String,
    },
}

impl People {
    /// Clerk's people if its keys are set, else demo people. `address` is where the page is.
    pub(crate) fn from_env(address: &str) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("CLERK_JWT_KEY"), variable("CLERK_PUBLISHABLE_KEY")) {
            (None, None) => Self::demo(address),
            (Some(_), Some(publishable_key)) => {
                // The page is our own, unless the variable says who else may send tokens.
                let parties = variable("CLERK_AUTHORIZED_PARTIES")
                    .unwrap_or_else(|| format!("{address},{}", address.replace("127.0.0.1", "localhost")));
                let verifier = ClerkVerifier::from_variables(|name| match name {
                    "CLERK_AUTHORIZED_PARTIES" => Some(parties.clone()),
                    name => variable(name),
                })?;
                let frontend_api = publishable_key.parse::<PublishableKey>()?.frontend_api().to_owned();
                Ok(Self::Clerk { verifier, publishable_key, frontend_api })
            }
            (Some(_), None) => {
                Err("CLERK_JWT_KEY is set, but CLERK_PUBLISHABLE_KEY is not; set both or neither".into())
            }
            (None, Some(_)) => {
                Err("CLERK_PUBLISHABLE_KEY is set, but CLERK_JWT_KEY is not; set both or neither".into())
            }
        }
    }

    /// Demo people, with tokens for `address`.
    pub(crate) fn demo(address: &str) -> Result<Self, Failure> {
        let verifier =
            ClerkVerifier::builder().pem(PUBLIC_KEY).issuers([ISSUER]).authorized_parties([address]).build()?;
        Ok(Self::Demo { verifier, address: address.to_owned() })
    }

    /// Whether these are the demo people.
    pub(crate) fn are_demo(&self) -> bool {
        matches!(self, Self::Demo { .. })
    }

    /// Checks tokens.
    pub(crate) fn verifier(&self) -> &ClerkVerifier {
        match self {
            Self::Clerk { verifier, .. } | Self::Demo { verifier, .. } => verifier,
        }
    }

    /// What to tell whoever started the program.
    pub(crate) fn introduction(&self) -> String {
        match self {
            Self::Clerk { frontend_api, .. } => format!("People sign in with Clerk ({frontend_api})."),
            Self::Demo { .. } => {
                let names = DEMO.iter().map(|person| format!("  {} ({})\n", person.name, person.id));
                format!(
                    "No Clerk key is set, so it runs with a local development key, for this machine alone.\n\
                     Sign in on the page as one of these people:\n{}\
                     To use Clerk, set CLERK_JWT_KEY and CLERK_PUBLISHABLE_KEY.",
                    names.collect::<String>()
                )
            }
        }
    }

    /// A token for a demo person; `None` if there is no such person here.
    pub(crate) fn token(&self, id: &str) -> Result<Option<String>, Failure> {
        let Self::Demo { address, .. } = self else { return Ok(None) };
        if !DEMO.iter().any(|person| person.id == id) {
            return Ok(None);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        sign(&json!({
            "azp": address, "exp": now + TOKEN_LIFE.as_secs(), "iat": now, "iss": ISSUER, "nbf": now,
            "sid": format!("sess_{id}"), "sts": "active", "sub": id, "v": 2,
        }))
        .map(Some)
    }
}

const ISSUER: &str = "https://development.invalid";

/// A session token of the kind that Clerk makes, signed with the development key.
pub(crate) fn sign(claims: &serde_json::Value) -> Result<String, Failure> {
    let key = RsaKeyPair::from_pkcs8(PRIVATE_KEY).map_err(|error| error.to_string())?;
    let header = json!({ "alg": "RS256", "kid": "ins_development", "typ": "JWT" });
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", encode(&header), encode(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .map_err(|_| "the development key does not sign")?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Something to read in an empty demo blog. Written by the demo people themselves, under the rules like anything else.
pub(crate) async fn first_posts(db: &Db) -> Result<(), Failure> {
    if db.unguarded("is the demo blog empty?").post().count().await? > 0 {
        return Ok(());
    }
    for (author, title, published) in [
        ("user_ann", "A rule is written once", true),
        ("user_ann", "Only I can see this draft", false),
        ("user_bob", "Hello from Bob", true),
    ] {
        let client = db.auth(User { id: author.to_owned() });
        let new = post::New { title: title.to_owned(), author_id: author.to_owned() };
        client.post().create(new).set(|post| post.published, published).await?;
    }
    Ok(())
}
