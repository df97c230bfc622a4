//! What tcpdump wrote, line by line.

use super::calls::nanoseconds;

#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    pub time: u64,
    /// The ports that it goes from and to.
    pub from: u16,
    pub to: u16,
    pub kind: String,
    pub bytes: u64,
    /// Both relative to the beginning of the connection: the first byte is number 0.
    pub seq: Option<u64>,
    pub ack: Option<u64>,
}

impl Packet {
    pub fn has(&self, flag: &str) -> bool {
        self.kind.split(' ').any(|word| word == flag)
    }
}

/// `1795399830.998448 IP 127.0.0.1.34554 > 127.0.0.1.58931: Flags [S], seq …, length 0`. What isn't
/// TCP, UDP, or an ICMP that answers a UDP datagram gives nothing.
pub fn parse(line: &str) -> Option<Packet> {
    let (time, rest) = line
        .split_once(" IP ")
        .or_else(|| line.split_once(" IP6 "))?;
    let time = nanoseconds(time)?;
    let (ends, what) = rest.split_once(": ")?;
    if let Some((_, unreachable)) = what.split_once("udp port ") {
        // ICMP 127.0.0.1 udp port 51892 unreachable: the machine of that port says so.
        let port = unreachable.split(' ').next()?.parse().ok()?;
        return Some(Packet {
            time,
            from: port,
            to: 0,
            kind: "ICMP port unreachable".to_owned(),
            bytes: 0,
            seq: None,
            ack: None,
        });
    }
    let (from, to) = ends.split_once(" > ")?;
    let port = |end: &str| end.rsplit('.').next()?.parse().ok();
    let number = |field: &str| -> Option<u64> {
        let (_, rest) = what.split_once(field)?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    let kind = match what
        .strip_prefix("Flags [")
        .and_then(|rest| rest.split(']').next())
    {
        None => "UDP".to_owned(),
        Some(flags) => {
            let names = [
                ('S', "SYN"),
                ('F', "FIN"),
                ('R', "RST"),
                ('P', "PSH"),
                ('.', "ACK"),
            ];
            let set = names.iter().filter(|(letter, _)| flags.contains(*letter));
            set.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
        }
    };
    // Those of a first packet are absolute, and of a reset, which may be the first of its side.
    let first = kind.contains("SYN") || kind.contains("RST");
    let from_zero = |field| {
        number(field)
            .filter(|_| !first)
            .and_then(|n: u64| n.checked_sub(1))
    };
    Some(Packet {
        time,
        from: port(from)?,
        to: port(to)?,
        bytes: number("length ")?,
        seq: from_zero("seq "),
        ack: from_zero("ack "),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_ports_and_numbers() {
        let found = parse("12.5 IP 127.0.0.1.34554 > 127.0.0.1.8002: Flags [P.], seq 1:6, ack 4, win 512, length 5").unwrap();
        let expected = Packet {
            time: 12_500_000_000,
            from: 34554,
            to: 8002,
            kind: "PSH ACK".to_owned(),
            bytes: 5,
            seq: Some(0),
            ack: Some(3),
        };
        assert_eq!(found, expected);
        let syn = parse("12.5 IP 127.0.0.1.34554 > 127.0.0.1.8002: Flags [S], seq 12345, win 65495, options [mss 65495], length 0").unwrap();
        assert_eq!((syn.kind.as_str(), syn.seq, syn.ack), ("SYN", None, None));
    }

    #[test]
    fn datagrams_and_their_refusal() {
        let found = parse("1.0 IP 127.0.0.1.40000 > 127.0.0.1.8002: UDP, length 8").unwrap();
        assert_eq!((found.kind.as_str(), found.bytes), ("UDP", 8));
        let found = parse(
            "1.0 IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 8002 unreachable, length 44",
        )
        .unwrap();
        assert_eq!(
            (found.kind.as_str(), found.from),
            ("ICMP port unreachable", 8002)
        );
    }
}
