//! # the address behind the address
//!
//! A server for both families sees an IPv4 client as ::ffff:127.0.0.1. Its list of friends has
//! plain addresses, and it turns them all away. Compare in one form. A Unix client has no IP
//! address, and is no friend.

use std::net::IpAddr;

use socketbook::*;

/// Whether the address of a client is on the list.
fn is_friend(addr: &Address, friends: &[IpAddr]) -> bool {
    // Your part: the same machine, in two spellings.
    addr.ip().is_some_and(|ip| friends.contains(&ip))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let friends: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    for (ip, expected) in [
        ("127.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("2001:db8::7", true),
        ("::ffff:192.0.2.1", false),
        ("::1", false),
    ] {
        let addr = Address::from(std::net::SocketAddr::new(ip.parse().unwrap(), 50000));
        let friend = is_friend(&addr, &friends);
        assert!(
            friend == expected,
            "{ip} is {}a friend, and you say {friend}",
            if expected { "" } else { "not " }
        );
    }
    assert!(
        !is_friend(&Address::Unnamed, &friends),
        "a Unix client is no friend"
    );
    Ok(())
}
