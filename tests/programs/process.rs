//! Running a program and talking to it over its standard streams.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// No test waits for it: after so long a program that says nothing has hung.
pub const HUNG: Duration = Duration::from_secs(60);

/// A running program. It is killed when this is dropped.
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    pub out: Output,
    pub err: Output,
}

impl Program {
    pub fn start(mut command: Command) -> Program {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Program {
            stdin: child.stdin.take(),
            out: Output::of(child.stdout.take().expect("piped")),
            err: Output::of(child.stderr.take().expect("piped")),
            child,
        }
    }

    /// Starts a server and waits until it says where it listens.
    pub fn serve(command: Command) -> (Program, SocketAddr) {
        let mut server = Program::start(command);
        let line = server.err.line();
        let address = line
            .strip_prefix("listening on ")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("not an address: {line:?}"));
        (server, address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types a text.
    pub fn types(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("not ended");
        stdin
            .write_all(text.as_bytes())
            .expect("it reads its input");
    }

    /// Ends the input, and waits for the program's end: its status, and what is left of its
    /// standard output and standard error.
    pub fn finish(mut self) -> (ExitStatus, String, String) {
        drop(self.stdin.take());
        let (out, err) = (self.out.rest(), self.err.rest());
        (self.child.wait().expect("it was started"), out, err)
    }

    /// Kills it, and waits until it is gone and its sockets are closed.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a program to its end on this input.
pub fn run(command: Command, input: &str) -> (ExitStatus, String, String) {
    let mut program = Program::start(command);
    program.types(input);
    program.finish()
}

/// What a program prints, as it comes.
pub struct Output {
    chunks: Receiver<Vec<u8>>,
    unread: Vec<u8>,
}

impl Output {
    fn of(mut pipe: impl Read + Send + 'static) -> Output {
        // Bounded, because one of the lesson's programs prints without end: it should wait in its
        // pipe and not fill our memory.
        let (sender, chunks) = sync_channel(64);
        thread::spawn(move || {
            let mut chunk = vec![0; 4096];
            while let Ok(len @ 1..) = pipe.read(&mut chunk) {
                if sender.send(chunk[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        Output {
            chunks,
            unread: Vec::new(),
        }
    }

    /// Reads it and throws it away from now on: a program waits when no one reads what it prints.
    pub fn ignore(&mut self) {
        let (_, nothing) = sync_channel(0);
        let chunks = std::mem::replace(&mut self.chunks, nothing);
        thread::spawn(move || chunks.into_iter().for_each(drop));
    }

    /// Waits for more; `false` at the end.
    fn more(&mut self) -> bool {
        match self.chunks.recv_timeout(HUNG) {
            Ok(chunk) => self.unread.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("hung after {:?}", String::from_utf8_lossy(&self.unread))
            }
        }
        true
    }

    fn take(&mut self, len: usize) -> String {
        String::from_utf8(self.unread.drain(..len).collect()).expect("UTF-8")
    }

    /// Waits until the text comes, and gives all up to its end.
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let found = self
                .unread
                .windows(text.len())
                .position(|bytes| bytes == text.as_bytes());
            if let Some(at) = found {
                return self.take(at + text.len());
            }
            assert!(
                self.more(),
                "no {text:?} in {:?}",
                String::from_utf8_lossy(&self.unread)
            );
        }
    }

    /// The next line, without its newline.
    pub fn line(&mut self) -> String {
        let mut line = self.until("\n");
        line.pop();
        line
    }

    fn rest(&mut self) -> String {
        while self.more() {}
        self.take(self.unread.len())
    }
}
