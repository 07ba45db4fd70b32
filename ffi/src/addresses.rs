//! Arrays of handles that are parts of another handle, as a view shows them.

/// The addresses of values that something else owns.
#[derive(Debug)]
pub(crate) struct Addresses<T>(Vec<*const T>);

// SAFETY: the addresses are only read, and what they lead to may be read from any thread.
unsafe impl<T: Sync> Send for Addresses<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Addresses<T> {}

impl<T> Addresses<T> {
    /// Of `values`, which must stay where they are for as long as these are used.
    pub(crate) fn of(values: &[T]) -> Self {
        Self(values.iter().map(std::ptr::from_ref).collect())
    }

    /// The array; NULL if it is empty.
    pub(crate) fn as_ptr(&self) -> *const *const T {
        if self.0.is_empty() { std::ptr::null() } else { self.0.as_ptr() }
    }
}
