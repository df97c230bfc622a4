// Reads the whole book in a real browser: `npm test` in this folder. The players have a test of their own.
//
// It needs Debian's chromium (or another one, named by CHROMIUM), with a Chinese
// font (fonts-wqy-microhei). The book is built and served by `cargo book`; BOOK
// may name another folder with a book.toml.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { contrast } from "./contrast.js";
import { accessibilityViolations, contents, DESK, goTo, launch, openWindow, PHONE, serve, THEMES, tooWide } from "./tools.js";

let server;
let browser;
/** The pages of the book, as the table of contents names them: "common.html". */
let pages;

before(async () => {
    server = await serve();
    browser = await launch();
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    pages = await contents(page);
    await close();
    assert.ok(pages.includes("index.html"), `the contents are ${pages}`);
});

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

test("every page opens without an error, and its links lead somewhere", async () => {
    const { page, close } = await open({ viewport: DESK });
    const ids = new Map();
    const links = [];
    for (const name of [...pages, "print.html"]) {
        await visit(page, name);
        assert.notEqual(await page.title(), "", name);
        ids.set(name, new Set(await page.$$eval("[id]", (all) => all.map((one) => one.id))));
        for (const href of await page.$$eval("main a[href]", (all) => all.map((a) => a.href))) {
            links.push({ from: name, to: new URL(href) });
        }
    }
    for (const { from, to } of links) {
        if (to.href.startsWith(server.url)) {
            const target = to.pathname.slice(1) || "index.html";
            assert.ok(ids.has(target), `${from} links to ${to}, and there is no such page`);
            const id = decodeURIComponent(to.hash.slice(1));
            assert.ok(!id || ids.get(target).has(id), `${from} links to ${to}: no such place`);
        }
    }
    await close();
});

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

for (const theme of THEMES) {
    test(`WCAG A and AA hold on every page, theme ${theme}`, async () => {
        const { page, close } = await open({ viewport: DESK, theme });
        const violations = [];
        for (const name of pages) {
            await visit(page, name);
            await unfold(page);
            violations.push(...(await accessibilityViolations(page, name)));
        }
        assert.deepEqual(violations, []);
        await close();
    });

    test(`every page fits a phone, theme ${theme}`, async () => {
        const { page, close } = await open({ viewport: PHONE, theme });
        for (const name of pages) {
            await visit(page, name);
            await unfold(page);
            assert.deepEqual(await page.evaluate(tooWide), [], `${name} is wider than the phone`);
        }
        await close();
    });

    for (const viewport of [DESK, PHONE]) {
        test(`every diagram can be seen, theme ${theme}, width ${viewport.width}`, async (t) => {
            const { page, close } = await open({ viewport, theme });
            let count = 0;
            for (const name of pages) {
                await visit(page, name);
                await unfold(page);
                for (const diagram of await page.evaluate(describeDiagrams)) {
                    count += 1;
                    assertVisible(diagram, `${name}, diagram ${diagram.title}`);
                }
            }
            t.diagnostic(`${count} diagrams seen`);
            await close();
        });
    }
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
    await search(page, "python");
    const violations = await accessibilityViolations(page, "search results");
    assert.deepEqual(violations, []);
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
    // Code that is wider than its box can be reached, and then scrolled.
    for (const name of pages) {
        await visit(page, name);
        await unfold(page);
        const unreachable = await page.$$eval("pre > code, .table-wrapper", (all) =>
            all.filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex < 0).length,
        );
        assert.equal(unreachable, 0, name);
    }
    await close();
});
