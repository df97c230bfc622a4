//! # one server for both
//!
//! A server with an IPv6 address gets only IPv6 clients here. Make one socket serve clients
//! over IPv4, too.

use socketbook::*;

/// A server for clients over IPv4 and IPv6.
fn open() -> Result<Socket> {
    // Your part.
    let options = ServerOptions::new().family(AF_INET6);
    create_server_with(("", 0), &options)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = open()?;
    assert!(
        server.family() == AF_INET6,
        "IPv4 can come to IPv6, but not the other way round"
    );
    assert!(
        !server.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)?,
        "the socket has IPV6_V6ONLY: it takes no clients over IPv4"
    );
    let port = server.getsockname()?.port().expect("TCP has ports");

    let client = Socket::tcp()?;
    let code = client.connect_ex(("127.0.0.1", port))?;
    assert!(code == 0, "a client over IPv4 got {code}");
    let (_, addr) = server.accept()?;
    println!("A client has connected from 127.0.0.1 as {addr}.");

    let client = Socket::new(AF_INET6, SOCK_STREAM)?;
    match client.connect_ex(("::1", port))? {
        EADDRNOTAVAIL => println!("This machine has no ::1, so IPv6 was not tried."),
        code => {
            assert!(code == 0, "a client over IPv6 got {code}");
            let (_, addr) = server.accept()?;
            println!("A client has connected from ::1 as {addr}.");
        }
    }
    Ok(())
}
