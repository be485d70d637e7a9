use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn connections() -> Arc<Connections> {
    Connections::new(Limits {
        all: 10,
        strangers: 6,
        of_address: 3,
        of_known_address: 5,
    })
}

fn ip(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

async fn is_ended(connection: &Connection) -> bool {
    tokio::time::timeout(Duration::ZERO, connection.ended())
        .await
        .is_ok()
}

#[tokio::test]
async fn abuse_one_address_opens_many_connections() {
    let (all, now) = (connections(), Instant::now());
    let slow: Vec<_> = (0..3).map(|_| all.admit(ip(1), now).unwrap()).collect();
    assert_eq!(
        all.admit(ip(1), now).err(),
        Some(Full::Address),
        "all are too young to be closed"
    );
    let _other = all.admit(ip(2), now).unwrap();
    let _newest = all.admit(ip(1), now + SECOND).unwrap();
    assert!(is_ended(&slow[0]).await && !is_ended(&slow[1]).await);
}

#[tokio::test]
async fn abuse_many_addresses_leave_the_reserve_to_known_ones() {
    let (all, now) = (connections(), Instant::now());
    let known = all.admit(ip(9), now).unwrap();
    known.vouch(now);
    drop(known);
    let slow: Vec<_> = (0..6).map(|at| all.admit(ip(at), now).unwrap()).collect();
    assert_eq!(all.admit(ip(7), now).err(), Some(Full::All));
    let of_host: Vec<_> = (0..4).map(|_| all.admit(ip(9), now).unwrap()).collect();
    assert!(of_host.iter().all(Connection::is_of_known_address));
    for connection in &of_host {
        connection.vouch(now);
    }
    assert_eq!(all.count(), 10);
    assert!(
        all.admit(ip(9), now).is_err(),
        "all strangers are too young to be closed"
    );
    let _more = all.admit(ip(9), now + SECOND).unwrap();
    let mut ended = 0;
    for connection in &slow {
        ended += usize::from(is_ended(connection).await);
    }
    assert_eq!(ended, 1, "a stranger's connection is closed for a host");
    for connection in &of_host {
        assert!(!is_ended(connection).await);
    }
}

#[tokio::test]
async fn abuse_one_address_fills_what_strangers_have_and_makes_room_for_another() {
    let all = Connections::new(Limits {
        of_address: 6,
        ..connections().limits
    });
    let now = Instant::now();
    let many: Vec<_> = (0..6).map(|_| all.admit(ip(1), now).unwrap()).collect();
    let _other = all.admit(ip(2), now).unwrap();
    assert!(is_ended(&many[0]).await && !is_ended(&many[1]).await);
    let _more = [(); 1].map(|()| all.admit(ip(2), now).unwrap());
    let shared = all.admit(ip(2), now);
    assert_eq!(shared.err(), Some(Full::All), "it has its share");
}

/// On a slow disk all hosts behind an address may wait for longer than a second.
#[tokio::test]
async fn a_connection_that_waits_for_control_is_not_closed_for_others() {
    let (all, now) = (connections(), Instant::now());
    let hosts: Vec<_> = (0..3)
        .map(|_| Arc::new(all.admit(ip(1), now).unwrap()))
        .collect();
    let mut waiting: Vec<_> = hosts.iter().map(Connection::wait_for_control).collect();
    let later = now + 2 * SECOND;
    assert_eq!(all.admit(ip(1), later).err(), Some(Full::Address));
    waiting.pop();
    let _next = all.admit(ip(1), later).unwrap();
    assert!(is_ended(&hosts[2]).await && !is_ended(&hosts[0]).await);
}

/// Ten thousand hosts may be behind one address, and lose their connections at the same moment.
#[test]
fn as_many_hosts_return_at_once_as_an_address_had() {
    let (all, now) = (connections(), Instant::now());
    let host = || {
        let host = all.admit(ip(1), now).unwrap();
        host.vouch(now);
        host
    };
    let few: Vec<_> = (0..6).map(|_| host()).collect();
    drop(few);
    let returning: Vec<_> = (0..6).map(|_| all.admit(ip(1), now).unwrap()).collect();
    assert_eq!(all.admit(ip(1), now).err(), Some(Full::Address));
    drop(returning);
    let many: Vec<_> = (0..9).map(|_| host()).collect();
    drop(many);
    let returning: Vec<_> = (0..8).map(|_| all.admit(ip(1), now).unwrap()).collect();
    let refused = all.admit(ip(1), now).err();
    assert_eq!(refused, Some(Full::Address), "the rest is for others");
    drop(returning);
}

#[test]
fn a_closed_connection_no_longer_counts() {
    let (all, now) = (connections(), Instant::now());
    for _ in 0..100 {
        all.admit(ip(1), now).unwrap();
    }
    assert_eq!(all.count(), 0);
    assert!(all.lock().strangers.is_empty());
}
