//! # Solution: the first free port
//!
//! Hint: Loop over the ports, with a `match` on what `create_server` returns.
//!
//! Hint: `error.errno() == Some(EADDRINUSE)` says that the port is taken. The text of an error is
//! for people, not for programs.
//!
//! Hint: Three arms: return `Ok(phone)`; on EADDRINUSE go on to the next port; return any other
//! error. After the loop, return the last EADDRINUSE.

use socketbook::*;

/// A server at the first of these ports of the host that is free.
fn open_first(host: &str, ports: &[u16]) -> Result<Socket> {
    let (last, first) = ports.split_last().expect("at least one port");
    for port in first {
        match create_server((host, *port)) {
            Err(error) if error.errno() == Some(EADDRINUSE) => {}
            other => return other,
        }
    }
    create_server((host, *last))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let taken = [
        create_server(("127.0.0.1", 0))?,
        create_server(("127.0.0.1", 0))?,
    ];
    let mut ports = Vec::new();
    for phone in &taken {
        ports.push(phone.getsockname()?.port().expect("TCP has ports"));
    }

    let error = open_first("127.0.0.1", &ports).unwrap_err();
    assert!(
        error.errno() == Some(EADDRINUSE),
        "both ports are taken, and the error was {error}"
    );

    ports.push(0); // the kernel finds a free one
    let phone = match open_first("127.0.0.1", &ports) {
        Ok(phone) => phone,
        Err(error) => panic!("the third port is free, and you gave up: {error}"),
    };
    create_connection(phone.getsockname()?)?;

    // An address that no machine has: TEST-NET-1 of RFC 5737.
    let error = open_first("192.0.2.1", &ports).unwrap_err();
    let said = error.to_string();
    assert!(
        error.errno() == Some(EADDRNOTAVAIL) && said.contains(&ports[0].to_string()),
        "the first port already cannot work at 192.0.2.1, and the error was {said}"
    );
    Ok(())
}
