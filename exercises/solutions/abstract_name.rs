//! # Solution: a name without a file
//!
//! Hint: Both kinds of name are an `Address`. `Address::unix` makes the one with a file.
//!
//! Hint: `Address::unix_abstract(name)?` makes the other. The name needs no folder.

use std::env;
use std::fs;
use std::process;

use socketbook::*;

/// Opens a shop for clients on this machine, under an abstract name.
fn open_shop(name: &str) -> Result<Socket> {
    let server = Socket::new(AF_UNIX, SOCK_STREAM)?;
    server.bind(Address::unix_abstract(name)?)?;
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
