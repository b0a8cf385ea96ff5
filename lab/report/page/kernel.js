// What the kernel keeps for the thread, and what the profiler is told.

import { el, fill, panel } from "./dom.js";
import { hex, mask_text, seconds } from "./words.js";

export function make_kernel(tape, code) {
	const list = el("dl.facts", {});
	const pair = el("dl.facts", {});
	const node = el("div", {}, panel("kernel", "The kernel", list), panel("profiler", "What the profiler is told", pair));

	function update() {
		const changed = new Set(tape.position.changes.filter((change) => change.name).map((change) => change.name));
		const written = new Set(tape.position.changes.filter((change) => change.address !== undefined).map((change) => change.address));
		const row = (title, text, is_changed) =>
			el(
				"div",
				{ class: is_changed ? "changed" : "" },
				el("dt", {}, title),
				el("dd", {}, is_changed ? el("span.dot", { role: "img", "aria-label": "changed" }, "●") : "", text),
			);
		const size = tape.register("alt.size"),
			disabled = (tape.register("alt.flags") & 2n) !== 0n;
		const base = tape.register("alt.sp");
		fill(
			list,
			row("blocked signals", mask_text(tape.register("blocked")), changed.has("blocked")),
			row("pending", mask_text(tape.register("pending")), changed.has("pending")),
			row(
				"signal stack",
				disabled ? "none" : `${hex(base)} .. ${hex(base + size)}`,
				changed.has("alt.sp") || changed.has("alt.size"),
			),
			row("monotonic clock", seconds(tape.register("monotonic")), changed.has("monotonic")),
			row(
				"handlers open",
				tape.position.open.map((one) => `SIG${one.signal}`).join(", ") || "none",
				["take", "return", "leave"].includes(tape.position.verb),
			),
		);
		const pc = tape.named("m.vdsoPC"),
			sp = tape.named("m.vdsoSP");
		if (pc === undefined) return fill(pair, row("vdsoPC, vdsoSP", "this runtime does not declare them", false));
		fill(
			pair,
			row("m.vdsoSP", sp === 0n ? "0: no call is open" : hex(sp), written.has(tape.names.get("m.vdsoSP"))),
			row("m.vdsoPC", pc === 0n ? "0" : code.describe(pc), written.has(tape.names.get("m.vdsoPC"))),
			row("so the profiler", sp === 0n ? "unwinds from the PC" : "unwinds from this pair, not from the PC", false),
		);
	}
	return { node, update };
}
