//! The address for monitors.

use super::Failure;
use super::listening::{address_of, listen};
use crate::domain::expiry::Expiry;
use crate::http::connections::Connections;
use crate::http::probes::listener::{self, Monitored};
use crate::service::Service;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::sync::watch;

/// The address for monitors, where nobody is answered yet.
pub(super) struct Monitors {
    listener: TcpListener,
    certificates: watch::Receiver<Vec<Expiry>>,
}

impl Monitors {
    /// Listens.
    ///
    /// # Errors
    /// Why the address cannot be had, and what to do.
    pub(super) fn listen(
        address: SocketAddr,
        certificates: watch::Receiver<Vec<Expiry>>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            listener: listen(address, "--metrics-listen")?,
            certificates,
        })
    }

    /// Logs the address, whose port may have been any free one, and answers monitors until the
    /// service stops.
    ///
    /// # Errors
    /// Those of the socket.
    pub(super) fn begin(
        self,
        service: &Service,
        connections: &Arc<Connections>,
        stopping: watch::Receiver<bool>,
    ) -> Result<(), Failure> {
        let address = address_of(&self.listener)?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                "metrics are on {address} without encryption and password: let only your monitors \
                 reach it"
            );
        }
        let monitored = Monitored {
            service: service.clone(),
            connections: Arc::clone(connections),
            certificates: self.certificates,
        };
        let failed = |error| Failure::Refused(format!("serving metrics: {error}"));
        let serve = listener::serve(monitored, self.listener, stopping).map_err(failed)?;
        tokio::spawn(serve);
        tracing::info!("metrics are on http://{address}/metrics");
        Ok(())
    }
}
