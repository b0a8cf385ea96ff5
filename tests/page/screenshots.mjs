// README's pictures, from a real page: node tests/page/screenshots.mjs PAGE.html FOLDER.

import { join, resolve } from "node:path";
import { open_page } from "./fixture.mjs";

const [path, folder] = process.argv.slice(2);
const WALK = "#arm64:v3:nanotime1:curg:clobber-g:go:PROF@40";

// On to the moment of which the page says so.
async function until(page, told) {
	for (let i = 0; i < 50 && !told.test(await page.locator(".caption").innerText()); ++i) await page.keyboard.press("n");
}

// Name, place, how much of the page is shown, and what is done there first.
const PICTURES = [
	["matrix", "#matrix", { height: 800 }],
	["walk", WALK, { height: 900 }],
	["handler", `${WALK}+0`, { height: 900, scheme: "dark" }, (page) => until(page, /goes on with/)],
	[
		"story",
		"#museum",
		{ height: 900 },
		async (page) => {
			await page.getByRole("link", { name: /play the story: go#35473 on arm64/ }).click();
			await until(page, /emptied/);
		},
	],
];

for (const [name, place, options, first] of PICTURES) {
	const tab = await open_page(resolve(path), place, options);
	await first?.(tab.page);
	await tab.page.mouse.move(0, 0);
	await tab.page.evaluate(() => document.activeElement.blur());
	await tab.page.waitForTimeout(300);
	await tab.page.screenshot({ path: join(folder, `${name}.png`) });
	await tab.done();
}
