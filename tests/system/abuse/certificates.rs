//! Servers that are not control.

use crate::complaints::{bare_host, complaint};
use lab::{Lab, run, tls};
use needs::{Need, lacks};
use rustls::ServerConnection;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::process::Command;

#[test]
fn abuse_a_server_whose_certificate_another_ca_issued() {
    let (lab, other) = (Lab::without_package(), Lab::without_package());
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_CTL_URI={}", other.control.url()));
    host.start();
    host.agent()
        .wait_for("no CA that this host trusts issued the server's certificate (BadSignature)");
    assert!(
        !other.control.service().log().contains("token"),
        "nothing was sent"
    );
}

#[test]
fn abuse_a_server_whose_certificate_names_another_host() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let elsewhere = lab.control.url().replace("127.0.0.1", "127.0.0.2");
    let port = lab.control.url().rsplit(':').next().unwrap().to_owned();
    // The service listens on one address; a relay makes it answer at another.
    let _relay = relay("127.0.0.2", &port);
    host.configure(&format!("PILOT_CTL_URI={elsewhere}"));
    host.start();
    host.agent().wait_for("certificate not valid for name");
}

/// Passes connections to `address` on to the service at the same port.
fn relay(address: &str, port: &str) -> std::thread::JoinHandle<()> {
    let listener = TcpListener::bind(format!("{address}:{port}")).unwrap();
    let target = format!("127.0.0.1:{port}");
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut server = std::net::TcpStream::connect(&target).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let _ = std::io::copy(&mut server, &mut client);
        }
    })
}

#[test]
fn abuse_a_server_whose_certificate_has_expired() {
    if lacks(&[Need::Program("openssl")]) {
        return;
    }
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    issue(&lab, "serverAuth", "0");
    let port = server(&lab);
    host.configure(&format!("PILOT_CTL_URI=https://127.0.0.1:{port}"));
    host.start();
    host.agent()
        .wait_for("if the certificate is good, this host's clock is wrong");
}

/// A server with the certificate that the service would not start with.
fn server(lab: &Lab) -> u16 {
    let config = tls::server(&lab.control.path("tls"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let server = ServerConnection::new(config.clone()).unwrap();
            // It ends with the client's refusal.
            let _ = tls::Stream::new(server, stream).read(&mut [0]);
        }
    });
    port
}

/// Issues the service a certificate of the same CA for a use and so many days.
fn issue(lab: &Lab, usage: &str, days: &str) {
    let tls = |name: &str| lab.control.path("tls").join(name);
    fs::write(
        tls("leaf.ext"),
        format!("subjectAltName=IP:127.0.0.1\nextendedKeyUsage={usage}\n"),
    )
    .unwrap();
    run(Command::new("openssl")
        .args(["req", "-new", "-subj", "/CN=late", "-key"])
        .arg(tls("server.key"))
        .arg("-out")
        .arg(tls("leaf.csr")));
    run(Command::new("openssl")
        .args(["x509", "-req", "-days", days, "-extfile"])
        .arg(tls("leaf.ext"))
        .arg("-in")
        .arg(tls("leaf.csr"))
        .arg("-CA")
        .arg(tls("ca.pem"))
        .arg("-CAkey")
        .arg(tls("ca.key"))
        .arg("-out")
        .arg(tls("leaf.pem")));
    let chain = [tls("leaf.pem"), tls("ca.pem")].map(|path| fs::read_to_string(path).unwrap());
    fs::write(tls("server.pem"), chain.concat()).unwrap();
}

#[test]
fn abuse_plain_http_is_configured() {
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    plain.set_nonblocking(true).unwrap();
    let url = format!("http://{}", plain.local_addr().unwrap());
    let (_folder, host) = bare_host();
    let code = format!("pilot1.{}..", "S".repeat(22));

    host.configure("");
    host.write("code", &code);
    let mut enrol = host.pilot();
    enrol
        .args(["enrol", &url, "--code-file"])
        .arg(host.path("code"));
    let (status, output) = complaint(&mut enrol);
    assert!(
        status != Some(0) && output.contains("plain HTTP is refused"),
        "{output}"
    );

    host.configure(&format!("PILOT_CTL_URI={url}"));
    let (status, output) = complaint(&mut host.pilot());
    assert!(
        status == Some(78) && output.contains("plain HTTP is refused"),
        "{output}"
    );

    let mut art = lab::clean(&lab::programs::programs().art);
    art.env("ARTISAN_HOME", host.path("artisan")).arg("pull");
    let (_, output) = complaint(art.arg(format!("{url}/tests/package:latest")));
    assert!(output.contains("name"), "{output}");
    let nobody = plain.accept().unwrap_err();
    assert_eq!(
        nobody.kind(),
        std::io::ErrorKind::WouldBlock,
        "nothing was sent"
    );
}

/// A certificate of the same CA that is only a client's.
#[test]
fn abuse_a_server_that_shows_a_clients_certificate() {
    if lacks(&[Need::Program("openssl")]) {
        return;
    }
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    issue(&lab, "clientAuth", "300");
    let port = server(&lab);
    host.configure(&format!("PILOT_CTL_URI=https://127.0.0.1:{port}"));
    host.start();
    let output = host
        .agent()
        .wait_for("the server's certificate is not one for a server");
    assert!(!output.contains("PILOT_CA_FILE"), "{output}");
}
