//! A reason and the error that caused it: the content of the library's error types.

use std::error::Error;
use std::fmt;

/// A reason, and the error that caused it.
///
/// `Display` shows the reason and the text of every error in the source chain, each once: "cannot
/// write /srv/a.png: No space left on device (os error 28)". A host that logs only this text has the
/// operating system's message too.
#[derive(Debug)]
pub(crate) struct Cause {
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// The texts of `error` and of its sources, with `error` as the source.
    pub(crate) fn from_error(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(String::new()).with_source(error)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        let mut next: Option<&(dyn Error + 'static)> = Some(&*source);
        while let Some(error) = next {
            let text = error.to_string();
            // An error of this library already shows its sources.
            if !self.reason.contains(&text) {
                if !self.reason.is_empty() {
                    self.reason.push_str(": ");
                }
                self.reason.push_str(&text);
            }
            next = error.source();
        }
        self.source = Some(source);
        self
    }

    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    pub(crate) fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Declares an error type that has a reason and a source, with `new` and `with_source`.
macro_rules! error_of_a_cause {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name($crate::cause::Cause);

        impl $name {
            /// Creates an error with this reason.
            pub fn new(reason: impl Into<String>) -> Self {
                Self($crate::cause::Cause::new(reason))
            }

            /// Sets the error that caused this one and appends its text to the reason.
            #[must_use]
            pub fn with_source(
                self,
                source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
            ) -> Self {
                Self(self.0.with_source(source))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::error::Error for $name {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                self.0.source()
            }
        }
    };
}

pub(crate) use error_of_a_cause;

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_source_is_shown_once() {
        let outer = Cause::new("the upload failed").with_source(io::Error::other(Box::<
            dyn Error + Send + Sync,
        >::from(
            "disk full"
        )));
        assert_eq!(outer.to_string(), "the upload failed: disk full");
        assert_eq!(Cause::from_error("no").to_string(), "no");
        assert!(Cause::from_error("no").source().is_some());
    }
}
