// The page's cost in a real Chromium: node tests/page/bench.mjs [PAGE.html]. Its size, how long it takes to open, to step and to open a walk.
// Medians; nothing is asserted.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { open_page } from "./fixture.mjs";

const path = resolve(process.argv[2] ?? "out/report.html");
const WALK = "#arm64:v3:nanotime1:curg:clobber-g:go:PROF@40";
const ROUNDS = 9;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const line = (what, value, unit) => console.log(`${what.padEnd(44)} ${value.toFixed(value < 10 ? 1 : 0).padStart(8)} ${unit}`);

// From the start of the navigation until everything is there, by the page's own clock.
async function opening(hash) {
	const times = [];
	for (let i = 0; i < ROUNDS; ++i) {
		const tab = await open_page(path, hash);
		times.push(await tab.page.evaluate(() => performance.getEntriesByName("siglab-ready")[0].startTime));
		await tab.done();
	}
	return median(times);
}

// Inside the page, layout included.
async function repeated(hash, key, times) {
	const tab = await open_page(path, hash);
	const each = await tab.page.evaluate(
		async ({ key, times }) => {
			const all = [];
			for (let i = 0; i < times; ++i) {
				const start = performance.now();
				document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
				document.body.getBoundingClientRect();
				all.push(performance.now() - start);
				await new Promise((done) => setTimeout(done));
			}
			return all;
		},
		{ key, times },
	);
	await tab.done();
	return median(each);
}

line("page size", statSync(path).size / 1e6, "MB");
line("opens on the matrix in", await opening("#matrix"), "ms");
line("opens on a walk in", await opening(WALK), "ms");
line("a step of a walk", await repeated(WALK.replace("@40", "@0"), "ArrowRight", 60), "ms");
line("a step of a handler", await repeated(`${WALK}+0`, "ArrowRight", 200), "ms");
line("to the next version", await repeated(WALK.replace("v3", "v0"), "]", 7), "ms");
