//! Calls with ancillary data, and sendfile; messages.py does the same in Python.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Write};
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use socketbook::*;

use super::calls::{Given, Names, Object, Outcome, Refusal, number};
use super::outcome::{Value, shown_bytes};
use super::script::{Arg, Call};

const FLAGS: [(MsgFlags, &str); 6] = [
    (MSG_OOB, "OOB"),
    (MSG_CTRUNC, "CTRUNC"),
    (MSG_TRUNC, "TRUNC"),
    (MSG_EOR, "EOR"),
    (MSG_ERRQUEUE, "ERRQUEUE"),
    (MSG_CMSG_CLOEXEC, "CMSG_CLOEXEC"),
];

fn shown_flags(flags: MsgFlags) -> String {
    let names = FLAGS.iter().filter(|(flag, _)| flags.contains(*flag));
    let names: Vec<&str> = names.map(|(_, name)| *name).collect();
    match names[..] {
        [] => "none".to_owned(),
        _ => names.join("|"),
    }
}

/// `20`, or a sum such as `SPACE12+LEN4`.
fn room(word: &str) -> std::result::Result<usize, Refusal> {
    let parts = word.split('+').map(|part| {
        Ok(if let Some(len) = part.strip_prefix("SPACE") {
            CMSG_SPACE(number(len)?)
        } else if let Some(len) = part.strip_prefix("LEN") {
            CMSG_LEN(number(len)?)
        } else {
            number(part)?
        })
    });
    parts.sum()
}

fn buffers(args: &[Arg]) -> Vec<IoSlice<'_>> {
    let texts = args.iter().filter_map(|arg| match arg {
        Arg::Text(text) => Some(IoSlice::new(text)),
        Arg::Word(_) => None,
    });
    texts.collect()
}

/// Of the sockets that the key `fds` names.
fn fds<'n>(names: &'n Names, call: &Call) -> std::result::Result<Vec<BorrowedFd<'n>>, Refusal> {
    let of = call.key("fds").unwrap_or_default();
    let of = of.split(',').filter(|name| !name.is_empty());
    of.map(|name| Ok(names.socket(name)?.as_fd())).collect()
}

pub fn sendmsg(names: &Names, s: &Socket, call: &Call) -> Outcome {
    let fds = fds(names, call)?;
    let (mut items, data) = (Vec::new(), call.key("other").map(other).transpose()?);
    if call.key("fds").is_some() {
        items.push(SendAncillary::Rights(&fds));
    }
    if call.key("cred").is_some() {
        items.push(SendAncillary::Credentials {
            pid: std::process::id() as i32,
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
        });
    }
    for key in ["source", "source6"] {
        if let Some(host) = call.key(key) {
            let host: IpAddr = host.parse().unwrap();
            items.push(SendAncillary::PacketInfo(host.into()));
        }
    }
    if let Some(hops) = call.key("hops") {
        items.push(SendAncillary::HopLimit(number(hops)?));
    }
    if let Some(class) = call.key("class") {
        items.push(SendAncillary::TrafficClass(number(class)?));
    }
    if let Some(size) = call.key("segments") {
        items.push(SendAncillary::SegmentSize(number(size)?));
    }
    if let Some((level, kind, data)) = &data {
        let (level, kind) = (*level, *kind);
        items.push(SendAncillary::Other { level, kind, data });
    }
    let (buffers, flags) = (buffers(&call.args), super::options::flags(call));
    let sent = match (call.key("to"), flags) {
        (Some(to), flags) => {
            let to = names.socket(to.trim_start_matches('@'))?.getsockname()?;
            s.sendmsg_to(&buffers, &items, flags.unwrap_or(MsgFlags::NONE), to)?
        }
        (None, Some(flags)) => s.sendmsg_with_flags(&buffers, &items, flags)?,
        (None, None) => s.sendmsg(&buffers, &items)?,
    };
    Ok(Value::Int(sent as i64).into())
}

/// `LEVEL/TYPE/HEX`.
fn other(text: &str) -> std::result::Result<(i32, i32, Vec<u8>), Refusal> {
    let [level, kind, hex] = text.split('/').collect::<Vec<_>>()[..] else {
        panic!("{text}: a level, a type and bytes");
    };
    let bytes = hex.as_bytes().chunks(2).map(|digits| {
        let digits = std::str::from_utf8(digits).unwrap();
        u8::from_str_radix(digits, 16).unwrap()
    });
    Ok((number(level)?, number(kind)?, bytes.collect()))
}

fn shown_item(item: Ancillary, made: &mut Vec<OwnedFd>) -> String {
    match item {
        Ancillary::Rights(fds) => {
            let count = fds.len();
            made.extend(fds);
            format!("rights {count}")
        }
        Ancillary::Credentials(who) => {
            let pid = match who.pid as u32 == std::process::id() {
                true => "own".to_owned(),
                false => who.pid.to_string(),
            };
            format!("credentials {pid} {} {}", who.uid, who.gid)
        }
        Ancillary::PacketInfo(info) => format!("packet to {} at {}", info.destination, info.local),
        Ancillary::HopLimit(hops) => format!("hops {hops}"),
        Ancillary::TrafficClass(class) => format!("class {class}"),
        Ancillary::SegmentSize(size) => format!("segments {size}"),
        Ancillary::Timestamp(_) => "timestamp".to_owned(),
        Ancillary::Other { level, kind, data } => {
            format!("other {level} {kind} {} bytes", data.len())
        }
        other => panic!("{other:?}"),
    }
}

fn message(
    s: &Socket,
    call: &Call,
    text: &str,
    (ancillary, flags, from): (Vec<Ancillary>, MsgFlags, Address),
) -> Outcome {
    let mut fds = Vec::new();
    let items = ancillary.into_iter();
    let items: Vec<String> = items.map(|item| shown_item(item, &mut fds)).collect();
    let text = format!(
        "message {text} [{}] {}",
        items.join(", "),
        shown_flags(flags)
    );
    brought(s, call, text, fds, from)
}

/// Makes sockets of the descriptors, if there are as many names for them.
fn brought(s: &Socket, call: &Call, text: String, fds: Vec<OwnedFd>, from: Address) -> Outcome {
    let mut made = Vec::new();
    if call.targets.len() == fds.len() {
        for fd in fds {
            made.push(Object::Socket(Arc::new(Socket::try_from(fd)?)));
        }
    }
    let value = Value::Message(text, from, s.kind());
    Ok(Given { value, made })
}

pub fn recvmsg(s: &Socket, call: &Call) -> Outcome {
    let (size, room) = (number(call.word(0))?, room(call.word(1))?);
    let (data, ancillary, flags, from) = match super::options::flags(call) {
        None => s.recvmsg(size, room)?,
        Some(flags) => s.recvmsg_with_flags(size, room, flags)?,
    };
    message(s, call, &shown_bytes(&data), (ancillary, flags, from))
}

pub fn recvmsg_into(s: &Socket, call: &Call) -> Outcome {
    let sizes = call.word(0).split(',').filter(|size| !size.is_empty());
    let mut room_for: Vec<Vec<u8>> = sizes
        .map(|size| Ok(vec![0; number(size)?]))
        .collect::<std::result::Result<_, Refusal>>()?;
    let mut buffers: Vec<IoSliceMut<'_>> = room_for
        .iter_mut()
        .map(|buffer| IoSliceMut::new(buffer))
        .collect();
    let room = room(call.word(1))?;
    let (got, ancillary, flags, from) = match super::options::flags(call) {
        None => s.recvmsg_into(&mut buffers, room)?,
        Some(flags) => s.recvmsg_into_with_flags(&mut buffers, room, flags)?,
    };
    let shown: Vec<String> = room_for.iter().map(|buffer| shown_bytes(buffer)).collect();
    let text = format!("{got} {}", shown.join(" "));
    message(s, call, &text, (ancillary, flags, from))
}

pub fn function(names: &Names, call: &Call) -> std::result::Result<Option<Given>, Refusal> {
    Ok(Some(match call.verb.as_str() {
        "send_fds" => {
            let fds = fds(names, call)?;
            let sent = send_fds(names.socket(call.word(0))?, &buffers(&call.args), &fds)?;
            Value::Int(sent as i64).into()
        }
        "recv_fds" => {
            let s = names.socket(call.word(0))?;
            let (size, most) = (number(call.word(1))?, number(call.word(2))?);
            let (data, fds, flags, from) = recv_fds(s, size, most)?;
            let (data, count) = (shown_bytes(&data), fds.len());
            let text = format!("message {data} fds {count} {}", shown_flags(flags));
            brought(s, call, text, fds, from)?
        }
        "CMSG_LEN" => Value::Int(CMSG_LEN(number(call.word(0))?) as i64).into(),
        "CMSG_SPACE" => Value::Int(CMSG_SPACE(number(call.word(0))?) as i64).into(),
        _ => return Ok(None),
    }))
}

pub fn sendfile(s: &Socket, call: &Call) -> Outcome {
    let part = |at| -> std::result::Result<Option<u64>, Refusal> {
        match call.args.len() > at && call.word(at) != "none" {
            true => Ok(Some(number(call.word(at))?)),
            false => Ok(None),
        }
    };
    let sent = match call.verb.as_str() {
        "sendfile" => {
            let path = std::env::temp_dir().join(format!("socketbook-file-{}", std::process::id()));
            let mut open = File::options();
            let open = open.read(true).write(true).create(true).truncate(true);
            let mut file = open.open(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            file.write_all(call.bytes(0)).unwrap();
            s.sendfile(&file, part(1)?.unwrap_or(0), part(2)?)?
        }
        "sendfile_of" => s.sendfile(File::open(call.word(0)).unwrap(), 0, None)?,
        _ => {
            let (read, write) = nix::unistd::pipe().unwrap();
            File::from(write).write_all(call.bytes(0)).unwrap();
            s.sendfile(&read, part(1)?.unwrap_or(0), part(2)?)?
        }
    };
    Ok(Value::Int(sent as i64).into())
}
