// The museum: bugs of Go's history as stories, each with the version that has it and the one that mended it.

import { el, fill } from "./dom.js";
import { value_name } from "./holder.js";
import { Player } from "./player.js";
import { position_name } from "./strip.js";

const story_href = (index, side) => `#story:${index}:${side}`;

export function make_museum(data) {
	const rows = Map.groupBy
		? [
				...Map.groupBy(
					data.exhibits.map((one, index) => ({ ...one, index })),
					(one) => one.id,
				).values(),
			]
		: grouped(data.exhibits);
	return el(
		"article.museum",
		{},
		el("h2", { tabindex: -1 }, "The museum"),
		el(
			"p.lead",
			{},
			"Bugs of this class in Go's history. Each was found here by exploring every schedule of signals, and the version that mended it was explored to the end without showing it.",
		),
		rows.length === 0 && el("p", {}, "This page was made without a museum: give report the record of `siglab museum --film` too."),
		rows.map((row) =>
			el(
				"section.exhibit",
				{ "aria-labelledby": `exhibit-${row[0].index}` },
				el("h3", { id: `exhibit-${row[0].index}` }, `${row[0].id}: ${row[0].title}`),
				el("p", {}, row[0].what, " ", row[0].so),
				row.map((one) => pair(data, one)),
			),
		),
	);
}

function grouped(exhibits) {
	const rows = new Map();
	exhibits.forEach((one, index) => rows.set(one.id, [...(rows.get(one.id) ?? []), { ...one, index }]));
	return [...rows.values()];
}

function pair(data, one) {
	const verdict = data.verdicts[one.verdict];
	const play = (side, text) =>
		one[side].story === undefined
			? null
			: el("a.button", { href: story_href(one.index, side), "aria-label": `${text}: ${one.id} on ${one.isa}` }, `▶ ${text}`);
	return el(
		"div.exhibit-pair",
		{},
		el("h4", {}, `${one.isa}`),
		el(
			"p.side.fails",
			{},
			el("span.letter", { class: verdict.letter === "R" || verdict.letter === "A" ? "loses" : "breaks" }, verdict.letter),
			` ${one.fails.variant}: ${one.fails.told} `,
			play("fails", "play the story"),
		),
		one.window && el("p.window-text", {}, `Window: ${one.window}`),
		el("p.side.mends", {}, el("span.letter.holds", {}, "✓"), ` ${one.holds.told} `, play("holds", "the same signals")),
		!one.stated && el("p.side.fails", {}, "Not as the catalogue states it."),
	);
}

export class StoryView {
	constructor(data, index, side, at, moved) {
		const exhibit = data.exhibits[index];
		const { story, tape, code, end } = data.story(exhibit, side);
		this.exhibit = exhibit;
		this.moved = moved;
		this.end = end;
		const where = exhibit[side];
		const other = side === "fails" ? "holds" : "fails";
		const events = tape.positions.filter((p) => ["take", "pend", "tick", "return", "leave"].includes(p.verb));
		this.caption = el("p.caption", { role: "status" });
		this.player = new Player({
			tape,
			code,
			label: "events",
			outcome_at: (i) => this.cell(tape, i),
			moved: () => this.update(),
			tells: this.caption,
			below: el(
				"section.card",
				{ "aria-labelledby": "card-title" },
				el("h3", { id: "card-title" }, "What happens"),
				el(
					"div.buttons",
					{},
					events.map((p) => el("button", { type: "button", onclick: () => this.player.go(p.index) }, this.event_name(tape, p))),
					el("button", { type: "button", onclick: () => this.player.go(tape.length - 1) }, "the end"),
				),
				el("p", {}, exhibit.what, " ", exhibit.so),
			),
		});
		this.node = el(
			"article.story",
			{},
			el(
				"header.walk-head",
				{},
				el(
					"h2",
					{ tabindex: -1 },
					`${exhibit.id}: ${exhibit.title}`,
					el("small", {}, ` ${exhibit.isa} ${where.variant} with ${where.vdso}, world ${where.world}`),
				),
				el(
					"p.summary",
					{},
					side === "fails" ? `It breaks: ${where.told}.` : `Mended: ${where.told}.`,
					` The schedule: ${story.schedule === "-" ? "no signal" : story.schedule}. `,
					exhibit[other].story !== undefined &&
						el(
							"a.button",
							{ href: story_href(index, other) },
							other === "holds" ? `the same signals on ${exhibit.holds.variant}` : `back to ${exhibit.fails.variant}`,
						),
					" ",
					el("a.button", { href: "#museum" }, "all stories"),
				),
			),
			this.player.node,
		);
		this.player.go(at);
	}

	event_name(tape, position) {
		if (position.verb === "take") return `⚡ ${position.signal} at ${tape.positions[position.index - 1].boundary}`;
		if (position.verb === "return") return "↩ return";
		if (position.verb === "leave") return "↷ jump out";
		return position.verb === "tick" ? "tick" : `… ${position.signal} is masked`;
	}

	cell(tape, i) {
		const position = tape.positions[i];
		const mark = { take: "⚡", return: "↩", leave: "↷", pend: "…", tick: "t" }[position.verb];
		if (mark) return { mark, grade: "event", title: position_name(position) };
		if (i === tape.length - 1 && this.end) return { mark: "†", grade: "loses", title: this.end };
		return { mark: "", grade: "inside", title: position_name(position) };
	}

	// What to look at here, in a sentence.
	update() {
		const { tape } = this.player;
		// Where nothing happens, what has happened last.
		let at = tape.at;
		while (at > 0 && this.notes(tape, at).length === 0) --at;
		this.caption.className = this.notes(tape, at).some((one) => one.includes("✗")) ? "caption wrong" : "caption";
		fill(this.caption, at === 0 ? "Step on, or jump to what happens next (n)." : this.notes(tape, at).join(" "));
		this.moved(this);
	}

	notes(tape, at) {
		const p = tape.positions[at];
		const fetched = p.changes.find((one) => one.address !== undefined && one.address === tape.names.get("fetched g"));
		const slot = p.changes.find((one) => one.address !== undefined && one.address === tape.names.get("slot"));
		const sp = p.changes.find((one) => one.address !== undefined && one.address === tape.names.get("m.vdsoSP"));
		const notes = [];
		if (p.verb === "take")
			notes.push(`The kernel puts a frame on the signal stack and enters the handler. The true g is ${value_name(tape, p.owner)}.`);
		if (p.verb === "return") notes.push("rt_sigreturn: the registers come back from the frame.");
		if (p.verb === "leave") notes.push("The handler jumps out: no rt_sigreturn, and the code that it interrupted is given up.");
		if (fetched) {
			const owner = p.open.at(-1)?.owner ?? p.owner;
			const mark = fetched.now === owner ? "✓" : "✗";
			notes.push(`The handler goes on with ${value_name(tape, fetched.now)} ${mark}; the true g is ${value_name(tape, owner)}.`);
		}
		if (slot) notes.push(slot.now === 0n ? "The slot is emptied." : `The slot gets ${value_name(tape, slot.now)}.`);
		if (sp) notes.push(sp.now === 0n ? "vdsoSP is cleared: no call is open, says the profiler." : "vdsoSP is set.");
		if (at === tape.length - 1) notes.push(this.end ? `The end: ${this.end}.` : "The end: the caller has what it wanted.");
		return notes;
	}

	// To the next moment, or back to the one before, at which there is something to tell.
	next_event(by) {
		const { tape } = this.player;
		let to = tape.at + by;
		while (to > 0 && to < tape.length && this.notes(tape, to).length === 0) to += by;
		if (to >= 0 && to < tape.length) this.player.go(to);
	}

	key(event) {
		if (this.player.key(event)) return true;
		if (event.key !== "n" && event.key !== "p") return false;
		this.player.pause();
		this.next_event(event.key === "n" ? 1 : -1);
		return true;
	}
}
