//! The fields of spans, for the subscribers of the bindings: each event has those of the spans it is in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::span::Id;

thread_local! {
    /// The spans that this thread is in, the outermost first.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The fields of a subscriber's spans that are not closed. Its methods are those of
/// [`tracing::Subscriber`].
#[doc(hidden)]
#[derive(Debug)]
pub struct SpanFields<F>(Mutex<Option<HashMap<u64, Open<F>>>>);

#[derive(Debug)]
struct Open<F> {
    fields: F,
    handles: usize,
}

impl<F: Clone> SpanFields<F> {
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    #[must_use]
    pub fn new_span(&self, fields: F) -> Id {
        // Of all subscribers: a thread may be in spans of several.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MIN);
        let open = Open { fields, handles: 1 };
        self.lock().get_or_insert_default().insert(id.get(), open);
        Id::from_non_zero_u64(id)
    }

    #[must_use]
    pub fn clone_span(&self, id: &Id) -> Id {
        if let Some(open) = self.lock().get_or_insert_default().get_mut(&id.into_u64()) {
            open.handles += 1;
        }
        id.clone()
    }

    #[must_use]
    pub fn try_close(&self, id: &Id) -> bool {
        let mut spans = self.lock();
        let spans = spans.get_or_insert_default();
        let Some(open) = spans.get_mut(&id.into_u64()) else { return false };
        open.handles -= 1;
        open.handles == 0 && spans.remove(&id.into_u64()).is_some()
    }

    pub fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.into_u64()));
    }

    pub fn exit(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| {
            if let Some(index) = entered.iter().rposition(|other| *other == id.into_u64()) {
                entered.remove(index);
            }
        });
    }

    /// The fields of the spans that this thread is in, the outermost first.
    pub fn entered(&self) -> Vec<F> {
        let mut ids = ENTERED.with_borrow(Vec::clone);
        // A span may be entered twice; it is next to itself then.
        ids.dedup();
        let spans = self.lock();
        let Some(spans) = &*spans else { return Vec::new() };
        ids.iter().filter_map(|id| spans.get(id)).map(|open| open.fields.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, Open<F>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Clone> Default for SpanFields<F> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_spans_that_a_thread_is_in() {
        let spans = SpanFields::new();
        let (outer, inner) = (spans.new_span("outer"), spans.new_span("inner"));
        let other = SpanFields::new();
        let foreign = other.new_span("foreign");
        assert!(spans.entered().is_empty());
        spans.enter(&outer);
        other.enter(&foreign);
        spans.enter(&inner);
        spans.enter(&inner);
        assert_eq!(spans.entered(), ["outer", "inner"]);
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(spans.entered().is_empty()));
        });
        spans.exit(&inner);
        assert_eq!(spans.entered(), ["outer", "inner"]);
        spans.exit(&inner);
        spans.exit(&outer);
        assert!(spans.entered().is_empty());
        assert_eq!(other.entered(), ["foreign"]);
        other.exit(&foreign);
    }

    #[test]
    fn a_span_is_kept_while_it_has_a_handle() {
        let spans = SpanFields::new();
        let id = spans.new_span("a");
        let clone = spans.clone_span(&id);
        assert!(!spans.try_close(&id));
        spans.enter(&clone);
        assert_eq!(spans.entered(), ["a"]);
        spans.exit(&clone);
        assert!(spans.try_close(&clone));
        assert!(spans.lock().as_ref().unwrap().is_empty());
    }
}
