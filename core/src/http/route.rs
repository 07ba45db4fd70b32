//! Maps paths to the endpoint's resources, and resources to methods.

use http::Method;

use super::HttpOptions;
use crate::record::BlobKey;

/// A resource of the endpoint.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    Upload,
    List,
    Settings,
    File(BlobKey),
    Page,
    Probe,
    Health,
    Ready,
    #[cfg(feature = "metrics")]
    Metrics,
}

impl Route {
    /// The resource at `path`, ignoring case as the reference server does. `None` when it does not exist
    /// or is not enabled.
    pub(super) fn find(path: &str, options: &HttpOptions) -> Option<Self> {
        if let Some(route) = Self::for_operators(path, options) {
            return Some(route);
        }
        let prefix = options.prefix.as_str();
        let (start, path) = path.split_at_checked(prefix.len())?;
        if !start.eq_ignore_ascii_case(prefix) {
            return None;
        }
        // The page's requests are relative to its path, so that ends with a slash.
        if path == "/" {
            return options.page.then_some(Self::Page);
        }
        let path = path.to_ascii_lowercase();
        match path.strip_suffix('/').unwrap_or(&path) {
            "/api/4/uploadimage/uploadimage" => Some(Self::Upload),
            "/api/4/uploadimage/getuseruploadedlist" if options.list => Some(Self::List),
            "/api/4/uploadimage/getimagesettings" if options.settings => Some(Self::Settings),
            "/probe" if options.page => Some(Self::Probe),
            file if options.files => BlobKey::parse(file.strip_prefix('/')?).ok().map(Self::File),
            _ => None,
        }
    }

    /// What has no prefix, since it is about the server.
    fn for_operators(path: &str, options: &HttpOptions) -> Option<Self> {
        let is = |name| path.eq_ignore_ascii_case(name);
        if options.health && is("/health") {
            return Some(Self::Health);
        }
        if options.health && is("/ready") {
            return Some(Self::Ready);
        }
        #[cfg(feature = "metrics")]
        if options.metrics && is("/metrics") {
            return Some(Self::Metrics);
        }
        None
    }

    /// Whether pages of other origins may use the resource, where the options name their origins. The
    /// page for trial uploads and what it probes with are for its own origin.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Upload | Self::List | Self::Settings | Self::File(_))
    }

    /// Whether the resource supports `method`.
    pub(super) fn supports(&self, method: &Method) -> bool {
        match self {
            Self::Upload | Self::Probe => method == Method::POST,
            _ => method == Method::GET || method == Method::HEAD,
        }
    }

    /// The methods that the resource supports, as the value of `Allow`; `OPTIONS` only where it is
    /// answered.
    pub(super) fn allow(&self, has_options: bool) -> &'static str {
        match (self, has_options) {
            (Self::Upload | Self::Probe, false) => "POST",
            (Self::Upload | Self::Probe, true) => "POST, OPTIONS",
            (_, false) => "GET, HEAD",
            (_, true) => "GET, HEAD, OPTIONS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, prefix: &str) -> Option<Route> {
        let options = HttpOptions::default()
            .with_prefix(prefix.parse().unwrap())
            .with_files(true)
            .with_list(true)
            .with_settings(true)
            .with_page(true);
        Route::find(path, &options)
    }

    #[test]
    fn paths_match_under_the_prefix_ignoring_case() {
        for path in [
            "/shop/api/4/UploadImage/UploadImage",
            "/SHOP/API/4/uploadimage/UPLOADIMAGE",
            "/shop/api/4/UploadImage/UploadImage/",
        ] {
            assert_eq!(find(path, "/shop"), Some(Route::Upload), "{path}");
        }
        for path in [
            "/shop",
            "/",
            "/api/4/UploadImage/UploadImage",
            "/shopapi/4/UploadImage/UploadImage",
            "/shop/api/4/UploadImage",
            "/shop/api/4/UploadImage/UploadImage//",
            "/shop//api/4/UploadImage/UploadImage",
            "/shop/api/4/UploadImage/UploadImagé",
            "/shop/api/4/UploadImage/UploadImag%65",
            "/shop/api/4/UploadImage%2FUploadImage",
            "/shop/api/4/./UploadImage/UploadImage",
            "/shop/x/../api/4/UploadImage/UploadImage",
            "/shop\\api\\4\\UploadImage\\UploadImage",
            "/shop/api/4/UploadImage/UploadImage;x=y",
            "/shop/api/4/UploadImage/UploadImage%00",
            "/shoſ/api/4/UploadImage/UploadImage",
            "//shop/api/4/UploadImage/UploadImage",
            "*",
        ] {
            assert_eq!(find(path, "/shop"), None, "{path}");
        }
        assert_eq!(find("/shop/", "/shop"), Some(Route::Page));
        assert_eq!(find("/", ""), Some(Route::Page));
    }

    #[test]
    fn only_valid_keys_are_paths_of_files() {
        let name = "2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.png";
        let file = |path: &str| find(path, "");
        assert!(matches!(file(&format!("/original/{name}")), Some(Route::File(_))));
        assert!(matches!(
            file(&format!("/Standard/{}", name.to_uppercase())),
            Some(Route::File(_))
        ));
        assert!(matches!(file(&format!("/thumbnail/{name}")), Some(Route::File(_))));
        for path in [
            format!("/api/{name}"),
            format!("/other_/{name}"),
            format!("/original/../{name}"),
            format!("/original/..%2f{name}"),
            format!("/original/{name}/x"),
            format!("/original//{name}"),
            format!("/original%2f{name}"),
            format!("/original\\{name}"),
            format!("/original/{name}%00"),
            format!("/original/{}", name.replace('-', "%2d")),
            "/original/".to_owned(),
            "/original/userimage.sqlite3".to_owned(),
        ] {
            assert_eq!(file(&path), None, "{path}");
        }
    }

    #[test]
    fn only_uploads_are_enabled_by_default() {
        let none = HttpOptions::default();
        let file = "/original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.png";
        for path in [
            "/",
            "/probe",
            file,
            "/api/4/UploadImage/GetUserUploadedList",
            "/api/4/UploadImage/GetImageSettings",
        ] {
            assert_eq!(Route::find(path, &none), None, "{path}");
            assert!(find(path, "").is_some(), "{path}");
        }
        assert_eq!(Route::find("/api/4/UploadImage/UploadImage", &none), Some(Route::Upload));
    }
}
