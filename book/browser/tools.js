// What the test needs around it: the server, the browser, the accessibility check.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
export const THEMES = ["light", "navy"];
export const PHONE = { width: 390, height: 844 };
export const TABLET = { width: 768, height: 1024 };
export const WIDE = { width: 1440, height: 900 };
export const DESK = { width: 1280, height: 900 };

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds and serves the book as a reader does, on a port the system chooses. */
export async function serve() {
    const book = process.env.BOOK ? ["--book", process.env.BOOK] : [];
    const args = ["run", "--quiet", "--package", "xtask", "--", "book", "--no-open", "--port", "0"];
    const server = spawn("cargo", [...args, ...book], {
        cwd: root,
        stdio: ["ignore", "pipe", "inherit"],
        // A group of its own: cargo does not hand a signal on to the program.
        detached: true,
    });
    const stop = () => process.kill(-server.pid);
    const failed = once(server, "exit").then(() => {
        throw new Error("`cargo book` ended; its message is above");
    });
    const url = (async () => {
        for await (const line of createInterface(server.stdout)) {
            const found = line.match(/http:\/\/127\.0\.0\.1:\d+/);
            if (found) {
                return `${found[0]}/`;
            }
        }
    })();
    // Once the address is known, the end of the server is no failure any more.
    failed.catch(() => {});
    return { url: await Promise.race([url, failed]), stop };
}

export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
    });
}

/** Runs axe-core, all its rules or some of them, and gives one line for each violation. */
export async function accessibilityViolations(page, where, { only, without = [] } = {}) {
    await page.addScriptTag({ path: axe });
    const options = {
        runOnly: only ? { type: "rule", values: only } : { type: "tag", values: WCAG },
        rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
        resultTypes: ["violations"],
    };
    const result = await page.evaluate((wanted) => axe.run(wanted), options);
    return result.violations.flatMap((rule) =>
        rule.nodes.map((node) => `${where}: ${rule.id}: ${node.html.slice(0, 160)}: ${node.failureSummary}`),
    );
}

/**
 * A window of its own. `troubles` collects console errors, exceptions and every
 * request that would have left the machine; `close` fails on any of them.
 *
 * A page stays as it was built: it doesn't learn that someone works on the book meanwhile.
 */
export async function openWindow(browser, server, { viewport, theme = "light", ...others }) {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...others });
    const troubles = [];
    await context.route("**/*", (route) => {
        const url = route.request().url();
        if (url.startsWith(server.url) || url.startsWith("data:")) {
            return route.continue();
        }
        troubles.push(`outside request: ${url}`);
        return route.abort();
    });
    await context.addInitScript((wanted) => {
        window.print = () => {};
        const { fetch } = window;
        window.fetch = (what, ...more) => (what === "/-/state" ? new Promise(() => {}) : fetch(what, ...more));
        if (!localStorage.getItem("mdbook-theme")) {
            localStorage.setItem("mdbook-theme", wanted);
        }
    }, theme);
    const page = await context.newPage();
    page.on("console", (message) => {
        if (message.type() === "error") {
            troubles.push(`console: ${message.text()} (${page.url()})`);
        }
    });
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => troubles.push(`exception: ${error} (${page.url()})`));
    const close = async () => {
        await context.close();
        assert.deepEqual(troubles, []);
    };
    return { page, close, troubles };
}

export async function goTo(page, server, name) {
    const response = await page.goto(server.url + name, { waitUntil: "load" });
    assert.equal(response.status(), 200, name);
}

/** Presses the button of a theme, and waits for the colours of its code. */
export async function chooseTheme(page, theme) {
    await page.evaluate((wanted) => document.getElementById(`mdbook-theme-${wanted}`).click(), theme);
    await page.waitForFunction(() => [...document.querySelectorAll("link[rel=stylesheet]")].every((link) => link.disabled || link.sheet));
}

/** The pages of the book, as the table of contents of an open page names them: "common.html". */
export async function contents(page) {
    const links = await page.$$eval("#mdbook-sidebar a[href]", (all) => all.map((a) => a.href));
    return [...new Set(links.map((link) => new URL(link).pathname.slice(1)))];
}

/** Runs in the page: what sticks out of it to the right and cannot be scrolled to. */
export function tooWide() {
    const scrolls = (element) => {
        for (let at = element; at && at.tagName !== "MAIN"; at = at.parentElement) {
            if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) {
                return true;
            }
        }
        return false;
    };
    // mdBook clips the page, so its own scroll width would hide what is cut off.
    const out = [...document.querySelectorAll("main *")].filter(
        (element) =>
            element.getBoundingClientRect().right > innerWidth + 0.5 &&
            element.checkVisibility() &&
            !scrolls(element.parentElement),
    );
    const names = out.map((element) => `${element.tagName}: ${element.textContent.trim().slice(0, 60)}`);
    if (document.scrollingElement.scrollWidth > innerWidth) {
        names.push("the page itself scrolls sideways");
    }
    return names;
}
