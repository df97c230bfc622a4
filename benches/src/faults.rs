//! The same trouble for this crate, std, socket2 and CPython: who keeps the deadline, who is told of
//! a signal, who is killed.
//!
//! Each runs in a process of its own, since a signal is for a whole process. The trouble ends by
//! itself after a while: a call that keeps no deadline is seen to go on until then.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use socketbook::{RB, Socket, create_connection, create_server};

use crate::contenders::python_program;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(1);
const TINY: Duration = Duration::from_micros(1900);

const CASES: [(&str, &str); 9] = [
    ("recv", "recv, 50 ms; nothing comes"),
    ("recv-long", "recv, 1 s; nothing comes"),
    ("connect", "connect, 1.9 ms; no one answers"),
    ("recv-signals", "recv, 50 ms; a signal each ms"),
    ("line-signals", "a line, 50 ms; a signal each ms"),
    ("accept-signals", "accept, 50 ms; a signal each ms"),
    ("line-slow", "a line, 50 ms; a byte comes every 5 ms"),
    (
        "sendall-slow",
        "32 MiB, 50 ms; the peer takes 32 KiB every 5 ms",
    ),
    (
        "sigpipe",
        "two pieces to a peer that is gone; SIGPIPE at its default",
    ),
];

const CONTENDERS: [&str; 4] = ["socketbook", "std", "socket2", "CPython"];

/// Runs all, prints them, and returns them as a table.
pub fn compare() -> String {
    let mut text = format!(
        "| Trouble | {} |\n|---|---|---|---|---|\n",
        CONTENDERS.join(" | ")
    );
    for (case, about) in CASES {
        println!("{about}");
        write!(text, "| {about} |").unwrap();
        for contender in CONTENDERS {
            let outcome = outcome(case, contender);
            println!("  {contender:10} {outcome}");
            write!(text, " {outcome} |").unwrap();
        }
        text.push('\n');
    }
    text
}

fn outcome(case: &str, contender: &str) -> String {
    let mut command = match (contender, python_program()) {
        ("CPython", None) => return "-".to_owned(),
        ("CPython", Some(python)) => {
            let script = crate::package().join("src/peers/faults.py");
            let mut command = Command::new(python);
            command.args(["-S", "-E"]).arg(script);
            command
        }
        _ => {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--fault", contender]);
            command
        }
    };
    let output = command.arg(case).output().unwrap();
    match output.status.signal() {
        Some(libc::SIGPIPE) => "killed".to_owned(),
        None if output.status.success() => {
            let told = String::from_utf8(output.stdout).unwrap();
            told.trim().to_owned()
        }
        _ => panic!("{contender}, {case}: {output:?}"),
    }
}

/// In the child: one contender in one trouble.
pub fn suffer(contender: &str, case: &str) {
    println!(
        "{}",
        match contender {
            "socketbook" => run::<Socket>(case),
            "std" => run::<TcpStream>(case),
            "socket2" => run::<socket2::Socket>(case),
            _ => panic!("nobody has the name {contender}"),
        }
    );
}

/// How the call ended, and after how many milliseconds.
fn run<C: Contender>(case: &str) -> String {
    let timed = |call: &mut dyn FnMut() -> io::Result<()>| {
        let start = Instant::now();
        let end = call().map_or_else(told, |()| "no error".to_owned());
        format!("{end}, {:.1} ms", start.elapsed().as_secs_f64() * 1e3)
    };
    match case {
        "connect" => {
            let (_phone, to, _waiting) = full_backlog();
            return timed(&mut || C::connect(to, TINY));
        }
        "accept-signals" => {
            let Some(mut accept) = C::accept(SHORT) else {
                return "has no timeout".to_owned();
            };
            storm();
            return timed(&mut accept);
        }
        _ => {}
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let timeout = if case == "recv-long" { LONG } else { SHORT };
    let contender = C::connected(listener.local_addr().unwrap(), timeout);
    let (peer, _) = listener.accept().unwrap();
    match case {
        "recv" | "recv-long" => timed(&mut || contender.recv()),
        "recv-signals" => {
            storm();
            timed(&mut || contender.recv())
        }
        "line-signals" => {
            storm();
            timed(&mut || contender.line())
        }
        "line-slow" => {
            each(peer, |peer| drop(peer.write(b"x")));
            timed(&mut || contender.line())
        }
        "sendall-slow" => {
            let mut buffer = vec![0; 32 << 10];
            each(peer, move |peer| drop(peer.read(&mut buffer)));
            let data = vec![1; 32 << 20];
            timed(&mut || contender.sendall(&data))
        }
        "sigpipe" => {
            // Something unread makes the end a reset, and the reset is read away.
            contender.sendall(b"unread").unwrap();
            peer.peek(&mut [0]).unwrap();
            drop(peer);
            let _ = contender.recv();
            // SAFETY: takes numbers. Rust's start had it ignored.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
            timed(&mut || contender.send_pieces(&[IoSlice::new(b"x"), IoSlice::new(b"y")]))
        }
        _ => panic!("no case has the name {case}"),
    }
}

/// Lets the peer do a little again and again for a second, and then hang up.
fn each(mut peer: TcpStream, mut act: impl FnMut(&mut TcpStream) + Send + 'static) {
    thread::spawn(move || {
        let start = Instant::now();
        while start.elapsed() < LONG {
            act(&mut peer);
            thread::sleep(Duration::from_millis(5));
        }
    });
}

fn told(error: io::Error) -> String {
    let ours = error.get_ref().and_then(|error| error.downcast_ref());
    let sent = ours.map_or(0, socketbook::Error::sent);
    let name = match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "timeout".to_owned(),
        ErrorKind::Interrupted => "EINTR".to_owned(),
        ErrorKind::BrokenPipe => "EPIPE".to_owned(),
        ErrorKind::ConnectionReset => "ECONNRESET".to_owned(),
        kind => format!("{kind:?}"),
    };
    match sent {
        0 => name,
        sent => format!("{name} ({sent} bytes sent)"),
    }
}

/// A server that takes no more callers, its address, and the callers that fill its queue.
fn full_backlog() -> (Socket, SocketAddr, Vec<Socket>) {
    let phone = Socket::tcp().unwrap();
    phone.bind(("127.0.0.1", 0)).unwrap();
    phone.listen(0).unwrap();
    let address = phone.getsockname().unwrap();
    let waiting = (0..4).map(|_| {
        let caller = Socket::tcp().unwrap();
        caller.setblocking(false).unwrap();
        caller.connect_ex(&address).unwrap();
        caller
    });
    let waiting = waiting.collect();
    (phone, address.as_std().unwrap(), waiting)
}

/// A signal each millisecond, for a second. Only for a process of one thread.
fn storm() {
    static LEFT: AtomicU32 = AtomicU32::new(1000);
    fn every(micros: i64) {
        let period = libc::timeval {
            tv_sec: 0,
            tv_usec: micros,
        };
        let timer = libc::itimerval {
            it_interval: period,
            it_value: period,
        };
        // SAFETY: the timer lives, and nobody asks for the old one.
        unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
    }
    extern "C" fn caught(_: i32) {
        if LEFT.fetch_sub(1, SeqCst) == 1 {
            every(0);
        }
    }
    // SAFETY: the handler does nothing but count and set the timer, and zeros are an empty mask and
    // no flags, so that a call is not begun again behind its caller's back.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = caught as *const () as usize;
        libc::sigaction(libc::SIGALRM, &action, std::ptr::null_mut());
    }
    every(1000);
}

/// What a good user of each would write.
trait Contender: Sized {
    fn connected(to: SocketAddr, timeout: Duration) -> Self;
    fn recv(&self) -> io::Result<()>;
    fn line(&self) -> io::Result<()>;
    fn sendall(&self, data: &[u8]) -> io::Result<()>;
    fn send_pieces(&self, pieces: &[IoSlice<'_>]) -> io::Result<()>;
    fn connect(to: SocketAddr, timeout: Duration) -> io::Result<()>;
    /// A call of accept that is ready to be made, if it can have a timeout.
    fn accept(timeout: Duration) -> Option<impl FnMut() -> io::Result<()>>;
}

impl Contender for Socket {
    fn connected(to: SocketAddr, timeout: Duration) -> Socket {
        let socket = create_connection(to).unwrap();
        socket.settimeout(timeout).unwrap();
        socket
    }

    fn recv(&self) -> io::Result<()> {
        Ok(self.recv(1).map(drop)?)
    }

    fn line(&self) -> io::Result<()> {
        Ok(self.makefile(RB).readline().map(drop)?)
    }

    fn sendall(&self, data: &[u8]) -> io::Result<()> {
        Ok(self.sendall(data)?)
    }

    fn send_pieces(&self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        let mut writer = self;
        writer.write_vectored(pieces).map(drop)
    }

    fn connect(to: SocketAddr, timeout: Duration) -> io::Result<()> {
        let socket = Socket::tcp()?;
        socket.settimeout(timeout)?;
        Ok(socket.connect(to)?)
    }

    fn accept(timeout: Duration) -> Option<impl FnMut() -> io::Result<()>> {
        let phone = create_server(("127.0.0.1", 0)).unwrap();
        phone.settimeout(timeout).unwrap();
        Some(move || Ok(phone.accept().map(drop)?))
    }
}

/// As one reads a line through std, from std's stream and from socket2's.
fn read_line(reader: impl Read) -> io::Result<()> {
    let mut line = Vec::new();
    BufReader::new(reader)
        .read_until(b'\n', &mut line)
        .map(drop)
}

impl Contender for TcpStream {
    fn connected(to: SocketAddr, timeout: Duration) -> TcpStream {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_read_timeout(Some(timeout)).unwrap();
        stream.set_write_timeout(Some(timeout)).unwrap();
        stream
    }

    fn recv(&self) -> io::Result<()> {
        let mut reader = self;
        reader.read(&mut [0]).map(drop)
    }

    fn line(&self) -> io::Result<()> {
        read_line(self)
    }

    fn sendall(&self, data: &[u8]) -> io::Result<()> {
        (&mut &*self).write_all(data)
    }

    fn send_pieces(&self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        let mut writer = self;
        writer.write_vectored(pieces).map(drop)
    }

    fn connect(to: SocketAddr, timeout: Duration) -> io::Result<()> {
        TcpStream::connect_timeout(&to, timeout).map(drop)
    }

    fn accept(_: Duration) -> Option<impl FnMut() -> io::Result<()>> {
        None::<fn() -> io::Result<()>>
    }
}

impl Contender for socket2::Socket {
    fn connected(to: SocketAddr, timeout: Duration) -> socket2::Socket {
        let socket = limited(timeout);
        socket.connect(&to.into()).unwrap();
        socket
    }

    fn recv(&self) -> io::Result<()> {
        self.recv(&mut [MaybeUninit::uninit()]).map(drop)
    }

    fn line(&self) -> io::Result<()> {
        read_line(self)
    }

    fn sendall(&self, data: &[u8]) -> io::Result<()> {
        (&mut &*self).write_all(data)
    }

    fn send_pieces(&self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        self.send_vectored(pieces).map(drop)
    }

    fn connect(to: SocketAddr, timeout: Duration) -> io::Result<()> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.connect_timeout(&to.into(), timeout)
    }

    fn accept(timeout: Duration) -> Option<impl FnMut() -> io::Result<()>> {
        let listener = limited(timeout);
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        listener.bind(&any.into()).unwrap();
        listener.listen(1).unwrap();
        Some(move || listener.accept().map(drop))
    }
}

fn limited(timeout: Duration) -> socket2::Socket {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_read_timeout(Some(timeout)).unwrap();
    socket.set_write_timeout(Some(timeout)).unwrap();
    socket
}
