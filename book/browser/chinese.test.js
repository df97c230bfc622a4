// The Chinese pages, in a real browser. What every page must do is in book.test.js, and that a player
// speaks Chinese is in player.test.js.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { accessibilityViolations, chooseTheme, contents, DESK, goTo, launch, openWindow, PHONE, root, serve, TABLET, THEMES, tooWide, WIDE } from "./tools.js";

const CHINESE = "zh-CN/";

let server;
let browser;
/** The pages, by the names that they have in both languages: "common.html". */
let pages;

before(async () => {
    server = await serve();
    browser = await launch();
    const { page, close } = await open({ viewport: DESK });
    await goTo(page, server, `${CHINESE}index.html`);
    pages = (await contents(page)).map((name) => name.replace(CHINESE, ""));
    await close();
    assert.ok(pages.includes("index.html") && pages.length >= 40, `the contents are ${pages}`);
});

after(async () => {
    await browser?.close();
    server?.stop();
});

const open = (options) => openWindow(browser, server, options);
const visit = (page, name) => goTo(page, server, CHINESE + name);

test("every page fits every width, is accessible, and has the place names of the English page", async () => {
    const { page, close } = await open({ viewport: PHONE });
    const wrong = [];
    let anchors = 0;
    for (const name of pages) {
        await visit(page, name);
        assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN", name);
        const [own, english] = await page.evaluate(placeNames, `../${name}`);
        assert.deepEqual(own, english, name);
        anchors += own.length;
        await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
        for (const viewport of [PHONE, TABLET, WIDE]) {
            await page.setViewportSize(viewport);
            for (const theme of THEMES) {
                await chooseTheme(page, theme);
                const where = `${name}, ${viewport.width} px, ${theme}`;
                const out = await page.evaluate(tooWide);
                wrong.push(...out.map((what) => `${where}: ${what}`));
                if (viewport === WIDE) {
                    // A theme changes colours alone.
                    const rules = theme === "light" ? {} : { only: ["color-contrast"] };
                    wrong.push(...(await accessibilityViolations(page, where, rules)));
                }
            }
        }
        await page.setViewportSize(PHONE);
    }
    assert.deepEqual(wrong, []);
    assert.ok(anchors > 400, `${anchors} headings`);
    await close();
});

/** Runs in the page: the ids of its headings, and of the headings of another page. */
async function placeNames(other) {
    const ids = (from) => [...from.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)[id]")].map((one) => one.id);
    const response = await fetch(other);
    return [ids(document), ids(new DOMParser().parseFromString(await response.text(), "text/html"))];
}

/** Follows the switch there and back, and says where it leads. */
async function followSwitch(page, url, name, anchor) {
    const at = (language, place) => ({ url: `${url}${language}${name}${place}`, lang: language ? "zh-CN" : "en" });
    const here = async () => ({ url: page.url(), lang: await page.evaluate(() => document.documentElement.lang) });
    await page.goto(`${url}${name}${anchor}`);
    assert.deepEqual(await here(), at("", anchor));
    for (const language of [CHINESE, ""]) {
        await page.click(`a.language[lang="${language ? "zh-CN" : "en"}"]`);
        await page.waitForURL(`${url}${language}${name}${anchor}`);
        assert.deepEqual(await here(), at(language, anchor));
        if (anchor) {
            const top = await page.evaluate((id) => document.getElementById(id).getBoundingClientRect().top, anchor.slice(1));
            assert.ok(top > -5 && top < 500, `${page.url()} begins ${top} px above the place`);
        }
    }
}

test("the switch keeps the page and the place, over HTTP", async () => {
    const { page, close } = await open({ viewport: DESK });
    await followSwitch(page, server.url, "tcp.html", "#the-four-way-close");
    await followSwitch(page, server.url, "index.html", "");
    await close();
});

test("the switch keeps the page and the place, in files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "socketbook-site-"));
    try {
        await promisify(execFile)("cargo", ["run", "--quiet", "--package", "xtask", "--", "book", "build", "--dest", folder], { cwd: root });
        const files = { url: `${pathToFileURL(folder).href}/` };
        const { page, close } = await openWindow(browser, files, { viewport: DESK });
        await followSwitch(page, files.url, "tcp.html", "#the-four-way-close");
        await followSwitch(page, files.url, "index.html", "");
        await close();
    } finally {
        await rm(folder, { recursive: true });
    }
});

/** Types into the search field, and gives what is found: the page and the excerpt. */
async function search(page, text) {
    if (!(await page.isVisible("#mdbook-searchbar"))) {
        await page.keyboard.press("/");
    }
    await page.fill("#mdbook-searchbar", text);
    await page.waitForFunction((wanted) => document.getElementById("mdbook-searchresults-header").innerText.includes(`'${wanted}'`), text);
    return page.$$eval("#mdbook-searchresults > li", (all) =>
        all.map((one) => ({
            path: new URL(one.querySelector("a").href).pathname.slice(1),
            excerpt: one.querySelector(".teaser").textContent.trim(),
        })),
    );
}

/** Runs in the page: the text of the site's pages without tags, and the hidden lines of their code. */
async function textsOf(names) {
    const texts = names.map(async (name) => {
        const page = new DOMParser().parseFromString(await (await fetch(name)).text(), "text/html");
        const hidden = [...page.querySelectorAll("main .boring")].flatMap((one) => one.textContent.split("\n"));
        page.querySelectorAll("main .boring").forEach((one) => one.remove());
        return [name, { text: page.querySelector("main").textContent, hidden: hidden.map((line) => line.trim()).filter((line) => line.length > 12) }];
    });
    return Object.fromEntries(await Promise.all(texts));
}

test("search finds Chinese, questions and English names, with clean excerpts", async (t) => {
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    const texts = await page.evaluate(textsOf, pages);
    const plain = (text) => text.replace(/\s+/g, " ");
    let [excerpts, hidden] = [0, 0];
    for (const [query, expected] of [
        ["粘包", "messages.html"],
        ["超时", "blocking.html"],
        ["为什么 recv 返回空", null],
        ["为什么recv返回空", null],
        ["地址已被占用", null],
        ["sendall", "common.html"],
        ["connect_ex", "client.html"],
    ]) {
        const found = await search(page, query);
        assert.ok(found.length > 0, `nothing is found for ${query}`);
        assert.ok(found.every(({ path }) => path.startsWith(CHINESE)), query);
        const names = found.map(({ path }) => path.replace(CHINESE, ""));
        assert.ok(!expected || names.slice(0, 3).includes(expected), `${query}: ${names.slice(0, 5)}`);
        for (const [at, { excerpt }] of found.entries()) {
            const { text, hidden: lines } = texts[names[at]] ?? { text: "", hidden: [] };
            const where = `${query}, ${names[at]}: "${excerpt}"`;
            assert.notEqual(excerpt, "", where);
            // It begins with a word of the page: what is before is no part of one.
            const start = plain(excerpt.replace(/^(…\s*)+/, "")).slice(0, 12);
            const before = [...plain(text).split(start)].slice(0, -1).map((part) => part.at(-1) ?? " ");
            assert.ok(before.length === 0 || /^[\p{L}\p{N}_]/u.test(start) === false || before.some((letter) => /[^\p{L}\p{N}_]/u.test(letter)), where);
            for (const line of lines.filter((line) => !plain(text).includes(plain(line)))) {
                assert.ok(!plain(excerpt).includes(plain(line)), `hidden code, ${line}, in ${where}`);
                hidden += 1;
            }
            excerpts += 1;
        }
    }
    t.diagnostic(`${excerpts} excerpts, compared with ${hidden} hidden lines`);
    assert.ok(excerpts > 20 && hidden > 20);
    assert.deepEqual(await search(page, "xyzzyx"), []);
    await close();
});
