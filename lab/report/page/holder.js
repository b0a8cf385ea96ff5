// Who holds g now: the register, the slot, TLS, the stack, or nobody.

import { el, fill, panel } from "./dom.js";
import { hex } from "./words.js";

// A value by the name of what it points to.
export function value_name(tape, value) {
	if (value === undefined) return "not mapped";
	const name = tape.stage.objects[hex(value)];
	return name ?? (value === 0n ? "0 (nil)" : hex(value));
}

function verdict_of(position) {
	if (position.in_register) return "The g register holds g: a handler that comes now finds it where it always looks.";
	if (position.in_slot) return "The g register holds something else. A copy of g is in the slot, for a handler that knows where to look.";
	if (position.in_tls) return "The g register holds something else. g is in thread-local storage, for a handler that asks there.";
	if (position.on_stack !== undefined)
		return "The g register holds something else. The only copy is on the stack, and nothing says where: a handler finds nobody.";
	return "Nobody holds g.";
}

export function make_holder(tape) {
	const list = el("ul.holders", {});
	const words = el("p.verdict", {});
	const owner = el("p.owner", {});
	const node = panel("holder", "Who holds g now", owner, list, words);

	const place = (name, value, holds, note) =>
		el(
			"li",
			{ class: holds ? "holds-g" : "other" },
			el("span.place", {}, name),
			el("span.value", {}, value),
			el("span.says", {}, holds ? "✓ g" : note),
		);

	function update() {
		const p = tape.position;
		const slot = tape.named("slot"),
			tls = tape.named("TLS g");
		fill(owner, "The true g, by who runs: ", el("strong", {}, value_name(tape, p.owner)), ` (${hex(p.owner)})`);
		fill(
			list,
			place(`register ${tape.machine.g}`, value_name(tape, tape.register(tape.machine.g)), p.in_register, "✗ dirty"),
			slot === undefined ? null : place("slot", value_name(tape, slot), p.in_slot, slot === 0n ? "– empty" : "✗ another"),
			tls === undefined ? null : place("TLS", value_name(tape, tls), p.in_tls, "✗ another"),
			place("stack", p.on_stack === undefined ? "no word" : `at ${hex(p.on_stack)}`, p.on_stack !== undefined, "–"),
		);
		fill(words, verdict_of(p));
		node.dataset.holder = p.in_register
			? "register"
			: p.in_slot
				? "slot"
				: p.in_tls
					? "TLS"
					: p.on_stack !== undefined
						? "stack"
						: "nowhere";
	}
	return { node, update };
}
