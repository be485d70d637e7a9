//! What operators ask of control.

use super::connection::{Answer, Connection, Fault, Outgoing};
use super::control::Target;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use release::failure::{Context, Result, failed};
use serde_json::Value;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::encoding::base64;

/// How long an operator waits, and a program that fills a database.
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody with a password, on one connection at a time.
pub(crate) struct Operator {
    target: Arc<Target>,
    authorization: String,
    connection: Option<Connection>,
}

/// How a list was answered.
pub(super) struct Listed {
    pub(super) length: usize,
    pub(super) took: Duration,
}

impl Operator {
    /// One with this name.
    pub(super) fn new(target: Arc<Target>, name: &str, password: &str) -> Self {
        Self {
            target,
            authorization: format!("Basic {}", base64(format!("{name}:{password}").as_bytes())),
            connection: None,
        }
    }

    /// Asks for something and returns how long the answer took.
    ///
    /// # Errors
    /// When there is no answer, or its status is not 200.
    pub(super) async fn time(&mut self, path: &str) -> std::result::Result<Listed, Fault> {
        let request = self.request("GET", path, "application/json", Bytes::new());
        let began = Instant::now();
        let answer = self.send(request).await?;
        match answer.status {
            200 => Ok(Listed {
                length: answer.body.len(),
                took: began.elapsed(),
            }),
            status => Err(Fault::Status(status)),
        }
    }

    /// Asks for something that has to be there.
    ///
    /// # Errors
    /// When it is not, or is no JSON.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Value> {
        serde_json::from_slice(&self.fetch(path).await?).context(path)
    }

    /// As [`Operator::get`], of any kind.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) async fn fetch(&mut self, path: &str) -> Result<Bytes> {
        self.call("GET", path, Bytes::new()).await
    }

    /// Sends JSON that has to be taken, and returns the answer.
    ///
    /// # Errors
    /// When it is refused; says why.
    pub(crate) async fn put(&mut self, method: &str, path: &str, body: &Value) -> Result<Bytes> {
        self.call(method, path, body.to_string().into()).await
    }

    async fn call(&mut self, method: &str, path: &str, body: Bytes) -> Result<Bytes> {
        self.call_as(method, path, "application/json", body).await
    }

    /// As [`Operator::put`], for a body of any kind.
    ///
    /// # Errors
    /// When it is refused; says why.
    pub(super) async fn call_as(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: Bytes,
    ) -> Result<Bytes> {
        let request = self.request(method, path, kind, body);
        let answer = self.send(request).await.context(path)?;
        match answer.status {
            200..300 => Ok(answer.body),
            status => failed(format!(
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(&answer.body)
            )),
        }
    }

    /// Reads something long to its end without keeping it, and returns how long it was.
    ///
    /// # Errors
    /// When it is not there, or cut.
    pub(super) async fn drain(&mut self, path: &str) -> Result<u64> {
        let request = self.request("GET", path, "application/json", Bytes::new());
        let drained = self.connected().await.context(path)?.drain(request).await;
        match drained.context(path)? {
            (200, length) => Ok(length),
            (status, _) => failed(format!("GET {path}: {status}")),
        }
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: Bytes) -> Outgoing {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.target.authority)
            .header("authorization", &self.authorization)
            .header("content-type", kind);
        #[expect(clippy::expect_used, reason = "methods and paths are of this program")]
        request.body(Full::new(body)).expect("a request")
    }

    async fn send(&mut self, request: Outgoing) -> std::result::Result<Answer, Fault> {
        let answer = self.connected().await?.send(request, PATIENCE).await;
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn connected(&mut self) -> std::result::Result<&mut Connection, Fault> {
        // Control closes one that was idle for long.
        self.connection.take_if(|connection| connection.is_closed());
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.target.dialer.connect(Ipv4Addr::LOCALHOST).await?,
        };
        Ok(self.connection.insert(connection))
    }
}
