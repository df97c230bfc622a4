//! An echo for many callers with tokio, on a socket that this crate has opened.
//!
//! ```text
//! cargo run --example tokio_echo
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net;
use std::process::ExitCode;
use std::time::Duration;

use socketbook::create_server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

const CALLERS: usize = 1000; // at a time; the others wait in the kernel's queue

const HELP: &str = "\
Says back what it hears, to many callers, with tokio. Try it: nc 127.0.0.1 8006

Usage: tokio_echo [ADDRESS [SECONDS]]

ADDRESS is HOST:PORT, 127.0.0.1:8006 unless given; with port 0 the system chooses a free one.
SECONDS is how long a caller may neither send nor take anything, 60 unless given. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or("127.0.0.1:8006".to_owned());
    let seconds = arguments.next().map_or(Ok(60), |text| text.parse::<u32>());
    let outcome = match (&*address, seconds, arguments.next()) {
        ("-h" | "--help", Ok(_), None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (_, Ok(seconds @ 1..), None) if !address.starts_with('-') => {
            serve(&address, Duration::from_secs(seconds.into()))
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tokio_echo: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    let phone = create_server(address)?;
    eprintln!("listening on {}", phone.getsockname()?);
    phone.setblocking(false)?; // tokio wants it so, and does not do it itself
    let listener = net::TcpListener::try_from(phone)?;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        tokio::select! {
            error = answer_calls(listener, patience) => Ok(error?),
            pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        }
    })
}

/// Returns only with an error.
async fn answer_calls(listener: TcpListener, patience: Duration) -> io::Result<()> {
    let mut calls = JoinSet::new();
    loop {
        if calls.len() == CALLERS {
            calls.join_next().await;
        }
        let (conn, addr) = match listener.accept().await {
            Ok(call) => call,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        calls.spawn(async move {
            match echo(conn, patience).await {
                Ok(()) => eprintln!("{addr}: hung up"),
                Err(error) => eprintln!("{addr}: {error}"),
            }
        });
    }
}

async fn echo(mut conn: TcpStream, patience: Duration) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match timeout(patience, conn.read(&mut buffer)).await?? {
            0 => return Ok(()),
            n => timeout(patience, conn.write_all(&buffer[..n])).await??,
        }
    }
}
// ANCHOR_END: serve
