//! Lesson 4, datagrams that need a network of the test's own: pings.

use crate::support::network::in_a_network;
use crate::support::*;
use socketbook::*;

/// The kernel cuts what comes over a ping socket, and does not say how long it was.
#[test]
fn a_ping_that_is_cut_is_told() {
    in_a_network(&["true"], "a_ping_that_is_cut_is_told", || {
        std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").unwrap();
        let ping = Socket::with_proto(AF_INET, SOCK_DGRAM, IPPROTO_ICMP).unwrap();
        ping.connect(LOCAL).unwrap();
        ping.settimeout(std::time::Duration::from_secs(20)).unwrap();
        // An echo request; the kernel writes the checksum and the identifier.
        let mut request = [b'x'; 56];
        request[..8].copy_from_slice(&[8, 0, 0, 0, 0, 0, 0, 1]);
        let ask = || assert_eq!(ping.send(&request).unwrap(), 56);
        ask();
        let whole = ping.recv(100).unwrap();
        assert_eq!((whole.len(), whole[0]), (56, 0), "an echo reply");
        assert_eq!(whole[8..], request[8..]);

        ask();
        let error = ping.recv(10).unwrap_err();
        assert!(error.is_truncated(), "{error}");
        assert_eq!((error.received().len(), error.received()[0]), (10, 0));
        let mut small = [0xff; 10];
        ask();
        assert!(ping.recv_into(&mut small).unwrap_err().is_truncated());
        assert_eq!((small[0], small[8]), (0, b'x'));
        ask();
        let (data, from) = ping.recvfrom(10).unwrap();
        assert_eq!((data.len(), data.full_len()), (10, 56));
        assert_eq!(from.ip(), Some(std::net::Ipv4Addr::LOCALHOST.into()));
        ask();
        let (data, _) = ping.recvfrom_into(&mut small).unwrap();
        assert_eq!((data.len(), data.full_len()), (10, 56));
        // A peek tells it, too, and leaves it there.
        ask();
        let (data, _) = ping.recvfrom_with_flags(10, MSG_PEEK).unwrap();
        assert_eq!((data.len(), data.full_len()), (10, 56));
        assert_eq!(ping.recv_with_flags(10, MSG_PEEK).unwrap().len(), 10);
        let error = ping.makefile(RB.unbuffered()).read(10).unwrap_err();
        assert!(error.is_truncated(), "{error}");
        ping.setblocking(false).unwrap();
        assert!(ping.recv(1).unwrap_err().is_would_block(), "that was all");
    });
}
