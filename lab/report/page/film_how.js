// How to film a walk that this page does not hold: the commands, in a dialog.

import { el, fill } from "./dom.js";

// A file of one's own stands in a record as @PATH, with % for what a scenario may not hold.
const quoted = (text) => (/^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const choice = (flag, text, file_flag) =>
	text.startsWith("@") ? `${file_flag} ${quoted(decodeURIComponent(text.slice(1)))}` : `${flag} ${quoted(text)}`;

export function commands_for({ isa, variant, function: name, caller, vdso, world, calls }) {
	const sweep = [
		`siglab sweep --isa ${isa}`,
		choice("--variant", variant, "--guest"),
		choice("--vdso", vdso, "--vdso"),
		`--world ${world} --function ${name} --caller ${caller}`,
		calls > 1 ? `--calls ${calls}` : "",
		"--film --out mine",
	];
	return {
		film: `${sweep.filter(Boolean).join(" ")}\nsiglab report mine/record.json --format html > mine.html`,
		replay: `siglab replay ${quoted([isa, variant, name, caller, vdso, world, "PROF", calls].join(":"))}`,
	};
}

const command_box = (text, label) => el("pre", { tabindex: 0, role: "region", "aria-label": label }, text);

export function make_film_how() {
	const body = el("div", {});
	const dialog = el(
		"dialog",
		{ "aria-labelledby": "film-title" },
		el("h2", { id: "film-title" }, "This walk is not filmed here"),
		body,
		el("button", { type: "button", onclick: () => dialog.close() }, "close"),
	);
	const show = (place) => {
		const { film, replay } = commands_for(place);
		fill(
			body,
			el("p", {}, `${place.variant}, ${place.vdso}, world ${place.world}, ${place.function} called from ${place.caller}, ${place.isa}. A page of it:`),
			command_box(film, "Commands that film it"),
			el("p", {}, "Or the same, boundary by boundary, in a terminal:"),
			command_box(replay, "Command that replays it"),
		);
		dialog.showModal();
	};
	return { dialog, show };
}
