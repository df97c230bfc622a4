//! # pass it on
//!
//! One process accepts connections, and passes each to a worker over a Unix socket. `hand_over`
//! passes the connection and keeps nothing of it. `take_over` is the worker's: it returns the
//! connection, or `None` for a message that brought none, since a worker must live through that.

use std::fs::File;
use std::io::IoSlice;

use socketbook::*;

/// Passes a connection to the worker.
fn hand_over(worker: &Socket, call: Socket) -> Result<()> {
    // Your part: this sends a number.
    let number = call.fileno().to_string();
    worker.sendmsg(&[IoSlice::new(number.as_bytes())], &[])?;
    Ok(())
}

/// The next connection, if the message brought one.
fn take_over(from: &Socket) -> Result<Option<Socket>> {
    let (_number, _) = from.recvfrom(100)?;
    Ok(None)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (acceptor, worker) = socketpair_with(AF_UNIX, SOCK_SEQPACKET, 0)?;
    let (caller, call) = exercises::call()?;
    hand_over(&acceptor, call)?;
    let Some(call) = take_over(&worker)? else {
        panic!("a connection was handed over, and the worker did not get it");
    };
    caller.sendall("喂?".as_bytes())?;
    assert!(
        call.recv(100)? == "喂?".as_bytes(),
        "the worker has a different connection from the one that was handed over"
    );
    call.close();
    assert!(
        caller.recv(1)?.is_empty(),
        "the worker hung up, and the connection goes on: someone kept it"
    );

    acceptor.sendall(b"no connection, only words")?;
    assert!(
        take_over(&worker)?.is_none(),
        "the message brought no descriptor"
    );
    let Ok(file) = File::open("/dev/null") else {
        panic!("there has to be a /dev/null");
    };
    send_fds(&acceptor, &[IoSlice::new(b"a file")], &[file])?;
    assert!(
        take_over(&worker)?.is_none(),
        "that was the descriptor of a file, and not a connection"
    );
    Ok(())
}
