//! The inspectors of an uploader, one after the other.

use super::{Inspector, OnFailure, Verdict};
use crate::cancellation::Cancellation;
use crate::error::{ErrorKind, UploadError};
use crate::metrics::Metrics;
use crate::storage::NewImage;

/// The inspectors of an uploader, in the order in which they are asked.
#[derive(Default)]
pub(crate) struct Inspectors(Vec<(Box<dyn Inspector>, OnFailure)>);

impl Inspectors {
    pub(crate) fn push(&mut self, inspector: Box<dyn Inspector>, on_failure: OnFailure) {
        self.0.push((inspector, on_failure));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Asks each, until one does not accept `image`.
    pub(crate) fn inspect(
        &self,
        image: &NewImage<'_>,
        cancellation: &Cancellation,
        metrics: &Metrics,
    ) -> Result<(), UploadError> {
        for (inspector, on_failure) in &self.0 {
            cancellation.check()?;
            let name = inspector.name();
            match (inspector.inspect(image), on_failure) {
                (Ok(Verdict::Accept), _) => metrics.inspection(name, "accepted"),
                (Ok(Verdict::Refuse { reason }), _) => {
                    metrics.inspection(name, "refused");
                    let reason = format!("{name}: {reason}");
                    return Err(UploadError::new(ErrorKind::RefusedByInspector, reason));
                }
                (Err(error), OnFailure::Allow) => {
                    metrics.inspection(name, "allowed");
                    tracing::warn!(inspector = name, error = %error, "not inspected, and allowed");
                }
                (Err(error), OnFailure::Fail) => {
                    metrics.inspection(name, "failed");
                    let failed = UploadError::new(ErrorKind::InspectorFailed, name);
                    return Err(failed.with_source(error));
                }
            }
        }
        Ok(())
    }
}
