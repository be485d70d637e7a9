//! Renews certificate, key, CA, key list and some of the settings while the service runs, on
//! SIGHUP or when their files change; and warns daily of what expires.

use super::super::author::this_machine;
use super::super::exposure;
use super::super::text_file::bytes;
use super::super::tls_files::{Loaded, TlsFiles};
use super::reloadable::{ReloadableSettings, URL};
use crate::clock::unix_now;
use crate::domain::expiry::{Expiry, warning_of_key};
use crate::domain::own_names::OwnNames;
use crate::fleet::delivery::Delivery;
use crate::service::key_lists;
use rustls::ServerConfig;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use wire::labelled::sha256;

/// How often the files are checked for changes.
const POLL: Duration = Duration::from_secs(20);

/// How often the warnings about expiry are logged.
const WARN: Duration = Duration::from_secs(24 * 3_600);

const RENEW_JOB_KEY: &str = "make another one, add it to the key list and start the service with it \
     (docs/operations/keys.md)";
const RENEW_REGISTRY_KEY: &str =
    "make another one, add it to the key list and sign packages with it (docs/operations/keys.md)";
const REPLACE_ROOT: &str = "after that, hosts accept no newer key list and no other root key: set up another control \
     and move the hosts (docs/operations/moving.md)";

/// The files that may change, and the parts of the service that depend on them.
pub(super) struct Renewal {
    files: TlsFiles,
    key_list: Option<PathBuf>,
    settings: Option<ReloadableSettings>,
    delivery: Arc<Delivery>,
    tls: watch::Sender<Arc<ServerConfig>>,
    ca_pin: watch::Sender<Option<[u8; 32]>>,
    url: watch::Sender<Option<String>>,
    names: watch::Sender<OwnNames>,
    expiries: watch::Sender<Vec<Expiry>>,
    seen: [u8; 32],
}

/// The configuration in force, for the parts of the service that use it.
pub(super) struct InForce {
    pub(super) tls: watch::Receiver<Arc<ServerConfig>>,
    pub(super) ca_pin: watch::Receiver<Option<[u8; 32]>>,
    pub(super) url: watch::Receiver<Option<String>>,
    pub(super) names: watch::Receiver<OwnNames>,
    pub(super) certificates: watch::Receiver<Vec<Expiry>>,
}

/// The configuration that was read at start.
pub(super) struct Start {
    files: TlsFiles,
    tls: watch::Sender<Arc<ServerConfig>>,
    ca_pin: watch::Sender<Option<[u8; 32]>>,
    url: watch::Sender<Option<String>>,
    names: watch::Sender<OwnNames>,
    expiries: watch::Sender<Vec<Expiry>>,
    has_unknown_ca: bool,
}

impl Start {
    /// Puts the content of the files in force.
    pub(super) fn new(files: TlsFiles, loaded: Loaded) -> (Self, InForce) {
        let (tls, tls_in_force) = watch::channel(loaded.config);
        let (ca_pin, ca_in_force) = watch::channel(loaded.ca_pin);
        let (url, url_in_force) = watch::channel(loaded.url);
        let (names, names_in_force) = watch::channel(loaded.names);
        let (expiries, certificates) = watch::channel(loaded.expiries);
        let start = Self {
            files,
            tls,
            ca_pin,
            url,
            names,
            expiries,
            has_unknown_ca: loaded.has_unknown_ca,
        };
        let in_force = InForce {
            tls: tls_in_force,
            ca_pin: ca_in_force,
            url: url_in_force,
            names: names_in_force,
            certificates,
        };
        (start, in_force)
    }

    /// Begins to check the files for changes.
    pub(super) fn watch(
        self,
        key_list: Option<PathBuf>,
        settings: Option<ReloadableSettings>,
        delivery: Arc<Delivery>,
    ) -> Renewal {
        if self.has_unknown_ca {
            warn_of_unknown_ca(&self.files);
        }
        let mut renewal = Renewal {
            files: self.files,
            key_list,
            settings,
            delivery,
            tls: self.tls,
            ca_pin: self.ca_pin,
            url: self.url,
            names: self.names,
            expiries: self.expiries,
            seen: [0; 32],
        };
        renewal.seen = renewal.digest();
        renewal
    }
}

impl Renewal {
    /// Renews until the service stops.
    pub(super) async fn run(mut self, mut hangup: Signal, mut stopping: watch::Receiver<bool>) {
        let (mut poll, mut warn) = (interval(POLL), interval(WARN));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_due = tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return,
                Some(()) = hangup.recv() => {
                    tracing::info!("reading certificate, key, CA, key list and settings again");
                    self.seen = self.digest();
                    true
                }
                _ = poll.tick() => self.has_changed(),
                _ = warn.tick() => {
                    self.warn();
                    false
                }
            };
            if is_due {
                self.renew().await;
            }
        }
    }

    fn digest(&self) -> [u8; 32] {
        let settings = self.settings.as_ref().map(ReloadableSettings::file);
        let others = [self.key_list.as_deref(), settings].map(|file| {
            let bytes = file.map(std::fs::read).and_then(Result::ok);
            sha256(&bytes.unwrap_or_default())
        });
        sha256(&[self.files.digest(), others[0], others[1]].concat())
    }

    fn has_changed(&mut self) -> bool {
        let digest = self.digest();
        std::mem::replace(&mut self.seen, digest) != digest
    }

    /// Renews everything. If a file is invalid, what it configures stays as it is.
    async fn renew(&mut self) {
        // First, because it has the paths of the others.
        if let Some(settings) = &mut self.settings
            && let Err(failure) = settings.reload(&mut self.files, &mut self.key_list)
        {
            tracing::error!("the settings in force stay: {failure}");
        }
        match self.files.load() {
            Ok(loaded) => self.take(loaded),
            Err(failure) => tracing::error!("the certificate in force stays: {failure}"),
        }
        if let Some(path) = &self.key_list
            && let Err(why) = renew_list(path, &self.delivery).await
        {
            tracing::error!("the key list in force stays: {why}");
        }
        // The paths may have changed.
        self.seen = self.digest();
        self.warn();
    }

    fn take(&mut self, loaded: Loaded) {
        self.tls.send_replace(loaded.config);
        self.ca_pin.send_replace(loaded.ca_pin);
        self.names.send_replace(loaded.names);
        // Logged once it is true.
        tracing::info!("the certificate of the file is in force");
        if loaded.has_unknown_ca {
            warn_of_unknown_ca(&self.files);
        }
        if self.url.send_replace(loaded.url.clone()) != loaded.url {
            let url = loaded.url.as_deref().unwrap_or("none");
            tracing::info!("{URL} of the file is in force: {url}");
        }
        self.expiries.send_replace(loaded.expiries);
    }

    fn warn(&self) {
        let now = unix_now();
        let in_force = self.expiries.borrow();
        let expiries = in_force.iter().filter_map(|expiry| expiry.warning(now));
        for text in expiries.chain(self.warnings_of_keys(now)) {
            tracing::warn!("{text}");
        }
    }

    fn warnings_of_keys(&self, now: u64) -> Vec<String> {
        let key = self.delivery.key.certificate();
        let mut warnings = vec![warning_of_key("the job key", &key, RENEW_JOB_KEY, now)];
        if let Some(root) = &self.delivery.root {
            let of_root = root.certificates().iter();
            warnings
                .extend(of_root.map(|key| warning_of_key("the root key", key, REPLACE_ROOT, now)));
            let listed = root.listed();
            for (what, rings, remedy) in [
                ("the listed job key", &listed.job, RENEW_JOB_KEY),
                (
                    "the listed registry key",
                    &listed.registry,
                    RENEW_REGISTRY_KEY,
                ),
            ] {
                let listed = rings.iter().flat_map(|ring| ring.certificates());
                let others = listed.filter(|listed| listed.fingerprint() != key.fingerprint());
                warnings.extend(others.map(|key| warning_of_key(what, key, remedy, now)));
            }
        }
        warnings.into_iter().flatten().collect()
    }
}

async fn renew_list(path: &Path, delivery: &Delivery) -> Result<(), String> {
    let at = |error: String| format!("{}: {error}", path.display());
    exposure::refuse([path]).map_err(|failure| failure.to_string())?;
    let signed = bytes(path).map_err(|failure| failure.to_string())?;
    let renewed = key_lists::renew(delivery, &signed, &this_machine()).await;
    if let Some(number) = renewed.map_err(at)? {
        tracing::info!(number, "the key list of the file is in force");
    }
    Ok(())
}

fn warn_of_unknown_ca(files: &TlsFiles) {
    let path = files.certificate.display();
    tracing::warn!(
        "{path} does not end with its CA, and no CA of this machine's store issued it: codes of invitations pin no CA, \
        and hosts will probably not trust it; append the CA's certificate to {path}"
    );
}
