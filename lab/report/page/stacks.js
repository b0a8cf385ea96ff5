// The stacks: what has been written there, where SP is; and on the signal stack the kernel's frame, field by field.

import { el, fill, panel } from "./dom.js";
import { value_name } from "./holder.js";
import { hex } from "./words.js";

const MOST_WORDS = 24;

// A frame row's values, one to a line: [{name, address, width}].
function fields(machine, frame) {
	return machine.frame.flatMap((row) =>
		Array.from({ length: row.count }, (_, i) => ({
			name: row.count > 1 ? `${row.name}[${row.first + i}]` : row.name,
			address: frame + BigInt(row.offset + i * row.width),
			width: row.width,
			row,
		})),
	);
}

export function make_stacks(tape, code) {
	const boxes = el("div.stacks", {});
	const node = panel("stacks", "The stacks", boxes);
	const stacks = tape.regions
		.filter((region) => region.name.includes("stack"))
		.reverse()
		.sort((a, b) => (a.begin < b.begin ? -1 : 1));
	const open_parts = new Set(["frame"]);

	const titles = { "goroutine stack": "curg's stack", "g0 stack": "g0's stack", "signal stack": "gsignal's stack" };

	function pointer_text(value) {
		const line = code.line(value);
		return line ? code.describe(value) : value_name(tape, value);
	}

	function word_row(address, changed, notes) {
		const value = tape.word(address);
		const known = tape.memory.has(address);
		const name = tape.stage.names[hex(address)];
		const change = changed.get(address);
		const note = [name, ...notes].filter(Boolean).join(", ");
		return el(
			"tr",
			{
				class: `${change ? "changed" : ""}${value === tape.position.owner ? " is-g" : ""}`,
				title: change ? `was ${hex(change.was)}` : null,
			},
			el("th", { scope: "row" }, address.toString(16)),
			el(
				"td",
				{},
				change ? el("span.dot", { role: "img", "aria-label": "written" }, "●") : "",
				known ? pointer_text(value) : el("span.dead", {}, "–"),
			),
			el("td.note", {}, note),
		);
	}

	// The words of a stack that somebody has written, from the top down to SP; with SP's own line.
	function words(region, changed) {
		const sp = tape.position.sp;
		const here = region.begin <= sp && sp <= region.end;
		const written = [...tape.memory.keys()].filter((address) => region.begin <= address && address < region.end);
		const frame = tape.position.open.at(-1)?.frame;
		const framed = frame !== undefined && region.begin <= frame && frame < region.end;
		const top = framed ? frame : region.end;
		const bottom = here ? sp : region.begin;
		const slot = tape.names.get("slot");
		const live = written.filter((address) => address >= bottom && address < top && address !== slot).sort((a, b) => (a < b ? 1 : -1));
		const rows = live.slice(-MOST_WORDS).map((address) => word_row(address, changed, address === sp ? ["◀ SP"] : []));
		if (here && !live.includes(sp))
			rows.push(el("tr.sp", {}, el("th", { scope: "row" }, sp.toString(16)), el("td", {}, "–"), el("td.note", {}, "◀ SP")));
		if (slot !== undefined && region.begin <= slot && slot < region.end) rows.push(word_row(slot, changed, []));
		return { rows, here, framed, frame, hidden: live.length - Math.min(live.length, MOST_WORDS) };
	}

	function frame_part(key, title, list) {
		const g = tape.machine.g;
		const saved_g = (field) => field.row.name.includes("reg") && field.name.endsWith(`[${g.replace(/\D/g, "")}]`);
		const part = el(
			"details",
			{ open: open_parts.has(key) },
			el("summary", {}, title),
			el(
				"dl.fields",
				{},
				list.map((field) => {
					const value = tape.read(field.address, field.width);
					const is_pc = /(^|_)pc$/.test(field.name);
					const note = is_pc
						? `where it was interrupted: ${code.describe(value)}`
						: saved_g(field)
							? "the interrupted code's g register"
							: "";
					return el(
						"div",
						{
							class: is_pc || saved_g(field) ? "key" : "",
							title: `${field.name}, at ${hex(field.address)}, ${field.width} bytes`,
						},
						el("dt", {}, field.name),
						el("dd", {}, saved_g(field) ? value_name(tape, value) : hex(value), note && el("small", {}, note)),
					);
				}),
			),
		);
		part.addEventListener("toggle", () => (part.open ? open_parts.add(key) : open_parts.delete(key)));
		return part;
	}

	// The frame laid open by the Isa's rows.
	function frame_table(frame) {
		const all = fields(tape.machine, frame);
		const is_vector = (field) => field.row.count >= 32 && field.row.width === 8 && !/^regs/.test(field.row.name);
		const info = all.filter((field) => field.name.startsWith("si_"));
		const vectors = all.filter(is_vector);
		const registers = all.filter((field) => !info.includes(field) && !vectors.includes(field));
		return el(
			"div.frame",
			{},
			el("h4", {}, `rt_sigframe at ${hex(frame)}, ${tape.machine.frame_size} bytes`),
			frame_part("siginfo", "siginfo", info),
			frame_part("frame", "ucontext: what comes back at the return", registers),
			frame_part("vectors", `FP/SIMD: ${vectors.length} words`, vectors),
		);
	}

	function update() {
		const changed = new Map(
			tape.position.changes.filter((change) => change.address !== undefined).map((change) => [change.address, change]),
		);
		boxes.classList.toggle("framed", tape.position.open.length > 0);
		fill(
			boxes,
			stacks.map((region) => {
				const { rows, here, framed, frame, hidden } = words(region, changed);
				const title = titles[region.name] ?? region.name;
				return el(
					"div.stack",
					{ class: here ? "in-use" : "" },
					el("h4", {}, title, here ? el("em", {}, " in use") : ""),
					el("p.range", {}, `${hex(region.begin)} .. ${hex(region.end)}, grows down`),
					framed ? frame_table(frame) : null,
					rows.length > 0
						? el("table.words", {}, el("caption.hidden", {}, title), el("tbody", {}, rows))
						: el("p.dead", {}, "nothing of use"),
					hidden > 0 ? el("p.dead", {}, `${hidden} more`) : null,
				);
			}),
		);
	}
	return { node, update };
}
