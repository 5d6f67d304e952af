//! The listener of `[http]`: the API, and the pages of customers.

use super::api::{self, Api};
use super::customer;
use super::listener::{CannotListen, Doors, Source};
use super::proxies::{Proxies, see_through};
use axum::middleware::from_fn_with_state;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Connections at once.
const CONNECTIONS: usize = 512;

/// A socket that is bound; what arrives waits until it is served.
#[derive(Debug)]
pub struct HttpListener {
    doors: Doors,
    address: SocketAddr,
}

impl HttpListener {
    /// Binds the address of `[http] listen`. Must be awaited in a tokio runtime.
    ///
    /// # Errors
    /// In one line, why it cannot be listened on.
    pub async fn bind(address: SocketAddr) -> Result<HttpListener, CannotListen> {
        let doors = Doors::bind("http", address, CONNECTIONS).await?;
        let address = doors.address().unwrap_or(address);
        Ok(HttpListener { doors, address })
    }

    /// The address, with the port that the system chose where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is dropped. What these proxies say of who asks counts.
    ///
    /// # Errors
    /// Where the socket cannot be used any more.
    pub async fn serve(self, api: Arc<Api>, proxies: Proxies) -> io::Result<()> {
        let router = api::router(Arc::clone(&api)).merge(customer::router(Arc::clone(&api)));
        let router = router.layer(from_fn_with_state(Arc::new(proxies), see_through));
        let served = axum::serve(self.doors, router.into_make_service_with_connect_info::<Source>());
        tokio::select! {
            ended = served.into_future() => ended,
            () = api.tell_followers() => Ok(()),
            () = api.heed_agents() => Ok(()),
        }
    }
}
