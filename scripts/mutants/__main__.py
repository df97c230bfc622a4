"""Changes src/ in one place at a time, as cargo-mutants cannot, and runs tests.

    python3 scripts/mutants [--list] [--jobs N] [WORD ...]

cargo-mutants changes what functions return and the operators within them. This makes other changes:
statements deleted, arguments swapped, literals and constants changed, and each row of the option
table read, set and looked up wrongly. WORDs select the mutants whose description has one of them,
such as a file's name; --list shows them only.

Mutants are built in a copy of the tree, in target/mutants: as many as can be all at once, of which an
environment variable turns one on; the others one by one. The tests of its file run until one fails.
A mutant that passes them all is a test that is missing, or one that no test can tell
from the source: those stand in listed.py, with the reason. The script ends with an error if a mutant
is missed, or if a line of listed.py no longer fits the source.
"""

import argparse
import concurrent.futures
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import rows
import rules
from listed import BY_HAND, ELSEWHERE, EQUIVALENT, TESTS

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "target" / "mutants"
# A mutant that hangs is caught. A test is given so many times as long as it takes without a change, and
# not less than so many seconds.
PATIENCE, AT_LEAST = 4, 20

# Appended to src/lib.rs.
SWITCH = """
pub(crate) fn mutant() -> usize {
    static NUMBER: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *NUMBER.get_or_init(|| std::env::var("SOCKETBOOK_MUTANT").unwrap().parse().unwrap())
}
"""


def by_hand(sources):
    for file, old, new in BY_HAND:
        count = sources[file].count(old) if file in sources else 0
        if count != 1:
            sys.exit(f"BY_HAND no longer fits: {file} has {count} times {old!r}")
        start = sources[file].index(old)
        what = f"`{rules.shown(old)}` as `{rules.shown(new)}`"
        yield rules.Mutant(file, sources[file], start, start + len(old), new, what)


def all_mutants(sources):
    """The mutants, and the option tables with all of theirs built in."""
    tables, mutants = {}, []
    for file, source in sources.items():
        if file in ELSEWHERE:
            continue
        if re.search(r"^options! \{", source, re.M):
            of_table, tables[file] = rows.mutants_of(file, source, len(mutants) + 1)
            mutants += of_table
            continue
        mutants += rules.by_rules(file, source)
        if file.startswith("src/options/"):
            mutants += rules.by_fields(file, source)
    mutants += by_hand(sources)
    for number, mutant in enumerate(mutants, 1):
        assert mutant.number in (None, number)
        mutant.number = number
    return mutants, tables


def without_equivalent(mutants):
    reasons = {}
    for part, reason in EQUIVALENT:
        fitting = [mutant for mutant in mutants if part in mutant.what]
        if not fitting:
            sys.exit(f"EQUIVALENT no longer fits: no mutant is {part!r}")
        reasons.update({mutant.number: reason for mutant in fitting})
    return [mutant for mutant in mutants if mutant.number not in reasons], len(reasons)


def tree(job):
    """A copy of what the tests need, for one job; built in a folder of its own."""
    copy = WORK / f"tree{job}"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        old, new = ROOT / name, copy / name
        if not new.exists() or new.read_bytes() != old.read_bytes():
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(old, new)
    for path in [*copy.glob("src/**/*"), *copy.glob("tests/**/*")]:
        if path.is_file() and str(path.relative_to(copy)) not in names:
            path.unlink()
    return copy


def run(command, cwd, environment, patience):
    """The exit code, or None if it was killed for taking too long, and what it said."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, text=True, errors="replace", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        output, _ = process.communicate(timeout=patience)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, output


def tests_of(file):
    return next(tests for prefix, tests in TESTS if file.startswith(prefix))


def build(copy, environment, target):
    """The test's executable, or None and what the compiler said."""
    command = ["cargo", "test", "--package", "socketbook", *target, "--no-run", "--message-format=json-render-diagnostics"]
    code, output = run(command, copy, environment, 900)
    if code != 0:
        return None, output
    # The library is built for other tests as well.
    return re.findall(r'"executable":"([^"]+)"', output)[-1], output


def judge(tests, executable_of, copy, environment, patience_of):
    """What became of a change: does not compile, caught, hangs, missed; and by which test. On a busy
    machine a test may fail for want of time: what counts is that it fails again, by itself."""
    for target, words in tests:
        executable, output = executable_of(target)
        if executable is None:
            return "does not compile", output
        failed = []
        for _ in range(2):
            selected = ["--exact", *failed] if failed else words
            code, output = run([executable, *selected], copy, environment, patience_of(target, words))
            if code == 0:
                break
            failed = sorted(set(re.findall(r"^    (\w+::\S+)$", output, re.M)))
        if code is None:
            return "hangs", " ".join([*target, *words])
        if code != 0:
            failed += re.findall(r"^(\S+\.txt:\d+)", output, re.M) or [" ".join(target)]
            return "caught", failed[0]
    return "missed", ""


class Runner:
    """Copies of the tree, each for one mutant at a time."""

    def __init__(self, jobs, sources):
        self.sources, self.jobs, self.idle = sources, jobs, queue.SimpleQueue()
        environment = {
            **os.environ,
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "CARGO_TERM_COLOR": "never",
            "RUST_TEST_THREADS": "8",
            "RUSTFLAGS": "--cap-lints=allow",
            "SOCKETBOOK_MUTANT": "0",
        }
        for job in range(jobs):
            copy, target = tree(job), str(WORK / f"target{job}")
            # As cargo runs a test.
            own = {"CARGO_TARGET_DIR": target, "CARGO_MANIFEST_DIR": str(copy), "CARGO": shutil.which("cargo")}
            self.idle.put((copy, {**environment, **own}))

    def write(self, changed):
        """The sources into each copy: as changed, or as they are."""
        for job in range(self.jobs):
            for file, source in {**self.sources, **changed}.items():
                path = WORK / f"tree{job}" / file
                if path.read_text(encoding="utf-8") != source:
                    path.write_text(source, encoding="utf-8")

    def build_in(self, mutants, tables):
        """Builds in what can be: without those whose lines the compiler refuses. Returns what is."""
        inside = [mutant for mutant in mutants if isinstance(mutant, rows.RowMutant) or mutant.switch]
        while True:
            edits = {}
            for mutant in inside:
                if isinstance(mutant, rules.Mutant):
                    edits.setdefault(mutant.file, []).extend(mutant.edits())
            changed = {file: rules.edited(self.sources[file], list_) for file, list_ in edits.items()}
            changed |= tables
            changed["src/lib.rs"] = changed.get("src/lib.rs", self.sources["src/lib.rs"]) + SWITCH
            self.write(changed)
            copy, environment = self.idle.get()
            command = ["cargo", "check", "--quiet", "--lib", "--message-format=short"]
            code, output = run(command, copy, environment, 900)
            self.idle.put((copy, environment))
            if code == 0:
                return inside
            refused = set()
            for file, line in re.findall(r"^(src/\S+?):(\d+):\d+: error", output, re.M):
                of_file = [one for one in inside if isinstance(one, rules.Mutant) and one.file == file]
                line = int(line)
                near = [one for one in of_file if one.line <= line <= one.last_line]
                # The error may be about the block around a `return` that was made conditional, or
                # about what follows it.
                near = near or [one for one in of_file if line < one.line <= line + 2]
                refused |= set(near or [one for one in of_file if one.line < line][-1:])
            if not refused:
                sys.exit(f"with the mutants built in, the library does not compile:\n{output[:2000]}")
            inside = [mutant for mutant in inside if mutant not in refused]

    def one(self, mutant, built):
        copy, environment = self.idle.get()
        begin, path = time.monotonic(), copy / mutant.file
        try:
            if built:
                executable_of = lambda target: (self.built[copy, *target], "")
                environment_of = {**environment, "SOCKETBOOK_MUTANT": str(mutant.number)}
            else:
                executable_of = lambda target: build(copy, environment, target)
                environment_of = environment
                path.write_text(mutant.apply(self.sources[mutant.file]), encoding="utf-8")
            patience_of = lambda target, words: self.patience[*target, *words]
            fate = judge(tests_of(mutant.file), executable_of, copy, environment_of, patience_of)
            return mutant, *fate, time.monotonic() - begin
        finally:
            if not built:
                path.write_text(self.sources[mutant.file], encoding="utf-8")
            self.idle.put((copy, environment))

    def unchanged(self, mutants):
        """Without a change every test passes, in each copy, else nothing is proved."""
        wanted = [tests for _, tests in TESTS if any(tests_of(mutant.file) is tests for mutant in mutants)]
        self.built, self.patience = {}, {}
        for copy, environment in [self.idle.get() for _ in range(self.jobs)]:
            for target, words in dict.fromkeys((tuple(target), words) for tests in wanted for target, words in tests):
                executable, output = build(copy, environment, target)
                begin = time.monotonic()
                if executable is not None:
                    code, output = run([executable, *words], copy, environment, 900)
                if executable is None or code != 0:
                    sys.exit(f"the tests fail without a change:\n{output[-2000:]}")
                self.built[copy, *target] = executable
                patience = max(AT_LEAST, PATIENCE * (time.monotonic() - begin))
                self.patience[*target, *words] = max(patience, self.patience.get((*target, *words), 0))
            self.idle.put((copy, environment))

    def outcomes(self, mutants, tables):
        inside = self.build_in(mutants, tables)
        numbers = {mutant.number for mutant in inside}
        others = [mutant for mutant in mutants if mutant.number not in numbers]
        print(f"{len(inside)} built in at once, {len(others)} one by one", flush=True)
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            if inside:
                self.unchanged(inside)
                yield from pool.map(lambda mutant: self.one(mutant, True), inside)
            self.write({})
            if others:
                self.unchanged(others)
                yield from pool.map(lambda mutant: self.one(mutant, False), others)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()

    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.rs"))
    }
    mutants, tables = all_mutants(sources)
    mutants, left_out = without_equivalent(mutants)
    if options.words:
        mutants = [mutant for mutant in mutants if any(word in mutant.what for word in options.words)]
    if options.list:
        for mutant in mutants:
            print(mutant.what)
        print(f"{len(mutants)} mutants; {left_out} left out, with reasons")
        return

    WORK.mkdir(parents=True, exist_ok=True)
    counts, missed = {}, []
    with open(WORK / "outcomes.txt", "w") as log:
        runner = Runner(options.jobs, sources)
        for done, (mutant, fate, detail, took) in enumerate(runner.outcomes(mutants, tables), 1):
            counts[fate] = counts.get(fate, 0) + 1
            if fate == "does not compile":
                detail = next(iter(re.findall(r"^error.*", detail, re.M)), "")
            line = f"{fate:16} {mutant.what}{' -- ' + detail if detail else ''} ({took:.0f} s)"
            print(line, file=log, flush=True)
            if fate == "missed":
                missed.append(mutant)
                print(line, flush=True)
            elif done % 20 == 0:
                print(f"{done} of {len(mutants)}: {counts}", flush=True)
    print(f"{len(mutants)} mutants: " + ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items())))
    print(f"{left_out} left out, with reasons. All outcomes: {(WORK / 'outcomes.txt').relative_to(ROOT)}")
    if missed:
        sys.exit("missed:\n" + "\n".join(mutant.what for mutant in missed))


main()
