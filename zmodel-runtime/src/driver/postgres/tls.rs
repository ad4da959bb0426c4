//! Encryption, by rustls.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::{Encryption, Url};

/// What encrypts, if anything does.
pub(super) fn connector(url: &Url) -> io::Result<Option<MakeRustlsConnect>> {
    if url.encryption == Encryption::Never {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let config = match url.encryption {
        Encryption::Verified => builder.with_root_certificates(trusted(url)?),
        Encryption::Any | Encryption::Never => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Whoever { provider }))
        }
    };
    Ok(Some(MakeRustlsConnect::new(config.with_no_client_auth())))
}

/// Whose certificates are believed.
fn trusted(url: &Url) -> io::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let certificates: Vec<CertificateDer<'static>> = match &url.trusted {
        None => rustls_native_certs::load_native_certs().certs,
        Some(file) => {
            let shown = file.display();
            let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
            read.map_err(|error| io::Error::other(format!("the certificates in `{shown}` cannot be read: {error}")))?
        }
    };
    store.add_parsable_certificates(certificates);
    if store.is_empty() {
        return Err(io::Error::other("there is no certificate to trust; name a file of them with `sslrootcert`"));
    }
    Ok(store)
}

/// Takes any server for the right one, as `prefer` and `no-verify` say. It must still have the key of the certificate
/// that it shows.
#[derive(Debug)]
struct Whoever {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
