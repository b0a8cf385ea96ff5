// Numbers and names for people.

export const hex = (value) => `0x${value.toString(16)}`;

export const plural = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

// What a signal mask blocks. Bit n - 1 is signal n.
const NAMED_SIGNALS = { 9: "KILL", 10: "USR1", 11: "SEGV", 19: "STOP", 23: "URG", 27: "PROF" };
export function mask_text(mask) {
	if (mask === 0n) return "none";
	const set = [],
		clear = [];
	for (let number = 1; number <= 64; ++number)
		((mask >> BigInt(number - 1)) & 1n ? set : clear).push(NAMED_SIGNALS[number] ?? String(number));
	if (clear.length <= 4) return clear.length === 0 ? "all" : `all but ${clear.join(", ")}`;
	return set.join(", ");
}

export const signal_text = (name) => `SIG${name}`;

// Nanoseconds as seconds, with all digits.
export function seconds(ns) {
	const text = ns.toString().padStart(10, "0");
	return `${text.slice(0, -9)}.${text.slice(-9)} s`;
}

export const scenario_text = (walk, signal) =>
	[walk.isa, walk.variant, walk.function, walk.caller, walk.vdso, walk.world, signal, walk.calls].join(":");
