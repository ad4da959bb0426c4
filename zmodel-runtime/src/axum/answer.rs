//! What went wrong with a query, as the answer to a request.

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::error::{DatabaseErrorKind, Error, Problem};

/// A handler can return `Result<_, zmodel_runtime::Error>`.
///
/// The body is JSON, `{"code": …, "message": …}`; of values that do not satisfy the schema also all `problems`, each
/// with `path`, `code` and `message`. What the database says, and faults of the program, go to the log and
/// not to the client.
///
/// | error | status | code |
/// |-|-|-|
/// | not found, hidden, or not theirs to change | 404 | `not-found` |
/// | denied by the rules | 403 | `denied` |
/// | done, but the result may not be read | 403 | `unreadable` |
/// | refused by the application | 403 | `refused` |
/// | input that cannot be used, a value that its column cannot hold | 422 | `invalid` |
/// | unique constraint | 409 | `unique` |
/// | foreign key | 409 | `foreign-key` |
/// | the database is busy | 503 | `busy` |
/// | a transaction took too long | 503 | `timeout` |
/// | anything else | 500 | `internal` |
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, code) = status(&self);
        let message = if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = &self as &dyn std::error::Error, "a query failed");
            "something went wrong".to_owned()
        } else {
            match &self {
                // The name of a constraint tells how the tables are built.
                Self::Database(error) => error.kind.to_string(),
                // So does the place of a rule.
                Self::Denied(denied) => denied.summary(),
                other => other.to_string(),
            }
        };
        let mut body = serde_json::json!({ "code": code, "message": message });
        if let (Self::Validation(error), Some(body)) = (&self, body.as_object_mut()) {
            let problem = |problem: &Problem| serde_json::json!({ "path": problem.path, "code": problem.code, "message": problem.message });
            body.insert("problems".to_owned(), error.problems.iter().map(problem).collect());
        }
        (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    }
}

fn status(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found"),
        Error::Denied(_) if error.is_unreadable() => (StatusCode::FORBIDDEN, "unreadable"),
        Error::Denied(_) => (StatusCode::FORBIDDEN, "denied"),
        Error::Refused { .. } => (StatusCode::FORBIDDEN, "refused"),
        Error::Invalid { .. } | Error::Input(_) | Error::Validation(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Error::Database(error) => match error.kind {
            DatabaseErrorKind::Unique => (StatusCode::CONFLICT, "unique"),
            DatabaseErrorKind::ForeignKey => (StatusCode::CONFLICT, "foreign-key"),
            DatabaseErrorKind::Value => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            DatabaseErrorKind::TimedOut => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            DatabaseErrorKind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        },
        Error::Failed(_) | Error::Decode { .. } | Error::Internal { .. } => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}
