//! The contenders: each does the same few things as a good user of it would write them.

mod generic;
mod libc;
mod ours;
mod rustix;
mod socket2;
mod std;

pub use self::generic::Generic;
pub use self::libc::Libc;
pub use self::ours::Ours;
pub use self::rustix::Rustix;
pub use self::socket2::Socket2;
pub use self::std::Std;

use ::std::fs::File;
use ::std::hint::black_box;
use ::std::io::{BufRead, BufReader, Read};
use ::std::net::SocketAddr;
use ::std::os::fd::BorrowedFd;
use ::std::time::Duration;

/// The timeout of the contenders that have one.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How a line is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    Bytes,
    Str,
    Owned,
}

/// What a row needs of a contender. Errors end the benchmark.
///
/// Always inlined where it is short: it stands for code that is written in the row itself.
pub trait Peer {
    type Listener;
    type Stream: Send + Sync;
    type Datagram;
    type Address;

    /// Before each run.
    fn prepare() {}

    fn address(of: SocketAddr) -> Self::Address;
    fn listen() -> (Self::Listener, SocketAddr);
    fn connect(to: &Self::Address) -> Self::Stream;
    fn accept(listener: &Self::Listener) -> Self::Stream;
    fn send(stream: &Self::Stream, data: &[u8]) -> usize;
    fn sendall(stream: &Self::Stream, data: &[u8]);
    fn recv(stream: &Self::Stream, buffer: &mut [u8]) -> usize;
    /// Into a fresh vector, with room for `size` bytes.
    fn recv_fresh(stream: &Self::Stream, size: usize) -> Vec<u8>;
    /// The whole file, from its beginning.
    fn send_file(stream: &Self::Stream, file: &File);
    /// As one message, without joining them.
    fn send_parts(stream: &Self::Stream, parts: [&[u8]; 4]);
    /// Two connected Unix sockets, for those that pass descriptors.
    fn unix_pair() -> (Self::Stream, Self::Stream) {
        panic!("it does not pass descriptors");
    }
    /// A descriptor with a byte from the one to the other, where it is closed.
    fn pass(_from: &Self::Stream, _to: &Self::Stream, _fd: BorrowedFd<'_>) {}
    /// Reads lines to the end, and returns how many there were.
    fn lines(stream: &Self::Stream, kind: As) -> u64;
    fn udp() -> (Self::Datagram, SocketAddr);
    fn sendto(socket: &Self::Datagram, data: &[u8], to: &Self::Address);
    fn recvfrom(socket: &Self::Datagram, buffer: &mut [u8]) -> (usize, Self::Address);
}

/// Lines as std reads them, for the contenders that give a `Read`.
fn std_lines(stream: impl Read, kind: As) -> u64 {
    let mut reader = BufReader::new(stream);
    let mut count = 0;
    match kind {
        As::Bytes => {
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).unwrap() > 0 {
                black_box(&line);
                line.clear();
                count += 1;
            }
        }
        As::Str => {
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 0 {
                black_box(&line);
                line.clear();
                count += 1;
            }
        }
        As::Owned => {
            for line in reader.lines() {
                black_box(line.unwrap());
                count += 1;
            }
        }
    }
    count
}
