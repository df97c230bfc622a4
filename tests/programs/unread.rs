//! A server whose output no one reads any more still serves its clients.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use crate::commands::example;
use crate::process::HUNG;
use crate::servers::TCP;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

/// As `2>&1 | head -1` does: reads where it listens, and goes away.
fn head(mut command: Command) -> (Killed, SocketAddr) {
    let (reader, writer) = UnixStream::pair().expect("two sockets");
    let child = command
        .stdin(Stdio::null())
        .stdout(OwnedFd::from(writer.try_clone().expect("a descriptor")))
        .stderr(OwnedFd::from(writer))
        .spawn()
        .expect("it runs");
    drop(command); // it holds our end, too
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).expect("UTF-8");
    let address = line.trim_end().strip_prefix("listening on ");
    let address = address.expect(&line).parse().expect("an address");
    (Killed(child), address)
}

#[test]
fn each_tcp_server_goes_on() {
    for server in TCP {
        let (mut program, address) = head(server.command("unread"));
        for _ in 0..5 {
            let conn = TcpStream::connect(address).expect(server.name);
            server.talk(conn);
        }
        assert!(program.0.try_wait().expect("our child").is_none());
    }
}

#[test]
fn udp_server_goes_on() {
    let mut command = example("udp_server");
    command.arg("127.0.0.1:0");
    let (_program, address) = head(command);
    let client = UdpSocket::bind("127.0.0.1:0").expect("any port");
    client.set_read_timeout(Some(HUNG)).expect("a socket");
    for _ in 0..3 {
        client.send_to(&[b'x'; 2000], address).expect("sent"); // it complains that it is cut
        let len = client.recv(&mut [0; 100]).expect("it answers");
        assert_eq!(len, "恭喜您传输成功".len());
    }
}
