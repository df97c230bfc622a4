//! Each server of `examples/`, and one conversation that it answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use std::process::Command;
use std::thread;

use crate::commands::{example, scratch};
use crate::process::HUNG;

pub struct Tcp {
    pub name: &'static str,
    /// What a client says, and the answer.
    says: &'static [u8],
    hears: &'static [u8],
}

pub const TCP: [Tcp; 7] = [
    tcp("tcp_server", b"hello", b"hello"),
    tcp("poll_server", b"hello", b"hello"),
    tcp("tokio_echo", b"hello", b"hello"),
    tcp("tcp_proxy", b"hello", b"hello"),
    tcp("line_server", b"hello\n", b"5 characters, 5 bytes\n"),
    tcp("chat_room", b"Tom\n", b"*: Tom is here\n"),
    tcp("file_receive", b"5 1 x\n", b"have 0\n"),
];

const fn tcp(name: &'static str, says: &'static [u8], hears: &'static [u8]) -> Tcp {
    Tcp { name, says, hears }
}

impl Tcp {
    /// The program with its arguments, on a port that the system chooses.
    pub fn command(&self, test: &str) -> Command {
        let mut command = example(self.name);
        match self.name {
            "file_receive" => {
                command.arg(scratch(test));
            }
            "tcp_proxy" => {
                command.arg(echo().to_string());
            }
            _ => {}
        }
        command.arg("127.0.0.1:0");
        command
    }

    /// Talks with the server over this connection, and leaves when the server has hung up.
    pub fn talk(&self, mut conn: TcpStream) {
        self.ask(&mut conn);
        conn.shutdown(std::net::Shutdown::Write).expect("connected");
        conn.read_to_end(&mut Vec::new()).expect("it hangs up");
    }

    pub fn ask(&self, conn: &mut TcpStream) {
        conn.set_read_timeout(Some(HUNG)).expect("a socket");
        conn.write_all(self.says).expect("connected");
        let mut answer = vec![0; self.hears.len()];
        conn.read_exact(&mut answer).expect(self.name);
        assert_eq!(answer, self.hears, "{}", self.name);
    }
}

/// A server that says back what it hears.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("any port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for conn in listener.incoming() {
            let mut conn = conn.expect("a client");
            thread::spawn(move || {
                let mut to = conn.try_clone().expect("a descriptor");
                std::io::copy(&mut conn, &mut to)
            });
        }
    });
    address
}
