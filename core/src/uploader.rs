//! The one way of an upload, walked once and forward: request, probe, policy, rendition, storage.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use crate::auth::Authenticator;
use crate::config::{Authentication, Config, ConfigError};
use crate::error::{ErrorCode, UploadError};
use crate::field::{Dpi, WebsiteId};
use crate::format::Format;
use crate::name::ImageName;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::probe;
use crate::record::{ImageRecord, NewImage, StandardRecord, StoredImage};
use crate::rendition::{self, StandardOptions};
use crate::request::{UploadRequest, ValidRequest};
use crate::storage::Storage;

/// Takes uploads. Make one at the start and share it between threads: every method blocks, and
/// none keeps anything behind the caller's back.
pub struct Uploader {
    storage: Box<dyn Storage>,
    authenticator: Box<dyn Authenticator>,
    policies: Policies,
    standard: StandardOptions,
}

impl Uploader {
    /// An uploader that keeps images in `storage`.
    pub fn builder(storage: impl Storage + 'static) -> UploaderBuilder {
        UploaderBuilder {
            storage: Box::new(storage),
            authenticator: None,
            policies: Policies::default(),
            standard: StandardOptions::default(),
        }
    }

    /// The uploader that `config` describes, its storage opened.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the configuration contradicts itself or the storage cannot be opened.
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        Self::from_config_and_host(config, None, None)
    }

    /// As [`from_config`](Self::from_config), with parts of the host's own: a storage where `config`
    /// names none, an authenticator where its `authentication` is `"host"`.
    ///
    /// # Errors
    ///
    /// As [`from_config`](Self::from_config), and [`ConfigError`] when `config` names what the host
    /// brings.
    pub fn from_config_and_host(
        config: &Config,
        storage: Option<Box<dyn Storage>>,
        authenticator: Option<Box<dyn Authenticator>>,
    ) -> Result<Self, ConfigError> {
        if storage.is_some() && config.storage.is_some() {
            return Err(ConfigError::new("storage is named, but the host brings its own"));
        }
        if authenticator.is_some() && config.authentication != Authentication::Host {
            return Err(ConfigError::new(
                "the host brings its own authenticator, so authentication must be \"host\"",
            ));
        }
        let configured = config.authenticator()?;
        let (policies, standard) = (config.policies()?, config.standard);
        check(&policies, standard)?;
        // The endpoint's prefix is no concern of the uploader's, but as wrong as the rest of it.
        #[cfg(feature = "http")]
        config.http.checked_prefix()?;
        Ok(Self {
            authenticator: authenticator.unwrap_or(configured),
            policies,
            standard,
            // The storage last: a wrong configuration leaves no folder behind.
            storage: storage.map_or_else(|| config.open_storage(), Ok)?,
        })
    }

    /// Checks the request, tells what the image is, makes its standard rendition and stores all of
    /// it, durably, or nothing.
    ///
    /// # Errors
    ///
    /// [`UploadError`] with the first failure in the specification's order.
    pub fn upload(&self, request: &UploadRequest<'_>) -> Result<StoredImage, UploadError> {
        let mut log = Log::start(request.claimed_website());
        let valid = request.validate(&*self.authenticator);
        let result = valid.and_then(|valid| self.walk(&valid, &mut log));
        log.finish(&result);
        result
    }

    /// The website of a request's headers, once the authenticator has let it in.
    #[cfg(feature = "http")]
    pub(crate) fn admit(&self, request: &UploadRequest<'_>) -> Result<WebsiteId, UploadError> {
        request.admit(&*self.authenticator)
    }

    /// An upload of a website that is admitted: nobody is asked again.
    #[cfg(feature = "http")]
    pub(crate) fn upload_admitted(
        &self,
        website: WebsiteId,
        request: &UploadRequest<'_>,
    ) -> Result<StoredImage, UploadError> {
        let mut log = Log::start(Some(website));
        let valid = request.validate_admitted(website);
        let result = valid.and_then(|valid| self.walk(&valid, &mut log));
        log.finish(&result);
        result
    }

    /// Tells the log of an upload that came no further than its request.
    #[cfg(feature = "http")]
    pub(crate) fn log_refusal(request: &UploadRequest<'_>, error: &UploadError) {
        Log::start(request.claimed_website()).refused(error);
    }

    /// Every failure of the request's fields, in the specification's order: nothing is decoded or
    /// stored.
    #[must_use]
    pub fn validate_all(&self, request: &UploadRequest<'_>) -> Vec<UploadError> {
        request.validate_all(&*self.authenticator)
    }

    /// What `website` takes.
    #[must_use]
    pub fn policy(&self, website: WebsiteId) -> &Policy {
        self.policies.of(website)
    }

    /// The longest file that any website takes, in bytes: more of a file need never be read.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.policies.max_bytes()
    }

    /// The storage: finds, reads, lists, deletes and sweeps.
    #[must_use]
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    fn walk(&self, request: &ValidRequest<'_>, log: &mut Log) -> Result<StoredImage, UploadError> {
        log.bytes = request.file.data.len() as u64;
        log.request = log.lap();

        let policy = self.policies.of(request.website_id);
        let data = request.file.data;
        policy.check_bytes(log.bytes)?;
        let info = probe::probe(data)
            .map_err(|error| invalid_file(error.to_string()).with_source(error))?;
        log.format = Some(info.format);
        log.probe = log.lap();

        policy.check_format(info.format)?;
        let stored_size = info
            .stored_size
            .ok_or_else(|| invalid_file(format!("{} has no size in pixels", info.format)))?;
        policy.check_size(stored_size.oriented(info.orientation))?;
        policy.check_frames(|limit| probe::count_frames(data, info.format, limit))?;

        let own_dpi = info.stored_dpi.and_then(|density| Dpi::round(density.x));
        let dpi = request.dpi.or(own_dpi).unwrap_or(Dpi::DEFAULT);
        let source = rendition::Source {
            data,
            format: info.format,
            size: stored_size,
            orientation: info.orientation,
            dpi,
        };
        let standard = rendition::render(&source, &self.standard, policy.max_memory)
            .map_err(|error| invalid_file(error.to_string()).with_source(error))?;
        log.rendition = log.lap();
        policy.check_dpi(dpi)?;

        let mut record = ImageRecord::new(
            request.website_id,
            request.user_id.clone(),
            info.format,
            stored_size,
            data,
            StandardRecord {
                format: standard.format,
                size: standard.size,
                bytes: standard.bytes.len() as u64,
            },
        );
        record.orientation = info.orientation;
        record.dpi = dpi;
        if let Some(name) = request.file.file_name.and_then(ImageName::from_file_name) {
            record.image_name = name;
        }
        let stored = self.storage.store(&NewImage::new(&record, data, &standard.bytes)).map_err(
            |error| UploadError::new(ErrorCode::ServerError, error.to_string()).with_source(error),
        )?;
        log.storage = log.lap();
        Ok(stored)
    }
}

impl fmt::Debug for Uploader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("policies", &self.policies)
            .field("standard", &self.standard)
            .finish_non_exhaustive()
    }
}

/// Makes an [`Uploader`].
#[must_use]
pub struct UploaderBuilder {
    storage: Box<dyn Storage>,
    authenticator: Option<Box<dyn Authenticator>>,
    policies: Policies,
    standard: StandardOptions,
}

impl UploaderBuilder {
    /// Who checks website and key. There is no default.
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticator = Some(Box::new(authenticator));
        self
    }

    /// What every website takes that has no policy of its own.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.default = policy;
        self
    }

    /// What `website` takes.
    pub fn website_policy(mut self, website: WebsiteId, policy: Policy) -> Self {
        self.policies.websites.insert(website, policy);
        self
    }

    /// How the standard rendition is made.
    pub fn standard(mut self, standard: StandardOptions) -> Self {
        self.standard = standard;
        self
    }

    /// The uploader.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when no authenticator is named, a policy lists a format that has no
    /// rendition, or the rendition's options are out of range.
    pub fn build(self) -> Result<Uploader, ConfigError> {
        let authenticator = self.authenticator.ok_or_else(|| {
            ConfigError::new("no authenticator is named: say who checks website and key")
        })?;
        check(&self.policies, self.standard)?;
        Ok(Uploader {
            storage: self.storage,
            authenticator,
            policies: self.policies,
            standard: self.standard,
        })
    }
}

impl fmt::Debug for UploaderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploaderBuilder")
            .field("policies", &self.policies)
            .field("standard", &self.standard)
            .finish_non_exhaustive()
    }
}

/// What every uploader's policies and options must be, however it is made.
fn check(policies: &Policies, standard: StandardOptions) -> Result<(), ConfigError> {
    for policy in policies.websites.values().chain([&policies.default]) {
        if let Some(format) =
            policy.formats.iter().find(|format| !Format::RENDERED.contains(format))
        {
            let reason = format!("a policy lists {format}, which has no standard rendition");
            return Err(ConfigError::new(reason));
        }
    }
    let sides = 1..=StandardOptions::MAX_SIDE;
    if !sides.contains(&standard.max_width) || !sides.contains(&standard.max_height) {
        let reason = format!("the standard rendition's sides must be 1 to {}", sides.end());
        return Err(ConfigError::new(reason));
    }
    if !(1..=100).contains(&standard.jpeg_quality) {
        return Err(ConfigError::new("the JPEG quality must be 1 to 100"));
    }
    Ok(())
}

fn invalid_file(reason: impl Into<String>) -> UploadError {
    UploadError::new(ErrorCode::InvalidFile, reason)
}

/// What an upload's one log event tells: never a key, a user or file content.
struct Log {
    lap_start: Instant,
    website: Option<WebsiteId>,
    format: Option<Format>,
    bytes: u64,
    request: Duration,
    probe: Duration,
    rendition: Duration,
    storage: Duration,
}

impl Log {
    fn start(website: Option<WebsiteId>) -> Self {
        Self {
            lap_start: Instant::now(),
            website,
            format: None,
            bytes: 0,
            request: Duration::ZERO,
            probe: Duration::ZERO,
            rendition: Duration::ZERO,
            storage: Duration::ZERO,
        }
    }

    /// The time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.lap_start, now))
    }

    fn finish(&self, result: &Result<StoredImage, UploadError>) {
        let website = self.website.map(WebsiteId::get);
        let format = self.format.map(Format::name);
        match result {
            Ok(image) => {
                let (size, standard) = (image.record.size(), image.record.standard);
                tracing::info!(
                    website,
                    id = image.id,
                    format,
                    bytes = self.bytes,
                    width = size.width,
                    height = size.height,
                    standard_format = standard.format.name(),
                    standard_bytes = standard.bytes,
                    standard_width = standard.size.width,
                    standard_height = standard.size.height,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    storage_us = micros(self.storage),
                    "image stored"
                );
            }
            Err(error) => self.refused(error),
        }
    }

    fn refused(&self, error: &UploadError) {
        let website = self.website.map(WebsiteId::get);
        let format = self.format.map(Format::name);
        match error.code() {
            ErrorCode::ServerError => {
                tracing::error!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    error = %Chain(error),
                    "upload failed"
                );
            }
            code => {
                tracing::info!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    code = code.number(),
                    reason = error.reason(),
                    "upload refused"
                );
            }
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// An error and all that lie beneath it, on one line, each said once.
struct Chain<'a>(&'a UploadError);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut beneath = self.0.source();
        while let Some(error) = beneath {
            let text = error.to_string();
            if text != self.0.reason() {
                write!(f, ": {text}")?;
            }
            beneath = error.source();
        }
        Ok(())
    }
}
