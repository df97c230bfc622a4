//! What TCP_INFO reads: the kernel's picture of one TCP connection.

use std::time::Duration;

use super::extra::RawTcpInfo;

/// A TCP connection as the kernel sees it: what [`TCP_INFO`](super::TCP_INFO) reads.
///
/// The fields have the names of Linux's `struct tcp_info`, without their `tcpi_`; `ss -ti` prints
/// most of them. Windows are counted in segments, of [`snd_mss`](TcpInfo::snd_mss) bytes each, and
/// thresholds too; sizes are in bytes. Sources:
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html), `linux/tcp.h`.
///
/// On a socket that listens, `unacked` is the number of connections that wait for `accept`, and
/// `sacked` the most that may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpInfo {
    /// Where the connection is between being made and being closed.
    pub state: TcpState,
    /// What congestion control does at the moment.
    pub ca_state: TcpCaState,
    /// How many times in a row the oldest unacknowledged segment has timed out. 0 while the peer
    /// answers; the connection is given up when it grows too large.
    pub retransmits: u8,
    /// How many probes, keep-alive or zero-window, have had no answer.
    pub probes: u8,
    /// How many times the retransmission timeout has been doubled.
    pub backoff: u8,
    /// Whether both sides send timestamps.
    pub timestamps: bool,
    /// Whether both sides can acknowledge selectively.
    pub sack: bool,
    /// Whether both sides use explicit congestion notification (ECN).
    pub ecn: bool,
    /// Whether data went along with the SYN and was acknowledged (TCP Fast Open).
    pub syn_data: bool,
    /// The window scales, the peer's and ours: a window is its 16 bits, shifted left by so many.
    /// `None` if one side cannot scale.
    pub wscale: Option<(u8, u8)>,
    /// The retransmission timeout: without an acknowledgement for so long, data is sent again.
    pub rto: Duration,
    /// How long an acknowledgement is held back for data to carry it.
    pub ato: Duration,
    /// The largest segment that is sent, in bytes.
    pub snd_mss: u32,
    /// The largest segment that is expected from the peer, in bytes.
    pub rcv_mss: u32,
    /// Segments that are sent and not yet acknowledged.
    pub unacked: u32,
    /// Of those, the segments that the peer has acknowledged selectively.
    pub sacked: u32,
    /// Of those, the segments that are taken for lost.
    pub lost: u32,
    /// Of those, the segments that have been sent again.
    pub retrans: u32,
    /// How long ago data was last sent.
    pub last_data_sent: Duration,
    /// How long ago data last arrived.
    pub last_data_recv: Duration,
    /// How long ago an acknowledgement last arrived.
    pub last_ack_recv: Duration,
    /// The largest packet that fits through the path, in bytes.
    pub pmtu: u32,
    /// The largest window that will be offered to the peer, in bytes.
    pub rcv_ssthresh: u32,
    /// The round-trip time, smoothed; zero if none has been measured.
    pub rtt: Duration,
    /// How much the round-trip time varies, smoothed.
    pub rttvar: Duration,
    /// The congestion window grows exponentially below this (slow start). `None` as long as no loss
    /// has set it.
    pub snd_ssthresh: Option<u32>,
    /// The congestion window: how many segments may be unacknowledged at once.
    pub snd_cwnd: u32,
    /// The largest segment that was offered to the peer, in bytes.
    pub advmss: u32,
    /// How many segments late a segment may be before it counts as lost.
    pub reordering: u32,
    /// The receiver's estimate of the round-trip time; zero if none has been made.
    pub rcv_rtt: Duration,
    /// The receive buffer that the peer's speed asks for, in bytes.
    pub rcv_space: u32,
    /// How many segments have been sent again since the connection began.
    pub total_retrans: u32,
}

/// The state of a TCP connection, as in
/// [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcpState {
    /// Connected.
    Established,
    /// `connect` has sent a SYN.
    SynSent,
    /// A SYN has arrived and was answered.
    SynRecv,
    /// This side has closed; its FIN is not yet acknowledged.
    FinWait1,
    /// This side has closed, and the peer knows; its FIN has not come.
    FinWait2,
    /// Both have closed; the address is kept for late packets.
    TimeWait,
    /// Not connected.
    Close,
    /// The peer has closed, this side has not.
    CloseWait,
    /// The peer has closed first, then this side; its FIN is not yet acknowledged.
    LastAck,
    /// Waiting for connections.
    Listen,
    /// Both have closed at the same time.
    Closing,
    /// A number that this crate has no name for.
    Other(u8),
}

impl TcpState {
    fn from_raw(number: u8) -> TcpState {
        match number {
            1 => TcpState::Established,
            2 => TcpState::SynSent,
            3 => TcpState::SynRecv,
            4 => TcpState::FinWait1,
            5 => TcpState::FinWait2,
            6 => TcpState::TimeWait,
            7 => TcpState::Close,
            8 => TcpState::CloseWait,
            9 => TcpState::LastAck,
            10 => TcpState::Listen,
            11 => TcpState::Closing,
            other => TcpState::Other(other),
        }
    }
}

/// What the congestion control of a TCP connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcpCaState {
    /// Nothing is wrong.
    Open,
    /// Acknowledgements come out of order; something may be lost.
    Disorder,
    /// The network has reported congestion, and the window is being reduced.
    Cwr,
    /// A loss was noticed by acknowledgements, and is being repaired.
    Recovery,
    /// The retransmission timeout has expired.
    Loss,
    /// A number that this crate has no name for.
    Other(u8),
}

impl TcpCaState {
    fn from_raw(number: u8) -> TcpCaState {
        match number {
            0 => TcpCaState::Open,
            1 => TcpCaState::Disorder,
            2 => TcpCaState::Cwr,
            3 => TcpCaState::Recovery,
            4 => TcpCaState::Loss,
            other => TcpCaState::Other(other),
        }
    }
}

// The bits of `tcpi_options`, of linux/tcp.h.
const TIMESTAMPS: u8 = 1;
const SACK: u8 = 2;
const WSCALE: u8 = 4;
const ECN: u8 = 8;
const SYN_DATA: u8 = 32;

/// TCP_INFINITE_SSTHRESH of the kernel.
const NO_SSTHRESH: u32 = 0x7fff_ffff;

impl From<RawTcpInfo> for TcpInfo {
    fn from(raw: RawTcpInfo) -> TcpInfo {
        let micros = |number: u32| Duration::from_micros(number.into());
        let millis = |number: u32| Duration::from_millis(number.into());
        let has = |option: u8| raw.options & option != 0;
        TcpInfo {
            state: TcpState::from_raw(raw.state),
            ca_state: TcpCaState::from_raw(raw.ca_state),
            retransmits: raw.retransmits,
            probes: raw.probes,
            backoff: raw.backoff,
            timestamps: has(TIMESTAMPS),
            sack: has(SACK),
            ecn: has(ECN),
            syn_data: has(SYN_DATA),
            wscale: has(WSCALE).then(|| wscales(raw.wscales)),
            rto: micros(raw.rto),
            ato: micros(raw.ato),
            snd_mss: raw.snd_mss,
            rcv_mss: raw.rcv_mss,
            unacked: raw.unacked,
            sacked: raw.sacked,
            lost: raw.lost,
            retrans: raw.retrans,
            last_data_sent: millis(raw.last_data_sent),
            last_data_recv: millis(raw.last_data_recv),
            last_ack_recv: millis(raw.last_ack_recv),
            pmtu: raw.pmtu,
            rcv_ssthresh: raw.rcv_ssthresh,
            rtt: micros(raw.rtt),
            rttvar: micros(raw.rttvar),
            snd_ssthresh: Some(raw.snd_ssthresh).filter(|segments| *segments < NO_SSTHRESH),
            snd_cwnd: raw.snd_cwnd,
            advmss: raw.advmss,
            reordering: raw.reordering,
            rcv_rtt: micros(raw.rcv_rtt),
            rcv_space: raw.rcv_space,
            total_retrans: raw.total_retrans,
        }
    }
}

/// Two bit fields of 4 bits, the peer's scale and ours. C compilers begin with the low bits where
/// the low byte comes first, and with the high bits elsewhere.
fn wscales(byte: u8) -> (u8, u8) {
    let (low, high) = (byte & 15, byte >> 4);
    if cfg!(target_endian = "little") {
        (low, high)
    } else {
        (high, low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_kernels_numbers() {
        // enum in include/net/tcp_states.h, whose numbers `ss` and /proc/net/tcp show.
        let names = [
            TcpState::Other(0),
            TcpState::Established,
            TcpState::SynSent,
            TcpState::SynRecv,
            TcpState::FinWait1,
            TcpState::FinWait2,
            TcpState::TimeWait,
            TcpState::Close,
            TcpState::CloseWait,
            TcpState::LastAck,
            TcpState::Listen,
            TcpState::Closing,
            TcpState::Other(12),
        ];
        for (number, name) in (0..).zip(names) {
            assert_eq!(TcpState::from_raw(number), name, "{number}");
        }
        // enum tcp_ca_state in linux/tcp.h.
        let names = [
            TcpCaState::Open,
            TcpCaState::Disorder,
            TcpCaState::Cwr,
            TcpCaState::Recovery,
            TcpCaState::Loss,
            TcpCaState::Other(5),
        ];
        for (number, name) in (0..).zip(names) {
            assert_eq!(TcpCaState::from_raw(number), name, "{number}");
        }
    }
}
