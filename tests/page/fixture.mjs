// What the page's tests share: a page made from real records, and a Chromium that has it open.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const siglab = resolve(process.env.SIGLAB ?? join(root, "build", "dev", "siglab"));
const chromium_path = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

// Why the tests cannot run, or false.
export async function missing() {
	if (!existsSync(siglab)) return `no ${siglab}: set SIGLAB`;
	if (!chromium_path) return "no Chromium (Debian: chromium)";
	if (!existsSync(join(here, "node_modules", "playwright-core"))) return "no playwright-core: npm ci --prefix tests/page";
	return false;
}

// A module of the page, as it is in the source tree.
export const parsed = (name) => import(join(root, "lab", "report", "page", name));

const folder = mkdtempSync(join(tmpdir(), "siglab-page-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

// Both ISAs, all versions, two vDSOs; and the museum. `siglab` exits with 0 if all is as the catalogue says.
export async function made_page() {
	const run = (...args) => execFileSync(siglab, args, { maxBuffer: 1 << 28, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
	run("sweep", "--vdso", "clean,clobber-g", "--film", "--out", folder);
	run("museum", "--film", "--out", join(folder, "museum"));
	const records = [join(folder, "record.json"), join(folder, "museum", "record.json")];
	const path = join(folder, "page.html");
	writeFileSync(path, run("report", ...records, "--format", "html"));
	const [record, museum] = records.map((file) => JSON.parse(readFileSync(file, "utf8")));
	const runs = (isa, variant, vdso) => record.runs.filter((one) => one.isa === isa && one.variant === variant && one.vdso === vdso);
	// Commands of the page's, by the program that is tested, in a shell, as a reader would paste them.
	const said_by = (commands) => {
		const shell = ["-c", `siglab() { "$SIGLAB" "$@"; }\n${commands}`];
		const env = { ...process.env, SIGLAB: siglab };
		// Some exit with 1: something breaks in what they show.
		return spawnSync("sh", shell, { cwd: folder, env, encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
	};
	const page_of = (...command) => {
		run(...command, "--out", join(folder, "other"));
		const other = join(folder, "other.html");
		writeFileSync(other, run("report", join(folder, "other", "record.json"), "--format", "html"));
		return other;
	};
	return {
		path,
		records,
		page_of,
		said_by,
		by_commands: (commands) => (said_by(commands), join(folder, "mine.html")),
		record,
		museum,
		cells: cells_of(record),
		walk: (isa, variant, vdso) => record.walks[runs(isa, variant, vdso)[0].walk],
		broken_at: (isa, variant, vdso, signal) =>
			[
				...new Set(
					runs(isa, variant, vdso)
						.find((one) => one.signal === signal)
						.violations.map((one) => one.boundary ?? one.at),
				),
			].sort((a, b) => a - b),
	};
}

// What each cell must say, counted here once more from the record.
const LETTERS = {
	"recovers-g": "R",
	alive: "A",
	"slot-discipline": "S",
	"transparent-return": "P",
	traceback: "T",
	"time-correct": "M",
	abi: "B",
	fired: "F",
	"g-in-register": "G",
	"vdso-used": "U",
};
function cells_of(record) {
	const cells = new Map();
	for (const run of record.runs) {
		const key = `${run.isa} ${run.variant} ${run.vdso}`;
		if (!cells.has(key))
			cells.set(key, {
				isa: run.isa,
				variant: run.variant,
				vdso: run.vdso,
				world: run.world,
				boundaries: run.boundaries,
				at: new Set(),
				broken: new Set(),
			});
		for (const violation of run.violations) {
			cells.get(key).at.add(violation.boundary);
			cells.get(key).broken.add(LETTERS[violation.property]);
		}
	}
	return [...cells.values()].map((cell) => ({
		...cell,
		failing: cell.at.has(null) ? cell.boundaries : cell.at.size,
		letters: [...cell.broken].sort().join(""),
	}));
}

export async function open_page(path, hash = "", { width = 1280, height = 900, scheme = "light", bypassCSP = false } = {}) {
	const { chromium } = await import("playwright-core");
	const browser = await chromium.launch({ executablePath: chromium_path, args: ARGUMENTS });
	const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, bypassCSP });
	const requests = [],
		complaints = [];
	page.on("request", (request) => requests.push(request.url().split("#")[0]));
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
	page.on("pageerror", (error) => complaints.push(error.stack));
	await page.goto(`file://${path}${hash}`);
	await page.waitForSelector("html[data-ready=yes]");
	return {
		page,
		requests,
		axe: join(here, "node_modules", "axe-core", "axe.min.js"),
		browser,
		async done() {
			await browser.close();
			if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join("\n")}`);
		},
	};
}
