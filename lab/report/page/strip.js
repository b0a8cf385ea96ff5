// The strip: a film as one row of cells, one for each position, with what it breaks, where it is, and the windows that matter under it.

import { el, fill } from "./dom.js";
import { grade } from "./film_data.js";
import { hex, signal_text } from "./words.js";

const LEAST_CELL = 11; // pixels; a longer strip goes on in the next row

export const WHERE = {
	go: { name: "Go", long: "the Go caller" },
	trampoline: { name: "trampoline", long: "the trampoline: Go's side of the call" },
	vdso: { name: "vDSO", long: "C code of the vDSO" },
	handler: { name: "handler", long: "the signal handler" },
	kernel: { name: "kernel", long: "the kernel's page" },
};

// Which windows are drawn, from top to bottom.
const WINDOWS = [
	{ key: "dirty", label: "dirty", long: "the g register does not hold g", open: (p) => !p.in_register },
	{ key: "slot", label: "slot", long: "the slot holds g", open: (p) => p.in_slot },
	{ key: "vdsosp", label: "vdsoSP", long: "vdsoSP is set", open: (p) => p.vdso_sp !== 0n },
];

// Stretches of equal values: [{from, to, value}].
function stretches(positions, from, to, value_at) {
	const all = [];
	for (let i = from; i < to; ++i) {
		const value = value_at(positions[i], i);
		if (all.length > 0 && all.at(-1).value === value) all.at(-1).to = i + 1;
		else all.push({ from: i, to: i + 1, value });
	}
	return all;
}

// `outcome_at(i)`: {mark, grade, title} of a cell, or null. `go(i)`: what a click does.
export function make_strip({ tape, code, label, outcome_at, go, always_windows = true }) {
	const node = el("div.strip", { "aria-hidden": "true" });
	let columns = 0,
		cursor = null,
		rows = [];
	const places = tape.positions.map((position) => code.where(position.pc, position.depth));
	const windows = WINDOWS.filter((one) => always_windows || tape.positions.some(one.open));

	const span = (row, lane, from, to, base, what, attributes, ...children) =>
		row.append(el(what, { ...attributes, style: `grid-row:${lane};grid-column:${from - base + 2}/${to - base + 2}` }, ...children));

	function lay_out() {
		const label_width = node.clientWidth < 600 ? 48 : 76;
		const fitting = Math.max(8, Math.floor((node.clientWidth - label_width) / LEAST_CELL));
		const wanted = Math.ceil(tape.length / Math.ceil(tape.length / fitting));
		if (wanted === columns) return;
		columns = wanted;
		rows = [];
		for (let from = 0; from < tape.length; from += columns)
			rows.push(make_row(from, Math.min(from + columns, tape.length), label_width));
		fill(
			node,
			rows.map((row) => row.node),
		);
		update();
	}

	function make_row(from, to, label_width) {
		const row = el("div.strip-row", { style: `grid-template-columns:${label_width}px repeat(${columns},minmax(0,1fr))` });
		const name = (lane, text, title) => row.append(el("span.lane-name", { style: `grid-row:${lane};grid-column:1`, title }, text));
		name(1, label, "what a signal that comes here breaks");
		name(2, "where", "where the PC is");
		for (let i = from; i < to; ++i) {
			const outcome = outcome_at(i);
			span(
				row,
				1,
				i,
				i + 1,
				from,
				`span.cell.${outcome?.grade ?? "none"}`,
				{ "data-at": i, title: outcome?.title ?? `position ${i}` },
				outcome?.mark ?? "",
			);
		}
		for (const one of stretches(tape.positions, from, to, (_, i) => places[i])) {
			const wide = one.to - one.from >= WHERE[one.value].name.length * 0.75;
			span(
				row,
				2,
				one.from,
				one.to,
				from,
				`span.where.${one.value}`,
				{ title: WHERE[one.value].long },
				wide ? WHERE[one.value].name : "",
			);
		}
		windows.forEach((window, index) => {
			name(3 + index, window.label, window.long);
			for (const one of stretches(tape.positions, from, to, window.open)) {
				if (one.value) span(row, 3 + index, one.from, one.to, from, `span.window.${window.key}`, { title: window.long });
			}
		});
		return { node: row, from, to, lanes: 3 + windows.length };
	}

	function update() {
		cursor?.remove();
		const row = rows.find((one) => one.from <= tape.at && tape.at < one.to);
		if (!row) return;
		cursor = el("span.cursor", { style: `grid-row:1/${row.lanes};grid-column:${tape.at - row.from + 2}` });
		row.node.append(cursor);
	}

	node.addEventListener("click", (event) => {
		const box = event.target.closest(".strip-row");
		const row = rows.find((one) => one.node === box);
		if (!row) return;
		const cell = row.node.querySelector(".cell").getBoundingClientRect();
		const at = row.from + Math.floor((event.clientX - cell.left) / cell.width);
		if (at >= row.from && at < row.to) go(at);
	});
	new ResizeObserver(lay_out).observe(node);
	return { node, update, places };
}

// What the cells of an undisturbed walk say.
export function walk_outcome(outcomes, reel_at, signal, why_not) {
	return (i) => {
		const outcome = outcomes[i];
		if (!outcome) return null;
		const findings = [...outcome.broken, ...outcome.always];
		if (findings.length === 0 && !reel_at(i))
			return { mark: "–", grade: "masked", title: `${i}: ${signal_text(signal)} here: ${why_not(i)}` };
		const causes = findings.filter((one) => one.cause);
		const letters = [...new Set((causes.length > 0 ? causes : findings).map((one) => one.letter))];
		const what = findings.map((one) => `${one.property} (${one.kind})`).join(", ") || "everything holds";
		return { mark: letters[0] ?? "·", grade: grade(findings), title: `${i}: ${signal_text(signal)} here: ${what}` };
	};
}

export function legend(letters) {
	const entry = (sample, text) => el("li", {}, sample, ` ${text}`);
	const cell = (kind, mark) => el(`span.cell.${kind}`, { "aria-hidden": "true" }, mark);
	return el(
		"ul.legend",
		{ "aria-label": "What the strip shows" },
		entry(cell("loses", "R"), "g or the process is lost"),
		entry(cell("breaks", "T"), "something smaller breaks"),
		entry(cell("holds", "·"), "all holds"),
		Object.entries(WHERE)
			.filter(([key]) => letters.has(key))
			.map(([key, one]) => entry(el(`span.where.${key}`, { "aria-hidden": "true" }), one.long)),
		WINDOWS.map((one) => entry(el(`span.window.${one.key}`, { "aria-hidden": "true" }), one.long)),
	);
}

// A position in words, for who does not see the strip.
export function position_text(tape, code) {
	const p = tape.position;
	const line = code.line(p.pc);
	const g = p.in_register
		? "the g register holds g"
		: p.in_slot
			? "g is in the slot"
			: p.in_tls
				? "g is in TLS"
				: p.on_stack !== undefined
					? "g is on the stack only"
					: "g is nowhere";
	return `${position_name(p)}: ${code.describe(p.pc)}, ${line?.text ?? hex(p.pc)}; ${g}`;
}

export function position_name(position) {
	const at = position.depth === 0 ? `boundary ${position.boundary}` : `${"h".repeat(position.depth)}${position.boundary} in the handler`;
	const what = {
		take: `SIG${position.signal} has been taken, `,
		return: "the handler has returned, ",
		leave: "the handler has jumped out, ",
		pend: `SIG${position.signal} is pending, `,
		tick: "the clock has moved, ",
	};
	return `${what[position.verb] ?? ""}${at}`;
}
