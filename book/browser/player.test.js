// The players of recorded conversations, in a real browser: `npm test` in this folder.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { contrast } from "./contrast.js";
import { accessibilityViolations, contents, DESK, goTo, launch, openWindow, PHONE, serve, TABLET, THEMES, tooWide, WIDE } from "./tools.js";

let server;
let browser;
/** The pages that have a recording. */
let pages;

const open = (options) => openWindow(browser, server, options);
const visit = (page, name) => goTo(page, server, name);

before(async () => {
    server = await serve();
    browser = await launch();
    const { page, close } = await open({ viewport: DESK });
    await visit(page, "index.html");
    pages = [];
    for (const name of await contents(page)) {
        await visit(page, name);
        if (await page.$("figure.recording")) {
            pages.push(name);
        }
    }
    await close();
    assert.ok(pages.includes("tcp.html") && pages.length >= 6, `recordings are in ${pages}`);
});

after(async () => {
    await browser?.close();
    server?.stop();
});

/** The player of a recording. */
const figure = (page, name) => page.locator(`figure.recording[data-recording="${name}"]`);
const said = (player) => player.locator("[aria-live]").innerText();

/**
 * Runs in the page: presses "next" through every recording of every player, and gives what is wrong
 * at a step.
 */
function walk() {
    const wrong = [];
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const recordings = {};
    for (const script of document.querySelectorAll("figure.recording script")) {
        const recording = JSON.parse(script.textContent);
        recordings[recording.name] = recording;
    }
    let steps = 0;
    for (const figure of document.querySelectorAll("figure.recording")) {
        const names = figure.dataset.recording.split(" ");
        const player = figure.querySelector(".player");
        if (!player) {
            wrong.push(`${names} has no player`);
            continue;
        }
        const find = (selector) => player.querySelector(selector);
        const text = (selector) => plain(find(selector)?.textContent ?? "");
        const chooser = find(".player-choose :is(select, input)");
        const choices = chooser?.options?.length ?? Number(chooser?.max ?? 0) + 1;
        if (choices !== names.length) {
            wrong.push(`${names}: ${choices} can be chosen`);
        }
        for (let choice = 0; choice < choices; choice++) {
            if (chooser) {
                chooser.value = choice;
                chooser.dispatchEvent(new Event("input"));
                chooser.dispatchEvent(new Event("change"));
            }
            const title = player.getAttribute("aria-label");
            const byName = (name) => /-\d+$/.test(name) && name.endsWith(`-${text("output")}`);
            const name = names.length === 1 ? names[0] : names.find((one) => byName(one) || (!find("output") && recordings[one].title === title));
            const recording = recordings[name];
            const slider = find(".player-controls input");
            slider.value = 1;
            slider.dispatchEvent(new Event("input"));
            const height = player.offsetHeight;
            const brief = Boolean(figure.querySelector(":scope > .tcp-states"));
            const held = recording.steps.flatMap(({ buffers }) => Object.values(buffers ?? {}).flatMap(Object.values));
            recording.steps.forEach((step, index) => {
                steps += 1;
                const where = `${name}, step ${index + 1}`;
                const check = (good, what) => good || wrong.push(`${where}: ${what}`);
                const live = text("[aria-live]");
                const number = (value) => value.toLocaleString("en");
                const bytes = (count) => (count === 1 ? "1 byte" : `${number(count)} bytes`);
                check(live.includes(plain(step.text.replace(/^client \d+: /, ""))), `"${live}" doesn't have ${step.text}`);
                check(live.includes(plain(step.result ?? "")), `"${live}" doesn't have the result ${step.result}`);
                check(live.includes(plain(step.error ?? "")), `"${live}" doesn't have the error ${step.error}`);
                check(!step.bytes || live.includes(bytes(step.bytes)), `"${live}" doesn't have ${step.bytes} bytes`);
                check(!step.lost || /never arrives|drops it/.test(live), `"${live}" doesn't say that it is lost`);
                check(text(".player-count") === `Step ${index + 1} of ${recording.steps.length}`, text(".player-count"));
                for (const side of ["client", "server"]) {
                    // Of several clients the player shows the one that acts.
                    const isOneOfMany = side === "client" && recording.steps.some(({ who }) => who !== undefined);
                    const state = isOneOfMany ? undefined : step.states?.[side];
                    check(!state || text(`.player-name.${side} .player-state`) === state, `the ${side} isn't in ${state}`);
                    if (!brief && Math.max(...held) > 0 && step.buffers) {
                        const { send, receive } = step.buffers[side];
                        const wanted = `Send buffer${bytes(send)}Receive buffer${bytes(receive)}`;
                        check(text(`.player-buffers.${side}`) === wanted, `${text(`.player-buffers.${side}`)} isn't ${wanted}`);
                        const bars = [...player.querySelectorAll(`.player-buffers.${side} i`)].map((bar) => bar.offsetWidth / bar.parentElement.offsetWidth);
                        [send, receive].forEach((value, at) =>
                            check(Math.abs(bars[at] - value / Math.max(...held)) < 0.02, `the bar of ${value} is ${bars[at]} long`),
                        );
                    }
                }
                if (step.kind === "packet") {
                    check(text(".player-wire").includes(step.text.replace(/^client \d+: /, "")), "the packet isn't on the wire");
                } else {
                    check(text(".player-wire") === "", "there is something on the wire");
                }
                if (step.line && !brief) {
                    const lit = text(`.player-program.${step.side} .lit`);
                    check(lit === plain(recording.programs[step.side][step.line - 1]), `lit is "${lit}"`);
                }
                if (step.queues) {
                    for (const which of ["syn", "accept"]) {
                        const dots = player.querySelectorAll(`.player-${which} .full`).length;
                        check(dots === step.queues[which], `${dots} in the ${which} queue`);
                    }
                }
                check(player.offsetHeight === height, `the player was ${height} high and is ${player.offsetHeight}`);
                const lit = figure.querySelectorAll(":scope > .tcp-states [data-state]:is(.client, .server)");
                const states = brief ? new Set(Object.values(step.states ?? {})) : new Set();
                check(!brief || [...lit].every((one) => states.has(one.dataset.state)) && lit.length === states.size, "other states are lit");
                const out = [...player.querySelectorAll("*")].find(
                    (one) => one.checkVisibility() && one.getBoundingClientRect().right > player.getBoundingClientRect().right + 0.5,
                );
                check(!out, `${out?.className} sticks out`);
                find(".player-next").click();
            });
        }
    }
    return { wrong, steps };
}

for (const viewport of [PHONE, TABLET, WIDE]) {
    test(`every step of every recording is shown and said, width ${viewport.width}`, async (t) => {
        const { page, close } = await open({ viewport });
        let count = 0;
        for (const name of pages) {
            await visit(page, name);
            const { wrong, steps } = await page.evaluate(walk);
            assert.deepEqual(wrong, [], name);
            assert.deepEqual(await page.evaluate(tooWide), [], `${name} is wider than ${viewport.width}`);
            count += steps;
        }
        t.diagnostic(`${count} steps seen`);
        await close();
    });
}

for (const theme of THEMES) {
    test(`WCAG A and AA hold while recordings play, theme ${theme}`, async () => {
        const { page, close } = await open({ viewport: PHONE, theme });
        const violations = [];
        for (const name of pages) {
            await visit(page, name);
            const most = Math.max(...(await page.$$eval(".player-controls input", (all) => all.map((one) => Number(one.max)))));
            for (let step = 1; step < most; step += 1) {
                await page.$$eval(".player-next", (all) => all.forEach((one) => one.click()));
                if (step % 5 === 0 || step === most - 1) {
                    violations.push(...(await accessibilityViolations(page, `${name}, step ${step + 1}`)));
                }
            }
        }
        assert.deepEqual(violations, []);
        await close();
    });

    test(`the names in the picture of the states can be read, theme ${theme}`, async () => {
        const { page, close } = await open({ viewport: PHONE, theme });
        await visit(page, "tcp.html");
        const tokens = await page.$$eval(".player-token", (all) =>
            all.map((token) => {
                const [ground, text] = token.children;
                const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
                return { text: getComputedStyle(text).fill, ground: getComputedStyle(ground).fill, size };
            }),
        );
        assert.equal(tokens.length, 2);
        for (const { text, ground, size } of tokens) {
            assert.ok(contrast(text, ground) >= 4.5 && size >= 9, `${text} on ${ground}, ${size} px`);
        }
        await close();
    });
}

test("the keyboard alone moves a player, and the page isn't turned", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await visit(page, "tcp.html");
    const player = figure(page, "handshake");
    const count = player.locator(".player-count");
    const steps = Number(await player.locator(".player-controls input").getAttribute("max"));
    const at = async (step) => assert.equal(await count.innerText(), `Step ${step} of ${steps}`);

    // Tab leads through the buttons to the slider, and each shows that it has the focus.
    await player.locator(".player-previous").focus();
    for (const label of ["Previous step", "Play", "Next step", "Step"]) {
        const focus = await page.evaluate(() => {
            const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
            return { label: document.activeElement.ariaLabel, outline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
        });
        assert.deepEqual(focus, { label, outline: true });
        await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowRight");
    await at(2);
    await page.keyboard.press("ArrowRight");
    await at(3);
    assert.equal(await player.locator(".player-controls input").getAttribute("aria-valuetext"), `Step 3 of ${steps}`);
    await page.keyboard.press("ArrowLeft");
    await at(2);
    await page.keyboard.press("End");
    await at(steps);
    await page.keyboard.press("ArrowRight");
    await at(steps);
    await page.keyboard.press("Home");
    await at(1);
    // On a button as well.
    await player.locator(".player-next").focus();
    await page.keyboard.press("Enter");
    await at(2);
    await page.keyboard.press("Space");
    await at(3);
    await page.keyboard.press("ArrowLeft");
    await at(2);
    assert.ok(page.url().endsWith("tcp.html"), page.url());
    // Outside of a player the arrows are mdBook's.
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("ArrowRight");
    await page.waitForURL((url) => !url.href.endsWith("tcp.html"));
    await close();
});

test("play goes to the end and stops there, and a second player stops the first", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await page.clock.install();
    await visit(page, "tcp.html");
    const [one, other] = [figure(page, "handshake"), figure(page, "echo")];
    const steps = Number(await one.locator(".player-controls input").getAttribute("max"));
    const seen = new Set([await said(one)]);
    await one.getByRole("button", { name: "Play" }).click();
    for (let step = 1; step < steps; step += 1) {
        await page.clock.runFor(6000);
        seen.add(await said(one));
    }
    assert.equal(await one.locator(".player-count").innerText(), `Step ${steps} of ${steps}`);
    assert.ok(seen.size > 5, `it said ${[...seen]}`);
    const end = await said(one);
    await page.clock.runFor(20_000);
    assert.equal(await said(one), end);

    // Again from the beginning, until it is stopped.
    await one.getByRole("button", { name: "Play" }).click();
    assert.equal(await one.locator(".player-count").innerText(), `Step 1 of ${steps}`);
    await one.getByRole("button", { name: "Pause" }).click();
    await page.clock.runFor(20_000);
    assert.equal(await one.locator(".player-count").innerText(), `Step 1 of ${steps}`);

    await one.getByRole("button", { name: "Play" }).click();
    await other.getByRole("button", { name: "Play" }).click();
    await one.getByRole("button", { name: "Play" }).waitFor();
    await other.getByRole("button", { name: "Pause" }).waitFor();
    await close();
});

test("who wants less motion gets none", async () => {
    for (const [reducedMotion, wanted] of [["reduce", "none"], ["no-preference", "player-flight"]]) {
        const { page, close } = await open({ viewport: WIDE, reducedMotion });
        await visit(page, "tcp.html");
        const player = figure(page, "handshake");
        while ((await player.locator(".player-packet").count()) === 0) {
            await player.locator(".player-next").click();
        }
        const arrow = player.locator(".player-packet > i");
        assert.equal(await arrow.evaluate((one) => getComputedStyle(one).animationName), wanted);
        const token = page.locator(".player-token").first();
        assert.equal(await token.evaluate((one) => getComputedStyle(one).transitionDuration), wanted === "none" ? "0s" : "0.5s");
        await close();
    }
});

test("without JavaScript and on paper there is the picture", async () => {
    const { page, close } = await open({ viewport: PHONE, javaScriptEnabled: false });
    for (const name of pages) {
        await visit(page, name);
        assert.equal(await page.locator(".player").count(), 0);
        for (const picture of await page.locator("figure.recording svg").all()) {
            assert.ok(await picture.isVisible(), name);
        }
        assert.doesNotMatch(await page.locator("main").innerText(), /"steps":/, name);
    }
    await close();

    const printed = await open({ viewport: WIDE });
    for (const name of pages) {
        await visit(printed.page, name);
        await printed.page.emulateMedia({ media: "print" });
        assert.equal(await printed.page.locator(".player:visible, .player-token:visible, .player-cursor:visible").count(), 0, name);
        for (const picture of await printed.page.locator("figure.recording svg").all()) {
            assert.ok(await picture.isVisible(), name);
        }
    }
    await printed.close();
});

test("a step of a picture is lit, and a click on it leads there", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await visit(page, "tcp.html");
    const player = figure(page, "four-way-close");
    const parts = player.locator('svg [data-step="4"]');
    assert.ok((await parts.count()) > 0, "the picture doesn't say what its steps are");
    await parts.first().click();
    assert.match(await player.locator(".player-count").innerText(), /^Step 4 /);
    const cursor = await player.locator(".player-cursor").boundingBox();
    const part = await parts.first().boundingBox();
    const middle = ({ y, height }) => y + height / 2;
    assert.ok(Math.abs(middle(cursor) - middle(part)) < 5, `lit is ${JSON.stringify(cursor)}, and the step at ${JSON.stringify(part)}`);
    await close();
});

test("a high picture shows the part where the step is, or all of it", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await visit(page, "tcp.html");
    const player = figure(page, "four-way-close");
    const view = player.locator(".player-view");
    const isSeen = (step) =>
        player.evaluate((one, wanted) => {
            const part = one.querySelector(`svg [data-step="${wanted}"]`).getBoundingClientRect();
            const view = one.querySelector(".player-view").getBoundingClientRect();
            return part.top >= view.top && part.bottom <= view.bottom;
        }, step);
    const last = Number(await player.locator(".player-controls input").getAttribute("max"));
    assert.ok((await isSeen(1)) && !(await isSeen(last)));
    await view.focus(); // What scrolls can be reached with the keyboard.
    await page.keyboard.press("End");
    await player.locator(".player-controls input").press("End");
    assert.ok(await isSeen(last));
    await player.getByRole("button", { name: "Show the whole picture" }).click();
    assert.ok((await isSeen(1)) && (await isSeen(last)));
    await player.getByRole("button", { name: "Show a part of the picture" }).click();
    assert.ok(!(await isSeen(1)));
    await close();
});

test("the picture of the states shows where both ends are, and how they got there", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await visit(page, "tcp.html");
    const states = page.locator("figure.recording:has(> .tcp-states)");
    assert.equal(await states.locator("[data-state]").count(), 11);
    await states.locator("select").selectOption("Each side ends its own direction");
    await states.locator(".player-controls input").focus();
    await page.keyboard.press("End");
    const lit = (side) => states.locator(`[data-state].${side}`).evaluateAll((all) => all.map((one) => one.dataset.state));
    assert.deepEqual(await lit("client"), ["TIME-WAIT"]);
    assert.deepEqual(await lit("server"), ["CLOSED"]);
    const passed = (side) =>
        states.locator(`[data-from].${side}`).evaluateAll((all) => all.map((one) => `${one.dataset.from} ${one.dataset.to}`));
    assert.deepEqual(await passed("client"), ["ESTABLISHED FIN-WAIT-1", "FIN-WAIT-1 FIN-WAIT-2", "FIN-WAIT-2 TIME-WAIT"]);
    assert.deepEqual(await passed("server"), ["ESTABLISHED CLOSE-WAIT", "CLOSE-WAIT LAST-ACK", "LAST-ACK CLOSED"]);
    await page.keyboard.press("Home");
    assert.deepEqual(await passed("client"), []);
    // Recordings of other pages light it as well.
    await states.locator("select").selectOption("Closed with data unread: the peer is reset");
    await states.locator(".player-controls input").press("End");
    for (const side of ["client", "server"]) {
        assert.deepEqual(await lit(side), ["CLOSED"]);
    }
    await states.locator("select").selectOption("A connect that does not wait");
    await states.locator(".player-controls input").press("End");
    assert.deepEqual(await passed("client"), ["CLOSED SYN-SENT", "SYN-SENT ESTABLISHED"]);
    await close();
});

test("the slider of the backlog chooses how many wait, and a dropped SYN is said", async () => {
    const { page, close } = await open({ viewport: WIDE });
    await visit(page, "server.html");
    const queues = page.locator("figure.recording:has(.player-choose output)");
    const backlog = queues.getByRole("slider", { name: "Backlog" });
    const name = () => queues.locator(".player-name.client").innerText();
    await backlog.focus();
    await page.keyboard.press("Home");
    for (const number of [0, 1, 2, 4]) {
        assert.equal(await queues.locator("output").innerText(), String(number));
        const places = await queues.locator(".player-accept i").count();
        assert.equal(places, number + 1, "one more than the backlog says");
        const recording = await queues.locator("script").evaluateAll(
            (all, name) => all.map((one) => JSON.parse(one.textContent)).find((one) => one.name === name),
            `backlog-${number}`,
        );
        const lost = recording.steps.findIndex((step) => step.lost);
        if (lost >= 0) {
            const slider = queues.getByRole("slider", { name: "Step" });
            await slider.fill(String(lost + 1));
            assert.match(await name(), new RegExp(`^Client ${number + 2}\\s*$`), "it isn't in any state yet");
            await slider.fill(String(lost + 2));
            assert.match(await name(), new RegExp(`^Client ${number + 2}\\s+SYN-SENT$`));
            await slider.fill(String(lost + 1));
            assert.match(await said(queues), /The accept queue is full, so the server’s kernel drops it\./);
            assert.match(await queues.locator(".player-accept").innerText(), new RegExp(`${number + 1} of ${number + 1}`));
        }
        await backlog.focus();
        await page.keyboard.press("ArrowRight");
    }
    await close();
});

test("in a Chinese page a player speaks Chinese", async () => {
    const { page, close } = await open({ viewport: PHONE });
    await visit(page, "zh-CN/tcp.html");
    for (const name of ["上一步", "播放", "下一步"]) {
        await figure(page, "echo").getByRole("button", { name }).waitFor();
    }
    for (const name of pages) {
        await visit(page, `zh-CN/${name}`);
        assert.deepEqual(await page.evaluate(english), [], name);
    }
    await close();
});

/** Runs in a Chinese page: the English that its players show or say, calls and errors aside. */
function english() {
    const found = new Set();
    const names = /\b(accept|connect|send|sendall|recv|listen|keepalive)\b/g;
    for (const player of document.querySelectorAll(".player")) {
        const slider = player.querySelector(".player-controls input");
        for (let step = 1; step <= Number(slider.max); step += 1) {
            slider.value = step;
            slider.dispatchEvent(new Event("input"));
            const count = `第 ${step} 步，共 ${slider.max} 步`;
            if (player.querySelector(".player-count").textContent !== count || slider.ariaValueText !== count) {
                found.add(`no ${count}`);
            }
            const copy = player.cloneNode(true);
            copy.querySelectorAll("code, .player-ghost, .player-error").forEach((code) => code.remove());
            const labels = [copy, ...copy.querySelectorAll("[aria-label]")].map((label) => label.ariaLabel);
            const words = `${copy.textContent} ${labels.join(" ")}`.replace(names, "").match(/\b[A-Za-z]?[a-z]{2,}\b/g) ?? [];
            words.filter((word) => !["Nagle", "Unix"].includes(word)).forEach((word) => found.add(word));
        }
    }
    return [...found];
}

test("the script of the players stays small", async () => {
    const { page, close } = await open({ viewport: WIDE });
    const sizes = [];
    page.on("response", async (response) => {
        if (/player[^/]*\.js$/.test(response.url())) {
            sizes.push((await response.body()).length);
        }
    });
    await visit(page, "tcp.html");
    await page.waitForLoadState("networkidle");
    assert.equal(sizes.length, 1);
    assert.ok(sizes[0] <= 30_000, `${sizes[0]} bytes`);
    await close();
});
