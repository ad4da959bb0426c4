//! The public keys that tokens are verified with.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::der;
use super::reason::Reason;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Two are needed while keys are being rotated. Every key costs a stranger's bad token one more verification.
const MOST_KEYS: usize = 4;

/// One key or more, any of which may have signed a token.
pub(super) struct KeyRing(Vec<UnparsedPublicKey<Vec<u8>>>);

impl KeyRing {
    /// Reads keys; see [`Builder::pem`](super::Builder::pem) for the forms.
    pub(super) fn parse<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for text in texts {
            // How a line break ends up in an environment variable, more often than not.
            let text = text.replace("\\r", "").replace("\\n", "\n");
            for block in blocks(&text)? {
                keys.push(UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, block.rsa_key()?));
            }
        }
        if keys.len() > MOST_KEYS { Err(KeyError::TooMany) } else { Ok(Self(keys)) }
    }

    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Reason> {
        let fits = self.0.iter().any(|key| key.verify(signed, signature).is_ok());
        if fits { Ok(()) } else { Err(Reason::TokenInvalidSignature) }
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A public key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no text.
    #[error("the key is empty")]
    Empty,
    /// A PEM block without its end, or text around the blocks.
    #[error("the key is not well-formed PEM")]
    NotPem,
    /// A PEM block of another kind.
    #[error("expected a PEM block `PUBLIC KEY` or `RSA PUBLIC KEY`, found `{label}`")]
    Label {
        /// What the block says it is.
        label: String,
    },
    /// A private key, which belongs nowhere near here.
    #[error("this is a private key; Clerk's dashboard shows the public one, and this one should be replaced")]
    Private,
    /// The text is not base64.
    #[error("the key is not base64")]
    NotBase64,
    /// The bytes are not a public key.
    #[error("the key is not a public key in DER")]
    NotAKey,
    /// A public key of another algorithm.
    #[error("the key is not an RSA key")]
    NotRsa,
    /// Too short to be safe, or too long to be verified for every stranger.
    #[error("the key has {bits} bits, not 2048 to 4096")]
    Size {
        /// How many it has.
        bits: usize,
    },
    /// An exponent other than 65537.
    #[error("the key's exponent is not 65537")]
    Exponent,
    /// More keys than a rotation needs.
    #[error("there are more than four keys")]
    TooMany,
}

enum Block<'a> {
    /// `PUBLIC KEY`
    Spki(&'a str),
    /// `RSA PUBLIC KEY`
    Pkcs1(&'a str),
    /// Base64 without a frame.
    Bare(&'a str),
}

impl Block<'_> {
    /// The `RSAPublicKey`, checked.
    fn rsa_key(&self) -> Result<Vec<u8>, KeyError> {
        let (Self::Spki(base64) | Self::Pkcs1(base64) | Self::Bare(base64)) = self;
        let compact: String = base64.split_whitespace().collect();
        let der = BASE64.decode(compact).map_err(|_| KeyError::NotBase64)?;
        let key = match self {
            Self::Pkcs1(_) => &der,
            Self::Bare(_) if der::check_rsa_key(&der).is_ok() => &der,
            Self::Spki(_) | Self::Bare(_) => der::rsa_key_of_spki(&der)?,
        };
        der::check_rsa_key(key)?;
        Ok(key.to_vec())
    }
}

fn blocks(text: &str) -> Result<Vec<Block<'_>>, KeyError> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(KeyError::Empty);
    }
    if !rest.contains(DASHES) {
        return Ok(vec![Block::Bare(rest)]);
    }
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let (label, body) =
            rest.strip_prefix(BEGIN).and_then(|rest| rest.split_once(DASHES)).ok_or(KeyError::NotPem)?;
        let (body, after) = body.split_once(&format!("-----END {label}-----")).ok_or(KeyError::NotPem)?;
        blocks.push(match label {
            "PUBLIC KEY" => Block::Spki(body),
            "RSA PUBLIC KEY" => Block::Pkcs1(body),
            private if private.ends_with("PRIVATE KEY") => return Err(KeyError::Private),
            other => return Err(KeyError::Label { label: other.to_owned() }),
        });
        rest = after.trim();
    }
    Ok(blocks)
}
