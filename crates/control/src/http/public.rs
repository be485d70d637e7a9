//! Addresses without authentication.

use super::App;
use super::params::NoParameters;
use super::routes::Routes;
use axum::extract::State;
use axum::http::Method;

/// `GET /` and `GET /pub`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .open(Method::GET, "/", alive)
        .open(Method::GET, "/pub", public_key)
}

/// Parameters are ignored: load balancers and monitors add some.
async fn alive() -> &'static str {
    "pilotctl\n"
}

async fn public_key(_: NoParameters, State(app): State<App>) -> String {
    app.public_job_key()
}
