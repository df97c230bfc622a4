"use strict";

// Search: mdBook's own index knows whole English words. It finds nothing in
// Chinese, which has no spaces, and not every part of a name such as
// `connect_ex`. So each section's text is scanned for what was typed; only
// where that finds nothing is the index asked, which knows the forms of a word.
(function searchBySubstring() {
    if (typeof elasticlunr === "undefined") {
        return;
    }
    const load = elasticlunr.Index.load;
    elasticlunr.Index.load = (dump) => {
        const index = load.call(elasticlunr.Index, dump);
        const askIndex = index.search.bind(index);
        const sections = Object.entries(dump.documentStore.docs).map(([ref, doc]) => ({
            ref,
            doc,
            title: doc.title.toLowerCase(),
            body: doc.body.toLowerCase(),
            path: doc.breadcrumbs.toLowerCase(),
        }));
        index.search = (query, options) => {
            // In Chinese a name stands between words without a blank: 为什么recv返回空.
            const words = query.toLowerCase().match(/\p{Script=Han}+|[^\s\p{Script=Han}]+/gu) ?? [];
            const found = [];
            for (const section of sections) {
                const scores = words.map((word) => score(section, word));
                if (words.length > 0 && scores.every((points) => points > 0)) {
                    const points = scores.reduce((sum, one) => sum + one);
                    found.push({ ref: section.ref, score: points, doc: excerpt(section, words) });
                }
            }
            found.sort((a, b) => b.score - a.score);
            return found.length > 0 ? found : askIndex(query, options);
        };
        return index;
    };

    // A section about the word comes before one that only uses it.
    function score({ title, body, path }, word) {
        const names = title.split(/[^\p{L}\p{N}_]+/u);
        return (
            (names.includes(word) ? 40 : 0) +
            (title.includes(word) ? 20 : 0) +
            (path.includes(word) ? 5 : 0) +
            Math.min(body.split(word).length - 1, 10)
        );
    }

    // The text around the first hit; mdBook shows it below the title.
    function excerpt({ doc, body }, words) {
        const hits = words.map((word) => body.indexOf(word)).filter((at) => at >= 0);
        const start = Math.max(0, Math.min(...hits, body.length) - 60);
        return { ...doc, body: doc.body.slice(start, start + 300) };
    }
})();

// mdBook searches when a key is released. Pasting releases none, and neither does
// every way of writing Chinese.
(function searchOnInput() {
    const field = document.getElementById("mdbook-searchbar");
    field?.addEventListener("input", () => field.dispatchEvent(new KeyboardEvent("keyup")));
})();

// What scrolls sideways by itself has to be reachable with the keyboard.
(function makeScrollersFocusable() {
    const update = () => {
        for (const box of document.querySelectorAll("pre > code, .table-wrapper")) {
            if (box.scrollWidth > box.clientWidth) {
                box.tabIndex = 0;
            } else {
                box.removeAttribute("tabindex");
            }
        }
    };
    addEventListener("resize", update);
    addEventListener("load", update);
    // A folded answer has no width until it is opened.
    document.addEventListener("toggle", update, true);
    update();
})();

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
