//! The rows of the table: what is done `n` times, written once for all contenders.

use std::env;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::peers::{As, Peer};

/// What one operation of a row is.
#[derive(Clone, Copy)]
pub enum Work {
    /// A message of so many bytes to an echoing thread and back.
    Echo(usize, Cores),
    /// 64 bytes there and back, both ends in one thread.
    SendRecv,
    /// The same in datagrams, answered to the sender's address.
    Udp,
    ConnectAcceptClose,
    /// Connect, accept, 64 bytes there and back, close, close.
    Lesson,
    /// A small message, received into a fresh buffer of so many bytes.
    Fresh(usize),
    /// sendall of so many bytes to a reading thread.
    Bulk(usize),
    /// A file of so many bytes to a reading thread.
    SendFile(u64),
    /// A message of so many bytes in four parts, as one, and received: joined first, or not.
    Parts(usize, Joined),
    /// A descriptor over a Unix socket, both ends in one thread.
    Pass,
    /// A line of 24 bytes, read from a stream of them.
    Line(As),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Yes,
    No,
}

/// Where the two threads of an echo run. Were it left to the scheduler, it would choose anew for
/// each run, and a round trip costs ten times as much between two cores that sleep as on one. Where
/// data flows one way the scheduler does well, and to keep the threads apart brings noise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    One,
    Two,
}

pub struct Row {
    pub name: &'static str,
    pub about: &'static str,
    pub work: Work,
    /// How many operations are counted, once and three times: few where one is long.
    pub counted: u64,
    /// How long a timed run is, in milliseconds. Short ones meet what else the machine does in
    /// pairs; where threads wake each other, a longer one has to even it out.
    pub millis: u64,
}

const fn row(name: &'static str, about: &'static str, work: Work, counted: u64) -> Row {
    Row {
        name,
        about,
        work,
        counted,
        millis: match work {
            Work::Echo(..) => 25,
            Work::Bulk(_) | Work::SendFile(_) | Work::Line(_) => 10,
            _ => 4,
        },
    }
}

pub const ROWS: &[Row] = &[
    row(
        "echo1",
        "TCP echo of 1 B, a thread on each of two cores",
        Work::Echo(1, Cores::Two),
        400,
    ),
    row(
        "echo64",
        "TCP echo of 64 B, a thread on each of two cores",
        Work::Echo(64, Cores::Two),
        400,
    ),
    row(
        "echo1k",
        "TCP echo of 1 KiB, a thread on each of two cores",
        Work::Echo(1024, Cores::Two),
        400,
    ),
    row(
        "echo64-one",
        "TCP echo of 64 B, two threads on one core",
        Work::Echo(64, Cores::One),
        400,
    ),
    row(
        "st64",
        "64 B there and back, one thread",
        Work::SendRecv,
        400,
    ),
    row("udp", "UDP, 64 B there and back", Work::Udp, 400),
    row(
        "connect",
        "connect, accept, close, close",
        Work::ConnectAcceptClose,
        100,
    ),
    row("lesson", "the whole lesson", Work::Lesson, 100),
    row(
        "recv4k",
        "send, recv into fresh 4 KiB",
        Work::Fresh(4 << 10),
        400,
    ),
    row(
        "recv64k",
        "send, recv into fresh 64 KiB",
        Work::Fresh(64 << 10),
        400,
    ),
    row(
        "bulk64k",
        "sendall of 64 KiB, two threads",
        Work::Bulk(64 << 10),
        1000,
    ),
    row(
        "bulk1m",
        "sendall of 1 MiB, two threads",
        Work::Bulk(1 << 20),
        10,
    ),
    row(
        "gather",
        "1 KiB from four buffers by one sendmsg, received",
        Work::Parts(1024, Joined::No),
        400,
    ),
    row(
        "joined",
        "1 KiB from four buffers, joined for sendall, received",
        Work::Parts(1024, Joined::Yes),
        400,
    ),
    row(
        "pass",
        "a descriptor over a Unix socket, and closed",
        Work::Pass,
        400,
    ),
    row(
        "file",
        "sending a file of 1 MiB",
        Work::SendFile(1 << 20),
        10,
    ),
    row(
        "file64m",
        "sending a file of 64 MiB",
        Work::SendFile(64 << 20),
        1,
    ),
    row(
        "lines",
        "a line of 24 B as bytes",
        Work::Line(As::Bytes),
        20_000,
    ),
    row(
        "lines-str",
        "a line of 24 B as str",
        Work::Line(As::Str),
        20_000,
    ),
    row(
        "lines-owned",
        "a line of 24 B as owned string",
        Work::Line(As::Owned),
        20_000,
    ),
];

/// Does the work `n` times and says how long it took, without what is set up before.
pub fn perform<P: Peer>(work: Work, n: u64) -> Duration {
    P::prepare();
    match work {
        Work::Echo(size, cores) => echo::<P>(size, cores, n),
        Work::SendRecv => send_recv::<P>(n),
        Work::Udp => udp::<P>(n),
        Work::ConnectAcceptClose => connect_accept_close::<P>(n),
        Work::Lesson => lesson::<P>(n),
        Work::Fresh(size) => fresh::<P>(size, n),
        Work::Bulk(size) => bulk::<P>(size, n),
        Work::SendFile(size) => send_file::<P>(size, n),
        Work::Parts(size, joined) => parts::<P>(size, joined, n),
        Work::Pass => pass::<P>(n),
        Work::Line(kind) => line::<P>(kind, n),
    }
}

#[inline]
fn times(n: u64, mut operation: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        operation();
    }
    start.elapsed()
}

/// Keeps this thread on one of the cores that it may use, if there are so many.
fn stay_on(core: usize) {
    let all = sched_getaffinity(None).unwrap();
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
    if let Some(core) = cores.nth(core) {
        let mut one = CpuSet::new();
        one.set(core);
        sched_setaffinity(None, &one).unwrap();
    }
}

fn pair<P: Peer>() -> (P::Stream, P::Stream) {
    let (listener, address) = P::listen();
    let caller = P::connect(&P::address(address));
    (caller, P::accept(&listener))
}

/// Receives until the buffer is full; `false` at the end.
#[inline]
fn fill<P: Peer>(stream: &P::Stream, buffer: &mut [u8]) -> bool {
    let mut len = 0;
    while len < buffer.len() {
        match P::recv(stream, &mut buffer[len..]) {
            0 => return false,
            more => len += more,
        }
    }
    true
}

#[inline(never)]
fn echo<P: Peer>(size: usize, cores: Cores, n: u64) -> Duration {
    let (a, b) = pair::<P>();
    thread::scope(|scope| {
        scope.spawn(move || {
            stay_on(usize::from(cores == Cores::Two));
            let mut buffer = vec![0; size];
            while fill::<P>(&b, &mut buffer) {
                P::sendall(&b, &buffer);
            }
        });
        // Not this thread, which has other rows to do.
        let here = scope.spawn(move || {
            stay_on(0);
            let data = vec![1; size];
            let mut buffer = vec![0; size];
            times(n, || {
                P::sendall(&a, &data);
                fill::<P>(&a, &mut buffer);
            })
        });
        here.join().unwrap()
    })
}

#[inline(never)]
fn send_recv<P: Peer>(n: u64) -> Duration {
    let (a, b) = pair::<P>();
    let data = [1; 64];
    let mut buffer = [0; 64];
    times(n, || {
        P::send(&a, &data);
        P::recv(&b, &mut buffer);
        P::send(&b, &data);
        P::recv(&a, &mut buffer);
    })
}

#[inline(never)]
fn udp<P: Peer>(n: u64) -> Duration {
    let (a, _) = P::udp();
    let (b, address) = P::udp();
    let to = P::address(address);
    let data = [1; 64];
    let mut buffer = [0; 64];
    times(n, || {
        P::sendto(&a, &data, &to);
        let (_, from) = P::recvfrom(&b, &mut buffer);
        P::sendto(&b, &data, &from);
        P::recvfrom(&a, &mut buffer);
    })
}

#[inline(never)]
fn connect_accept_close<P: Peer>(n: u64) -> Duration {
    let (listener, address) = P::listen();
    let to = P::address(address);
    times(n, || {
        let caller = P::connect(&to);
        let conn = P::accept(&listener);
        drop(caller);
        drop(conn);
    })
}

#[inline(never)]
fn lesson<P: Peer>(n: u64) -> Duration {
    let (listener, address) = P::listen();
    let to = P::address(address);
    let data = [1; 64];
    let mut buffer = [0; 64];
    times(n, || {
        let caller = P::connect(&to);
        let conn = P::accept(&listener);
        P::send(&caller, &data);
        P::recv(&conn, &mut buffer);
        P::send(&conn, &data);
        P::recv(&caller, &mut buffer);
        drop(caller);
        drop(conn);
    })
}

#[inline(never)]
fn fresh<P: Peer>(size: usize, n: u64) -> Duration {
    let (a, b) = pair::<P>();
    let data = [1; 64];
    times(n, || {
        P::send(&a, &data);
        std::hint::black_box(P::recv_fresh(&b, size));
    })
}

/// Times `send`, and the reading of all that it sends by another thread.
fn to_reader<P: Peer>(n: u64, send: impl Fn(&P::Stream)) -> Duration {
    let (a, b) = pair::<P>();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while P::recv(&b, &mut buffer) > 0 {}
        });
        let start = Instant::now();
        times(n, || send(&a));
        drop(a);
        reader.join().unwrap();
        start.elapsed()
    })
}

#[inline(never)]
fn bulk<P: Peer>(size: usize, n: u64) -> Duration {
    let data = vec![1; size];
    to_reader::<P>(n, |stream| P::sendall(stream, &data))
}

#[inline(never)]
fn send_file<P: Peer>(size: u64, n: u64) -> Duration {
    let file = temporary_file(size);
    to_reader::<P>(n, |stream| P::send_file(stream, &file))
}

/// An open file that no one else sees.
fn temporary_file(size: u64) -> File {
    let path = env::temp_dir().join(format!("socketbook-bench-{}", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    let block = vec![1; 1 << 20];
    for _ in 0..size >> 20 {
        (&file).write_all(&block).unwrap();
    }
    file
}

#[inline(never)]
fn parts<P: Peer>(size: usize, joined: Joined, n: u64) -> Duration {
    let (a, b) = pair::<P>();
    let part = vec![1; size / 4];
    let parts = [&part[..]; 4];
    let mut buffer = vec![0; size];
    times(n, || {
        match joined {
            Joined::Yes => P::sendall(&a, &parts.concat()),
            Joined::No => P::send_parts(&a, parts),
        }
        fill::<P>(&b, &mut buffer);
    })
}

#[inline(never)]
fn pass<P: Peer>(n: u64) -> Duration {
    let (a, b) = P::unix_pair();
    let file = temporary_file(0);
    times(n, || P::pass(&a, &b, file.as_fd()))
}

pub const LINE: &str = "a line of 24 bytes, yes\n";

#[inline(never)]
fn line<P: Peer>(kind: As, n: u64) -> Duration {
    const LINES: u64 = 1000;
    let (a, b) = pair::<P>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let many = LINE.repeat(LINES as usize);
            for _ in 0..n / LINES {
                P::sendall(&a, many.as_bytes());
            }
            P::sendall(&a, LINE.repeat((n % LINES) as usize).as_bytes());
        });
        let start = Instant::now();
        assert_eq!(P::lines(&b, kind), n);
        start.elapsed()
    })
}
