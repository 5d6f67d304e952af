//! The client of HTTP: no redirects, no proxies, certificates where somebody is reached by HTTPS.

use super::Address;
use reqwest::Client;
use reqwest::redirect::Policy;

/// A client for these addresses. It keeps connections open between requests.
///
/// # Errors
/// HTTPS is wanted, and this machine has no certificates to trust.
pub(super) fn reaching<'a>(
    mut addresses: impl Iterator<Item = &'a Address>,
) -> Result<Client, reqwest::Error> {
    // Fails where the process has a provider already: then that one serves.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder().redirect(Policy::none()).no_proxy();
    if addresses.all(|address| !address.is_secure()) {
        client = client.tls_certs_only([]);
    }
    client.user_agent(concat!("madoguchi/", env!("CARGO_PKG_VERSION"))).build()
}
