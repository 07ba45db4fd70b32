//! The upload pipeline: check the request, probe, apply the policy, render, inspect, store.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::Authenticator;
use crate::cancellation::Cancellation;
use crate::config_error::ConfigError;
use crate::error::{ErrorKind, UploadError};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::file_bytes::{FileBytes, open_large};
use crate::inspect::{Inspector, Inspectors, OnFailure};
use crate::metrics::Metrics;
use crate::name::ImageName;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::record::{ImageRecord, RenditionName, RenditionRecord, StandardRecord, StoredImage};
use crate::render::Examined;
use crate::rendition::{Fonts, Renderer, SharedMemory, StandardOptions};
use crate::request::check;
use crate::request::{FormPart, PostedFile, UploadHead, UploadRequest};
use crate::storage::{
    CheckedStorage, DiskFile, NewImage, QuotaScope, Quotas, Storage, StorageError, SweepReport,
};
use crate::upload_trace::{Step, UploadTrace};

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
/// # let png = include_bytes!("../../tests/fixtures/files/png-phys-300dpi.png");
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
    /// # let body = &include_bytes!("../../tests/fixtures/files/png-phys-300dpi.png")[..];
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
            self.process(website_id, posted, &mut trace, cancellation)
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
            self.process(website_id, posted, &mut trace, cancellation)
        });
        trace.finish(&result);
        result
    }

    /// Probes, applies the policy, renders, inspects and stores.
    fn process(
        &self,
        website_id: WebsiteId,
        form: Posted<'_>,
        trace: &mut UploadTrace,
        cancellation: &Cancellation,
    ) -> Result<StoredImage, UploadError> {
        let data = form.bytes;
        trace.bytes = data.len();
        trace.mark(Step::Request);

        cancellation.check()?;
        let policy = self.policy(website_id);
        policy.check_bytes(trace.bytes)?;
        let info = data.probe()?;
        trace.format = Some(info.format);
        trace.mark(Step::Probe);
        let examined = Examined::new(info, data, policy, form.dpi)?;
        let quotas = policy.quotas();
        self.check_quotas(&quotas, website_id, &form.user_id, trace.bytes)?;
        cancellation.check()?;
        let (standard, renderer) = (&self.0.standard, &self.0.renderer);
        let further: Vec<StandardOptions> = self.0.renditions.values().copied().collect();
        let made = examined.render(data, policy, standard, &further, renderer, cancellation)?;
        let standard = &made.standard;
        trace.mark(Step::Rendition);

        let sha256 = data.sha256().map_err(unreadable)?;
        let mut record = ImageRecord::of_original(
            website_id,
            form.user_id,
            examined.info.format,
            examined.stored_size,
            (data.len(), sha256),
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
        let image_name = form.file_name.and_then(ImageName::from_file_name);
        if let Some(image_name) = image_name {
            record.image_name = image_name;
        }
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

/// An upload whose head is admitted: website and key are checked. It waits for its form.
///
/// It keeps its uploader alive, and may wait in another thread or task. Dropping it abandons the upload,
/// which is logged as an event at debug level.
#[must_use]
pub struct Admitted {
    uploader: Uploader,
    website_id: WebsiteId,
    head: UploadHead<'static>,
    trace: UploadTrace,
    cancellation: Cancellation,
}

impl Admitted {
    /// The same, given up by `cancellation`.
    pub fn with_cancellation(mut self, cancellation: Cancellation) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// The website, known to the authenticator and opened by the request's key.
    #[must_use]
    pub fn website_id(&self) -> WebsiteId {
        self.website_id
    }

    /// The largest file that the website accepts, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.uploader.max_bytes(self.website_id)
    }

    /// Checks the form, probes the image, makes its renditions and stores all, durably and together,
    /// or stores nothing. The authenticator is not asked again.
    ///
    /// # Errors
    ///
    /// The first failure in the protocol's order.
    pub fn finish(self, form: &[FormPart<'_>]) -> Result<StoredImage, UploadError> {
        self.uploader.finish(self.website_id, &self.head, form, self.trace, &self.cancellation)
    }

    /// As [`finish`](Self::finish), with the file at `path` as the only part of the form. Its name is
    /// `file_name`, or the last part of the path.
    ///
    /// A file of at least 8 MiB whose format allows it is not read into memory: a TIFF that is not JPEG inside,
    /// and whose strips or tiles, unless they are not compressed, have at most 16 MiB each, under a policy
    /// without `max_frames`. It must not change meanwhile; one that does is not stored.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish), and as [`PostedFile::from_path`].
    pub fn finish_path(
        self,
        path: impl AsRef<Path>,
        file_name: Option<&str>,
    ) -> Result<StoredImage, UploadError> {
        let path = path.as_ref();
        let own_name = path.file_name().map(|name| name.to_string_lossy());
        let file_name = file_name.or(own_name.as_deref());
        if let Some(file) = open_large(path, self.uploader.policy(self.website_id)) {
            let Self { uploader, website_id, head, trace, cancellation } = self;
            let file = (&file, file_name);
            return uploader.finish_on_disk(website_id, &head, file, trace, &cancellation);
        }
        match PostedFile::from_path(path, self.max_bytes()) {
            Ok(file) => self.finish(&[file.with_file_name(file_name).into()]),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// Checks user and DPI as if the form were empty.
    #[cfg(feature = "http")]
    pub(crate) fn check_without_form(&self) -> Result<(), UploadError> {
        check::parameters(&self.head, &[]).map(|_| ())
    }

    /// Logs that the upload is refused with `error`, and returns it: for a host that finds the file
    /// too large while it reads it, and so never calls [`finish`](Self::finish).
    #[must_use]
    pub fn refuse(self, error: UploadError) -> UploadError {
        self.trace.refused(&error);
        error
    }

    /// Logs that the client has not sent the body in time.
    #[cfg(feature = "http")]
    pub(crate) fn time_out(self) {
        self.trace.timed_out();
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("website_id", &self.website_id)
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// Builds an [`Uploader`].
#[must_use]
pub struct UploaderBuilder {
    storage: Box<dyn Storage>,
    authenticator: Option<Box<dyn Authenticator>>,
    policies: Policies,
    standard: StandardOptions,
    renditions: BTreeMap<RenditionName, StandardOptions>,
    memory: SharedMemory,
    fonts: Fonts,
    inspectors: Inspectors,
}

impl UploaderBuilder {
    pub(crate) fn new(storage: impl Storage + 'static) -> Self {
        Self {
            storage: Box::new(storage),
            authenticator: None,
            policies: Policies::default(),
            standard: StandardOptions::default(),
            renditions: BTreeMap::new(),
            memory: SharedMemory::default(),
            fonts: Fonts::default(),
            inspectors: Inspectors::default(),
        }
    }

    /// Who checks website and key. There is no default.
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticator = Some(Box::new(authenticator));
        self
    }

    /// The policy of every website that has none of its own.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.default = policy;
        self
    }

    /// The policy of `website`.
    pub fn website_policy(mut self, website: WebsiteId, policy: Policy) -> Self {
        self.policies.websites.insert(website, policy);
        self
    }

    pub(crate) fn policies(mut self, policies: Policies) -> Self {
        self.policies = policies;
        self
    }

    /// How the standard rendition is made.
    pub fn standard(mut self, standard: StandardOptions) -> Self {
        self.standard = standard;
        self
    }

    /// Makes a further rendition of every upload, such as a thumbnail.
    ///
    /// ```
    /// use userimage::rendition::StandardOptions;
    /// use userimage::storage::MemoryStorage;
    /// use userimage::{AlreadyChecked, PostedFile, RenditionName, Size, UploadHead, UploadRequest, Uploader};
    ///
    /// let thumbnail = RenditionName::parse("thumbnail")?;
    /// let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
    ///     .authenticator(AlreadyChecked)
    ///     .rendition(thumbnail, StandardOptions::default().with_max_size(Size::new(200, 200))?)
    ///     .build()?;
    /// # let png = include_bytes!("../../tests/fixtures/files/png-phys-300dpi.png");
    /// # let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
    /// let image = uploader.upload(&UploadRequest::new(head, PostedFile::new("logo.png", &png[..])))?;
    /// assert!(image.rendition_urls[&thumbnail].starts_with("https://img.example/thumbnail/"));
    /// let bytes = uploader.storage().read(image.record.website_id, image.id, thumbnail.into())?;
    /// assert!(bytes.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rendition(mut self, name: RenditionName, options: StandardOptions) -> Self {
        self.renditions.insert(name, options);
        self
    }

    pub(crate) fn renditions(
        mut self,
        renditions: BTreeMap<RenditionName, StandardOptions>,
    ) -> Self {
        self.renditions = renditions;
        self
    }

    /// How much memory all renditions that are being made may take together.
    pub fn memory(mut self, memory: SharedMemory) -> Self {
        self.memory = memory;
        self
    }

    /// The fonts in which the texts of artwork are drawn.
    pub fn fonts(mut self, fonts: Fonts) -> Self {
        self.fonts = fonts;
        self
    }

    /// Who decides about an image before it is stored, after those that were added before. If it fails, the
    /// upload fails.
    pub fn inspector(self, inspector: impl Inspector + 'static) -> Self {
        self.inspector_or(inspector, OnFailure::Fail)
    }

    /// As [`inspector`](Self::inspector), with a choice of what happens if it fails.
    pub fn inspector_or(
        mut self,
        inspector: impl Inspector + 'static,
        on_failure: OnFailure,
    ) -> Self {
        self.inspectors.push(Box::new(inspector), on_failure);
        self
    }

    pub(crate) fn inspectors(mut self, inspectors: Inspectors) -> Self {
        self.inspectors = inspectors;
        self
    }

    /// Builds the uploader.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when no authenticator is named, a policy lists a format that has no rendition, or it
    /// has a quota or a retention that the storage does not support.
    pub fn build(self) -> Result<Uploader, ConfigError> {
        let authenticator =
            self.authenticator.ok_or_else(|| ConfigError::new("authenticator is missing"))?;
        check_formats(&self.policies)?;
        check_limits(&self.policies, &*self.storage)?;
        let metrics = Metrics::default();
        Ok(Uploader(Arc::new(Inner {
            storage: CheckedStorage::new(self.storage, metrics.clone()),
            metrics,
            authenticator,
            policies: self.policies,
            standard: self.standard,
            renditions: self.renditions,
            renderer: Renderer::sharing(self.memory).with_fonts(self.fonts),
            inspectors: self.inspectors,
        })))
    }
}

impl fmt::Debug for UploaderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploaderBuilder")
            .field("policies", &self.policies)
            .field("standard", &self.standard)
            .field("renditions", &self.renditions)
            .finish_non_exhaustive()
    }
}

/// Refuses limits of what is stored that the storage would ignore.
fn check_limits(policies: &Policies, storage: &dyn Storage) -> Result<(), ConfigError> {
    if storage.supports_limits() {
        return Ok(());
    }
    for policy in policies.all() {
        for (key, is_set) in [
            ("website_quota", !policy.website_quota.is_unlimited()),
            ("user_quota", !policy.user_quota.is_unlimited()),
            ("retention_days", policy.retention.is_some()),
        ] {
            if is_set {
                let reason = format!("policy.{key}: the host's storage does not support it");
                return Err(ConfigError::new(reason));
            }
        }
    }
    Ok(())
}

fn check_formats(policies: &Policies) -> Result<(), ConfigError> {
    let mut formats = policies.all().flat_map(|policy| &policy.formats);
    let Some(format) = formats.find(|format| !format.has_rendition()) else { return Ok(()) };
    Err(ConfigError::new(match format.rendition_feature() {
        Some(feature) => format!("policy.formats: {format} needs the feature \"{feature}\""),
        None => format!("policy.formats: {format} has no standard rendition"),
    }))
}
