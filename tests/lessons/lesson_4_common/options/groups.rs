//! Multicast groups: joined, left, blocked.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use socketbook::*;

use crate::support::*;

#[test]
fn groups_are_joined_and_left() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 7), Ipv4Addr::LOCALHOST);
    let (from, socket) = (Ipv4Addr::LOCALHOST, udp());
    let not_joined = |outcome: Result<()>| {
        assert_eq!(outcome.unwrap_err().errno(), Some(EADDRNOTAVAIL));
    };
    not_joined(socket.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, (group, here)));
    socket
        .setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    let twice = socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here));
    assert_eq!(twice.unwrap_err().errno(), Some(EADDRINUSE));
    socket
        .setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, (group, here))
        .unwrap();
    let of_one = (group, here, from);
    socket
        .setsockopt(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, of_one)
        .unwrap();
    socket
        .setsockopt(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, of_one)
        .unwrap();
    let gone = socket.setsockopt(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, of_one);
    assert_eq!(gone.unwrap_err().errno(), Some(EINVAL));
    let no_group = socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (here, here));
    assert_eq!(no_group.unwrap_err().errno(), Some(EINVAL));

    let Ok(six) = Socket::new(AF_INET6, SOCK_DGRAM) else {
        return;
    };
    let (group, loopback) = (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x9, 0x8), 1);
    six.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (group, loopback))
        .unwrap();
    six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, loopback))
        .unwrap();
    not_joined(six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, loopback)));
}

#[test]
fn multicast_arrives_at_who_joined() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 6), Ipv4Addr::LOCALHOST);
    let (to, from) = (Socket::udp().unwrap(), udp());
    to.bind(("", 0)).unwrap();
    to.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    from.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, here).unwrap();
    let port = to.getsockname().unwrap().port().unwrap();
    assert_eq!(from.sendto(b"to all", (group, port)).unwrap(), 6);
    to.settimeout(Duration::from_secs(20)).unwrap();
    assert_eq!(to.recvfrom(99).unwrap().0, b"to all");
}

#[test]
fn each_argument_of_a_membership_is_its_own() {
    // Addresses that no interface here has: TEST-NET-2 and TEST-NET-3 (RFC 5737).
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 5), Ipv4Addr::LOCALHOST);
    let (foreign, sender) = (
        Ipv4Addr::new(198, 51, 100, 7),
        Ipv4Addr::new(203, 0, 113, 7),
    );
    let refused = |outcome: Result<()>, expected: Errno| {
        assert_eq!(outcome.unwrap_err().errno(), Some(expected));
    };
    let socket = udp();
    let join = |group| socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, group);
    let leave = |group| socket.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, group);
    refused(join((group, foreign)), ENODEV);
    join((group, here)).unwrap();
    assert!(leave((group, foreign)).is_err());
    leave((group, here)).unwrap();

    let join = |group| socket.setsockopt(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, group);
    let leave = |group| socket.setsockopt(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, group);
    refused(join((group, sender, here)), ENODEV);
    join((group, here, sender)).unwrap();
    assert!(leave((group, sender, here)).is_err());
    assert!(leave((group, here, foreign)).is_err());
    leave((group, here, sender)).unwrap();

    if !have_ipv6() {
        return;
    }
    let six = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
    let (group, loopback, none) = (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x9, 0x7), 1, 999_999);
    refused(
        six.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (group, none)),
        ENODEV,
    );
    six.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (group, loopback))
        .unwrap();
    refused(
        six.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (group, loopback)),
        EADDRINUSE,
    );
    assert!(
        six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, none))
            .is_err()
    );
    six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, loopback))
        .unwrap();
}

#[test]
fn a_blocked_sender_is_not_heard() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 4), Ipv4Addr::LOCALHOST);
    let (one, other) = (Ipv4Addr::new(127, 0, 0, 1), Ipv4Addr::new(127, 0, 0, 2));
    let from = |address: Ipv4Addr| {
        let socket = Socket::udp().unwrap();
        socket.bind((address, 0)).unwrap();
        socket
            .setsockopt(IPPROTO_IP, IP_MULTICAST_IF, here)
            .unwrap();
        socket
    };
    let (from_one, from_other) = (from(one), from(other));
    let to = Socket::udp().unwrap();
    to.bind(("", 0)).unwrap();
    to.settimeout(Duration::from_secs(20)).unwrap();
    let port = to.getsockname().unwrap().port().unwrap();
    let block = |who| to.setsockopt(IPPROTO_IP, IP_BLOCK_SOURCE, who);
    let unblock = |who| to.setsockopt(IPPROTO_IP, IP_UNBLOCK_SOURCE, who);

    assert_eq!(
        block((group, here, other)).unwrap_err().errno(),
        Some(EINVAL)
    );
    to.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    let not_blocked = unblock((group, here, other)).unwrap_err();
    assert_eq!(not_blocked.errno(), Some(EADDRNOTAVAIL));

    block((group, here, other)).unwrap();
    from_other.sendto(b"blocked", (group, port)).unwrap();
    from_one.sendto(b"one", (group, port)).unwrap();
    assert_eq!(to.recv(99).unwrap(), b"one");
    unblock((group, here, other)).unwrap();
    from_other.sendto(b"heard", (group, port)).unwrap();
    assert_eq!(to.recv(99).unwrap(), b"heard");
    // A sender that is no address of this machine, so it can't be taken for the interface.
    block((group, here, Ipv4Addr::new(192, 0, 2, 7))).unwrap();
}

#[test]
fn only_what_the_socket_has_joined_is_heard() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 3), Ipv4Addr::LOCALHOST);
    let member = udp();
    member
        .setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    let bystander = Socket::udp().unwrap();
    bystander.bind(("", 0)).unwrap();
    bystander.settimeout(Duration::from_secs(20)).unwrap();
    let port = bystander.getsockname().unwrap().port().unwrap();
    let from = udp();
    from.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, here).unwrap();
    from.sendto(b"all", (group, port)).unwrap();
    assert_eq!(bystander.recv(99).unwrap(), b"all");
    bystander
        .setsockopt(IPPROTO_IP, IP_MULTICAST_ALL, false)
        .unwrap();
    from.sendto(b"members", (group, port)).unwrap();
    from.sendto(b"you", (here, port)).unwrap();
    assert_eq!(bystander.recv(99).unwrap(), b"you");
}
