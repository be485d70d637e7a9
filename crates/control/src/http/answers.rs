//! Answers every request: by the router, with what is done for all answers.
//!
//! That is not a layer of the router: each layer has room for a request, and a copy of it, for as long
//! as a ping is held.

use super::denied::Caller;
use super::error::Error;
use super::guard::caught;
use super::probes::Asked;
use super::problem;
use super::{App, router};
use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use futures_util::TryFutureExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::error;

/// Answers requests.
#[derive(Clone)]
pub(crate) struct Answers {
    app: App,
    router: TowerToHyperService<Router>,
}

impl Answers {
    /// Those of a service.
    pub(crate) fn new(app: App) -> Self {
        Self {
            router: TowerToHyperService::new(router(app.clone())),
            app,
        }
    }

    /// Answers a request, also where its handler panics, and counts the answer.
    pub(crate) fn answer<B>(
        &self,
        mut request: Request<B>,
    ) -> impl Future<Output = Response> + Send + use<B>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn error::Error + Send + Sync>>,
    {
        let asked = Asked::of(&request);
        let caller = Caller::of(&mut request);
        let is_v1 = problem::is_v1(request.uri());
        let app = self.app.clone();
        let routed = self.router.call(request);
        let answer = caught(routed.map_err(|never: Infallible| -> Error { match never {} }));
        async move {
            let answer = answer.await.unwrap_or_else(IntoResponse::into_response);
            caller.count(&app, &answer);
            asked.count(&app, &answer);
            match is_v1 {
                true => problem::of(answer),
                false => answer,
            }
        }
    }
}
