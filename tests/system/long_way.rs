//! A way between the two ends on which packets take their time, overtake one another, come twice
//! or never: each test lays its own, with a relay in a network namespace of its own.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::network::{hear, in_a_bad_network, port};
use crate::support::relay::{HERE, Relay, THERE, Way};
use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(60);

/// Nothing but far away: 400 ms there and back.
const FAR: Way = Way {
    delay: Duration::from_millis(200),
    jitter: Duration::ZERO,
    lost: 0,
    doubled: 0,
};

/// Runs the body in a child process in a network with this way between [`HERE`] and [`THERE`].
fn on_a_way(test: &str, way: Way, body: impl FnOnce(&Relay)) {
    let needed = ["ip", "tuntap", "add", "mode", "tun", "name", "try"];
    in_a_bad_network(&needed, test, || body(&Relay::new(way)));
}

/// A server, and the number at which the far end calls it.
fn phone() -> (Socket, (&'static str, u16)) {
    let phone = create_server((HERE, 0)).unwrap();
    let number = (THERE, port(&phone));
    (phone, number)
}

/// The address that the other end sees of a socket that is here.
fn seen_from_afar(socket: &Socket) -> Address {
    let there = THERE.parse::<std::net::IpAddr>().unwrap();
    std::net::SocketAddr::new(there, port(socket)).into()
}

/// A caller and the connection that was accepted from it, with the whole way between them.
fn far_pair() -> (Socket, Socket) {
    let (phone, number) = phone();
    let caller = create_connection(number).unwrap();
    let (conn, address) = phone.accept().unwrap();
    assert_eq!(address, seen_from_afar(&caller));
    (caller, conn)
}

/// The call must take so long, or longer.
fn must_take<T>(least: Duration, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let outcome = call();
    let elapsed = start.elapsed();
    assert!(elapsed >= least, "early: {elapsed:?} of {least:?}");
    outcome
}

#[test]
fn a_far_call_takes_the_round_trip_and_no_timeout_is_early() {
    let test = "a_far_call_takes_the_round_trip_and_no_timeout_is_early";
    on_a_way(test, FAR, |relay| {
        let (_phone, number) = phone();
        let round_trip = 2 * FAR.delay;
        for timeout in [None, Some(LONG)] {
            let caller = || {
                let caller = Socket::tcp().unwrap();
                caller.settimeout(timeout).unwrap();
                caller
            };
            let options = ConnectionOptions::new().timeout(timeout);
            thread::scope(|scope| {
                scope.spawn(|| must_take(round_trip, || caller().connect(number)).unwrap());
                scope.spawn(|| {
                    let code = must_take(round_trip, || caller().connect_ex(number));
                    assert_eq!(code.unwrap(), 0);
                });
                scope.spawn(|| {
                    let call = || create_connection_with(number, &options);
                    assert_eq!(must_take(round_trip, call).unwrap().gettimeout(), timeout);
                });
                scope.spawn(|| {
                    let options = options.clone().total(LONG);
                    let call = || create_connection_with(number, &options);
                    assert_eq!(must_take(round_trip, call).unwrap().gettimeout(), timeout);
                });
            });
        }
        // No answer is here before the round trip is over: now a minute, for a machine so busy that
        // the caller begins to wait late.
        relay.set(Way {
            delay: LONG / 2,
            ..FAR
        });
        for timeout in [SOON, FAR.delay] {
            let caller = Socket::tcp().unwrap();
            caller.settimeout(timeout).unwrap();
            must_time_out(timeout, || caller.connect(number));
            let caller = Socket::tcp().unwrap();
            caller.settimeout(timeout).unwrap();
            let code = must_take(timeout, || caller.connect_ex(number));
            assert_eq!(code.unwrap(), EAGAIN);
            let options = ConnectionOptions::new().timeout(timeout);
            must_time_out(timeout, || create_connection_with(number, &options));
            for each in [None, Some(LONG)] {
                let options = ConnectionOptions::new().timeout(each).total(timeout);
                must_time_out(timeout, || create_connection_with(number, &options));
            }
        }
        assert_eq!(relay.counts().lost, 0);
    });
}

#[test]
fn an_end_and_a_reset_take_their_time() {
    on_a_way("an_end_and_a_reset_take_their_time", FAR, |_| {
        for timeout in [None, Some(LONG)] {
            let (caller, conn) = far_pair();
            caller.settimeout(timeout).unwrap();
            conn.settimeout(timeout).unwrap();
            must_take(FAR.delay, || {
                caller.sendall(b"a question").unwrap();
                caller.shutdown(SHUT_WR).unwrap();
                assert_eq!(drain(&conn), b"a question");
            });
            // One direction has ended; the other brings the answer, and its end.
            must_take(FAR.delay, || {
                conn.sendall(b"an answer").unwrap();
                conn.close();
                assert_eq!(drain(&caller), b"an answer");
            });

            let (caller, conn) = far_pair();
            caller.settimeout(timeout).unwrap();
            let error = must_take(FAR.delay, || {
                reset(conn);
                caller.recv(1).unwrap_err()
            });
            assert_eq!(error.errno(), Some(ECONNRESET), "{error}");
        }
    });
}

#[test]
fn bytes_and_lines_come_whole_and_in_order() {
    let test = "bytes_and_lines_come_whole_and_in_order";
    on_a_way(test, Way::default(), |relay| {
        let (mut bytes, mut lines) = (far_pair(), far_pair());
        relay.set(Way {
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(20),
            lost: 10,
            doubled: 20,
        });
        let all = pattern(0, 200_000);
        let line = |number: usize| format!("{number}: {}\n", "喂?".repeat(number * 7 % 100));
        for timeout in [None, Some(LONG)] {
            for socket in [&bytes.0, &bytes.1, &lines.0, &lines.1] {
                socket.settimeout(timeout).unwrap();
            }
            let ((a, b), (c, d)) = (&bytes, &lines);
            thread::scope(|scope| {
                scope.spawn(|| {
                    a.sendall(&all).unwrap();
                    a.shutdown(SHUT_WR).unwrap();
                });
                scope.spawn(|| {
                    let mut file = c.makefile(W);
                    for number in 0..200 {
                        file.write(&line(number)).unwrap();
                        file.flush().unwrap();
                    }
                    file.close().unwrap();
                    c.shutdown(SHUT_WR).unwrap();
                });
                scope.spawn(|| {
                    let mut file = d.makefile(R);
                    for number in 0..200 {
                        assert_eq!(file.readline().unwrap(), line(number));
                    }
                    assert_eq!(file.readline().unwrap(), "");
                });
                // No assert_eq: it would print all of it.
                assert!(drain(b) == all);
            });
            // And in the other direction.
            (bytes, lines) = ((bytes.1, bytes.0), (lines.1, lines.0));
        }
        let counts = relay.counts();
        assert!(counts.lost > 0 && counts.doubled > 0 && counts.overtaken > 0);
    });
}

/// One call to the other end that got a connection.
struct Call {
    caller: Socket,
    /// How many bytes went out.
    sent: usize,
    /// Whether the answer came in time.
    through: bool,
}

/// Calls, sends the data, and waits to be told how many bytes came. Each of the three has the
/// deadline for itself, and comes in time or is late, at the deadline and not before.
fn call(number: (&str, u16), deadline: Duration, data: &[u8]) -> Option<Call> {
    fn or_late<T>(deadline: Duration, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let outcome = call();
        if let Err(error) = &outcome {
            assert!(error.is_timeout(), "{error}");
            assert!(start.elapsed() >= deadline, "{error}");
        }
        outcome
    }
    let options = ConnectionOptions::new().timeout(deadline);
    let caller = or_late(deadline, || create_connection_with(number, &options)).ok()?;
    // So that sendall has to wait for the other end, and often.
    caller.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192).unwrap();
    let outcome = or_late(deadline, || caller.sendall(data));
    let sent = match &outcome {
        Ok(()) => data.len(),
        Err(error) => error.sent(),
    };
    caller.shutdown(SHUT_WR).unwrap();
    let answer = outcome.and_then(|()| or_late(deadline, || caller.makefile(RB).read(8)));
    let through = answer.is_ok();
    if let Ok(count) = answer {
        assert_eq!(count, data.len().to_be_bytes());
    }
    Some(Call {
        caller,
        sent,
        through,
    })
}

#[test]
fn calls_over_a_bad_way_come_through_or_time_out() {
    let bad = Way {
        delay: Duration::from_millis(200),
        jitter: Duration::from_millis(100),
        lost: 30,
        doubled: 20,
    };
    let test = "calls_over_a_bad_way_come_through_or_time_out";
    on_a_way(test, bad, |relay| {
        let (phone, number) = phone();
        // Should anything below panic, the accepting ends too.
        phone.settimeout(LONG).unwrap();
        let deadline = Duration::from_secs(3);
        // Far more than this way carries in that time; and a little, for which most have time.
        let all = &pattern(0, 1_000_000)[..];
        let (much, little) = (all, &all[..1000]);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                while let Ok((conn, address)) = phone.accept() {
                    let tell = tell.clone();
                    scope.spawn(move || {
                        let heard = hear(&conn, all);
                        tell.send((address.port().unwrap(), heard)).unwrap();
                    });
                }
            });
            let kinds = [("little", little, 16), ("much", much, 8)].map(|(name, data, times)| {
                let callers: Vec<_> = (0..times)
                    .map(|_| scope.spawn(move || call(number, deadline, data)))
                    .collect();
                (name, callers)
            });
            let [little, much] = kinds.map(|(name, callers)| {
                let made = callers.len();
                let calls = callers.into_iter().map(|caller| caller.join().unwrap());
                let calls: Vec<_> = calls.flatten().collect();
                let sent: usize = calls.iter().map(|call| call.sent).sum();
                let through = calls.iter().filter(|call| call.through).count();
                println!(
                    "{name}: {} of {made} connected, {through} through, {sent} bytes sent",
                    calls.len()
                );
                (calls, through)
            });
            // Most that say little do: that none of 16 does is out of the question.
            assert!(little.1 > 0 && much.1 == 0 && !much.0.is_empty());
            let counts = relay.counts();
            assert!(counts.lost > 0 && counts.doubled > 0 && counts.overtaken > 0);

            // What had gone out by the deadline comes all the same when the way is good again.
            relay.set(Way::default());
            let mut heard = HashMap::new();
            for Call { caller, sent, .. } in little.0.iter().chain(&much.0) {
                while !heard.contains_key(&port(caller)) {
                    let (port, count) = told.recv_timeout(LONG).unwrap();
                    heard.insert(port, count);
                }
                assert_eq!(heard[&port(caller)].as_ref().unwrap(), sent);
            }
            phone.shutdown(SHUT_RDWR).unwrap();
        });
    });
}

#[test]
fn datagrams_come_late_twice_out_of_order_or_never() {
    let way = Way {
        delay: Duration::from_millis(1),
        jitter: Duration::from_millis(20),
        lost: 20,
        doubled: 20,
    };
    let test = "datagrams_come_late_twice_out_of_order_or_never";
    on_a_way(test, way, |relay| {
        let (a, b) = (Socket::udp().unwrap(), Socket::udp().unwrap());
        a.bind((HERE, 0)).unwrap();
        b.bind((HERE, 0)).unwrap();
        let number = (THERE, port(&b));
        let from = seen_from_afar(&a);
        let message = |number: usize| {
            let number_bytes = (number as u32).to_be_bytes();
            [&number_bytes[..], &pattern(number, number * 31 % 1400)].concat()
        };
        let mut came = Vec::new();
        // As many at a time as b has room for.
        for first in (0..500).step_by(50) {
            for number_of in first..first + 50 {
                let message = message(number_of);
                assert_eq!(a.sendto(&message, number).unwrap(), message.len());
            }
            let brought = relay.until_through(first + 50).brought;
            b.settimeout(LONG).unwrap();
            while came.len() < brought {
                let (data, address) = b.recvfrom(1500).unwrap();
                assert_eq!(address, from);
                let told = u32::from_be_bytes(data[..4].try_into().unwrap()) as usize;
                assert_eq!(*data, *message(told));
                came.push(told);
            }
            b.settimeout(Duration::ZERO).unwrap();
            assert!(b.recv(1).unwrap_err().is_would_block());
        }
        let counts = relay.counts();
        let (mut times, mut latest, mut overtaken) = ([0; 500], 0, 0);
        for &number in &came {
            times[number] += 1;
            overtaken += usize::from(number < latest);
            latest = latest.max(number);
        }
        let of = |wanted: usize| times.iter().filter(|&&times| times == wanted).count();
        println!("{} never, {} twice, {overtaken} overtaken", of(0), of(2));
        assert!(of(0) > 0 && of(2) > 0 && overtaken > 0);
        assert_eq!(counts.taken, 500);
        assert_eq!((of(0), of(2)), (counts.lost, counts.doubled));
        assert_eq!(of(0) + of(1) + of(2), 500);
        assert_eq!(overtaken, counts.overtaken);
    });
}
