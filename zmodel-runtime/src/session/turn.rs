//! Turns: the calls of a batch are made in their order, and each lets the next one begin once its last statement is sent.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// What lets the next call begin. If it is dropped before it is passed on, that one never begins.
#[derive(Debug, Clone)]
pub(crate) struct Turn(Arc<Mutex<Option<oneshot::Sender<()>>>>);

/// What a call waits for; the first one waits for nothing.
pub(crate) type Waiting = Option<oneshot::Receiver<()>>;

impl Turn {
    /// Lets the next one begin.
    pub(crate) fn pass(&self) {
        if let Some(next) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = next.send(());
        }
    }
}

/// The turns of calls that follow each other.
pub(crate) fn turns() -> impl Iterator<Item = (Waiting, Turn)> {
    let mut waiting = None;
    std::iter::from_fn(move || {
        let (next, waits) = oneshot::channel();
        Some((waiting.replace(waits), Turn(Arc::new(Mutex::new(Some(next))))))
    })
}
