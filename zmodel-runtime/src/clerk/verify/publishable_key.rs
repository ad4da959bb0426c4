//! The publishable key, which names an instance's Frontend API.

use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A decoded publishable key. It is no secret.
///
/// ```
/// use zmodel_runtime::clerk::verify::PublishableKey;
///
/// let key: PublishableKey = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k".parse()?;
/// assert_eq!(key.frontend_api(), "clerk.example.com");
/// assert_eq!(key.issuer(), "https://clerk.example.com");
/// assert!(key.is_production());
/// # Ok::<(), zmodel_runtime::clerk::verify::PublishableKeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishableKey {
    frontend_api: String,
    is_production: bool,
}

impl PublishableKey {
    /// The host of the Frontend API.
    pub fn frontend_api(&self) -> &str {
        &self.frontend_api
    }

    /// The `iss` of the instance's tokens, unless it is behind a proxy.
    pub fn issuer(&self) -> String {
        format!("https://{}", self.frontend_api)
    }

    /// Whether it is a production instance's key (`pk_live_`), not a development one's (`pk_test_`).
    pub const fn is_production(&self) -> bool {
        self.is_production
    }
}

impl FromStr for PublishableKey {
    type Err = PublishableKeyError;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        let (is_production, encoded) = match key.split_at_checked("pk_live_".len()) {
            Some(("pk_live_", encoded)) => (true, encoded),
            Some(("pk_test_", encoded)) => (false, encoded),
            _ => return Err(PublishableKeyError),
        };
        let decoded = BASE64.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let host = decoded.as_deref().and_then(|text| text.strip_suffix('$')).filter(|host| is_dns_name(host));
        Ok(Self { frontend_api: host.ok_or(PublishableKeyError)?.to_owned(), is_production })
    }
}

/// Two labels or more, without a port, a path or anything else that would make it another host.
fn is_dns_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(is_label)
}

/// A text is not a publishable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a publishable key is `pk_live_` or `pk_test_` and the encoded name of a host")]
pub struct PublishableKeyError;
