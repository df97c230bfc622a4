"use strict";

// The search. `cargo book` puts it in the place of elasticlunr, which mdBook's page asks: that one
// finds nothing in Chinese, which has no spaces, and not every part of a name such as `connect_ex`.
// Here each section's text is scanned for what was typed.
(function searchBySubstring() {
    window.elasticlunr = {
        // mdBook marks the words of an excerpt that begin with this.
        stemmer: (word) => word,
        Index: {
            load(docs) {
                const sections = Object.entries(docs).map(([ref, doc]) => ({
                    ref,
                    doc,
                    title: doc.title.toLowerCase(),
                    body: doc.body.toLowerCase(),
                    path: doc.breadcrumbs.toLowerCase(),
                }));
                return {
                    search(query) {
                        // In Chinese a name stands between words without a blank: 为什么recv返回空.
                        const words = query.toLowerCase().match(/\p{Script=Han}+|[^\s\p{Script=Han}]+/gu) ?? [];
                        const found = find(sections, words);
                        return found.length > 0 ? found : find(sections, words.flatMap(looser));
                    },
                };
            },
        },
    };

    function find(sections, words) {
        const found = [];
        for (const section of sections) {
            const scores = words.map((word) => score(section, word));
            if (words.length > 0 && scores.every((points) => points > 0)) {
                const points = scores.reduce((sum, one) => sum + one);
                found.push({ ref: section.ref, score: points, doc: excerpt(section, words) });
            }
        }
        return found.sort((a, b) => b.score - a.score);
    }

    // "connecting" is nowhere, but "connect" is. A Chinese question is no word of the text, and 返回空
    // may stand there as 返回的是空.
    function looser(word) {
        if (/\p{Script=Han}/u.test(word)) {
            return word.replace(/为什么|为何|怎么|如何|什么|[吗呢]/g, " ").match(/\p{Script=Han}{1,2}/gu) ?? [];
        }
        return [/^[a-z]{5,}$/.test(word) ? word.replace(/(ing|ed|es|s)$/, "") : word];
    }

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

    // The text around the first hit, from the beginning of a word; mdBook shows it below the title.
    function excerpt({ doc, body }, words) {
        const hits = words.map((word) => body.indexOf(word)).filter((at) => at >= 0);
        const hit = hits.length > 0 ? Math.min(...hits) : 0;
        let start = Math.max(0, hit - 60);
        if (start > 0) {
            const gap = doc.body.slice(start, hit).search(/[\s，。；：！？]/);
            // Without a gap before it, the hit is in a long word: from its beginning.
            start = gap >= 0 ? start + gap + 1 : doc.body.slice(0, hit).search(/\S+$/);
            start = start < 0 ? hit : start;
        }
        const end = doc.body.slice(start, start + 300);
        return { ...doc, body: (start > 0 ? "… " : "") + end };
    }
})();
