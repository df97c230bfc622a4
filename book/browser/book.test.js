// Reads the whole book in a real browser: `npm test` in this folder. The players have a test of their own.
//
// It needs Debian's chromium (or another one, named by CHROMIUM), with a Chinese
// font (fonts-wqy-microhei). The book is built and served by `cargo book`; BOOK
// may name another folder with a book.toml.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { contrast } from "./contrast.js";
import { accessibilityViolations, chooseTheme, contents, DESK, goTo, launch, openWindow, PHONE, root, serve, TABLET, THEMES, tooWide, WIDE } from "./tools.js";

/** What a page may load, in bytes: with scripts, styles and pictures, and not compressed. */
const BUDGET = 400_000;
/** How long a numbered chapter may be at most, in screens of 900 px, with its answers folded. */
const SCREENS = 14;

let server;
let browser;
/** The pages of the book, as the table of contents names them: "common.html". */
let pages;
/** What each page loads, names, links to and gives to copy: by its name. */
const seen = new Map();

before(async () => {
    server = await serve();
    browser = await launch();
    const { page, close } = await open({ viewport: DESK, permissions: ["clipboard-read", "clipboard-write"] });
    await visit(page, "index.html");
    pages = await contents(page);
    for (const name of [...pages, "print.html"]) {
        await visit(page, name);
        const loaded = await page.evaluate(() => performance.getEntries().filter((one) => "encodedBodySize" in one).map(({ name, encodedBodySize }) => ({ url: name, bytes: encodedBodySize })));
        seen.set(name, {
            title: await page.title(),
            ids: new Set(await page.$$eval("[id]", (all) => all.map((one) => one.id))),
            links: await page.$$eval("main a[href]", (all) => all.map((a) => a.href)),
            bytes: loaded.filter(belongsTo(name)).reduce((sum, { bytes }) => sum + bytes, 0),
            urls: loaded.map(({ url }) => url),
            copied: name === "print.html" ? [] : await page.evaluate(copyAll),
        });
    }
    await close();
    assert.ok(pages.includes("index.html"), `the contents are ${pages}`);
});

/** A page has mdBook fetch the next one as well, for later; and here it asks whether it has changed. */
const belongsTo = (name) => ({ url }) => {
    const path = new URL(url).pathname.slice(1);
    return path === name || !(path.endsWith(".html") || path.startsWith("-/"));
};

/** Runs in the page: presses each button that copies, and gives what is then on the clipboard. */
async function copyAll() {
    const copied = [];
    for (const button of document.querySelectorAll("main .clip-button")) {
        await navigator.clipboard.writeText("nothing");
        button.click();
        const code = button.closest("pre").querySelector("code");
        copied.push({ text: await navigator.clipboard.readText(), shown: code.innerText, classes: [...code.classList] });
    }
    return copied;
}

after(async () => {
    await browser?.close();
    server?.stop();
});

const open = (options) => openWindow(browser, server, options);
const visit = (page, name) => goTo(page, server, name);

/** Folded text is part of the page, so it is opened before the page is looked at. */
async function unfold(page) {
    await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
}

test("every page opens without an error, and its links lead somewhere", () => {
    for (const [from, { title, links }] of seen) {
        assert.notEqual(title, "", from);
        for (const href of links) {
            const to = new URL(href);
            if (to.href.startsWith(server.url)) {
                const target = seen.get(to.pathname.slice(1) || "index.html");
                assert.ok(target, `${from} links to ${to}, and there is no such page`);
                const id = decodeURIComponent(to.hash.slice(1));
                assert.ok(!id || target.ids.has(id), `${from} links to ${to}: no such place`);
            }
        }
    }
});

test(`a page loads at most ${BUDGET / 1000} KB, and no index before it is needed`, (t) => {
    const sizes = pages.map((name) => ({ name, bytes: seen.get(name).bytes })).sort((a, b) => b.bytes - a.bytes);
    t.diagnostic(`the largest: ${sizes.slice(0, 3).map(({ name, bytes }) => `${name} ${bytes}`)}`);
    assert.deepEqual(sizes.filter(({ bytes }) => bytes > BUDGET), []);
    assert.ok(sizes.at(-1).bytes > 100_000, "less than its scripts alone: something is not counted");
    for (const { name } of sizes) {
        assert.ok(!seen.get(name).urls.some((url) => url.includes("searchindex")), name);
    }
});

test("what is copied from a block of Rust compiles", async (t) => {
    const blocks = pages.flatMap((name) =>
        seen.get(name).copied
            .filter(({ classes }) => classes.includes("language-rust") && !classes.includes("compile_fail"))
            .map(({ text }) => ({ name, text })),
    );
    assert.ok(blocks.length >= 40, `${blocks.length} blocks`);
    // One crate with a module for each, so that cargo is started once.
    const modules = blocks.map(({ name, text }, at) => `// ${name}\nmod block_${at} {\n${text}\n}\n`);
    const folder = join(root, "target/copied");
    await mkdir(join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "Cargo.toml"), await manifest());
    await writeFile(join(folder, "Cargo.lock"), await readFile(join(root, "Cargo.lock")));
    await writeFile(join(folder, "src/main.rs"), `#![allow(warnings)]\n${modules.join("")}fn main() {}\n`);
    await promisify(execFile)("cargo", ["check", "--quiet"], { cwd: folder, maxBuffer: 1 << 26 });
    t.diagnostic(`${blocks.length} blocks compiled`);
});

/** Of a project of the reader's own, with what the blocks use beside this crate. */
async function manifest() {
    const own = await readFile(join(root, "Cargo.toml"), "utf8");
    const development = own.split("\n").filter((line) => /^(mio|polling|tokio|rustix|nix|signal-hook|socket2) = /.test(line));
    const dependencies = Object.fromEntries(development.map((line) => [line.split(" ")[0], line]));
    return [
        `[package]\nname = "copied"\nedition = "2024"\n[workspace]\n[dependencies]`,
        `socketbook = { path = ${JSON.stringify(root)} }`,
        ...Object.values(dependencies),
        "",
    ].join("\n");
}

test("what is copied from a console is commands alone", () => {
    const copied = [...seen.values()].flatMap(({ copied }) => copied);
    const consoles = copied.filter(({ classes, shown }) => classes.includes("language-console") && shown.includes("$ "));
    assert.ok(consoles.length >= 10, `${consoles.length} blocks`);
    for (const { text, shown } of consoles) {
        assert.doesNotMatch(text, /^\$ /m);
        assert.doesNotMatch(text, /\s# /);
        for (const line of text.trimEnd().split("\n")) {
            assert.ok(shown.includes(line), `${line} is not in the block: ${shown}`);
        }
        assert.equal(text.trimEnd().split("\n").length, commandLines(shown), `${text} is copied from ${shown}`);
    }
});

/** The lines with a prompt, and those that go on with them. */
function commandLines(shown) {
    let count = 0;
    let continued = false;
    for (const line of shown.split("\n")) {
        count += continued || line.startsWith("$ ") ? 1 : 0;
        continued = (continued || line.startsWith("$ ")) && line.trimEnd().endsWith("\\");
    }
    return count;
}

test("a page that does not exist says so", async () => {
    const { page, close, troubles } = await open({ viewport: DESK });
    const response = await page.goto(`${server.url}no-such-page.html`);
    assert.equal(response.status(), 404);
    assert.match(await page.textContent("main"), /not found/i);
    // Chromium reports the 404 itself as an error on the console.
    assert.equal(troubles.splice(0).filter((one) => !one.includes("404")).length, 0);
    await close();
});

test("the theme can be changed, and stays changed", async () => {
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.click("#mdbook-theme-toggle");
    await page.click("#mdbook-theme-navy");
    const dark = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await ground(), dark);
    const offered = await page.$$eval(".theme", (all) => all.filter((one) => getComputedStyle(one.parentElement).display !== "none").map((one) => one.textContent));
    assert.deepEqual(offered, ["Auto", "Light", "Navy"]);
    await close();
});

for (const viewport of [PHONE, TABLET, WIDE]) {
    test(`every page can be read at ${viewport.width} px, in both themes`, async (t) => {
        const { page, close } = await open({ viewport });
        const violations = [];
        let diagrams = 0;
        for (const name of pages) {
            await visit(page, name);
            await unfold(page);
            assert.deepEqual(await page.evaluate(tooWide), [], `${name} is wider than the window`);
            assert.equal(await page.evaluate(unreachable), 0, `${name}: code that the keyboard does not reach`);
            assert.deepEqual(await page.evaluate(unlabelled), [], `${name}: blocks and tables without their signs`);
            for (const theme of THEMES) {
                await chooseTheme(page, theme);
                for (const diagram of await page.evaluate(describeDiagrams)) {
                    diagrams += 1;
                    assertVisible(diagram, `${name}, theme ${theme}, diagram ${diagram.title}`);
                }
                // A theme changes colours alone, and a width all but colours.
                const where = `${name}, ${theme}`;
                if (viewport === WIDE) {
                    const rules = theme === "light" ? {} : { only: ["color-contrast"] };
                    violations.push(...(await accessibilityViolations(page, where, rules)));
                } else if (theme === "light") {
                    violations.push(...(await accessibilityViolations(page, where, { without: ["color-contrast"] })));
                }
            }
        }
        t.diagnostic(`${diagrams} diagrams seen`);
        assert.deepEqual(violations, []);
        await close();
    });
}

test(`no numbered chapter is longer than ${SCREENS} screens at ${WIDE.width} px`, async (t) => {
    const { page, close } = await open({ viewport: WIDE });
    const chapters = [];
    for (const name of pages) {
        await visit(page, name);
        const { title, height } = await page.evaluate(() => {
            const main = document.querySelector("main");
            return { title: main.querySelector("h1")?.textContent.trim() ?? "", height: main.scrollHeight };
        });
        if (/^\d+ /.test(title)) {
            chapters.push({ name, title, screens: height / WIDE.height });
        }
    }
    chapters.sort((one, other) => other.screens - one.screens);
    const told = chapters.map(({ name, title, screens }) => `${name} (${title}): ${screens.toFixed(1)} screens`);
    t.diagnostic(`the longest: ${told.slice(0, 3).join(", ")}`);
    assert.ok(chapters.length >= 20, `${chapters.length} numbered chapters`);
    assert.deepEqual(told.filter((_, at) => chapters[at].screens > SCREENS), []);
    await close();
});

/** Runs in the page: how many boxes scroll and cannot be reached with the keyboard. */
function unreachable() {
    const boxes = [...document.querySelectorAll("pre > code, .table-wrapper")];
    return boxes.filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex < 0).length;
}

/**
 * Runs in the page: blocks whose buttons do not show or that do not say that they scroll or are
 * refused, and tables that stick out instead of being stacked.
 */
function unlabelled() {
    const wrong = [];
    for (const pre of document.querySelectorAll("main pre:has(> code)")) {
        const code = pre.querySelector("code");
        const where = code.textContent.slice(0, 40);
        const button = pre.querySelector(".clip-button");
        if (pre.checkVisibility() && (!button || getComputedStyle(button).visibility !== "visible" || getComputedStyle(button.parentElement).opacity !== "1")) {
            wrong.push(`no button to copy: ${where}`);
        }
        const scrolls = code.scrollWidth > code.clientWidth + 1;
        if (scrolls !== (getComputedStyle(code).boxShadow !== "none")) {
            wrong.push(`scrolls ${scrolls}, and the cue says otherwise: ${where}`);
        }
        const refused = getComputedStyle(pre, "::before").content;
        if (code.classList.contains("compile_fail") !== /Doesn't compile: E\d{4}/.test(refused)) {
            wrong.push(`${refused} above: ${where}`);
        }
    }
    for (const table of document.querySelectorAll("main table")) {
        if (table.parentElement.scrollWidth > table.parentElement.clientWidth + 1) {
            wrong.push(`a table is cut off: ${table.textContent.slice(0, 40)}`);
        }
        const cell = table.matches(".stacked") && table.querySelector("tbody td:last-child:not(:empty)");
        if (cell && !getComputedStyle(cell, "::before").content.includes(table.tHead.rows[0].cells[cell.cellIndex].textContent.trim())) {
            wrong.push(`a cell does not say its column: ${cell.textContent}`);
        }
    }
    return wrong;
}

/** Runs in the page: what has to be known of each diagram. */
function describeDiagrams() {
    const ground = getComputedStyle(document.documentElement).backgroundColor;
    return [...document.querySelectorAll("main figure svg")].map((svg) => {
        const box = svg.getBoundingClientRect();
        const name = svg.getAttribute("aria-label") ?? svg.querySelector("title")?.textContent;
        const texts = [...svg.querySelectorAll("text:not(.player-token > text)")].map((text) => ({
            content: text.textContent.trim(),
            color: getComputedStyle(text).fill,
            // As it is seen: the whole drawing may be scaled.
            size: parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a,
        }));
        return { title: name, width: box.width, height: box.height, right: box.right, inner: innerWidth, visible: svg.checkVisibility(), ground, texts };
    });
}

function assertVisible(diagram, where) {
    assert.ok(diagram.title, `${where} has neither <title> nor aria-label`);
    assert.ok(diagram.visible && diagram.width > 50 && diagram.height > 20, `${where} is not shown`);
    assert.ok(diagram.right <= diagram.inner, `${where} is cut off`);
    for (const { content, color, size } of diagram.texts) {
        const ratio = contrast(color, diagram.ground);
        assert.ok(ratio >= 4.5, `${where}: "${content}" has a contrast of ${ratio.toFixed(1)}`);
        assert.ok(size >= 9, `${where}: "${content}" is only ${size.toFixed(1)} px high`);
    }
}

/** Types into the search field, and gives the pages found, best first. */
async function search(page, text) {
    if (!(await page.isVisible("#mdbook-searchbar"))) {
        await page.keyboard.press("/");
    }
    await page.fill("#mdbook-searchbar", text);
    // The index is fetched at the first search, so the answer may take a moment.
    await page.waitForFunction(
        (wanted) => document.getElementById("mdbook-searchresults-header").innerText.includes(`'${wanted}'`),
        text,
    );
    return page.$$eval("#mdbook-searchresults a", (all) => all.map((a) => new URL(a.href).pathname.slice(1)));
}

test("search finds names, parts of names and Chinese", async (t) => {
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    assert.ok((await search(page, "套接字")).includes("index.html"));
    assert.ok((await search(page, "接字")).includes("index.html"), "a part of a Chinese word");
    assert.deepEqual(await search(page, "xyzzyx"), []);
    for (const [name, lesson] of [["sendall", "common.html"], ["connect_ex", "client.html"]]) {
        if (pages.includes(lesson)) {
            assert.equal((await search(page, name))[0], lesson, `the first place for ${name}`);
        } else {
            console.error(`\n*** NOT CHECKED: search for ${name}, because ${lesson} is not written yet ***\n`);
            t.diagnostic(`NOT CHECKED: search for ${name}, because there is no ${lesson}`);
        }
    }
    assert.ok((await search(page, "connecting")).length > 0, "a word with an ending that the book has without");
    await search(page, "python");
    const violations = await accessibilityViolations(page, "search results");
    assert.deepEqual(violations, []);
    await close();
});

test("excerpts begin at words, and show nothing that the page hides", async () => {
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    await search(page, "onnect");
    const bodies = await page.evaluate(async () => {
        const script = await (await fetch(window.path_to_searchindex_js)).text();
        const scope = {};
        new Function("window", script)({ get search() { return scope; } });
        return Object.values(scope.index).map((doc) => ({ url: scope.doc_urls[doc.id], body: doc.body }));
    });
    const excerpts = await page.$$eval("#mdbook-searchresults .teaser", (all) => all.map((one) => one.textContent));
    assert.ok(excerpts.length >= 10, `${excerpts.length} excerpts`);
    for (const excerpt of excerpts) {
        const start = excerpt.replace(/^… /, "").slice(0, 20);
        const begins = ({ body }) => body.startsWith(start) || [..." \n，。；：！？"].some((gap) => body.includes(gap + start));
        assert.ok(bodies.some(begins), `"${start}" is no beginning of a word`);
    }
    await visit(page, "common.html");
    await unfold(page);
    const hidden = await page.evaluate(() => {
        const shown = document.querySelector("main").innerText;
        const lines = [...document.querySelectorAll("main .boring")].flatMap((one) => one.textContent.split("\n"));
        return lines.map((line) => line.trim()).filter((line) => line.length > 20 && !shown.includes(line));
    });
    assert.ok(hidden.length >= 5, `${hidden.length} hidden lines`);
    const ofPage = bodies.filter(({ url }) => url.startsWith("common.html")).map(({ body }) => body).join("\n");
    assert.ok(ofPage.length > 10_000);
    assert.deepEqual(hidden.filter((line) => ofPage.includes(line)), []);
    await close();
});

test("the keyboard is enough", async () => {
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    await page.keyboard.press("/");
    await page.keyboard.type("python");
    await page.waitForSelector("#mdbook-searchresults a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/highlight=python/);
    if (pages.length > 1) {
        await visit(page, pages[0]);
        await page.keyboard.press("ArrowRight");
        await page.waitForURL(server.url + pages[1]);
    }
    // From the top, the text is one key away.
    await visit(page, "index.html");
    await page.keyboard.press("Tab");
    assert.ok(await page.isVisible("a.skip:focus"));
    await page.keyboard.press("Enter");
    assert.ok(await page.evaluate(() => document.activeElement === document.querySelector("main")));
    await close();
});
