//! What a call gave, and the one line that shows it: the same line as run.py prints.

use std::net::SocketAddr;
use std::time::Duration;

use socketbook::{Address, Errno, Error, SocketKind};

/// An outcome before ports have their names.
pub enum Value {
    Done,
    Bool(bool),
    Int(i64),
    Seconds(Option<Duration>),
    Code(Errno),
    Bytes(Vec<u8>),
    Text(String),
    /// An address, and the kind of the sockets that have such ports.
    Address(Address, SocketKind),
    From(Vec<u8>, Address, SocketKind),
    /// What it says, but for the sender.
    Message(String, Address, SocketKind),
    Word(String),
}

/// In quotes; of many bytes only how many and what sort.
pub fn shown_bytes(data: &[u8]) -> String {
    if data.len() > 64 {
        if data.iter().all(|byte| *byte == data[0]) {
            return format!("{} times {}", data.len(), shown_bytes(&data[..1]));
        }
        let sum = (1_u32..).zip(data).fold(0_u32, |sum, (at, byte)| {
            sum.wrapping_add(at.wrapping_mul(u32::from(*byte)))
        });
        return format!("{} sum {sum}", data.len());
    }
    let shown = data.iter().map(|byte| match byte {
        b'"' | b'\\' => format!("\\x{byte:02x}"),
        32..127 => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", shown.collect::<String>())
}

pub fn shown_seconds(timeout: Option<Duration>) -> String {
    match timeout {
        None => "seconds none".to_owned(),
        Some(timeout) => {
            let number = format!("{:.9}", timeout.as_secs_f64());
            format!(
                "seconds {}",
                number.trim_end_matches('0').trim_end_matches('.')
            )
        }
    }
}

pub fn shown_code(code: Errno) -> String {
    match code.name() {
        "errno" => code.raw().to_string(),
        name => name.to_owned(),
    }
}

pub fn shown_error(error: &Error) -> String {
    let what = if error.is_timeout() {
        "timeout".to_owned()
    } else if let Some(errno) = error.errno() {
        shown_code(errno)
    } else if error.is_bad_input() {
        "bad-input".to_owned()
    } else if let Some(eai) = error.eai() {
        eai.name().to_owned()
    } else if error.is_unresolved() {
        "unresolved".to_owned()
    } else if error.is_truncated() {
        "truncated".to_owned()
    } else if error.is_too_long() {
        "too-long".to_owned()
    } else if error.is_file_timed_out() {
        "timed-out-file".to_owned()
    } else {
        assert!(error.is_not_utf8(), "{error}");
        "not-utf8".to_owned()
    };
    format!("error {what}")
}

/// As run.py's `shown_address`; `port` gives the port of an address its name.
pub fn shown_address(address: &Address, dir: &str, port: impl Fn(SocketAddr) -> String) -> String {
    match address {
        Address::V4(v4) => format!("{}:{}", v4.ip(), port((*v4).into())),
        Address::V6(v6) => format!(
            "[{}]:{} {} {}",
            v6.ip(),
            port((*v6).into()),
            v6.flowinfo(),
            v6.scope_id()
        ),
        Address::Unix(unix) => match (unix.as_path(), unix.as_abstract()) {
            (Some(path), _) => {
                let path = path.to_str().unwrap().replace(dir, "$dir");
                format!("path {}", shown_bytes(path.as_bytes()))
            }
            // The kernel chooses five digits for a name that is left to it.
            (_, Some(name)) if name.len() == 5 && name.iter().all(u8::is_ascii_hexdigit) => {
                "abstract chosen".to_owned()
            }
            (_, name) => {
                let name = String::from_utf8(name.unwrap().to_vec()).unwrap();
                let name = name.replace(&std::process::id().to_string(), "$pid");
                format!("abstract {}", shown_bytes(name.as_bytes()))
            }
        },
        _ => "unnamed".to_owned(),
    }
}
