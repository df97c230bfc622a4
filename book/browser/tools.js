// What the test needs around it: the server, the browser, the accessibility check.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const root = fileURLToPath(new URL("../..", import.meta.url));

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

/** Runs axe-core, and gives one line for each violation. */
export async function accessibilityViolations(page, tags, where) {
    await page.addScriptTag({ path: axe });
    const result = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), tags);
    return result.violations.flatMap((rule) =>
        rule.nodes.map((node) => `${where}: ${rule.id}: ${node.html.slice(0, 160)}: ${node.failureSummary}`),
    );
}
