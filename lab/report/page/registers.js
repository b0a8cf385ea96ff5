// The registers, with what the last step changed.

import { el, fill, panel } from "./dom.js";
import { value_name } from "./holder.js";
import { hex } from "./words.js";

const flag_text = (flags) => ["N", "Z", "C", "V"].map((name, i) => ((flags >> BigInt(31 - i)) & 1n ? name : "·")).join("");

export function make_registers(tape, code) {
	const grid = el("dl.registers", {});
	const vectors = el("dl.registers", {});
	const more = el("details", {}, el("summary", {}, "FP/SIMD, 64-bit words"), vectors);
	const node = panel("registers", "Registers", grid, more);
	const all = tape.machine.registers;
	const general = all.filter((name) => !/^(vec\d+|fpsr|fpcr)$/.test(name));
	const others = all.filter((name) => !general.includes(name));

	function text_of(name, value) {
		if (name === "flags") return `${flag_text(value)} ${hex(value)}`;
		if (name === "pc" || name === tape.machine.link) return hex(value);
		return value_name(tape, value);
	}

	function row(name, changed) {
		const value = tape.register(name);
		const change = changed.get(name);
		const text = text_of(name, value);
		const g = name === tape.machine.g;
		return el(
			"div",
			{
				class: `${change ? "changed" : ""}${g ? " g" : ""}`,
				title: `${name} = ${hex(value)}${change ? `, was ${hex(change.old)}` : ""}`,
			},
			el("dt", {}, g ? `${name} (g)` : name),
			el(
				"dd",
				{},
				change ? el("span.dot", { role: "img", "aria-label": "changed" }, "●") : "",
				text,
				change ? el("small", {}, `was ${text_of(name, change.old)}`) : "",
			),
		);
	}

	function update() {
		const changed = new Map(tape.position.changes.filter((change) => change.name).map((change) => [change.name, change]));
		fill(
			grid,
			general.map((name) => row(name, changed)),
		);
		const touched = others.filter((name) => changed.has(name)).length;
		more.firstChild.textContent = `FP/SIMD, 64-bit words${touched ? `: ${touched} changed` : ""}`;
		fill(
			vectors,
			others.map((name) => row(name, changed)),
		);
	}
	return { node, update, code };
}
