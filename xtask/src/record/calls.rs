//! What strace wrote, line by line.

use anyhow::{Context, Result};

use super::events::Side;

/// One line of strace.
#[derive(Clone, Debug, PartialEq)]
pub enum Traced {
    Call(Call),
    /// What a conversation printed about itself: see `conversations::step`.
    Said(u64, String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub process: u32,
    /// When it began, and how long it took, in nanoseconds.
    pub began: u64,
    pub took: u64,
    pub name: String,
    pub arguments: Vec<String>,
    /// A number, or the name of an errno.
    pub returned: String,
    /// Set by what the conversation said before it.
    pub side: Option<Side>,
    pub line: Option<usize>,
    /// Lines of one group follow each other at once.
    pub group: usize,
    pub error: Option<String>,
}

impl Call {
    pub fn fd(&self) -> Option<u64> {
        self.arguments.first()?.parse().ok()
    }

    pub fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// How many bytes it moved: 0 if it failed.
    pub fn moved(&self) -> u64 {
        self.returned.parse().unwrap_or(0)
    }

    fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    /// The Unix sockets that it made or received.
    pub fn unix_sockets(&self) -> Vec<u64> {
        let list = match self.name.as_str() {
            "socketpair" => self.argument(3).strip_prefix('['),
            "recvmsg" => self
                .argument(1)
                .split_once("cmsg_data=[")
                .map(|(_, list)| list),
            _ => None,
        };
        let list = list
            .and_then(|list| list.split(']').next())
            .unwrap_or_default();
        list.split(", ").filter_map(|fd| fd.parse().ok()).collect()
    }

    /// The port in its address.
    pub fn port(&self) -> Option<u16> {
        let address = self.arguments.iter().find(|a| a.contains("htons("))?;
        let (_, rest) = address.split_once("htons(")?;
        rest.split(')').next()?.parse().ok()
    }

    /// The address among its arguments: `127.0.0.1:8002`, `[::1]:8002`.
    pub fn address(&self) -> Option<String> {
        let address = self.arguments.iter().find(|a| a.contains("htons("))?;
        let (host, port) = (address.split('"').nth(1)?, self.port()?);
        Some(match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        })
    }

    /// The call with the arguments that matter to a reader.
    pub fn short(&self) -> String {
        let name = self.name.as_str();
        let inside = |text: &str, field: &str| {
            let (_, rest) = text.split_once(field)?;
            let end = rest.find([',', '}', ']']).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        };
        match name {
            "socket" if self.argument(1).contains("DGRAM") => "socket(SOCK_DGRAM)".to_owned(),
            "socket" => "socket(SOCK_STREAM)".to_owned(),
            "listen" => format!("listen({})", self.argument(1)),
            "sendto" | "recvfrom" => {
                let size = self.argument(2);
                match (name, self.argument(4), self.address()) {
                    ("sendto", "NULL", _) => format!("send({size} bytes)"),
                    (_, "NULL", _) => format!("recv({size} bytes)"),
                    ("sendto", _, Some(address)) => format!("sendto({size} bytes, {address})"),
                    _ => format!("{name}({size} bytes)"),
                }
            }
            "read" | "write" => format!("{name}({} bytes)", self.argument(2)),
            "sendmsg" | "recvmsg" => {
                let message = self.argument(1);
                let size = inside(message, "iov_len=").unwrap_or_default();
                match message.split_once("cmsg_data=[") {
                    Some((_, data)) if message.contains("SCM_RIGHTS") => {
                        let fd = data.split(']').next().unwrap_or_default();
                        format!("{name}({size} bytes, SCM_RIGHTS [{fd}])")
                    }
                    _ => format!("{name}({size} bytes)"),
                }
            }
            "shutdown" => format!("shutdown({})", self.argument(1)),
            "getsockopt" => format!("getsockopt({})", self.argument(2)),
            "setsockopt" => {
                let value = self.argument(3).trim_matches(['[', ']']);
                format!("setsockopt({}, {value})", self.argument(2))
            }
            "ioctl" => "ioctl(FIONBIO)".to_owned(),
            "poll" | "ppoll" => {
                let events = inside(self.argument(0), "events=").unwrap_or_default();
                format!("{name}({events})")
            }
            "accept" | "accept4" => "accept()".to_owned(),
            _ => format!("{name}({})", self.address().unwrap_or_default()),
        }
    }
}

/// `1795399830.998391253 connect(4, {sa_family=AF_INET, …}, 16) = 0 <0.000151123>`. Lines that are
/// no calls (an exit, a signal) give nothing.
pub fn parse(process: u32, line: &str) -> Result<Option<Traced>> {
    let (time, rest) = line.split_once(' ').context("strace wrote an odd line")?;
    let began = nanoseconds(time).with_context(|| format!("no time in strace's {line:?}"))?;
    let Some((name, rest)) = rest.split_once('(') else {
        return Ok(None); // +++ exited with 0 +++
    };
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(None); // --- SIGCHLD {…} ---
    }
    let (arguments, returned) = rest.rsplit_once(" = ").unwrap_or((rest, "?"));
    let (returned, took) = returned.rsplit_once(" <").unwrap_or((returned, "0"));
    let took = nanoseconds(took.trim_end_matches('>')).unwrap_or_default();
    let arguments = arguments.trim_end();
    let arguments = split(arguments.strip_suffix(')').unwrap_or(arguments));
    // -1 EAGAIN (Resource temporarily unavailable)
    let returned = returned.split(" (").next().unwrap_or(returned).trim();
    let returned = returned.strip_prefix("-1 ").unwrap_or(returned).to_owned();
    if name == "write" && arguments.first().is_some_and(|fd| fd == "1") {
        let said = arguments.get(1).map_or("", String::as_str);
        return Ok(Some(Traced::Said(began, unquote(said))));
    }
    Ok(Some(Traced::Call(Call {
        process,
        began,
        took,
        name: name.to_owned(),
        arguments,
        returned,
        side: None,
        line: None,
        group: 0,
        error: None,
    })))
}

/// `12.000345` in nanoseconds.
pub fn nanoseconds(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction = format!("{fraction:0<9}");
    Some(seconds.parse::<u64>().ok()? * 1_000_000_000 + fraction.get(..9)?.parse::<u64>().ok()?)
}

/// The arguments of a call: separated by commas outside quotes and brackets.
fn split(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let mut arguments = vec![String::new()];
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' | '(' if !quoted => depth += 1,
            ']' | '}' | ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(argument) = arguments.last_mut() {
            argument.push(c);
        }
    }
    arguments.iter().map(|a| a.trim().to_owned()).collect()
}

/// The text in strace's quotes.
fn unquote(text: &str) -> String {
    let text = text.trim_end_matches("...").trim_matches('"');
    text.replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Call {
        match parse(1, line).unwrap() {
            Some(Traced::Call(call)) => call,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_call_has_its_arguments_its_result_and_its_times() {
        let found = call(
            "12.000000345 sendto(4, \"a, \\\"b)\"..., 5, MSG_NOSIGNAL, NULL, 0) = 5 <0.000151>",
        );
        assert_eq!((found.began, found.took), (12_000_000_345, 151_000));
        assert_eq!(found.arguments.len(), 6, "{found:?}");
        assert_eq!(
            (found.short().as_str(), found.moved()),
            ("send(5 bytes)", 5)
        );
        assert_eq!(found.fd(), Some(4));
    }

    #[test]
    fn an_address_is_shown_where_the_program_gives_it() {
        let short = |line| call(line).short();
        assert_eq!(
            short(
                "1.0 bind(3, {sa_family=AF_INET, sin_port=htons(8002), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0 <0.1>"
            ),
            "bind(127.0.0.1:8002)"
        );
        assert_eq!(
            short(
                "1.0 connect(3, {sa_family=AF_INET6, sin6_port=htons(8002), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}, 28) = 0 <0.1>"
            ),
            "connect([::1]:8002)"
        );
        assert_eq!(
            short(
                "1.0 sendto(3, \"time?\", 5, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(8002), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 5 <0.1>"
            ),
            "sendto(5 bytes, 127.0.0.1:8002)"
        );
        assert_eq!(short("1.0 close(3) = 0 <0.1>"), "close()");
    }

    #[test]
    fn a_failed_call_has_the_name_of_its_errno() {
        let found = call(
            "1.0 recvfrom(4, 0x7ffd, 1024, 0, NULL, NULL) = -1 ECONNRESET (Connection reset by peer) <0.1>",
        );
        assert_eq!(found.returned, "ECONNRESET");
        assert_eq!(
            (found.short().as_str(), found.moved()),
            ("recv(1024 bytes)", 0)
        );
    }

    #[test]
    fn a_descriptor_that_is_passed_is_shown() {
        let found = call(
            "1.0 sendmsg(4, {msg_name=NULL, msg_iov=[{iov_base=\"hello\", iov_len=5}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[6]}], msg_flags=0}, 0) = 5 <0.1>",
        );
        assert_eq!(found.short(), "sendmsg(5 bytes, SCM_RIGHTS [6])");
    }

    #[test]
    fn what_the_conversation_prints_is_not_a_call() {
        let said = parse(1, "1.0 write(1, \"client 7\\n\", 9) = 9 <0.1>").unwrap();
        assert_eq!(
            said,
            Some(Traced::Said(1_000_000_000, "client 7\n".to_owned()))
        );
        assert_eq!(parse(1, "1.0 +++ exited with 0 +++").unwrap(), None);
        assert_eq!(
            parse(1, "1.0 --- SIGCHLD {si_signo=SIGCHLD} ---").unwrap(),
            None
        );
    }
}
