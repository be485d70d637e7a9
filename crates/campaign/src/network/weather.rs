//! Lines that lose and delay, names that nobody answers for, broken servers.

use super::Scale;
use super::site::Site;
use lab::hostile::{Hostile, TROUBLES, Trouble};
use lab::namespace::Loss;
use lab::relay::Relay;
use std::net::UdpSocket;
use std::thread::sleep;
use std::time::Duration;

/// Three of ten packets are lost, in both directions, all the time.
pub(super) fn loss(site: &mut Site<'_>, scale: Scale) {
    site.host.configure("");
    site.lose(Loss::PerMille(300));
    // Any exchange may be too much for the line.
    for _ in 0..scale.jobs {
        site.note_outage();
    }
    site.start_as_configured();
    run_jobs(site, scale);
}

/// Whatever is sent takes two seconds.
pub(super) fn delay(site: &mut Site<'_>, scale: Scale) {
    let relay = Relay::listen(site.control_ip, site.lab.control.authority());
    relay.delay(Duration::from_secs(2));
    site.host
        .configure(&format!("PILOT_CTL_URI={}", relay.url()));
    site.start_as_configured();
    run_jobs(site, scale);
}

fn run_jobs(site: &mut Site<'_>, scale: Scale) {
    for _ in 0..scale.jobs {
        let id = site.post("count");
        site.await_end_of(id, scale.patience);
    }
}

/// The first address is a name, and no name server ever answers. The second
/// one works.
pub(super) fn no_names(site: &mut Site<'_>, scale: Scale) {
    let server = site.cable.outer();
    let mute = UdpSocket::bind((server.as_str(), 53));
    assert!(mute.is_ok(), "{mute:?}");
    site.cable.resolve_at(&server);
    let uris = format!("https://control.test,{}", site.lab.control.url());
    site.note_outage();
    site.start(&format!("PILOT_CTL_URI={uris}"));
    site.wait_for("control did not answer in time");
    run_jobs(site, scale);
}

/// Each server stalls, breaks off or talks nonsense in its own way, while a job
/// waits; then it is well again.
pub(super) fn broken_servers(site: &mut Site<'_>, scale: Scale, which: usize) {
    let tls = site.lab.control.path("tls");
    let hostile = Hostile::listen(site.control_ip, &tls, site.lab.control.authority());
    site.start(&format!("PILOT_CTL_URI={}", hostile.url()));
    site.wait_for("connected to");
    let mine = TROUBLES.into_iter().skip(which).step_by(3 * scale.every);
    for trouble in mine {
        let served = hostile.served();
        hostile.set(trouble);
        site.note_outage();
        let id = site.post("count");
        while hostile.served() == served {
            sleep(Duration::from_millis(20));
        }
        sleep(scale.outage / 3);
        hostile.set(Trouble::None);
        site.await_end_of(id, scale.patience);
    }
}
