//! What anybody may ask.

use super::App;
use super::routes::Routes;
use axum::extract::State;
use axum::http::Method;

/// `GET /` and `GET /pub`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .open(Method::GET, "/", alive)
        .open(Method::GET, "/pub", public_key)
}

async fn alive() -> &'static str {
    "pilotctl\n"
}

async fn public_key(State(app): State<App>) -> String {
    app.delivery.key.public_hex()
}
