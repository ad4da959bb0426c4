//! Setting up a verifier.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::clock::{Clock, SystemClock};
use super::keys::{KeyError, KeyRing};
use super::publishable_key::{PublishableKey, PublishableKeyError};
use super::{ClerkVerifier, Settings};

/// What Clerk's own libraries allow for clocks that do not agree.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// The state of a [`Builder`] that has not been told whose tokens to accept. It cannot build.
#[derive(Debug)]
pub struct PartiesOpen;

/// The state of a [`Builder`] that has been told whose tokens to accept.
#[derive(Debug)]
pub struct PartiesChosen;

/// Sets up a [`ClerkVerifier`]: at least one key, and whose tokens to accept. Everything is checked by
/// [`build`](Self::build).
#[must_use = "a builder does nothing until it builds"]
pub struct Builder<Parties> {
    pems: Vec<String>,
    publishable_key: Option<String>,
    authorized_parties: Option<Vec<String>>,
    issuers: Issuers,
    audiences: Option<Vec<String>>,
    clock_skew: Duration,
    accept_pending: bool,
    clock: Box<dyn Clock>,
    parties: PhantomData<Parties>,
}

enum Issuers {
    /// The instance that the publishable key names, if there is one.
    OfPublishableKey,
    These(Vec<String>),
    Any,
}

impl Builder<PartiesOpen> {
    pub(super) fn new() -> Self {
        Self {
            pems: Vec::new(),
            publishable_key: None,
            authorized_parties: None,
            issuers: Issuers::OfPublishableKey,
            audiences: None,
            clock_skew: CLOCK_SKEW,
            accept_pending: false,
            clock: Box::new(SystemClock),
            parties: PhantomData,
        }
    }

    /// Accepts tokens that were minted for these sites (`azp`): origins such as `https://example.com`, compared
    /// letter by letter.
    pub fn authorized_parties(self, parties: impl IntoIterator<Item = impl Into<String>>) -> Builder<PartiesChosen> {
        self.choose(Some(texts(parties)))
    }

    /// Accepts tokens whichever site they were minted for, also another one of the same instance.
    ///
    /// Needed for tokens without an `azp`: those of native apps and those that the Backend API mints for tests.
    pub fn any_party(self) -> Builder<PartiesChosen> {
        self.choose(None)
    }

    fn choose(self, authorized_parties: Option<Vec<String>>) -> Builder<PartiesChosen> {
        let Self { pems, publishable_key, issuers, audiences, clock_skew, accept_pending, clock, .. } = self;
        let parties = PhantomData;
        Builder {
            pems,
            publishable_key,
            authorized_parties,
            issuers,
            audiences,
            clock_skew,
            accept_pending,
            clock,
            parties,
        }
    }
}

impl<Parties> Builder<Parties> {
    /// Adds the instance's public key (`CLERK_JWT_KEY`; in the dashboard under API keys, "JWKS public key").
    ///
    /// RSA of 2048 to 4096 bits as PEM, `PUBLIC KEY` or `RSA PUBLIC KEY`, or as bare base64. Line breaks may be
    /// missing, or written as `\n`. The text may hold several keys, for a rotation; four keys are the most.
    pub fn pem(mut self, pem: impl Into<String>) -> Self {
        self.pems.push(pem.into());
        self
    }

    /// Accepts only tokens of the instance that this key (`pk_live_…` or `pk_test_…`) belongs to, unless
    /// [`issuers`](Self::issuers) or [`any_issuer`](Self::any_issuer) says otherwise.
    pub fn publishable_key(mut self, key: impl Into<String>) -> Self {
        self.publishable_key = Some(key.into());
        self
    }

    /// Accepts only tokens of these issuers (`iss`), such as `https://clerk.example.com`; for an instance behind a
    /// proxy, the proxy's URL.
    pub fn issuers(mut self, issuers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.issuers = Issuers::These(texts(issuers));
        self
    }

    /// Does not look at the issuer. The key alone binds the instance.
    pub fn any_issuer(mut self) -> Self {
        self.issuers = Issuers::Any;
        self
    }

    /// Accepts only tokens for one of these audiences (`aud`). Session tokens have none unless it was added to them.
    pub fn audiences(mut self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.audiences = Some(texts(audiences));
        self
    }

    /// How far the clocks may disagree, either way; 5 seconds unless set.
    pub const fn clock_skew(mut self, clock_skew: Duration) -> Self {
        self.clock_skew = clock_skew;
        self
    }

    /// Tells the time in place of the machine's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Accepts sessions with open tasks, such as choosing an organisation, which are refused otherwise. What is
    /// [pending](crate::clerk::ClerkSession::is_pending) is then for the application to look at.
    pub const fn accept_pending(mut self) -> Self {
        self.accept_pending = true;
        self
    }
}

impl Builder<PartiesChosen> {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when there is no key or one that cannot be used, or a list is empty.
    pub fn build(self) -> Result<ClerkVerifier, ConfigError> {
        let keys = KeyRing::parse(self.pems.iter().map(String::as_str))?;
        if keys.is_empty() {
            return Err(ConfigError::NoKey);
        }
        if let Some(parties) = &self.authorized_parties {
            check_parties(parties)?;
        }
        let publishable_key = self.publishable_key.map(|key| key.parse::<PublishableKey>()).transpose()?;
        let issuers = match self.issuers {
            Issuers::OfPublishableKey => publishable_key.map(|key| vec![key.issuer()]),
            Issuers::These(issuers) => Some(issuers),
            Issuers::Any => None,
        };
        if issuers.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::NoIssuers);
        }
        if self.audiences.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::NoAudiences);
        }
        Ok(ClerkVerifier(Arc::new(Settings {
            keys,
            authorized_parties: self.authorized_parties,
            issuers,
            audiences: self.audiences,
            clock_skew: self.clock_skew,
            accept_pending: self.accept_pending,
            clock: self.clock,
        })))
    }
}

/// Refuses parties that no browser would ever send as an origin.
fn check_parties(parties: &[String]) -> Result<(), ConfigError> {
    if parties.is_empty() {
        return Err(ConfigError::NoAuthorizedParties);
    }
    let is_origin = |party: &str| {
        let host = party.split_once("://").map_or("", |(_, host)| host);
        !host.is_empty() && !host.contains('/') && !party.contains(char::is_whitespace)
    };
    match parties.iter().find(|party| !is_origin(party)) {
        Some(party) => Err(ConfigError::NotAnOrigin { party: party.clone() }),
        None => Ok(()),
    }
}

fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl<Parties> fmt::Debug for Builder<Parties> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("keys", &self.pems.len())
            .field("publishable_key", &self.publishable_key)
            .field("authorized_parties", &self.authorized_parties)
            .finish_non_exhaustive()
    }
}

/// A verifier cannot be built from these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No key was given.
    #[error("there is no public key: set `CLERK_JWT_KEY`")]
    NoKey,
    /// A key cannot be used.
    #[error("`CLERK_JWT_KEY` cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The publishable key is none.
    #[error("`CLERK_PUBLISHABLE_KEY` cannot be used: {0}")]
    PublishableKey(#[from] PublishableKeyError),
    /// There are no authorized parties, which would accept the tokens of any site if it meant anything.
    #[error("there are no authorized parties: set `CLERK_AUTHORIZED_PARTIES` to the sites that sign in here, or `*`")]
    NoAuthorizedParties,
    /// An authorized party that could never match.
    #[error("authorized party `{party}` is not an origin such as `https://example.com`")]
    NotAnOrigin {
        /// The party.
        party: String,
    },
    /// The list of issuers is empty.
    #[error("the list of issuers is empty")]
    NoIssuers,
    /// The list of audiences is empty.
    #[error("the list of audiences is empty")]
    NoAudiences,
}
