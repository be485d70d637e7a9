//! Strangers who hold connections for nothing keep nobody out.

use super::{PASSWORD, Site};
use lab::service::Service;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

/// The service with so few file descriptors.
fn serve(site: &Site, descriptors: u32) -> (Service, String) {
    let serve = site.serve_command();
    let mut shell = Command::new("/bin/sh");
    shell
        .env_clear()
        .args(["-c", &format!(r#"ulimit -n {descriptors}; exec "$0" "$@""#)])
        .arg(serve.get_program())
        .args(serve.get_args());
    let service = Service::start(&mut shell);
    let line = service.wait_for("pilotctl: listening on ");
    let url = line.rsplit(' ').next().unwrap().to_owned();
    (service, url)
}

#[test]
fn abuse_one_address_holds_more_connections_than_there_are_descriptors() {
    let site = Site::new();
    let (service, url) = serve(&site, 256);
    let address = url.strip_prefix("https://").unwrap();
    let mut slow: Vec<TcpStream> = (0..600)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            // The beginning of a handshake that never goes on.
            drop(stream.write_all(&[22, 3, 1]));
            stream
        })
        .collect();
    service.wait_for("refused a connection");
    // Whoever is refused comes again, as agents do; nobody has to wait for long.
    while !site
        .client(&url, PASSWORD, &["host", "ls"])
        .status
        .success()
    {
        std::thread::yield_now();
    }
    for stream in &mut slow {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let read = stream.read(&mut [0; 64]);
        let is_timeout = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!read.as_ref().is_err_and(is_timeout), "{read:?}");
    }
}
