//! What is renewed while the service runs: certificate, key, CA, key list and some of the
//! settings, on SIGHUP or when their files change; and what is said daily of what expires.

use super::super::exposure;
use super::super::text_file::bytes;
use super::super::tls_files::{Loaded, TlsFiles};
use super::live_settings::{LiveSettings, URL};
use crate::clock::unix_now;
use crate::domain::delivery::Delivery;
use crate::domain::expiry::{Lapse, warning_of_key};
use rustls::ServerConfig;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use wire::labelled::sha256;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(20);

/// How often what expires is said.
const SAY: Duration = Duration::from_secs(24 * 3_600);

const RENEW_JOB_KEY: &str = "make another one, add it to the key list and start the service with it \
     (docs/operations/keys.md)";
const RENEW_REGISTRY_KEY: &str =
    "make another one, add it to the key list and sign packages with it (docs/operations/keys.md)";
const REPLACE_ROOT: &str = "hosts take no newer key list then, and believe no successor: set up another control \
     and move the hosts (docs/operations/moving.md)";

/// What may be renewed, and who has to learn of it.
pub(super) struct Renewal {
    files: TlsFiles,
    key_list: Option<PathBuf>,
    settings: Option<LiveSettings>,
    delivery: Arc<Delivery>,
    tls: watch::Sender<Arc<ServerConfig>>,
    ca_pin: watch::Sender<Option<[u8; 32]>>,
    url: watch::Sender<Option<String>>,
    lapses: Vec<Lapse>,
    seen: [u8; 32],
}

/// What the service goes by, as it is now.
pub(super) struct InForce {
    pub(super) tls: watch::Receiver<Arc<ServerConfig>>,
    pub(super) ca_pin: watch::Receiver<Option<[u8; 32]>>,
    pub(super) url: watch::Receiver<Option<String>>,
}

/// What was read at start.
pub(super) struct Start {
    files: TlsFiles,
    tls: watch::Sender<Arc<ServerConfig>>,
    ca_pin: watch::Sender<Option<[u8; 32]>>,
    url: watch::Sender<Option<String>>,
    lapses: Vec<Lapse>,
    has_unknown_ca: bool,
}

impl Start {
    /// Takes what the files hold.
    pub(super) fn new(files: TlsFiles, loaded: Loaded) -> (Self, InForce) {
        let (tls, tls_in_force) = watch::channel(loaded.config);
        let (ca_pin, ca_in_force) = watch::channel(loaded.ca_pin);
        let (url, url_in_force) = watch::channel(loaded.url);
        let start = Self {
            files,
            tls,
            ca_pin,
            url,
            lapses: loaded.lapses,
            has_unknown_ca: loaded.has_unknown_ca,
        };
        let in_force = InForce {
            tls: tls_in_force,
            ca_pin: ca_in_force,
            url: url_in_force,
        };
        (start, in_force)
    }

    /// Begins to look for what is renewed.
    pub(super) fn watch(
        self,
        key_list: Option<PathBuf>,
        settings: Option<LiveSettings>,
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
            lapses: self.lapses,
            seen: [0; 32],
        };
        renewal.seen = renewal.digest();
        renewal
    }
}

impl Renewal {
    /// Renews until the service stops.
    pub(super) async fn run(mut self, mut hangup: Signal, mut stopping: watch::Receiver<bool>) {
        let (mut look, mut say) = (interval(LOOK), interval(SAY));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return,
                Some(()) = hangup.recv() => {
                    tracing::info!("reading certificate, key, CA, key list and settings again");
                    self.seen = self.digest();
                    self.renew();
                }
                _ = look.tick() => if self.has_changed() { self.renew() },
                _ = say.tick() => self.warn(),
            }
        }
    }

    fn digest(&self) -> [u8; 32] {
        let settings = self.settings.as_ref().map(LiveSettings::file);
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

    /// What cannot be used leaves in force what is.
    fn renew(&mut self) {
        // First of all, for it says where the others are.
        if let Some(settings) = &mut self.settings
            && let Err(failure) = settings.renew(&mut self.files, &mut self.key_list)
        {
            tracing::error!("the settings in force stay: {failure}");
        }
        match self.files.load() {
            Ok(loaded) => self.take(loaded),
            Err(failure) => tracing::error!("the certificate in force stays: {failure}"),
        }
        if let Err(why) = self.renew_list() {
            tracing::error!("the key list in force stays: {why}");
        }
        // Other files may have been named.
        self.seen = self.digest();
        self.warn();
    }

    fn take(&mut self, loaded: Loaded) {
        tracing::info!("the certificate of the file is in force");
        if loaded.has_unknown_ca {
            warn_of_unknown_ca(&self.files);
        }
        self.tls.send_replace(loaded.config);
        self.ca_pin.send_replace(loaded.ca_pin);
        if self.url.send_replace(loaded.url.clone()) != loaded.url {
            let url = loaded.url.as_deref().unwrap_or("none");
            tracing::info!("{URL} of the file is in force: {url}");
        }
        self.lapses = loaded.lapses;
    }

    fn renew_list(&self) -> Result<(), String> {
        let (Some(path), Some(root)) = (&self.key_list, &self.delivery.root) else {
            return Ok(());
        };
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        exposure::refuse([path.as_path()]).map_err(|failure| failure.to_string())?;
        let signed = bytes(path).map_err(|failure| failure.to_string())?;
        let renewed = root.renew(&signed, &self.delivery.key.fingerprint());
        if let Some(number) = renewed.map_err(|error| at(&error))? {
            tracing::info!(number, "the key list of the file is in force");
            self.delivery.presence.wake_all();
        }
        Ok(())
    }

    fn warn(&self) {
        let now = unix_now();
        let lapses = self.lapses.iter().filter_map(|lapse| lapse.warning(now));
        for text in lapses.chain(self.warnings_of_keys(now)) {
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

fn warn_of_unknown_ca(files: &TlsFiles) {
    let path = files.certificate.display();
    tracing::warn!(
        "{path} does not end with its CA, and no CA of this machine's store issued it: enrolment codes pin none, \
         and hosts will hardly trust it; append the CA's certificate to {path}"
    );
}
