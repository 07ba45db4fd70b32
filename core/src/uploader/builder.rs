//! What an uploader is built of.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Inner, Uploader};
use crate::auth::Authenticator;
use crate::config_error::ConfigError;
use crate::field::WebsiteId;
use crate::inspect::{Inspector, Inspectors, OnFailure};
use crate::metrics::Metrics;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::record::RenditionName;
use crate::rendition::{Fonts, Renderer, SharedMemory, StandardOptions};
use crate::storage::{CheckedStorage, Storage};

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
    /// # let png = include_bytes!("../../../tests/fixtures/files/png-phys-300dpi.png");
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
    formats
        .try_for_each(|format| format.check_rendition())
        .map_err(|error| ConfigError::new(format!("policy.formats: {error}")))
}
