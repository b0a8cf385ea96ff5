// The matrix: versions down, vDSOs across; each cell opens its walk.

import { el } from "./dom.js";
import { walk_key } from "./walk.js";

// A cell whose walk is not on the page says how to film it; one that was not run says nothing.
function content_of(data, cell, label, how, parts) {
	if (cell.walk !== undefined)
		return el("a.inside", { href: `#${walk_key(data.walks[cell.walk])}:PROF@0`, "aria-label": `${label}: open its walk` }, parts);
	if (!cell.place) return el("span.inside", {}, parts);
	const open = { type: "button", "aria-haspopup": "dialog", "aria-label": `${label}: how to film its walk`, onclick: () => how(cell.place) };
	return el("button.inside", open, parts);
}

function cell_of(data, table, row, column, how) {
	const cell = table.cells[row][column];
	const grade = el("span.count", {}, cell.count);
	const letters = el("span.letters", {}, cell.letters);
	const label = `${table.rows[row]} with ${table.columns[column]}: ${cell.count}${cell.letters ? `, ${cell.letters}` : ""}`;
	return el(`td.${cell.grade}`, {}, content_of(data, cell, label, how, [grade, letters]));
}

function make_table(data, table, how) {
	const box = el(
		"div.table-box",
		{ tabindex: 0, role: "region", "aria-label": `${table.title}: the table` },
		el(
			"table.matrix",
			{ "aria-label": table.title },
			el(
				"thead",
				{},
				el(
					"tr",
					{},
					el("th", { scope: "col" }, "version"),
					table.columns.map((name) => el("th", { scope: "col" }, name)),
				),
			),
			el(
				"tbody",
				{},
				table.rows.map((name, row) =>
					el(
						"tr",
						{},
						el("th", { scope: "row" }, name),
						table.columns.map((_, column) => cell_of(data, table, row, column, how)),
					),
				),
			),
		),
	);
	return [el("h3.table-title", {}, table.title), box];
}

const opens = (table) => table.cells.flat().some((cell) => cell.walk !== undefined);

// `how(place)`: called for a walk that is not filmed.
export function make_matrix(data, how) {
	const first = data.tables.filter(opens),
		others = data.tables.filter((table) => !opens(table));
	return el(
		"article.matrix-view",
		{},
		el("h2", { tabindex: -1 }, "Which version survives which vDSO"),
		el(
			"p.lead",
			{},
			"Go keeps its current goroutine, g, in a register. A vDSO function is C code and may use that register until it returns. A signal in between ",
			"enters Go's handler with the register as it is. Each row is a version of Go's fix, each column a vDSO. A signal was delivered at every boundary between two instructions.",
		),
		el(
			"p",
			{},
			el("strong", {}, "42/74"),
			": the walk has 74 boundaries, and at 42 of them one signal breaks something. The letters say what. ",
			first.length > 0
				? "A cell whose count is underlined opens its walk. Any other says by which command its walk is filmed."
				: "This record has no films, so no cell opens its walk: each says by which command it is filmed.",
		),
		el(
			"ul.legend",
			{ "aria-label": "What the colours mean" },
			[
				["loses", "g or the process is lost"],
				["breaks", "something smaller breaks"],
				["holds", "all holds"],
				["vdso", "the vDSO itself breaks the ABI"],
			].map(([kind, text]) => el("li", {}, el(`span.swatch.${kind}`, { "aria-hidden": "true" }), ` ${text}`)),
		),
		first.map((table) => make_table(data, table, how)),
		el("h2", {}, "The letters"),
		el(
			"ul.letters-legend",
			{},
			data.properties.map((one) => el("li", {}, el("strong", {}, one.letter), ` ${one.name}: ${one.meaning}`)),
		),
		others.length > 0 && el("h2", {}, "Other worlds, functions and callers"),
		others.map((table) => make_table(data, table, how)),
		data.reports.map((report) =>
			el(
				"details.report-text",
				{},
				el("summary", {}, `The report of ${report.command}, as text`),
				el("pre", { tabindex: 0, role: "region", "aria-label": "The report as text" }, report.text),
			),
		),
	);
}
