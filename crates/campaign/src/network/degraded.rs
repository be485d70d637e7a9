//! Degraded networks: loss, delay, a silent name server, broken servers.

use super::Scale;
use super::fixture::NetworkFixture;
use lab::hostile::{Hostile, TROUBLES, Trouble};
use lab::namespace::Loss;
use lab::relay::Relay;
use std::net::UdpSocket;
use std::thread::sleep;
use std::time::Duration;

/// Three of ten packets are lost, in both directions.
pub(super) fn loss(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    fixture.host.configure("");
    fixture.lose(Loss::PerMille(300));
    // Any exchange may fail.
    for _ in 0..scale.jobs {
        fixture.note_outage();
    }
    fixture.start_as_configured();
    run_jobs(fixture, scale);
}

/// Every packet takes two seconds.
pub(super) fn delay(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    let relay = Relay::listen(fixture.control_ip, fixture.lab.control.authority());
    relay.delay(Duration::from_secs(2));
    fixture
        .host
        .configure(&format!("PILOT_CTL_URI={}", relay.url()));
    fixture.start_as_configured();
    run_jobs(fixture, scale);
}

fn run_jobs(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    for _ in 0..scale.jobs {
        let id = fixture.post("count");
        fixture.await_end_of(id, scale.patience);
    }
}

/// The first address is a name, and the name server never answers. The second one works.
pub(super) fn no_names(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    let server = fixture.cable.outer();
    let mute = UdpSocket::bind((server.as_str(), 53));
    assert!(mute.is_ok(), "{mute:?}");
    fixture.cable.resolve_at(&server);
    let uris = format!("https://control.test,{}", fixture.lab.control.url());
    fixture.note_outage();
    fixture.start(&format!("PILOT_CTL_URI={uris}"));
    fixture.wait_for("control did not answer in time");
    run_jobs(fixture, scale);
}

/// Each server stalls, breaks off or sends garbage while a job waits, and then recovers.
pub(super) fn broken_servers(fixture: &mut NetworkFixture<'_>, scale: Scale, which: usize) {
    let tls = fixture.lab.control.path("tls");
    let hostile = Hostile::listen(fixture.control_ip, &tls, fixture.lab.control.authority());
    fixture.start(&format!("PILOT_CTL_URI={}", hostile.url()));
    fixture.wait_for("connected to");
    let mine = TROUBLES.into_iter().skip(which).step_by(3 * scale.every);
    for trouble in mine {
        let served = hostile.served();
        hostile.set(trouble);
        fixture.note_outage();
        let id = fixture.post("count");
        while hostile.served() == served {
            sleep(Duration::from_millis(20));
        }
        sleep(scale.outage / 3);
        hostile.set(Trouble::None);
        fixture.await_end_of(id, scale.patience);
    }
}
