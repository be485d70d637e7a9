//! What anybody may ask.

use super::App;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

/// `GET /` and `GET /pub`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(alive))
        .route("/pub", get(public_key))
}

async fn alive() -> &'static str {
    "pilotctl\n"
}

async fn public_key(State(app): State<App>) -> String {
    app.delivery.key.public_hex()
}
