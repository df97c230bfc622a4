"""The option table: each row read and set as another one, not at all, or wrongly."""

import re

from rules import blank

ROW = re.compile(r"^        ([A-Z][A-Z0-9_]+)(?: on \w+)?(?=,)", re.M)


def table_rows(source):
    """Each row of an option table: its name, where its body is."""
    code = blank(source)
    for match in ROW.finditer(code):
        depth = 0
        for at in range(match.end(), len(code)):
            if code[at] in "([{":
                depth += 1
            elif code[at] in ")]}":
                depth -= 1
            elif code[at] == ";" and depth == 0:
                yield match[1], match.end(), at
                break


def parts_of(code, start, stop):
    """The parts of a row: `both T`, `get T = how`, `set T = how`, by where they are."""
    at, depth, cuts = start, 0, []
    for at in range(start, stop):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
        elif code[at] == "," and depth == 0 and re.match(r",\s+(both|get|set|example)\b", code[at:]):
            cuts.append(at)
    for begin, end in zip(cuts, cuts[1:] + [stop]):
        match = re.match(r",\s+(both|get|set|example)\s*([^=|]*?)\s*(?:=\s*|$)", code[begin:end])
        if match:
            how = begin + match.end() if "=" in code[begin:end] else None
            yield match[1], match[2], begin, end, how


class Row:
    """One way of a row: to get or to set. `how` is the closure, `changes` what it may become."""

    def __init__(self, name, way, type_, how, start, end, changes):
        self.name, self.way, self.type, self.how = name, way, type_, how
        self.start, self.end, self.changes = start, end, changes

    def function(self):
        """The type of the closure."""
        socket, result = "&crate::socket::Socket", "std::io::Result"
        if self.way == "get":
            return f"fn({socket}) -> {result}<{self.type}>"
        return f"for<'a> fn({socket}, {self.type}) -> {result}<()>"

    def chosen(self, numbers):
        """A closure that is the change with the number in the environment."""
        arms = "".join(f"{number} => {new}, " for number, (_, new) in zip(numbers, self.changes))
        arguments = "s" if self.way == "get" else "s, v"
        choice = f"match crate::mutant() {{ {arms}_ => {self.how} }}"
        return f"|{arguments}| {{ let chosen: {self.function()} = {choice}; chosen({arguments}) }}"


def by_rows(source):
    """The option table: each row read and set as another one, not at all, or wrongly."""
    code = blank(source)
    rows = []
    for name, start, stop in table_rows(source):
        for part, type_, begin, end, how in parts_of(code, start, stop):
            type_ = " ".join(type_.split())
            if part == "both":
                own = f"super::extra::{name}"
                rows.append(Row(name, "get", type_, f"|s| super::extra::get(s, {own})", begin, end, []))
                rows.append(Row(name, "set", type_, f"|s, v| super::extra::set(s, {own}, v)", begin, end, []))
            elif part != "example":
                rows.append(Row(name, part, type_, source[how:end], how, end, []))
    for row in rows:
        alike = [other for other in rows if (other.way, other.type) == (row.way, row.type)]
        other = alike[(alike.index(row) + 1) % len(alike)]
        if other is not row:
            row.changes.append((f"{row.way} as {other.name}", other.how))
        old = f"{{ let old: {row.function()} = {row.how}; old"
        if row.way == "get":
            if row.type == "bool":
                row.changes += [(f"always {value}", f"|_| Ok({value})") for value in ("true", "false")]
            elif row.type in ("u8", "u32", "i32", "u64", "usize"):
                row.changes.append(("get one more", f"|s| {old}(s).map(|got| got + 1) }}"))
            elif row.type == "Duration":
                row.changes.append(("get the double", f"|s| {old}(s).map(|got| got * 2) }}"))
            elif row.type.startswith("Option<"):
                row.changes.append(("always None", "|_| Ok(None)"))
            continue
        row.changes.append(("not set", "|_, _| Ok(())"))
        if row.type == "bool":
            row.changes.append(("always set", f"|s, _| {old}(s, true) }}"))
            row.changes.append(("never set", f"|s, _| {old}(s, false) }}"))
        elif row.type in ("u8", "u32", "i32", "usize"):
            row.changes.append(("set one more", f"|s, v| {old}(s, v.wrapping_add(1)) }}"))
        elif row.type == "Duration":
            row.changes.append(("set the double", f"|s, v| {old}(s, v.saturating_mul(2)) }}"))
        elif row.type.startswith("Option<"):
            row.changes.append(("set to None", f"|s, _| {old}(s, None) }}"))
        elif row.type == "(Ipv4Addr, Ipv4Addr)":
            row.changes.append(("arguments swapped", f"|s, (a, b)| {old}(s, (b, a)) }}"))
            row.changes.append(("second argument 0", f"|s, (a, _)| {old}(s, (a, std::net::Ipv4Addr::UNSPECIFIED)) }}"))
        elif row.type == "(Ipv4Addr, Ipv4Addr, Ipv4Addr)":
            row.changes.append(("first arguments swapped", f"|s, (a, b, c)| {old}(s, (b, a, c)) }}"))
            row.changes.append(("last arguments swapped", f"|s, (a, b, c)| {old}(s, (a, c, b)) }}"))
        elif row.type == "(Ipv6Addr, u32)":
            row.changes.append(("second argument 0", f"|s, (a, _)| {old}(s, (a, 0)) }}"))
    return rows


class RowMutant:
    """A change of the option table, which is always built in beside all others of them."""

    def __init__(self, file, row, line, what, number):
        self.file, self.number = file, number
        self.what = f"{file}:{line}: {row.name} {what}"


def mutants_of(file, source, number):
    """The mutants, numbered from `number` on, and the source with all of them built in."""
    mutants, parts = [], {}
    for row in by_rows(source):
        line = source.count("\n", 0, row.start) + 1
        of_row = [RowMutant(file, row, line, what, number + at) for at, (what, _) in enumerate(row.changes)]
        number += len(of_row)
        mutants += of_row
        parts.setdefault((row.start, row.end), []).append((row, row.chosen([one.number for one in of_row])))
    for (start, end), ways in sorted(parts.items(), reverse=True):
        if source[start:end] == ways[0][0].how:
            new = ways[0][1]
        else:
            new = "".join(f", {row.way} {row.type} = {chosen}" for row, chosen in ways)
        source = source[:start] + new + source[end:]
    return mutants, source
