// A walk: its strip and player, a switch of versions that keeps the place, and "deliver a signal here".

import { el, fill } from "./dom.js";
import { make_compare } from "./compare.js";
import { Delivery, letters_of, offer } from "./delivery.js";
import { grade, same_places } from "./film_data.js";
import { Player } from "./player.js";
import { position_name, walk_outcome } from "./strip.js";
import { signal_text } from "./words.js";

export const walk_key = (walk) =>
	[walk.isa, walk.variant, walk.function, walk.caller, walk.vdso, walk.world].map(encodeURIComponent).join(":");

export class WalkView {
	// `place`: {signal, at, inside}; inside counts from the kernel's entry, null is the undisturbed walk.
	constructor(data, walk, place, moved) {
		this.data = data;
		this.moved = moved;
		this.node = el("article.walk", {});
		this.other = null;
		this.open(walk, place);
	}

	open(walk, { signal, at = 0, inside = null }) {
		this.player?.pause();
		this.walk = walk;
		const known = this.data.signals(walk);
		this.signal = known.includes(signal) ? signal : known.includes("PROF") ? "PROF" : known[0];
		this.outcomes = this.data.outcomes(walk, this.signal);
		this.boundary = Math.min(at, this.data.tape(walk).length - 1);
		this.inside = inside !== null && this.reel() ? inside : null;
		this.build();
	}

	reel(signal = this.signal) {
		return this.data.reel(this.walk, signal, this.boundary);
	}

	build() {
		const { data, walk } = this;
		const delivered = this.inside !== null;
		const tape = delivered ? data.delivered(walk, this.signal, this.boundary) : data.tape(walk);
		this.delivery = delivered ? new Delivery(data, walk, this.signal, this.boundary, tape) : null;
		const undisturbed = walk_outcome(this.outcomes, (i) => data.reel(walk, this.signal, i), this.signal, (i) =>
			data.why_not(walk, i),
		);
		const { delivery } = this;
		const outcome_at = delivered ? (i) => this.delivered_cell(delivery, undisturbed, i) : undisturbed;
		this.card = el("section.card", { "aria-labelledby": "card-title" });
		this.caption = delivered ? el("p.caption", { role: "status" }) : null;
		this.compare = null;
		this.compare_box = el("div", {});
		this.player = new Player({
			tape,
			code: data.code(walk),
			label: signal_text(this.signal),
			outcome_at,
			below: this.card,
			tells: this.caption,
			wide: this.compare_box,
			moved: () => this.update(),
		});
		fill(this.node, this.head(), this.player.node);
		this.build_compare();
		this.player.go(delivered ? this.boundary + 1 + this.inside : this.boundary);
	}

	delivered_cell({ tape, reel, boundary }, undisturbed, i) {
		const position = tape.positions[i];
		if (i <= boundary) return undisturbed(i);
		if (position.verb === "take") return { mark: "⚡", grade: "event", title: `${signal_text(position.signal)} is taken` };
		if (position.verb === "return") return { mark: "↩", grade: "event", title: "the handler has returned" };
		if (position.verb === "leave") return { mark: "↷", grade: "event", title: "the handler has jumped out" };
		if (i === tape.length - 1 && reel.end) return { mark: "†", grade: "loses", title: reel.end };
		return { mark: "", grade: "inside", title: position_name(position) };
	}

	// ---- What is shown, and what else could be ----

	head() {
		const { data, walk } = this;
		const run = data.run(walk, this.signal);
		const isas = [...new Set(data.walks.map((one) => one.isa))];
		const alike = this.alike();
		const vdsos = data.walks.filter(
			(one) => one.isa === walk.isa && one.variant === walk.variant && one.world === walk.world && one.function === walk.function,
		);
		const choose = (title, id, options, value, change) =>
			el(
				"label",
				{},
				title,
				" ",
				el(
					"select",
					{ id, onchange: (event) => change(event.target.value) },
					options.map((one) => el("option", { value: one, selected: one === value }, one)),
				),
			);
		const version = (one) => {
			const broken = letters_of(data, data.run(one, this.signal)?.broken.map((b) => data.verdicts[b[2]]) ?? []);
			return el(
				"button",
				{
					type: "button",
					"aria-pressed": String(one === walk),
					onclick: () => this.to(one),
					class: grade([...broken].map((letter) => ({ letter }))),
				},
				one.variant,
				el("small", {}, broken || "holds"),
			);
		};
		const failing = this.outcomes.filter((one) => one.broken.length + one.always.length > 0).length;
		return el(
			"header.walk-head",
			{},
			el(
				"h2",
				{ tabindex: -1 },
				`${walk.variant} with the vDSO ${walk.vdso}`,
				el("small", {}, ` ${walk.isa}, ${walk.function} called from ${walk.caller}, world ${walk.world}`),
			),
			el(
				"div.choices",
				{},
				el("div.buttons", { role: "group", "aria-label": "Version" }, alike.map(version)),
				choose("ISA", "isa", isas, walk.isa, (isa) =>
					this.to(data.find(isa, walk.variant, walk.vdso, walk) ?? data.walks.find((one) => one.isa === isa)),
				),
				choose(
					"vDSO",
					"vdso",
					vdsos.map((one) => one.vdso),
					walk.vdso,
					(vdso) => this.to(data.find(walk.isa, walk.variant, vdso, walk)),
				),
				choose(
					"beside",
					"beside",
					["none", ...alike.filter((one) => one !== walk).map((one) => one.variant)],
					this.other?.variant ?? "none",
					(name) => this.beside(name),
				),
				el(
					"div.buttons.signals",
					{ role: "group", "aria-label": "Signal" },
					data.signals(walk).map((signal) =>
						el(
							"button",
							{
								type: "button",
								"aria-pressed": String(signal === this.signal),
								onclick: () => this.choose_signal(signal),
							},
							signal_text(signal),
						),
					),
				),
			),
			el(
				"p.summary",
				{},
				`${run.boundaries} boundaries. ${signal_text(this.signal)} `,
				failing === 0 ? "breaks nothing at any of them." : `breaks something at ${failing} of them.`,
				data.walk_end(walk) ? ` The walk itself ends: ${data.walk_end(walk)}.` : "",
			),
		);
	}

	// The walks that differ in the version only.
	alike() {
		const same = ["isa", "vdso", "function", "caller", "world"];
		return this.data.walks.filter((one) => same.every((name) => one[name] === this.walk[name]));
	}

	place() {
		return { signal: this.signal, at: this.boundary, inside: this.inside };
	}

	instructions(walk) {
		const code = this.data.code(walk);
		return this.data
			.tape(walk)
			.positions.map((p) => `${code.where(p.pc, 0)} ${code.line(p.pc)?.text.replace(/#?-?0x[0-9a-f]+/g, "#")}`);
	}

	// The same place in another walk.
	mapped(walk) {
		return same_places(this.instructions(this.walk), this.instructions(walk))[this.boundary]?.to ?? 0;
	}

	to(walk) {
		if (!walk) return;
		const at = this.mapped(walk);
		if (this.other && (this.other === walk || this.other.isa !== walk.isa)) this.other = null;
		this.open(walk, { signal: this.signal, at, inside: this.inside === null ? null : 0 });
		this.node.querySelector(".buttons [aria-pressed=true]")?.focus();
	}

	version(by) {
		const alike = this.alike();
		this.to(alike[alike.indexOf(this.walk) + by]);
	}

	beside(name) {
		this.other = name === "none" ? null : this.data.find(this.walk.isa, name, this.walk.vdso, this.walk);
		this.build_compare();
		this.compare?.update();
	}

	build_compare() {
		this.compare = null;
		fill(this.compare_box);
		if (!this.other || this.other.vdso !== this.walk.vdso) return;
		const { data, walk, other } = this;
		const outcomes = data.outcomes(other, this.signal);
		const says = (all, at) => {
			const findings = [...(all[at]?.broken ?? []), ...(all[at]?.always ?? [])];
			const broken = findings.map((one) => `${one.property} broken (${one.kind})`).join(", ");
			return `${signal_text(this.signal)} here (boundary ${at}): ${broken || "everything holds"}`;
		};
		const at_other = () => data.tape(other).positions[this.mapped(other)];
		this.compare = make_compare([
			{
				name: walk.variant,
				code: data.code(walk),
				pc: () => data.tape(walk).positions[this.boundary].pc,
				says: () => says(this.outcomes, this.boundary),
			},
			{ name: other.variant, code: data.code(other), pc: () => at_other().pc, says: () => says(outcomes, at_other().boundary) },
		]);
		fill(this.compare_box, this.compare.node);
	}

	// ---- Deliver a signal here ----

	deliver(signal = this.signal) {
		if (!this.data.reel(this.walk, signal, this.boundary)) return;
		this.open(this.walk, { signal, at: this.boundary, inside: 0 });
		this.card.querySelector("button")?.focus();
	}

	leave() {
		if (this.inside === null) return;
		this.open(this.walk, { ...this.place(), inside: null });
		this.card.querySelector("button")?.focus();
	}

	update() {
		const { tape } = this.player;
		if (this.inside === null) {
			this.boundary = tape.at;
		} else {
			this.inside = Math.max(-1 - this.boundary, tape.at - this.boundary - 1);
		}
		this.keep_focus(() => fill(this.card, this.inside === null ? offer(this) : this.delivery.card(this)));
		if (this.caption) {
			const [text, kind] = this.delivery.told();
			this.caption.textContent = text;
			this.caption.className = `caption ${kind}`;
		}
		this.compare?.update();
		this.moved(this);
	}

	// The card is made anew at each step; a button in it that has the focus has it again.
	keep_focus(change) {
		const at = [...this.card.querySelectorAll("button")].indexOf(document.activeElement);
		change();
		if (at >= 0) this.card.querySelectorAll("button")[at]?.focus({ preventScroll: true });
	}

	// Another signal at the same place; the focus is on what was chosen.
	choose_signal(signal) {
		this.open(this.walk, { ...this.place(), signal });
		this.node.querySelector(".signals [aria-pressed=true]").focus({ preventScroll: true });
	}

	key(event) {
		if (this.player.key(event)) return true;
		const actions = {
			d: () => this.deliver(),
			Escape: () => this.leave(),
			"[": () => this.version(-1),
			"]": () => this.version(1),
			s: () => this.next_signal(),
			b: () => this.node.querySelector("#beside").focus(),
			n: () => this.next_broken(1),
			p: () => this.next_broken(-1),
		};
		if (!actions[event.key]) return false;
		actions[event.key]();
		return true;
	}

	next_signal() {
		const all = this.data.signals(this.walk);
		this.choose_signal(all[(all.indexOf(this.signal) + 1) % all.length]);
	}

	// To the next boundary at which something else breaks than here; of a delivery, to what happens next in it.
	next_broken(by) {
		if (this.inside !== null) {
			const events = this.delivery.events(), { at } = this.player.tape;
			const to = by > 0 ? events.find((one) => one > at) : events.findLast((one) => one < at);
			if (to !== undefined) this.player.go(to);
			return;
		}
		const letters = (i) => letters_of(this.data, this.outcomes[i].broken);
		let to = this.boundary + by;
		while (this.outcomes[to] && letters(to) === letters(to - by)) to += by;
		if (this.outcomes[to]) this.player.go(to);
	}
}
