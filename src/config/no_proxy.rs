//! Which servers this host reaches through its proxy, and which ones directly.

use super::proxy::Proxy;
use super::settings::Config;

impl Config {
    /// The proxy to use for this server; `None` when the server is reached directly.
    pub(crate) fn proxy_to(&self, host: &str, port: u16) -> Option<&Proxy> {
        let proxied = |_: &&Proxy| !self.no_proxy.covers(host, port);
        self.proxy.as_ref().filter(proxied)
    }

    /// `NO_PROXY` for other programs, which know names but neither ports nor networks: the
    /// agent decides about the server that they are going to ask, and adds its name.
    pub(crate) fn no_proxy_for(&self, server: Option<(String, u16)>) -> Vec<String> {
        let mut direct = self.no_proxy.names();
        if let Some((host, port)) = server
            && self.no_proxy.covers(&host, port)
            && !direct.contains(&host)
        {
            direct.push(host);
        }
        direct
    }
}
