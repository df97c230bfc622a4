// The figures, in a real browser and in both languages: can every label be read, and does the
// player light the row of its step? What else a player does is in player.test.js.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { contents, DESK, goTo, launch, openWindow, serve, THEMES } from "./tools.js";

const WIDTHS = [390, 768, 1440];
const LANGUAGES = ["", "zh-CN/"];
/** The least height of a label's text, in pixels. */
const LEAST = 10;

let server;
let browser;
/** The pages that have a figure: "tcp.html", "zh-CN/tcp.html". */
let pages;
/** What `look` and `walkBands` have found in each of them. */
const looks = [];
const bands = [];

const open = (options) => openWindow(browser, server, options);

before(async () => {
    server = await serve();
    browser = await launch();
    const { page, close } = await open({ viewport: DESK });
    await goTo(page, server, "index.html");
    pages = await page.evaluate(async (names) => {
        const texts = await Promise.all(names.map(async (name) => (await fetch(name)).text()));
        return names.filter((_, at) => texts[at].includes("<figure"));
    }, (await contents(page)).flatMap((name) => LANGUAGES.map((language) => language + name)));
    assert.ok(pages.includes("tcp.html") && pages.includes("zh-CN/tcp.html") && pages.length >= 20, `figures are in ${pages}`);
    for (const name of pages) {
        await goTo(page, server, name);
        for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 });
            const found = (where, { wrong, ...counts }) => ({ ...counts, wrong: wrong.map((what) => `${name}, ${where}: ${what}`) });
            for (const theme of THEMES) {
                await page.evaluate((wanted) => (document.documentElement.className = wanted), `${theme} js`);
                looks.push(found(`${width} px, ${theme}`, await page.evaluate(look, LEAST)));
            }
            bands.push(found(`${width} px`, await page.evaluate(walkBands)));
        }
    }
    await close();
});

after(async () => {
    await browser?.close();
    server?.stop();
});

/**
 * Runs in the page: what is wrong with its pictures, and how many labels they have.
 * The two ends that a player puts into the picture of the states stand on a state's border.
 */
function look(least) {
    const wrong = [];
    let labels = 0;
    let legends = 0;
    // A line of text is higher than its letters: what is left holds a letter with an accent or a tail.
    const boxOf = (text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const upright = right - left > bottom - top;
        const [dx, dy] = upright ? [0, (bottom - top) * 0.15] : [(right - left) * 0.15, 0];
        return { left: left + dx, right: right - dx, top: top + dy, bottom: bottom - dy };
    };
    const meet = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
    document.querySelectorAll("main details").forEach((one) => (one.open = true));
    for (const svg of document.querySelectorAll("main figure svg")) {
        const where = svg.getAttribute("aria-label") ?? svg.querySelector("title")?.textContent;
        const texts = [...svg.querySelectorAll("text")].filter((text) => !text.closest(".player-token") && text.textContent.trim());
        labels += texts.length;
        const frame = svg.getBoundingClientRect();
        const boxes = texts.map((text) => ({ name: text.textContent.trim(), ...boxOf(text) }));
        boxes.forEach((one, at) => {
            const size = parseFloat(getComputedStyle(texts[at]).fontSize) * Math.hypot(texts[at].getScreenCTM().a, texts[at].getScreenCTM().b);
            if (size < least) {
                wrong.push(`${where}: "${one.name}" is ${size.toFixed(1)} px high`);
            }
            if (one.left < frame.left - 0.5 || one.right > frame.right + 0.5 || one.top < frame.top - 0.5 || one.bottom > frame.bottom + 0.5) {
                wrong.push(`${where}: "${one.name}" is cut off`);
            }
            for (const other of boxes.slice(at + 1).filter((other) => meet(one, other))) {
                wrong.push(`${where}: "${one.name}" is on "${other.name}"`);
            }
            for (const line of svg.querySelectorAll("[data-lifeline]")) {
                // It is dashed and has no width of its own.
                const { left, right, top, bottom } = line.getBoundingClientRect();
                if (meet(one, { left: left - 1, right: right + 1, top, bottom })) {
                    wrong.push(`${where}: "${one.name}" is on the ${line.dataset.lifeline}'s lifeline`);
                }
            }
        });
        // Every flag that a packet of the recording has is explained below.
        const name = svg.closest("figure.recording")?.dataset.recording.split(" ")[0];
        const lifelines = svg.querySelectorAll("[data-lifeline]").length;
        if (name && lifelines > 0) {
            const steps = JSON.parse(svg.closest("figure").querySelector("script").textContent).steps;
            const packets = steps.filter(({ kind }) => kind === "packet").flatMap(({ text }) => text.match(/\b(SYN|FIN|PSH|ACK|RST)\b/g) ?? []);
            const legend = [...svg.querySelectorAll("tspan[font-weight=bold]")].map((flag) => flag.textContent);
            legends += legend.length;
            for (const flag of new Set(packets)) {
                if (!legend.includes(flag)) {
                    wrong.push(`${where}: the legend doesn't have ${flag}`);
                }
            }
        }
        if (name && lifelines !== 2 && !svg.matches(".tcp-states")) {
            wrong.push(`${where}: ${lifelines} lifelines`);
        }
    }
    return { wrong, labels, legends };
}

test("every label of a figure stands free and can be read", (t) => {
    const count = (what) => looks.reduce((sum, one) => sum + one[what], 0);
    t.diagnostic(`${count("labels")} labels, ${count("legends")} flags explained`);
    assert.deepEqual(looks.flatMap(({ wrong }) => wrong), []);
    assert.ok(count("labels") > 2000 && count("legends") > 200);
});

test("the player lights the row of its step, at every width and after a change of the width", (t) => {
    const steps = bands.reduce((sum, one) => sum + one.steps, 0);
    t.diagnostic(`${steps} steps`);
    assert.deepEqual(bands.flatMap(({ wrong }) => wrong), []);
    assert.ok(steps > 1000);
});

test("a label on a lifeline, on another label, too small or gone is found", async () => {
    const { page, close } = await open({ viewport: DESK });
    await goTo(page, server, "tcp.html");
    assert.deepEqual((await page.evaluate(look, LEAST)).wrong, []);
    const after = async (change) => {
        await page.reload();
        await page.evaluate(change);
        return (await page.evaluate(look, LEAST)).wrong.join("\n");
    };
    const onLine = await after(() => {
        const svg = document.querySelector('figure[data-recording="handshake"] svg');
        const label = svg.querySelector('[data-step="1"] text');
        label.setAttribute("x", Number(svg.querySelector("[data-lifeline=server]").getAttribute("x1")) + 10);
    });
    assert.match(onLine, /"socket\(SOCK_STREAM\) = 3" is on the server's lifeline/);
    const onLabel = await after(() => {
        const [one, other] = document.querySelectorAll('figure[data-recording="handshake"] svg [data-step] text');
        other.setAttribute("y", Number(one.getAttribute("y")) + 5);
    });
    assert.match(onLabel, /"socket\(SOCK_STREAM\) = 3" is on "bind\(127\.0\.0\.1:8002\) = 0"/);
    const small = await after(() => (document.querySelector('figure[data-recording="handshake"] svg').style.fontSize = "9px"));
    assert.match(small, /px high/);
    const bare = await after(() => document.querySelector('figure[data-recording="handshake"] svg text:has(tspan)').remove());
    assert.match(bare, /the legend doesn't have SYN/);
    await close();
});

/** Runs in the page: the steps at which the lit band isn't where the step's row is, or isn't seen. */
async function walkBands(onlyFirst = false) {
    // The player hears of a new width at the next frame.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const wrong = [];
    let steps = 0;
    for (const figure of document.querySelectorAll("figure.recording:has([data-step])")) {
        const svg = figure.querySelector("svg");
        const cursor = figure.querySelector(".player-cursor");
        const slider = figure.querySelector(".player-controls input[type=range]");
        // From the step that the player shows by itself.
        const all = onlyFirst ? [] : Array.from({ length: Number(slider.max) }, (_, at) => at + 1);
        const order = [Number(slider.value), ...all];
        order.forEach((step, turn) => {
            if (turn > 0) {
                slider.value = step;
                slider.dispatchEvent(new Event("input"));
            }
            const where = `${figure.dataset.recording}, step ${step}${turn === 0 ? ", at first" : ""}`;
            const rows = [...svg.querySelectorAll(`[data-step="${step}"]`)].map((row) => row.getBoundingClientRect()).filter(({ height }) => height > 0);
            const shown = getComputedStyle(cursor).display !== "none";
            if (rows.length === 0) {
                shown && wrong.push(`${where}: a band, but no row`);
                return;
            }
            steps += 1;
            const band = cursor.getBoundingClientRect();
            const [top, bottom] = [Math.min(...rows.map((row) => row.top)), Math.max(...rows.map((row) => row.bottom))];
            // The band has 3 units around the row, and those may be scaled down.
            if (!shown || band.top > top || band.bottom < bottom || top - band.top > 4 || band.bottom - bottom > 4) {
                wrong.push(`${where}: the band is from ${band.top} to ${band.bottom}, the row from ${top} to ${bottom}`);
            }
            const view = figure.querySelector(".player-view").getBoundingClientRect();
            if (band.top < view.top - 4 || band.bottom > view.bottom + 4) {
                wrong.push(`${where}: the band is outside of what is seen`);
            }
        });
    }
    return { wrong, steps };
}

test("the band is in its place from the first moment, and doesn't fly there", async () => {
    const { page, close } = await open({ viewport: DESK, reducedMotion: "no-preference" });
    await goTo(page, server, "tcp.html");
    assert.deepEqual((await page.evaluate(walkBands, true)).wrong, []);
    await close();
});

const SERVER = `import os, socket
s = socket.create_server(("127.0.0.1", 0))
open("port.new", "w").write(str(s.getsockname()[1]))
os.rename("port.new", "port")
c, _ = s.accept()
c.sendall(c.recv(100))
c.close()
s.close()
`;
const CLIENT = `import os, socket, time
while not os.path.exists("port"):
    time.sleep(0.02)
c = socket.create_connection(("127.0.0.1", int(open("port").read())))
c.sendall(b"hello")
print(c.recv(100))
c.close()
`;

test("so does the page that `cargo record` writes", async (t) => {
    const missing = ["strace", "python3"].filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
    if (process.platform !== "linux" || missing.length > 0) {
        console.error(`\n*** SKIPPED: the page of \`cargo record\` needs Linux and ${missing.join(" and ")} ***\n`);
        t.skip("strace or python3 is missing");
        return;
    }
    const folder = await mkdtemp(join(tmpdir(), "socketbook-own-"));
    try {
        await writeFile(join(folder, "server.py"), SERVER);
        await writeFile(join(folder, "client.py"), CLIENT);
        const manifest = fileURLToPath(new URL("../../Cargo.toml", import.meta.url));
        const own = ["own", "--no-open", "--no-packets", "--dest", join(folder, "own.html"), "--", "python3 server.py", "python3 client.py"];
        await promisify(execFile)("cargo", ["run", "--quiet", "--manifest-path", manifest, "--package", "xtask", "--", ...own], { cwd: folder });
        const files = { url: pathToFileURL(folder).href };
        for (const theme of ["light", "dark"]) {
            for (const width of WIDTHS) {
                const { page, close } = await openWindow(browser, files, { viewport: { width, height: 900 }, colorScheme: theme });
                await page.goto(`${files.url}/own.html`);
                const where = `${width} px, ${theme}`;
                const { wrong, steps } = await page.evaluate(walkBands);
                assert.deepEqual(wrong, [], where);
                assert.ok(steps >= 10, `${where}: ${steps} steps`);
                const seen = await page.evaluate(look, LEAST);
                assert.deepEqual(seen.wrong, [], where);
                assert.ok(seen.labels >= 10);
                await close();
            }
        }
    } finally {
        await rm(folder, { recursive: true });
    }
});
