// The page in a real Chromium: node --test tests/page, with SIGLAB set to the program. Where Chromium or the packages are missing a test says
// which, and is skipped. Nothing here measures time: tests/page/bench.mjs does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { missing, open_page, made_page, parsed } from "./fixture.mjs";

const why = await missing();
const WALK = "#arm64:v3:nanotime1:curg:clobber-g:go:PROF";

describe("the page", { skip: why }, () => {
	let made, tab;
	before(async () => {
		made = await made_page();
	});
	after(async () => {
		await tab?.done();
	});

	// A fresh page at that place; what it complains of fails the test that opened it.
	async function at(hash, options = {}) {
		await tab?.done();
		tab = await open_page(made.path, hash, options);
		return tab.page;
	}
	const text = (selector) => tab.page.locator(selector).first().innerText();
	const where = () => text(".where-now");

	test("one file that asks nobody for anything", async () => {
		const html = readFileSync(made.path, "utf8");
		assert.doesNotMatch(html.replace(/<script type="text\/plain"[\s\S]*?<\/script>/, ""), /(src|href)=["']?(https?:)?\/\//);
		await at("");
		assert.deepEqual(tab.requests, [`file://${made.path}`]);
	});

	test("every cell of the matrix has the record's count and letters, and opens its walk", async () => {
		const page = await at("#matrix");
		for (const cell of made.cells) {
			const link = page.locator(`a[href^="#${cell.isa}:${cell.variant}:nanotime1:curg:${cell.vdso}:go:"]`);
			assert.equal(await link.count(), 1, JSON.stringify(cell));
			const shown = await link.locator(".count").innerText();
			assert.equal(shown, cell.failing === 0 ? "holds" : `${cell.failing}/${cell.boundaries}`);
			assert.equal([...(await link.locator(".letters").innerText())].sort().join(""), cell.letters);
		}
		await page.locator('a[href^="#arm64:v2:nanotime1:curg:clobber-g:go:"]').click();
		assert.match(await text("h2"), /^v2 with the vDSO clobber-g/);
	});

	test("a cell that is not filmed says by which commands it is, and these make a page that opens it", async () => {
		await tab?.done();
		tab = await open_page(made.page_of("sweep", "--isa", "arm64", "--variant", "v3", "--vdso", "clobber-g", "--world", "go,efence"), "#matrix");
		const { page } = tab;
		assert.equal(await page.locator(".matrix td a").count(), 0);
		const cell = page.getByRole("button", { name: /^v3 with efence: .* how to film its walk/ });
		await cell.focus();
		await page.keyboard.press("Enter");
		const commands = await page.locator("dialog[open] pre").allInnerTexts();
		assert.equal(commands.length, 2);
		// A key of the page is the dialog's while it is open.
		await page.keyboard.press("u");
		assert.equal(await page.locator("dialog[open]").count(), 1);
		await page.keyboard.press("Escape");
		assert.equal(await page.locator("dialog[open]").count(), 0);
		assert.equal(await cell.evaluate((one) => one === document.activeElement), true);
		const path = made.by_commands(commands[0]);
		await tab.done();
		tab = await open_page(path, "#arm64:v3:nanotime1:curg:clobber-g:efence:PROF@20");
		assert.match(await text("h2"), /^v3 with the vDSO clobber-g .* world efence/);
		assert.match(made.said_by(commands[1]), /PC/i);
	});

	test("on paper there is what is shown, in black on white, without the buttons", async () => {
		const page = await at(`${WALK}@40`, { scheme: "dark" });
		await page.emulateMedia({ media: "print" });
		const look = await page.evaluate(() => ({
			ground: getComputedStyle(document.body).backgroundColor,
			ink: getComputedStyle(document.body).color,
			nav: getComputedStyle(document.querySelector("nav")).display,
			clipped: [...document.querySelectorAll(".p-code .scroll")].filter((one) => one.scrollHeight > one.clientHeight + 1).length,
		}));
		assert.deepEqual(look, { ground: "rgb(255, 255, 255)", ink: "rgb(0, 0, 0)", nav: "none", clipped: 0 });
	});

	test("step forward and back, by keys, buttons and slider; the registers are the same again", async () => {
		const page = await at(`${WALK}@30`);
		const registers = () => text(".p-registers");
		const here = await registers();
		await page.keyboard.press("ArrowRight");
		assert.match(await where(), /^boundary 31 /);
		assert.notEqual(await registers(), here);
		await page.keyboard.press("ArrowLeft");
		assert.equal(await registers(), here);
		await page.getByRole("button", { name: "step (right arrow)" }).click();
		assert.match(await where(), /^boundary 31 /);
		await page.locator("input[type=range]").fill("12");
		assert.match(await where(), /^boundary 12 /);
		await page.keyboard.press("Escape");
		await page.locator("main h2").focus();
		await page.keyboard.press("End");
		const last = made.walk("arm64", "v3", "clobber-g").pc.length - 1;
		assert.match(await where(), new RegExp(`^boundary ${last} `));
		await page.keyboard.press("Home");
		assert.match(await where(), /^boundary 0 /);
	});

	test("playing goes on by itself, and stops", async () => {
		const page = await at(`${WALK}@0`);
		await page.keyboard.press(" ");
		await page.waitForFunction(() => /^boundary [1-9]/.test(document.querySelector(".where-now").innerText));
		await page.keyboard.press(" ");
		assert.equal(await page.getByRole("button", { name: "▶ play" }).getAttribute("aria-pressed"), "false");
	});

	test("at each boundary the PC, and whether the register is dirty, are the record's", async () => {
		const page = await at(`${WALK}@0`);
		const walk = made.walk("arm64", "v3", "clobber-g");
		const shown = await page.evaluate(async (boundaries) => {
			const all = [];
			for (let i = 0; i < boundaries; ++i) {
				const slider = document.querySelector("input[type=range]");
				slider.value = i;
				slider.dispatchEvent(new Event("input"));
				const row = [...document.querySelectorAll(".p-registers dl > div")].find(
					(one) => one.querySelector("dt").innerText === "pc",
				);
				all.push({
					pc: /pc = (0x[0-9a-f]+)/.exec(row.title)[1],
					dirty: document.querySelector(".holders li").innerText.includes("dirty"),
				});
			}
			return all;
		}, walk.pc.length);
		assert.deepEqual(
			shown.map((one) => one.pc),
			walk.pc,
		);
		assert.deepEqual(
			shown.flatMap((one, i) => (one.dirty ? [i] : [])),
			walk.dirty,
		);
	});

	test("the strip's cells are the record's findings, for each signal", async () => {
		for (const signal of ["USR1", "PROF", "URG"]) {
			const page = await at(`${WALK.replace("v3", "v1").replace("PROF", signal)}@0`);
			const graded = await page.locator(".strip .cell").evaluateAll((cells) => cells.map((cell) => cell.className.split(" ").at(-1)));
			const broken = made.broken_at("arm64", "v1", "clobber-g", signal);
			assert.deepEqual(
				graded.flatMap((one, i) => (one === "holds" ? [] : [i])),
				broken,
			);
			assert.ok(broken.length > 0);
		}
	});

	test("a switch of versions keeps the place", async () => {
		const page = await at(`${WALK}@40`);
		const instruction = await text(".where-now code");
		await page.keyboard.press("]");
		assert.match(await text("h2"), /^v4 /);
		assert.equal(await text(".where-now code"), instruction);
		assert.doesNotMatch(await where(), /^boundary 40 /);
		await page.keyboard.press("[");
		assert.match(await where(), /^boundary 40 /);
	});

	test("two versions side by side, with the same place marked in both", async () => {
		const page = await at(`${WALK}@24`);
		await page.locator("#beside").selectOption("v4");
		assert.equal(await page.locator(".side-by-side .mark.here").count(), 2);
		assert.ok((await page.locator(".side-by-side tr.differs").count()) > 3);
		assert.match(await text(".compare-heads"), /v3: SIGPROF here \(boundary 24\)/);
	});

	test("deliver a signal: the handler's g against the true one, and the state after", async () => {
		const page = await at(`${WALK}@40`);
		await page.keyboard.press("d");
		assert.match(await where(), /^SIGPROF has been taken, h0 in the handler/);
		assert.equal(
			await page
				.locator(".frame .key dd")
				.first()
				.evaluate((one) => one.firstChild.textContent),
			"0x3b9aca00",
		);
		assert.match(await text(".told"), /not fetched yet/);
		await page.getByRole("button", { name: "to the state after" }).click();
		assert.match(await where(), /^the handler has returned, boundary 40 /);
		const told = await text(".told");
		assert.match(told, /the handler's g\s+curg ✓/);
		assert.match(told, /m\.vdsoSP: 0x41f60 → 0 \(nil\)/);
		assert.match(await text(".card"), /transparent-return/);
		await page.keyboard.press("Escape");
		assert.match(await where(), /^boundary 40 /);
	});

	test("a version that believes the register goes on with what is nobody's g", async () => {
		const page = await at(`${WALK.replace("v3", "v0").replace("PROF", "USR1")}@33`);
		assert.match(await text(".holders"), /dirty/);
		await page.getByRole("button", { name: /^SIGUSR1 breaks/ }).click();
		await page.getByRole("button", { name: "to the state after" }).click();
		assert.match(await text(".told"), /the handler's g\s+0x3b9aca00 ✗ not the true one/);
		assert.match(await text(".told"), /the process does not go on/);
		assert.match(await text(".caption.wrong"), /^The handler goes on with 0x3b9aca00 ✗ not the true one\. The process does not go on: /);
		assert.equal(await page.locator(".strip .cell").last().innerText(), "†");
	});

	test("n and p go to what happens next in a handler; the focus stays where it is", async () => {
		const page = await at(`${WALK}@40`);
		await page.getByRole("button", { name: "SIGUSR1", exact: true }).click();
		const focused = () => page.evaluate(() => document.activeElement.innerText);
		assert.equal(await focused(), "SIGUSR1");
		await page.keyboard.press("d");
		assert.match(await text(".caption"), /^The kernel has entered the handler/);
		const back = await focused();
		assert.match(back, /back to the undisturbed walk/);
		await page.keyboard.press("n");
		assert.match(await text(".caption"), /^The handler goes on with curg ✓ the true one\.$/);
		await page.keyboard.press("n");
		assert.match(await where(), /^the handler has returned, /);
		assert.match(await text(".caption"), /It has returned; the state after is the state before\.$/);
		assert.equal(await focused(), back);
		await page.keyboard.press("p");
		await page.keyboard.press("p");
		assert.match(await where(), /^SIGUSR1 has been taken/);
	});

	test("each delivery of a walk ends as the record's finding says, and its frame holds the interrupted PC", async () => {
		const page = await at(`${WALK}@0`);
		const walk = made.walk("arm64", "v3", "clobber-g");
		for (const boundary of [0, 11, 40, 52, walk.pc.length - 1]) {
			await page.evaluate((hash) => {
				location.hash = hash;
			}, `${WALK}@${boundary}+0`);
			await page.waitForFunction((at) => document.querySelector("#card-title")?.innerText === `SIGPROF at boundary ${at}`, boundary);
			const pc = await page
				.locator(".frame .key", { hasText: /^pc/ })
				.locator("dd")
				.evaluate((one) => one.firstChild.textContent);
			assert.equal(pc, walk.pc[boundary]);
		}
	});

	test("the museum's rows play as stories, and the mended side too", async () => {
		const page = await at("#museum");
		assert.equal(await page.locator(".exhibit-pair").count(), made.museum.exhibits.length);
		await page.getByRole("link", { name: /play the story: go#35473 on arm64/ }).click();
		assert.match(await text("h2"), /^go#35473/);
		const events = await page.locator(".card button").allInnerTexts();
		assert.deepEqual(
			events.filter((one) => one.startsWith("⚡")),
			["⚡ PROF at 27", "⚡ PROF at 28"],
		);
		await page.keyboard.press("Home");
		const told = [];
		for (let i = 0; i < 100 && !/^The end/.test(told.at(-1) ?? ""); ++i) {
			await page.keyboard.press("n");
			told.push(await text(".caption"));
		}
		for (const part of [/The slot gets curg/, /The slot is emptied/, /goes on with 0 \(nil\) ✗; the true g is curg/]) assert.ok(told.some((one) => part.test(one)), `${part}: ${told}`);
		await page.getByRole("button", { name: "the end", exact: true }).click();
		await page.keyboard.press("ArrowLeft");
		await page.getByRole("link", { name: "the same signals on v3" }).click();
		assert.match(await text(".summary"), /^Mended/);
	});

	test("who goes elsewhere right behind a step gets there", async () => {
		const page = await at(`${WALK}@30`);
		// The step's address is due to be written when the other one is set.
		await page.evaluate(() => {
			document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
			for (const start = performance.now(); performance.now() - start < 400; );
			location.hash = "#museum";
		});
		await page.waitForSelector("article.museum", { timeout: 5000 });
		assert.equal(await page.evaluate(() => location.hash), "#museum");
	});

	test("everything is reached by keys alone", async () => {
		const page = await at("#matrix");
		const focused = () => page.evaluate(() => document.activeElement.getAttribute("href") ?? document.activeElement.innerText);
		for (let i = 0; i < 40 && !/^#arm64:v0/.test((await focused()) ?? ""); ++i) await page.keyboard.press("Tab");
		assert.match(await focused(), /^#arm64:v0/);
		await page.keyboard.press("Enter");
		await page.waitForSelector("article.walk");
		await page.keyboard.press("n");
		assert.doesNotMatch(await where(), /^boundary 0 /);
		await page.keyboard.press("d");
		assert.match(await where(), /has been taken/);
		await page.keyboard.press("u");
		await page.waitForSelector("article.museum");
		await page.keyboard.press("?");
		assert.ok(await page.getByRole("dialog", { name: "Keys and words" }).isVisible());
		await page.keyboard.press("Escape");
		await page.keyboard.press("m");
		await page.waitForSelector("article.matrix-view");
		await page.keyboard.press("t");
		assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
	});

	test("nothing is wider than the window, at 1280 and at 390 pixels", async () => {
		for (const width of [1280, 390]) {
			for (const hash of ["#matrix", "#museum", `${WALK}@40`, `${WALK}@40+30`, "#story:0:fails@30"]) {
				const page = await at(hash, { width });
				if (hash.includes("+")) await page.locator("#beside").selectOption("v4");
				assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} at ${width}`);
				// Nor is any so narrow that its words fall apart.
				const boxes = await page.locator(".panel, .card, .stack, .exhibit").evaluateAll((all) => all.map((one) => one.clientWidth));
				assert.ok(Math.min(999, ...boxes) >= 220, `${hash} at ${width}: ${boxes}`);
			}
		}
	});

	// In both themes at both widths, whatever `page` shows now.
	async function serious() {
		const { page } = tab;
		await page.addScriptTag({ path: tab.axe });
		const all = [];
		for (const width of [1280, 390]) {
			for (const colorScheme of ["light", "dark"]) {
				await page.setViewportSize({ width, height: 900 });
				await page.emulateMedia({ colorScheme });
				const found = await page.evaluate(async () =>
					(await axe.run()).violations.map((one) => `${one.impact} ${one.id}: ${one.nodes[0].html.slice(0, 160)}`),
				);
				all.push(...found.filter((one) => /^(serious|critical)/.test(one)).map((one) => `${width} ${colorScheme} ${one}`));
			}
		}
		return all;
	}

	test("axe finds nothing serious, in light and in dark, at 1280 and at 390 pixels", async () => {
		for (const hash of ["#matrix", "#museum", `${WALK}@40`, `${WALK}@40+30`, "#story:0:fails@30"]) {
			await at(hash, { bypassCSP: true });
			assert.deepEqual(await serious(), [], hash);
		}
	});

	test("nor in the dialogs", async () => {
		const page = await at("#museum", { bypassCSP: true });
		await page.keyboard.press("?");
		assert.deepEqual(await serious(), [], "help");
		await tab.done();
		tab = await open_page(made.page_of("sweep", "--isa", "arm64", "--variant", "v3", "--vdso", "clobber-g"), "#matrix", { bypassCSP: true });
		assert.deepEqual(await serious(), [], "a matrix without films");
		await tab.page.getByRole("button", { name: /how to film its walk/ }).click();
		assert.deepEqual(await serious(), [], "how to film");
	});

	test("what a record brings along is text, not markup", async () => {
		const page = await at("#matrix");
		assert.equal(await page.evaluate(() => document.querySelectorAll("main script, main img, main iframe").length), 0);
	});

	test("under 5 MB", () => {
		assert.ok(readFileSync(made.path).length < 5_000_000);
	});
});

// The page's own reading of a film, without a browser.
describe("a film's texts", () => {
	test("ranges and steps", async () => {
		const { parse_ranges, parse_step } = await parsed("tape.js");
		assert.deepEqual(parse_ranges("0-3 7 5-6"), [0, 1, 2, 3, 7, 5, 6]);
		assert.deepEqual(parse_ranges(""), []);
		assert.deepEqual(parse_step("take USR1 102f8 x0=a @66da8=$x19"), {
			verb: "take",
			signal: "USR1",
			pc: "102f8",
			sets: [
				["x0", "a"],
				["@66da8", "$x19"],
			],
		});
		assert.deepEqual(parse_step("return $pc blocked=0").pc, "$pc");
	});

	test("a tape goes back to where it was", async () => {
		const { Tape, parse_step } = await parsed("tape.js");
		const stage = {
			regions: [{ name: "a stack", begin: "0x100", end: "0x200", fill: 0xa5 }],
			memory: "@100=7",
			names: { "0x100": "slot" },
			objects: {},
		};
		const machine = { word: 8, registers: ["x0", "sp", "pc", "flags"], g: "x0", link: "x0", frame_size: 0, frame: [] };
		const steps = [
			"1000 x0=1 sp=180 flags=0 owner=1",
			"1004 x0=2 @178=9",
			"take USR1 2000 sp=140 @140=$x0",
			"2004 x0=$pc^4 @100=0",
			"return $pc",
			"1008 x0=3",
		];
		const tape = new Tape(stage, machine, steps.map(parse_step));
		const states = steps.map((_, i) => {
			tape.seek(i);
			return [tape.register("x0"), tape.register("pc"), tape.register("sp"), tape.word(0x100n), tape.word(0x178n)];
		});
		assert.deepEqual(states[0], [1n, 0x1000n, 0x180n, 7n, 0xa5a5a5a5a5a5a5a5n]);
		assert.deepEqual(states[2], [2n, 0x2000n, 0x140n, 7n, 9n]);
		assert.deepEqual(states[3].slice(0, 2), [0x1000n, 0x2004n]);
		assert.deepEqual(states[4], [2n, 0x1004n, 0x180n, 0n, 9n]);
		for (const i of [5, 0, 3, 1, 4, 2]) {
			tape.seek(i);
			assert.deepEqual(
				[tape.register("x0"), tape.register("pc"), tape.register("sp"), tape.word(0x100n), tape.word(0x178n)],
				states[i],
			);
		}
		assert.equal(tape.positions[3].depth, 1);
		assert.equal(tape.positions[4].depth, 0);
		assert.equal(tape.positions[1].in_register, false);
	});

	test("a handler that jumps out leaves all that are open, and going back opens them again", async () => {
		const { Tape, parse_step } = await parsed("tape.js");
		const stage = { regions: [], memory: "", names: {}, objects: {} };
		const machine = { word: 8, registers: ["x0", "sp", "pc", "flags"], g: "x0", link: "x0", frame_size: 0, frame: [] };
		const steps = ["1000 x0=1 sp=180 flags=0 owner=1", "1004", "take PROF 2000 sp=140", "2004", "take USR1 2000 sp=100", "leave 900 sp=180", "904"];
		const tape = new Tape(stage, machine, steps.map(parse_step));
		assert.deepEqual(
			tape.positions.map((one) => [one.depth, one.boundary]),
			[
				[0, 0],
				[0, 1],
				[1, 0],
				[1, 1],
				[2, 0],
				[0, 1],
				[0, 2],
			],
		);
		tape.seek(5);
		assert.deepEqual([tape.register("pc"), tape.register("sp")], [0x900n, 0x180n]);
		assert.equal(tape.seek(4).depth, 2);
		assert.deepEqual([tape.register("pc"), tape.register("sp")], [0x2000n, 0x100n]);
	});

	test("places of one walk in another", async () => {
		const { same_places } = await parsed("film_data.js");
		const places = same_places(["a", "b", "c", "d"], ["a", "x", "b", "d"]);
		assert.deepEqual(
			places.map((one) => one.to),
			[0, 2, 3, 3],
		);
		assert.deepEqual(
			places.map((one) => one.same),
			[true, true, false, true],
		);
	});
});
