//! A first look: a telephone call and two datagrams, every call with what it returned.
//!
//! ```text
//! cargo run --example tour [-- --lang LANG]
//! ```
//!
//! It speaks English or Chinese: `--lang zh-CN`, or a Chinese locale.
//!
//! Two threads talk over real sockets, the caller in the left column, the callee in the right. Each
//! call is printed as its source text (`stringify!`), with the result it returned. The threads take
//! turns, so the lines always come in the same order. A call that waits for the other side passes
//! the turn first: it's shown with `…`, and its result follows when it returns.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use socketbook::{
    Address, Datagram, Errno, Language, R, SHUT_WR, SO_REUSEADDR, SOL_SOCKET, Socket, TextFile,
    setdefaulttimeout, show_calls,
};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Makes a call, shows it with its result, and returns the result. With `let` it defines the name,
/// or returns the error from the function.
macro_rules! show {
    // A call that can't fail.
    ($side:ident: let mut $name:ident = $call:expr) => {
        let mut $name = $call;
        $side.made(concat!(stringify!($name), " = ", stringify!($call)), &$name)?;
    };
    ($side:ident: let $name:pat = $call:expr) => {
        let result = $call;
        $side.made(
            concat!(stringify!($name), " = ", stringify!($call)),
            &result,
        )?;
        let $name = result?;
    };
    ($side:ident: $call:expr) => {{
        let result = $call;
        $side.made(stringify!($call), &result)?;
        result
    }};
}

/// The same for a call that waits for the other side to do something.
macro_rules! wait {
    ($side:ident: let $name:pat = $call:expr) => {
        $side.makes(concat!(stringify!($name), " = ", stringify!($call)))?;
        let result = $call;
        $side.has_waited(&result)?;
        let $name = result?;
    };
    ($side:ident: $call:expr) => {{
        $side.makes(stringify!($call))?;
        let result = $call;
        $side.has_waited(&result)?;
        result
    }};
}

fn callee(callee: &Side) -> Outcome {
    callee.note("buys a telephone, gives it a number", "买手机，绑定手机号")?;
    show!(callee: let phone = Socket::tcp());
    show!(callee: phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true))?;
    show!(callee: phone.bind("127.0.0.1:0"))?;
    show!(callee: let number = phone.getsockname());
    callee.turn_with(number)?;

    callee.note("switches it on, waits for a call", "开机，等电话")?;
    show!(callee: phone.listen(5))?;
    wait!(callee: let (conn, addr) = phone.accept());
    wait!(callee: let msg = conn.recv(1024));
    callee.note(
        &format!("says it back to {addr}"),
        &format!("把原话说回给 {addr}"),
    )?;
    show!(callee: conn.sendall(&msg))?;
    callee.turn()?;

    callee.note("listens line by line", "一行一行地听")?;
    show!(callee: let mut file = conn.makefile(R));
    wait!(callee: file.readline())?;
    show!(callee: file.readline())?;
    wait!(callee: conn.recv(1024))?;
    callee.note("empty: that was all. Answers", "空的：说完了。回答")?;
    show!(callee: conn.sendall("再见!".as_bytes()))?;
    show!(callee: file.close())?; // before the socket that it borrows
    show!(callee: conn.close());
    Ok(())
}

fn caller(caller: &Side) -> Outcome {
    let number = caller.look_up()?;
    caller.note("calls too early: no one listens", "打得太早：还没有人监听")?;
    show!(caller: let phone = Socket::tcp());
    show!(caller: phone.connect_ex(&number))?;
    show!(caller: phone.close());
    caller.turn()?;

    caller.note("calls again", "再打一次")?;
    show!(caller: let phone = Socket::tcp());
    show!(caller: phone.connect(&number))?;
    show!(caller: phone.getsockname())?;
    caller.turn()?;

    show!(caller: phone.sendall("喂?".as_bytes()))?;
    caller.turn()?;

    show!(caller: phone.recv(1024))?;
    caller.note("waits 50 ms, and no one speaks", "等 50 ms，没有人说话")?;
    show!(caller: phone.settimeout(Duration::from_millis(50)))?;
    let _ = show!(caller: phone.recv(1024)); // the error is what we wanted to see
    show!(caller: phone.settimeout(None))?;
    caller.turn()?;

    caller.note("says two lines in one breath", "一口气说两行")?;
    show!(caller: phone.sendall("一\n二\n".as_bytes()))?;
    caller.turn()?;

    caller.note("will say no more, still listens", "不再说话，但还在听")?;
    show!(caller: phone.shutdown(SHUT_WR))?;
    caller.turn()?;

    show!(caller: phone.recv(1024))?;
    show!(caller: phone.recv(1024))?;
    caller.note("the callee has hung up; so do we", "对方挂断了，我们也挂断")?;
    show!(caller: phone.close());
    Ok(())
}

fn receiver(receiver: &Side) -> Outcome {
    receiver.note("puts up a mailbox", "挂一个信箱")?;
    show!(receiver: let mailbox = Socket::udp());
    show!(receiver: mailbox.bind("127.0.0.1:0"))?;
    show!(receiver: let number = mailbox.getsockname());
    receiver.turn_with(number)?;

    wait!(receiver: let (_, addr) = mailbox.recvfrom(1024));
    show!(receiver: mailbox.sendto("恭喜您传输成功".as_bytes(), &addr))?;
    receiver.turn()?;

    receiver.note("has room for four bytes only", "只放得下四个字节")?;
    show!(receiver: mailbox.recvfrom(4))?;
    show!(receiver: mailbox.close());
    Ok(())
}

fn sender(sender: &Side) -> Outcome {
    let number = sender.look_up()?;
    sender.note("needs no connection", "不需要连接")?;
    show!(sender: let mailbox = Socket::udp());
    sender.turn()?;

    show!(sender: mailbox.sendto("你好".as_bytes(), &number))?;
    sender.turn()?;

    show!(sender: mailbox.recvfrom(1024))?;
    show!(sender: mailbox.sendto(b"0123456789", &number))?;
    show!(sender: mailbox.close());
    Ok(())
}

fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    // Whatever goes wrong, no call waits forever.
    setdefaulttimeout(Duration::from_secs(5))?;
    let ink = Ink::of_stdout(language()?);
    scene(
        ink,
        ink.say("A telephone call: TCP", "打一通电话：TCP"),
        [
            ink.say("caller", "打电话的人"),
            ink.say("callee", "接电话的人"),
        ],
        caller,
        callee,
    )?;
    scene(
        ink,
        ink.say("Two letters: UDP", "寄两封信：UDP"),
        [
            ink.say("sender", "寄信的人"),
            ink.say("receiver", "收信的人"),
        ],
        sender,
        receiver,
    )?;
    let now = ink.say("Now you, in two terminals:", "轮到你了，开两个终端：");
    ink.line(&[(TITLE, now)])?;
    ink.line(&[(CALL, "  cargo run --example tcp_server")])?;
    ink.line(&[(CALL, "  cargo run --example tcp_client")])
}

/// The language to speak: the one after `--lang`, or the locale's.
fn language() -> Outcome<Language> {
    let mut arguments = env::args().skip(1);
    let Some(option) = arguments.next() else {
        return Ok(Language::from_environment());
    };
    let name = match option.strip_prefix("--lang=") {
        Some(name) => Some(name.to_owned()),
        None if option == "--lang" => arguments.next(),
        None => None,
    };
    let language = name.and_then(|name| Language::named(&name));
    language.ok_or_else(|| "usage: tour [--lang en|zh-CN]".into())
}

/// Runs both sides. The right one starts.
fn scene(
    ink: Ink,
    title: &str,
    names: [&str; 2],
    left: impl FnOnce(&Side) -> Outcome + Send,
    right: impl FnOnce(&Side) -> Outcome,
) -> Outcome {
    let rule = "─".repeat(COLUMN + 1);
    ink.line(&[(TITLE, title)])?;
    ink.line(&[])?;
    ink.line(&[
        (TITLE, &pad(names[0], COLUMN + 1)),
        (DIM, "│ "),
        (TITLE, names[1]),
    ])?;
    ink.line(&[(DIM, &format!("{rule}┼{rule}"))])?;

    let (to_left, left_hears) = channel();
    let (to_right, right_hears) = channel();
    let one = Side {
        ink,
        is_left: true,
        hears: left_hears,
        other: to_right,
    };
    let two = Side {
        ink,
        is_left: false,
        hears: right_hears,
        other: to_left,
    };
    thread::scope(|scope| {
        let left = scope.spawn(move || one.play(left));
        let right = two.play(right);
        let left = left
            .join()
            .unwrap_or_else(|_| Err("a side panicked".into()));
        right.and(left)
    })?;
    ink.line(&[])
}

/// One of the two threads: its column, and its ends of the channels for taking turns.
struct Side {
    ink: Ink,
    is_left: bool,
    hears: Receiver<Option<Address>>,
    other: Sender<Option<Address>>,
}

impl Side {
    /// Plays the part to its end, even if that is an error, and then passes the turn.
    fn play(self, part: impl FnOnce(&Side) -> Outcome) -> Outcome {
        let outcome = part(&self);
        let _ = self.other.send(None); // the other side may be done already
        outcome
    }

    /// Passes the turn and waits until it comes back.
    fn turn(&self) -> Outcome {
        self.turn_with(None)
    }

    /// The same, with the number that the other side should call.
    fn turn_with(&self, number: impl Into<Option<Address>>) -> Outcome {
        self.other.send(number.into())?;
        self.hears.recv()?;
        Ok(())
    }

    /// Waits for the first turn and the number.
    fn look_up(&self) -> Outcome<Address> {
        self.hears
            .recv()?
            .ok_or_else(|| "the callee has no number".into())
    }

    fn note(&self, english: &str, chinese: &str) -> Outcome {
        let text = self.ink.say(english, chinese);
        self.lines(DIM, &format!("# {text}"), "  ")
    }

    /// A call and its result, on one line if there is room.
    fn made(&self, call: &str, result: &impl Shown) -> Outcome {
        let (style, result) = self.arrow(result);
        if width(call) + 1 + width(&result) <= COLUMN {
            return self.put(&[(CALL, call), (style, " "), (style, &result)]);
        }
        self.lines(CALL, call, "    ")?;
        self.lines(style, &format!("  {result}"), "    ")
    }

    /// A call that is about to wait, so it passes the turn.
    fn makes(&self, call: &str) -> Outcome {
        self.lines(CALL, &format!("{call} …"), "    ")?;
        Ok(self.other.send(None)?)
    }

    /// Waits for the turn and shows what the call has returned.
    fn has_waited(&self, result: &impl Shown) -> Outcome {
        self.hears.recv()?;
        let (style, result) = self.arrow(result);
        self.lines(style, &format!("… {result}"), "    ")
    }

    fn arrow(&self, result: &impl Shown) -> (Style, String) {
        match result.shown(self.ink) {
            Ok(text) => (GOOD, format!("→ {text}")),
            Err(text) => (BAD, format!("→ {text}")),
        }
    }

    /// Text in this side's column, wrapped at spaces and brackets, with an indent.
    fn lines(&self, style: Style, text: &str, indent: &str) -> Outcome {
        let mut line = String::new();
        for word in text.split_inclusive([' ', '(']) {
            if !line.is_empty() && width(&line) + width(word.trim_end()) > COLUMN {
                self.put(&[(style, line.trim_end())])?;
                line = indent.to_owned();
            }
            line += word;
        }
        self.put(&[(style, line.trim_end())])
    }

    fn put(&self, parts: &[(Style, &str)]) -> Outcome {
        let used: usize = parts.iter().map(|(_, text)| width(text)).sum();
        let gap = " ".repeat((COLUMN + 1).saturating_sub(used));
        let margin = pad("", COLUMN + 1);
        if self.is_left {
            self.ink.line(&[parts, &[(DIM, &gap), (DIM, "│")]].concat())
        } else {
            self.ink
                .line(&[&[(DIM, &*margin), (DIM, "│ ")], parts].concat())
        }
    }
}

/// What a call returned, in words.
trait Shown {
    fn shown(&self, ink: Ink) -> Result<String, String>;
}

impl<T: Shown> Shown for socketbook::Result<T> {
    fn shown(&self, ink: Ink) -> Result<String, String> {
        match self {
            Ok(value) => value.shown(ink),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// How a value is shown: one row per type.
macro_rules! shown {
    ($($type:ty: $value:ident, $ink:ident => $text:expr;)*) => {
        $(impl Shown for $type {
            fn shown(&self, $ink: Ink) -> Result<String, String> {
                let $value = self;
                Ok($text)
            }
        })*
    };
}

shown! {
    (): _done, ink => ink.say("done", "完成").to_owned();
    usize: count, ink => bytes(*count, ink);
    &str: line, _ink => format!("{line:?}");
    Vec<u8>: data, ink => text(data, ink);
    Address: address, _ink => address.to_string();
    Socket: socket, _ink => format!("fd {}", socket.fileno());
    TextFile<&Socket>: file, ink => {
        format!("{} fd {}", ink.say("a file on", "文件，底下是"), file.socket().fileno())
    };
    (Socket, Address): call, _ink => format!("fd {}, {}", call.0.fileno(), call.1);
    (Datagram, Address): letter, ink => {
        let (full, of, from) = (letter.0.full_len(), ink.say("of", "/"), ink.say("from", "来自"));
        let cut = if letter.0.is_truncated() { format!(" {of} {full}") } else { String::new() };
        format!("{}{cut} {from} {}", text(&letter.0, ink), letter.1)
    };
}

/// `connect_ex` returns its error.
impl Shown for Errno {
    fn shown(&self, _: Ink) -> Result<String, String> {
        if *self == 0 {
            Ok(self.to_string())
        } else {
            Err(self.to_string())
        }
    }
}

fn text(data: &[u8], ink: Ink) -> String {
    let bytes = bytes(data.len(), ink);
    format!("{:?}, {bytes}", String::from_utf8_lossy(data))
}

fn bytes(count: usize, ink: Ink) -> String {
    format!("{count} {}", ink.say("bytes", "字节"))
}

/// The width of each column: two of them, with the rule between, fit into 80.
const COLUMN: usize = 38;

/// ANSI escape sequences for colours.
type Style = &'static str;
const TITLE: Style = "\x1b[1;36m"; // bold, cyan
const CALL: Style = "\x1b[1m"; // bold
const GOOD: Style = "\x1b[32m"; // green
const BAD: Style = "\x1b[33m"; // yellow
const DIM: Style = "\x1b[2m";
const PLAIN: Style = "\x1b[0m";

#[derive(Clone, Copy)]
struct Ink {
    colour: bool,
    language: Language,
}

impl Ink {
    /// Colour on a terminal, unless NO_COLOR is set: <https://no-color.org>.
    fn of_stdout(language: Language) -> Ink {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Ink {
            colour: io::stdout().is_terminal() && !unwanted,
            language,
        }
    }

    fn say<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self.language {
            Language::Chinese => chinese,
            _ => english,
        }
    }

    fn line(self, parts: &[(Style, &str)]) -> Outcome {
        let mut line = String::new();
        for &(style, text) in parts {
            match self.colour {
                true => line.extend([style, text, PLAIN]),
                false => line += text,
            }
        }
        writeln!(io::stdout(), "{line}")?;
        Ok(())
    }
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// How many columns the text takes on a terminal: Chinese characters take two.
fn width(text: &str) -> usize {
    let wide = |char| {
        matches!(char, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
    };
    text.chars()
        .map(|char| if wide(char) { 2 } else { 1 })
        .sum()
}
