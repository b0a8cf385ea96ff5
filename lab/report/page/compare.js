// Two versions' assembly side by side, with the same place marked in both.

import { el, fill, panel, show_in } from "./dom.js";
import { function_lines, source_text } from "./code.js";

// Pairs of lines, by a longest common subsequence: [{left, right}], one of them null where the other stands alone.
export function paired(left, right) {
	const same = (i, j) => left[i].text.trim() === right[j].text.trim();
	const common = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
	for (let i = left.length - 1; i >= 0; --i) {
		for (let j = right.length - 1; j >= 0; --j)
			common[i][j] = same(i, j) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
	}
	const pairs = [];
	for (let i = 0, j = 0; i < left.length || j < right.length;) {
		if (i < left.length && j < right.length && same(i, j)) pairs.push({ left: left[i++], right: right[j++], same: true });
		else if (j === right.length || (i < left.length && common[i + 1][j] >= common[i][j + 1]))
			pairs.push({ left: left[i++], right: null });
		else pairs.push({ left: null, right: right[j++] });
	}
	return joined(pairs);
}

// Where lines went and others came, they stand beside each other.
function joined(pairs) {
	const out = [];
	for (let i = 0; i < pairs.length;) {
		if (pairs[i].same) {
			out.push(pairs[i++]);
			continue;
		}
		const lefts = [],
			rights = [];
		for (; i < pairs.length && !pairs[i].same; ++i) (pairs[i].left ? lefts : rights).push(pairs[i].left ?? pairs[i].right);
		for (let k = 0; k < Math.max(lefts.length, rights.length); ++k) out.push({ left: lefts[k] ?? null, right: rights[k] ?? null });
	}
	return out;
}

// `sides`: two of {name, code, pc(), says()}. The function is the one in which the first side's PC is, or, outside of Go's code, the trampoline.
export function make_compare(sides) {
	const table = el("table.side-by-side", {});
	const box = el("div.scroll", { tabindex: 0, role: "region", "aria-label": "Two versions side by side" }, table);
	const heads = el("div.compare-heads", {});
	const node = panel("compare", `${sides[0].name} and ${sides[1].name}, side by side`, heads, box);
	let shown = null,
		marks = [new Map(), new Map()];

	const trampoline = (code) =>
		code.functions.find((one) => one.name === "runtime.nanotime1") ?? code.functions.find((one) => one.kind === "guest");

	function functions() {
		const at = sides[0].code.function_at(sides[0].pc());
		const left = at?.kind === "guest" ? at : trampoline(sides[0].code);
		return [left, sides[1].code.functions.find((one) => one.name === left.name) ?? trampoline(sides[1].code)];
	}

	function render(pair) {
		marks = [new Map(), new Map()];
		const lines = pair.map((one, side) => function_lines(sides[side].code, one));
		const cells = (line, side) => {
			const mark = el("td.mark");
			for (const instruction of line?.made ?? []) marks[side].set(instruction.address, mark);
			return [
				mark,
				el("td.number", {}, line?.number ? String(line.number) : ""),
				el("td.source", {}, line ? source_text(line.text) : ""),
			];
		};
		const head = (name) => [
			el("th", { scope: "col" }, el("span.hidden", {}, "here")),
			el("th", { scope: "col" }, "line"),
			el("th", { scope: "col" }, name),
		];
		fill(
			table,
			el(
				"thead",
				{},
				el(
					"tr",
					{},
					sides.map((side) => head(side.name)),
				),
			),
			el(
				"tbody",
				{},
				paired(...lines).map(({ left, right, same }) =>
					el("tr", { class: same ? "same" : "differs" }, cells(left, 0), cells(right, 1)),
				),
			),
		);
	}

	function update() {
		const pair = functions();
		const key = pair.map((one) => one.name).join();
		if (key !== shown) render(pair);
		shown = key;
		for (const mark of table.querySelectorAll(".mark")) fill(mark).classList.remove("here");
		sides.forEach((side, i) => {
			const mark = marks[i].get(side.pc());
			if (!mark) return;
			fill(mark, "▶").classList.add("here");
			if (i === 0) show_in(box, mark.parentElement);
		});
		fill(
			heads,
			sides.map((side) => el("p", {}, el("strong", {}, `${side.name}: `), side.says())),
		);
	}
	return { node, update };
}
