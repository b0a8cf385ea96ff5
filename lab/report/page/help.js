// The keys, and what the words mean.

import { el } from "./dom.js";

const KEYS = [
	["← →", "one step back or forward; with Shift, ten"],
	["PgUp PgDn", "ten steps"],
	["Home End", "to the start, to the end"],
	["space", "play, pause"],
	["n p", "to the next or previous boundary at which something else breaks; in a handler or a story, to what happens next"],
	["d", "deliver the chosen signal here"],
	["Esc", "back to the undisturbed walk"],
	["s", "the next signal"],
	["[ ]", "the version before or after, at the same place"],
	["b", "choose a version to put beside"],
	["m", "the matrix"],
	["u", "the museum"],
	["t", "light, dark, or as the system has it"],
	["?", "this help"],
];

const WORDS = [
	["boundary", "the state between two instructions. A signal at boundary i comes before instruction i."],
	["walk", "the undisturbed run."],
	["g", "Go's current goroutine. The g register holds its address: x28 on arm64, r10 on arm."],
	["dirty", "the g register does not hold the owner's g."],
	["slot", "the lowest word of gsignal's stack, where v2 to v6 leave a copy of g during a vDSO call."],
	["trampoline", "Go's side of a vDSO call: nanotime1, walltime1, vdsoCall."],
	["vdsoPC, vdsoSP", "what the trampoline leaves for the profiler, which cannot unwind C code."],
	["the true g", "who owns the running code, kept by the lab outside the guest."],
	["signal frame", "what the kernel saves on the signal stack, and takes back at rt_sigreturn."],
];

export function make_help() {
	const close = el("button", { type: "button", onclick: () => dialog.close() }, "close");
	const dialog = el(
		"dialog",
		{ "aria-labelledby": "help-title" },
		el("h2", { id: "help-title" }, "Keys and words"),
		el(
			"dl.keys",
			{},
			KEYS.map(([key, what]) =>
				el(
					"div",
					{},
					el(
						"dt",
						{},
						key.split(" ").map((one) => el("kbd", {}, one)),
					),
					el("dd", {}, what),
				),
			),
		),
		el(
			"dl.glossary",
			{},
			WORDS.map(([word, what]) => el("div", {}, el("dt", {}, word), el("dd", {}, what))),
		),
		close,
	);
	return dialog;
}
