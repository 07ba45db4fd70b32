//! The fields of spans, for the subscribers of the bindings: each event has those of the spans it is in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::{Attributes, Id};
use tracing_core::span::Current;

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
    metadata: &'static Metadata<'static>,
    fields: F,
    handles: usize,
}

impl<F: Clone> SpanFields<F> {
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    #[must_use]
    pub fn new_span(&self, span: &Attributes<'_>, fields: F) -> Id {
        // Of all subscribers: a thread may be in spans of several.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MIN);
        let open = Open { metadata: span.metadata(), fields, handles: 1 };
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

    #[must_use]
    pub fn current_span(&self) -> Current {
        let ids = ENTERED.with_borrow(Vec::clone);
        let spans = self.lock();
        let of_mine = |id: &u64| Some((*id, spans.as_ref()?.get(id)?.metadata));
        match ids.iter().rev().find_map(of_mine) {
            Some((id, metadata)) => Current::new(Id::from_u64(id), metadata),
            None => Current::none(),
        }
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
    use std::sync::Arc;

    use tracing::field::{Field, Visit};
    use tracing::{Dispatch, Event, Span, Subscriber, span};

    use super::*;

    /// A subscriber that keeps the fields of each event's spans.
    #[derive(Default)]
    struct Recorder {
        spans: SpanFields<String>,
        events: Mutex<Vec<String>>,
    }

    struct Text(String);

    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            self.0 += &format!("{field}={value:?} ");
        }
    }

    struct Shared(Arc<Recorder>);

    impl Subscriber for Shared {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut text = Text(String::new());
            span.record(&mut text);
            self.0.spans.new_span(span, text.0)
        }

        fn record(&self, _: &Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            self.0.events.lock().unwrap().push(self.0.spans.entered().concat());
        }

        fn enter(&self, id: &Id) {
            self.0.spans.enter(id);
        }

        fn exit(&self, id: &Id) {
            self.0.spans.exit(id);
        }

        fn clone_span(&self, id: &Id) -> Id {
            self.0.spans.clone_span(id)
        }

        fn try_close(&self, id: Id) -> bool {
            self.0.spans.try_close(&id)
        }

        fn current_span(&self) -> Current {
            self.0.spans.current_span()
        }
    }

    #[test]
    fn events_have_the_fields_of_their_spans_and_spans_are_closed() {
        let recorder = Arc::new(Recorder::default());
        let dispatch = Dispatch::new(Shared(Arc::clone(&recorder)));
        let event = || tracing::error!("event");
        let kept = tracing::dispatcher::with_default(&dispatch, || {
            event();
            let outer = tracing::error_span!("outer", a = 1);
            let kept = outer.in_scope(|| {
                event();
                let inner = tracing::error_span!("inner", b = 2);
                inner.in_scope(|| Span::current().in_scope(event));
                Span::current()
            });
            event();
            kept
        });
        // In another thread, and after the span's first handle is gone.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || kept.in_scope(event));
            });
        });
        let events = recorder.events.lock().unwrap().clone();
        assert_eq!(events, ["", "a=1 ", "a=1 b=2 ", "", "a=1 "]);
        drop(kept);
        assert!(recorder.spans.lock().as_ref().unwrap().is_empty());
    }
}
