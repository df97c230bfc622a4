"use strict";

// What is said here, in the language of the page.
const SAYS = document.documentElement.lang.startsWith("zh")
    ? { skip: "跳到正文", refused: "不能编译" }
    : { skip: "Skip to the text", refused: "Doesn't compile" };

// What a block's button copies: a program that compiles, or commands alone.
(function copyWhatRuns() {
    // mdBook's button asks this function, and by itself leaves out the hidden lines.
    window.playground_text = (pre) => {
        const code = pre.querySelector("code");
        const text = code.textContent;
        if (code.classList.contains("language-rust")) {
            return program(text);
        }
        return code.classList.contains("language-console") ? commands(text) : text;
    };

    // As rustdoc runs it: a block without `main` is the body of one.
    function program(text) {
        if (/^\s*(pub |async )*fn main\(/m.test(text)) {
            return text;
        }
        const end = /^Ok::<\(\), (.+)>\(\(\)\)\s*$/m;
        const result = text.match(end)?.[1].replace("&str", "&'static str");
        const [outer, body] = [[], []];
        let open = false;
        for (const line of text.replace(end, "Ok(())").trim().split("\n")) {
            // The result may be a name that the block imports.
            const goesOut = open || /^(use |#!\[)/.test(line);
            open = (open || line.startsWith("use ")) && !line.includes(";");
            (goesOut ? outer : body).push(line);
        }
        while (body[0] === "") {
            body.shift();
        }
        // A string of several lines stays as it is.
        const quotes = (line) => line.replace(/\\"|'"'/g, "").split('"').length - 1;
        const indent = body.every((line) => quotes(line) % 2 === 0) ? "    " : "";
        const inner = body.map((line) => (line ? indent + line : ""));
        const head = `fn main()${result ? ` -> Result<(), ${result}>` : ""} {`;
        return [...outer, ...(outer.length > 0 ? [""] : []), head, ...inner, "}", ""].join("\n");
    }

    // Lines with a prompt, those that continue them, and no remarks.
    function commands(text) {
        const copied = [];
        let continued = false;
        for (const line of text.split("\n")) {
            if (continued || line.startsWith("$ ")) {
                const command = continued ? line : line.slice(2);
                copied.push(command.replace(/\s{2,}# .*$/, ""));
                continued = /\\\s*$/.test(line);
            }
        }
        return copied.length > 0 ? copied.join("\n") + "\n" : text;
    }
})();

// A block that must not compile says so, and with which error.
(function markRefused() {
    for (const code of document.querySelectorAll("pre > code.compile_fail")) {
        const error = [...code.classList].find((name) => /^E\d{4}$/.test(name));
        code.parentElement.dataset.refused = error ? `${SAYS.refused}: ${error}` : SAYS.refused;
    }
})();

// With the keyboard, the text is one step away.
(function addSkipLink() {
    const main = document.querySelector("main");
    main.id ||= "page-text";
    main.tabIndex = -1;
    const link = document.createElement("a");
    link.className = "skip";
    link.href = `#${main.id}`;
    link.textContent = SAYS.skip;
    document.body.prepend(link);
})();

// mdBook searches when a key is released. Pasting releases none, and neither does
// every way of writing Chinese.
(function searchOnInput() {
    const field = document.getElementById("mdbook-searchbar");
    field?.addEventListener("input", () => field.dispatchEvent(new KeyboardEvent("keyup")));
})();

// A table that is too wide becomes a list of its rows, and each cell says its column.
(function stackTables() {
    const tables = [...document.querySelectorAll("main .table-wrapper > table")].filter((table) => table.tHead);
    for (const table of tables) {
        const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
        for (const row of table.tBodies[0]?.rows ?? []) {
            [...row.cells].forEach((cell, at) => (cell.dataset.column = names[at] ?? ""));
        }
        // As a list it would be no table any more to a screen reader.
        const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", th: "columnheader", td: "cell" };
        for (const part of [table, ...table.querySelectorAll("thead, tbody, tr, th, td")]) {
            part.setAttribute("role", roles[part.localName]);
        }
    }
    const update = () => {
        for (const table of tables) {
            table.classList.remove("stacked");
        }
        for (const table of tables.filter((table) => isWide(table) || isSqueezed(table))) {
            table.classList.add("stacked");
        }
    };
    const isWide = (table) => table.offsetWidth > table.parentElement.clientWidth;
    // Chinese breaks anywhere: such a table always fits on a phone, in columns of four letters.
    const isSqueezed = (table) =>
        table.parentElement.clientWidth < 480 && table.rows[0].cells.length > 2 && [...table.rows].some((row) => row.offsetHeight > 80);
    onWidth(update);
})();

// What scrolls sideways by itself has to be reachable with the keyboard, and shows that there is
// more at a side.
(function showScrollers() {
    const boxes = document.querySelectorAll("pre > code, .table-wrapper");
    const shade = (box) => {
        box.classList.toggle("more-before", box.scrollLeft > 1);
        box.classList.toggle("more-after", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
    };
    const update = () => {
        for (const box of boxes) {
            if (box.scrollWidth > box.clientWidth) {
                box.tabIndex = 0;
            } else {
                box.removeAttribute("tabindex");
            }
            shade(box);
        }
    };
    for (const box of boxes) {
        box.addEventListener("scroll", () => shade(box), { passive: true });
    }
    onWidth(update);
})();

function onWidth(update) {
    addEventListener("resize", update);
    addEventListener("load", update);
    // A folded answer has no width until it is opened.
    document.addEventListener("toggle", update, true);
    update();
}

// mdBook's button for the contents is a label, which the keyboard cannot reach
// and a screen reader takes for no button.
(function makeContentsToggleAButton() {
    const toggle = document.getElementById("mdbook-sidebar-toggle");
    toggle.setAttribute("role", "button");
    toggle.tabIndex = 0;
    toggle.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            toggle.click();
        }
    });
})();
