//! Counts what an uploader does. Without the feature `metrics` nothing is counted.

#[cfg(feature = "metrics")]
pub(crate) use counted::Metrics;
#[cfg(not(feature = "metrics"))]
pub(crate) use uncounted::Metrics;

/// An upload that has begun. It is in flight until this is dropped.
pub(crate) struct InFlight(Metrics);

impl InFlight {
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.ends();
    }
}

#[cfg(feature = "metrics")]
mod counted {
    use std::sync::Arc;
    use std::time::Duration;

    use prometheus_client::encoding::prometheus_text;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prometheus_client::metrics::gauge::Gauge;
    use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
    use prometheus_client::registry::Registry;

    use super::InFlight;

    type Labels<const N: usize> = [(&'static str, &'static str); N];
    /// Of an inspector, which a host may name as it likes.
    type OwnedLabels = [(&'static str, String); 2];

    /// The counters of an uploader. Clones share them.
    #[derive(Clone)]
    pub(crate) struct Metrics(Arc<Counters>);

    struct Counters {
        registry: Registry,
        uploads: Family<Labels<2>, Counter>,
        bytes: Family<Labels<1>, Counter>,
        steps: Family<Labels<1>, Histogram>,
        in_flight: Gauge,
        inspections: Family<OwnedLabels, Counter>,
        storage_errors: Family<Labels<1>, Counter>,
    }

    impl Default for Metrics {
        fn default() -> Self {
            // 100 microseconds to 26 seconds.
            let steps: Family<Labels<1>, Histogram> =
                Family::new_with_constructor(|| Histogram::new(exponential_buckets(1e-4, 4.0, 10)));
            let (uploads, bytes, storage_errors) =
                (Family::default(), Family::default(), Family::default());
            let (in_flight, inspections) = (Gauge::default(), Family::default());
            let mut registry = Registry::with_prefix("userimage");
            registry.register("uploads", "Uploads by result and kind of error", uploads.clone());
            registry.register(
                "upload_bytes",
                "Bytes of the files of uploads by result",
                bytes.clone(),
            );
            registry.register(
                "upload_step_seconds",
                "Duration of the steps of an upload",
                steps.clone(),
            );
            registry.register(
                "uploads_in_flight",
                "Uploads that have begun and not ended",
                in_flight.clone(),
            );
            registry.register(
                "inspections",
                "Inspections by inspector and result",
                inspections.clone(),
            );
            registry.register(
                "storage_errors",
                "Failed operations of the storage",
                storage_errors.clone(),
            );
            // From 0 on: an increase from nothing does not show in a rate.
            let (stored, store) = (("result", "stored"), ("operation", "store"));
            drop(uploads.get_or_create_owned(&[stored, ("kind", "")]));
            drop(bytes.get_or_create_owned(&[stored]));
            drop(storage_errors.get_or_create_owned(&[store]));
            Self(Arc::new(Counters {
                registry,
                uploads,
                bytes,
                steps,
                in_flight,
                inspections,
                storage_errors,
            }))
        }
    }

    impl Metrics {
        pub(crate) fn begins(&self) -> InFlight {
            self.0.in_flight.inc();
            InFlight(self.clone())
        }

        pub(crate) fn ends(&self) {
            self.0.in_flight.dec();
        }

        /// Counts an upload that ends. `kind` is empty unless it failed.
        pub(crate) fn upload(&self, result: &'static str, kind: &'static str, bytes: u64) {
            self.0.uploads.get_or_create(&[("result", result), ("kind", kind)]).inc();
            self.0.bytes.get_or_create(&[("result", result)]).inc_by(bytes);
        }

        pub(crate) fn step(&self, step: &'static str, time: Duration) {
            self.0.steps.get_or_create(&[("step", step)]).observe(time.as_secs_f64());
        }

        pub(crate) fn inspection(&self, inspector: &str, result: &str) {
            let labels = [("inspector", inspector.to_owned()), ("result", result.to_owned())];
            self.0.inspections.get_or_create(&labels).inc();
        }

        pub(crate) fn storage_error(&self, operation: &'static str) {
            self.0.storage_errors.get_or_create(&[("operation", operation)]).inc();
        }

        /// The counters in Prometheus' text format, version 0.0.4.
        pub(crate) fn to_text(&self) -> String {
            let mut text = String::new();
            // Writing into a string cannot fail.
            let _ = prometheus_text::encode(&mut text, &self.0.registry);
            text
        }
    }
}

#[cfg(not(feature = "metrics"))]
mod uncounted {
    use std::time::Duration;

    use super::InFlight;

    #[derive(Clone, Default)]
    pub(crate) struct Metrics {}

    impl Metrics {
        pub(crate) fn begins(&self) -> InFlight {
            InFlight(Self {})
        }

        pub(crate) fn ends(&self) {}

        pub(crate) fn upload(&self, _: &'static str, _: &'static str, _: u64) {}

        pub(crate) fn step(&self, _: &'static str, _: Duration) {}

        pub(crate) fn inspection(&self, _: &str, _: &str) {}

        pub(crate) fn storage_error(&self, _: &'static str) {}
    }
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_in_the_text() {
        let metrics = Metrics::default();
        let upload = metrics.begins();
        metrics.upload("stored", "", 5);
        metrics.upload("stored", "", 7);
        metrics.upload("refused", "too_large", 0);
        metrics.step("probe", std::time::Duration::from_micros(50));
        metrics.inspection("clamd", "refused");
        metrics.storage_error("store");
        for line in [
            "# TYPE userimage_uploads_total counter",
            "userimage_uploads_total{result=\"stored\",kind=\"\"} 2",
            "userimage_uploads_total{result=\"refused\",kind=\"too_large\"} 1",
            "userimage_upload_bytes_total{result=\"stored\"} 12",
            "# TYPE userimage_upload_step_seconds histogram",
            "userimage_upload_step_seconds_bucket{step=\"probe\",le=\"0.0001\"} 1",
            "userimage_uploads_in_flight 1",
            "userimage_inspections_total{inspector=\"clamd\",result=\"refused\"} 1",
            "userimage_storage_errors_total{operation=\"store\"} 1",
        ] {
            let text = metrics.to_text();
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        drop(upload);
        assert!(metrics.to_text().contains("userimage_uploads_in_flight 0\n"));
    }
}
