//! # a name without a file
//!
//! A Unix socket's name is a file, which stays behind when the shop closes; the next morning
//! the name is in use. Linux has names without a file, which are gone with their socket. Open
//! the shop under one of those.

use std::env;
use std::fs;
use std::process;

use socketbook::*;

/// Opens a shop for clients on this machine, under an abstract name.
fn open_shop(name: &str) -> Result<Socket> {
    let server = Socket::new(AF_UNIX, SOCK_STREAM)?;
    // Your part: this name is a file.
    server.bind(Address::unix(env::temp_dir().join(name))?)?;
    server.listen(5)?;
    Ok(server)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let name = format!("shop-{}", process::id());
    let file = env::temp_dir().join(&name);
    for _day in 0..2 {
        let server = open_shop(&name)?;
        let left_behind = fs::remove_file(&file).is_ok();
        assert!(
            !left_behind,
            "the name is a file, {}, which would stay behind",
            file.display()
        );
        let address = Address::unix_abstract(&name)?;
        assert!(
            server.getsockname()? == address,
            "the shop's name should be {address}, and it is {}",
            server.getsockname()?
        );
        Socket::new(AF_UNIX, SOCK_STREAM)?.connect(address)?;
        server.accept()?;
        server.close();
    }
    Ok(())
}
