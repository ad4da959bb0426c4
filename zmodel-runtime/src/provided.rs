//! What a schema leaves to the application.

use crate::secret::Keys;

/// What a schema leaves to the application, and an engine needs to work with it. A generated client asks for what its
/// schema needs, and for nothing else.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Provided {
    /// The keys for fields marked `@encrypted`.
    pub keys: Option<Keys>,
}
