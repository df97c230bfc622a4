//! # one server for both
//!
//! A server with an IPv6 address hears only IPv6 callers here. Let one socket serve callers
//! over IPv4, too.

use socketbook::*;

/// A server for callers over IPv4 and IPv6.
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
    let phone = open()?;
    assert!(
        phone.family() == AF_INET6,
        "IPv4 can come to IPv6, but not the other way round"
    );
    assert!(
        !phone.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)?,
        "the socket has IPV6_V6ONLY: it takes no callers over IPv4"
    );
    let port = phone.getsockname()?.port().expect("TCP has ports");

    let caller = Socket::tcp()?;
    let code = caller.connect_ex(("127.0.0.1", port))?;
    assert!(code == 0, "a caller over IPv4 was met by {code}");
    let (_, addr) = phone.accept()?;
    println!("From 127.0.0.1 a caller has come as {addr}.");

    let caller = Socket::new(AF_INET6, SOCK_STREAM)?;
    match caller.connect_ex(("::1", port))? {
        EADDRNOTAVAIL => println!("This machine has no ::1, so IPv6 was not tried."),
        code => {
            assert!(code == 0, "a caller over IPv6 was met by {code}");
            let (_, addr) = phone.accept()?;
            println!("From ::1 a caller has come as {addr}.");
        }
    }
    Ok(())
}
