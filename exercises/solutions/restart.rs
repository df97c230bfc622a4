//! # Solution: again at once
//!
//! Hint: The kernel needs to know that an address with nothing but old connections may be used
//! again. There is an option for that.
//!
//! Hint: The option is SO_REUSEADDR, at level SOL_SOCKET. Its value is a `bool`.
//!
//! Hint: Set it before `bind`: afterwards it's too late.

use std::net::Ipv4Addr;
use std::process;

use socketbook::*;

/// Listens at an address where a server was a moment ago.
fn open_again(number: &Address) -> Result<Socket> {
    let phone = Socket::tcp()?;
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    phone.bind(number)?;
    phone.listen(5)?;
    Ok(phone)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    // All of 127.0.0.0/8 is this machine. No one else uses this address of it, so that no one
    // takes the port in between.
    let own = process::id();
    let host = Ipv4Addr::new(127, 31, (own >> 8) as u8, own as u8);
    let phone = create_server((host, 0))?;
    let number = phone.getsockname()?;
    let talker = create_connection(&number)?;
    let (still_open, _) = phone.accept()?;
    let caller = create_connection(&number)?;
    let (conn, _) = phone.accept()?;
    conn.close(); // the server hangs up first
    assert!(caller.recv(1)?.is_empty());
    caller.close();
    phone.close();

    let phone = match open_again(&number) {
        Ok(phone) => phone,
        Err(error) => panic!("old calls are still there: {error}"),
    };
    assert!(
        phone.getsockname()? == number,
        "it should be the same number"
    );
    create_connection(&number)?;
    phone.accept()?;
    still_open.sendall(b"as I said")?;
    assert!(talker.recv(1024)? == b"as I said", "the old call goes on");
    Ok(())
}
