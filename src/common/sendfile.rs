//! Lesson 4, sending a file: sendfile.

use std::os::fd::AsFd;

use rustix::io::{Errno, Result as SysResult};

use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::flags::MsgFlags;
use crate::kinds::SOCK_STREAM;
use crate::language::say;
use crate::memory::try_zeroed;
use crate::socket::Socket;
use crate::sys::sendfile::{read_at, read_on, sendfile, without_sigpipe};
use crate::timeout::Timeout;
use crate::trace::{self, Facts};
use crate::transfer::Unsent;

/// How much of a file that the kernel cannot send is read at once.
const BLOCK: usize = 64 * 1024;

/// # Lesson 4: sending a file
impl Socket {
    /// Sends a file, or a part of it: Python's `s.sendfile(file, offset, count)`. Returns the number
    /// of bytes.
    ///
    /// It starts at `offset`, whatever the file's own position is, and ends after `count` bytes or
    /// with the file. The position stays where it is (Python's moves), so that several threads can
    /// send one file. The bytes go from the file to the socket within the kernel; from what the
    /// kernel cannot send, such as a terminal, they are read and sent.
    ///
    /// The timeout is one deadline for all of it, however slowly the peer reads. It does not cover
    /// the reading of the file, which is quick for a file on a disk and may take long for a pipe.
    ///
    /// System calls: [sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html) until all
    /// is sent, at most 2 GiB each, without a `count` one more to see the end, and two that keep
    /// SIGPIPE away.
    ///
    /// # Errors
    ///
    /// As for [`sendall`](Socket::sendall); [`Error::sent`](crate::Error::sent) says how many bytes had gone out. EBADF
    /// if the file is not open for reading; EISDIR for a folder; ESPIPE for an `offset` into what has
    /// no places, such as a pipe. [bad input](crate::Error::is_bad_input) on a socket that is not a stream,
    /// or one that never waits, as in Python.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::Write;
    /// use socketbook::{SHUT_WR, create_connection, create_server};
    ///
    /// let path = std::env::temp_dir().join(format!("sendfile-{}", std::process::id()));
    /// File::create(&path)?.write_all(b"from the disk to the network")?;
    ///
    /// let server = create_server(("127.0.0.1", 0))?;
    /// let client = create_connection(server.getsockname()?)?;
    /// let (conn, _) = server.accept()?;
    /// let file = File::open(&path)?;
    /// assert_eq!(client.sendfile(&file, 0, None)?, 28);
    /// assert_eq!(client.sendfile(&file, 9, Some(4))?, 4);
    /// client.shutdown(SHUT_WR)?;
    ///
    /// assert_eq!(conn.makefile(socketbook::R).readall()?, "from the disk to the networkdisk");
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sendfile(&self, file: impl AsFd, offset: u64, count: Option<u64>) -> Result<u64> {
        let mut sending = Sending {
            file: file.as_fd(),
            offset,
            sent: 0,
            count: count.unwrap_or(u64::MAX),
        };
        let outcome = self.may_send_file().and_then(|()| sending.send(self));
        let bytes = usize::try_from(sending.sent).unwrap_or(usize::MAX);
        match outcome {
            Ok(()) => {
                trace::event(
                    Call::Sendfile,
                    Some(self.number()),
                    &Facts::bytes(bytes),
                    None,
                );
                Ok(sending.sent)
            }
            Err(cause) => {
                let sent = bytes;
                Err(self.unsent(Call::Sendfile, Unsent { sent, cause }))
            }
        }
    }

    fn may_send_file(&self) -> Result<(), Cause> {
        if self.kind() != SOCK_STREAM {
            let why = say!(
                "a file is sent over a stream: this socket is not SOCK_STREAM",
                "文件要用流来发送：这个套接字不是 SOCK_STREAM"
            );
            return Err(Cause::bad_input(why));
        }
        if self.timeout() == Timeout::ZERO {
            let why = say!(
                "this socket never waits, and a file would be sent in part: set a timeout",
                "这个套接字从不等待，文件会只发出一部分：设置一个超时"
            );
            return Err(Cause::bad_input(why));
        }
        Ok(())
    }
}

/// A file on its way.
struct Sending<F> {
    file: F,
    /// Where in the file it began.
    offset: u64,
    sent: u64,
    count: u64,
}

impl<F: AsFd> Sending<F> {
    fn send(&mut self, socket: &Socket) -> Result<(), Cause> {
        let mut deadline = Deadline::default();
        match without_sigpipe(|| self.in_the_kernel(socket, &mut deadline))? {
            Way::Done => Ok(()),
            Way::ReadAndSend => self.by_reading(socket, &mut deadline),
        }
    }

    fn left(&self) -> u64 {
        self.count - self.sent
    }

    fn place(&self) -> u64 {
        self.offset.saturating_add(self.sent)
    }

    fn in_the_kernel(&mut self, socket: &Socket, deadline: &mut Deadline) -> Result<Way, Cause> {
        let ready = MsgFlags::NONE.send_ready();
        while self.left() > 0 {
            match sendfile(socket, &self.file, self.place(), self.left()) {
                Ok(0) => break,
                Ok(sent) => {
                    self.sent += sent as u64;
                    if self.left() > 0 {
                        deadline.check(socket)?;
                    }
                }
                // Not every file has pages that the kernel can send. Where the socket is at fault,
                // sending says so.
                Err(Errno::INVAL | Errno::NOSYS | Errno::SPIPE | Errno::OPNOTSUPP)
                    if self.sent == 0 =>
                {
                    return Ok(Way::ReadAndSend);
                }
                Err(errno) => deadline.wait_or_fail(socket, ready, errno)?,
            }
        }
        Ok(Way::Done)
    }

    fn read(&self, buffer: &mut [u8]) -> SysResult<usize> {
        match read_at(&self.file, buffer, self.place()) {
            // A pipe, a terminal, a socket has no places, and only one beginning.
            Err(Errno::SPIPE) if self.offset == 0 => read_on(&self.file, buffer),
            outcome => outcome,
        }
    }

    fn by_reading(&mut self, socket: &Socket, deadline: &mut Deadline) -> Result<(), Cause> {
        let mut buffer = try_zeroed(BLOCK)?;
        while self.left() > 0 {
            let room = self.left().min(BLOCK as u64) as usize;
            let read = match self.read(&mut buffer[..room]) {
                Ok(0) => break,
                Ok(read) => read,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            match socket.send_whole_within(&buffer[..read], MsgFlags::NONE, deadline) {
                Ok(()) => self.sent += read as u64,
                Err(unsent) => {
                    self.sent += unsent.sent as u64;
                    return Err(unsent.cause);
                }
            }
        }
        Ok(())
    }
}

enum Way {
    Done,
    ReadAndSend,
}
