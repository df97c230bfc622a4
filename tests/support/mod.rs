//! What several test files need: connected sockets, a full backlog, child processes.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

pub mod dice;
pub mod etc;
pub mod model;
pub mod network;
#[cfg(target_os = "linux")]
pub mod relay;
#[cfg(unix)]
pub mod signals;
pub mod skipped;

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
#[cfg(target_os = "linux")]
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

pub use skipped::{have, have_ipv6, python_command, skipped};
use socketbook::*;

pub const LOCAL: (&str, u16) = ("127.0.0.1", 0);

/// A folder of the test's own, gone at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("socketbook-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A caller and the connection that was accepted from it.
pub fn tcp_pair() -> (Socket, Socket) {
    let phone = create_server(LOCAL).unwrap();
    let caller = create_connection(phone.getsockname().unwrap()).unwrap();
    let (conn, _) = phone.accept().unwrap();
    (caller, conn)
}

/// A UDP socket with an address of its own.
pub fn udp() -> Socket {
    let socket = Socket::udp().unwrap();
    socket.bind(LOCAL).unwrap();
    socket
}

/// Two UDP sockets, each connected to the other.
pub fn udp_pair() -> (Socket, Socket) {
    let (a, b) = (udp(), udp());
    a.connect(b.getsockname().unwrap()).unwrap();
    b.connect(a.getsockname().unwrap()).unwrap();
    (a, b)
}

/// Resets the connection: the peer gets RST.
pub fn reset(socket: Socket) {
    socket
        .setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))
        .unwrap();
    socket.close();
}

/// Waits until the peer's reset is here. It may come later than the peer's close: a child that
/// another test starts in this moment has the peer's descriptor, too, until its exec.
pub fn until_gone(socket: &Socket) {
    use rustix::event::{PollFd, PollFlags, poll};
    // POLLERR and POLLHUP are always told of.
    let mut fds = [PollFd::new(socket, PollFlags::empty())];
    while poll(&mut fds, None).is_err() {}
}

/// A file without a name that holds these bytes.
#[cfg(target_os = "linux")]
pub fn file_with(bytes: &[u8]) -> File {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let mut file = File::from(open(env::temp_dir(), flags, Mode::RUSR | Mode::WUSR).unwrap());
    file.write_all(bytes).unwrap();
    file
}

/// The reading and the writing end of a pipe: std's, which Rust 1.85 does not have.
#[cfg(target_os = "linux")]
pub fn pipe() -> (File, File) {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    (reader.into(), writer.into())
}

/// Something to pass a descriptor of.
pub fn null() -> File {
    File::open("/dev/null").unwrap()
}

/// The descriptors of a message that brought nothing else.
#[cfg(target_os = "linux")]
pub fn rights(ancillary: Vec<Ancillary>) -> Vec<OwnedFd> {
    let mut all = Vec::new();
    for item in ancillary {
        match item {
            Ancillary::Rights(fds) => all.extend(fds),
            other => panic!("{other:?}"),
        }
    }
    all
}

/// As [`socketpair_with`], and again with sockets on which other ancillary data may come too, which
/// takes another way.
#[cfg(target_os = "linux")]
pub fn unix_pairs(kind: SocketKind) -> Vec<(Socket, Socket)> {
    let plain = socketpair_with(AF_UNIX, kind, 0).unwrap();
    let (a, b) = socketpair_with(AF_UNIX, kind, 0).unwrap();
    let adopted = (a, Socket::try_from(b.detach()).unwrap());
    vec![plain, adopted]
}

/// Whether a program that is executed does not get it.
#[cfg(target_os = "linux")]
pub fn is_closed_on_exec(fd: impl AsFd) -> bool {
    let flags = rustix::io::fcntl_getfd(fd).unwrap();
    flags.contains(rustix::io::FdFlags::CLOEXEC)
}

/// An address of this machine at which nobody listens.
pub fn nobody() -> Address {
    let phone = Socket::tcp().unwrap();
    phone.bind(LOCAL).unwrap();
    phone.getsockname().unwrap()
}

/// An address of this machine at which no UDP socket is.
pub fn nobody_on_udp() -> Address {
    udp().getsockname().unwrap()
}

/// A server that takes no more callers: the kernel drops the next one's SYN. The callers that fill
/// its queue come along.
pub fn full_backlog() -> (Socket, Vec<Socket>) {
    let phone = Socket::tcp().unwrap();
    phone.bind(LOCAL).unwrap();
    phone.listen(0).unwrap();
    let waiting = (0..4)
        .map(|_| {
            let caller = Socket::tcp().unwrap();
            caller.setblocking(false).unwrap();
            caller.connect_ex(phone.getsockname().unwrap()).unwrap();
            caller
        })
        .collect();
    (phone, waiting)
}

/// A Unix datagram socket whose queue is full, its address, and a sender. For one that is not
/// connected poll says writable all the time here, and sendto says not yet.
#[cfg(target_os = "linux")]
pub fn full_letter_box() -> (Socket, Address, Socket) {
    let [letter_box, sender] = [(); 2].map(|()| Socket::new(AF_UNIX, SOCK_DGRAM).unwrap());
    letter_box.bind("").unwrap();
    let address = letter_box.getsockname().unwrap();
    while sender
        .sendto_with_flags(b"x", MSG_DONTWAIT, &address)
        .is_ok()
    {}
    (letter_box, address, sender)
}

/// A Unix server whose queue is full, its address, and the callers that fill it.
#[cfg(target_os = "linux")]
pub fn full_unix_backlog() -> (Socket, Address, Vec<Socket>) {
    let server = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    server.bind("").unwrap();
    server.listen(0).unwrap();
    let address = server.getsockname().unwrap();
    let mut callers = Vec::new();
    loop {
        let caller = Socket::new(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK).unwrap();
        match caller.connect(&address) {
            Ok(()) => callers.push(caller),
            Err(error) => {
                assert_eq!(error.errno(), Some(EAGAIN));
                assert!(error.is_would_block());
                return (server, address, callers);
            }
        }
    }
}

/// Sends until there is no room for a single byte; returns how many bytes. Over TCP a moment later
/// there may be room again, when the peer's kernel has taken some: for a socket that stays full
/// take one of [`socketpair`].
pub fn fill(socket: &Socket) -> usize {
    let timeout = socket.gettimeout();
    socket.settimeout(Duration::ZERO).unwrap();
    let mut filled = 0;
    for piece in [&[b'x'; 16 * 1024][..], b"x"] {
        let error = loop {
            match socket.send(piece) {
                Ok(sent) => filled += sent,
                Err(error) => break error,
            }
        };
        assert!(error.is_would_block(), "{error}");
    }
    socket.settimeout(timeout).unwrap();
    filled
}

/// Reads all that is there now.
pub fn drain_now(socket: &Socket) -> Vec<u8> {
    let timeout = socket.gettimeout();
    socket.settimeout(Duration::ZERO).unwrap();
    let mut all = Vec::new();
    while let Ok(more) = socket.recv(256 * 1024) {
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    socket.settimeout(timeout).unwrap();
    all
}

/// Reads to the end of the stream.
pub fn drain(socket: &Socket) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let more = socket.recv(256 * 1024).unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// The call must time out, not before `asked` is over. Returns its error.
pub fn must_time_out<T: std::fmt::Debug>(
    asked: Duration,
    call: impl FnOnce() -> Result<T>,
) -> Error {
    let start = Instant::now();
    let error = call().unwrap_err();
    let elapsed = start.elapsed();
    assert!(error.is_timeout(), "{error}");
    assert!(elapsed >= asked, "early: {elapsed:?} of {asked:?}: {error}");
    println!("{}: {:?} over", error.call(), elapsed - asked);
    error
}

/// The call must end by itself; a test that hangs would say nothing.
pub fn must_end<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        let outcome = call();
        let _ = tell.send(());
        outcome
    });
    match told.recv_timeout(Duration::from_secs(20)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the call has not ended"),
        // It may have panicked.
        _ => thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

/// Runs the call and returns, with its outcome, how much of the processor this thread has used.
#[cfg(target_os = "linux")]
pub fn processor_time<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    use nix::sys::resource::{UsageWho, getrusage};
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        [usage.user_time(), usage.system_time()]
            .map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000))
            .iter()
            .sum::<Duration>()
    };
    let before = used();
    let outcome = call();
    (outcome, used() - before)
}

/// Sets an option that this crate does not have, as another library may.
#[cfg(unix)]
pub fn set_foreign_option(socket: &Socket, level: i32, name: i32, value: i32) {
    use nix::libc;
    let pointer = std::ptr::from_ref(&value).cast();
    let len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: the pointer is to a number of this length, and the descriptor is open.
    let outcome = unsafe { libc::setsockopt(socket.fileno(), level, name, pointer, len) };
    assert_eq!(outcome, 0, "{}", std::io::Error::last_os_error());
}

/// Makes a call that blocks in a thread of its own, calls `act` once that thread sleeps in the
/// kernel, and returns what the call returned.
#[cfg(target_os = "linux")]
pub fn once_blocked<T: Send>(call: impl FnOnce() -> T + Send, act: impl FnOnce()) -> T {
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let blocked = scope.spawn(move || {
            tell.send(nix::unistd::gettid()).unwrap();
            call()
        });
        wait_until_asleep(told.recv().unwrap());
        act();
        blocked.join().unwrap()
    })
}

/// Waits until a thread of this process sleeps in the kernel.
#[cfg(target_os = "linux")]
pub fn wait_until_asleep(thread: nix::unistd::Pid) {
    // It cannot be read when the thread is done already, which the caller will see.
    while let Ok(stat) = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")) {
        // The state stands behind the name in parentheses.
        if stat[stat.rfind(')').unwrap()..].starts_with(") S") {
            return;
        }
        thread::yield_now();
    }
}

/// Bytes that know their place in a stream: `len` of them, from place `from` on. One that is
/// missing, doubled or moved shows at the next.
pub fn pattern(from: usize, len: usize) -> Vec<u8> {
    (from..from + len)
        .map(|place| ((place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

/// How many descriptors this process has open.
#[cfg(target_os = "linux")]
pub fn descriptors() -> usize {
    // The reading itself needs one, and counts it: always the same.
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

const CHILD: &str = "SOCKETBOOK_TEST_CHILD";

/// Runs the body in a process of its own: this test program again, for this test alone.
pub fn in_child(test: &str, body: impl FnOnce()) {
    in_child_under(&[], test, body);
}

/// As [`in_child`], with the child started by another program, such as `["unshare", "--net"]`.
pub fn in_child_under(launcher: &[&str], test: &str, body: impl FnOnce()) {
    if is_child(test) {
        return body();
    }
    let output = child_under(launcher, test).output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    print!("{out}");
    eprint!("{err}");
    // The harness keeps that back, but not this.
    for why in err
        .lines()
        .filter_map(|line| line.strip_prefix("SKIPPED: "))
    {
        skipped(why);
    }
    assert!(
        output.status.success(),
        "{test}, in its child process: {}\n{out}{err}",
        output.status
    );
    assert!(
        out.contains("1 passed"),
        "no test has the name {test}:\n{out}"
    );
}

/// As [`in_child_under`], with the first of the launchers, for root and for others, that can run
/// the `needed` command.
pub fn in_a_namespace(launchers: [&[&str]; 2], needed: &[&str], test: &str, body: impl FnOnce()) {
    if is_child(test) {
        return body();
    }
    if !(have("unshare") && have(needed[0])) {
        return;
    }
    let mut refusals = String::new();
    for launcher in launchers {
        let mut command = Command::new(launcher[0]);
        let output = command.args(&launcher[1..]).args(needed).output().unwrap();
        if output.status.success() {
            return in_child_under(launcher, test, body);
        }
        refusals += &String::from_utf8_lossy(&output.stderr);
    }
    skipped(&format!(
        "no namespace for {needed:?} here: {}",
        refusals.trim_end()
    ));
}

/// The command that runs one test of this program in a child process.
pub fn child(test: &str) -> Command {
    child_under(&[], test)
}

/// As [`child`], started by another program.
pub fn child_under(launcher: &[&str], test: &str) -> Command {
    let program = env::current_exe().unwrap();
    let mut words = launcher.iter().map(OsStr::new).chain([program.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        // All tests stand in modules. That it is the only one of this name, the caller sees.
        .args([&format!("::{test}"), "--nocapture", "--test-threads=1"])
        .env(CHILD, test);
    command
}

/// Whether this process is the child that [`child`] started.
pub fn is_child(test: &str) -> bool {
    env::var(CHILD).is_ok_and(|name| name == test)
}
