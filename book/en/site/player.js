"use strict";

// The player: steps through a recorded conversation, in every `figure.recording`.
//
// The figure holds a picture (SVG), and names its recordings in `data-recording`; they stand in
// scripts of type `application/json`, in this figure or in others of the page. Without this script
// the picture is all there is. Of several recordings the reader chooses one: with a slider if only
// a number differs in their names (backlog-0, backlog-1 …).
//
// In the picture, what has `data-step="3"` is lit at step 3, and a click on it leads there. A picture
// of the TCP states (`svg.tcp-states`) shows where both ends are.
(function players() {
    const WORDS = {
        en: {
            client: "client",
            server: "server",
            play: "Play",
            pause: "Pause",
            previous: "Previous step",
            next: "Next step",
            whole: "Show the whole picture",
            part: "Show a part of the picture",
            slider: "Step",
            step: (at, all) => `Step ${at} of ${all}`,
            backlog: "Backlog",
            recording: "Recording",
            program: (side) => `Program of the ${side}`,
            send: "Send buffer",
            receive: "Receive buffer",
            buffer: (side, which, bytes) => `${which} of the ${side}: ${bytes}.`,
            syn: "SYN queue",
            accept: "Accept queue",
            queue: (which, many) => `${which}: ${many}.`,
            places: (many, all) => `${many} of ${all}`,
            bytes: (many) => (many === 1 ? "1 byte" : `${number(many)} bytes`),
            carries: (many, flags) => `${many}, ${flags}`,
            again: (packet) => `${packet}, again`,
            numbered: (side, who) => `${side} ${who}`,
            subject: (side) => `The ${side}`,
            waits: (side, call) => [side, " calls ", call, ", which waits."],
            calls: (side, call, result) => [side, " calls ", call, ", which returns ", result, "."],
            callFails: (side, call, result) => [side, " calls ", call, ", which fails with ", result, "."],
            returns: (side, call, result) => [side, "’s ", call, " returns ", result, "."],
            returnFails: (side, call, result) => [side, "’s ", call, " fails with ", result, "."],
            sends: (side, packet, who) => [side, " sends ", packet, who ? ` to client ${who}` : "", "."],
            lost: " It never arrives.",
            dropped: " The accept queue is full, so the server’s kernel drops it.",
            enters: (side, state, who) => [side, who ? `’s end for client ${who}` : "", " is now in ", state, "."],
            state: (side, state) => `State of the ${side}: ${state}.`,
            note: (text) => `${text}.`,
            call: (text) => text,
            recorded: {},
        },
        zh: {
            client: "客户端",
            server: "服务端",
            play: "播放",
            pause: "暂停",
            previous: "上一步",
            next: "下一步",
            whole: "显示整幅图",
            part: "只显示一部分",
            slider: "步骤",
            step: (at, all) => `第 ${at} 步，共 ${all} 步`,
            backlog: "积压队列长度",
            recording: "录制",
            program: (side) => `${side}程序`,
            send: "发送缓冲区",
            receive: "接收缓冲区",
            buffer: (side, which, bytes) => `${side}${which}：${bytes}。`,
            syn: "SYN 队列",
            accept: "accept 队列",
            queue: (which, many) => `${which}：${many}。`,
            places: (many, all) => `${many} / ${all}`,
            bytes: (many) => `${number(many)} 字节`,
            carries: (many, flags) => `${many}，${flags}`,
            again: (packet) => `${packet}（重传）`,
            numbered: (side, who) => `${side} ${who}`,
            subject: (side) => side,
            waits: (side, call) => [side, "调用 ", call, "，开始等待。"],
            calls: (side, call, result) => [side, "调用 ", call, "，返回 ", result, "。"],
            callFails: (side, call, result) => [side, "调用 ", call, "，失败：", result, "。"],
            returns: (side, call, result) => [side, "的 ", call, " 返回 ", result, "。"],
            returnFails: (side, call, result) => [side, "的 ", call, " 失败：", result, "。"],
            sends: (side, packet, who) => [side, who ? `向客户端 ${who} ` : "", "发出 ", packet, "。"],
            lost: "它没有到达。",
            dropped: "accept 队列已满，服务端内核把它丢弃。",
            enters: (side, state, who) => [side, who ? `与客户端 ${who} 的连接` : "", "进入 ", state, " 状态。"],
            state: (side, state) => `${side}状态：${state}。`,
            note: (text) => `${text}。`,
            call: (text) => text.replace("bytes", "字节").replace("client's address", "客户端地址"),
            // What a recording says; its title is translated with the picture's.
            recorded: {
                "ICMP port unreachable": "ICMP 端口不可达",
                message: "消息",
                "message with a descriptor": "带描述符的消息",
                "The client's cable is pulled out": "客户端的网线被拔掉了",
                "The network is well again": "网络恢复了",
                "The network loses what the client sends": "网络丢掉了客户端发出的数据",
                "A second has passed: a client's kernel that had no answer asks again":
                    "一秒过去了：没有得到回答的客户端，其内核再问一次",
            },
        },
    };
    const language = document.documentElement.lang || "en";
    const words = language.toLowerCase().startsWith("zh") ? WORDS.zh : WORDS.en;
    const number = (value) => value.toLocaleString(language);
    const recorded = (text) => words.recorded[text] ?? text;
    const SIDES = ["client", "server"];

    /** Stops the player that is playing: two at a time are one too many. */
    let stopPlaying = () => {};

    for (const figure of document.querySelectorAll("figure.recording")) {
        try {
            const recordings = recordingsOf(figure);
            if (recordings.length > 0) {
                build(figure, recordings);
            }
        } catch (error) {
            reportError(error); // The figure keeps its picture, and the others get their player.
        }
    }

    function recordingsOf(figure) {
        const scripts = document.querySelectorAll('figure.recording > script[type="application/json"]');
        const all = Array.from(scripts, (one) => JSON.parse(one.textContent));
        return figure.dataset.recording.split(" ").flatMap((name) => all.find((one) => one.name === name) ?? []);
    }

    // -- What to show at each step --

    /** What holds after each step. A step says what it changes; the rest stays. */
    function views({ steps }) {
        const ends = { client: {}, server: {} };
        const stateOf = {};
        let [states, buffers, queues, who] = [{}, {}, null];
        return steps.map((step) => {
            const end = ends[step.side];
            if (step.kind === "call") {
                ends[step.side] = { line: step.line ?? end.line, call: plain(step), result: step.result };
            } else if (step.kind === "return") {
                ends[step.side] = { ...end, result: step.result };
            }
            who = step.who ?? who;
            states = step.states ?? states;
            if (who !== undefined) {
                // Of several clients the one that acts is shown.
                stateOf[who] = step.kind === "state" && step.side === "client" ? plain(step) : stateOf[who];
                states = { ...states, client: stateOf[who] };
            }
            buffers = step.buffers ?? buffers;
            queues = step.queues ?? queues;
            return { step, ends: { ...ends }, states, buffers, queues, who };
        });
    }

    /** The text of a step without the number of its client, which stands in `who` as well. */
    function plain({ text, who }) {
        return words.call(who === undefined ? text : text.replace(/^client \d+: /, ""));
    }

    function failed(result) {
        return /^E[A-Z0-9]+$/.test(result ?? "") && result !== "EINPROGRESS"; // That is how it should be.
    }

    /** The step as a sentence. */
    function sentence(step) {
        const { kind, side, who } = step;
        if (kind === "note") {
            return [words.note(recorded(step.text))];
        }
        const isNumbered = who !== undefined && side === "client";
        const subject = isNumbered ? capital(words.numbered(words.client, who)) : words.subject(words[side]);
        const peer = isNumbered ? undefined : who;
        const text = el("code", {}, kind === "packet" ? packet(step) : plain(step));
        const result = el("code", failed(step.result) ? { class: "player-alarm" } : {}, step.result ?? "");
        switch (kind) {
            case "call":
                return step.result == null
                    ? words.waits(subject, text)
                    : words[failed(step.result) ? "callFails" : "calls"](subject, text, result);
            case "return":
                return words[failed(step.result) ? "returnFails" : "returns"](subject, text, result);
            case "packet": {
                const lost = step.lost ? (step.queues ? words.dropped : words.lost) : "";
                return [...words.sends(subject, text, peer), lost];
            }
            default:
                return words.enters(subject, text, peer);
        }
    }

    function packet(step) {
        let text = recorded(plain(step));
        if (text.endsWith(", again")) {
            text = words.again(text.slice(0, -", again".length));
        }
        return step.bytes ? words.carries(words.bytes(step.bytes), text) : text;
    }

    function capital(text) {
        return text[0].toUpperCase() + text.slice(1);
    }

    /** What the step changes in states, buffers and queues: the eye sees it, the ear is told. */
    function changes(before, now) {
        const found = [];
        for (const side of SIDES) {
            const state = now.states[side];
            if (state && state !== before?.states[side] && now.step.kind !== "state") {
                found.push(words.state(words[side], state));
            }
            for (const which of ["send", "receive"]) {
                const held = now.buffers[side]?.[which];
                if (held !== undefined && held !== (before?.buffers[side]?.[which] ?? 0)) {
                    found.push(words.buffer(words[side], words[which], words.bytes(held)));
                }
            }
        }
        for (const which of ["syn", "accept"]) {
            const held = now.queues?.[which];
            if (held !== undefined && held !== (before?.queues?.[which] ?? 0)) {
                found.push(words.queue(words[which], held));
            }
        }
        return found.join(" ");
    }

    // -- The player of one figure --

    function build(figure, recordings) {
        let recording, all, at, update, timer;

        const previous = button("previous", words.previous, () => move(at - 1));
        const play = button("play", words.play, () => (timer ? stop() : start()));
        const next = button("next", words.next, () => move(at + 1));
        const slider = el("input", { type: "range", min: 1, "aria-label": words.slider });
        slider.addEventListener("input", () => move(Number(slider.value)));
        const count = el("span", { class: "player-count", "aria-hidden": "true" });
        const controls = el("div", { class: "player-controls" }, previous, play, next, slider, count);

        const stage = el("div", { class: "player-stage" });
        const say = el("p", { "aria-live": "polite", "aria-atomic": "true" });
        const longest = el("p", { class: "player-ghost", "aria-hidden": "true" });
        const text = el("div", { class: "player-say" }, say, longest);
        const chooser = recordings.length > 1 ? choose(recordings, show) : "";
        const player = el("div", { class: "player", role: "group" }, chooser, stage, text, controls);

        const pictures = [...figure.querySelectorAll(":scope > svg")];
        const isBrief = pictures[0]?.matches(".tcp-states");
        const machines = pictures.filter((svg) => svg.matches(".tcp-states")).map(machine);
        const diagrams = pictures.filter((svg) => svg.querySelector("[data-step]")).map((svg) => diagram(svg, move));

        figure.addEventListener("keydown", (event) => {
            if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
                return;
            }
            const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 1, End: all.length }[event.key];
            if (to !== undefined) {
                event.stopPropagation(); // mdBook would turn the page.
                if (!event.target.closest(".player-choose")) {
                    event.preventDefault();
                    move(to);
                }
            }
        });

        show(recordings[0]);
        figure.prepend(player);
        go(1); // Again, now that the pictures know their sizes.

        function show(chosen) {
            const wasLast = all && at === all.length;
            stop();
            recording = chosen;
            all = views(recording);
            player.setAttribute("aria-label", recording.title);
            slider.max = all.length;
            // The picture of the states is large, and has to fit on a screen with the buttons.
            update = fill(stage, recording, all, isBrief);
            const sentences = all.map(({ step }) => told(step).map((part) => part.cloneNode?.(true) ?? part));
            const lengths = sentences.map((parts) => parts.reduce((sum, part) => sum + (part.textContent ?? part).length, 0));
            longest.replaceChildren(...sentences[lengths.indexOf(Math.max(...lengths))]);
            go(wasLast ? all.length : Math.min(at ?? 1, all.length));
        }

        function told(step) {
            return [...sentence(step), step.error ? el("span", { class: "player-error" }, step.error) : ""];
        }

        function move(to) {
            stop();
            go(to);
        }

        function go(to) {
            at = Math.max(1, Math.min(to, all.length));
            const [before, now] = [all[at - 2], all[at - 1]];
            slider.value = at;
            slider.setAttribute("aria-valuetext", words.step(at, all.length));
            slider.style.setProperty("--done", `${(100 * (at - 1)) / Math.max(1, all.length - 1)}%`);
            count.textContent = words.step(at, all.length);
            previous.setAttribute("aria-disabled", at === 1);
            next.setAttribute("aria-disabled", at === all.length);
            say.replaceChildren(...told(now.step), el("span", { class: "player-heard" }, ` ${changes(before, now)}`));
            update(now);
            // The picture is that of the first recording.
            diagrams.forEach((light) => light(recording === recordings[0] ? at : 0));
            machines.forEach((light) => light(all.slice(0, at)));
        }

        function start() {
            stopPlaying();
            stopPlaying = stop;
            if (at === all.length) {
                go(1);
            }
            const wait = () => {
                // Long enough to read it.
                const time = Math.min(1500 + 25 * say.textContent.length, 6000);
                timer = setTimeout(() => {
                    go(at + 1);
                    at < all.length ? wait() : stop();
                }, time);
            };
            wait();
            label(play, "pause", words.pause);
        }

        function stop() {
            clearTimeout(timer);
            timer = undefined;
            label(play, "play", words.play);
        }
    }

    /** A call, which may be broken before its arguments. */
    function broken(call) {
        const [name, ...rest] = call.split(/(?<=\()/);
        return [name, el("wbr", {}), ...rest];
    }

    /** The choice between recordings: a slider if they differ in a number, else a list. */
    function choose(recordings, show) {
        const backlog = ({ name }) => name.match(/-(\d+)$/)?.[1];
        if (!recordings.every(backlog)) {
            const options = recordings.map(({ title }, at) => el("option", { value: at }, title));
            const list = el("select", {}, ...options);
            list.addEventListener("change", () => show(recordings[list.value]));
            return el("label", { class: "player-choose" }, el("span", {}, words.recording), list);
        }
        const inOrder = [...recordings].sort((one, other) => backlog(one) - backlog(other));
        const slider = el("input", { type: "range", min: 0, max: inOrder.length - 1, value: inOrder.indexOf(recordings[0]) });
        const value = el("output", {});
        const tell = () => {
            value.textContent = backlog(inOrder[slider.value]);
            slider.setAttribute("aria-valuetext", value.textContent);
            slider.style.setProperty("--done", `${(100 * slider.value) / slider.max}%`);
        };
        slider.addEventListener("input", () => {
            tell();
            show(inOrder[slider.value]);
        });
        tell();
        return el("label", { class: "player-choose" }, el("span", {}, words.backlog), slider, value);
    }

    /** Fills the stage for a recording, and returns what shows one of its steps there. */
    function fill(stage, { name, programs }, all, brief) {
        const sizes = brief ? [] : all.flatMap(({ buffers }) => SIDES.flatMap((side) => Object.values(buffers[side] ?? {})));
        const most = Math.max(0, ...sizes);
        const wire = el("div", { class: "player-wire" });
        const ends = SIDES.map((side) => end(side, brief ? [] : (programs?.[side] ?? []), all, most));
        const lines = all.some(({ queues }) => queues) ? queues(name, all) : null;
        stage.replaceChildren(...ends[0].parts, wire, ...ends[1].parts, ...(lines?.parts ?? []));
        return (now) => {
            ends.forEach((one) => one.update(now));
            lines?.update(now);
            wire.replaceChildren(...(now.step.kind === "packet" ? [arrow(now.step)] : []));
        };
    }

    function arrow(step) {
        const alarm = step.lost || /RST|ICMP/.test(step.text);
        return el(
            "div",
            { class: `player-packet ${alarm ? "alarm" : ""}`, "data-from": step.side, ...(step.lost && { "data-lost": "" }) },
            el("span", {}, packet(step)),
            el("i", { "aria-hidden": "true" }),
        );
    }

    /** One end of the conversation: its name and state, its program, its call, its buffers. */
    function end(side, program, all, most) {
        const title = el("span", {}, capital(words[side]));
        const state = el("code", { class: "player-state" });
        const lines = program.map((line) => el("li", {}, el("code", {}, line)));
        const call = el("code", {});
        const result = el("code", {});
        const calls = all.map(({ ends }) => `${ends[side].call ?? ""} = ${ends[side].result ?? "…"}`);
        const longest = calls.reduce((a, b) => (b.length > a.length ? b : a), "");
        const bars = ["send", "receive"].map((which) => bar(words[which], most));
        const parts = [
            el("p", { class: `player-name ${side}` }, title, state),
            el("ol", { class: `player-program ${side}`, "aria-label": words.program(words[side]) }, ...lines),
            el(
                "p",
                { class: `player-call ${side}` },
                el("span", {}, call, " ", result),
                el("span", { class: "player-ghost", "aria-hidden": "true" }, el("code", {}, ...broken(longest))),
            ),
            el("dl", { class: `player-buffers ${side}` }, ...bars.map((one) => one.part)),
        ].filter((part) => part.childElementCount > 0 && (most > 0 || part.tagName !== "DL"));
        const update = ({ step, ends, states, buffers, who }) => {
            if (who !== undefined && side === "client") {
                title.textContent = capital(words.numbered(words.client, who));
            }
            const now = ends[side];
            const acts = step.side === side && (step.kind === "call" || step.kind === "return");
            state.textContent = states[side] ?? "\u00a0"; // An empty one would be less high.
            lines.forEach((line, at) => {
                line.classList.toggle("at", at + 1 === now.line);
                line.classList.toggle("lit", at + 1 === now.line && acts);
                at + 1 === now.line ? line.setAttribute("aria-current", "step") : line.removeAttribute("aria-current");
            });
            call.replaceChildren(...broken(now.call ?? ""));
            call.parentElement.classList.toggle("lit", acts);
            result.textContent = now.call ? (now.result == null ? "…" : `= ${now.result}`) : "";
            result.classList.toggle("player-alarm", failed(now.result));
            bars[0].update(buffers[side]?.send ?? 0);
            bars[1].update(buffers[side]?.receive ?? 0);
        };
        return { parts, update };
    }

    function bar(name, most) {
        const value = el("span", {});
        const filled = el("i", { "aria-hidden": "true" });
        return {
            part: el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", { class: "player-bar" }, filled))),
            update: (held) => {
                const digits = number(held);
                const unit = words.bytes(held).slice(digits.length);
                value.replaceChildren(digits, el("span", { class: "player-unit" }, unit)); // A phone has no room for it.
                filled.style.width = `${(100 * held) / most}%`;
            },
        };
    }

    /** `listen`'s two queues. The accept queue has one place more than the backlog says. */
    function queues(name, all) {
        const backlog = name.match(/-(\d+)$/)?.[1];
        const parts = [];
        const updates = ["syn", "accept"].map((which) => {
            const most = Math.max(...all.map(({ queues }) => queues?.[which] ?? 0));
            const places = which === "accept" && backlog ? Math.max(Number(backlog) + 1, most) : Math.max(1, most);
            const value = el("span", {});
            const dots = Array.from({ length: places }, () => el("i", {}));
            parts.push(
                el("dt", {}, words[which]),
                el("dd", { class: `player-${which}` }, el("span", { class: "player-dots", "aria-hidden": "true" }, ...dots), value),
            );
            return ({ step, queues }) => {
                const held = queues?.[which] ?? 0;
                dots.forEach((dot, at) => dot.classList.toggle("full", at < held));
                value.textContent = which === "accept" && backlog ? words.places(held, places) : held;
                value.parentElement.classList.toggle("alarm", which === "accept" && step.lost === true);
            };
        });
        return {
            parts: [el("dl", { class: "player-queues" }, ...parts)],
            update: (now) => updates.forEach((update) => update(now)),
        };
    }

    // -- The pictures --

    /** Makes the steps of a sequence diagram places to click, and returns what lights one. */
    function diagram(svg, go) {
        const cursor = svgElement("rect", { class: "player-cursor", rx: 4, style: "display: none" });
        svg.prepend(cursor);
        for (const part of svg.querySelectorAll("[data-step]")) {
            part.addEventListener("click", () => go(Number(part.dataset.step)));
        }
        let lit;
        const view = viewOf(svg, () => light(lit));
        return light;

        function light(at) {
            lit = at;
            const parts = [...svg.querySelectorAll(`[data-step="${at}"]`)];
            const boxes = parts.map((part) => part.getBBox()).filter((box) => box.height > 0);
            cursor.style.display = boxes.length > 0 ? "" : "none";
            if (boxes.length > 0) {
                const top = Math.min(...boxes.map((box) => box.y)) - 3;
                const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + 3;
                cursor.setAttribute("width", svg.viewBox.baseVal.width);
                cursor.style.transform = `translateY(${top}px)`;
                cursor.setAttribute("height", bottom - top);
                const scale = svg.getBoundingClientRect().height / svg.viewBox.baseVal.height;
                view.scrollTop = (scale * (top + bottom) - view.clientHeight) / 2;
            }
        }
    }

    /** A high picture gets a view of limited height, so that it is seen together with the buttons. */
    function viewOf(svg, showStep) {
        const view = el("div", { class: "player-view", role: "group", "aria-label": svg.getAttribute("aria-label") });
        const toggle = el("button", { type: "button", class: "player-more" });
        toggle.addEventListener("click", () => {
            view.classList.toggle("whole");
            update();
        });
        const update = () => {
            const isWhole = view.classList.contains("whole");
            const scrolls = view.scrollHeight > view.clientHeight + 1;
            toggle.hidden = !isWhole && !scrolls;
            toggle.textContent = isWhole ? words.part : words.whole;
            scrolls ? (view.tabIndex = 0) : view.removeAttribute("tabindex");
            showStep(); // In another width the text is of another size.
        };
        svg.replaceWith(view);
        view.append(svg);
        view.after(toggle);
        new ResizeObserver(update).observe(view);
        return view;
    }

    /** Puts both ends into a picture of the TCP states, and returns what shows where they are. */
    function machine(svg) {
        const tokens = SIDES.map((side) => {
            const name = svgElement("text", { x: 35, y: 15.5, "text-anchor": "middle" });
            name.textContent = words[side];
            const token = svgElement("g", { class: `player-token ${side}` });
            token.append(svgElement("rect", { width: 70, height: 21, rx: 10 }), name);
            svg.append(token);
            return token;
        });
        return (seen) => {
            const passed = (side, move) =>
                seen.some(({ states }, at) => {
                    const from = seen[at - 1]?.states[side] ?? "CLOSED";
                    return from === move.dataset.from && states[side] === move.dataset.to;
                });
            for (const move of svg.querySelectorAll("[data-from]")) {
                SIDES.forEach((side) => move.classList.toggle(side, passed(side, move)));
            }
            const now = seen.at(-1).states;
            for (const state of svg.querySelectorAll("[data-state]")) {
                SIDES.forEach((side) => state.classList.toggle(side, now[side] === state.dataset.state));
            }
            tokens.forEach((token, at) => {
                const state = svg.querySelector(`[data-state="${now[SIDES[at]]}"] rect`);
                token.style.display = state ? "" : "none";
                if (state) {
                    const { x, y, width } = state.getBBox();
                    token.style.transform = `translate(${at === 0 ? x + 4 : x + width - 74}px, ${y - 17}px)`;
                }
            });
        };
    }

    // -- Elements --

    function el(tag, attributes, ...children) {
        return filled(document.createElement(tag), attributes, children);
    }

    function svgElement(tag, attributes) {
        return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, []);
    }

    function filled(element, attributes, children) {
        Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
        element.append(...children);
        return element;
    }

    function button(icon, name, press) {
        const made = el("button", { type: "button" }, el("i", { "aria-hidden": "true" }));
        label(made, icon, name);
        made.addEventListener("click", press);
        return made;
    }

    function label(button, icon, name) {
        button.className = `player-${icon}`;
        button.setAttribute("aria-label", name);
        button.title = name;
    }
})();
