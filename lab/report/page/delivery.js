// "Deliver a signal here": what it would break at a boundary; and of one that was delivered the handler's g, its end, and the state after.

import { el } from "./dom.js";
import { grade } from "./film_data.js";
import { value_name } from "./holder.js";
import { hex, scenario_text, signal_text } from "./words.js";

// The letters of findings, in the order of the matrix.
export const letters_of = (data, findings) =>
	data.properties
		.map((one) => one.letter)
		.filter((letter) => findings.some((one) => one.letter === letter))
		.join("");

function findings_list(findings) {
	const item = (one) => [
		el(`span.letter.${grade([one])}`, {}, one.letter),
		el("strong", {}, ` ${one.property}`),
		` (${one.kind})`,
		one.cause ? "" : el("em", {}, ": follows from what broke before"),
		el("br"),
		`expected ${one.expected}; observed ${one.observed}`,
		el("br"),
		el("span.why", {}, `${one.what} ${one.so}`),
	];
	return el(
		"ul.findings",
		{},
		findings.map((one) => el("li", {}, item(one))),
	);
}

function command(view, schedule) {
	const target = scenario_text(view.walk, view.signal);
	return el("p.command", {}, "The same in a terminal: ", el("code", {}, `siglab replay ${target}${schedule}`));
}

// What stands beside an undisturbed walk.
export function offer(view) {
	const { data, walk, signal, boundary } = view;
	const outcome = view.outcomes[boundary];
	const findings = [...outcome.broken, ...outcome.always];
	const buttons = data.signals(walk).map((one) => {
		const reel = view.reel(one);
		const broken = letters_of(data, data.outcomes(walk, one)[boundary].broken);
		const says = !reel ? data.why_not(walk, boundary) : broken ? `breaks ${broken}` : "holds";
		const attributes = { type: "button", disabled: !reel, onclick: () => view.deliver(one) };
		return el("button.deliver", attributes, signal_text(one), el("small", {}, says));
	});
	const summary = `${signal_text(signal)} at this boundary breaks ${letters_of(data, findings)}`;
	return [
		el("h3", { id: "card-title" }, "Deliver a signal here"),
		el("div.buttons", {}, buttons),
		findings.length === 0
			? el("p", {}, `${signal_text(signal)} at this boundary: everything holds.`)
			: el("details", { open: true }, el("summary", {}, summary), findings_list(findings)),
		command(view, ""),
	];
}

export class Delivery {
	// `tape`: the walk up to that boundary, and the handler's run.
	constructor(data, walk, signal, boundary, tape) {
		Object.assign(this, { data, walk, signal, boundary, tape });
		this.reel = data.reel(walk, signal, boundary);
		this.owner = tape.positions[boundary].owner;
		this.fetched = this.find_fetched();
		this.left = tape.positions.at(-1).verb === "leave";
		this.changes = this.reel.end || this.left ? [] : this.changes_after();
		const reels = data.take(walk).deliveries.find((one) => one.signal === signal).reels;
		this.alike = reels.filter((number) => number === this.reel.number).length - 1;
	}

	// Where the guest notes which g it goes on with.
	find_fetched() {
		const cell = this.tape.names.get("fetched g");
		for (const position of this.tape.positions.slice(this.boundary + 1)) {
			const change = position.changes.find((one) => one.address === cell);
			if (change) return { index: position.index, value: change.now };
		}
		return null;
	}

	// What the return has not put back: registers, what the kernel keeps, and live memory.
	changes_after() {
		const { tape } = this;
		const before = tape.positions[this.boundary + 1].open[0].registers;
		const at = tape.at;
		tape.seek(tape.length - 1);
		const kept = [...tape.machine.registers, "blocked", "pending", "alt.sp", "alt.size", "alt.flags"];
		const registers = kept
			.filter((name) => tape.register(name) !== before.get(name))
			.map((name) => `${name}: ${hex(before.get(name))} → ${hex(tape.register(name))}`);
		tape.seek(at);
		const written = tape.positions.slice(this.boundary + 1).flatMap((position) => position.changes);
		const memory = this.data.left(this.reel).map(({ address, value }) => {
			const was = written.find((one) => one.address === address)?.was;
			return `${tape.stage.names[hex(address)] ?? hex(address)}: ${value_name(tape, was)} → ${value_name(tape, value)}`;
		});
		return [...registers, ...memory];
	}

	// Where something happens: the kernel's entry, the g that is fetched, the end.
	events() {
		return [...new Set([this.boundary + 1, ...(this.fetched ? [this.fetched.index] : []), this.tape.length - 1])];
	}

	// What there is to see at the tape's place, in a sentence, and whether it is right or wrong.
	told() {
		const { tape, fetched } = this;
		if (tape.at <= this.boundary) return ["", ""];
		const last = tape.at === tape.length - 1;
		const [g, kind] = this.g_row();
		const handler = fetched && tape.at >= fetched.index ? `The handler goes on with ${g}.` : "The kernel has entered the handler; it will ask who it is.";
		if (!last) return [handler, fetched && tape.at >= fetched.index ? kind : ""];
		if (this.reel.end) return [`${fetched ? `${handler} ` : ""}The process does not go on: ${this.reel.end}.`, "wrong"];
		if (this.left) return [`${handler} It jumps out.`, kind];
		const same = this.changes.length === 0;
		return [`${handler} It has returned; the state after ${same ? "is" : "is not"} the state before.`, same ? kind : "wrong"];
	}

	g_row() {
		if (!this.fetched) return ["it never gets that far", ""];
		if (this.tape.at < this.fetched.index) return ["not fetched yet", ""];
		const right = this.fetched.value === this.owner;
		return [
			`${value_name(this.tape, this.fetched.value)} ${right ? "✓ the true one" : "✗ not the true one"}`,
			right ? "right" : "wrong",
		];
	}

	after_row() {
		if (this.reel.end) return ["there is none", "wrong"];
		if (this.left) return ["the walk is given up; the process goes on where the handler has jumped to", ""];
		if (this.changes.length === 0) return ["equals the state before, in everything that anybody may rely on", "right"];
		const list = el(
			"ul",
			{},
			this.changes.map((one) => el("li", {}, el("code", {}, one))),
		);
		return [["differs, so the rest of the walk is another walk:", list], "wrong"];
	}

	card(view) {
		const { tape, data } = this;
		const row = (title, [text, kind]) => el("div", { class: kind }, el("dt", {}, title), el("dd", {}, text));
		const button = (text, action) => el("button", { type: "button", onclick: action }, text);
		const ends = this.reel.end ? [`the process does not go on: ${this.reel.end}`, "wrong"] : [this.left ? "it jumps out, without rt_sigreturn" : "it returns", ""];
		const elsewhere =
			this.alike > 0 ? `the handler runs in the same way at ${this.alike} more boundaries` : "no other boundary has a run like this";
		const findings = view.outcomes[this.boundary].broken;
		return [
			el("h3", { id: "card-title" }, `${signal_text(this.signal)} at boundary ${this.boundary}`),
			el(
				"div.buttons",
				{},
				button("✕ back to the undisturbed walk", () => view.leave()),
				button("to the state after", () => view.player.go(tape.length - 1)),
			),
			el(
				"dl.facts.told",
				{},
				row("the true g", [value_name(tape, this.owner), ""]),
				row("the handler's g", this.g_row()),
				row("it ends", ends),
				row("the state after", this.after_row()),
				row("elsewhere", [elsewhere, ""]),
			),
			findings.length === 0
				? el("p", {}, "Everything holds.")
				: el(
						"details",
						{ open: tape.at === tape.length - 1 },
						el("summary", {}, `This breaks ${letters_of(data, findings)}`),
						findings_list(findings),
					),
			command(view, ` ${this.signal}@${this.boundary}`),
		];
	}
}
