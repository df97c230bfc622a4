//! How often each call allocates, and that a receive does not touch memory it does not fill. The
//! allocator of this test program counts.
#![cfg(target_os = "linux")]

mod support;

use allocation_counter::measure;
use nix::sys::resource::{UsageWho, getrusage};
use socketbook::*;
use support::*;

/// How often the call allocates.
fn allocations(call: impl FnOnce()) -> u64 {
    measure(call).count_total
}

#[test]
fn only_recv_allocates_and_once() {
    for timeout in [None, Some(std::time::Duration::from_secs(60))] {
        let (a, b) = tcp_pair();
        let (from, to) = udp_pair();
        for socket in [&a, &b, &from, &to] {
            socket.settimeout(timeout).unwrap();
        }
        let address = to.getsockname().unwrap();
        let mut buffer = [0; 64];
        assert_eq!(allocations(|| a.sendall(&[b'x'; 64]).unwrap()), 0);
        assert_eq!(allocations(|| assert_eq!(a.send(b"x").unwrap(), 1)), 0);
        assert_eq!(
            allocations(|| assert_eq!(b.recv_into(&mut buffer).unwrap(), 64)),
            0
        );
        assert_eq!(allocations(|| drop(b.recv(64).unwrap())), 1);
        let flags = MSG_NOSIGNAL;
        assert_eq!(
            allocations(|| assert_eq!(a.send_with_flags(b"x", flags).unwrap(), 1)),
            0
        );
        assert_eq!(
            allocations(|| drop(b.recv_with_flags(64, MSG_PEEK).unwrap())),
            1
        );

        assert_eq!(allocations(|| from.sendall(b"x").unwrap()), 0);
        assert_eq!(
            allocations(|| assert_eq!(from.sendto(b"x", &address).unwrap(), 1)),
            0
        );
        assert_eq!(
            allocations(|| assert_eq!(to.recvfrom_into(&mut buffer).unwrap().0, b"x")),
            0
        );
        assert_eq!(allocations(|| drop(to.recvfrom(64).unwrap())), 1);
    }
}

#[test]
fn a_socket_costs_no_memory_of_its_own() {
    let phone = create_server(LOCAL).unwrap();
    let number = phone.getsockname().unwrap();
    let whole = || {
        let caller = Socket::tcp().unwrap();
        caller.connect(&number).unwrap();
        let (conn, address) = phone.accept().unwrap();
        assert_eq!(address, caller.getsockname().unwrap());
        drop(conn.makefile(RWB));
    };
    assert_eq!(allocations(whole), 0);
    assert_eq!(
        allocations(|| drop(Socket::udp().unwrap().dup().unwrap())),
        0
    );
}

#[test]
fn lines_are_lent_without_a_copy() {
    let (a, b) = socketpair().unwrap();
    for _ in 0..100 {
        a.sendall("a line of text\n".as_bytes()).unwrap();
    }
    let (mut bytes, mut text) = (b.makefile(RB.buffer_size(600)), b.makefile(R));
    assert_eq!(
        allocations(|| assert_eq!(bytes.readline().unwrap().len(), 15)),
        1
    );
    let rest = || (1..40).for_each(|_| assert_eq!(bytes.readline().unwrap().len(), 15));
    assert_eq!(allocations(rest), 0);
    assert_eq!(
        allocations(|| assert_eq!(text.readline().unwrap().len(), 15)),
        1
    );
    let rest = || (1..60).for_each(|_| assert_eq!(text.readline().unwrap().len(), 15));
    assert_eq!(allocations(rest), 0);
}

/// What is kept of a receive is as large as what came, and not as the room that it was given.
#[test]
fn what_is_kept_is_not_much_more_than_what_came() {
    const ROOM: usize = 65_536;
    type Receives = fn(&Socket) -> Vec<u8>;
    let receives: [(&str, Receives); 6] = [
        ("recv", |s| s.recv(ROOM).unwrap()),
        ("recv, waiting", |s| {
            s.recv_with_flags(ROOM, MSG_PEEK).unwrap();
            s.recv(ROOM).unwrap()
        }),
        ("recvfrom", |s| s.recvfrom(ROOM).unwrap().0.into_vec()),
        ("recvmsg", |s| s.recvmsg(ROOM, 0).unwrap().0.into_vec()),
        ("read1", |s| s.makefile(RB).read1(ROOM).unwrap()),
        ("read", |s| s.makefile(RB.unbuffered()).read(ROOM).unwrap()),
    ];
    let (a, b) = tcp_pair();
    for (name, receive) in receives {
        for len in [4, 1000] {
            let mut kept = Vec::with_capacity(100);
            let memory = measure(|| {
                for _ in 0..100 {
                    a.sendall(&vec![b'x'; len]).unwrap();
                    let data = receive(&b);
                    assert_eq!(data.len(), len);
                    kept.push(data);
                }
            });
            let each = memory.bytes_current / 100;
            assert!(
                each < 1024 + len as i64,
                "{name}: {each} bytes each for {len}"
            );
        }
    }
    // A message that was cut, and all that a file gathered.
    let (a, b) = udp_pair();
    a.sendall(b"four").unwrap();
    assert!(b.recv(ROOM).unwrap().capacity() < 1024);
    let (a, b) = socketpair().unwrap();
    a.sendall(b"four").unwrap();
    a.close();
    let mut file = b.makefile(RB);
    assert!(file.readall().unwrap().capacity() < 1024);
}

/// Writing zeros into 64 MiB would touch 16,384 pages.
#[test]
fn recv_does_not_touch_the_room_it_does_not_fill() {
    const SIZE: usize = 64 << 20;
    let (a, b) = tcp_pair();
    let faults = || {
        getrusage(UsageWho::RUSAGE_THREAD)
            .unwrap()
            .minor_page_faults()
    };
    a.sendall(b"12").unwrap();
    let before = faults();
    assert_eq!(
        b.recv(1 /* what is read once is loaded once */).unwrap(),
        b"1"
    );
    assert_eq!(b.recv(SIZE).unwrap(), b"2");
    assert_eq!(
        udp_pair()
            .0
            .recvfrom_with_flags(SIZE, MSG_DONTWAIT)
            .map(drop)
            .unwrap_err()
            .errno(),
        Some(EAGAIN)
    );
    let touched = faults() - before;
    println!("{touched} pages");
    assert!(touched < 1000, "{touched} pages of 4 KiB were touched");
}
