//! The upload pipeline: check the request, probe, apply the policy, render, inspect, store.

mod admitted;
mod builder;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::Authenticator;
use crate::cancellation::Cancellation;
use crate::error::{ErrorKind, UploadError};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::file_bytes::FileBytes;
use crate::inspect::Inspectors;
use crate::metrics::Metrics;
use crate::name::ImageName;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::record::{ImageRecord, RenditionName, RenditionRecord, StandardRecord, StoredImage};
use crate::render::Examined;
use crate::rendition::{Renderer, Renditions, StandardOptions};
use crate::request::check;
use crate::request::{FormPart, UploadHead, UploadRequest};
use crate::storage::{
    CheckedStorage, DiskFile, NewImage, QuotaScope, Quotas, Storage, StorageError, SweepReport,
};
use crate::upload_trace::{Step, UploadTrace};

pub use admitted::Admitted;
pub use builder::UploaderBuilder;

/// Takes uploads. Create one at start-up and share it between threads; a clone is the same uploader.
/// Every method blocks; there is no background work.
///
/// ```
/// use userimage::storage::MemoryStorage;
/// use userimage::{ClientKeys, PostedFile, UploadHead, UploadRequest, Uploader};
///
/// let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
///     .authenticator(ClientKeys::new([(1001, "abc123")])?)
///     .build()?;
/// # let png = include_bytes!("../../../tests/fixtures/files/png-phys-300dpi.png");
/// let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
/// let file = PostedFile::new("logo.png", &png[..]);
/// let image = uploader.upload(&UploadRequest::new(head, file))?;
/// assert_eq!((image.id.get(), image.record.dpi.get()), (1, 300));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Uploader(Arc<Inner>);

struct Inner {
    storage: CheckedStorage,
    authenticator: Box<dyn Authenticator>,
    policies: Policies,
    standard: StandardOptions,
    renditions: BTreeMap<RenditionName, StandardOptions>,
    renderer: Renderer,
    inspectors: Inspectors,
    metrics: Metrics,
}

impl Uploader {
    /// Builds an uploader that stores images in `storage`.
    pub fn builder(storage: impl Storage + 'static) -> UploaderBuilder {
        UploaderBuilder::new(storage)
    }

    /// Checks the request, probes the image, makes its renditions, asks the inspectors, and stores all files, durably
    /// and together, or stores nothing.
    ///
    /// # Errors
    ///
    /// The first failure in the protocol's order.
    pub fn upload(&self, request: &UploadRequest<'_>) -> Result<StoredImage, UploadError> {
        let (website_id, trace) = self.check_head(&request.head)?;
        self.finish(website_id, &request.head, &request.form, trace, &Cancellation::new())
    }

    /// Checks what arrives before the body: website, key, and the user and DPI of a query that has
    /// a user. A host that streams asks this first, so that a request is refused by its head before
    /// its body is read.
    ///
    /// ```
    /// # use userimage::{ClientKeys, FormPart, PostedFile, UploadHead, Uploader, storage::MemoryStorage};
    /// # let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
    /// #     .authenticator(ClientKeys::new([(1001, "abc123")])?)
    /// #     .build()?;
    /// # let body = &include_bytes!("../../../tests/fixtures/files/png-phys-300dpi.png")[..];
    /// let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
    /// let admitted = uploader.admit(&head)?;
    /// let file = PostedFile::from_reader(body, admitted.max_bytes())?.with_file_name(Some("logo.png"));
    /// let image = admitted.finish(&[file.into()])?;
    /// # assert_eq!(image.id.get(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first failure in the protocol's order.
    pub fn admit(&self, head: &UploadHead<'_>) -> Result<Admitted, UploadError> {
        let (website_id, trace) = self.check_head(head)?;
        let (uploader, head) = (self.clone(), head.clone().into_owned());
        Ok(Admitted { uploader, website_id, head, trace, cancellation: Cancellation::new() })
    }

    /// Checks website and key alone, for a request that is not an upload.
    ///
    /// # Errors
    ///
    /// The first failure: code 372, 221 or 226, or 500 when the authenticator cannot decide.
    pub fn authenticate(&self, head: &UploadHead<'_>) -> Result<WebsiteId, UploadError> {
        let website_id = check::website_id(head)?;
        check::authenticate(head, website_id, &*self.0.authenticator)?;
        Ok(website_id)
    }

    /// Every failure of the request's fields, in the protocol's order. Nothing is decoded or stored.
    #[must_use]
    pub fn validate_all(&self, request: &UploadRequest<'_>) -> Vec<UploadError> {
        request.validate_all(&*self.0.authenticator)
    }

    /// The policy of `website`.
    #[must_use]
    pub fn policy(&self, website: WebsiteId) -> &Policy {
        self.0.policies.of(website)
    }

    /// The largest file that `website` accepts, in bytes.
    #[must_use]
    pub fn max_bytes(&self, website: WebsiteId) -> u64 {
        self.policy(website).max_bytes
    }

    /// The largest file that any website accepts, in bytes.
    #[must_use]
    pub fn max_bytes_of_all(&self) -> u64 {
        self.0.policies.max_bytes()
    }

    /// How the standard rendition is made.
    #[must_use]
    pub fn standard(&self) -> StandardOptions {
        self.0.standard
    }

    /// The further renditions, and how they are made.
    #[must_use]
    pub fn renditions(&self) -> &BTreeMap<RenditionName, StandardOptions> {
        &self.0.renditions
    }

    /// The storage: finds, reads, lists and deletes.
    #[must_use]
    pub fn storage(&self) -> &dyn Storage {
        &self.0.storage
    }

    /// Deletes the images that are older than the [retention](Policy::retention) of their website, and
    /// removes the remains of uploads and deletions that did not finish within `min_age`, as
    /// [`Storage::sweep`] does. Run it from time to time. `progress` is called with the number of deleted images after
    /// each step of at most 100, and once more before the remains are removed; the sweep stops when it returns `false`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when not everything could be removed. The next sweep tries again.
    pub fn sweep(
        &self,
        min_age: Duration,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<SweepReport, StorageError> {
        let expired = self.expire(progress);
        if !progress(expired.as_ref().copied().unwrap_or_default()) {
            return Ok(SweepReport { images: expired?, ..SweepReport::default() });
        }
        let mut report = self.0.storage.sweep(min_age)?;
        report.images = expired?;
        Ok(report)
    }

    /// Deletes the images that are older than the retention of their website, until `progress` stops it. Returns how
    /// many.
    fn expire(&self, progress: &mut dyn FnMut(u64) -> bool) -> Result<u64, StorageError> {
        /// The websites of one step.
        const PAGE: u32 = 1000;
        if self.0.policies.all().all(|policy| policy.retention.is_none()) {
            return Ok(0);
        }
        let (mut images, mut failure, mut last) = (0, None, None);
        loop {
            let websites = self.0.storage.websites(last, PAGE)?;
            let Some(&end) = websites.last() else { break };
            last = Some(end);
            for website in websites {
                let Some(age) = self.policy(website).retention else { continue };
                // After a failure it continues with the next website.
                let mut goes_on = true;
                let mut step = |deleted| {
                    goes_on = progress(images + deleted);
                    goes_on
                };
                match self.0.storage.expire(website, age, &mut step) {
                    Ok(deleted) => images += deleted,
                    Err(error) => failure = failure.or(Some(error)),
                }
                if !goes_on {
                    return failure.map_or(Ok(images), Err);
                }
            }
        }
        failure.map_or(Ok(images), Err)
    }

    /// What the uploader has done since it was made, as text for Prometheus (format version 0.0.4):
    /// uploads by result and kind of error, their bytes and steps, those in flight, and errors of the
    /// storage.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(&self) -> String {
        self.0.metrics.to_text()
    }

    /// Checks a head. Begins the trace of the upload, or ends it with a refusal.
    fn check_head(&self, head: &UploadHead<'_>) -> Result<(WebsiteId, UploadTrace), UploadError> {
        let named = check::website_id(head);
        let trace = UploadTrace::start(&self.0.metrics, named.as_ref().ok().copied());
        let checked = named.and_then(|website_id| {
            check::admit(head, website_id, &*self.0.authenticator).map(|()| website_id)
        });
        match checked {
            Ok(website_id) => Ok((website_id, trace)),
            Err(error) => {
                trace.refused(&error);
                Err(error)
            }
        }
    }

    /// Checks the form of a head that is checked, and processes the file. Logs the upload.
    fn finish(
        &self,
        website_id: WebsiteId,
        head: &UploadHead<'_>,
        form: &[FormPart<'_>],
        mut trace: UploadTrace,
        cancellation: &Cancellation,
    ) -> Result<StoredImage, UploadError> {
        let _span = trace.restart();
        let result = check::form(head, form).and_then(|form| {
            let posted = Posted {
                user_id: form.user_id,
                dpi: form.dpi,
                file_name: form.file.file_name.as_deref(),
                bytes: FileBytes::Memory(&form.file.data),
            };
            self.process(website_id, &posted, &mut trace, cancellation)
        });
        trace.finish(&result);
        result
    }

    /// As [`finish`](Self::finish), for a file on disk and a request that has no other part.
    fn finish_on_disk(
        &self,
        website_id: WebsiteId,
        head: &UploadHead<'_>,
        (file, file_name): (&DiskFile, Option<&str>),
        mut trace: UploadTrace,
        cancellation: &Cancellation,
    ) -> Result<StoredImage, UploadError> {
        let _span = trace.restart();
        let result = check::parameters(head, &[]).and_then(|(user_id, dpi)| {
            let posted = Posted { user_id, dpi, file_name, bytes: FileBytes::Disk(file) };
            self.process(website_id, &posted, &mut trace, cancellation)
        });
        trace.finish(&result);
        result
    }

    /// Probes, applies the policy, renders, inspects and stores.
    fn process(
        &self,
        website_id: WebsiteId,
        posted: &Posted<'_>,
        trace: &mut UploadTrace,
        cancellation: &Cancellation,
    ) -> Result<StoredImage, UploadError> {
        let data = posted.bytes;
        trace.bytes = data.len();
        trace.mark(Step::Request);

        cancellation.check()?;
        let policy = self.policy(website_id);
        policy.check_bytes(trace.bytes)?;
        let info = data.probe()?;
        trace.format = Some(info.format);
        trace.mark(Step::Probe);
        let examined = Examined::new(info, data, policy, posted.dpi)?;
        let quotas = policy.quotas();
        self.check_quotas(&quotas, website_id, &posted.user_id, trace.bytes)?;
        cancellation.check()?;
        let (standard, renderer) = (&self.0.standard, &self.0.renderer);
        let further: Vec<StandardOptions> = self.0.renditions.values().copied().collect();
        let made = examined.render(data, policy, standard, &further, renderer, cancellation)?;
        let standard = &made.standard;
        trace.mark(Step::Rendition);

        let sha256 = data.sha256().map_err(unreadable)?;
        let record = self.record(website_id, posted, sha256, &examined, &made);
        if !self.0.inspectors.is_empty() {
            let mut unchanged = None;
            let original = data.content(sha256, &mut unchanged);
            let image = NewImage::new(&record, original, &standard.bytes)
                .with_renditions(made.further.iter().map(|made| &made.bytes));
            let result = self.0.inspectors.inspect(&image, cancellation, &self.0.metrics);
            trace.mark(Step::Inspection);
            result?;
        }
        cancellation.check()?;
        // The storage reads a file on disk again, which must be what was inspected.
        let mut unchanged = None;
        let original = data.content(sha256, &mut unchanged);
        let image = NewImage::new(&record, original, &standard.bytes)
            .with_renditions(made.further.iter().map(|made| &made.bytes))
            .with_quotas(quotas);
        let stored = self.0.storage.store(&image).map_err(not_stored)?;
        trace.mark(Step::Storage);
        Ok(stored)
    }

    /// The record of an image that is examined and rendered.
    fn record(
        &self,
        website_id: WebsiteId,
        posted: &Posted<'_>,
        sha256: [u8; 32],
        examined: &Examined,
        made: &Renditions,
    ) -> ImageRecord {
        let standard = &made.standard;
        let mut record = ImageRecord::of_original(
            website_id,
            posted.user_id.clone(),
            examined.info.format,
            examined.stored_size,
            (posted.bytes.len(), sha256),
            StandardRecord::new(standard.format, standard.size, &standard.bytes),
        );
        record.orientation = examined.info.orientation;
        (record.dpi, record.dpi_y) = (examined.dpi, examined.dpi_y);
        record.renditions = self
            .0
            .renditions
            .keys()
            .zip(&made.further)
            .map(|(name, made)| RenditionRecord::new(*name, made.format, made.size, &made.bytes))
            .collect();
        record.difference_hash = Some(standard.difference_hash);
        record.thumb_hash = Some(standard.thumb_hash.clone());
        record.warnings = &examined.warnings | &standard.warnings;
        // Inspectors take their time, in which a reserved name may expire, and refuse uploads, which then do not use it.
        if self.0.inspectors.is_empty()
            && let Some(reserved) = self.0.storage.take_reserved_name(&record)
        {
            record.image_name = ImageName::from(&reserved);
            record.unique_name = reserved;
        }
        if let Some(image_name) = posted.file_name.and_then(ImageName::from_file_name) {
            record.image_name = image_name;
        }
        record
    }

    /// Refuses an upload that is over a quota already, before pixels are decoded. Whether it fits is
    /// decided when it is stored.
    fn check_quotas(
        &self,
        quotas: &Quotas,
        website: WebsiteId,
        user: &UserId,
        bytes: u64,
    ) -> Result<(), UploadError> {
        let usage = |scope| {
            let user = (scope == QuotaScope::User).then_some(user);
            self.0.storage.usage(website, user)
        };
        quotas.check::<StorageError>(bytes, usage).map_err(not_stored)
    }
}

/// The checked fields of a request, and its file.
struct Posted<'a> {
    user_id: UserId,
    dpi: Option<Dpi>,
    file_name: Option<&'a str>,
    bytes: FileBytes<'a>,
}

fn unreadable(error: StorageError) -> UploadError {
    UploadError::from_error(ErrorKind::UnreadableFile, error)
}

fn not_stored(error: StorageError) -> UploadError {
    let kind = match error.exceeded_quota() {
        Some(QuotaScope::Website) => ErrorKind::WebsiteQuotaExceeded,
        Some(QuotaScope::User) => ErrorKind::UserQuotaExceeded,
        None => ErrorKind::StorageFailed,
    };
    UploadError::from_error(kind, error)
}

impl fmt::Debug for Uploader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("policies", &self.0.policies)
            .field("standard", &self.0.standard)
            .field("renditions", &self.0.renditions)
            .finish_non_exhaustive()
    }
}
