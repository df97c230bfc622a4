"""Changes by rule: statements deleted, literals and constants changed, arguments swapped."""

import re

KEYWORDS = "let use pub fn const static mod impl if for while loop match else unsafe type struct enum extern".split()


class Mutant:
    """A change of one place. `switch` is how it is built in beside others, where it can be: edits that
    an environment variable turns on."""

    def __init__(self, file, source, start, end, new, what, switch=None):
        self.file, self.start, self.end, self.new, self.switch = file, start, end, new, switch
        self.line = source.count("\n", 0, start) + 1
        self.last_line = source.count("\n", 0, end) + 1
        self.what = f"{file}:{self.line}: {what}"
        self.number = None

    def apply(self, source):
        return source[: self.start] + self.new + source[self.end :]

    def edits(self):
        chosen = f"crate::mutant() == {self.number}"
        if self.switch == "statement":
            return [(self.start, self.start, f"if !({chosen}) {{ "), (self.end, self.end, " }")]
        return [(self.start, self.end, f"({'!' if self.switch == 'true' else ''}({chosen}))")]


def edited(source, edits):
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new + source[end:]
    return source


def blank(source):
    """The source with comments, strings and characters blanked out, of the same length."""
    pattern = re.compile(
        r'//[^\n]*|b?"(?:[^"\\]|\\.)*"|b?\'(?:[^\'\\\n]|\\[^\n]+?)\'(?!\w)', re.S
    )
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def without_tests(source):
    """How far the source goes before its unit tests."""
    at = source.find("#[cfg(test)]\nmod ")
    return len(source) if at < 0 else at


def statements(code, end):
    """Where the expression statements are: from their first character to behind the semicolon."""
    for match in re.finditer(r"(?<=[{};])\s*\n\s*(?=[\w*(&])", code[:end]):
        start = match.end()
        if re.match(rf"(?:{'|'.join(KEYWORDS)})\b", code[start:]):
            continue
        depth = 0
        for at in range(start, end):
            char = code[at]
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
                if depth < 0:
                    break
            elif char == ";" and depth == 0:
                yield start, at + 1
                break


def in_a_function(code, start):
    """Whether a statement could stand here: among the lines that enclose it is one with `fn`."""
    lines = code[:start].split("\n")
    limit = len(lines.pop())
    for line in reversed(lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip() or indent >= limit:
            continue
        if re.search(r"\bfn \w+", line):
            return True
        # The end of a signature of several lines, whose `fn` is as far in.
        limit = indent + 1 if re.match(r"\s*(\)|where\b)", line) else indent
    return False


def shown(text):
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= 90 else text[:87] + "..."


def by_rules(file, source):
    code = blank(source)
    end = without_tests(source)
    # Statements.
    for start, stop in statements(code, end):
        text = source[start:stop]
        if not in_a_function(code, start):
            continue
        if re.match(r"\w+!?\s*\{|[A-Z\d]\w* ?[=:,-]|\w+_impl!|\(\$|\w+ \w+ ?[,:]|\w+\(\w+\):", text) or re.match(
            r"\([^)]*\) => ", text
        ):
            continue  # The rows of a macro, or its pattern.
        yield Mutant(file, source, start, stop, "", f"delete `{shown(text)}`", "statement")
    # Calls in a chain that only add to an error.
    for match in re.finditer(r"\n?\s*\.(?:after_sending|about_unix|about)\(", code[:end]):
        stop = closing(code, match.end() - 1)
        if code[match.start() - 1 : match.start()].strip() == "":
            continue
        yield Mutant(file, source, match.start(), stop, "", f"delete `{shown(source[match.start():stop])}`")
    # Literals.
    for match in re.finditer(r"\b(true|false)\b", code[:end]):
        new = "false" if match[0] == "true" else "true"
        line = source[source.rfind("\n", 0, match.start()) + 1 : source.find("\n", match.end())]
        if "#[" in line or "cfg!" in line or file.startswith("src/options/") and "example" in line:
            continue
        yield Mutant(
            file, source, match.start(), match.end(), new, f"{match[0]} as {new} in `{shown(line)}`", match[0]
        )
    for match in re.finditer(r"\.(first|last)\(\)", code[:end]):
        new = ".last()" if match[1] == "first" else ".first()"
        yield Mutant(file, source, match.start(), match.end(), new, f"{match[0]} as {new}")
    # Constants.
    for match in re.finditer(r"\bconst (\w+): (?:usize|u8|u16|u32|u64|i32|c_int) = ([^;]+);", code[:end]):
        value = source[match.start(2) : match.end(2)]
        yield Mutant(file, source, match.start(2), match.end(2), f"({value}) + 1", f"{match[1]} one more")
    # Two arguments swapped.
    simple = r"[&*]?\w+(?:\.\w+)*(?:\(\))?"
    for match in re.finditer(rf"(?<!fn )\b(\w+)\(({simple}), ({simple})\)", code[:end]):
        first, second = source[match.start(2) : match.end(2)], source[match.start(3) : match.end(3)]
        # Those of other types do not compile; some can be told from here.
        if match[1] == "derive" or {"self", "f", "Relaxed", "&mut"} & {first, second} or match[1] in ("poll", "receive"):
            continue
        swapped = f"{second}, {first}"
        yield Mutant(file, source, match.start(2), match.end(3), swapped, f"{match[1]}({swapped}), swapped")


def closing(code, start):
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
    raise ValueError("a bracket stays open")


def by_fields(file, source):
    """Struct literals that copy fields of another: each from its neighbour."""
    code = blank(source)
    end = without_tests(source)
    pattern = re.compile(r"^\s+(\w+): (\w+\()?(raw|peer)\.(\w+)(\(\))?\)?,$", re.M)
    found = list(pattern.finditer(code[:end]))
    for one, two in zip(found, found[1:]):
        if one[2] == two[2]:
            yield Mutant(file, source, one.start(4), one.end(4), two[4], f"{one[1]} from {two[4]}")
    for match in found:
        if match[2] in ("micros(", "millis("):
            new = "millis(" if match[2] == "micros(" else "micros("
            yield Mutant(file, source, match.start(2), match.end(2), new, f"{match[1]} in {new[:-1]}")
    for match in re.finditer(r"^            (\d+) => (\w+)::(\w+),\n            (\d+) => (\w+)::(\w+),", code[:end], re.M):
        new = f"            {match[1]} => {match[2]}::{match[6]},\n            {match[4]} => {match[5]}::{match[3]},"
        yield Mutant(file, source, match.start(), match.end(), new, f"{match[3]} and {match[6]} swapped")
