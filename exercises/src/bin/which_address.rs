//! # which address
//!
//! A server's settings give its host as a name. `addresses` returns what a TCP server binds to
//! for it: each address once, the IPv4 ones first, and for the empty name any address of the
//! machine. It returns some addresses three times, in the system's order, and fails for the
//! empty name.

use socketbook::*;

/// The addresses that a TCP server with this host and port binds to.
fn addresses(host: &str, port: u16) -> Result<Vec<Address>> {
    // Your part: what to ask for, of whom, and in which order.
    let found = getaddrinfo(host, port)?;
    Ok(found.into_iter().map(|info| info.address).collect())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let found = addresses("127.0.0.1", 8002)?;
    let one: Address = "127.0.0.1:8002".parse()?;
    assert!(
        found == [one],
        "127.0.0.1 is one address, and a TCP server one kind of socket; you return {found:?}"
    );

    let any = match addresses("", 8002) {
        Ok(any) => any,
        Err(error) => panic!("the empty name is any address of the machine: {error}"),
    };
    let four: Address = "0.0.0.0:8002".parse()?;
    assert!(
        any.first() == Some(&four),
        "any address of the machine, IPv4 first, is {four}; you return {any:?}"
    );

    // Debian's /etc/hosts has localhost twice, and in a look-up for IPv4 the second counts as
    // the first.
    let found = addresses("localhost", 8002)?;
    let mut distinct = found.clone();
    distinct.sort();
    distinct.dedup();
    assert!(
        !found.is_empty() && distinct.len() == found.len(),
        "localhost has {distinct:?}; you return {found:?}, and a second bind to the same fails"
    );

    // No part of a name has more than 63 letters, so no name server is asked.
    let outcome = addresses(&"x".repeat(64), 8002);
    assert!(
        outcome.is_err_and(|error| error.is_unresolved()),
        "a name that does not exist is an error, and no empty list"
    );
    Ok(())
}
