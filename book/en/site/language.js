"use strict";

// The way to the other language leads to the same place of the page: to the heading that the
// address names, or else to the one that the reader has scrolled to.
(function keepPlaceInOtherLanguage() {
    const place = () => {
        if (location.hash) {
            return location.hash;
        }
        const headings = [...document.querySelectorAll("main :is(h2, h3, h4)[id]")];
        const passed = headings.filter((one) => one.getBoundingClientRect().top < innerHeight / 3);
        return passed.length > 0 ? `#${passed.at(-1).id}` : "";
    };
    for (const link of document.querySelectorAll("a.language")) {
        for (const event of ["click", "auxclick", "contextmenu"]) {
            link.addEventListener(event, () => {
                link.hash = place();
            });
        }
    }
})();
