//! What an error says: its one line, and at length.

use crate::call::Call;
use crate::cause::Cause;
use crate::chapter::{self, Chapter};
use crate::errno::ENOMEM;
use crate::hint::hint;
use crate::language::{Language, both, tell};

/// `call(subject): cause`, with the number of bytes sent where there are any.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{}", self.happening(), self.sent_note())]
pub(super) struct Report {
    pub(super) call: Call,
    pub(super) subject: Option<String>,
    /// The call was about a Unix path or name.
    pub(super) unix: bool,
    pub(super) sent: usize,
    pub(super) cause: Cause,
}

impl Report {
    /// The error at length.
    pub(super) fn explain(&self, language: Language) -> String {
        let (place, what) = (self.place(), self.what(language));
        let chapter = self.chapter().named(language);
        let sent = match self.sent {
            0 => String::new(),
            sent => tell!(
                language,
                "Sent:      {sent} bytes before it failed\n",
                "已发：  失败之前发出了 {sent} 个字节\n"
            ),
        };
        let call = tell!(
            language,
            "The call:  {place}\nWhat:      {what}\n",
            "调用：  {place}\n原因：  {what}\n"
        );
        let read_on = tell!(language, "Read on:   {chapter}\n", "参看：  {chapter}\n");
        [call, sent, read_on].concat()
    }

    fn place(&self) -> String {
        format!("{}({})", self.call, self.subject.as_deref().unwrap_or(""))
    }

    /// The line without the number of bytes sent.
    fn happening(&self) -> String {
        self.happening_in(Language::English)
    }

    fn happening_in(&self, language: Language) -> String {
        let (place, what) = (self.place(), self.what(language));
        tell!(language, "{place}: {what}", "{place}：{what}")
    }

    fn sent_note(&self) -> String {
        match self.sent {
            0 => String::new(),
            sent => format!(" ({sent} bytes were sent before it failed)"),
        }
    }

    fn what(&self, language: Language) -> String {
        match &self.cause {
            Cause::Os(errno) => {
                let unix = self.subject.as_deref().filter(|_| self.unix);
                let words = hint(self.call, *errno, unix);
                let hint = words.of(language);
                tell!(language, "{errno}: {hint}", "{errno}：{hint}")
            }
            Cause::NoMemory(size) => tell!(
                language,
                "{ENOMEM}: {size} bytes cannot be allocated",
                "{ENOMEM}：分配不了 {size} 个字节"
            ),
            Cause::TimedOut(timeout) => tell!(
                language,
                "timed out after {timeout:?}",
                "等了 {timeout:?}，超时了"
            ),
            Cause::NoneTried(total) => tell!(
                language,
                "timed out after {total:?}, before any address was tried; looking up the name is \
                 part of that time",
                "{total:?} 已到，一个地址都还没试；解析域名也算在这段时间里"
            ),
            Cause::FileTimedOut => tell!(
                language,
                "cannot read from a file that has timed out: part of a message may be missing; \
                 read on from the socket itself, or make a new file",
                "这个文件超时过，不能再读：消息可能缺了一部分；直接从套接字接着读，或者新建一个文件"
            ),
            Cause::BadInput(why) | Cause::NotListed(why) => why.of(language).to_owned(),
            Cause::Unresolved(eai, why) => {
                let words = eai.words();
                let why = match why {
                    Some(why) => why.of(language),
                    None => words.of(language),
                };
                tell!(language, "{eai}: {why}", "{eai}：{why}")
            }
            Cause::Truncated { room, len, .. } => tell!(
                language,
                "datagram truncated: {len} bytes arrived and the buffer holds {room}; the rest is \
                 lost. Ask for more, or use recvfrom, which returns the part and marks it truncated",
                "数据报被截断：到达了 {len} 个字节，缓冲区只放得下 {room} 个，其余的丢了。\
                 把大小要得多一些，或者用 recvfrom，它返回收到的部分，并标明被截断"
            ),
            Cause::TooLong { limit } => tell!(
                language,
                "too long: no end in the first {limit} bytes, which is the limit. The bytes stay \
                 readable; .limit(n) raises the limit",
                "太长：前 {limit} 个字节里没有结尾，而这就是上限。这些字节还可以读；\
                 .limit(n) 可以提高上限"
            ),
            Cause::NotUtf8 { offset, byte, .. } => tell!(
                language,
                "not UTF-8: byte {offset} of it is 0x{byte:02x}; .lossy() would read it as a \
                 replacement character",
                "不是 UTF-8：其中第 {offset} 个字节（从 0 数起）是 0x{byte:02x}；用 .lossy() 就会把它读成替换字符"
            ),
            Cause::AllFailed(errors, over) => {
                let texts = errors.iter().map(|one| one.0.happening_in(language));
                let texts: Vec<String> = texts.collect();
                let count = texts.len();
                let texts = texts.join(both("; ", "；").of(language));
                match (over, count) {
                    (None, 1) => texts,
                    (None, _) => tell!(
                        language,
                        "none of the {count} addresses answered: {texts}",
                        "{count} 个地址都没有应答：{texts}"
                    ),
                    (Some(total), _) => tell!(
                        language,
                        "timed out after {total:?}, before all addresses were tried: {texts}",
                        "{total:?} 已到，地址还没有试完：{texts}"
                    ),
                }
            }
            Cause::HungUp => {
                let words = both("this direction was shut down", "这个方向已经关闭了");
                words.of(language).to_owned()
            }
        }
    }

    /// The chapter of the book to read: the errno's where it has one, else the call's.
    fn chapter(&self) -> Chapter {
        let own = match &self.cause {
            Cause::Os(errno) => errno.chapter(),
            Cause::TimedOut(_) => Some(chapter::BLOCKING),
            Cause::NoneTried(_) | Cause::Unresolved(..) => Some(chapter::ADDRESSES),
            Cause::Truncated { .. } => Some(chapter::UDP),
            Cause::TooLong { .. } => Some(chapter::MESSAGES),
            Cause::BadInput(_) if self.unix => Some(chapter::UNIX),
            _ => None,
        };
        own.unwrap_or(self.call.chapter())
    }
}
