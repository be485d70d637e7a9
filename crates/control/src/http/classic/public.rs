//! `GET /pub`: the public job key, without authentication.

use crate::http::App;
use crate::http::params::NoParameters;
use crate::http::routes::Routes;
use axum::extract::State;
use axum::http::Method;

/// `GET /pub`.
pub(super) fn router() -> Routes {
    Routes::default().open(Method::GET, "/pub", public_key)
}

async fn public_key(_: NoParameters, State(app): State<App>) -> String {
    app.public_job_key()
}
