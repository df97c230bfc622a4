//! Trouble between the two ends: packets that are lost or refused, a connection that dies in the
//! middle. Each test runs in a network namespace of its own, whose firewall (nftables) makes the
//! trouble; the machine's own network is not touched.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::support::network::{hear, ip, port, run};
use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(60);

/// Puts up a firewall with these rules over what arrives, in the place of the one before. Arriving
/// packets, since the sender of one that is stopped on its way out is told.
fn firewall(rules: &str) {
    run(
        "nft",
        &[&format!(
            "flush ruleset; table inet faults {{ counter lost {{ }}; \
             chain arriving {{ type filter hook input priority 0; {rules}\n }}; }}"
        )],
    );
}

/// How many packets the firewall has dropped by `counter name lost drop`.
fn lost() -> usize {
    let text = run("nft", &["list counter inet faults lost"]);
    let mut words = text.split_whitespace();
    words.find(|word| *word == "packets").unwrap();
    words.next().unwrap().parse().unwrap()
}

fn in_a_network(test: &str, body: impl FnOnce()) {
    // A namespace whose firewall is not ours is of no use.
    network::in_a_bad_network(&["nft", "add table inet try"], test, body);
}

#[test]
fn a_silent_host_is_given_up_at_the_deadline() {
    in_a_network("a_silent_host_is_given_up_at_the_deadline", || {
        let phone = create_server(LOCAL).unwrap();
        let number = phone.getsockname().unwrap();
        let silence = format!("tcp dport {} counter name lost drop", port(&phone));
        firewall(&silence);
        let caller = Socket::tcp().unwrap();
        caller.settimeout(SOON).unwrap();
        must_time_out(SOON, || caller.connect(&number));
        // Else the kernel would go on calling behind its back.
        drop(caller);
        let options = ConnectionOptions::new().timeout(SOON);
        must_time_out(SOON, || create_connection_with(&number, &options));
        assert!(lost() >= 2);
        phone.settimeout(SOON).unwrap();
        must_time_out(SOON, || phone.accept());

        // Whoever has time to wait is connected when the silence ends, at the kernel's next SYN.
        for timeout in [None, Some(LONG)] {
            firewall(&silence);
            let caller = Socket::tcp().unwrap();
            caller.settimeout(timeout).unwrap();
            once_blocked(|| caller.connect(&number), || firewall("")).unwrap();
            let (_, address) = phone.accept().unwrap();
            assert_eq!(address, caller.getsockname().unwrap());
        }
    });
}

/// What a firewall may answer, and what the caller is told of it. The last column: whether a
/// datagram's sender hears of it, which the kernel tells of some only (udp(7)).
const REFUSALS: [(&str, Errno, bool); 6] = [
    ("icmp type port-unreachable", ECONNREFUSED, true),
    ("icmp type prot-unreachable", ENOPROTOOPT, true),
    ("icmp type admin-prohibited", EHOSTUNREACH, true),
    ("icmp type host-unreachable", EHOSTUNREACH, false),
    ("icmp type net-unreachable", ENETUNREACH, false),
    ("tcp reset", ECONNREFUSED, false),
];

#[test]
fn a_firewall_that_says_no_to_a_call() {
    in_a_network("a_firewall_that_says_no_to_a_call", || {
        let rules: Vec<_> = (1..)
            .zip(REFUSALS)
            .map(|(port, (how, ..))| format!("tcp dport {port} reject with {how};"))
            .collect();
        firewall(&rules.concat());
        // The kernel heeds an ICMP answer to its second SYN, after a second: all at once.
        thread::scope(|scope| {
            for (port, (how, errno, _)) in (1..).zip(REFUSALS) {
                for timeout in [None, Some(LONG)] {
                    scope.spawn(move || {
                        let caller = Socket::tcp().unwrap();
                        caller.settimeout(timeout).unwrap();
                        let error = caller.connect(("127.0.0.1", port)).unwrap_err();
                        assert_eq!(error.errno(), Some(errno), "{how}: {error}");
                        let caller = Socket::tcp().unwrap();
                        caller.settimeout(timeout).unwrap();
                        let number = ("127.0.0.1", port);
                        assert_eq!(caller.connect_ex(number).unwrap(), errno, "{how}");
                        let error = create_connection(number).unwrap_err();
                        assert_eq!(error.errno(), Some(errno), "{how}: {error}");
                    });
                }
            }
        });
    });
}

#[test]
fn a_firewall_that_says_no_to_a_datagram() {
    in_a_network("a_firewall_that_says_no_to_a_datagram", || {
        for (how, errno, told) in REFUSALS {
            if how == "tcp reset" {
                continue;
            }
            let (a, b) = udp_pair();
            firewall(&format!(
                "udp dport {} counter name lost reject with {how}",
                port(&b)
            ));
            for timeout in [None, Some(LONG)] {
                a.settimeout(timeout).unwrap();
                assert_eq!(a.send(b"x").unwrap(), 1);
                if told {
                    let error = a.recv(1).unwrap_err();
                    assert_eq!(error.errno(), Some(errno), "{how}: {error}");
                    // Told once, to whichever call comes next.
                    assert_eq!(a.send(b"x").unwrap(), 1);
                    let error = a.send(b"x").unwrap_err();
                    assert_eq!(error.errno(), Some(errno), "{how}: {error}");
                }
            }
            assert!(lost() >= 2);
            a.settimeout(SOON).unwrap();
            must_time_out(SOON, || a.recv(1));
            // One that is not connected is never told.
            let free = udp();
            free.sendto(b"x", b.getsockname().unwrap()).unwrap();
            free.settimeout(SOON).unwrap();
            must_time_out(SOON, || free.recvfrom(1));
            // And the way is open again.
            firewall("");
            a.send(b"y").unwrap();
            assert_eq!(b.recv(9).unwrap(), b"y", "{how}");
        }
    });
}

/// A packet that the firewall stops on its way out: its sender is told at once.
#[test]
fn a_firewall_of_the_senders_own() {
    in_a_network("a_firewall_of_the_senders_own", || {
        let (a, b) = udp_pair();
        let table =
            "table inet faults { chain leaving { type filter hook output priority 0; drop; }; }";
        run("nft", &[table]);
        for error in [
            a.send(b"x").unwrap_err(),
            a.sendall(b"x").unwrap_err(),
            udp().sendto(b"x", b.getsockname().unwrap()).unwrap_err(),
        ] {
            assert_eq!(error.errno(), Some(EPERM), "{error}");
        }
        run("nft", &["flush ruleset"]);
        a.send(b"y").unwrap();
        assert_eq!(b.recv(9).unwrap(), b"y");
    });
}

#[test]
fn a_connection_that_someone_between_resets() {
    in_a_network("a_connection_that_someone_between_resets", || {
        for timeout in [None, Some(LONG)] {
            let (caller, conn) = tcp_pair();
            caller.settimeout(timeout).unwrap();
            caller.sendall(b"before").unwrap();
            assert_eq!(conn.recv(9).unwrap(), b"before");
            let cut = format!("tcp dport {} reject with tcp reset", port(&conn));
            firewall(&cut);
            caller.sendall(b"after").unwrap();
            assert_eq!(caller.recv(1).unwrap_err().errno(), Some(ECONNRESET));
            assert_eq!(caller.sendall(b"x").unwrap_err().errno(), Some(EPIPE));

            // The other end has heard of nothing, and finds out when it speaks.
            conn.settimeout(SOON).unwrap();
            must_time_out(SOON, || conn.recv(1));
            firewall("");
            conn.settimeout(timeout).unwrap();
            conn.sendall(b"still there?").unwrap();
            assert_eq!(conn.recv(1).unwrap_err().errno(), Some(ECONNRESET));
        }
    });
}

#[test]
fn a_connection_that_goes_dead_and_comes_back() {
    in_a_network("a_connection_that_goes_dead_and_comes_back", || {
        let (caller, conn) = tcp_pair();
        let dead = format!("tcp dport {} counter name lost drop", port(&conn));
        firewall(&dead);
        caller.settimeout(SOON).unwrap();
        let all = pattern(0, 64 << 20);
        let error = must_time_out(SOON, || caller.sendall(&all));
        let sent = error.sent();
        assert!(sent > 0 && sent < all.len(), "{error}");
        conn.settimeout(SOON).unwrap();
        must_time_out(SOON, || conn.recv(1));
        assert!(lost() > 0);

        firewall("");
        caller.settimeout(LONG).unwrap();
        conn.settimeout(LONG).unwrap();
        thread::scope(|scope| {
            let heard = scope.spawn(|| drain(&conn));
            let rest = &all[sent..sent + 100_000];
            caller.sendall(rest).unwrap();
            caller.shutdown(SHUT_WR).unwrap();
            // No assert_eq: it would print megabytes.
            assert!(heard.join().unwrap() == all[..sent + 100_000]);
        });

        // Dead for good: the kernel's own limit is not the socket's deadline.
        for timeout in [None, Some(LONG)] {
            firewall("");
            let (caller, conn) = tcp_pair();
            firewall(&format!("tcp dport {} drop", port(&conn)));
            let limit = 300; // milliseconds
            caller
                .setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, limit)
                .unwrap();
            caller.settimeout(timeout).unwrap();
            caller.sendall(b"x").unwrap();
            let error = caller.recv(1).unwrap_err();
            assert_eq!(error.errno(), Some(ETIMEDOUT), "{error}");
            assert!(!error.is_timeout() && !error.is_would_block());
            assert_eq!(
                caller.recv(1).unwrap(),
                b"",
                "told once; then it is the end"
            );
        }
    });
}

const LOSS: &str = "numgen random mod 100 < 30 counter name lost drop";

#[test]
fn connect_through_loss() {
    in_a_network("connect_through_loss", || {
        let phone = create_server(LOCAL).unwrap();
        let number = phone.getsockname().unwrap();
        firewall(&format!("ip protocol tcp {LOSS}"));
        // A lost SYN is repeated after a second. With less time than that, about half come through:
        // 70 % of 70 %.
        let (mut connected, mut late) = (0, 0);
        for _ in 0..40 {
            let caller = Socket::tcp().unwrap();
            caller.settimeout(SOON).unwrap();
            let start = std::time::Instant::now();
            match caller.connect(&number) {
                Ok(()) => connected += 1,
                Err(error) => {
                    assert!(error.is_timeout(), "{error}");
                    assert!(start.elapsed() >= SOON);
                    late += 1;
                }
            }
            reset(caller);
        }
        println!(
            "{connected} connected, {late} timed out, {} packets lost",
            lost()
        );
        assert!(connected > 0 && late > 0);
        assert!(lost() >= late);
    });
}

#[test]
fn bytes_through_loss() {
    in_a_network("bytes_through_loss", || {
        // Packets of a common size, and retransmission fit for a path this short.
        ip("link set lo mtu 1500");
        ip("route replace local 127.0.0.0/8 dev lo table local rto_min 5ms");
        ip("route del local 127.0.0.1 dev lo table local");
        let phone = create_server(LOCAL).unwrap();
        let number = phone.getsockname().unwrap();
        let deadline = Duration::from_secs(5);
        let all = &pattern(0, 50_000)[..];
        let (through, late) = (AtomicUsize::new(0), AtomicUsize::new(0));
        firewall(&format!("ip protocol tcp {LOSS}"));

        let mut lost_in_all = 0;
        let call = || {
            let options = ConnectionOptions::new().timeout(deadline);
            let caller = create_connection_with(&number, &options)?;
            caller.sendall(all)?;
            caller.shutdown(SHUT_WR)?;
            let mut answer = [0; 8];
            caller
                .makefile(RB)
                .read(8)
                .map(|bytes| answer.copy_from_slice(&bytes))?;
            assert_eq!(usize::from_be_bytes(answer), all.len());
            Ok::<(), Error>(())
        };
        thread::scope(|scope| {
            let answering = scope.spawn(|| {
                // Until the telephone is switched off.
                while let Ok((conn, _)) = phone.accept() {
                    scope.spawn(move || {
                        if let Err(error) = hear(&conn, all) {
                            assert!(error.is_timeout() || error.is_disconnect(), "{error}");
                        }
                    });
                }
            });
            let callers: Vec<_> = (0..24)
                .map(|_| {
                    scope.spawn(|| {
                        let start = std::time::Instant::now();
                        match call() {
                            Ok(()) => through.fetch_add(1, SeqCst),
                            Err(error) => {
                                assert!(error.is_timeout(), "{error}");
                                assert!(start.elapsed() >= deadline, "{error}");
                                late.fetch_add(1, SeqCst)
                            }
                        };
                    })
                })
                .collect();
            let outcomes: Vec<_> = callers.into_iter().map(|caller| caller.join()).collect();
            lost_in_all = lost();
            firewall("");
            phone.shutdown(SHUT_RDWR).unwrap();
            answering.join().unwrap();
            outcomes.into_iter().for_each(|outcome| outcome.unwrap());
        });
        let through = through.into_inner();
        println!(
            "{through} through, {} late, {} packets lost",
            late.into_inner(),
            lost_in_all
        );
        // More than half get through, so that none of 24 does is out of the question.
        assert!(through > 0 && lost_in_all > 0);
    });
}

#[test]
fn datagrams_through_loss_are_lost_whole_and_counted() {
    let test = "datagrams_through_loss_are_lost_whole_and_counted";
    in_a_network(test, || {
        let (a, b) = udp_pair();
        firewall(&format!("udp dport {} {LOSS}", port(&b)));
        let mut arrived = Vec::new();
        for number in 0..1000_u32 {
            let message = [&number.to_be_bytes()[..], &pattern(number as usize, 96)].concat();
            assert_eq!(a.send(&message).unwrap(), 100);
            // On loopback it has arrived when send returns, or never will.
            if let Ok(message) = b.recv_with_flags(200, MSG_DONTWAIT) {
                let told = u32::from_be_bytes(message[..4].try_into().unwrap());
                assert_eq!(message[4..], pattern(told as usize, 96));
                arrived.push(told);
            }
        }
        b.settimeout(SOON).unwrap();
        must_time_out(SOON, || b.recv(1));
        println!("{} of 1000 arrived, {} lost", arrived.len(), lost());
        assert!(arrived.is_sorted_by(|a, b| a < b), "in order, none twice");
        assert_eq!(arrived.len() + lost(), 1000);
        assert!((550..850).contains(&arrived.len()));
    });
}
