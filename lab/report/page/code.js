// The code panel: the function that the PC is in, our source with its comments beside what the machine has.

import { el, fill, panel, show_in } from "./dom.js";
import { hex } from "./words.js";

// The source lines of a function, each with the instructions made of it. Without a source: the instructions alone.
export function function_lines(code, one) {
	const listing = code.listings.get(one.listing);
	const made = new Map();
	let first = Infinity;
	const next = code.functions.find((other) => other.begin > one.begin && other.listing === one.listing)?.begin;
	for (const line of code.lines.values()) {
		if (line.listing !== one.listing || line.address < one.begin || (next !== undefined && line.address >= next)) continue;
		if (line.line !== 0) first = Math.min(first, line.line);
		made.set(line.line, [...(made.get(line.line) ?? []), line]);
	}
	const stretch = listing.source.findLast((text) => text.first <= first);
	if (first === Infinity || !stretch) return [...made.values()].flat().map((line) => ({ number: 0, text: "", made: [line] }));
	const texts = stretch.text.split("\n");
	return texts.map((text, i) => ({ number: stretch.first + i, text, made: made.get(stretch.first + i) ?? [] }));
}

// Code and comment of a line, apart.
export function source_text(text) {
	const at = text.search(/(\/\/|^\s*@ )/);
	if (at < 0) return [text];
	return [text.slice(0, at), el("span.comment", {}, text.slice(at))];
}

export function make_code(tape, code) {
	const title = el("span", {});
	const table = el("table.code-lines", { "aria-label": "Source and instructions" });
	const box = el("div.scroll", { tabindex: 0, role: "region", "aria-label": "The code around the PC" }, table);
	const node = panel("code", ["The code: ", title], box);
	let shown = null;
	let rows = new Map();

	function render(one) {
		rows = new Map();
		const body = function_lines(code, one).flatMap((line) => {
			const instructions = line.made.length === 0 ? [null] : line.made;
			return instructions.map((instruction, i) => {
				const row = el(
					"tr",
					{ class: instruction ? "" : "plain" },
					el("td.mark"),
					el("td.address", {}, instruction ? instruction.address.toString(16) : ""),
					el("td.instruction", {}, instruction?.text ?? ""),
					el("td.number", {}, i === 0 && line.number ? String(line.number) : ""),
					el("td.source", {}, i === 0 ? source_text(line.text) : ""),
				);
				if (instruction) rows.set(instruction.address, row);
				return row;
			});
		});
		fill(
			table,
			el(
				"thead.hidden",
				{},
				el(
					"tr",
					{},
					["here", "address", "instruction", "line", "our source"].map((name) => el("th", { scope: "col" }, name)),
				),
			),
			el("tbody", {}, body),
		);
	}

	function update() {
		const one = code.function_at(tape.position.pc);
		if (one !== shown) {
			shown = one;
			if (one) render(one);
			else fill(table, el("caption", {}, `no code is known at ${hex(tape.position.pc)}`));
		}
		fill(title, code.describe(tape.position.pc));
		for (const row of table.querySelectorAll(".here")) {
			row.classList.remove("here");
			row.removeAttribute("aria-current");
			fill(row.firstChild);
		}
		const row = rows.get(tape.position.pc);
		if (!row) return;
		row.classList.add("here");
		row.setAttribute("aria-current", "step");
		fill(row.firstChild, "▶");
		show_in(box, row);
	}
	return { node, update };
}
