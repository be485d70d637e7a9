//! The calls.

use super::download::Download;
use super::error::{Credentials, Error};
use super::form::Form;
use super::proxy;
use super::retry::patiently;
use super::tls;
use crate::failure::{Failure, Kind};
use crate::files;
use crate::output::Meter;
use crate::package::{Archive, Draft, MAX_SEAL, Package, Reference};
use crate::settings::Settings;
use crate::store::Partial;
use base64::Engine as _;
use serde::Deserialize;
use std::io::{self, Read};
use ureq::http::Response;
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder, SendBody};
use wire::PackageName;
use wire::command::Secret;
use wire::registry::Artefact;
use wire::seal::Seal;

/// From this size on, a push asks the registry with `Expect: 100-continue` before it sends (RFC
/// 9110, section 10.1.1).
const WORTH_ASKING: u64 = 1 << 20;

/// A registry, with the credentials to use there.
pub(crate) struct Registry {
    agent: Agent,
    domain: String,
    /// What it is called in messages.
    shown: String,
    authorization: Option<Secret>,
    credentials: Credentials,
    attempts: u32,
}

/// The part of a manifest by which a tag leads to a package.
#[derive(Deserialize)]
struct Tagged {
    #[serde(rename = "ref")]
    reference: String,
}

/// What came of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The registry has the package now.
    Stored,
    /// The registry had it, but not its archive, or a damaged one: it has that again.
    Repaired,
    /// The registry had this very package already.
    Unchanged,
}

/// The body of a registry's answer to a push.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    repaired: bool,
}

impl Registry {
    /// The registry in a package's name.
    ///
    /// # Errors
    /// When the CA file cannot be used, or the proxy that the environment names.
    pub(crate) fn of(name: &PackageName, settings: &Settings) -> Result<Self, Failure> {
        let proxy = proxy::to(&name.domain)?;
        Ok(Self {
            shown: proxy::describe(&name.domain, proxy.as_ref()),
            agent: tls::agent(settings, proxy.map(|proxy| proxy.proxy()))?,
            domain: name.domain.clone(),
            attempts: settings.attempts,
            credentials: Credentials::of(settings.user.as_deref()),
            authorization: settings.user.as_ref().map(|user| {
                let pair = Secret::new(format!("{user}:{}", settings.password.expose()));
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair.expose());
                Secret::new(format!("Basic {encoded}"))
            }),
        })
    }

    /// The reference of the package that has this name now.
    ///
    /// # Errors
    /// When the registry cannot be asked or has none.
    pub(crate) fn current(&self, name: &PackageName) -> Result<Reference, Failure> {
        let path = format!("package/manifest/{}/{}", repository(name), name.tag);
        let body = self
            .get(&path, MAX_SEAL)
            .map_err(|error| self.pull_failed(name, &error))?;
        reference_in(&body)
            .map_err(|error| self.pull_failed(name, &Error::Body(error.to_string())))?
            .parse()
            .map_err(|failure| Failure::new(Kind::Pull, failure))
    }

    /// The seal of the package of this digest that the tag has, or has had; `None` where
    /// the registry does not know it, or cannot be asked by digest, as existing ones.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub(crate) fn by_digest(
        &self,
        name: &PackageName,
        digest: &str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let path = format!(
            "package/by-digest/{}/{}/{}",
            repository(name),
            name.tag,
            segment(digest)
        );
        match self.get(&path, MAX_SEAL) {
            Err(Error::Status { code, .. }) if matches!(code.as_u16(), 404 | 405) => Ok(None),
            got => got
                .map(Some)
                .map_err(|error| self.pull_failed(name, &error)),
        }
    }

    /// Fetches a seal.
    ///
    /// # Errors
    /// When the registry cannot be asked or has none.
    pub(crate) fn seal(
        &self,
        name: &PackageName,
        reference: &Reference,
    ) -> Result<Vec<u8>, Failure> {
        let path = format!("package/seal/{}/{reference}", repository(name));
        self.get(&path, MAX_SEAL)
            .map_err(|error| self.pull_failed(name, &error))
    }

    /// Fetches the archive that a seal is for, going on with what an earlier pull has kept.
    ///
    /// # Errors
    /// When the registry cannot be asked or has none, or the disk has no room for it.
    pub(crate) fn archive(
        &self,
        name: &PackageName,
        reference: &Reference,
        seal: &Seal,
        draft: Draft,
        partial: Option<Partial>,
    ) -> Result<Archive, Failure> {
        let path = format!("package/archive/{}/{reference}", repository(name));
        self.whole_archive(&path, seal, draft, partial)
            .map_err(|error| self.pull_failed(name, &error))
    }

    fn whole_archive(
        &self,
        path: &str,
        seal: &Seal,
        draft: Draft,
        partial: Option<Partial>,
    ) -> Result<Archive, Error> {
        let mut download = Download::new(draft, partial, &self.domain).map_err(Error::Disk)?;
        // It may have been ended when all had come.
        if download.wanted().is_none() || !seal.matches(download.hash()) {
            self.download(path, &mut download)?;
        }
        match download.is_patched() {
            true => self.download_anew(path, download, seal),
            false => Ok(download.finish()),
        }
    }

    /// Uploads a package under a name.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses it.
    pub(crate) fn push(&self, name: &PackageName, package: &Package) -> Result<Pushed, Failure> {
        let manifest = package.manifest()?;
        let meta = Artefact {
            id: package.seal.id().map_err(Failure::own)?,
            kind: manifest.kind,
            file_ref: manifest.reference,
            tags: vec![name.tag.clone()],
            size: manifest.size,
            created: manifest.time,
        };
        let meta = serde_json::to_vec(&meta).map_err(Failure::own)?;
        let seal = package.seal.print().map_err(Failure::own)?;
        let reference = package.reference()?.to_string();
        let form = Form::ending_with(&package.archive, &meta, &seal, &reference)?;
        let path = format!("package/{}/tag/{}", repository(name), name.tag);
        // A registry that stored what it could not acknowledge has it when it is asked again.
        let mut may_have_stored = false;
        let pushed = patiently(&self.shown, self.attempts, Error::may_pass, || {
            let pushed = self.post(&path, &form);
            if let Err(error) = &pushed {
                may_have_stored |= !error.is_throttled();
            }
            pushed
        });
        match pushed {
            Ok(Pushed::Unchanged) if may_have_stored => Ok(Pushed::Stored),
            Ok(pushed) => Ok(pushed),
            Err(error) => Err(Failure::own(format!(
                "{name} is not pushed: {} {error}",
                self.shown
            ))),
        }
    }

    fn post(&self, path: &str, form: &Form<'_>) -> Result<Pushed, Error> {
        let mut request = self
            .agent
            .post(self.url(path))
            .header("Content-Type", form.kind())
            .header("Content-Length", form.length().to_string());
        if form.length() >= WORTH_ASKING {
            request = request.header("Expect", "100-continue");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.expose());
        }
        let mut progress = Meter::new(&format!("pushing to {}", self.domain));
        progress.begin(0, Some(form.length()));
        let mut body = Counted {
            reader: form.reader(),
            progress,
        };
        let answer = request.send(SendBody::from_reader(&mut body))?;
        match answer.status().as_u16() {
            201 => Ok(Pushed::Stored),
            200 => Ok(match outcome(answer).repaired {
                true => Pushed::Repaired,
                false => Pushed::Unchanged,
            }),
            _ => Err(Error::from_answer(answer, self.credentials)),
        }
    }

    fn download(&self, path: &str, download: &mut Download) -> Result<(), Error> {
        patiently(&self.shown, self.attempts, Error::may_pass, || {
            let mut request = self.request(path);
            if let Some((range, validator)) = download.wanted() {
                request = request.header("Range", range).header("If-Range", validator);
            }
            let answer = request.call()?;
            match answer.status().as_u16() {
                200 | 206 | 416 => download.take(answer),
                _ => Err(Error::from_answer(answer, self.credentials)),
            }
        })
    }

    /// What was put together of pieces that are not of one archive, although the registry
    /// refused the range, is fetched once more, in one.
    fn download_anew(
        &self,
        path: &str,
        mut download: Download,
        seal: &Seal,
    ) -> Result<Archive, Error> {
        if !seal.matches(download.hash()) {
            download.restart()?;
            self.download(path, &mut download)?;
        }
        Ok(download.finish())
    }

    fn get(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        patiently(&self.shown, self.attempts, Error::may_pass, || {
            self.try_get(path, limit)
        })
    }

    fn try_get(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let answer = self.request(path).call()?;
        match answer.status().as_u16() {
            200 => files::read_up_to(answer.into_body().into_reader(), limit)
                .map_err(|error| Error::from_body(&error)),
            _ => Err(Error::from_answer(answer, self.credentials)),
        }
    }

    fn request(&self, path: &str) -> RequestBuilder<WithoutBody> {
        let request = self.agent.get(self.url(path));
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization.expose()),
            None => request,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}/{path}", self.domain)
    }

    fn pull_failed(&self, name: &PackageName, error: &Error) -> Failure {
        Failure::new(
            Kind::Pull,
            format!("{name} is not pulled: {} {error}", self.shown),
        )
    }
}

/// The reference in a manifest, as the registry has it.
///
/// # Errors
/// When it is no manifest.
pub(crate) fn reference_in(manifest: &[u8]) -> serde_json::Result<String> {
    serde_json::from_slice(manifest).map(|tagged: Tagged| tagged.reference)
}

/// Existing registries say nothing, or something else: it is pushed all the same.
fn outcome(answer: Response<Body>) -> Outcome {
    const MOST: u64 = 2_000;
    let body = files::read_up_to(answer.into_body().into_reader(), MOST);
    serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default()
}

/// Any text as one segment of a URL's path.
fn segment(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// `group/name` as two segments of a URL's path.
fn repository(name: &PackageName) -> String {
    format!("{}/{}", name.group.replace('/', "%2F"), name.name)
}

/// A reader whose bytes are shown as progress.
struct Counted<R> {
    reader: R,
    progress: Meter,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.add(count);
        Ok(count)
    }
}
