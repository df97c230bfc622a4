//! Mixed traffic with random faults, for SOAK_SECONDS (1): each byte is checked, and descriptors
//! and memory are as many at the end as after the beginning. A round that hangs ends the test.
//!
//! The seed is printed; SOAK_SEED=… makes the same choices again. How the threads take turns stays
//! the kernel's choice.

use std::collections::HashMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::dice::Dice;
use crate::support::*;
use socketbook::*;

impl Dice {
    fn timeout(&mut self) -> Option<Duration> {
        match self.below(4) {
            0 => None,
            1 => Some(Duration::from_secs(60)),
            2 => Some(Duration::from_micros(1 + self.below(2000) as u64)),
            _ => Some(Duration::ZERO),
        }
    }

    fn size(&mut self) -> usize {
        [1, 100, 5_000, 70_000, 400_000][self.below(5)]
    }
}

/// What goes wrong in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// A third thread sets timeouts while the others send and receive.
    Timeouts,
    /// A third thread shuts the sending side.
    Shut,
    /// The sender resets when it has sent a part.
    SenderResets,
    /// The receiver resets when it has had a part.
    ReceiverResets,
}

const FAULTS: [Fault; 5] = [
    Fault::Nothing,
    Fault::Timeouts,
    Fault::Shut,
    Fault::SenderResets,
    Fault::ReceiverResets,
];

/// The call would have waited, or waited too long: not a fault, the caller tries again.
fn again(socket: &Socket, error: &Error) -> bool {
    if error.is_would_block() {
        // Without this it would keep a core busy.
        socket.settimeout(Duration::from_millis(1)).unwrap();
    }
    error.is_timeout() || error.is_would_block()
}

/// Sends pieces of the pattern by calls chosen at random, at most `calls`; returns how many bytes
/// went out, and whether it ended of itself.
fn speak(socket: &Socket, dice: &mut Dice, calls: usize) -> (usize, bool) {
    let mut sent = 0;
    for _ in 0..calls {
        let piece = pattern(sent, dice.size());
        let outcome = match dice.below(7) {
            0 => socket.send(&piece).map(|part| sent += part),
            1 => socket
                .send_with_flags(&piece, MSG_DONTWAIT)
                .map(|part| sent += part),
            2 => socket.dup().unwrap().send(&piece).map(|part| sent += part),
            3 => {
                socket.settimeout(dice.timeout()).unwrap();
                Ok(())
            }
            4 => socket
                .makefile(WB.unbuffered())
                .write(&piece)
                .map(|part| sent += part),
            5 => socket
                .sendall_with_flags(&piece, MSG_MORE)
                .map(|()| sent += piece.len()),
            _ => socket.sendall(&piece).map(|()| sent += piece.len()),
        };
        if let Err(error) = &outcome {
            sent += error.sent();
        }
        match outcome {
            Ok(()) => {}
            Err(error) if again(socket, &error) => {}
            Err(error) if error.is_disconnect() => return (sent, false),
            Err(error) => panic!("{error}"),
        }
    }
    (sent, true)
}

/// Receives by calls chosen at random and checks each byte, to the end or until it has `enough`;
/// returns how many bytes came, and whether the end was a clean one.
fn listen(socket: &Socket, dice: &mut Dice, enough: usize) -> (usize, bool) {
    let mut heard = 0;
    let mut buffer = vec![0; 100_000];
    while heard < enough {
        let size = dice.size().min(buffer.len());
        let outcome = match dice.below(6) {
            0 => socket.recv(size),
            1 => socket.recv_with_flags(size, MSG_DONTWAIT),
            2 => socket
                .recv_into(&mut buffer[..size])
                .map(|part| buffer[..part].to_vec()),
            3 => socket.recv_with_flags(size, MSG_PEEK).and_then(|peeked| {
                let taken = socket.recv(peeked.len().max(1))?;
                assert!(taken == peeked, "peeked at one thing and got another");
                Ok(taken)
            }),
            4 => {
                // What a file has read ahead is here too.
                let mut file = socket.makefile(RB);
                match file.read(size) {
                    Ok(data) => Ok([&data, file.buffer()].concat()),
                    Err(_) if !file.buffer().is_empty() => Ok(file.buffer().to_vec()),
                    Err(error) => Err(error),
                }
            }
            _ => {
                socket.settimeout(dice.timeout()).unwrap();
                continue;
            }
        };
        match outcome {
            Ok(data) if data.is_empty() => return (heard, true),
            Ok(data) => {
                assert!(data == pattern(heard, data.len()), "wrong from {heard} on");
                heard += data.len();
            }
            Err(error) if again(socket, &error) => {}
            Err(error) if error.is_disconnect() => return (heard, false),
            Err(error) => panic!("{error}"),
        }
    }
    (heard, false)
}

/// A connection, its traffic, its fault, and what must hold then. Returns the bytes that came.
fn stream((a, b): (Socket, Socket), dice: &mut Dice) -> usize {
    let fault = FAULTS[dice.below(FAULTS.len())];
    for socket in [&a, &b] {
        socket.settimeout(dice.timeout()).unwrap();
        // No TIME_WAIT: there are many rounds. Both know by then what came.
        let none = Some(Duration::ZERO);
        socket.setsockopt(SOL_SOCKET, SO_LINGER, none).unwrap();
    }
    let [mut speaker, mut listener, mut third] = [1, 2, 3].map(|number| dice.split(number));
    let enough = match fault {
        Fault::ReceiverResets => 1 + dice.below(100_000),
        _ => usize::MAX,
    };
    let calls = 1 + dice.below(20);
    let done = AtomicBool::new(false);
    let (a, b) = (Arc::new(a), Arc::new(b));
    // A duplicate shares O_NONBLOCK with its original, and shuts both.
    let meddler = matches!(fault, Fault::Timeouts | Fault::Shut)
        .then(|| (a.dup().unwrap(), Arc::clone(&a), Arc::clone(&b)));
    let ((sent, ended), (heard, clean)) = thread::scope(|scope| {
        if let Some((copy, a, b)) = meddler {
            let done = &done;
            scope.spawn(move || {
                for _ in 0..200 {
                    if done.load(SeqCst) || (fault == Fault::Shut && third.below(20) == 0) {
                        break;
                    }
                    for socket in [&copy, &*a, &*b] {
                        socket.settimeout(third.timeout()).unwrap();
                    }
                    thread::yield_now();
                }
                if fault == Fault::Shut {
                    copy.shutdown(SHUT_WR).ok(); // an error when it is all over
                }
            });
        }
        // It closes its end when it is done, with RST.
        let listening = scope.spawn(move || listen(&b, &mut listener, enough));
        let said = speak(&a, &mut speaker, calls);
        done.store(true, SeqCst);
        // Closed at once, it throws away what is still in its buffer, and RST goes out.
        let _open = (fault != Fault::SenderResets).then(|| {
            a.shutdown(SHUT_WR).ok(); // an error when the listener has gone
            a
        });
        (said, listening.join().unwrap())
    });
    let story = format!("{fault:?}: {sent} sent, {heard} heard, {ended} {clean}");
    match fault {
        Fault::Nothing | Fault::Timeouts => assert!(ended && clean && heard == sent, "{story}"),
        Fault::Shut => assert!(clean && heard == sent, "{story}"),
        Fault::SenderResets => assert!(ended && heard <= sent, "{story}"),
        Fault::ReceiverResets => assert!(heard <= sent, "{story}"),
    }
    heard
}

/// Numbered datagrams, of a length and content that follow from the number. On UDP some may be
/// lost, where the receiver is slow; none may come twice, changed or out of order.
fn datagrams((a, b): (Socket, Socket), lossless: bool, dice: &mut Dice) -> usize {
    const HEADER: usize = 8;
    let message = |number: usize| {
        let number_bytes = (number as u64).to_be_bytes();
        [&number_bytes[..], &pattern(number, number * 31 % 3000)].concat()
    };
    let count = 1 + dice.below(200);
    let mut speaker = dice.split(1);
    a.settimeout(Duration::from_secs(60)).unwrap();
    b.settimeout(Duration::from_secs(60)).unwrap();
    let done = AtomicBool::new(false);
    let came = thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=count {
                let message = message(number);
                let sent = match speaker.below(3) {
                    0 => a.send(&message),
                    1 => a.dup().unwrap().send(&message),
                    _ => a.sendall(&message).map(|()| message.len()),
                };
                assert_eq!(sent.unwrap(), message.len());
            }
            // An empty one is the end; it too may be lost.
            a.send(b"").unwrap();
            while !lossless && !done.load(SeqCst) {
                a.send(b"").unwrap();
                thread::yield_now();
            }
        });
        let (mut came, mut last) = (0, 0);
        let mut buffer = [0; 4000];
        loop {
            // Room for all, or for less than most have: then the call says so.
            let room = [HEADER, 1000, 4000][dice.below(3)];
            let (data, len) = match dice.below(3) {
                0 => {
                    let (data, _) = b.recvfrom_into(&mut buffer[..room]).unwrap();
                    (data.to_vec(), data.full_len())
                }
                1 => {
                    let (data, _) = b.recvfrom(room).unwrap();
                    let len = data.full_len();
                    (data.into_vec(), len)
                }
                _ => match b.recv(room) {
                    Ok(data) => (data.clone(), data.len()),
                    Err(error) if error.is_truncated() => {
                        let data = error.received().to_vec();
                        let number = u64::from_be_bytes(data[..HEADER].try_into().unwrap());
                        (data, message(number as usize).len())
                    }
                    Err(error) => panic!("{error}"),
                },
            };
            if data.is_empty() {
                break;
            }
            let number = u64::from_be_bytes(data[..HEADER].try_into().unwrap()) as usize;
            let whole = message(number);
            assert!(number > last && number <= count, "{number} after {last}");
            assert_eq!(len, whole.len());
            assert!(data == whole[..len.min(room)]);
            (came, last) = (came + 1, number);
        }
        done.store(true, SeqCst);
        came
    });
    assert!(
        came <= count && (came == count || !lossless),
        "{came} of {count}"
    );
    came
}

/// Calls that nobody answers, and callers that give up before they are accepted.
fn wrong_numbers(phone: &Socket, dice: &mut Dice) {
    let error = Socket::tcp().unwrap().connect(nobody()).unwrap_err();
    assert_eq!(error.errno(), Some(ECONNREFUSED));
    phone
        .settimeout(Duration::from_micros(dice.below(500) as u64 + 1))
        .unwrap();
    assert!(phone.accept().unwrap_err().is_timeout());
    phone.settimeout(Duration::from_secs(60)).unwrap();
    reset(create_connection(phone.getsockname().unwrap()).unwrap());
    let (conn, _) = phone.accept().unwrap();
    assert_eq!(conn.recv(1).unwrap_err().errno(), Some(ECONNRESET));
}

/// The kinds of round, as `traffic` chooses among them.
const KINDS: [&str; 6] = [
    "caller to conn",
    "conn to caller",
    "Unix stream",
    "UDP",
    "Unix datagrams",
    "wrong numbers",
];

/// Four at a time until the end; returns the rounds and what came in them.
fn traffic(length: Duration, dice: &mut Dice) -> (usize, usize) {
    let (rounds, came) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let end = Instant::now() + length;
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..4 {
            let mut dice = dice.split(number);
            let (rounds, came, tell) = (&rounds, &came, tell.clone());
            scope.spawn(move || {
                let phone = create_server(LOCAL).unwrap();
                while Instant::now() < end {
                    let kind = dice.below(KINDS.len());
                    tell.send((number, Some(kind))).unwrap();
                    came.fetch_add(
                        match kind {
                            0 => stream(tcp_pair(), &mut dice),
                            1 => {
                                let (caller, conn) = tcp_pair();
                                stream((conn, caller), &mut dice)
                            }
                            2 => stream(socketpair().unwrap(), &mut dice),
                            3 => datagrams(udp_pair(), false, &mut dice),
                            4 => {
                                let kind = [SOCK_DGRAM, SOCK_SEQPACKET][dice.below(2)];
                                let pair = socketpair_with(AF_UNIX, kind, 0).unwrap();
                                datagrams(pair, true, &mut dice)
                            }
                            _ => {
                                wrong_numbers(&phone, &mut dice);
                                0
                            }
                        },
                        SeqCst,
                    );
                    rounds.fetch_add(1, SeqCst);
                }
                tell.send((number, None)).unwrap();
            });
        }
        drop(tell);
        scope.spawn(|| watch(told));
    });
    (rounds.into_inner(), came.into_inner())
}

/// The longest that a round may take. A socket's timeout of 60 s would end what hangs, and hide it.
const PATIENCE: Duration = Duration::from_secs(50);

/// Is told when a round begins and of which kind it is, and when the last one is over. One that
/// hangs is the end of this process.
fn watch(told: mpsc::Receiver<(u64, Option<usize>)>) {
    let mut rounds = HashMap::new();
    loop {
        let oldest = rounds.values().map(|(begun, _)| *begun).min();
        let oldest = oldest.unwrap_or_else(Instant::now);
        let left = (oldest + PATIENCE).saturating_duration_since(Instant::now());
        match told.recv_timeout(left) {
            Ok((number, Some(kind))) => drop(rounds.insert(number, (Instant::now(), kind))),
            Ok((number, None)) => drop(rounds.remove(&number)),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    for (number, (begun, kind)) in rounds {
        println!(
            "thread {number}: {}, for {:?}",
            KINDS[kind],
            begun.elapsed()
        );
    }
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let path = task.unwrap().path();
        let read = |name| std::fs::read_to_string(path.join(name)).unwrap_or_default();
        // The number of its system call, and where in the kernel that sleeps.
        let call = read("syscall");
        let call = call.split(' ').next().unwrap().trim();
        println!("{path:?}: {call} in {}", read("wchan"));
    }
    println!("HANGS: a round takes longer than {PATIENCE:?}");
    std::process::abort();
}

/// What this process has in memory, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn mixed_traffic_with_random_faults() {
    in_child("mixed_traffic_with_random_faults", || {
        let seconds = env::var("SOAK_SECONDS").map_or(1, |text| text.parse().unwrap());
        let length = Duration::from_secs(seconds);
        println!("SOAK_SECONDS={seconds}");
        let mut dice = Dice::of("SOAK_SEED");

        // The allocator and the threads take what they need in the first third.
        traffic(length / 3, &mut dice);
        let before = (descriptors(), memory());
        let (rounds, came) = traffic(length * 2 / 3, &mut dice);
        let after = (descriptors(), memory());
        println!(
            "{rounds} rounds, {came} bytes and datagrams; (descriptors, KiB): {before:?}, {after:?}"
        );
        assert!(rounds > 10 && came > 0);
        assert_eq!(after.0, before.0, "descriptors");
        assert!(after.1 < before.1 + 4096, "memory");
    });
}
