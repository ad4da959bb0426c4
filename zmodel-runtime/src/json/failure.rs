//! Errors, told in JSON.

use serde_json::{Map, Value as Json, json};

use crate::error::{DeniedReason, Error, Problem};

/// An error as an object with `kind`, `message` and what else there is to say of it, in the words of ZenStack:
///
/// | `kind` | when | also |
/// |---|---|---|
/// | `invalid-input` | the arguments cannot be used | `model`, `path`; of values all `problems` with `path`, `code`, `message` |
/// | `not-found` | no such row for this caller | `model` |
/// | `rejected-by-policy` | the rules refuse a write | `model`, `policyReason`: `no-access` or `cannot-read-back` |
/// | `refused` | the application refuses the call | |
/// | `failed` | what the application does failed; the message does not say how | |
/// | `db-query-error` | the database refuses | `dbErrorCode` |
/// | `internal-error` | a fault in zmodel, or in what the database holds | |
#[must_use]
pub fn failure(error: &Error) -> Json {
    let mut members = Map::new();
    let mut put = |key: &str, value: &str| {
        members.insert(key.to_owned(), value.into());
    };
    match error {
        Error::Denied(denied) => put("message", &denied.summary()),
        // What it says is for the program.
        Error::Failed(_) => put("message", "the procedure failed"),
        other => put("message", &other.to_string()),
    }
    let kind = match error {
        Error::NotFound { model } => {
            put("model", model);
            "not-found"
        }
        Error::Denied(denied) => {
            put("model", &denied.model);
            put(
                "policyReason",
                match denied.reason {
                    DeniedReason::NoAccess => "no-access",
                    DeniedReason::CannotReadBack => "cannot-read-back",
                },
            );
            "rejected-by-policy"
        }
        Error::Input(input) => {
            put("model", &input.model);
            put("path", &input.path);
            "invalid-input"
        }
        Error::Invalid { .. } => "invalid-input",
        Error::Refused { .. } => "refused",
        Error::Failed(_) => "failed",
        Error::Validation(error) => {
            put("model", &error.model);
            let problem =
                |problem: &Problem| json!({ "path": problem.path, "code": problem.code, "message": problem.message });
            members.insert("problems".to_owned(), error.problems.iter().map(problem).collect());
            "invalid-input"
        }
        Error::Database(error) => {
            if let Some(code) = &error.code {
                put("dbErrorCode", code);
            }
            "db-query-error"
        }
        Error::Decode { .. } | Error::Internal { .. } => "internal-error",
    };
    members.insert("kind".to_owned(), kind.into());
    Json::Object(members)
}
