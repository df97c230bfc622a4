//! Every lesson many times over, its errors too: no descriptor more than before.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use socketbook::*;

fn lessons(phone: &Socket, full: &Address) {
    let number = phone.getsockname().unwrap();
    // 1
    let (a, b) = socketpair().unwrap();
    drop(a.dup().unwrap());
    drop(fromfd(&b, AF_UNIX, SOCK_STREAM).unwrap());
    drop(Socket::try_from(a.detach()).unwrap());
    drop(socket2::Socket::from(b.detach()));
    assert!(fromfd(phone, AF_INET, SOCK_DGRAM).is_err());
    let file = std::fs::File::open("/dev/null").unwrap();
    assert!(fromfd(&file, AF_INET, SOCK_STREAM).is_err());
    assert!(Socket::try_from(OwnedFd::from(file)).is_err());
    assert!(std::net::UdpSocket::try_from(Socket::tcp().unwrap()).is_err());
    // 2, 3, 4
    assert!(create_server(&number).is_err(), "in use");
    let caller = create_connection(&number).unwrap();
    let (conn, _) = phone.accept().unwrap();
    caller.sendall(b"a line\n").unwrap();
    assert_eq!(conn.recv(2).unwrap(), b"a ");
    let nobody = nobody();
    assert!(Socket::tcp().unwrap().connect(&nobody).is_err());
    assert!(create_connection(("localhost", nobody.port().unwrap())).is_err());
    assert!(create_connection(("nul\0byte", 1)).is_err());
    let soon = Duration::from_millis(1);
    let options = ConnectionOptions::new().timeout(soon);
    assert!(
        create_connection_with(full, &options)
            .unwrap_err()
            .is_timeout()
    );
    let elsewhere = ConnectionOptions::new().source_address(phone.getsockname().unwrap());
    assert!(create_connection_with(&number, &elsewhere).is_err());
    // 5
    conn.settimeout(soon).unwrap();
    assert_eq!(conn.recv(99).unwrap(), b"line\n");
    assert!(conn.recv(1).unwrap_err().is_timeout());
    phone.settimeout(soon).unwrap();
    assert!(phone.accept().unwrap_err().is_timeout());
    phone.settimeout(None).unwrap();
    // 6
    caller.sendall(b"one\ntwo").unwrap();
    let conn = Arc::new(conn);
    let mut file = makefile(Arc::clone(&conn), RWB);
    assert_eq!(file.readline().unwrap(), b"one\n");
    assert!(file.readline().is_err());
    file.write(b"unsent").unwrap();
    drop(conn);
    drop(file);
    assert_eq!(makefile(caller, R).readall().unwrap(), "unsent");
    let datagrams = udp();
    assert!(datagrams.sendto(&[0; 70_000], &number).is_err());
}

#[test]
fn no_lesson_leaves_a_descriptor_open() {
    in_child("no_lesson_leaves_a_descriptor_open", || {
        let phone = create_server(LOCAL).unwrap();
        let (full, _waiting) = full_backlog();
        let full = full.getsockname().map(|number| (full, number)).unwrap();
        lessons(&phone, &full.1);
        let before = descriptors();
        for _ in 0..100 {
            lessons(&phone, &full.1);
        }
        assert_eq!(descriptors(), before);
        // The count does see one that is left.
        let left = Socket::udp().unwrap();
        assert_eq!(descriptors(), before + 1);
        drop(left);
    });
}
