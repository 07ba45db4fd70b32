//! TLS, of one kind for both clients.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::storage::StorageError;

/// Trusts the certificates that the operating system trusts, and those in the PEM file `extra_roots`.
pub(super) fn client_config(extra_roots: Option<&Path>) -> Result<ClientConfig, StorageError> {
    let roots = extra_roots.map_or(Ok(Vec::new()), certificates)?;
    let failed = |error: rustls::Error| StorageError::new("cannot set up TLS").with_source(error);
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(failed)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        // The builder calls any verifier but its own dangerous; this one is the platform's.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, StorageError> {
    let failed = || StorageError::new(format!("root_certificates: cannot read {}", path.display()));
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| failed().with_source(error))?;
    if certificates.is_empty() {
        Err(failed().with_source("it has none"))
    } else {
        Ok(certificates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_an_error() {
        assert!(client_config(None).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let error = client_config(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("roots.pem"), "{error}");
        std::fs::write(&path, "no certificate").unwrap();
        let error = client_config(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("it has none"), "{error}");
    }
}
