//! The three parts of a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::reason::Reason;

/// Longer than any cookie can be, so that no session token is, and short enough to do some work for a stranger.
const LONGEST: usize = 8 * 1024;

/// `cat` of a session token.
const SESSION: &str = "cl_B7d4PD111AAA";
/// `cat` of a token that does not tell its class.
const UNCLASSED: &str = "cl_I7d4PD111III";

/// A token that is well formed. Nothing in it has been verified.
pub(super) struct Token<'a> {
    signed: &'a str,
    header: Value,
    payload: Value,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Reason> {
        if text.len() > LONGEST || !text.is_ascii() {
            return Err(Reason::TokenInvalid);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Reason::TokenInvalid)?;
        let (header, payload) = signed.split_once('.').ok_or(Reason::TokenInvalid)?;
        // A third dot would be in the payload, where it is no base64url.
        Ok(Self { signed, header: json(header)?, payload: json(payload)?, signature: bytes(signature)? })
    }

    /// Refuses whatever is not a session's: tokens of templates and machines, and access tokens.
    pub(super) fn check_class(&self) -> Result<(), Reason> {
        let is_session = match self.header.get("cat") {
            None => true,
            Some(class) => class == SESSION || class == UNCLASSED,
        };
        let is_access_token = self.header_text("typ").is_some_and(|typ| matches!(typ, "at+jwt" | "application/at+jwt"));
        let subject = self.payload.get("sub").and_then(Value::as_str);
        let is_machine = subject.is_some_and(|subject| subject.starts_with("mch_"));
        if is_session && !is_access_token && !is_machine { Ok(()) } else { Err(Reason::TokenTypeMismatch) }
    }

    /// Refuses extensions that are not understood, other types and other algorithms, in this order. Key material in
    /// the header is never looked at.
    pub(super) fn check_header(&self) -> Result<(), Reason> {
        let is_jwt = self.header.get("typ").is_none_or(|typ| typ == "JWT");
        if self.header.get("crit").is_some() || !is_jwt {
            return Err(Reason::TokenInvalid);
        }
        if self.header_text("alg") == Some("RS256") { Ok(()) } else { Err(Reason::TokenInvalidAlgorithm) }
    }

    /// What was signed: the text of the first two parts.
    pub(super) fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims, which are about somebody.
    pub(super) fn into_claims(self) -> Result<Map<String, Value>, Reason> {
        match self.payload {
            Value::Object(claims) if is_filled(claims.get("sub")) => Ok(claims),
            _ => Err(Reason::TokenVerificationFailed),
        }
    }

    fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}

fn is_filled(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

/// Base64url without padding and without leftover bits, so that there is one text for one token.
fn bytes(part: &str) -> Result<Vec<u8>, Reason> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::TokenInvalid)
}

fn json(part: &str) -> Result<Value, Reason> {
    match serde_json::from_slice(&bytes(part)?) {
        Ok(Value::Null) | Err(_) => Err(Reason::TokenInvalid),
        Ok(value) => Ok(value),
    }
}
