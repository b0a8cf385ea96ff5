// The player: one tape with its strip, its controls and all panels.

import { el, fill } from "./dom.js";
import { make_code } from "./code.js";
import { make_holder } from "./holder.js";
import { make_kernel } from "./kernel.js";
import { make_registers } from "./registers.js";
import { make_stacks } from "./stacks.js";
import { legend, make_strip, position_name, position_text } from "./strip.js";

const PLAY_MS = 450;

// `outcome_at`, `label`: of the strip. `wide`: what stands between the controls and the panels; `below`: beneath the holder of g. `moved`: called
// after each move. `tells`: a line under the controls, where a projector shows it.
export class Player {
	constructor({ tape, code, label, outcome_at, below = null, wide = null, tells = null, moved = () => {} }) {
		this.tape = tape;
		this.code = code;
		this.moved = moved;
		this.strip = make_strip({ tape, code, label, outcome_at, go: (at) => this.go(at) });
		this.panels = [
			make_code(tape, code),
			make_holder(tape),
			make_kernel(tape, code),
			make_registers(tape, code),
			make_stacks(tape, code),
		];
		this.slider = el("input", {
			type: "range",
			min: 0,
			max: tape.length - 1,
			value: 0,
			"aria-label": "Position",
			oninput: () => this.go(Number(this.slider.value)),
		});
		this.where = el("output.where-now", {});
		this.live = el("p.hidden", { role: "status", "aria-live": "polite" });
		this.play_button = el("button", { type: "button", onclick: () => this.play(), "aria-pressed": "false", title: "space" }, "▶ play");
		const button = (text, by, keys) =>
			el("button", { type: "button", title: keys, "aria-label": keys, onclick: () => this.step(by) }, text);
		const controls = el(
			"div.controls",
			{ role: "group", "aria-label": "Player" },
			button("|◀", -Infinity, "to the start (Home)"),
			button("◀ back", -1, "back (left arrow)"),
			button("step ▶", 1, "step (right arrow)"),
			button("▶|", Infinity, "to the end (End)"),
			this.play_button,
		);
		const [code_panel, holder, kernel, registers, stacks] = this.panels.map((one) => one.node);
		this.node = el(
			"div.player",
			{},
			this.strip.node,
			legend(new Set(this.strip.places)),
			el("div.bar", {}, controls, this.slider, this.where, tells),
			this.live,
			wide,
			el(
				"div.panels",
				{},
				el("div.left", {}, code_panel),
				el("div.right", {}, holder, below, kernel.children[1], kernel.children[0]),
				registers,
				stacks,
			),
		);
	}

	go(at) {
		this.tape.seek(at);
		this.update();
	}

	step(by) {
		const to = by === -Infinity ? 0 : by === Infinity ? this.tape.length - 1 : this.tape.at + by;
		this.go(to);
	}

	update() {
		const { tape } = this;
		this.slider.value = tape.at;
		this.slider.setAttribute("aria-valuetext", position_text(tape, this.code));
		const line = this.code.line(tape.position.pc);
		fill(
			this.where,
			el("strong", {}, position_name(tape.position)),
			` (${tape.at} of ${tape.length - 1})`,
			line ? [", next: ", el("code", {}, line.text)] : "",
		);
		this.live.textContent = position_text(tape, this.code);
		this.strip.update();
		for (const panel of this.panels) panel.update();
		this.moved(tape);
	}

	play() {
		if (this.timer) return this.pause();
		if (this.tape.at === this.tape.length - 1) this.go(0);
		this.play_button.textContent = "pause";
		this.play_button.setAttribute("aria-pressed", "true");
		this.timer = setInterval(() => (this.tape.at < this.tape.length - 1 ? this.step(1) : this.pause()), PLAY_MS);
	}

	pause() {
		clearInterval(this.timer);
		this.timer = null;
		this.play_button.textContent = "▶ play";
		this.play_button.setAttribute("aria-pressed", "false");
	}

	// True if the key was one of the player's.
	key(event) {
		const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
		if (by !== undefined) {
			this.pause();
			this.step(event.shiftKey && Math.abs(by) === 1 ? by * 10 : by);
		} else if (event.key === " ") {
			this.play();
		} else {
			return false;
		}
		return true;
	}
}
