//! Calls about names and numbers, which need no socket; names.py does the same in Python.

use socketbook::*;

use super::calls::{Given, Refusal};
use super::outcome::{Value, shown_bytes};
use super::script::{Arg, Call};

fn number<T: std::str::FromStr>(word: &str) -> std::result::Result<T, Refusal> {
    word.parse().map_err(|_| Refusal::Types)
}

/// `none`, or a text.
fn text(call: &Call, at: usize) -> Option<String> {
    match call.args.get(at)? {
        Arg::Text(text) => Some(String::from_utf8(text.clone()).unwrap()),
        Arg::Word(_) => None,
    }
}

/// A text, a port, or `none`.
fn service(call: &Call) -> std::result::Result<Service<'_>, Refusal> {
    Ok(match &call.args[1] {
        Arg::Text(name) => Service::Name(std::str::from_utf8(name).unwrap()),
        Arg::Word(word) if word == "none" => Service::Any,
        Arg::Word(port) => Service::Port(number(port)?),
    })
}

fn family(word: &str) -> AddressFamily {
    match word {
        "UNSPEC" => AF_UNSPEC,
        word => super::options::family(word),
    }
}

fn addrinfo_flags(word: &str) -> AddrInfoFlags {
    let one = |word: &str| match word {
        "PASSIVE" => AI_PASSIVE,
        "CANONNAME" => AI_CANONNAME,
        "NUMERICHOST" => AI_NUMERICHOST,
        "V4MAPPED" => AI_V4MAPPED,
        "ALL" => AI_ALL,
        "ADDRCONFIG" => AI_ADDRCONFIG,
        "NUMERICSERV" => AI_NUMERICSERV,
        bits => AddrInfoFlags::from_bits(bits.parse().unwrap()),
    };
    word.split('|')
        .map(one)
        .fold(AddrInfoFlags::NONE, |all, one| all | one)
}

fn nameinfo_flags(word: &str) -> NameInfoFlags {
    let one = |word: &str| match word {
        "NUMERICHOST" => NI_NUMERICHOST,
        "NUMERICSERV" => NI_NUMERICSERV,
        "NOFQDN" => NI_NOFQDN,
        "NAMEREQD" => NI_NAMEREQD,
        "DGRAM" => NI_DGRAM,
        bits => NameInfoFlags::from_bits(bits.parse().unwrap()),
    };
    word.split('|')
        .map(one)
        .fold(NameInfoFlags::NONE, |all, one| all | one)
}

fn shown_info(info: &AddrInfo) -> String {
    format!(
        "{} {} {} {} {}",
        u16::from(info.family),
        i32::from(info.kind),
        i32::from(info.proto),
        shown_bytes(info.canonname.as_deref().unwrap_or("").as_bytes()),
        info.address.python()
    )
}

fn shown_host(host: &HostEntry) -> String {
    let aliases = host.aliases.iter().map(|one| shown_bytes(one.as_bytes()));
    let addresses = host
        .addresses
        .iter()
        .map(|one| shown_bytes(one.to_string().as_bytes()));
    format!(
        "{} [{}] [{}]",
        shown_bytes(host.name.as_bytes()),
        aliases.collect::<Vec<_>>().join(" "),
        addresses.collect::<Vec<_>>().join(" ")
    )
}

/// The call's value, or `None` if it is none of these calls.
pub fn function(call: &Call) -> std::result::Result<Option<Given>, Refusal> {
    let value = match call.verb.as_str() {
        "getaddrinfo" => {
            let mut options = AddrInfoOptions::new();
            if let Some(word) = call.key("family") {
                options = options.family(family(word));
            }
            if let Some(word) = call.key("kind") {
                options = options.kind(match word.parse::<i32>() {
                    Ok(number) => SocketKind::from(number),
                    Err(_) => super::options::kind(word),
                });
            }
            if let Some(word) = call.key("proto") {
                options = options.proto(Protocol::from(number::<i32>(word)?));
            }
            if let Some(word) = call.key("flags") {
                options = options.flags(addrinfo_flags(word));
            }
            let host = text(call, 0);
            let all = getaddrinfo_with(host.as_deref(), service(call)?, &options)?;
            Value::Word(all.iter().map(shown_info).collect::<Vec<_>>().join("; "))
        }
        "getnameinfo" => {
            let flags = call
                .key("flags")
                .map_or(NameInfoFlags::NONE, nameinfo_flags);
            let (host, port) = (text(call, 0).unwrap(), number(call.word(1))?);
            let (host, service) = match &call.args[2..] {
                [] => getnameinfo((host, port), flags)?,
                _ => {
                    let (flow, scope) = (number(call.word(2))?, number(call.word(3))?);
                    getnameinfo((&*host, port, flow, scope), flags)?
                }
            };
            Value::Word(format!(
                "{} {}",
                shown_bytes(host.as_bytes()),
                shown_bytes(service.as_bytes())
            ))
        }
        "gethostbyname" => Value::Text(gethostbyname(call.text(0))?.to_string()),
        "gethostbyname_ex" => Value::Word(shown_host(&gethostbyname_ex(call.text(0))?)),
        "gethostbyaddr" => Value::Word(shown_host(&gethostbyaddr(call.text(0))?)),
        "getfqdn" => Value::Text(getfqdn(call.text(0))),
        "gethostname" => Value::Text(gethostname()),
        "getservbyname" => {
            Value::Int(getservbyname(call.text(0), text(call, 1).as_deref())?.into())
        }
        "getservbyport" => Value::Text(getservbyport(
            number(call.word(0))?,
            text(call, 1).as_deref(),
        )?),
        "getprotobyname" => Value::Int(i32::from(getprotobyname(call.text(0))?).into()),
        "inet_aton" => Value::Bytes(inet_aton(call.text(0))?.to_vec()),
        "inet_ntoa" => {
            let packed = call.bytes(0).try_into().map_err(|_| Refusal::Types)?;
            Value::Text(inet_ntoa(packed))
        }
        "inet_pton" => Value::Bytes(inet_pton(family(call.word(0)), call.text(1))?),
        "inet_ntop" => Value::Text(inet_ntop(family(call.word(0)), call.bytes(1))?),
        "htons" => Value::Int(htons(number(call.word(0))?).into()),
        "htonl" => Value::Int(htonl(number(call.word(0))?).into()),
        "ntohs" => Value::Int(ntohs(number(call.word(0))?).into()),
        "ntohl" => Value::Int(ntohl(number(call.word(0))?).into()),
        "if_nametoindex" => Value::Int(if_nametoindex(call.text(0))?.into()),
        "if_indextoname" => Value::Text(if_indextoname(number(call.word(0))?)?),
        "if_nameindex" => {
            let all = if_nameindex()?;
            let all = all
                .iter()
                .map(|(index, name)| format!("{index} {}", shown_bytes(name.as_bytes())));
            Value::Word(all.collect::<Vec<_>>().join("; "))
        }
        _ => return Ok(None),
    };
    Ok(Some(value.into()))
}
